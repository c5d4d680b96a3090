"""What the words of Forward SDE promise is to be seen: with the page's defaults, on three seeds, not when swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
import torch

from diffviz.data import SwissRoll, prepare
from diffviz.experiments import forward
from diffviz.experiments.forward import Diffusion, ForwardConfig, ForwardResult, compare_schedules, run_forward
from diffviz.noise import BrownianPath
from diffviz.protocols import Array
from diffviz.scenes.forward import MARKS
from diffviz.schedules import Cosine, GaussianSchedule, LinearVP
from diffviz.sde import euler_maruyama, exact_jumps

SEEDS = pytest.mark.parametrize("seed", range(3))
PAGE = ForwardConfig()


@pytest.fixture(autouse=True, scope="module")
def coarse_densities() -> Iterator[None]:
    """Few points stand for the data in the densities: no test here looks at those."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forward, "COMPONENTS", 20)
        yield


@cache
def diffused(seed: int, steps: int = PAGE.steps, schedule: GaussianSchedule = PAGE.schedule) -> ForwardResult:
    return run_forward(ForwardConfig(schedule=schedule, steps=steps, seed=seed))


@SEEDS
@pytest.mark.promise("forward-jumps-exact")
def test_exact_jumps_land_on_the_same_points_in_any_number_of_steps(seed: int) -> None:
    schedule, data = PAGE.schedule, prepare(PAGE.dataset, PAGE.particles, seed).points
    ends_of_lam = schedule.lam(np.array([schedule.t_max, schedule.t_min])).tolist()

    def ends(method: Callable[..., torch.Tensor], steps: int) -> Array:
        path = BrownianPath(seed, data.shape, *ends_of_lam, forward=True, dtype=torch.float64)
        times = np.linspace(schedule.t_min, schedule.t_max, steps + 1)
        end: Array = method(schedule, torch.from_numpy(data), times, path)[-1].numpy()
        return end

    def same(method: Callable[..., torch.Tensor]) -> bool:
        return bool(np.abs(ends(method, 5) - ends(method, 200)).max() < 1e-6)  # rounding leaves 1e-14

    assert same(exact_jumps)
    assert not same(euler_maruyama)


@SEEDS
@pytest.mark.promise("forward-steps-shrink-the-error")
def test_the_marked_particles_end_apart_in_few_steps_and_together_in_many(seed: int) -> None:
    def apart(steps: int) -> Array:
        result = diffused(seed, steps)
        return np.asarray(np.linalg.norm((result.euler[-1] - result.exact.particles[-1])[list(MARKS)], axis=1))

    def coincide(steps: int) -> bool:
        return bool(apart(steps).max() < 0.07)  # a hundredth of the frame; measured up to 0.024

    assert coincide(200)
    assert not coincide(5) and apart(5).min() > 0.5  # measured from 0.84


@SEEDS
@pytest.mark.promise("forward-half-signal")
def test_half_the_signal_is_gone_later_under_the_cosine(seed: int) -> None:
    def gone_at(schedule: GaussianSchedule, t: float) -> bool:
        result = diffused(seed, schedule=schedule)
        return bool(abs(np.interp(-0.5, -result.alpha, result.exact.times) - t) < 0.01)  # what the words round

    assert gone_at(LinearVP(), 0.37) and gone_at(Cosine(), 0.66)
    assert not gone_at(LinearVP(), 0.66) and not gone_at(Cosine(), 0.37)


@SEEDS
@pytest.mark.promise("forward-ve-grows")
def test_only_ve_keeps_the_shape_and_grows(seed: int) -> None:
    processes = compare_schedules(SwissRoll(), PAGE.particles, seed)

    def grows(title: str) -> bool:
        """Three times the frame and five times the spread of the others, to within a fifth of either."""
        one, others = processes[title], [other for key, other in processes.items() if key != title]
        frame = min(one.reach / other.reach for other in others)
        spread = min(one.spread[-1] / other.spread[-1] for other in others)
        return bool(abs(frame - 3.3) < 0.5 and abs(spread - 5) < 1)

    def kept(process: Diffusion) -> float:
        """How much of where it began is left in a particle half-way: a regression's slope."""
        start, half = process.particles[0], process.particles[len(process.times) // 2]
        return float((start * half).sum() / (start * start).sum())

    assert grows("VE") and kept(processes["VE"]) > 0.9
    assert not any(grows(title) or kept(processes[title]) > 0.6 for title in ("VP", "Sub-VP"))
