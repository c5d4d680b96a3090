"""Where times fall: quantiles against closed forms, and shares counted."""

from dataclasses import replace
from itertools import islice

import pytest
import torch

from diffviz.noise import Stream, torch_generator
from diffviz.objectives import TIME_SAMPLERS, Denoising
from diffviz.objectives.loss_memory import KEPT, LossMemory
from diffviz.objectives.time_samplers import (
    ImportanceTimes,
    LadderTimes,
    LogitNormalTimes,
    OneLevelTimes,
    QuantileTimes,
    UniformTimes,
)
from diffviz.schedules import SCHEDULES, Cosine, time_at
from diffviz.training.loop import BINS, TrainingConfig, training_steps

U = torch.linspace(0, 1, 10_001, dtype=torch.float64)


@pytest.mark.parametrize(
    "density",
    [kind() for kind in TIME_SAMPLERS.values() if issubclass(kind, QuantileTimes)] + [LogitNormalTimes(0.8, 0.3, 0.4)],
    ids=repr,
)
def test_quantiles_rise_from_data_to_noise(density):
    shares = density.quantile(U)
    assert shares[0] == 0 and shares[-1] == 1 and (shares.diff() >= 0).all()


def test_even_times_are_the_draws_themselves():
    assert torch.equal(UniformTimes().quantile(U), U)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (0.8, 0.6), (-1.0, 0.4)])
def test_the_logit_is_normal(mean, spread):
    z = torch.linspace(-2, 2, 41, dtype=torch.float64)
    found = LogitNormalTimes(mean, spread).quantile(torch.special.ndtr(z))
    torch.testing.assert_close(torch.logit(found), mean + spread * z, rtol=0, atol=2e-3)


def test_a_plain_of_even_times_lies_below_the_hill():
    hill, mixed = LogitNormalTimes(0.8, 0.6), LogitNormalTimes(0.8, 0.6, even=0.25)
    for edge in (0.1, 0.5, 0.7, 0.9):
        alone = (hill.quantile(U) < edge).double().mean()
        torch.testing.assert_close(
            (mixed.quantile(U) < edge).double().mean(), 0.25 * edge + 0.75 * alone, rtol=0, atol=2e-3
        )
    torch.testing.assert_close(LogitNormalTimes(0.8, 0.6, even=1.0).quantile(U), U)


def test_training_reports_its_error_at_the_times_it_draws():
    density = LogitNormalTimes(0.8, 0.6, even=0.25)
    settings = TrainingConfig(batch=64, steps=1, objective=Denoising(times=density))
    points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    (progress,) = training_steps(settings, points, 0)
    middles = density.quantile((torch.arange(BINS, dtype=torch.float64) + 0.5) / BINS)
    expected = Cosine().lam(time_at(Cosine(), middles.numpy()))
    assert progress.lam == pytest.approx(expected) and (progress.lam_loss > 0).all()


@pytest.mark.parametrize("schedule", [kind() for kind in SCHEDULES.values()], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("times", [kind() for kind in TIME_SAMPLERS.values()], ids=lambda s: type(s).__name__)
def test_times_rise_within_the_schedule(times, schedule):
    u = times.shares(2, 64, torch_generator(0, Stream.TRAINING_BATCHES))
    assert u.shape == (2, 64) and (u.diff(dim=1) >= 0).all()
    t = times.times(schedule, u)
    assert t.shape == u.shape and (t.diff(dim=1) >= 0).all()
    assert schedule.t_min <= float(t.min()) and float(t.max()) <= schedule.t_max * (1 + 1e-6)


def test_a_ladder_has_its_rungs_and_one_level_has_one():
    schedule = SCHEDULES["ve"]()
    rungs = LadderTimes(5).times(schedule, U).unique()
    sigma = schedule.sigma(rungs)
    torch.testing.assert_close(sigma[1:] / sigma[:-1], torch.full((4,), 1000 ** (1 / 4), dtype=torch.float64))
    assert schedule.sigma(OneLevelTimes(0.7).times(schedule, U)).unique().numpy() == pytest.approx([2.718282**-0.7])


def filled(losses: torch.Tensor) -> LossMemory:
    """A memory whose every bin has had ten losses of this size."""
    memory = LossMemory(len(losses))
    share = (torch.arange(len(losses)) + 0.5) / len(losses)
    for _ in range(KEPT):
        assert (memory.density == 1).all()  # even, until all have had ten
        memory.record(share, losses)
    return memory


def test_importance_draws_in_proportion_to_the_losses_and_stays_unbiased():
    losses = torch.tensor([8.0, 4.0, 2.0, 2.0])
    memory = filled(losses)
    u = (torch.arange(100_000) + 0.5) / 100_000
    share, weight = memory.place(u)
    assert (share.diff() >= 0).all()
    which = (share * 4).long().clamp(max=3)
    counted = torch.bincount(which).double() / len(u)
    torch.testing.assert_close(counted, 0.1 / 4 + 0.9 * losses.double() / losses.sum(), rtol=1e-3, atol=1e-4)
    for values in (lambda s: losses[(s * 4).long().clamp(max=3)], lambda s: s**2, torch.cos):
        assert float((weight * values(share)).mean()) == pytest.approx(float(values(u).mean()), rel=1e-3)


def test_importance_estimates_the_same_loss_with_less_spread():
    losses = torch.tensor([100.0, 1.0, 1.0, 1.0])
    memory, generator = filled(losses), torch.Generator().manual_seed(0)

    def spread(place: bool) -> tuple[float, float]:
        u = torch.rand(20_000, generator=generator)
        share, weight = memory.place(u) if place else (u, torch.ones_like(u))
        values = weight * losses[(share * 4).long().clamp(max=3)]
        return float(values.mean()), float(values.std())

    (even, wide), (mean, narrow) = spread(False), spread(True)
    assert mean == pytest.approx(even, rel=0.05) and narrow < wide / 2


def test_training_by_importance_goes_on_where_it_was_interrupted():
    settings = TrainingConfig(batch=64, steps=40, objective=Denoising("eps", times=ImportanceTimes(4)))
    points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    whole = list(training_steps(settings, points, 0))
    (*_, half) = islice(training_steps(settings, points, 0), 20)
    state = half.capture()
    assert state.time_losses.all()  # drawn by their losses by now
    *_, last = training_steps(settings, points, 0, resume=state)
    assert torch.equal(last.weights, whole[-1].weights)
    even = replace(settings, objective=Denoising("eps"))
    assert not torch.equal(list(training_steps(even, points, 0))[-1].weights, last.weights)
