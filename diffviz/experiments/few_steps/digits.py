"""The race at few calls on digits: everybody's digits from the same noise, and the table measured beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from diffviz.experiments.digits.path import SamplePath
from diffviz.experiments.few_steps.race import lanes_at
from diffviz.experiments.few_steps.standings import Standing, Standings
from diffviz.experiments.lane import AnyLane, Lane, Runner, ShippedMethod, StudentLane
from diffviz.experiments.problem import brownian_path
from diffviz.grids import UniformTime
from diffviz.metrics import Interval
from diffviz.pretrained.digits import FOLDER, score_network
from diffviz.pretrained.students import DIGITS, shipped_students
from diffviz.protocols import Noise
from diffviz.samplers import DDIM, DPMSolverPP2M, prior, sample
from diffviz.trajectory import Trajectory

CALLS = (1, 2, 4, 5, 8)
SHOWN = 9  # digits of each
TABLE = FOLDER / "few-steps-table.json"
SOLVERS = (Lane(DDIM(), UniformTime()), Lane(DPMSolverPP2M(), UniformTime()))


def digit_lanes(calls: int) -> tuple[AnyLane, ...]:
    """Everybody that can make so many calls."""
    return lanes_at(calls, SOLVERS, tuple(ShippedMethod(slug, DIGITS) for slug in shipped_students(DIGITS)))


@dataclass(frozen=True, eq=False)
class DigitPath:
    """Digits of one lane on their way. trained: as on `Runner`."""

    lane: AnyLane
    path: SamplePath
    trained: float | None


def run_digit_path(lane: AnyLane, seed: int) -> DigitPath:
    """SHOWN digits; all lanes of a seed start from the same noise."""
    runner = digit_runner(lane)
    noise = brownian_path(runner.schedule, (SHOWN, 1, 28, 28), seed)
    return DigitPath(lane, SamplePath.of(runner.run(noise), runner.schedule), runner.trained)


def digit_runner(lane: AnyLane) -> Runner:
    """The shipped network of digits, or a student of it, whatever score the lane asks in the plane."""
    if isinstance(lane, StudentLane):
        return lane.sampler.runner(lane.steps)
    return Runner(score_network().schedule, partial(_sampled, lane))


def _sampled(lane: Lane, noise: Noise) -> Trajectory:
    model = score_network().bfloat16()
    times = lane.grid.times(model.schedule, lane.steps)
    return sample(lane.sampler, model, prior(model.schedule, noise), times, noise)


class DigitCell(NamedTuple):
    """One lane of the table: MNIST-Fréchet with its 95 % interval, the share of clear digits, and its training."""

    title: str
    calls: int
    frechet: Interval
    clear: float
    trained: float


@dataclass(frozen=True, eq=False)
class DigitTable:
    """Everybody at few calls. floor: MNIST-Fréchet of as many real digits. samples: of each cell."""

    cells: tuple[DigitCell, ...]
    floor: Interval
    samples: int
    command: str

    @property
    def standings(self) -> Standings:
        """Those whose interval overlaps that of the nearest with as many calls are as near."""
        highest = {
            cell.calls: min(other.frechet for other in self.cells if other.calls == cell.calls).high
            for cell in self.cells
        }
        everybody = tuple(
            Standing(
                cell.title,
                cell.calls,
                cell.frechet.value,
                (cell.frechet.high - cell.frechet.low) / 2,
                cell.trained,
                cell.frechet.low <= highest[cell.calls],
            )
            for cell in self.cells
        )
        half = (self.floor.high - self.floor.low) / 2
        return Standings("MNIST-Fréchet", "half of the 95 % interval", self.floor.value, half, everybody)


@lru_cache(maxsize=1)
def digit_table() -> DigitTable:
    """As `benchmarks.few_steps_digits` measured it."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    cells = tuple(
        DigitCell(cell["title"], cell["calls"], Interval(*cell["frechet"]), cell["clear"], cell["trained"])
        for cell in table["cells"]
    )
    return DigitTable(cells, Interval(*table["floor"]), table["samples"], table["command"])
