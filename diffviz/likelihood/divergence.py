"""The divergence of a velocity field, exactly or by random probes, at points or images alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol

import torch
from torch import Tensor

from diffviz.noise import Stream, stream
from diffviz.parallel import in_parallel

_PART = 2048  # rows at a time

Velocity = Callable[[Tensor], Tensor]  # (B, *D) -> (B, *D)


class Divergence(Protocol):
    """How a velocity's divergence is found: in how many independent estimates, and their values."""

    @property
    def estimates(self) -> int:
        """How many rows it answers."""
        ...

    def __call__(self, velocity: Velocity, x: Tensor) -> tuple[Tensor, Tensor]:
        """The velocity at x, (B, *D), and its divergence there: (P, B), one row an independent estimate."""
        ...


@dataclass(frozen=True)
class ExactDivergence:
    """The trace of the Jacobian by one backward pass a coordinate: exact, and D times as dear as a gradient."""

    @property
    def estimates(self) -> int:
        """One, without error."""
        return 1

    def __call__(self, velocity: Velocity, x: Tensor) -> tuple[Tensor, Tensor]:
        """The velocity (B, *D), and a single row (1, B)."""
        # The parts are the same whether others compute some of them or not, so that the last digits are too.
        parts = in_parallel(*(partial(self._of_part, velocity, part) for part in x.chunk(len(x) // _PART + 1)))
        moved, divergence = zip(*parts, strict=True)
        return torch.cat(moved), torch.cat(divergence)[None]

    @staticmethod
    def _of_part(velocity: Velocity, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            moved = velocity(x)
            total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
            flat = moved.flatten(1)
            for k in range(flat.shape[1]):
                (gradient,) = torch.autograd.grad(flat[:, k].sum(), x, retain_graph=k + 1 < flat.shape[1])
                total += gradient.flatten(1)[:, k]
        return moved.detach(), total


@dataclass(frozen=True)
class HutchinsonDivergence:
    """z · (Jacobian z) for random z with E z zᵀ = I, one backward pass a probe: unbiased in any dimension.

    The same probes serve at every call, so that the flow is an ordinary one and an adaptive solver sees no noise.
    Rademacher probes (±1) have the smaller variance. Hutchinson 1990; Grathwohl et al. 2019 (FFJORD), section 3.1.
    """

    probes: int = 1
    law: Literal["rademacher", "gaussian"] = "rademacher"
    seed: int = 0
    _drawn: dict[tuple[int, ...], Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def estimates(self) -> int:
        """One a probe."""
        return self.probes

    def __call__(self, velocity: Velocity, x: Tensor) -> tuple[Tensor, Tensor]:
        """The velocity (B, *D), and a row a probe (P, B)."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            moved = velocity(x)
            rows = []
            for k, probe in enumerate(self._probes(x)):
                (product,) = torch.autograd.grad(moved, x, probe, retain_graph=k + 1 < self.probes)
                rows.append((product * probe).flatten(1).sum(1))
        return moved.detach(), torch.stack(rows)

    def _probes(self, x: Tensor) -> Tensor:
        """(P, B, *D), the same at every call for states of one shape."""
        shape = (self.probes, *x.shape)
        if shape not in self._drawn:
            random = stream(self.seed, self.probes, 0, Stream.DIVERGENCE_PROBES)
            drawn = random.standard_normal(shape) if self.law == "gaussian" else 2.0 * random.integers(0, 2, shape) - 1
            self._drawn[shape] = torch.from_numpy(drawn)
        return self._drawn[shape].to(x)
