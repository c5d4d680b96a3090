"""A drawing as text, so that a small one travels in the link of its page.

Its points lie on a grid of 256 by 256, finer than the brush: the steps from each to the next, deflated (RFC 1951), in
the letters of URLs (RFC 4648, base64url).
"""

from __future__ import annotations

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

from diffviz.config import ConfigError
from diffviz.ui.player import MOST, REACH

LONGEST = 3_000  # letters that a link has room for
_TOP = 255
_UNREADABLE = "The drawing in the link cannot be read."

Array = NDArray[np.float64]


def snapped(points: Array) -> Array:
    """The points (n, 2) on the grid, which is what a link can hold of them."""
    return _places(_grid(points))


def written(points: Array) -> str:
    """The points (n, 2) as text; "" where it would be longer than a link has room for."""
    steps = np.diff(_grid(points), axis=0, prepend=np.uint8(0))  # modulo 256, as bytes are
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    text = base64.urlsafe_b64encode(packer.compress(steps.T.tobytes()) + packer.flush()).decode().rstrip("=")
    return text if len(text) <= LONGEST else ""


def read(text: str) -> Array:
    """The points (n, 2) that `written` made the text of; `ConfigError` if it did not."""
    try:
        packed = base64.b64decode(text[: LONGEST + 1] + "=" * (-len(text) % 4), b"-_", validate=True)
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        steps = np.frombuffer(unpacker.decompress(packed, 2 * MOST + 2), np.uint8)
    except (ValueError, zlib.error):
        raise ConfigError(_UNREADABLE) from None
    if not unpacker.eof or steps.size % 2 or not 0 < steps.size <= 2 * MOST:
        raise ConfigError(_UNREADABLE)
    return _places(np.cumsum(steps.reshape(2, -1), axis=1, dtype=np.uint8).T)


def _grid(points: Array) -> NDArray[np.uint8]:
    return np.rint((points + REACH) / (2 * REACH) * _TOP).clip(0, _TOP).astype(np.uint8)


def _places(grid: NDArray[np.uint8]) -> Array:
    return grid / _TOP * (2 * REACH) - REACH
