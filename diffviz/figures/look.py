"""The look of a line that stands for a sampler or a student: the same in every chart."""

from __future__ import annotations

from dataclasses import replace

from diffviz.experiments.families import place_of
from diffviz.figures.chart import Series


def looking_like(title: str, series: Series) -> Series:
    """The series in its family's colour with the member's marker and dash, where the title is in a catalogue."""
    place = place_of(title)
    return series if place is None else replace(series, color=place.color).placed(place.member)
