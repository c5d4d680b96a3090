"""What a pane can show: one file a kind, beside the JavaScript of the same name that draws it."""

from diffviz.player.layers.arrows import Arrows
from diffviz.player.layers.axes import Axes
from diffviz.player.layers.bars import Bars
from diffviz.player.layers.base import Layer, Part
from diffviz.player.layers.contours import Contours
from diffviz.player.layers.curve import Curve
from diffviz.player.layers.handle import Handle
from diffviz.player.layers.heat import Heat
from diffviz.player.layers.kernel import Kernel
from diffviz.player.layers.lines import Lines
from diffviz.player.layers.points import Points
from diffviz.player.layers.tiles import Tiles
from diffviz.player.layers.trails import Trails

LAYERS: dict[str, type[Layer]] = {
    "points": Points,
    "trails": Trails,
    "arrows": Arrows,
    "heat": Heat,
    "contours": Contours,
    "tiles": Tiles,
    "curve": Curve,
    "axes": Axes,
    "bars": Bars,
    "lines": Lines,
    "kernel": Kernel,
    "handle": Handle,
}

__all__ = [
    "LAYERS",
    "Arrows",
    "Axes",
    "Bars",
    "Contours",
    "Curve",
    "Handle",
    "Heat",
    "Kernel",
    "Layer",
    "Lines",
    "Part",
    "Points",
    "Tiles",
    "Trails",
]
