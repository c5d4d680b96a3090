"""The words of the pages as the browser is given them."""

from __future__ import annotations

import pytest

from diffviz.locations import CONTENT
from diffviz.ui.words import prose

PAGES = sorted(path.stem for path in (CONTENT / "en").glob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_a_formula_on_a_line_of_its_own_is_a_block(page: str) -> None:
    """Streamlit sets $$…$$ as a block only where the signs have lines of their own."""
    lines = [line for part in prose(page).values() for line in part.splitlines() if "$$" in line]
    assert set(lines) <= {"$$"} and len(lines) % 2 == 0


def test_no_formula_is_lost() -> None:
    written = (CONTENT / "en" / "race-order.md").read_text(encoding="utf-8")
    formula = next(line for line in written.splitlines() if line.startswith("$$")).strip("$")
    assert f"\n$$\n{formula}\n$$\n" in prose("race-order")["The formula"]
