"""The contract of a layer, for every kind in the catalogue: two files of one name and a line."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffviz.player import (
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
    Pane,
    Points,
    Scene,
    Tiles,
    Trails,
)
from diffviz.player.source import player_js
from tests.player.test_payload import decode

XY = np.cumsum(np.full((3, 4, 2), 0.2), 0)
BUMPS = np.exp(-np.square(np.mgrid[-2:2:9j, -2:2:9j]).sum(0) / np.array([0.5, 1.0])[:, None, None])
EXAMPLES: dict[str, Layer] = {
    "points": Points(XY),
    "trails": Trails(XY),
    "arrows": Arrows(XY[0], np.ones((1, 4, 2))),
    "heat": Heat(np.ones((2, 3, 4))),
    "contours": Contours(BUMPS, np.array([[0.6, 0.1]]), ("60 %", "10 %")),
    "tiles": Tiles(np.ones((2, 3, 4, 4))),
    "curve": Curve(np.arange(3.0), {"a": np.arange(3.0)}, at=np.arange(2.0)),
    "axes": Axes((-2.0, 3.0, -2.0, 3.0), "time", "place", x=(0.0, 1.0)),
    "bars": Bars(np.ones((3, 2)), ("a", "b"), marks=np.ones(2)),
    "lines": Lines(XY * np.arange(1.0, 5.0)[:, None]),
    "kernel": Kernel(XY, np.ones(3)),
    "handle": Handle(XY[:, 0], leads=np.ones((1, 2, 3, 2))),
}

NEW_PYTHON = '''"""A kind of layer that the library does not have."""

from dataclasses import dataclass
from typing import Any, ClassVar

from diffviz.player.blocks import Blocks, Extent, Numbers
from diffviz.player.layers.base import Layer


@dataclass(frozen=True, eq=False)
class Crosses(Layer):
    """A cross at each of `places` (N, 2)."""

    kind: ClassVar[str] = "crosses"

    places: Numbers

    @property
    def frames(self) -> int:
        return 1

    def encode(self, blocks: Blocks, extent: Extent) -> dict[str, Any]:
        return {"places": [{"at": blocks.positions(place, extent)} for place in self.places]}
'''
NEW_SCRIPT = """// Crosses, drawn by a function whose name another kind has too.

function drawPoints(ctx, layer, view, moment, theme) {
  ctx.fillStyle = theme.color("data");
  for (const { at } of layer.places) {
    const [x, y] = [view.ox + view.sx * at[0], view.oy - view.sy * at[1]];
    ctx.fillRect(x - 9, y - 1, 18, 2);
    ctx.fillRect(x - 1, y - 9, 2, 18);
  }
}

registerLayer("crosses", { draw: drawPoints });
"""


def add_kind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """Add a kind of layer as its author would: two files in a folder and a line in the catalogue."""
    (folder / "crosses.py").write_text(NEW_PYTHON, encoding="utf-8")
    (folder / "crosses.js").write_text(NEW_SCRIPT, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("crosses", folder / "crosses.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "crosses", module)
    spec.loader.exec_module(module)
    monkeypatch.setitem(LAYERS, "crosses", module.Crosses)
    player_js.cache_clear()
    return module.Crosses


@pytest.fixture
def crosses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Any]]:
    """The class of an added kind."""
    yield add_kind(tmp_path, monkeypatch)
    player_js.cache_clear()


def _registered(script: str) -> list[str]:
    return re.findall(r'^\s*registerLayer\("([^"]*)"', script, re.MULTILINE)


@pytest.mark.parametrize("slug", LAYERS)
def test_the_class_and_the_script_beside_it_go_by_the_slug(slug: str) -> None:
    cls = LAYERS[slug]
    script = Path(inspect.getfile(cls)).with_suffix(".js")
    assert cls.kind == slug == script.stem and (cls.__doc__ or "").strip()
    assert _registered(script.read_text(encoding="utf-8")) == [slug]


def test_the_player_holds_the_script_of_each_kind_once() -> None:
    assert _registered(player_js()) == list(LAYERS)


def test_what_lies_in_the_folder_is_in_the_catalogue() -> None:
    files = list(Path(inspect.getfile(Layer)).parent.glob("*.*"))
    scripts = {file.stem for file in files if file.suffix == ".js"}
    assert scripts == {file.stem for file in files if file.suffix == ".py"} - {"__init__", "base"} == set(LAYERS)


@pytest.mark.parametrize("slug", LAYERS)
def test_an_instance_is_encoded_and_its_arrays_come_back(slug: str) -> None:
    layer = EXAMPLES[slug]
    header, blocks = decode(Scene([Pane([layer])]).payload())
    head = header["panes"][0]["layers"][0]
    assert type(layer) is LAYERS[slug] and head["kind"] == slug and head["frames"] == layer.frames
    held = [value for value in _leaves(head) if isinstance(value, np.ndarray)]
    assert len(held) == len(blocks) > 0 and all(array.size for array in held)


def _leaves(value: Any) -> Iterator[Any]:
    """What a header holds, through its lists and dictionaries."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield value


def test_a_new_kind_is_two_files_and_a_line(crosses: type[Any]) -> None:
    header, _ = decode(Scene([Pane([crosses(np.ones((2, 2))), Points(XY)])]).payload())
    first, second = header["panes"][0]["layers"]
    assert first["kind"] == "crosses" and [place["at"].size for place in first["places"]] == [2, 2]
    assert second["kind"] == "points" and _registered(player_js()) == list(LAYERS)


def test_axes_must_rise() -> None:
    with pytest.raises(ValueError, match=r"Axes\.x must rise"):
        Axes((0.0, 1.0, 0.0, 1.0), "λ", "place", x=(2.0, 2.0))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Bars(np.ones((3, 2)), ("a",)), "a label for each of 2 bars, got 1"),
        (lambda: Bars(np.ones((3, 2)), ("a", "b"), marks=np.ones(3)), "2 numbers, one a bar, got 3"),
        (lambda: Contours(BUMPS, np.ones((3, 1)), ("a",)), "above 0, for each of 2 frames"),
        (lambda: Contours(BUMPS, np.zeros((1, 1)), ("a",)), "above 0, for each of 2 frames"),
        (lambda: Contours(-BUMPS, np.ones((1, 1)), ("a",)), "finite and not negative"),
        (lambda: Kernel(XY, np.ones(2)), "for each of the 3 frames"),
        (lambda: Kernel(XY, np.zeros(3)), "a number above 0"),
        (lambda: Handle(XY[:, 0], leads=np.ones((2, 2, 2, 2))), "got 2 and 3"),
        (lambda: Handle(XY[:, 0], leads=np.ones((1, 1, 2, 2))), "2 by 2 nodes or more, got 1 by 2"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(make: Callable[[], Layer], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_handle_that_stands_still_while_it_leads_elsewhere_has_a_place_in_every_frame() -> None:
    header, _ = decode(Scene([Pane([Handle(XY[:1, 0], leads=np.zeros((5, 2, 2, 2)))])]).payload())
    head = header["panes"][0]["layers"][0]
    np.testing.assert_allclose(head["xy"].reshape(5, 2), np.tile(XY[0, 0], (5, 1)), rtol=1e-6)
    assert head["leads"].size == 5 * 2 * 2 * 2


def test_a_layer_must_say_how_many_frames_it_has_and_how_it_is_encoded() -> None:
    with pytest.raises(TypeError, match=r"encode.*frames"):
        Layer()  # type: ignore[abstract]
