"""A trainer of the kind teaching repositories use, written for comparison: DDPM with 50 steps on batches of 32.

Such repositories let beta run from 1e-4 to 0.02, which is meant for 1000 steps and in 50 ends far from pure noise. The
largest beta here is the best of 0.02, 0.05 and 0.1 (mean distance from 10 to 30 CPU-seconds of training: 0.126, 0.100
and 0.089); at 0.4 the chain divided by a tiny signal and ended at 2.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

STEPS, WIDTH, BATCH = 50, 128, 32


def sinusoidal(x: Tensor, scale: float) -> Tensor:
    """(B,) -> (B, WIDTH): the features of transformers (Vaswani et al. 2017, section 3.5)."""
    half = WIDTH // 2
    rates = torch.exp(-math.log(10_000.0) / (half - 1) * torch.arange(half))
    angle = scale * x[:, None] * rates
    return torch.cat([angle.sin(), angle.cos()], 1)


class Residual(nn.Module):
    """x + GELU(linear(x))."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return x + nn.functional.gelu(self.linear(x))


class Network(nn.Module):
    """Noise prediction: sinusoidal features of both coordinates and of the step, then three residual layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * WIDTH, WIDTH), nn.GELU(), *(Residual() for _ in range(3)), nn.Linear(WIDTH, 2)
        )

    def forward(self, x: Tensor, n: Tensor) -> Tensor:
        eps: Tensor = self.layers(
            torch.cat([sinusoidal(x[:, 0], 25.0), sinusoidal(x[:, 1], 25.0), sinusoidal(n, 1.0)], 1)
        )
        return eps


class Baseline:
    """Train by `for _ in baseline.train(...)`, sample at any time by DDPM's own chain."""

    def __init__(self, points: Tensor, seed: int, beta_max: float = 0.1) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)  # nn.Linear knows no other way
            self.network = Network()
        self.points, self.generator = points, Generator().manual_seed(seed)
        self.beta = torch.linspace(beta_max / 200, beta_max, STEPS)
        self.alpha_bar = torch.cumprod(1 - self.beta, 0)

    def train(self) -> Iterator[int]:
        """Endless epochs of shuffled batches; yields the number of steps."""
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=1e-3)
        steps = 0
        while True:
            for rows in torch.randperm(len(self.points), generator=self.generator).split(BATCH):
                x0 = self.points[rows]
                n = torch.randint(STEPS, (len(x0),), generator=self.generator)
                eps = torch.randn(x0.shape, generator=self.generator)
                signal = self.alpha_bar[n][:, None]
                loss = nn.functional.mse_loss(self.network(signal.sqrt() * x0 + (1 - signal).sqrt() * eps, n), eps)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
                optimiser.step()
                steps += 1
                yield steps

    @torch.no_grad()
    def sample(self, count: int, generator: Generator) -> Tensor:
        """Ancestral sampling (Ho et al. 2020, algorithm 2) with the posterior variance."""
        x = torch.randn(count, 2, generator=generator)
        for n in reversed(range(STEPS)):
            beta, bar = self.beta[n], self.alpha_bar[n]
            before = self.alpha_bar[n - 1] if n else torch.tensor(1.0)
            eps = self.network(x, torch.full((count,), n))
            x0 = (x - (1 - bar).sqrt() * eps) / bar.sqrt()
            mean = before.sqrt() * beta / (1 - bar) * x0 + (1 - beta).sqrt() * (1 - before) / (1 - bar) * x
            x = mean + ((1 - before) / (1 - bar) * beta).sqrt() * torch.randn(x.shape, generator=generator)
        return x
