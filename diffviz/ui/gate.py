"""What stands before the lab's server: whom it answers, who may frame it, and its pages as they are first sent."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffviz.config import ConfigError, quoted
from diffviz.locations import ASSETS
from diffviz.ui.opening import STILLS, opening

FIRST = "home"  # the page without a path
SHELL = Path(streamlit.__file__).parent / "static" / "index.html"
_ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?", re.IGNORECASE)
# Without it a page looks for its server below its own address first, in vain.
_SERVER = "<script>window.__streamlit = { BACKEND_BASE_URL: new URL('.', window.location).href }</script>"


class Gate:
    """Refuses requests that came for another host, and forbids other sites than `framers` to frame the lab.

    A site whose name is made to point at this machine (DNS rebinding) could read the lab as its own. Its name stands in
    the request: so only addresses, the names of this machine and `names` are answered. framers: origins, such as
    https://slides.example.org.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str] = (), framers: Sequence[str] = ()) -> None:
        self._app = app
        self._policy = {"Content-Security-Policy": " ".join(["frame-ancestors", "'self'", *framers])}
        if not framers:  # an older header, which cannot name an origin
            self._policy["X-Frame-Options"] = "SAMEORIGIN"
        self._names = {name.lower() for name in ("localhost", socket.gethostname(), socket.getfqdn(), *names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let the app answer it."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._policy)
            await send(message)

        if scope["type"] in ("http", "websocket") and not self.answers_to(Headers(scope=scope).get("host", "")):
            refusal = PlainTextResponse("The lab does not answer under this host name.", status_code=403)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send_guarded)

    def answers_to(self, host: str) -> bool:
        """Whether a request's host, with or without a port, is an address or a known name."""
        name, _, port = host.rpartition(":")
        if not port.isdecimal() or not name:
            name = host
        return is_address(name.removeprefix("[").removesuffix("]")) or name.lower().removesuffix(".") in self._names


def is_address(host: str) -> bool:
    """Whether a host is a number, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def checked_origin(text: str) -> str:
    """A site that may frame the lab: a scheme and a host, perhaps with a port, and nothing more; else `ConfigError`."""
    if not _ORIGIN.fullmatch(text):
        raise ConfigError(f"A site to be embedded in is an origin such as https://slides.org:8000, got {quoted(text)}.")
    return text.lower()


def page_routes(names: Iterable[str]) -> list[BaseRoute]:
    """A route to every page, Streamlit's HTML told where its server is and what to open with, and one to the stills.

    names: of the pages' files; what is an underscore there is a hyphen in the address.
    """
    html = SHELL.read_text(encoding="utf-8").replace("<head>", f"<head>{_SERVER}", 1)

    def route(name: str) -> Route:
        def shell(request: Request) -> Response:
            begun = html.replace("<body>", f"<body>{opening(name, request.query_params)}", 1)
            return HTMLResponse(begun, headers={"Cache-Control": "no-cache"})

        return Route("/" if name == FIRST else f"/{name}", shell)

    return [
        *(route(name.replace("_", "-")) for name in names),
        Mount(f"/{STILLS}", StaticFiles(directory=ASSETS / STILLS)),
    ]
