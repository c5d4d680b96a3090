"""The mean of points under Gaussian weights, which every exact score of many points comes down to."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from diffviz.protocols import Coefficient

_CHUNK = 512 * 1024  # bytes of one (queries, points) block: two of them stay in a core's own cache


def softmax_mean(x: Tensor, points: Tensor, sharpness: Coefficient, log_weights: Tensor | None = None) -> Tensor:
    """Mean (B, D) of points y (N, D) under weights w exp(-sharpness |x - y|²) for queries x (B, D).

    sharpness: positive, a number or (B,). log_weights: log w (N,), or None for equal ones. Queries are taken in chunks,
    so memory beyond the result is 1 MB, or a few numbers a point if that is more; a gradient keeps the whole table.
    """
    rows = max(1, min(len(x), _CHUNK // (len(points) * x.element_size())))
    sharp = torch.as_tensor(sharpness, dtype=x.dtype, device=x.device).expand(len(x)).unsqueeze(1)  # (B, 1)
    # One room for all chunks, made after the result: what a caller keeps, once it lies between large blocks that
    # come and go, breaks the heap into useless holes. A gradient needs every step kept, so it gets no room.
    means = torch.empty_like(x)
    differentiated = torch.is_grad_enabled() and (x.requires_grad or sharp.requires_grad)
    room = None if differentiated else x.new_empty(2, rows, len(points))
    for i in range(0, len(x), rows):
        part = slice(i, i + rows)
        means[part] = _weights(x[part], points, sharp[part], log_weights, room) @ points
    return means


def _weights(x: Tensor, points: Tensor, sharp: Tensor, log_weights: Tensor | None, room: Tensor | None) -> Tensor:
    """The weights (B, N), each row of sum 1; made in `room` (2, at least B, N) if there is one."""
    out, spare = (None, None) if room is None else room[:, : len(x)]
    logits = torch.mul(squared_distances(x, points, out, spare), -sharp, out=out)
    if log_weights is not None:
        logits = torch.add(logits, log_weights, out=out)
    # No sum can tell weights below the least from 0, but next to underflow an exponential takes ten times as long.
    logits = torch.sub(logits, logits.amax(1, keepdim=True), out=out)
    least = math.log(torch.finfo(x.dtype).tiny) / 2
    return torch.softmax(torch.clamp(logits, min=least, out=out), 1, out=out)


def squared_distances(x: Tensor, y: Tensor, out: Tensor | None = None, spare: Tensor | None = None) -> Tensor:
    """(B, N) from differences: |x|² + |y|² - 2 x·y would drown small ones in rounding."""
    columns = y.T.contiguous()
    squared = torch.square(torch.sub(x[:, :1], columns[0], out=out), out=out)
    for k in range(1, len(columns)):
        difference = torch.sub(x[:, k : k + 1], columns[k], out=spare)
        squared = torch.addcmul(squared, difference, difference, out=out)
    return squared
