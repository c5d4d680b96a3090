"""A small chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer, checked_array


@dataclass(frozen=True, eq=False)
class Curve(Layer):
    """A small chart that fills its pane, with a cursor that follows the clock.

    x: (n,). lines: label to (n,), or to a pair (m,) of x and y of its own; NaN breaks a line. at: (F,) where the cursor
    stands at each frame, in units of x. bands: label to a pair, low and high, shaded in the colour of the line of that
    label. whiskers: label to half the length of a bar at each point. rules: label to a height, drawn across;
    rule_bands: label of a rule to half the height of a grey band around it. dots: mark every point, with dashes and
    shapes that tell lines apart without colour, and show a point's values under the pointer. marks: label to the place
    of its dash and shape in their order, else the line's own. colors: label to colour, else the categorical palette in
    order. x_limits, y_limits: bounds of the axes, from the lines if None.
    """

    kind: ClassVar[str] = "curve"
    fills_pane: ClassVar[bool] = True

    x: Numbers
    lines: Mapping[str, Numbers | tuple[Numbers, Numbers]]
    at: Numbers | None = None
    log_x: bool = False
    log_y: bool = False
    x_label: str = ""
    y_label: str = ""
    bands: Mapping[str, tuple[Numbers, Numbers]] | None = None
    colors: Mapping[str, str] = field(default_factory=dict)
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    whiskers: Mapping[str, Numbers] = field(default_factory=dict)
    rules: Mapping[str, float] = field(default_factory=dict)
    rule_bands: Mapping[str, float] = field(default_factory=dict)
    dots: bool = False
    marks: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        x = checked_array(self.x, "Curve.x", 1)
        x_of = {label: checked_array(self.line(label)[0], f"Curve.lines[{label!r}]", 1) for label in self.lines}
        named = [(f"Curve.lines[{k!r}]", k, self.line(k)[1]) for k in self.lines]
        named += [(f"Curve.bands[{k!r}]", k, side) for k, band in (self.bands or {}).items() for side in band]
        named += [(f"Curve.whiskers[{k!r}]", k, bar) for k, bar in self.whiskers.items()]
        for name, label, values in named:
            wanted = x_of.get(label, x)
            if checked_array(values, name, 1).shape != wanted.shape:
                raise ValueError(f"{name} must have as many values as x, {len(wanted)}, got {len(values)}.")
        if not self.lines:
            raise ValueError("Curve.lines must hold at least one line.")
        unknown = [label for label in (*self.whiskers, *(self.bands or {})) if label not in self.lines]
        if unknown:
            raise ValueError(f"Curve has no line {unknown[0]!r} to draw bars or a band on.")
        unruled = [label for label in self.rule_bands if label not in self.rules]
        if unruled:
            raise ValueError(f"Curve has no rule {unruled[0]!r} to draw a band around.")
        self._set(x=x)
        if self.at is not None:
            self._set(at=checked_array(self.at, "Curve.at", 1))

    @property
    def frames(self) -> int:
        """As many as cursor positions; 1 without a cursor."""
        return 1 if self.at is None else len(self.at)

    def line(self, label: str) -> tuple[Numbers, Numbers]:
        """x and y of a line, (n,) or (m,) each."""
        values = self.lines[label]
        return values if isinstance(values, tuple) else (self.x, values)

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        """Float32 in the chart's own units, which the browser scales."""
        return {
            "x": blocks.floats(self.x),
            "lines": [self._encode_line(label, place, blocks) for place, label in enumerate(self.lines)],
            "at": None if self.at is None else blocks.floats(self.at),
            "log": [self.log_x, self.log_y],
            "labels": [self.x_label, self.y_label],
            "limits": [self.x_limits, self.y_limits],
            "dots": self.dots,
            "rules": [
                {"label": label, "y": float(y), "half": float(self.rule_bands.get(label, 0.0))}
                for label, y in self.rules.items()
            ],
        }

    def _encode_line(self, label: str, place: int, blocks: Blocks) -> dict[str, Any]:
        x, y = self.line(label)
        band = (self.bands or {}).get(label)
        return {
            "label": label,
            "x": blocks.floats(x) if isinstance(self.lines[label], tuple) else None,
            "y": blocks.floats(y),
            "color": self.colors.get(label),
            "mark": self.marks.get(label, place),
            "band": None if band is None else [blocks.floats(side) for side in band],
            "whiskers": blocks.floats(self.whiskers[label]) if label in self.whiskers else None,
        }
