"""The command line: `diffviz app`, `diffviz train`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

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
    learn = commands.add_parser("train", help="train a network and write it, with its card")
    learn.add_argument("data", help="what it learns: a data set of the lab, such as swiss-roll or mnist")
    learn.add_argument("path", type=Path, help="where to write it (.safetensors)")
    learn.add_argument("--classify", action="store_true", help="learn to tell the labels, not the score")
    learn.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting, as on the card")
    learn.add_argument("--start", type=Path, help="a checkpoint of the same network to go on from")
    learn.add_argument("--teacher", type=Path, help="a checkpoint with labels whose answers are learned")
    learn.add_argument("--points", default="8000", help="points drawn from a data set in the plane (default 8000)")
    learn.add_argument("--seed", default="0")
    learn.add_argument("--threads", default="1")
    learn.add_argument("--keep", default="", metavar="N,N", help="steps after which a copy is kept")
    learn.set_defaults(run=_train)
    told = sys.argv[1:] if arguments is None else list(arguments)
    options = parser.parse_args(told)
    options.command = shlex.join(["diffviz", *told])
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


def _train(options: argparse.Namespace) -> None:
    from diffviz.commands.train import train_command  # brings torch

    train_command(options)


if __name__ == "__main__":
    sys.exit(main())
