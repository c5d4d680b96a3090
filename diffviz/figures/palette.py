"""The player's colours as numbers, so that a line has one colour in a moving picture and in a chart."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Literal

Theme = Literal["light", "dark"]
_ROLE = re.compile(r"--([a-z0-9-]+):\s*(?:var\([^,]+,\s*)?(#[0-9a-f]{6})")


@cache
def palette(theme: Theme) -> dict[str, str]:
    """Role to colour, #rrggbb; where the page's own colour leads in the player, the one it falls back to."""
    rules = files("diffviz.player").joinpath("colors.css").read_text(encoding="utf-8").split("}")
    return dict(_ROLE.findall(rules[["light", "dark"].index(theme)]))


def faded(color: str, opacity: float) -> str:
    """A colour #rrggbb seen through, as rgba()."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
