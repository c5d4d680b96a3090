"""What the words of the measured tables promise. They were measured once, so their intervals stand for the seeds, and
what can be drawn anew is."""

from __future__ import annotations

import pytest

from diffviz.experiments.digits.measured import ETAS, STEPS, ddim_table, fast_table
from diffviz.grids import Leading
from diffviz.metrics import Interval
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import score_network
from diffviz.samplers import DDIM, DDPM, Sampler, prior, sample
from diffviz.schedules import DiscreteDDPM
from diffviz.scores.schedule_transformed import ScheduleTransformedModel


def cell(eta: str, steps: int) -> Interval:
    """How far a cell is above real digits."""
    return ddim_table().excess.at(ETAS.index(eta), STEPS.index(steps))


@pytest.mark.promise("table-eta-1-is-nearest")
def test_eta_1_is_the_nearest() -> None:
    """In all four columns up to 100 steps; at 20, by more than both intervals from η = 0, which the paper has first."""

    def shows(first: str) -> bool:
        columns = (10, 20, 50, 100)
        lowest = all(cell(first, s).value == min(cell(eta, s).value for eta in ETAS) for s in columns)
        return lowest and cell(first, 20).high < cell("0", 20).low

    assert [eta for eta in ETAS if shows(eta)] == ["1"]


@pytest.mark.promise("table-steps-do-not-mend-eta-0")
def test_more_than_20_steps_do_not_mend_eta_0() -> None:
    """Its intervals at 50, 100 and 1000 steps overlap with that at 20. Swapped: from 10 steps on."""

    def shows(steps: int) -> bool:
        later = [cell("0", s) for s in STEPS if s > steps]
        return all(after.high > cell("0", steps).low for after in later)

    assert shows(20) and not shows(10)


@pytest.mark.promise("table-larger-variance-leaves-noise")
def test_the_larger_variance_leaves_its_noise_in_the_picture() -> None:
    """In the two rows of pixels at the top, where no digit is: a spread of 0.33 against 0.04 to 0.07, measured."""
    model = ScheduleTransformedModel(score_network().bfloat16(), DiscreteDDPM())

    def shows(sampler: Sampler, seed: int) -> bool:
        noise = WhiteNoise(seed, (16, 1, 28, 28))
        times = Leading().times(model.schedule, 10)
        digits = sample(sampler, model, prior(model.schedule, noise), times, noise).final
        return float(digits[..., :2, :].std()) > 0.2

    for seed in (0, 1, 2):
        assert shows(DDPM(variance="large"), seed) and not shows(DDIM(), seed)
    large, none = (float(ddim_table().tiles[row, 0, :, :2].std()) for row in (-1, 0))
    assert large > 3 * none


@pytest.mark.promise("table-more-steps-come-nearer")
def test_from_10_to_20_steps_every_row_comes_nearer() -> None:
    """By more than both intervals. Swapped: from 50 to 100 steps."""

    def shows(few: int, many: int) -> bool:
        return all(cell(eta, many).high < cell(eta, few).low for eta in ETAS)

    assert shows(10, 20) and not shows(50, 100)


@pytest.mark.promise("table-fast-at-10-loses")
def test_dpm_solver_at_10_calls_is_farther_than_ddpm_at_50() -> None:
    """By more than both intervals. Swapped: DDPM at 10 calls."""
    cells = {(cell.sampler, cell.calls): cell.excess for cell in fast_table().cells}

    def shows(calls: int) -> bool:
        return cells["DDPM β̃", calls].high < cells["DPM-Solver++ 2M", 10].low

    assert shows(50) and not shows(10)


def test_no_column_looks_worse_for_its_fewer_samples() -> None:
    """At 1000 steps the distances, of 256 samples, are the larger ones; above real digits they are not."""
    table = ddim_table()
    few, many = STEPS.index(1000), STEPS.index(100)
    assert (table.frechet.value[:, few] > table.frechet.value[:, many]).all()
    assert (table.excess.low[:, few] < table.excess.value[:, many]).all()
    for place, excess in ((few, table.excess.value[0, few]), (many, table.excess.value[0, many])):
        floor = table.floors[int(table.samples[0, place])].value
        assert excess == pytest.approx(table.frechet.value[0, place] - floor)
