"""Claims about the forward."""

from __future__ import annotations

from diffviz.claims.base import Claim

CLAIMS: tuple[Claim, ...] = ()
