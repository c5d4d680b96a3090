"""The formulas of the lecture notes, printed and corrected, as functions that measure both."""

from diffviz.claims import analytic, consistency, distillation, elbo, forward, losses, public_code, reverse, solvers
from diffviz.claims.base import Claim, Measurement

_PARTS = forward, losses, elbo, reverse, solvers, analytic, distillation, consistency, public_code

CLAIMS: dict[str, Claim] = {claim.slug: claim for part in _PARTS for claim in part.CLAIMS}

__all__ = ["CLAIMS", "Claim", "Measurement"]
