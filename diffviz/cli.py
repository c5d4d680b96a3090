"""The command line: `diffviz app`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from diffviz.config import ConfigError, Range

PORT = Range(1, 65535, label="port")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input is told in one sentence, with exit status 2."""
    parser = argparse.ArgumentParser(prog="diffviz", description="A lab for score-based diffusion models.")
    commands = parser.add_subparsers(required=True, metavar="command")
    app = commands.add_parser("app", help="open the lab in a browser")
    app.add_argument("--port", default="8501", help="where it listens (default 8501)")
    app.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    app.set_defaults(run=_app)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except ConfigError as error:
        print(f"diffviz: {error}", file=sys.stderr)
        return 2
    return 0


def _app(options: argparse.Namespace) -> None:
    port = PORT.parse("port", options.port, int)
    from diffviz.ui.serve import serve  # brings streamlit, which no other command needs

    has_screen = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    serve(port, browser=has_screen and not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
