"""Each claim of the notes holds, and would not if the printed form and the corrected one changed places."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from diffviz.claims import CLAIMS, Measurement
from diffviz.claims.losses import bound_on_kl
from diffviz.estimate import Estimate
from diffviz.ui.notes.rows import CHAPTERS, chapter

ROWS = {row.claim: row for slug in CHAPTERS for row in chapter(slug).rows if row.claim}


@pytest.mark.parametrize("slug", CLAIMS)
def test_a_claim_holds_and_fails_when_its_forms_change_places(slug: str) -> None:
    claim = CLAIMS[slug]
    assert claim.slug == slug and claim.quantity
    measured = claim.measure(0)
    assert measured.holds, measured
    assert (measured.printed is not None) == bool(ROWS[slug].printed)
    if measured.printed is not None:
        assert not replace(measured, corrected=measured.printed, printed=measured.corrected).holds


def test_a_seed_reproduces_and_another_draws_anew() -> None:
    measure = CLAIMS["tweedie"].measure
    assert measure(5) == measure(5) != measure(6)


def test_a_claim_does_not_hold_when_a_form_diverges_or_the_printed_one_is_right_too() -> None:
    right = Estimate(1.0, 0.1)
    assert Measurement(1.2, right, Estimate(math.inf, math.inf), 0.0).holds
    assert not Measurement(1.2, Estimate(math.nan, math.nan), None, 0.0).holds
    assert not Measurement(1.2, right, Estimate(1.3, 0.1), 0.0).holds


def test_the_bound_is_as_the_closed_form_of_a_gaussian_says() -> None:
    """In one dimension the flow's KL is .497 against a bound of .0572; in the plane both are doubled."""
    measured = bound_on_kl(0)
    assert measured.printed is not None
    assert measured.printed.mean == pytest.approx(2 * (0.497216 - 0.057181), abs=2e-4)
