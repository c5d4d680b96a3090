"""The last losses at every noise level, from which importance sampling draws its times."""

from __future__ import annotations

import torch
from torch import Tensor

KEPT = 10  # losses of each bin (Nichol and Dhariwal 2021, section 3.3)
_EVEN = 0.1  # share of all draws that is even, so that no bin is forgotten and no weight grows beyond 10


class LossMemory:
    """The last KEPT losses of each bin of even width; `kept` (bins, KEPT) float64, 0 where there was none yet.

    A loss here is the mean over a batch's draws in the bin.
    """

    def __init__(self, bins: int) -> None:
        self.kept = torch.zeros(bins, KEPT, dtype=torch.float64)

    @property
    def density(self) -> Tensor:
        """How often each bin is drawn, relative to even draws, (bins,): mean 1, and 1 until all bins are full."""
        if not self.kept.all():
            return torch.ones(len(self.kept), dtype=torch.float64)
        size = self.kept.square().mean(1).sqrt()
        return _EVEN + (1 - _EVEN) * size / size.mean()

    def place(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """Even shares u (N,) of all draws moved to the density: shares of the range, and the weights that undo it."""
        density, bins = self.density, len(self.kept)
        ends = torch.cat([density.new_zeros(1), density.cumsum(0) / bins])
        which = (torch.searchsorted(ends, u.double(), right=True) - 1).clamp(0, bins - 1)
        share = (which + bins * (u.double() - ends[which]) / density[which]) / bins
        return share.clamp(0, 1).to(u.dtype), (1 / density[which]).to(u.dtype)

    def record(self, share: Tensor, loss: Tensor) -> None:
        """Take in the losses (N,), weighted as `place` says, at shares (N,) of the range, before it places again."""
        bins = len(self.kept)
        which = (share * bins).long().clamp(max=bins - 1)
        count = torch.bincount(which, minlength=bins)
        mean = self.density * torch.bincount(which, loss.double(), minlength=bins) / count
        drawn = count > 0
        self.kept[drawn] = torch.cat([self.kept[drawn, 1:], mean[drawn, None]], 1)
