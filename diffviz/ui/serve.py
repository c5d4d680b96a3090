"""Start the lab's server."""

from __future__ import annotations

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

from diffviz.locations import APP


def serve(port: int, *, browser: bool) -> None:
    """Serve the lab on `port` until interrupted.

    A `pages` folder beside the entry script makes Streamlit treat every page as a script of its own until the entry
    script has run once, so that the first visitor of a deep link would get a page without its frame. Saying beforehand
    that `app.py` does the navigation (what `st.navigation` says on its first run) closes that gap.

    Where it is started does not matter: Streamlit reads `.streamlit/config.toml` beside the entry script after the
    user's own and the one in the working folder, so that theme and options are the lab's, and serves `static/` and
    finds the pages beside that script too.
    """
    PagesManager.uses_pages_directory = False
    headless = "false" if browser else "true"
    cli.main(["run", str(APP), "--server.port", str(port), "--server.headless", headless], prog_name="diffviz")
