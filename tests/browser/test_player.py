"""The player in a real browser, from an exported file: no server, no network."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffviz.player import LAYERS, Curve, Heat, Pane, Points, Scene, Tiles, Trails, save, source
from diffviz.player.source import player_css, player_js
from tests.player.test_layers import EXAMPLES, add_kind

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FRAMES = 21
AXES = (Path(source.__file__).parent / "axes.js").read_text(encoding="utf-8")
GRID = np.stack(np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-2, 2, 5)), -1).reshape(-1, 2)
TARGET = GRID[7]


def _scene(**options: object) -> Scene:
    """A grid of 25 particles, still in one pane, turning in another, beside a chart, a heat map and tiles."""
    angle = np.linspace(0, np.pi / 2, FRAMES)
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], 1)
    still = np.repeat(GRID[None], FRAMES, 0)
    turning = np.einsum("fij,nj->fni", turn, GRID)
    panes = [
        Pane([Points(still)], "Still"),
        Pane([Trails(turning, length=5), Points(turning)], "Turning", notes=[f"frame {f}" for f in range(FRAMES)]),
        Pane([Curve(angle, {"cos": np.cos(angle)}, at=angle)], "Chart"),
        Pane([Heat(np.random.default_rng(0).random((FRAMES, 9, 9)))], "Heat"),
        Pane([Tiles(np.random.default_rng(0).random((FRAMES, 4, 8, 8)), columns=2)], "Tiles"),
    ]
    return Scene(panes, clock_values=[1.0, 0.0], **options)  # type: ignore[arg-type]


@pytest.fixture
def crosses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Any]]:
    """A kind of layer that the library does not have, added to the catalogue."""
    yield add_kind(tmp_path, monkeypatch)
    player_js.cache_clear()


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page that waits for its play button."""
    return save(_scene(autoplay=False), tmp_path_factory.mktemp("player") / "still.html").as_uri()


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a page that plays when opened."""
    return save(_scene(autoplay=True, seconds=60), tmp_path_factory.mktemp("player") / "moving.html").as_uri()


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".player[data-paints]")


def _frame(page: Page) -> float:
    return float(page.locator(".player").get_attribute("data-frame") or "nan")


def _playing(page: Page) -> bool:
    return page.locator(".player").get_attribute("data-playing") == "true"


def _click_target(page: Page) -> None:
    """Click particle 7 in the pane where it stands still."""
    canvas = page.locator("canvas").first
    box = canvas.bounding_box()
    assert box is not None
    x, y = (TARGET + 3) / 6
    canvas.click(position={"x": x * box["width"], "y": (1 - y) * box["height"]})


def _pixels(page: Page, pane: int) -> str:
    return str(page.locator("canvas").nth(pane).evaluate("canvas => canvas.toDataURL()"))


def test_plays_when_opened_and_asks_for_nothing(page: Page, moving: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, moving)
    page.wait_for_selector(".player:not([data-frame='0.0000'])")
    assert _playing(page)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_space_plays_and_pauses(page: Page, still: str) -> None:
    _open(page, still)
    assert not _playing(page) and _frame(page) == 0
    page.get_by_role("slider").focus()
    page.keyboard.press(" ")
    page.wait_for_selector(".player:not([data-frame='0.0000'])")
    page.keyboard.press(" ")
    assert not _playing(page)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press(" ")  # a button takes the key itself: once, not twice
    assert _playing(page)


def test_arrows_step_from_frame_to_frame_and_home_and_end_jump(page: Page, still: str) -> None:
    _open(page, still)
    page.get_by_role("slider").focus()
    for key, expected in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 20), ("Home", 0)]:
        page.keyboard.press(key)
        assert _frame(page) == pytest.approx(expected / 20, abs=1e-3)
        assert page.locator(".note").nth(1).text_content() == f"frame {expected}"


def test_the_reading_runs_with_the_clock(page: Page, still: str) -> None:
    _open(page, still)
    page.get_by_role("slider").focus()
    assert page.locator(".reading").inner_text() == "t = 1.00"
    page.keyboard.press("ArrowRight")
    assert page.locator(".reading").inner_text() == "t = 0.95"
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "t = 0.95"


def test_a_reading_that_holds_is_the_number_of_the_frame_shown(page: Page, tmp_path: Path) -> None:
    pane = Pane([Points(np.zeros((3, 1, 2)))], notes=["step 60", "step 1,200", "step 13,000"])
    clock = {"clock_values": [60, 1200, 13_000], "clock_label": "step", "clock_holds": True}
    _open(page, save(Scene([pane], autoplay=False, **clock), tmp_path / "steps.html").as_uri())  # type: ignore[arg-type]
    timeline = page.get_by_role("slider").bounding_box()
    assert timeline is not None
    for share, said in ((0.01, "60"), (0.3, "60"), (0.55, "1,200"), (0.9, "1,200")):
        page.mouse.click(timeline["x"] + share * timeline["width"], timeline["y"] + timeline["height"] / 2)
        assert page.locator(".reading").inner_text() == f"step = {said}"
        assert page.locator(".note").inner_text() == f"step {said}"
    page.keyboard.press("End")
    assert page.locator(".reading").inner_text() == "step = 13,000"


def test_dragging_the_timeline_scrubs_every_moving_pane(page: Page, still: str) -> None:
    _open(page, still)
    box = page.get_by_role("slider").bounding_box()
    assert box is not None
    before = [_pixels(page, k) for k in range(5)]
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2, steps=4)
    assert _frame(page) == pytest.approx(0.6, abs=0.01)
    page.mouse.move(box["x"] + 2 * box["width"], box["y"])
    page.mouse.up()
    assert _frame(page) == 1 and not _playing(page)
    after = [_pixels(page, k) for k in range(5)]
    assert [a != b for a, b in zip(before, after, strict=True)] == [False, True, True, True, True]


def test_a_click_follows_the_particle_in_all_panes_and_a_second_lets_it_go(page: Page, still: str) -> None:
    _open(page, still)
    before = _pixels(page, 1)
    _click_target(page)
    readouts = page.locator(".readout")
    where = f"({TARGET[0]:.2f}, {TARGET[1]:.2f})".replace("-", "\u2212")
    assert readouts.nth(0).inner_text() == where and readouts.nth(1).inner_text() == where
    assert readouts.nth(2).inner_text() == ""  # a chart has no particles
    assert "particle 7" in page.locator(".hint").inner_text()
    page.keyboard.press("End")
    turned = f"({-TARGET[1]:.2f}, {TARGET[0]:.2f})".replace("-", "\u2212")
    assert readouts.nth(0).inner_text() == where and readouts.nth(1).inner_text() == turned
    page.keyboard.press("Home")
    assert _pixels(page, 1) != before
    _click_target(page)
    assert readouts.nth(0).inner_text() == "" and _pixels(page, 1) == before


def test_a_tap_beside_every_particle_follows_none(page: Page, still: str) -> None:
    _open(page, still)
    page.locator("canvas").first.click(position={"x": 3, "y": 3})
    assert page.locator(".readout").first.inner_text() == ""


def test_reduced_motion_shows_the_end_and_waits(browser: Browser, moving: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    _open(page, moving)
    assert not _playing(page) and _frame(page) == 1
    page.get_by_role("button", name="Play").click()
    assert _playing(page) and _frame(page) < 0.5
    context.close()


def test_panes_wrap_on_narrow_screens_and_nothing_overflows(page: Page, still: str) -> None:
    _open(page, still)
    for width, columns in [(1280, 3), (600, 2), (390, 2)]:
        page.set_viewport_size({"width": width, "height": 844})
        lefts = page.locator(".pane").evaluate_all("all => all.map(e => Math.round(e.getBoundingClientRect().left))")
        assert len(set(lefts)) == columns
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_pictures_stand_in_pairs_and_none_beside_a_hole(page: Page, tmp_path: Path) -> None:
    dots = Pane([Points(GRID[None])])
    _open(page, save(Scene([dots] * 3, columns=3), tmp_path / "three.html").as_uri())
    page.set_viewport_size({"width": 390, "height": 844})
    first, second, third = (frame.bounding_box() or {} for frame in page.locator(".frame").all())
    assert first["y"] == second["y"] < third["y"]
    assert third["width"] == pytest.approx(second["x"] + second["width"] - first["x"], abs=1)
    assert third["height"] == pytest.approx(first["height"], rel=0.1)


def test_a_picture_is_described_in_words_that_follow_the_clock(page: Page, still: str) -> None:
    _open(page, still)
    turning = page.locator("canvas").nth(1)
    assert "frame 0. t = 1.00" in (turning.get_attribute("aria-label") or "")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert "frame 20. t = 0.00" in (turning.get_attribute("aria-label") or "")


@pytest.mark.parametrize(
    ("low", "high", "log"), [(0.001, 1, 0), (-5.02, 6.9, 0), (0, 0.79, 0), (2e-4, 0.5, 1), (1.8, 900, 1)]
)
@pytest.mark.parametrize("wanted", [2, 3.7, 6])
def test_an_axis_has_a_tick_near_both_ends_and_none_outside(
    page: Page, low: float, high: float, log: int, wanted: float
) -> None:
    axis = page.evaluate(f"() => {{ {AXES}; return axisOf([{low}, {high}], {bool(log):d}, {wanted}, 0.12, true); }}")
    place = np.log if log else np.asarray
    ends, ticks = place([axis["low"], axis["high"]]), np.sort(place(axis["ticks"]))
    span, spare = np.ptp(ends), 1e-3
    assert ends[0] - spare * span <= ticks[0] and ticks[-1] <= ends[1] + spare * span
    assert ticks[0] - ends[0] <= 0.25 * span and ends[1] - ticks[-1] <= 0.25 * span
    assert np.diff(ticks).min() >= 0.09 * span


def test_sharp_on_dense_screens(browser: Browser, still: str) -> None:
    context = browser.new_context(device_scale_factor=2)
    page = context.new_page()
    _open(page, still)
    ratio = page.locator("canvas").first.evaluate("canvas => canvas.width / canvas.clientWidth")
    assert ratio == pytest.approx(2, abs=0.01)
    context.close()


def test_colours_follow_the_theme_while_open(page: Page, still: str) -> None:
    page.emulate_media(color_scheme="light")
    _open(page, still)
    light = _pixels(page, 0)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(".player[data-theme=dark]")
    assert _pixels(page, 0) != light


def test_buttons_are_large_enough_to_touch_and_named(page: Page, still: str) -> None:
    _open(page, still)
    for control in page.locator(".transport button, .transport select, .timeline").all():
        box = control.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 32
        assert control.get_attribute("aria-label")


def _live(page: Page, folder: Path) -> None:
    """A page that mounts the component again and again, as Streamlit does."""
    script = f"{player_js()}\nwindow.mount = mount;"
    text = f"<style>{player_css()}</style><div id=here></div><script type=module>{script}</script>"
    (folder / "live.html").write_text(f"<!doctype html><meta charset=utf-8>{text}", encoding="utf-8")
    page.goto((folder / "live.html").as_uri())
    page.wait_for_function("() => window.mount")


def _mount(page: Page, scene: Scene) -> None:
    """Hand the component a payload; the clean-ups it answers are kept in window.done."""
    give = """text => {
        const data = Uint8Array.from(atob(text), c => c.charCodeAt(0));
        const parentElement = document.getElementById("here");
        (window.done ??= []).push(mount({ parentElement, data }));
    }"""
    page.evaluate(give, base64.b64encode(scene.payload()).decode())


def test_a_new_payload_keeps_clock_speed_loop_and_followed_particles(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    _mount(page, _scene(autoplay=False))
    page.get_by_role("slider").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Loop").click()
    _click_target(page)
    page.locator("canvas").first.evaluate("canvas => { window.kept = canvas; }")
    _mount(page, _scene(autoplay=True))
    root = page.locator(".player")
    assert root.count() == 1 and root.get_attribute("data-version") == "2"
    assert _frame(page) == pytest.approx(0.2, abs=1e-3) and not _playing(page)
    assert page.get_by_label("Speed").input_value() == "2"
    assert page.get_by_role("button", name="Loop").get_attribute("aria-pressed") == "false"
    assert page.locator(".readout").first.inner_text() != ""
    assert page.evaluate("window.kept === document.querySelector('canvas')")  # not remounted: no flicker


def test_still_scenes_have_no_transport_and_start_to_play_when_they_become_moving(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    for seed in range(3):
        _mount(page, Scene([Pane([Points(np.random.default_rng(seed).standard_normal((1, 50, 2)))])]))
        assert page.locator(".transport").is_hidden() and not _playing(page)
    _mount(page, _scene())
    assert page.locator(".transport").is_visible() and _playing(page)


def test_an_overtaken_clean_up_does_not_stop_the_player_but_the_last_one_does(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    _mount(page, _scene(seconds=60))
    _mount(page, _scene(seconds=60))
    page.evaluate("window.done[0]()")
    before = page.locator(".player").get_attribute("data-paints")
    page.wait_for_selector(f".player:not([data-paints='{before}'])")
    page.evaluate("window.done[1]()")
    stopped = page.locator(".player").get_attribute("data-paints")
    page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.locator(".player").get_attribute("data-paints") == stopped


def test_positions_that_are_nowhere_are_not_drawn(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    _mount(page, Scene([Pane([Points(np.full((1, 5, 2), np.nan))])]))
    empty = "c => !c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
    assert page.locator("canvas").evaluate(empty)
    _mount(page, Scene([Pane([Points(np.zeros((1, 5, 2)))])]))
    assert not page.locator("canvas").evaluate(empty)


def test_points_appear_where_the_data_say(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    for x, y in [(-1.5, 2.0), (2.25, -0.75)]:
        _mount(page, Scene([Pane([Points(np.array([[[x, y]]]), size=3, opacity=1)])]))
        middle = """c => {
            const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
            let [sum, sx, sy] = [0, 0, 0];
            for (let k = 0; k < data.length / 4; k++) {
                sum += data[4 * k + 3];
                sx += data[4 * k + 3] * (k % c.width + 0.5);
                sy += data[4 * k + 3] * (Math.floor(k / c.width) + 0.5);
            }
            return [sx / sum / c.width, sy / sum / c.height, c.width];
        }"""
        left, top, width = page.locator("canvas").evaluate(middle)
        assert [6 * left - 3, 3 - 6 * top] == pytest.approx([x, y], abs=6 * 0.3 / width)


def test_the_whole_past_grows_forward_and_is_taken_back_backward(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    way = np.random.default_rng(0).uniform(-2, 2, (6, 10, 2))
    _mount(page, Scene([Pane([Trails(way, color="data", opacity=1)])], autoplay=False))
    ink = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, k) => k % 4 === 3 && v).length"
    page.get_by_role("slider").focus()
    forward = [page.locator("canvas").evaluate(ink)]
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        forward.append(page.locator("canvas").evaluate(ink))
    backward = [forward[-1]]
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
        backward.append(page.locator("canvas").evaluate(ink))
    assert forward == sorted(set(forward)) and forward[0] == 0
    assert backward[::-1] == pytest.approx(forward, rel=0.01)


INKED = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter(v => v).length"
INK = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"


def test_a_measured_point_tells_its_values_under_the_pointer(page: Page, tmp_path: Path) -> None:
    calls = np.array([10.0, 20.0, 40.0])
    chart = Curve(np.array([8.0, 50.0]), {"a": (calls, 1 / calls)}, log_x=True, log_y=True, dots=True)
    _open(page, save(Scene([Pane([chart], aspect=2.1)]), tmp_path / "measured.html").as_uri())
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    still = canvas.screenshot()
    pictures = set()
    for share in range(10, 95, 2):  # along the falling line: somewhere a plate appears
        page.mouse.move(box["x"] + share / 100 * box["width"], box["y"] + (0.1 + 0.008 * share) * box["height"])
        pictures.add(canvas.screenshot())
    assert pictures - {still}
    page.mouse.move(box["x"], box["y"] - 5)
    page.wait_for_timeout(100)
    assert canvas.screenshot() == still


def test_every_kind_of_layer_is_drawn(page: Page, tmp_path: Path) -> None:
    _live(page, tmp_path)
    layers = {slug: [EXAMPLES[slug]] for slug in LAYERS}
    layers["kernel"].append(EXAMPLES["handle"])  # which its points pull at
    _mount(page, Scene([Pane(shown, slug) for slug, shown in layers.items()], autoplay=False))
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    inked = dict(zip(LAYERS, (canvas.evaluate(INKED) for canvas in page.locator("canvas").all()), strict=True))
    assert all(inked.values())
    assert inked["kernel"] > inked["handle"]


def test_a_stretched_pane_fills_its_frame_and_another_keeps_circles_round(page: Page, tmp_path: Path) -> None:
    square = Heat(np.ones((1, 2, 2)), (-3.0, 3.0, -3.0, 3.0))
    _live(page, tmp_path)
    _mount(page, Scene([Pane([square], aspect=3.0, stretched=stretched) for stretched in (True, False)]))
    edge = "c => c.getContext('2d').getImageData(0, Math.floor(c.height / 2), 4, 1).data.some(v => v)"
    assert [canvas.evaluate(edge) for canvas in page.locator("canvas").all()] == [True, False]


def test_a_new_kind_is_drawn_beside_one_whose_functions_have_the_same_names(
    page: Page, tmp_path: Path, crosses: type[Any]
) -> None:
    _live(page, tmp_path)
    places = np.array([[0.0, 0.0], [1.0, 1.0]])
    _mount(page, Scene([Pane([crosses(places)]), Pane([Points(places[None])])], columns=2))
    first, second = (canvas.evaluate("c => c.toDataURL()") for canvas in page.locator("canvas").all())
    assert all(canvas.evaluate(INK) for canvas in page.locator("canvas").all()) and first != second


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_notebook_frame_plays_holds_all_of_it_and_reaches_nothing_outside(
    page: Page, tmp_path: Path, columns: int
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 2400})
    (tmp_path / "cell.html").write_text(f"<meta charset=utf-8>{_scene(columns=columns)._repr_html_()}")
    page.goto((tmp_path / "cell.html").as_uri())
    page.frame_locator("iframe").locator(".player[data-playing=true]:not([data-frame='0.0000'])").wait_for()
    frame = page.frames[1]
    size = "() => [document.querySelector('main').offsetHeight, document.documentElement.scrollHeight, innerHeight]"
    content, scrolled, height = frame.evaluate(size)
    assert scrolled <= height and content > 0.9 * height
    assert frame.evaluate("() => { try { return parent.document.title; } catch { return 'refused'; } }") == "refused"
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
