"""Maps from any point of a path of the flow to its end, and sampling with them: no score models, so with own types."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from diffviz.cancellation import raise_if_cancelled
from diffviz.networks import Network
from diffviz.networks.targets import radius
from diffviz.prediction import expand
from diffviz.protocols import Array, Coefficient, Noise, Schedule
from diffviz.samplers.base import nodes_at
from diffviz.trajectory import Trajectory


class ConsistencyMap(Protocol):
    """Says of any point of a path of the probability flow where that path ends: the same for all points of a path."""

    @property
    def schedule(self) -> Schedule:
        """Of the flow; its paths end at t_min."""
        ...

    def end(self, x: Tensor, t: Coefficient) -> Tensor:
        """The state at t_min (B, *D) on the path through x (B, *D) at time t, a float for all or (B,)."""
        ...


class CountedMap:
    """The map inside, with the number of calls made to it so far in `nfe`."""

    def __init__(self, inside: ConsistencyMap) -> None:
        self.inside, self.schedule, self.nfe = inside, inside.schedule, 0

    def end(self, x: Tensor, t: Coefficient) -> Tensor:
        """Count, and pass on x (B, *D) and t; a run that is cancelled ends here."""
        raise_if_cancelled()
        self.nfe += 1
        return self.inside.end(x, t)


class LearnedMap:
    """f(x, t) = c_skip(t) x + c_out(t) F(x / r, t), with r² = alpha² + sigma², where the network F answers v / r.

    With m for t_min, c_skip = (alpha_m alpha + sigma_m sigma) / r² and c_out = (sigma_m alpha - alpha_m sigma) / r make
    f one DDIM step from t to t_min. So on every schedule c_skip = 1 and c_out = 0 at t_min, which is the boundary
    condition f(x, t_min) = x, and with a teacher's weights f begins as the teacher's denoised point. For
    sigma_data = 1, alpha = 1 these are nearly the coefficients of Song et al. 2023, appendix C; for alpha² + sigma² = 1
    the cosine and sine of Lu and Song 2025 (sCM), equation 5.
    """

    def __init__(self, schedule: Schedule, network: Network) -> None:
        self.schedule, self.network = schedule, network

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """c_skip, c_out and r at times t (B,), in double precision."""
        t = t.double()
        end = t.new_tensor([self.schedule.t_min])
        alpha, sigma = self.schedule.alpha(t), self.schedule.sigma(t)
        alpha_end, sigma_end = self.schedule.alpha(end), self.schedule.sigma(end)
        skip = (alpha_end * alpha + sigma_end * sigma) / (alpha * alpha + sigma * sigma)
        r = radius(alpha, sigma)
        return skip, (sigma_end * alpha - alpha_end * sigma) / r, r

    def end(self, x: Tensor, t: Coefficient) -> Tensor:
        """Where the path through x (B, *D) at time t, a float for all or (B,), ends, (B, *D); with its gradient."""
        times = torch.as_tensor(t, dtype=torch.float64, device=x.device).expand(len(x))
        skip, out, r = (expand(c.to(x.dtype), x) for c in self.coefficients(times))
        return skip * x + out * self.network.forward(x / r, times.to(x.dtype))


def renoised(schedule: Schedule, x: Tensor, t: float, eps: Tensor) -> Tensor:
    """From x at t_min (B, *D) on to t by the forward process: (alpha_t / alpha_m) x + spread · eps."""
    end, node = nodes_at(schedule, np.array([schedule.t_min, t]))
    return node.alpha / end.alpha * x + node.sigma * math.sqrt(-math.expm1(2 * (node.lam - end.lam))) * eps


@torch.no_grad()
def sample_consistency(model: ConsistencyMap, x: Tensor, times: Array, noise: Noise) -> Trajectory:
    """Map x (B, *D) at times[0] to its end, noise that to times[1], map again, and so on: a call at each time (N,).

    The states of the trajectory are those that the map was asked about, then the last end; its x0 are all ends. Song et
    al. 2023, algorithm 1, whose x + sqrt(tau² - eps²) z is `renoised` on a schedule with alpha = 1.
    """
    counted, schedule = CountedMap(model), model.schedule
    lam = schedule.lam(times).tolist()
    states, ends = [x], [counted.end(x, float(times[0]))]
    for before, now, t in zip(lam, lam[1:], times[1:].tolist(), strict=False):
        states.append(renoised(schedule, ends[-1], t, noise.between(before, now)))
        ends.append(counted.end(states[-1], t))
    visited = np.append(times, schedule.t_min)
    return Trajectory(visited, torch.stack([*states, ends[-1]]), torch.stack(ends), counted.nfe)
