"""The lecture notes, claim by claim."""

from __future__ import annotations

from diffviz.claims import CLAIMS
from diffviz.estimate import format_estimate


def chapter(claims: tuple[str, ...], seed: int) -> None:
    """Formulas of lecture notes, measured: as they are printed, and as they should be, against the truth."""
    for slug in claims:
        claim, result = CLAIMS[slug], CLAIMS[slug].measure(seed)
        print(f"{slug}: {claim.quantity}: truth {result.truth:.4g}, right form {format_estimate(*result.corrected)}")
        if result.printed is not None:
            print(f"  printed form {format_estimate(*result.printed)}")
        print("  confirmed" if result.holds else "  not confirmed")
