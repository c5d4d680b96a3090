"""A scene as bytes: [uint32 length of the header][JSON header][binary blocks], all little-endian.

The header describes panes and layers; where a layer has an array, the header has a reference to a block,
{"block": n}, and `header["blocks"][n]` is its place after the header, its type and its length. Positions are Int16
about the middle of the pane's extent, with room for four times the extent, beyond which they are clipped; a step is
1/8,192 of the extent's half width, below a tenth of a pixel. The value -32768 means "nowhere". Heat and tiles are
Uint8, curves Float32. An array that several layers share is sent once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from diffviz.player.blocks import Blocks

FORMAT = 2


def pack(header: Mapping[str, Any], blocks: Blocks) -> bytes:
    """The payload of a header and the blocks it refers to."""
    whole = {"format": FORMAT, **header, "blocks": blocks.index}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()
    return _framed(text) + bytes(blocks.body)


def extended(payload: bytes, **entries: Any) -> bytes:
    """The same payload with further entries in its header."""
    length = int.from_bytes(payload[:4], "little")
    text = json.dumps(json.loads(payload[4 : 4 + length]) | entries, separators=(",", ":"), ensure_ascii=False).encode()
    return _framed(text) + payload[4 + length :]


def _framed(text: bytes) -> bytes:
    """The header with its length before it, up to a four-byte boundary."""
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text


def _plain(value: Any) -> Any:
    """numpy's own scalars, which callers may pass for any number, as Python's."""
    return value.item()
