"""What a row of The notes measures: the printed form and the corrected one, side by side against the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from diffviz.estimate import Estimate


@dataclass(frozen=True)
class Measurement:
    """One quantity by the corrected form and by the printed one.

    truth: what a right form gives. corrected, printed: what the two give, with their standard errors (0 where nothing
    is random); printed is None where the notes are right. tolerance: how far a right form may lie from the truth beside
    three standard errors, as it is computed with finitely many steps.
    """

    truth: float
    corrected: Estimate
    printed: Estimate | None
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the corrected form gives the truth and the printed one, where there is one, does not."""
        return self._near(self.corrected) and not (self.printed is not None and self._near(self.printed))

    def _near(self, value: Estimate) -> bool:
        """Whether a form gives the truth, within the tolerance and three standard errors; never if it diverged."""
        return math.isfinite(value.mean) and abs(value.mean - self.truth) <= self.tolerance + 3 * value.error


@dataclass(frozen=True)
class Claim:
    """A statement of the notes that can be measured here and now.

    slug: names its row of prose and its place in the link. quantity: what is measured, with its unit, in a few words.
    measure: from a seed, within a few seconds; it computes both forms by itself.
    """

    slug: str
    quantity: str
    measure: Callable[[int], Measurement]
