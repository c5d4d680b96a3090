"""A scene as bytes: [uint32 length of the header][JSON header][binary blocks], all little-endian.

The header describes panes and layers; where a layer has an array, the header has the number of a block, and
`header["blocks"]` its place after the header, its type and its length. Positions are Int16 about the middle of the
pane's extent, with room for four times the extent, beyond which they are clipped; a step is 1/16,383 of the extent's
half width, far below a pixel. The value -32768 means "nowhere". Heat and tiles are Uint8, curves Float32. An array
that several layers share is sent once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diffviz.player.layers import Arrows, Curve, Heat, Layer, Numbers, Points, Tiles, Trails

if TYPE_CHECKING:
    from diffviz.player.scene import Pane, Scene

FORMAT = 1
MARGIN = 4.0  # positions up to this many times the extent are kept
NOWHERE = -32768
_TOP = 32767
_TYPES = {"i2": "i16", "u1": "u8", "f4": "f32"}


def _int16(values: Numbers, center: Any, step: Any) -> NDArray[np.int16]:
    """Quantise to the nearest step from the centre, clipped; `NOWHERE` where not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(np.rint((values - np.asarray(center)) / np.asarray(step)), -_TOP, _TOP)
    return np.where(np.isfinite(values).all(-1, keepdims=True), scaled, NOWHERE).astype("<i2")


@dataclass
class _Blocks:
    """Binary blocks, each stored once, on four-byte boundaries."""

    body: bytearray = field(default_factory=bytearray)
    index: list[dict[str, Any]] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)

    def add(self, array: Numbers) -> int:
        """Store an array of one of the wire types; answers its number."""
        raw = np.ascontiguousarray(array)
        self.index.append({"at": len(self.body), "type": _TYPES[raw.dtype.str[1:]], "length": raw.size})
        self.body += raw.tobytes()
        self.body += b"\0" * (-len(self.body) % 4)
        return len(self.index) - 1

    def positions(self, xy: Numbers, pane: Pane) -> int:
        """Store positions (..., 2) on the pane's scale; the same memory on the same scale is stored once."""
        memory = xy.__array_interface__
        key = (memory["data"][0], xy.shape, memory["strides"], memory["typestr"], pane.extent)
        if key not in self.known:
            self.known[key] = self.add(_int16(xy, *scale(pane.extent)))
        return self.known[key]


def scale(extent: tuple[float, float, float, float]) -> tuple[list[float], list[float]]:
    """Centre and step of quantised positions, for x and y."""
    x0, x1, y0, y1 = extent
    return [(x0 + x1) / 2, (y0 + y1) / 2], [MARGIN * (x1 - x0) / 2 / _TOP, MARGIN * (y1 - y0) / 2 / _TOP]


def _layer(layer: Layer, pane: Pane, blocks: _Blocks) -> dict[str, Any]:
    """The header's entry of a layer; its arrays go to the blocks."""
    head: dict[str, Any] = {"kind": type(layer).__name__.lower(), "frames": layer.frames}
    if isinstance(layer, Points):
        groups = None if layer.groups is None else blocks.add((layer.groups % 256).astype("u1"))
        head |= {"xy": blocks.positions(layer.xy, pane), "count": layer.xy.shape[1], "groups": groups}
        head |= {"color": layer.color or "data", "size": layer.size, "opacity": layer.opacity, "follow": layer.follow}
    elif isinstance(layer, Trails):
        head |= {"xy": blocks.positions(layer.xy, pane), "count": layer.xy.shape[1], "ids": layer.ids}
        head |= {"length": layer.length, "color": layer.color or "noise", "width": layer.width}
        head |= {"opacity": layer.opacity}
    elif isinstance(layer, Arrows):
        reach = np.abs(layer.vectors[np.isfinite(layer.vectors)]).max(initial=1e-12)
        head |= {"origin": blocks.positions(layer.origin, pane), "count": len(layer.origin)}
        head |= {"vectors": blocks.add(_int16(layer.vectors, 0.0, reach / _TOP)), "step": float(reach / _TOP)}
        head |= {"color": layer.color or "text", "scale": layer.scale, "opacity": layer.opacity}
    elif isinstance(layer, Heat):
        finite = layer.values[np.isfinite(layer.values)]
        low, high = layer.limits or (min(0.0, finite.min(initial=0.0)), finite.max(initial=0.0))
        shades = np.nan_to_num((layer.values - low) / max(high - low, 1e-12), nan=0.0)
        head |= {"values": blocks.add(np.rint(255 * shades.clip(0, 1)).astype("u1")), "size": layer.values.shape[1:]}
        head |= {"extent": layer.extent or pane.extent, "palette": layer.palette, "color": layer.color}
    elif isinstance(layer, Tiles):
        shades = np.nan_to_num(layer.images, nan=0.0).clip(0, 1)
        head |= {"images": blocks.add(np.rint(255 * shades).astype("u1")), "columns": layer.columns}
        head |= {"size": layer.images.shape[1:]}
    else:
        head |= _curve(layer, blocks)
    return head


def _curve(curve: Curve, blocks: _Blocks) -> dict[str, Any]:
    def put(values: Any) -> int:
        return blocks.add(np.asarray(values, dtype="<f4"))

    bands = {label: [put(low), put(high)] for label, (low, high) in (curve.bands or {}).items()}
    lines = [
        {
            "label": label,
            "x": put(curve.line(label)[0]) if isinstance(curve.lines[label], tuple) else None,
            "y": put(curve.line(label)[1]),
            "color": curve.colors.get(label),
            "band": bands.get(label),
            "whiskers": put(curve.whiskers[label]) if label in curve.whiskers else None,
        }
        for label in curve.lines
    ]
    return {
        "x": put(curve.x),
        "lines": lines,
        "at": None if curve.at is None else put(curve.at),
        "log": [curve.log_x, curve.log_y],
        "labels": [curve.x_label, curve.y_label],
        "limits": curve.y_limits,
        "dots": curve.dots,
        "rules": [{"label": label, "y": float(y)} for label, y in curve.rules.items()],
    }


def _pane(pane: Pane, blocks: _Blocks) -> dict[str, Any]:
    center, step = scale(pane.extent)
    clock = np.linspace(0, 1, pane.frames) if pane.clock is None else pane.clock
    return {
        "title": pane.title,
        "note": pane.note,
        "notes": None if pane.notes is None else list(pane.notes),
        "extent": pane.extent,
        "center": center,
        "step": step,
        "frames": pane.frames,
        "clock": [round(float(c), 6) for c in clock],
        "aspect": pane.aspect,
        "smooth": pane.smooth,
        "layers": [_layer(layer, pane, blocks) for layer in pane.layers],
    }


def encode(scene: Scene) -> bytes:
    """The payload of a scene."""
    blocks = _Blocks()
    panes = [_pane(pane, blocks) for pane in scene.panes]
    values = None if scene.clock_values is None else [round(float(v), 6) for v in scene.clock_values]
    header = {
        "format": FORMAT,
        "panes": panes,
        "columns": scene.columns,
        "clock": {"values": values, "label": scene.clock_label},
        "seconds": scene.seconds,
        "autoplay": scene.autoplay,
        "loop": scene.loop,
        "marks": [int(mark) for mark in scene.marks],
        "description": scene.description,
        "blocks": blocks.index,
    }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + bytes(blocks.body)


def _plain(value: Any) -> Any:
    """numpy's own scalars, which callers may pass for any number, as Python's."""
    return value.item()
