"""The colours of charts are the player's, and can be told apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from diffviz.experiments.families import FAMILIES
from diffviz.figures.palette import faded, palette

# Machado, Oliveira and Fernandes 2009, table 1: linear RGB as one without red, green or blue cones sees it.
SEEN = {
    "all cones": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
WHITE = [0.95047, 1.0, 1.08883]
APART = 20.0  # in CIE 1976 ΔE, of which 2.3 is just noticeable side by side


def _linear(color: str) -> np.ndarray:
    channels = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    """WCAG 2: (L1 + 0.05) / (L2 + 0.05)."""
    dark, light = sorted(float(_linear(c) @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (one, other))
    return light / dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_have_every_role_and_lines_stand_out(theme) -> None:
    colors = palette(theme)
    groups = [colors[f"group-{k}"] for k in range(1, 9)]
    assert len(set(groups)) == 8
    assert all(_contrast(color, colors["paper"]) > 2.9 for color in groups)
    assert _contrast(colors["text"], colors["paper"]) > 7 and _contrast(colors["muted"], colors["paper"]) > 4.5


def _lab(linear: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB, white D65."""
    x, y, z = np.cbrt(np.array(XYZ) @ linear.clip(0, 1) / WHITE)  # no colour here is so dark that the root has a foot
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", SEEN)
def test_families_differ_to_the_colour_blind_too(theme, vision: str) -> None:
    colors = palette(theme)
    seen = [_lab(np.array(SEEN[vision]) @ _linear(colors[f"group-{k + 1}"])) for k in range(len(FAMILIES))]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > APART


def test_a_faded_colour_keeps_its_hue() -> None:
    assert faded("#2f6db5", 0.5) == "rgba(47, 109, 181, 0.5)"
