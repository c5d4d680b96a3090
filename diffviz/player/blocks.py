"""The binary blocks of a payload: quantised arrays, each stored once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[Any]
Extent = tuple[float, float, float, float]
Block = dict[str, int]

MARGIN = 4.0  # positions up to this many times the extent are kept
NOWHERE = -32768  # the Int16 that stands for a position that is not finite
TOP = 32767  # the greatest quantised value
_TYPES = {"i2": "i16", "u1": "u8", "f4": "f32"}


def scale(extent: Extent) -> tuple[list[float], list[float]]:
    """Centre and step of quantised positions, for x and y, in units of `extent` (x0, x1, y0, y1)."""
    x0, x1, y0, y1 = extent
    return [(x0 + x1) / 2, (y0 + y1) / 2], [MARGIN * (x1 - x0) / 2 / TOP, MARGIN * (y1 - y0) / 2 / TOP]


def _int16(values: Numbers, center: ArrayLike, step: ArrayLike) -> NDArray[np.int16]:
    """Quantise to the nearest step from the centre, clipped; `NOWHERE` where not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(np.rint((values - np.asarray(center)) / np.asarray(step)), -TOP, TOP)
    return np.where(np.isfinite(values).all(-1, keepdims=True), scaled, NOWHERE).astype("<i2")


@dataclass
class Blocks:
    """Writes arrays one after another, on four-byte boundaries.

    Every method answers the block's reference, {"block": its number}, for the header: the browser puts the array in
    its place. index: place, type and length of each block.
    """

    body: bytearray = field(default_factory=bytearray)
    index: list[dict[str, Any]] = field(default_factory=list)
    _stored: dict[Any, Block] = field(default_factory=dict)

    def positions(self, xy: Numbers, extent: Extent) -> Block:
        """Positions (..., 2), Int16 on the scale of a pane's extent; the same memory on one scale is stored once."""
        memory = xy.__array_interface__
        key = (memory["data"][0], xy.shape, memory["strides"], memory["typestr"], extent)
        if key not in self._stored:
            self._stored[key] = self._add(_int16(xy, *scale(extent)))
        return self._stored[key]

    def vectors(self, vectors: Numbers, step: float) -> Block:
        """Vectors (..., 2), Int16 in units of `step`."""
        return self._add(_int16(vectors, 0.0, step))

    def shades(self, values: Numbers) -> Block:
        """Numbers in [0, 1], clipped outside, as 256 shades; 0 where not a number. The same shades are stored once."""
        shades = np.rint(255 * np.nan_to_num(values, nan=0.0).clip(0, 1)).astype("u1")
        key = (shades.shape, hashlib.blake2b(shades.tobytes()).digest())
        if key not in self._stored:
            self._stored[key] = self._add(shades)
        return self._stored[key]

    def classes(self, labels: Numbers) -> Block:
        """Whole numbers from 0, modulo 256."""
        return self._add((labels % 256).astype("u1"))

    def floats(self, values: ArrayLike) -> Block:
        """Numbers as Float32."""
        return self._add(np.asarray(values, dtype="<f4"))

    def _add(self, array: Numbers) -> Block:
        raw = np.ascontiguousarray(array)
        self.index.append({"at": len(self.body), "type": _TYPES[raw.dtype.str[1:]], "length": raw.size})
        self.body += raw.tobytes()
        self.body += b"\0" * (-len(self.body) % 4)
        return {"block": len(self.index) - 1}
