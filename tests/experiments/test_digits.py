"""Experiments on digits: what is counted, what is shared between runs, and what theory says of their results."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from diffviz.config import ConfigError
from diffviz.data import ImageSet, SmallDigits
from diffviz.experiments.digits import inverse, measured
from diffviz.experiments.digits.guidance import KINDS, GuidanceConfig, run_guidance
from diffviz.experiments.digits.images import DrawnDigits, load_images
from diffviz.experiments.digits.latents import (
    BETWEEN,
    STEP_COUNTS,
    DigitRoundTripConfig,
    StepCountsConfig,
    run_digit_round_trip,
    run_step_counts,
)
from diffviz.experiments.digits.learning import (
    Evaluation,
    LearningConfig,
    Observer,
    latest_look,
    replay_learning,
    run_untrained,
    shipped_learning,
)
from diffviz.experiments.digits.sampling import DigitLaneConfig, run_digit_lane
from diffviz.experiments.lane import Lane
from diffviz.grids import UniformTime
from diffviz.pretrained.digits import FOLDER, LIVE_CONFIG, early_checkpoints, score_network
from diffviz.runs.history import SavedWeights
from diffviz.runs.snapshot import Snapshot
from diffviz.samplers import DDIM, DDPM, SAMPLERS, AnalyticDPM
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import Progress, TrainState
from diffviz.ui.digits.table import ranks

DRAWN = DrawnDigits()


# Images


def test_drawn_digits_need_no_fetching_and_are_the_same_every_time():
    images = load_images(DRAWN, "test")
    assert DRAWN.is_local("test") and images.points.shape == (100, 1, 28, 28)
    assert -1 <= float(images.points.min()) < float(images.points.max()) <= 1
    assert len(set(images.labels.tolist())) == 10
    pixels, labels = DRAWN.read("train")
    np.testing.assert_allclose(pixels / 127.5 - 1, images.points[:, 0], atol=1 / 127)
    assert labels.tolist() == images.labels.tolist()


# Sampling


@pytest.mark.parametrize("slug", ["ddim", "ddpm", "dpmpp-2m", "analytic", "edm", "langevin", "pc"])
def test_any_sampler_draws_digits_and_counts_its_calls(slug: str, few_digits: ImageSet):
    sampler = SAMPLERS[slug]()
    lane = Lane(sampler, UniformTime(), sampler.steps_for(6))
    config = DigitLaneConfig(lane, 4, 0, few_digits)
    result = run_digit_lane(config)
    path = result.path
    assert path.x.shape == (len(path.t), 4, 1, 28, 28) and path.x0.shape == (len(path.t) - 1, 4, 1, 28, 28)
    assert 1 <= path.nfe <= max(6, sampler.cost) and len(result.label) == 4 and 0 <= result.clear <= 1
    assert path.clock[0] == 0 and path.clock[-1] == 1 and (np.diff(path.clock) >= 0).all()
    again = run_digit_lane(config)
    assert np.array_equal(again.path.x, path.x) and again.path.nfe == path.nfe


def test_the_views_of_a_path_agree():
    path = run_digit_lane(DigitLaneConfig(Lane(DDIM(), UniformTime(), 5), 4)).path
    nodes = path.answered(range(len(path.t)))
    assert nodes == [0, 1, 2, 3, 4, 4]
    alpha, sigma = (level[nodes].reshape(-1, 1, 1, 1, 1) for level in (path.alpha, path.sigma))
    np.testing.assert_allclose(alpha * path.x0[nodes] + sigma * path.eps(nodes), path.x[nodes], atol=1e-4)


def test_side_by_side_means_from_the_same_noise(few_digits: ImageSet):
    lanes = [Lane(sampler, UniformTime(), 5) for sampler in (DDIM(), DDPM(), AnalyticDPM())]
    results = [run_digit_lane(DigitLaneConfig(lane, 4, 0, few_digits)) for lane in lanes]
    assert all(np.array_equal(each.path.x[0], results[0].path.x[0]) for each in results)
    assert len({each.path.final.tobytes() for each in results}) == 3


# Learning


@pytest.fixture(scope="module")
def looked() -> LearningConfig:
    return LearningConfig(DRAWN, 0.5)


def test_learning_is_looked_at_from_the_same_noise(looked: LearningConfig):
    model, observer = score_network(), Observer(looked)
    first, again = observer(model), observer(model)
    assert np.array_equal(first.samples, again.samples) and first.samples.shape == (25, 1, 28, 28)
    real = looked.real[:25].numpy()
    noised = looked.noised(model.schedule)[0].numpy().clip(-1, 1)
    assert np.abs(first.denoised.clip(-1, 1) - real).mean() < 0.5 * np.abs(noised - real).mean()
    progress = Progress(3, 9, 0.5, 0.6, np.linspace(5, -4, 16), np.full(16, 0.3), 2.0, torch.zeros(1))
    losses = np.array([[1.0, 0.9], [3.0, 0.5]])
    result = latest_look(looked, model.schedule, Snapshot(progress, first, losses, ()))
    assert result.steps.tolist() == [3] and np.array_equal(result.samples, first.samples[None])
    assert result.lam_loss is progress.lam_loss and result.losses is losses


def test_the_shipped_run_is_looked_at_from_before_its_first_step(looked: LearningConfig):
    result = shipped_learning(looked)
    assert result.steps[0] == 0 and len(result.steps) == len(result.samples) == len(result.seconds) == len(
        early_checkpoints()
    )
    assert (np.diff(result.steps) > 0).all() and (np.diff(result.seconds) > 0).all()
    assert not np.array_equal(result.samples[0], result.samples[-1])


def test_a_replay_holds_the_kept_moments():
    train_state = TrainState(LIVE_CONFIG, (1, 8, 8), 0)
    moments = tuple(SavedWeights(k, train_state.parameters.values.clone()) for k in range(40))
    progress = Progress(39, 40, 0.5, 0.6, np.linspace(5, -4, 16), np.full(16, 0.3), 2.0, moments[-1].weights)
    nothing = np.zeros((25, 1, 8, 8), np.float32)
    snapshot = Snapshot(progress, Evaluation(nothing, nothing), np.array([[1.0, 0.9], [39.0, 0.5]]), moments)
    result = replay_learning(LearningConfig(SmallDigits()), LIVE_CONFIG, 0, snapshot)
    assert len(result.steps) == len(result.samples) == 16 and result.steps[0] == 0 and result.steps[-1] == 39
    assert all(np.array_equal(samples, result.samples[0]) for samples in result.samples)  # the weights are the same
    assert result.clear is None  # no classifier knows these


def test_before_training_images_go_into_noise_as_noise_goes_through_the_network():
    looked = LearningConfig(SmallDigits())
    result = run_untrained(looked, LIVE_CONFIG)
    assert result.forward.shape == result.path.x.shape
    np.testing.assert_allclose(result.forward[0], looked.real[:25], atol=0.1)  # hardly any noise at t_min
    assert abs(float(result.forward[-1].std()) - 1) < 0.05 > abs(float(result.path.x[0].std()) - 1)


# Guidance


@pytest.mark.parametrize("kind", KINDS)
def test_without_scale_nobody_is_led(kind: str):
    config = GuidanceConfig(kind, 4.0, steps=6, labels=tuple(range(6)))
    free, led, again = (run_guidance(each) for each in (replace(config, scale=0.0), config, config))
    assert np.array_equal(led.path.final, again.path.final) and not np.array_equal(free.path.final, led.path.final)
    assert np.array_equal(free.path.x[0], led.path.x[0])
    assert led.read_as_asked >= free.read_as_asked
    assert (free.path.nfe, led.path.nfe) == ((6, 12) if kind == "free" else (6, 6))
    assert (free.gradients, led.gradients) == ((0, 0) if kind == "free" else (0, 6))


def test_the_default_interval_holds_the_whole_schedule():
    config, schedule = GuidanceConfig(), score_network().schedule
    assert config.low < schedule.lam(schedule.t_max) < schedule.lam(schedule.t_min) < config.high


@pytest.mark.parametrize("labels", [(), (0, 10), (-1,)], ids=str)
def test_what_is_no_digit_is_refused(labels: tuple[int, ...]):
    with pytest.raises(ConfigError, match="digits from 0 to 9"):
        GuidanceConfig(labels=labels)


# Latents


def test_more_steps_lose_less_on_the_way_there_and_back(monkeypatch: pytest.MonkeyPatch, few_digits: ImageSet):
    """In single precision: what half precision rounds off is no error of the steps."""
    monkeypatch.setattr(LearnedScore, "bfloat16", lambda model: model)
    config = DigitRoundTripConfig(first=2, second=0, images=few_digits)
    trips = [run_digit_round_trip(replace(config, calls=calls)) for calls in (5, 20, 60)]
    assert trips[0].error > trips[1].error > trips[2].error and trips[2].error < 0.1
    assert trips[0].nfe == 10
    ends = trips[2].between[[0, -1]]
    assert len(trips[2].between) == BETWEEN and np.array_equal(ends, trips[2].down.final[:2])
    up, down = trips[0].up, trips[0].down
    assert np.array_equal(up.t, down.t[::-1]) and up.clock[0] == 0 and (np.diff(up.clock) > 0).all()
    assert np.array_equal(up.x[0], load_images(few_digits, "test").points[[2, 0, 1]])


def test_a_sampler_that_draws_noise_has_no_way_back():
    with pytest.raises(ConfigError, match="has no way back"):
        run_digit_round_trip(DigitRoundTripConfig(DDPM(), images=DRAWN))


def test_one_latent_is_one_digit_at_any_number_of_steps():
    result = run_step_counts(StepCountsConfig())
    *apart, none = result.distances
    assert apart == sorted(apart, reverse=True) and none == 0
    digits = result.paths[-1].final
    assert apart[0] < 0.6 * np.sqrt(np.square(np.roll(digits, 1, 0) - digits).mean())  # digits of other latents
    assert [len(path.t) - 1 for path in result.paths] == [path.nfe for path in result.paths] == list(STEP_COUNTS)


# Inverse problems


@pytest.mark.parametrize(("method", "calls", "kept"), [("replacement", 50, 0.05), ("gradient", 25, 0.1)])
@pytest.mark.parametrize("slug", inverse.PROBLEMS)
def test_what_is_known_is_kept_and_the_rest_is_filled(slug: str, method: str, calls: int, kept: float):
    result = inverse.run_inverse(inverse.InverseConfig(slug, method, steps=25, moves=1, images=DRAWN))
    assert result.known_error < kept and result.path.nfe == calls
    final = result.path.final.reshape(inverse.ROWS, inverse.EACH, -1)
    assert float(final.std(1).mean()) > 0.02  # the five answers are not one
    assert np.array_equal(result.real, load_images(DRAWN, "test").points[:4])
    np.testing.assert_allclose(inverse.PROBLEMS[slug][1](torch.from_numpy(result.real)), result.known)


# What was measured


def test_the_table_is_whole_and_its_order_is_counted():
    table, shape = measured.ddim_table(), (len(measured.ETAS), len(measured.STEPS))
    cells = json.loads((FOLDER / "ddim-table.json").read_text(encoding="utf-8"))["cells"]
    assert set(cells) == {f"{eta} {steps}" for eta in measured.ETAS for steps in measured.STEPS}
    assert shape == (5, 5) and table.tiles.shape[:2] == shape and table.samples.min() >= 256
    for estimates in (table.frechet, table.excess):
        assert estimates.value.shape == shape
        assert (estimates.low < estimates.value).all() and (estimates.value < estimates.high).all()
    for paper, values in measured.PAPER.items():
        assert np.array(values).shape == shape
        same, other, near = measured.agreement(table, paper)
        assert same + other + near == 50 and same > other
    assert np.array_equal(np.sort(measured.column_ranks(table.frechet.value), 0)[:, 0], [1, 2, 3, 4, 5])
    assert set(table.floors) == {int(count) for count in np.unique(table.samples)}


def test_a_rank_is_as_sure_as_the_intervals_leave_it():
    value = np.array([[1.0], [2.0], [3.0], [9.0]])
    half = np.array([[0.1], [0.8], [0.8], [0.1]])  # the second and the third overlap, the others stand clear
    lowest, highest = measured.possible_ranks(measured.Estimates(value, value - half, value + half))
    assert lowest[:, 0].tolist() == [1, 2, 2, 4] and highest[:, 0].tolist() == [1, 3, 3, 4]


def marks(table: measured.DDIMTable, paper: str) -> tuple[int, int]:
    """How many cells are marked as unlike the paper's, and of how many the rank is another one."""
    cells = [
        cell.strip("| ") for row in ranks(table, paper).splitlines()[2:] for cell in row.split(" | ") if "·" in cell
    ]
    return sum("≠" in cell for cell in cells), sum(
        len(set(cell.removesuffix(" ≠").split(" · "))) == 2 for cell in cells
    )


@pytest.mark.parametrize("paper", measured.PAPER)
def test_ranks_are_marked_as_unlike_only_where_some_pair_of_cells_stands_the_other_way_round(paper: str):
    table = measured.ddim_table()
    marked, unequal = marks(table, paper)
    assert marked < unequal and marked <= 2 * measured.agreement(table, paper).other
    values = -np.array(measured.PAPER[paper])  # the paper's order turned round, beyond doubt
    marked, unequal = marks(replace(table, frechet=measured.Estimates(values, values - 1e-6, values + 1e-6)), paper)
    assert marked == unequal > 0


def test_the_fast_samplers_are_listed_from_near_to_far():
    cells = measured.fast_table().cells
    assert [cell.frechet.value for cell in cells] == sorted(cell.frechet.value for cell in cells)
    assert {cell.sampler for cell in cells} == {"DPM-Solver++ 2M", "DDIM", "DDPM β̃", "Analytic-DPM"}


def test_guidance_was_measured_for_every_kind_at_every_scale():
    trade = measured.guidance_trade_off()
    assert trade.kinds == tuple(kind.title for kind in KINDS.values())
    shape = (len(trade.kinds), len(trade.scales))
    for values in (trade.read_as_asked.value, trade.excess.value, trade.precision, trade.recall):
        assert values.shape == shape
    free = trade.kinds.index(KINDS["free"].title)
    assert trade.read_as_asked.value[free, -1] > 0.98 > 0.2 > trade.read_as_asked.value[free, 0]
    assert (trade.recall[:, -1] < trade.recall[:, 0]).all()  # what guidance costs


def test_every_measurement_names_the_command_that_made_it():
    for table in (measured.ddim_table(), measured.fast_table(), measured.guidance_trade_off()):
        assert table.command.startswith("python -m benchmarks.")


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_matters_where_it_is_heeded_and_nowhere_else(kind: str) -> None:
    config = GuidanceConfig(kind, steps=5, labels=(3,))
    whole, narrow = (run_guidance(c).path.x for c in (config, replace(config, low=0.0, high=1.0)))
    assert np.array_equal(whole, narrow) != KINDS[kind].has_interval
