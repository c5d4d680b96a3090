"""Every view gives its code away, and that code, run as it is, makes what the view shows: the same picture to the byte.

Pictures are told apart by their payload, charts by their values; the numbers that a script prints must stand on the
page. What takes minutes (the trainings, and the sweep) is run for fewer steps, by the script and by the page's own run.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import diffviz
from diffviz import ui
from diffviz.claims import CLAIMS
from diffviz.experiments.sweep import summarize_sweep, sweep_cells
from diffviz.figures import quality
from diffviz.figures.chart import Chart
from diffviz.player import Scene
from diffviz.protocols import Array
from diffviz.recipes import digits, few_steps, notes, race, train
from diffviz.runs.both_losses import BothLossesRun
from diffviz.runs.lifecycle import Run
from diffviz.runs.run import TrainingRun
from diffviz.runs.side_by_side import SideBySideRun
from diffviz.runs.student import StudentRun
from diffviz.source_code import script
from diffviz.ui import chart, code, player
from diffviz.ui.notes.measured import line
from diffviz.ui.notes.rows import chapter
from diffviz.ui.race import lanes

ROOT = Path(__file__).parents[2]
WORDS = {"glossary"}  # pages that compute nothing
HOME = (ROOT / "assets" / "home.py").read_text(encoding="utf-8")
LONG: dict[str, Callable[..., None]] = {  # the recipes of views whose scripts take minutes
    "train": train.learn,
    "train:objectives": train.objectives,
    "few-steps:distil": few_steps.distil,
    "few-steps:consistency": few_steps.consistency,
    "few-steps:learned": few_steps.learned,
    "few-steps:straight": few_steps.straight,
    "digits:learn": digits.learn,
    "race:quality": race.quality,
}
OTHER_LOOKS: list[tuple[str, dict[str, str]]] = [  # that have a recipe of their own
    ("digits:sample", {"sample.look": "side", "sample.panes": "2", "sample.digits": "16"}),
    ("digits:guidance", {"guidance.look": "plane"}),
    ("digits:guidance", {"guidance.look": "trade"}),
    ("digits:latents", {"latents.look": "counts"}),
    ("few-steps:few-race", {"few-race.data": "digits"}),
    ("race", {"race.own": "true", "race.at": "0.5,-0.25"}),
    ("train:steps", {"steps.step": "12", "steps.target": "x0"}),
]
NO_CHOICES: Mapping[str, str] = MappingProxyType({})
SHORT = {"steps": 6, "pairs": 128, "batch": 32, "soon": (2, 5), "later": (), "tolerances": (1e-1,)}
Names = dict[str, Any]


def views() -> Iterator[str]:
    """PAGE or PAGE:VIEW for every view that a module of a page's package declares."""
    for package in pkgutil.iter_modules(ui.__path__):
        if not package.ispkg or package.name in WORDS:
            continue
        folder = importlib.import_module(f"diffviz.ui.{package.name}")
        for module in pkgutil.iter_modules(folder.__path__):
            loaded = importlib.import_module(f"{folder.__name__}.{module.name}")
            for view in (*getattr(loaded, "VIEWS", ()), *filter(None, [getattr(loaded, "VIEW", None)])):
                yield f"{package.name.replace('_', '-')}:{view.slug}".rstrip(":")


VIEWS = sorted(views())


def identity(picture: Scene | bytes | Chart) -> object:
    """Equal for pictures that show the same."""
    if isinstance(picture, Chart):
        return picture.title, picture.caption, picture.csv()
    return picture if isinstance(picture, bytes) else picture.payload()


def numbers(payload: object) -> Array:
    """What a scene of positions draws, without its words."""
    assert isinstance(payload, bytes)
    return np.frombuffer(payload[4 + int.from_bytes(payload[:4], "little") :], "<i2")


@dataclass
class Shown:
    """What a page hands to its visitor: scripts, pictures with one, and all pictures."""

    codes: set[str] = field(default_factory=set)
    with_code: set[object] = field(default_factory=set)
    pictures: set[object] = field(default_factory=set)

    def add(self, picture: Scene | bytes | Chart, script: str | None) -> None:
        self.pictures.add(identity(picture))
        if script is not None:
            self.codes.add(script)
            self.with_code.add(identity(picture))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Filled with what pages show."""
    seen, show_scene, show_chart, offer = Shown(), player.show, chart.show, code.offer

    def scene(scene: Scene | bytes, key: str, *args: Any, code: str | None = None, **kwargs: Any) -> None:
        seen.add(scene, code)
        show_scene(scene, key, *args, code=code, **kwargs)

    def figure(drawn: Chart, key: str, *, code: str | None = None, **kwargs: Any) -> None:
        seen.add(drawn, code)
        show_chart(drawn, key, code=code, **kwargs)

    def alone(text: str, key: str) -> None:
        seen.codes.add(text)
        offer(text, key)

    monkeypatch.setattr(player, "show", scene)
    monkeypatch.setattr(chart, "show", figure)
    monkeypatch.setattr(code, "offer", alone)
    return seen


def given(shown: Shown, folder: Path) -> str:
    """The one script of what was opened, which is short, and formatted as ruff would, outside this project."""
    (text,) = shown.codes
    assert text.count("\n") <= 65
    ruff = [sys.executable, "-m", "ruff"]
    rules = ["--isolated", "--line-length", "120", "-"]
    for check in (["format", "--diff"], ["check", "--select", "E,F,W,I,B,UP,SIM,C4,PIE,RET"]):
        done = subprocess.run([*ruff, *check, *rules], cwd=folder, input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    return text


def opened(view: str, shown: Shown, link: Mapping[str, str] = NO_CHOICES) -> AppTest:
    """The view as a visitor finds it, or as a link has it; `shown` holds what it shows."""
    page, _, slug = view.partition(":")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    if page != "home":
        for one in (shown.codes, shown.with_code, shown.pictures):
            one.clear()
        app.switch_page(f"pages/{page.replace('-', '_')}.py")
        if slug:
            app.query_params["view"] = slug
        for name, value in link.items():
            app.query_params[name] = value
        app.run()
    assert not app.exception and not app.error
    return app


def run(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Names, set[object], str]:
    """Run a script in a folder; answers its names, the pictures that it keeps as files, and what it prints."""
    kept: set[object] = set()
    save, figure = diffviz.save, diffviz.figure
    names: Names = {"__name__": "__main__"}
    printed = io.StringIO()
    with monkeypatch.context() as patched, contextlib.redirect_stdout(printed):
        patched.chdir(folder)
        patched.setattr(diffviz, "save", lambda scene, path: kept.add(identity(scene)) or save(scene, path))
        patched.setattr(diffviz, "figure", lambda drawn: kept.add(identity(drawn)) or figure(drawn))
        exec(compile(text, "script", "exec"), names)
    assert len(list(folder.glob("*.html"))) == len(kept)
    return names, kept, printed.getvalue()


@pytest.mark.slow
@pytest.mark.usefixtures("real_digits")
@pytest.mark.parametrize(
    ("view", "link"),
    [*((view, {}) for view in VIEWS if view not in LONG and not view.startswith("notes")), *OTHER_LOOKS],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else value,
)
def test_the_script_of_a_view_makes_the_pictures_that_it_shows(
    view: str, link: dict[str, str], shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(view, shown, link)
    text = given(shown, tmp_path)
    _, kept, printed = run(text, tmp_path, monkeypatch)
    if view == "home":  # its picture was made elsewhere and is shipped
        (there,), (here,) = shown.pictures, kept
        apart = numbers(there) != numbers(here)
        assert apart.mean() < 0.01
    else:
        assert shown.with_code <= kept <= shown.pictures
    page = " ".join(str(element.value) for element in (*app.markdown, *app.caption))
    page += " ".join(p.decode(errors="ignore") if isinstance(p, bytes) else str(p) for p in shown.pictures)
    told = re.sub(r"\bt = [\d.]+", "", printed)  # times are the clock's
    assert told.strip()
    absent = [number for number in re.findall(r"\d+\.\d+", told) if number not in page]
    assert not absent, f"{absent} of {printed}"


def choices(text: str, recipe: Callable[..., None]) -> Names:
    """What a script gives to the lines of its recipe: its assignments before them, carried out."""
    names = tuple(inspect.signature(recipe).parameters)
    head = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names)
    ]
    known: Names = {}
    exec(compile(ast.Module(head, []), "choices", "exec"), known)
    return {name: known[name] for name in names}


def shortened(value: Any, name: str = "") -> Any:
    """The same with fewer steps."""
    if name in SHORT:
        return SHORT[name]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {f.name: shortened(getattr(value, f.name), f.name) for f in fields(value) if f.init}
    return replace(value, **{name: part for name, part in changed.items() if part is not getattr(value, name)})


RUNS: dict[str, Callable[[Names], Run]] = {  # as the pages make them, of what a script has made
    "train": lambda n: TrainingRun(n["config"], n["problem"].data.points, n["seed"]),
    "train:objectives": lambda n: SideBySideRun(
        n["config"], n["problem"].data.points, n["seed"], known=n["problem"].exact
    ),
    "few-steps:distil": lambda n: StudentRun(
        n["config"].settings, n["evaluator"].teacher, n["evaluator"].points, n["config"].seed
    ),
    "few-steps:consistency": lambda n: StudentRun(n["settings"], n["teacher"], n["problem"].data.points, n["seed"]),
    "few-steps:learned": lambda n: BothLossesRun(n["settings"], n["teacher"], n["judge"].seed),
    "few-steps:straight": lambda n: StudentRun(
        n["config"].settings, n["evaluator"].teacher, n["evaluator"].fresh, n["config"].seed
    ),
    "digits:learn": lambda n: TrainingRun(n["settings"], n["config"].real, 0, weights=n["weights"]),
}


@pytest.mark.slow
@pytest.mark.usefixtures("real_digits")
@pytest.mark.parametrize("view", LONG)
def test_the_script_of_a_training_with_fewer_steps_ends_where_the_run_of_the_page_does(
    view: str, shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(view, shown)
    text = given(shown, tmp_path)
    short = {name: shortened(value, name) for name, value in choices(text, LONG[view]).items()}
    names, kept, printed = run(script(LONG[view], *short.values()), tmp_path, monkeypatch)
    assert len(kept) == 1
    if view not in RUNS:  # the sweep, which the page draws while it goes on
        config = names["config"]
        result = summarize_sweep(config, list(sweep_cells(config)), lanes.floor(config.problem, config.metric))
        assert kept == {identity(quality.compose(result, short["multiple"] * result.floor.mean))}
        return
    of_page = RUNS[view](names)
    of_page.start()
    of_page.join(60)
    assert of_page.latest is not None and of_page.latest.progress.step == names["progress"].steps
    assert torch.equal(names["progress"].weights, of_page.latest.progress.weights)
    assert printed or view == "digits:learn"


@pytest.mark.slow
@pytest.mark.parametrize("view", [view for view in VIEWS if view.startswith("notes")])
def test_the_script_of_a_chapter_measures_its_claims_as_the_page_does(
    view: str, shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(view, shown)
    text = given(shown, tmp_path)
    chosen = choices(text, notes.chapter)
    assert list(chosen["claims"]) == [row.claim for row in chapter(view.removeprefix("notes:")).rows if row.claim]
    slug = chosen["claims"][0]
    names, _, printed = run(script(notes.chapter, (slug,), chosen["seed"]), tmp_path, monkeypatch)
    app.button(key=f"notes.{slug}").click().run()
    assert line(CLAIMS[slug].quantity, names["result"]) in [element.value for element in app.markdown]
    assert ("not confirmed" in printed) is not names["result"].holds


@pytest.mark.slow
def test_a_run_whose_choices_have_changed_gives_no_code_that_would_make_another_picture(shown: Shown) -> None:
    app = opened("train", shown)
    app.button(key="train:start").click().run()
    assert shown.codes
    shown.codes.clear()
    app.slider(key="train.seed").set_value(1).run()
    assert not app.exception and not shown.codes
    app.button(key="train:reset").click().run()
    assert "seed = 1" in "".join(shown.codes)
