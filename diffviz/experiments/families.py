"""Families of samplers and students: one colour for each family, one mark for each member, the same in every view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from diffviz.config import Entry
from diffviz.pretrained.students import STUDENTS
from diffviz.samplers import FAMILIES as SAMPLER_FAMILIES

FAMILIES: Mapping[str, Mapping[str, type[Entry]]] = {**SAMPLER_FAMILIES, "Few-step student": STUDENTS}
FAMILY_OF = {slug: family for family, members in FAMILIES.items() for slug in members}  # titles by slug


class Place(NamedTuple):
    """Where an entrant stands in the catalogue: the place of its family, and its own among the members, both from 0."""

    family: int
    member: int

    @property
    def color(self) -> str:
        """The role of the family's colour in the player's palette."""
        return f"group-{self.family + 1}"


_PLACES = {
    kind.title: Place(family, member)
    for family, members in enumerate(FAMILIES.values())
    for member, kind in enumerate(members.values())
}


def place_of(title: str) -> Place | None:
    """Of the sampler or student with this title; None for one that is in no catalogue."""
    return _PLACES.get(title)
