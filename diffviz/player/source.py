"""The browser's side of the player, the drawing pad and the step editor: one module and one style sheet each."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

from diffviz.player.layers import LAYERS

_HERE = Path(__file__).parent
_PLAYER = (
    "payload.js",
    "clock.js",
    "element.js",
    "theme.js",
    "view.js",
    "shades.js",
    "marks.js",
    "light.js",
    "axes.js",
    "measured.js",
    "registry.js",
    "follow.js",
    "words.js",
    "choice.js",
    "parts.js",
    "handle.js",
    "guess.js",
    "dom.js",
    "moment.js",
    "timeline.js",
    "player.js",
)
_SHARE = ("copy.js", "picture.js", "gif.js", "table.js", "share.js")
_LINK = ("element.js", "theme.js", "moment.js", "copy.js", "link.js")
_PAD = ("element.js", "theme.js", "pad.js")
_STEPS = ("element.js", "theme.js", "steps.js")


def _read(*files: str | Path) -> str:
    """Source files, joined without indentation and comment lines: Streamlit sends them at every update."""
    lines = (line.strip() for file in files for line in (_HERE / file).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def player_js() -> str:
    """One ES module; its default export mounts a player.

    The script of each kind of layer lies beside its class and stands in a block, so that its names are its own.
    """
    scripts = (Path(inspect.getfile(layer)).with_suffix(".js") for layer in LAYERS.values())
    return "\n".join([_read(*_PLAYER), *(f"{{\n{_read(script)}\n}}" for script in scripts)])


@cache
def sharing_js() -> str:
    """The same module with the Share menu, which on a page of the lab comes once it is asked for: `loader_js`."""
    return f"{player_js()}\n{_read(*_SHARE)}"


@cache
def loader_js() -> str:
    """One ES module, mounted once a page, that brings the Share menu to its players."""
    return _read("loader.js")


@cache
def link_js() -> str:
    """One ES module; its default export mounts a line that copies the address of the page."""
    return _read(*_LINK)


@cache
def link_css() -> str:
    """The style sheet of that line."""
    return _read("colors.css", "share.css")


@cache
def player_css() -> str:
    """The player's style sheet."""
    return _read("colors.css", "player.css", "guess.css", "share.css")


@cache
def page_css() -> str:
    """The style sheet of the offline page around an exported player."""
    return _read("page.css")


@cache
def pad_js() -> str:
    """One ES module; its default export mounts a drawing pad."""
    return _read(*_PAD)


@cache
def pad_css() -> str:
    """The drawing pad's style sheet."""
    return _read("colors.css", "pad.css")


@cache
def steps_js() -> str:
    """One ES module; its default export mounts an editor of time steps."""
    return _read(*_STEPS)


@cache
def steps_css() -> str:
    """The step editor's style sheet."""
    return _read("colors.css", "steps.css")
