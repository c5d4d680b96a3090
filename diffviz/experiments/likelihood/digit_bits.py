"""Bits per dimension of real digits, as `benchmarks.digit_bits` measured them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from diffviz.estimate import Estimate
from diffviz.experiments.digits.measured import recorded


@dataclass(frozen=True)
class FlowBits:
    """By the flow from an earliest time. sigma: the noise there. probe_error: what random probes add to the error."""

    t_min: float
    sigma: float
    bits: Estimate
    probe_error: float
    nfe: int


@dataclass(frozen=True)
class BoundBits:
    """By the evidence lower bound of a chain of `steps` with a variance."""

    variance: str
    steps: int
    bits: Estimate
    nfe: int


@dataclass(frozen=True)
class DigitBits:
    """Both, over so many test digits; probes and tolerance are the flow's."""

    flow: tuple[FlowBits, ...]
    bound: tuple[BoundBits, ...]
    digits: int
    probes: int
    tolerance: float
    command: str


@lru_cache(maxsize=1)
def digit_bits() -> DigitBits:
    """The recorded table."""
    table = recorded("bits")
    return DigitBits(
        tuple(
            FlowBits(row["t_min"], row["sigma"], Estimate(row["bits"], row["error"]), row["probe_error"], row["nfe"])
            for row in table["flow"]
        ),
        tuple(
            BoundBits(row["variance"], row["steps"], Estimate(row["bits"], row["error"]), row["nfe"])
            for row in table["bound"]
        ),
        table["digits"],
        table["probes"],
        table["tolerance"],
        table["command"],
    )
