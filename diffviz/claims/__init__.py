"""The formulas of the lecture notes, printed and corrected, as functions that measure both."""

from diffviz.claims.base import Claim, Measurement

CLAIMS: dict[str, Claim] = {}

__all__ = ["CLAIMS", "Claim", "Measurement"]
