"""A scene as one HTML file that needs nothing else: for slides, e-mail, a lecture hall without a network."""

from __future__ import annotations

import base64
import html as markup
import os
import tempfile
from pathlib import Path

from diffviz.player.scene import Scene
from diffviz.player.source import page_css, player_css, player_js

# The policy forbids every request, so that the file cannot come to depend on a network.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{css}
</style>
</head>
<body class="page">
<main>
<h1>{title}</h1>
<div id="player"></div>
</main>
<script type="text/plain" id="payload">{payload}</script>
<script type="module">
{js}
const text = document.getElementById("payload").textContent;
const data = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
mount({{ parentElement: document.getElementById("player"), data }});
</script>
</body>
</html>
"""


def html(scene: Scene, title: str = "diffviz") -> str:
    """The page as text, with player and payload inside; it makes no request."""
    payload = base64.b64encode(scene.payload()).decode()
    return _PAGE.format(
        title=markup.escape(title), css=f"{player_css()}\n{page_css()}", js=player_js(), payload=payload
    )


def save(scene: Scene, path: str | Path, title: str = "diffviz") -> Path:
    """Write the page to `path`, whole or not at all; answers the path."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(html(scene, title))
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return target
