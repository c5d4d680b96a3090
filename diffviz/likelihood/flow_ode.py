"""The log-density of data under a model's probability flow: the change of variables from data to noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.config import ConfigError
from diffviz.estimate import Estimate, standard_error
from diffviz.likelihood.divergence import Divergence, ExactDivergence
from diffviz.protocols import Array, ScoreModel
from diffviz.samplers.adaptive import RK45, AdaptiveSampler
from diffviz.sde import flow_drift


@dataclass(frozen=True, eq=False)
class FlowPath:
    """Data on their way to noise, in M stops.

    times: (M,) rising. x: (M, B, *D). log_det: (M, P, B) the integral of the divergence so far, in nats: by how much
    the log-density has fallen; P independent estimates, 1 where it is exact. nfe: calls of the model.
    """

    times: Array
    x: Tensor
    log_det: Tensor
    nfe: int

    @property
    def latent(self) -> Tensor:
        """Where the data are at the end, (B, *D)."""
        return self.x[-1]


class LogLikelihood(NamedTuple):
    """log p(x) in nats, (P, B) float64: a row a probe, one where the divergence is exact; and how it came about."""

    values: Tensor
    path: FlowPath

    @property
    def mean(self) -> Tensor:
        """Over the probes, (B,)."""
        return self.values.mean(0)

    @property
    def probe_error(self) -> Tensor:
        """The probes' standard error of each, (B,): 0 where the divergence is exact, NaN for a single probe."""
        probes = len(self.values)
        if probes == 1:
            return torch.full_like(self.values[0], math.nan)
        return self.values.std(0) / probes**0.5


def follow_with_log_det(
    model: ScoreModel,
    x: Tensor,
    times: Array,
    solver: AdaptiveSampler | None = None,
    divergence: Divergence | None = None,
) -> FlowPath:
    """Follow the flow dx/dt = f x - ½ g² score through rising `times` (M,) from x (B, *D), with its log-determinant.

    solver: whose method and tolerance are taken, RK45 at 1e-5 if None, over lambda; all particles and their
    log-determinants take the same steps. divergence: exact if None. States are float64, the model sees x's own type.

    Song et al. 2021, equation 39. Raises `ConfigError` where the solver gives up.
    """
    from scipy.integrate import solve_ivp  # here, because it is slow to import

    solver = solver or RK45(tolerance=1e-5)
    divergence = divergence or ExactDivergence()
    lam = model.schedule.lam(times)
    rates = _Rates(model, x, divergence, dict(zip(lam.tolist(), times.tolist(), strict=True)))
    first = np.concatenate([x.double().flatten().numpy(), np.zeros(divergence.estimates * len(x))])
    solved = solve_ivp(
        rates,
        (float(lam[0]), float(lam[-1])),
        first,
        method=solver.solver_class(),
        t_eval=lam,
        rtol=solver.tolerance,
        atol=solver.tolerance,
    )
    if not solved.success:
        raise ConfigError(f"{solver.title} gave up at t = {times[len(solved.t)]:.3g}: {solved.message}")
    states, log_det = rates.split(torch.from_numpy(solved.y.T.copy()))
    return FlowPath(times, states, log_det, rates.nfe)


def flow_log_likelihood(
    model: ScoreModel,
    x: Tensor,
    solver: AdaptiveSampler | None = None,
    divergence: Divergence | None = None,
    prior_log_density: Callable[[Tensor], Tensor] | None = None,
    times: Array | None = None,
) -> LogLikelihood:
    """log p(x) = log p_T(x_T) + log-determinant, for x (B, *D) taken as states at t_min.

    prior_log_density: of latents (B, *D), that of N(0, sigma(t_max)² I), from which samplers start, if None. times:
    stops on the way, the schedule's two ends if None.
    """
    schedule = model.schedule
    times = np.array([schedule.t_min, schedule.t_max]) if times is None else times
    path = follow_with_log_det(model, x, times, solver, divergence)
    if prior_log_density is None:
        at_end = normal_log_density(path.latent, float(schedule.sigma(float(times[-1]))))
    else:
        at_end = prior_log_density(path.latent)
    return LogLikelihood(at_end + path.log_det[-1], path)


def normal_log_density(x: Tensor, sigma: float) -> Tensor:
    """log N(x; 0, sigma² I), (B,)."""
    flat = x.flatten(1).double()
    return -0.5 * (flat / sigma).square().sum(1) - flat.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


def bits_per_dimension(log_density: Tensor, dimensions: int, bin_width: float) -> Estimate:
    """Of data that were rounded to bins and spread over them evenly: the mean over samples (B,) and its standard error.

    The mean log-density under uniform dequantisation bounds the log-probability of the bins from below (Theis et al.
    2016, section 3.1), so this is an upper bound of the model's bits per dimension.
    """
    bits = (-log_density / dimensions - math.log(bin_width)) / math.log(2)
    return Estimate(float(bits.mean()), standard_error(bits.double().numpy()))


@dataclass
class _Rates:
    """The joint rate of states and log-determinants over lambda, as scipy asks for it."""

    model: ScoreModel
    x: Tensor
    divergence: Divergence
    times: Mapping[float, float]  # of the stops by lambda: beyond an end, the inverse would leave the schedule's range
    nfe: int = 0

    def __call__(self, lam: float, state: Array) -> Array:
        raise_if_cancelled()
        x, _ = self.split(torch.from_numpy(state)[None])
        t = self.times.get(lam) or float(self.model.schedule.time_of(lam))
        moved, rate = self.divergence(lambda x: self._velocity(x, t), x[0].to(self.x))
        self.nfe += 1
        # dt / d lambda = -2 sigma² / g²
        stretch = -2 * float(self.model.schedule.sigma(t)) ** 2 / float(self.model.schedule.g2(t))
        rates = torch.cat([moved.double().flatten(), rate.double().flatten()]).mul_(stretch)
        if not rates.isfinite().all():
            raise ConfigError(f"The flow's log-density ended at t = {t:.3g}: the model's answer there is not finite.")
        return rates.numpy()

    def split(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """States (M, B, *D) and log-determinants (M, P, B) out of rows (M, ...)."""
        count = self.x.numel()
        x = states[:, :count].reshape(len(states), *self.x.shape)
        return x, states[:, count:].reshape(len(states), -1, len(self.x))

    def _velocity(self, x: Tensor, t: float) -> Tensor:
        return flow_drift(self.model.schedule, x, t, self.model.predict(x, t).score)
