"""The player on a page of its own, with its payload inside: as a file, or as a frame in a notebook."""

from __future__ import annotations

import base64
import html as markup
import re

from diffviz.player.source import page_css, player_css, sharing_js

FRAME_WIDTH = 960  # pixels that a frame takes at most

# The policy forbids every request, so that the page cannot come to depend on a network.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>[[title]]</title>
<style>
[[css]]
</style>
</head>
<body class="[[style]]">
<main>
<h1>[[title]]</h1>
<div id="player"></div>
</main>
<script type="text/plain" id="payload">[[payload]]</script>
<script type="module">
[[js]]
const text = document.getElementById("payload").textContent;
const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
mount({ parentElement: document.getElementById("player"), data });
</script>
</body>
</html>
"""


def offline_page(payload: bytes, title: str, embedded: bool = False) -> str:
    """An HTML page that plays a payload and makes no request; `embedded` leaves out what only a page needs."""
    return _filled(
        open_page("page embedded" if embedded else "page"),
        title=markup.escape(title),
        payload=base64.b64encode(payload).decode(),
        js=sharing_js(),
    )


def open_page(style: str = "page") -> str:
    """The page with [[title]], [[payload]] and [[js]] left open: the browser fills them too (share.js)."""
    return _filled(_PAGE, css=f"{player_css()}\n{page_css()}", style=style)


def _filled(text: str, **parts: str) -> str:
    return re.sub(r"\[\[(\w+)\]\]", lambda place: parts.get(place[1], place[0]), text)


def notebook_frame(payload: bytes, title: str, height: int) -> str:
    """The same page in a frame `height` pixels high, which may run scripts and save files, and reach nothing else."""
    page = markup.escape(offline_page(payload, title, embedded=True))
    style = f"width: 100%; max-width: {FRAME_WIDTH}px; border: 0"
    name = f'title="{markup.escape(title)}" sandbox="allow-scripts allow-downloads"'
    return f'<iframe {name} style="{style}" height="{height}" srcdoc="{page}"></iframe>'
