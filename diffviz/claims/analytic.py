"""Claims about Analytic-DPM: the best variance of a reverse step."""

from __future__ import annotations

import math

import numpy as np

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import VP, estimate, model, noised, normals
from diffviz.estimate import Estimate
from diffviz.samplers import DDPM, AnalyticDPM
from diffviz.samplers.base import nodes_at
from diffviz.samplers.moments import Moments, gammas

COUNT = 80_000


def best_variance(seed: int) -> Measurement:
    """E |x_s - mean(x_r)|² / d of draws of the process, over the theorem's variance from the score alone."""
    r, s = nodes_at(VP, VP.time_of(np.array([-0.2, 0.3])))
    drawn = noised(s.t, COUNT, seed)
    keep = r.alpha / s.alpha
    x_r = keep * drawn.x + math.sqrt(r.sigma**2 - keep**2 * s.sigma**2) * normals((COUNT, 2), seed, 1)
    (mean,) = DDPM().moves([r, s])
    off = drawn.x - mean.state * x_r - mean.prediction * model().predict(x_r, r.t).x0
    measured = estimate(off.square().mean(1))

    gamma = gammas(model(), noised(r.t, COUNT, seed + 1).x0, np.array([r.t]), seed)
    share = float(r.sigma**2 * gamma.mean[0])
    (move,) = AnalyticDPM(moments=Moments((r.lam,), (share,), (0.0,))).moves([r, s])
    theorem = move.noise**2
    # The error of Gamma carries over with the weight of x_0 in the mean, squared.
    of_gamma = mean.prediction**2 * math.exp(-2 * r.lam) * r.sigma**2 * float(gamma.error[0])
    return Measurement(
        1.0, Estimate(measured.mean / theorem, math.hypot(measured.error, of_gamma) / theorem), None, tolerance=1e-3
    )


CLAIMS: tuple[Claim, ...] = (
    Claim("best-variance", "mean squared miss of the best mean, over the theorem's variance", best_variance),
)
