"""Start the lab's server."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from diffviz.config import ConfigError, quoted
from diffviz.locations import APP, PAGES
from diffviz.runs import heap
from diffviz.ui.gate import Gate, checked_origin, is_address, page_routes


def serve(port: int, *, host: str, names: Sequence[str], framers: Sequence[str], browser: bool) -> None:
    """Serve the lab on `port` of the address `host` until interrupted; `ConfigError` if it cannot listen there.

    names: under which it answers beside addresses and the names of this machine, for a proxy that passes its own on.
    framers: origins of sites that may embed it in their pages. browser: whether to open a window.

    A `pages` folder beside the entry script makes Streamlit treat every page as a script of its own until the entry
    script has run once, so that the first visitor of a deep link would get a page without its frame. Saying beforehand
    that `app.py` does the navigation (what `st.navigation` says on its first run) closes that gap.

    Where it is started does not matter: Streamlit reads `.streamlit/config.toml` beside the script that was started
    after the user's own and the one in the working folder, so that theme and options are the lab's, and serves
    `static/` and finds the pages beside that script too.
    """
    heap.limit()
    PagesManager.uses_pages_directory = False
    sys.argv = [str(APP)]  # to Streamlit, the script that was started
    address = f"http://{_shown(host)}:{port}"

    @asynccontextmanager
    async def started(_: st.App) -> AsyncIterator[None]:
        print(f"The lab is at {address}, {reach(host)}.", flush=True)
        if browser:
            asyncio.get_running_loop().call_later(0.5, webbrowser.open, address)  # it listens once this has returned
        yield

    lab = st.App(
        APP,
        lifespan=started,
        middleware=[Middleware(Gate, names=(host, *names), framers=tuple(map(checked_origin, framers)))],
        routes=page_routes(path.stem for path in PAGES.glob("*.py")),
    )
    options = {
        "server.port": port,
        "server.address": host,
        "server.allowedHosts": ["*"],  # the gate asks every request for its host, not sockets alone
        "logger.hideWelcomeMessage": True,
    }
    try:
        lab.run(config=options)
    except OSError as error:
        raise ConfigError(f"The lab cannot listen on {quoted(host)}: {error.strerror}.") from None


def _shown(host: str) -> str:
    """The host of an address that a browser on this machine opens."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def reach(host: str) -> str:
    """Who can open it."""
    if host == "localhost" or (is_address(host) and ip_address(host).is_loopback):
        return "for this machine alone"
    return "and open, without a password, to everyone who can reach this machine over the network"
