"""The exact score of a finite data set: the model that a network approaches when it learns the data by heart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.prediction import Prediction, expand
from diffviz.protocols import Coefficient, Schedule

_CHUNK = 512 * 1024  # bytes of one (queries, points) block: two of them stay in a core's own cache


@dataclass(frozen=True, eq=False)
class EmpiricalScore:
    """E[x_0 | x_t] is the mean of the data weighted by a softmax of -|x - alpha y|² / (2 sigma²) over its points y.

    points: (N, *D), in the units of x. Queries are taken in chunks, so memory beyond the result is 1 MB, or a few
    numbers a point if that is more; a gradient keeps the whole table. Karras et al. 2022, equation 57.
    """

    schedule: Schedule
    points: Tensor

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t, a float or (B,)."""
        alpha: Coefficient
        sigma: Coefficient
        if isinstance(t, Tensor):
            alpha, sigma = self.schedule.alpha(t).to(x), self.schedule.sigma(t).to(x)
        else:
            alpha, sigma = float(self.schedule.alpha(t)), float(self.schedule.sigma(t))
        a, s = expand(alpha, x), expand(sigma, x)
        # With x / alpha the points stay as they are, whatever the time of each query.
        x0 = self._mean((x / a).flatten(1), (alpha / sigma) ** 2 / 2)
        return Prediction.of_x0(x, a, s, x0.reshape(x.shape))

    def _mean(self, x: Tensor, sharpness: Coefficient) -> Tensor:
        """Mean of the points under weights exp(-sharpness |x - y|²); x (B, D), sharpness a number or (B,)."""
        points = self.points.to(x).flatten(1)  # (N, D)
        rows = max(1, min(len(x), _CHUNK // (len(points) * x.element_size())))
        sharp = torch.as_tensor(sharpness, dtype=x.dtype, device=x.device).expand(len(x)).unsqueeze(1)  # (B, 1)
        # One room for all chunks, made after the result: what a caller keeps, once it lies between large blocks that
        # come and go, breaks the heap into useless holes. A gradient needs every step kept, so it gets no room.
        means = torch.empty_like(x)
        differentiated = torch.is_grad_enabled() and (x.requires_grad or sharp.requires_grad)
        room = None if differentiated else x.new_empty(2, rows, len(points))
        for i in range(0, len(x), rows):
            part = slice(i, i + rows)
            means[part] = _weights(x[part], points, sharp[part], room) @ points
        return means


def _weights(x: Tensor, points: Tensor, sharp: Tensor, room: Tensor | None) -> Tensor:
    """Softmax of -sharp |x - y|² over the points y, (B, N); made in `room` (2, at least B, N) if there is one."""
    out, spare = (None, None) if room is None else room[:, : len(x)]
    logits = torch.mul(_squared_distances(x, points, out, spare), -sharp, out=out)
    # No sum can tell weights below the least from 0, but next to underflow an exponential takes ten times as long.
    logits = torch.sub(logits, logits.amax(1, keepdim=True), out=out)
    least = math.log(torch.finfo(x.dtype).tiny) / 2
    return torch.softmax(torch.clamp(logits, min=least, out=out), 1, out=out)


def _squared_distances(x: Tensor, y: Tensor, out: Tensor | None, spare: Tensor | None) -> Tensor:
    """(B, N) from differences: |x|² + |y|² - 2 x·y would drown small ones in rounding."""
    columns = y.T.contiguous()
    squared = torch.square(torch.sub(x[:, :1], columns[0], out=out), out=out)
    for k in range(1, len(columns)):
        difference = torch.sub(x[:, k : k + 1], columns[k], out=spare)
        squared = torch.addcmul(squared, difference, difference, out=out)
    return squared
