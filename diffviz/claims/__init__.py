"""The formulas of the lecture notes, printed and corrected, as functions that measure both."""

from diffviz.claims import elbo, forward, losses
from diffviz.claims.base import Claim, Measurement

CLAIMS: dict[str, Claim] = {claim.slug: claim for part in (forward, losses, elbo) for claim in part.CLAIMS}

__all__ = ["CLAIMS", "Claim", "Measurement"]
