"""Screenshots are of every view that a page offers."""

import pytest

from benchmarks.screenshots import PAGES, views_of
from tests.benchmarks.test_stills import TABBED


@pytest.mark.parametrize("page", TABBED)
def test_all_views_of_a_page_are_found_in_its_order(page: str) -> None:
    assert page in PAGES
    assert views_of(page) == tuple(module.VIEW for module in TABBED[page])
