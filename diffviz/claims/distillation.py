"""Claims about progressive distillation and the velocity v."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from diffviz.claims.base import Claim, Measurement
from diffviz.claims.problem import RING, VP, exactly, model, noised, normals
from diffviz.estimate import Estimate
from diffviz.noise import WhiteNoise
from diffviz.prediction import Prediction
from diffviz.samplers import DDIM, sample
from diffviz.samplers.base import Node, nodes_at
from diffviz.schedules import Flow

COUNT = 512


def two_teacher_steps(seed: int) -> Measurement:
    """Where the student's one step with the target ends, from where the teacher's two steps end."""
    times = np.array([0.6, 0.475, 0.35])
    start, middle, end = nodes_at(VP, times)
    z = noised(start.t, COUNT, seed).x
    teacher = model()
    by_teacher = sample(DDIM(), teacher, z, times, WhiteNoise(0, (COUNT, 2), z.dtype)).final

    def step(z: Tensor, x0: Tensor, s: Node, t: Node) -> Tensor:
        return t.alpha * x0 + t.sigma / s.sigma * (z - s.alpha * x0)

    def student_end(z_end: Tensor) -> Tensor:
        ratio = end.sigma / start.sigma
        target = (z_end - ratio * z) / (end.alpha - ratio * start.alpha)
        return step(z, target, start, end)

    x0 = teacher.predict(z, start.t).x0
    z_middle = step(z, x0, start, middle)
    right = step(z_middle, teacher.predict(z_middle, middle.t).x0, middle, end)
    printed = step(z, x0, start, end)
    return Measurement(0.0, _apart(student_end(right), by_teacher), _apart(student_end(printed), by_teacher), 1e-9)


def squared_loss(seed: int) -> Measurement:
    """The best single answer to one z by the squared loss and by the loss without its square.

    Distance from E[x_0 | z]; the draws of x_0 are weighted with q(z | x_0). z lies between the two heaviest Gaussians.
    """
    (node,) = nodes_at(VP, VP.time_of(np.array([0.0])))
    z = node.alpha * RING.means[3:].mean(0)
    mean = model().predict(torch.from_numpy(z)[None], node.t).x0.numpy()[0]
    x0 = RING.draw(40_000, seed)
    weights = np.exp(-np.square(z - node.alpha * x0).sum(1) / (2 * node.sigma**2))
    weights = weights / weights.sum()
    squared = weights @ x0
    error = float(np.sqrt(np.square(weights) @ np.square(x0 - squared).sum(1)))
    unsquared = squared
    for _ in range(60):  # Weiszfeld's iteration for the geometric median
        pull = weights / np.linalg.norm(x0 - unsquared, axis=1)
        unsquared = pull @ x0 / pull.sum()
    apart, printed_apart = (Estimate(float(np.linalg.norm(best - mean)), error) for best in (squared, unsquared))
    return Measurement(0.0, apart, printed_apart, tolerance=0.01)


def velocity_angle(seed: int) -> Measurement:
    """DDIM's step over an angle delta is cos(delta) z - sin(delta) v."""
    times = np.array([0.6, 0.4])
    s, t = nodes_at(VP, times)
    z = noised(s.t, COUNT, seed).x
    delta = math.atan2(s.sigma, s.alpha) - math.atan2(t.sigma, t.alpha)
    turned = math.cos(delta) * z - math.sin(delta) * model().predict(z, s.t).v
    by_ddim = sample(DDIM(), model(), z, times, WhiteNoise(0, (COUNT, 2), z.dtype)).final
    return Measurement(0.0, _apart(turned, by_ddim), None, tolerance=1e-9)


def velocity_loss(seed: int) -> Measurement:
    """|v - v_hat|² over |x_0 - x_hat|², and that over ((alpha² + sigma²) / sigma)²; VP and straight paths."""
    ratios = []
    for schedule in (VP, Flow()):
        (node,) = nodes_at(schedule, np.array([0.3]))
        draws = noised(node.t, COUNT, seed, schedule)
        v = node.alpha * draws.eps - node.sigma * draws.x0
        guess = v + 0.1 * normals((COUNT, 2), seed, 1)
        x0 = Prediction.of_v(draws.x, node.alpha, node.sigma, guess).x0
        ratio = (v - guess).square().sum() / (draws.x0 - x0).square().sum()
        ratios.append(float(ratio) / ((node.alpha**2 + node.sigma**2) / node.sigma) ** 2)
    return Measurement(1.0, exactly(max(ratios, key=lambda ratio: abs(ratio - 1))), None, tolerance=1e-9)


def _apart(x: Tensor, y: Tensor) -> Estimate:
    """Root mean square distance of points (B, 2), particle by particle."""
    return exactly(float((x - y).square().sum(1).mean().sqrt()))


CLAIMS: tuple[Claim, ...] = (
    Claim("two-teacher-steps", "distance between the student's step and two of the teacher", two_teacher_steps),
    Claim("squared-loss", "distance of the best answer from E[x₀ | z]", squared_loss),
    Claim("velocity-angle", "distance between a DDIM step and the turned z", velocity_angle),
    Claim("velocity-loss", "|v − v̂|² over ((α² + σ²)/σ)² |x − x̂|²", velocity_loss),
)
