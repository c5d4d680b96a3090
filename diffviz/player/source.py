"""The browser's side of the player, the drawing pad and the step editor: one module and one style sheet each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_PLAYER = (
    "payload",
    "clock",
    "element",
    "theme",
    "layers",
    "points",
    "raster",
    "measured",
    "curve",
    "follow",
    "dom",
    "player",
)
_PAD = ("element", "theme", "pad")
_STEPS = ("element", "theme", "steps")


def _read(name: str) -> str:
    """A source file without indentation and comment lines: Streamlit sends it again with every update."""
    lines = (line.strip() for line in (_HERE / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def player_js() -> str:
    """One ES module; its default export mounts a player."""
    return "\n".join(_read(f"{part}.js") for part in _PLAYER)


@cache
def player_css() -> str:
    """The player's style sheet."""
    return _read("colors.css") + "\n" + _read("player.css")


@cache
def page_css() -> str:
    """The style sheet of the offline page around an exported player."""
    return _read("page.css")


@cache
def pad_js() -> str:
    """One ES module; its default export mounts a drawing pad."""
    return "\n".join(_read(f"{part}.js") for part in _PAD)


@cache
def pad_css() -> str:
    """The drawing pad's style sheet."""
    return _read("colors.css") + "\n" + _read("pad.css")


@cache
def steps_js() -> str:
    """One ES module; its default export mounts an editor of time steps."""
    return "\n".join(_read(f"{part}.js") for part in _STEPS)


@cache
def steps_css() -> str:
    """The step editor's style sheet."""
    return _read("colors.css") + "\n" + _read("steps.css")
