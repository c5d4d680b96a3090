"""Data sets are chosen by their pictures: the list of a choice, dressed with what its options look like.

The list stays the one that Streamlit draws, with its keys, its names and its place in the link. Its options carry their
number, by which a style rule gives each its picture: dots in the colour of the text, on every theme.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from diffviz.config import Choice
from diffviz.locations import ASSETS
from diffviz.ui import style

if TYPE_CHECKING:
    from diffviz.data import Dataset

LABEL = "Data"  # what every such choice is called, here and in the style sheet
POINTS = 260
SIDE = 100  # units of the picture across
MARGIN = 6
_sheet = (ASSETS / "thumbnails.css").read_text(encoding="utf-8")
_ICONS = {
    "drawn": '<path d="M22 78l6-20 40-40 14 14-40 40zM60 26l14 14M20 88h60" stroke-width="6"/>',
    "csv": '<path d="M18 22h64v56H18zM18 41h64M18 60h64M50 22v56" stroke-width="6"/>',
    "mnist": '<path d="M30 20h38L46 44c16-1 26 7 26 19s-10 19-23 19c-11 0-19-4-23-11" stroke-width="9"/>',
}


def dress(domain: Choice, chosen: str) -> None:
    """Give the list of a choice of data sets their pictures, and its closed state that of the one chosen.

    Nothing happens to a choice of anything else.
    """
    if domain.label != LABEL or not domain.kinds:
        return
    from diffviz.data import Dataset  # brings torch, which Home waits for no more than it must

    datasets = {slug: kind() if isinstance(kind, type) else kind for slug, kind in domain.kinds.items()}
    if not all(isinstance(dataset, Dataset) for dataset in datasets.values()):
        return
    style.apply(_sheet + _rules(tuple(domain.options), chosen, tuple(datasets.items())))


@cache
def picture(dataset: Dataset) -> str:
    """The marks of an SVG: some points of a data set, (0, 0) to (SIDE, SIDE), y downwards."""
    points = dataset.draw(POINTS, seed=0)
    low, high = points.min(0), points.max(0)
    scaled = (points - (low + high) / 2) / (high - low).max() * (SIDE - 2 * MARGIN) + SIDE / 2
    dots = "".join(f"M{x} {SIDE - y}h0" for x, y in scaled.round().astype(int).tolist())
    return f'<path d="{dots}" stroke-width="4.6"/>'


@cache
def _rules(slugs: tuple[str, ...], chosen: str, datasets: tuple[tuple[str, Dataset], ...]) -> str:
    marks = {slug: picture(dataset) for slug, dataset in datasets} | _ICONS
    places = {f'[role="listbox"][aria-label="{LABEL}"] > [data-key="{k}"]': slug for k, slug in enumerate(slugs)}
    places[f'.react-aria-ComboBox:has(input[aria-label="{LABEL}"])'] = chosen
    return "".join(f"{place} {{ --picture: {_url(marks[slug])}; }}\n" for place, slug in places.items())


def _url(marks: str) -> str:
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" fill="none" stroke="#000" '
        f'stroke-linecap="round" stroke-linejoin="round">{marks}</svg>'
    )
    return f'url("data:image/svg+xml,{quote(drawn, safe=" /:=,")}")'
