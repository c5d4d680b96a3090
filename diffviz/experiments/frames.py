"""Which states of a long run are kept to be shown."""

from __future__ import annotations

import numpy as np

IMAGE_FRAMES = 26  # of moving images at most: enough to look smooth, little enough to send


def shown_frames(count: int, most: int) -> list[int]:
    """Which of `count` frames are shown: all, or `most` of them, evenly, with both ends."""
    return list(dict.fromkeys(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))
