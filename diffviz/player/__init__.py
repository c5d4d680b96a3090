"""The animation player: K panes on one clock, drawn in the browser; the same scene is an offline HTML file."""

from diffviz.player.export import html, save
from diffviz.player.layers import (
    LAYERS,
    Arrows,
    Axes,
    Bars,
    Contours,
    Curve,
    Handle,
    Heat,
    Kernel,
    Layer,
    Lines,
    Part,
    Points,
    Tiles,
    Trails,
)
from diffviz.player.scene import Pane, Question, Scene

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
    "Pane",
    "Part",
    "Points",
    "Question",
    "Scene",
    "Tiles",
    "Trails",
    "html",
    "save",
]
