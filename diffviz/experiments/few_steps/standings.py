"""Where solvers and students stand at few network calls, and which of them to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Standing(NamedTuple):
    """Where one stands at so many calls.

    distance, half: to real data, and half the length of its error bar. trained: the CPU seconds of its training beyond
    the network; 0 for a solver. equal: whether nobody with as many calls is visibly nearer.
    """

    title: str
    calls: int
    distance: float
    half: float
    trained: float
    equal: bool


@dataclass(frozen=True, eq=False)
class Standings:
    """Everybody at every number of calls, solvers first.

    measure: what the distance is. bars: what half an error bar is. floor, floor_half: the distance of real data from
    real data, and how far a single measurement strays from it.
    """

    measure: str
    bars: str
    floor: float
    floor_half: float
    everybody: tuple[Standing, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Of everybody, each once."""
        return tuple(dict.fromkeys(one.title for one in self.everybody))

    def at(self, calls: int) -> tuple[Standing, ...]:
        """Those that make so many calls, the nearest first."""
        return tuple(sorted((one for one in self.everybody if one.calls == calls), key=lambda one: one.distance))

    def recommended(self, calls: int) -> Standing:
        """Of those to whom nobody is visibly nearer, the one whose training cost least, and of such the nearest."""
        return min((one for one in self.at(calls) if one.equal), key=lambda one: (one.trained, one.distance))

    def cheapest(self, calls: int) -> Standing:
        """The nearest of those that needed no training."""
        return next(one for one in self.at(calls) if not one.trained)
