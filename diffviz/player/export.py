"""A scene as one HTML file that needs nothing else: for slides, e-mail, a lecture hall without a network."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from diffviz.player.page import offline_page
from diffviz.player.scene import Scene


def html(scene: Scene, title: str = "diffviz") -> str:
    """The page as text, with player and payload inside; it makes no request."""
    return offline_page(scene.payload(), title)


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
