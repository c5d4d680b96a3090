"""Charts of results: what they draw is what the result holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diffviz.experiments.digits.measured import ETAS, STEPS, ddim_table, guidance_trade_off, recorded
from diffviz.experiments.lane import Lane
from diffviz.experiments.order import Convergence, OrderConfig, OrderResult
from diffviz.experiments.race import LaneResult, RaceConfig, RaceResult
from diffviz.experiments.sweep import Series, SweepConfig, SweepResult
from diffviz.figures import ddim_table as ddim_chart
from diffviz.figures import guidance, order, quality, ranking
from diffviz.figures.chart import Heat
from diffviz.figures.chart import Series as Line
from diffviz.figures.look import looking_like
from diffviz.figures.page import figure
from diffviz.figures.paper import render
from diffviz.grids import UniformTime
from diffviz.metrics import Floor
from diffviz.player import Curve
from diffviz.samplers import DDIM, DDPM, DPMSolver3, DPMSolverPP2M, DPMSolverPP3M, Sampler
from diffviz.scenes import quality as quality_scene


def _series(sampler: Sampler, nfe: list[float], mean: list[float], error: float = 0.001) -> Series:
    return Series(sampler, np.array(nfe), np.array(nfe), np.array(mean), np.full(len(nfe), error))


def _sweep(*series: Series) -> SweepResult:
    return SweepResult(SweepConfig(), series, Floor(0.05, 0.001), 4, 4)


def _lane(sampler: Sampler, distances: list[float], nfe: int = 10) -> LaneResult:
    t = np.linspace(1, 0, nfe + 1)
    x = np.zeros((nfe + 1, 1, 2))
    return LaneResult(Lane(sampler), t, t, -t, (1.0, 0.0), 1 - t, x, nfe, np.array(distances), x[-1], ())


def _race(*lanes: LaneResult, floor: float = 0.05) -> RaceResult:
    return RaceResult(RaceConfig(lanes=tuple(lane.lane for lane in lanes)), lanes, Floor(floor, 0.002), (), ())


def test_the_legend_tells_the_order_where_there_is_one() -> None:
    nfe = np.array([10.0, 20.0, 40.0])
    clear = Convergence(DDIM(), nfe, 1 / nfe, 1.02, 0.01)
    unclear = Convergence(DPMSolverPP2M(), nfe, 1 / nfe**2, np.nan, np.nan)
    chart = order.compose(OrderResult(OrderConfig(), (clear, unclear), 1e-9))
    assert [s.label for s in chart.series] == ["DDIM: order 1.020 ± 0.010", "DPM-Solver++ 2M"]
    np.testing.assert_array_equal(chart.series[1].y, unclear.error)
    assert chart.x.log and chart.y.log and "1e-09" in chart.caption
    assert "points stand at" not in chart.caption
    whole = replace(unclear, sampler=DPMSolver3(), nfe=np.array([9.0, 18.0, 39.0]))
    said = order.compose(OrderResult(OrderConfig(), (clear, whole), 1e-9)).caption
    assert said.endswith("DPM-Solver-3 asks 3 times a step, so its points stand at 9, 18, 39 calls.")
    halved = replace(unclear, sampler=DPMSolverPP3M(halved=True))
    (line,) = order.compose(OrderResult(OrderConfig(), (halved,), 1e-9)).series
    assert line.label == "DPM-Solver++ 3M, halved, as in public code"


def test_the_chart_of_quality_has_a_line_a_sampler_with_bars_and_rules() -> None:
    diverged_first = _series(DDPM(), [2, 5], [np.inf, 0.3], np.nan)
    chart = quality.compose(_sweep(_series(DDIM(), [2, 5], [0.5, 0.1]), diverged_first), wanted=0.1)
    ddim, ddpm = chart.series
    assert ddim.y.tolist() == [0.5, 0.1] and ddpm.x.tolist() == [5] and chart.x.log and chart.y.log
    assert ddim.bars is not None and ddpm.bars is not None
    assert ddim.bars.tolist() == [0.001, 0.001] and ddpm.bars.tolist() == [0]  # one repeat has no error
    assert {rule.label: rule.at for rule in chart.rules} == {"real against real": 0.05, "wanted": 0.1}


def test_the_whole_band_of_single_pairs_stands_in_the_charts_of_distances() -> None:
    floor = Floor(0.05, 0.004, pairs=16)
    sweep = replace(_sweep(_series(DDIM(), [2, 5], [0.5, 0.1])), floor=floor)
    race = replace(_race(_lane(DDIM(), [0.1, 0.12])), floor=floor)
    for chart in (quality.compose(sweep, wanted=0.1), ranking.compose(race)):
        band = next(rule for rule in chart.rules if rule.label == "real against real")
        assert band.half == pytest.approx(0.016)
        assert chart.limits()[0 if chart.sideways else 1][0] < band.at - band.half
        assert "standard error" in chart.caption and "Grey band, 0.034 to 0.066" in chart.caption


def test_a_chart_of_quality_in_which_all_diverged_can_be_drawn() -> None:
    chart = quality.compose(_sweep(_series(DDIM(), [2, 5], [np.inf, np.inf])), wanted=0.1)
    assert figure(chart).layout.shapes and render(chart, "png")


def test_far_samples_do_not_press_the_others_flat() -> None:
    chart = quality.compose(_sweep(_series(DDIM(), [2, 5], [100.0, 0.1])), wanted=0.1)
    assert chart.y.limits == pytest.approx((0.8 * 0.05, 30 * 0.05))


def test_lanes_are_ranked_with_the_nearest_on_top() -> None:
    far, near = _lane(DDPM(), [0.3, 0.32]), _lane(DDIM(), [0.1, 0.12])
    chart = ranking.compose(_race(far, near))
    assert chart.y.categories == ("DDIM", "DDPM") and not chart.legend
    for rank, (dot, lane) in enumerate(zip(chart.series, (near, far), strict=True)):
        assert dot.bars is not None and dot.label == lane.lane.title
        assert (dot.x.tolist(), dot.y.tolist(), dot.bars.tolist()) == ([lane.distance], [rank], [lane.error])
    assert [(rule.at, rule.half) for rule in chart.rules] == [(0.05, 0.002)] and chart.x.log


def test_lanes_are_told_apart_by_what_differs() -> None:
    ddim = _lane(DDIM(), [0.1, 0.12])
    lost = _lane(DDPM(), [np.inf, np.inf], nfe=20)
    even = replace(ddim, lane=Lane(DDIM(), UniformTime()), distances=np.array([0.2, 0.2]))
    chart = ranking.compose(_race(ddim, lost, even))
    assert chart.y.categories == (
        "DDIM · Uniform log-SNR · 10 calls",
        "DDIM · Uniform t · 10 calls",
        "DDPM · Uniform log-SNR · 20 calls · diverged",
    )
    assert [dot.y.tolist() for dot in chart.series] == [[0, 1], [2]]
    assert figure(chart) and render(chart, "png")


def test_a_sampler_looks_the_same_in_every_chart() -> None:
    """Colour by family, marker by member, wherever it stands among others."""
    wide, slow = _series(DDPM(), [2, 5], [0.2, 0.1]), _series(DDIM(), [2, 5], [0.2, 0.1])
    charts = [
        quality.compose(_sweep(wide, slow), wanted=0.1),
        quality.compose(_sweep(slow, wide), wanted=0.1),
        ranking.compose(_race(_lane(DDIM(), [0.1, 0.12]), _lane(DDPM(), [0.3, 0.32]))),
    ]
    looks = {(s.label, s.color, s.marker) for chart in charts for s in chart.series}
    assert len(looks) == 2 == len({color for _, color, _ in looks})
    (pane,) = quality_scene.compose(_sweep(wide, slow), 0.1).panes
    curve = pane.layers[0]
    assert isinstance(curve, Curve) and {(name, color) for name, color, _ in looks} == set(curve.colors.items())


def test_a_sampler_of_no_catalogue_takes_the_look_of_its_place() -> None:
    series = Line("own", np.array([1.0]), np.array([1.0]))
    assert looking_like("own", series) is series


def test_a_distance_below_zero_makes_the_axis_even() -> None:
    """An unbiased estimate, as of MMD, may be negative."""
    chart = ranking.compose(_race(_lane(DDIM(), [-0.01, 0.0]), _lane(DDPM(), [0.1, 0.1])))
    assert not chart.x.log and chart.limits()[0][0] < -0.01


def test_cells_of_the_table_are_the_measured_ones() -> None:
    for estimates in (ddim_table().frechet, ddim_table().excess):
        chart = ddim_chart.compose(estimates)
        assert chart.heat is not None and chart.heat.intervals is not None
        np.testing.assert_array_equal(chart.heat.values, estimates.value)
        np.testing.assert_array_equal(chart.heat.intervals[..., 0], estimates.low)
        np.testing.assert_array_equal(chart.heat.intervals[..., 1], estimates.high)
        assert chart.y.categories == ETAS and chart.x.categories == tuple(f"{s:,}" for s in STEPS)


def test_what_is_rounded_to_nothing_has_no_sign() -> None:
    """As the end of an interval that is just below 0, of a distance above that of real digits."""
    values = np.array([[-0.2, 1.0]])
    heat = Heat("distance", values, np.stack([values - 0.1, values + 0.1], -1))
    assert heat.texts(0, 0) == ("0", "[0, 0]")


def test_what_guidance_gains_and_costs_is_drawn_as_measured() -> None:
    measured = guidance_trade_off()
    asked, excess, recall = guidance.compose(measured)
    for chart, values in (
        (asked, measured.read_as_asked.value),
        (excess, measured.excess.value),
        (recall, measured.recall),
    ):
        np.testing.assert_array_equal([s.y for s in chart.series], values)
        assert tuple(s.label for s in chart.series) == measured.kinds
        assert all(np.array_equal(s.x, measured.scales) for s in chart.series)
    half = measured.excess.high - measured.excess.value
    np.testing.assert_array_equal([s.bars for s in excess.series], half)
    assert [rule.at for rule in (*excess.rules, *recall.rules)] == [0.0, measured.real_recall]


def test_a_distance_from_real_digits_has_one_name_and_one_zero_on_every_view() -> None:
    heat, line = ddim_chart.compose(ddim_table().excess).heat, guidance.compose(guidance_trade_off())[1]
    assert heat is not None and heat.label == line.y.label == line.title
    table = recorded("guidance")
    raw = [[cell["frechet"][0] for cell in scales.values()] for scales in table["kinds"].values()]
    np.testing.assert_allclose([s.y for s in line.series], np.array(raw) - table["real"]["frechet"][0])
