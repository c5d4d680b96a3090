"""The same samplers in an independent public library, on the discrete schedule, step by step.

Its timestep n is level n + 1 here. Its cumulative products are replaced by ours in double precision; its own tensors of
sigmas stay single, hence the tolerance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import diffusers
import numpy as np
import pytest
import torch
from torch import Tensor

from diffviz.grids import Leading, Linspace, Trailing
from diffviz.noise import WhiteNoise
from diffviz.samplers import (
    DDIM,
    DDPM,
    DPMSolverPP2M,
    DPMSolverPP3M,
    Sampler,
    SDEDPMSolverPP2M,
    UniPC2,
    UniPC3,
    prior,
    sample,
)
from diffviz.samplers.unipc import UniPC
from diffviz.schedules import DiscreteDDPM
from diffviz.scores.mixture import MixtureScore

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SCHEDULE = DiscreteDDPM()
SHAPE = (64, 2)
TOLERANCE = 1e-5
COMMON = {"num_train_timesteps": 1000, "beta_start": 1e-4, "beta_end": 0.02, "timestep_spacing": "trailing"}


UNEVEN = np.array([1000, 940, 700, 650, 400, 180, 150, 60, 20, 5, 1])  # levels


@dataclass(frozen=True)
class UniPC1(UniPC):
    """One answer predicts, two correct."""

    terms: ClassVar[int] = 1


class Sequence:
    """Normals in the order asked for, so that both libraries can be given the same."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(1)

    def initial(self) -> Tensor:
        return WhiteNoise(0, SHAPE, torch.float64).initial()

    def between(self, lam_from: float, lam_to: float) -> Tensor:
        return torch.randn(SHAPE, generator=self.generator, dtype=torch.float64)


def made(name: str, **options: Any) -> Any:
    peer = getattr(diffusers, name)(**COMMON | options)
    peer.alphas_cumprod = torch.from_numpy(SCHEDULE.alpha_bar)
    return peer


def ours(sampler: Sampler, model: MixtureScore, steps: int | None) -> list[Tensor]:
    """None: on the uneven grid."""
    noise = Sequence()
    times = Trailing().times(SCHEDULE, steps) if steps else UNEVEN / 1000
    return list(sample(sampler, model, prior(SCHEDULE, noise), times, noise).x)


def theirs(
    peer: Any, model: MixtureScore, steps: int | None, step: Callable[[Any, Tensor, Any, Tensor], Tensor]
) -> list[Tensor]:
    if steps:
        peer.set_timesteps(steps)
    else:
        peer.set_timesteps(timesteps=(UNEVEN[:-1] - 1).tolist())
    x = prior(SCHEDULE, Sequence())
    found = [x]
    for n in peer.timesteps:
        eps = model.predict(x.double(), (float(n) + 1) / 1000).eps
        x = step(peer, eps, n, x)
        found.append(x)
    return found


@pytest.fixture
def model(reference) -> MixtureScore:
    return MixtureScore(SCHEDULE, reference.model.mixture)


def agree(one: list[Tensor], other: list[Tensor]) -> None:
    largest = float(one[0].abs().max())
    for mine, peers in zip(one, other, strict=True):
        assert float((mine - peers.double()).abs().max()) < TOLERANCE * largest


@pytest.mark.parametrize("steps", [10, 20, 50])
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim(eta, steps, model):
    noise = Sequence()

    def step(peer, eps, n, x):
        z = noise.between(0, 0) if eta else None
        return peer.step(eps, n, x, eta=eta, variance_noise=z).prev_sample

    peer = made("DDIMScheduler", clip_sample=False, set_alpha_to_one=False)
    peer.final_alpha_cumprod = peer.alphas_cumprod[0]
    agree(ours(DDIM(eta), model, steps), theirs(peer, model, steps, step))


@pytest.mark.parametrize("steps", [10, 20, 50, None])
@pytest.mark.parametrize("variance", ["small", "large"])
def test_ddpm(variance, steps, model):
    """All but the last step, which goes to x_0 itself there, where no grid of ours goes."""
    noise = Sequence()
    peer = made("DDPMScheduler", clip_sample=False, variance_type=f"fixed_{variance}")

    def step(peer, eps, n, x):
        return peer.step(eps, n, x, generator=noise.generator).prev_sample

    agree(ours(DDPM(variance), model, steps)[:-1], theirs(peer, model, steps, step)[:-1])


@pytest.mark.parametrize("steps", [10, 20, 50])
def test_euler_ancestral_is_ddim_with_fresh_noise(steps, model):
    """It moves y = x / alpha on sigma / alpha; all but the last step, as above."""
    noise = Sequence()
    peer = made("EulerAncestralDiscreteScheduler")
    peer.set_timesteps(steps)
    levels = peer.timesteps.long() + 1
    alpha = SCHEDULE.alpha(levels.double() / 1000)
    y = prior(SCHEDULE, Sequence()) / alpha[0]
    found = [y * alpha[0]]
    for n, here, there in zip(peer.timesteps, alpha[:-1], alpha[1:], strict=False):
        peer.scale_model_input(y, n)
        eps = model.predict(y.double() * here, (float(n) + 1) / 1000).eps
        y = peer.step(eps, n, y, generator=noise.generator).prev_sample
        found.append(y * there)
    agree(ours(DDIM(1.0), model, steps)[:-1], found)


def plain(peer, eps, n, x):
    return peer.step(eps, n, x).prev_sample


@pytest.mark.parametrize(("steps", "lower"), [(10, False), (10, True), (20, False), (50, False), (None, True)])
def test_dpm_solver_pp_2m(steps, lower, model):
    """It lowers the order at the end only below 15 steps, whatever one asks for."""
    peer = made("DPMSolverMultistepScheduler", solver_order=2, final_sigmas_type="sigma_min", lower_order_final=lower)
    agree(ours(DPMSolverPP2M(lower_order_final=lower), model, steps), theirs(peer, model, steps, plain))


@pytest.mark.parametrize("steps", [10, 20, 50, None])
def test_dpm_solver_pp_3m_is_the_halved_variant(steps, model):
    peer = made("DPMSolverMultistepScheduler", solver_order=3, final_sigmas_type="sigma_min", lower_order_final=False)
    found = theirs(peer, model, steps, plain)
    agree(ours(DPMSolverPP3M(halved=True), model, steps), found)
    whole = ours(DPMSolverPP3M(), model, steps)[-1]
    assert float((whole - found[-1].double()).abs().max()) > 1e-4


@pytest.mark.parametrize("steps", [10, 20, 50, None])
def test_sde_dpm_solver_pp_2m(steps, model):
    noise = Sequence()
    peer = made(
        "DPMSolverMultistepScheduler",
        solver_order=2,
        algorithm_type="sde-dpmsolver++",
        final_sigmas_type="sigma_min",
        lower_order_final=False,
    )

    def step(peer, eps, n, x):
        return peer.step(eps, n, x, variance_noise=noise.between(0, 0)).prev_sample

    agree(ours(SDEDPMSolverPP2M(), model, steps), theirs(peer, model, steps, step))


@pytest.mark.parametrize("steps", [10, 20, 50])
@pytest.mark.parametrize("weighting", ["bh1", "bh2"])
@pytest.mark.parametrize("cls", [UniPC1, UniPC2, UniPC3])
@pytest.mark.parametrize("lower", [False, True])
def test_unipc(cls: type[UniPC], weighting, steps, lower, model):
    """The corrected states; there they are kept aside as the last sample, and the predicted ones are handed out."""
    peer = made(
        "UniPCMultistepScheduler",
        solver_order=cls.terms,
        solver_type=weighting,
        final_sigmas_type="sigma_min",
        lower_order_final=lower,
    )
    corrected = []

    def step(peer, eps, n, x):
        predicted = peer.step(eps, n, x).prev_sample
        corrected.append(peer.last_sample)
        return predicted

    found = theirs(peer, model, steps, step)
    agree(ours(cls(weighting=weighting, lower_order_final=lower), model, steps), [*corrected, found[-1]])


@pytest.mark.parametrize(
    ("name", "spacing", "grid"),
    [
        ("DDIMScheduler", "trailing", Trailing()),
        ("DDIMScheduler", "leading", Leading()),
        ("DPMSolverMultistepScheduler", "linspace", Linspace()),
    ],
)
def test_spacings_have_their_names(name, spacing, grid):
    peer = made(name, timestep_spacing=spacing, steps_offset=1 if spacing == "leading" else 0)
    for steps in (4, 6, 7, 10, 50, 150, 300):
        peer.set_timesteps(steps)
        levels = np.round(grid.times(SCHEDULE, steps)[:-1] * 1000).astype(int)
        assert (levels - 1).tolist() == peer.timesteps.tolist()


def test_a_peer_that_calls_at_the_first_level_spreads_one_more_level_over_the_same_range():
    peer = made("DDIMScheduler", timestep_spacing="linspace")
    for steps in (4, 6, 7, 10, 50, 150, 300):
        peer.set_timesteps(steps)
        levels = np.round(Linspace().times(SCHEDULE, steps - 1) * 1000).astype(int)
        assert (levels - 1).tolist() == peer.timesteps.tolist()
