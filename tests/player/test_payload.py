"""The payload: what the browser reads back is what went in, to half a step, and it is small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diffviz.player import Arrows, Contours, Curve, Heat, Pane, Points, Scene, Tiles, Trails
from diffviz.player.blocks import MARGIN, NOWHERE
from diffviz.player.payload import FORMAT

HOME = Path(__file__).parents[2] / "assets" / "home.scene"
TYPES = {"i16": "<i2", "u8": "u1", "f32": "<f4"}


def decode(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Header, with the arrays it refers to, and blocks, read as the browser reads them."""
    length = int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4 : 4 + length])
    body = payload[4 + length :]
    blocks = [np.frombuffer(body, TYPES[b["type"]], b["length"], b["at"]) for b in header["blocks"]]
    return _resolve(header, blocks), blocks


def _resolve(part: Any, blocks: list[np.ndarray]) -> Any:
    if isinstance(part, dict):
        return blocks[part["block"]] if "block" in part else {k: _resolve(v, blocks) for k, v in part.items()}
    return [_resolve(v, blocks) for v in part] if isinstance(part, list) else part


def one(layer: Any, **pane: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pane head and layer head of a scene with one layer."""
    header, _ = decode(Scene([Pane([layer], **pane)]).payload())
    return header["panes"][0], header["panes"][0]["layers"][0]


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, (3, 4, 2), elements=st.floats(-60, 60)), st.floats(-5, 5), st.floats(0.1, 20))
def test_positions_come_back_within_half_a_step_or_clipped_at_the_margin(
    xy: np.ndarray, left: float, width: float
) -> None:
    extent = (left, left + width, -2.0, 5.0)
    pane, layer = one(Points(xy), extent=extent)
    center, step = np.array(pane["center"]), np.array(pane["step"])
    back = center + step * layer["xy"].reshape(xy.shape)
    reach = MARGIN * np.array([width, 7.0]) / 2
    assert np.all(np.abs(back - np.clip(xy, center - reach, center + reach)) <= step / 2 + 1e-9)
    assert np.all(step < np.array([width, 7.0]) / 8000)  # less than a tenth of a pixel on an 800 pixel pane


def test_contours_run_where_the_density_has_their_value() -> None:
    places = np.linspace(-3, 3, 61)
    density = np.exp(-np.add.outer(places**2, places**2) / 2)[None] / np.array([1.0, 5.0])[:, None, None]
    levels = np.array([[0.5, 0.05], [0.1, 0.01]])
    _, layer = one(Contours(density, levels, ("a", "b")))
    shades, lines = layer["logs"].reshape(density.shape) / 255, layer["levels"].reshape(2, 2)
    for frame in range(2):
        for level, line in zip(levels[frame], lines[frame], strict=True):
            high, drawn = density[frame] > level, shades[frame] > line
            near = np.abs(np.log(density[frame] / level)) < 0.03  # a shade is a few hundredths of a nat
            assert (high == drawn)[~near].all() and 0 < drawn.sum() < drawn.size


def test_a_layer_belongs_to_a_part_of_its_own_or_to_that_of_its_kind() -> None:
    header, _ = decode(Scene([Pane([Points(np.zeros((1, 2, 2)), part="data")], fixed=True)], hidden=["heat"]).payload())
    assert header["panes"][0]["layers"][0]["part"] == "data" and header["panes"][0]["fixed"]
    assert header["hidden"] == ["heat"] and one(Points(np.zeros((1, 2, 2))))[1]["part"] is None


def test_shades_that_two_panes_share_are_sent_once() -> None:
    heat = Heat(np.random.default_rng(0).random((2, 9, 9)))
    _, blocks = decode(Scene([Pane([heat]), Pane([heat])]).payload())
    assert len(blocks) == 1


def test_points_that_are_not_finite_are_nowhere() -> None:
    xy = np.array([[[0.0, np.nan], [np.inf, 1.0], [1.0, 1.0]]])
    _, layer = one(Points(xy))
    values = layer["xy"].reshape(3, 2)
    assert (values[:2] == NOWHERE).all() and (values[2] > 0).all()


def test_arrow_vectors_keep_their_own_scale() -> None:
    vectors = np.array([[[1e-4, -2e-4], [5e-5, 0.0]]])
    _, layer = one(Arrows(np.zeros((2, 2)), vectors))
    back = layer["step"] * layer["vectors"].reshape(vectors.shape)
    assert np.abs(back - vectors).max() <= layer["step"] / 2 + 1e-15


@pytest.mark.parametrize("limits", [None, (0.0, 8.0)])
def test_heat_shades_are_linear_between_the_limits(limits: tuple[float, float] | None) -> None:
    values = np.linspace(0, 4, 12).reshape(1, 3, 4)
    _, layer = one(Heat(values, limits=limits))
    top = 4.0 if limits is None else limits[1]
    assert layer["size"] == [3, 4]
    assert np.abs(layer["values"] / 255 * top - values.ravel()).max() <= top / 510 + 1e-12


def test_tiles_are_clipped_to_the_unit_interval() -> None:
    images = np.array([-1.0, 0.25, 1.0, 9.0]).reshape(1, 1, 2, 2)
    _, layer = one(Tiles(images))
    assert layer["images"].tolist() == [0, 64, 255, 255]


def test_curves_keep_gaps_and_cursor() -> None:
    x = np.arange(3.0)
    curve = Curve(x, {"loss": np.array([1.0, np.nan, 3.0])}, at=np.array([2.0, 0.0]))
    pane, layer = one(curve)
    assert np.array_equal(layer["lines"][0]["y"], [1, np.nan, 3], equal_nan=True)
    assert layer["at"].tolist() == [2, 0] and pane["frames"] == 2


def test_the_header_is_json_without_nan_and_blocks_are_aligned() -> None:
    xy = np.zeros((2, 3, 2))
    heat = Heat(np.full((1, 3, 3), np.nan))
    payload = Scene(
        [Pane([heat, Points(xy, groups=np.array([0, 1, 2]))], title="σ – ₂")], clock_values=[1, 0]
    ).payload()
    length = int.from_bytes(payload[:4], "little")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    header = json.loads(payload[4 : 4 + length], parse_constant=refuse)
    assert header["panes"][0]["title"] == "σ – ₂"
    assert length % 4 == 0 and all(b["at"] % 4 == 0 for b in header["blocks"])


def test_two_thousand_particles_over_a_hundred_frames_fit_in_a_megabyte_a_pane() -> None:
    xy = np.random.default_rng(0).standard_normal((100, 2000, 2))
    pane = Pane([Trails(xy, ids=range(50)), Points(xy)])
    assert len(Scene([pane]).payload()) <= 1_000_000


def test_an_array_shared_by_layers_and_panes_is_sent_once() -> None:
    xy = np.random.default_rng(0).standard_normal((20, 100, 2))
    _, blocks = decode(Scene([Pane([Trails(xy), Points(xy)]), Pane([Points(xy)])]).payload())
    assert len(blocks) == 1
    _, blocks = decode(Scene([Pane([Points(xy)]), Pane([Points(xy)], extent=(-1, 1, -1, 1))]).payload())
    assert len(blocks) == 2  # another extent is another scale


def test_measurements_have_their_own_places_bars_and_rules() -> None:
    x, y, bars = np.array([2.0, 7.0]), np.array([0.5, 0.1]), np.array([0.01, 0.02])
    shared = np.array([1.0, 2.0, 3.0])
    curve = Curve(
        shared,
        {"a": (x, y), "b": shared},
        whiskers={"a": bars},
        rules={"floor": 0.05, "wanted": 0.1},
        rule_bands={"floor": 0.01},
        dots=True,
        log_x=True,
    )
    _, layer = one(curve)
    own, common = layer["lines"]
    assert own["x"].tolist() == [2, 7] and own["whiskers"].tolist() == pytest.approx([0.01, 0.02])
    assert common["x"] is None and common["whiskers"] is None
    rules = [{"label": "floor", "y": 0.05, "half": 0.01}, {"label": "wanted", "y": 0.1, "half": 0.0}]
    assert layer["rules"] == rules and layer["dots"] is True


def test_the_shipped_scene_is_in_the_format_that_the_player_reads() -> None:
    header, blocks = decode(HOME.read_bytes())
    assert header["format"] == FORMAT and len(blocks) > 0
