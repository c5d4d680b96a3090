"""The moment of a player as a link says it: where its clock stands, how fast it runs, what it follows and shows.

The player reads it in the browser (diffviz/player/moment.js), where it is forgotten once the visitor does anything. The
page lets it stand in the address, and says so where it is no such value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from diffviz.config import Choice, ConfigError, Parameter, Range, quoted

SPEEDS = ("0.25", "0.5", "1", "2", "4")  # those of the player (dom.js)
_PARAMETERS = {
    "moment": Parameter("moment", float, Range(0.0, 1.0), None),
    "speed": Parameter("speed", str, Choice({speed: speed for speed in SPEEDS}), None),
}
_LISTS = {
    "follow": (re.compile(r"\d{1,6}(,\d{1,6}){0,3}"), "the numbers of one to four particles"),
    "layers": (re.compile(r"none|[a-z]{1,20}(,[a-z]{1,20}){0,9}"), "the names of layers"),
}
NAMES = (*_PARAMETERS, *_LISTS)


def read(query: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What of a moment the query says in valid values, and a sentence for each other one."""
    said: dict[str, str] = {}
    complaints = []
    for name in query.keys() & set(NAMES):
        try:
            said[name] = _checked(name, query[name])
        except ConfigError as error:
            complaints.append(str(error))
    return said, complaints


def _checked(name: str, text: str) -> str:
    if name in _PARAMETERS:
        _PARAMETERS[name].parse(text)
        return text
    shape, meaning = _LISTS[name]
    if not shape.fullmatch(text):
        raise ConfigError(f"{name} must be {meaning} between commas, got {quoted(text)}.")
    return text
