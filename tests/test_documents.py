"""What the documents say about the project is so: paths, rooms, and the diffs that an extension takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from diffviz.schedules import SCHEDULES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/extending.md", "docs/glossary.md")
ROOTS = {path.name for path in ROOT.iterdir()} - {".venv"}
# What the diffs of docs/extending.md add, by a word that stands in the names of its tests; and tests of the views.
ADDED = ("plms", "heart", "segments", "added")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def diffs() -> list[str]:
    return re.findall(r"```diff\n(.*?)```", read("docs/extending.md"), re.DOTALL)


def prose(name: str) -> str:
    """A document without its diffs."""
    return re.sub(r"```diff\n.*?```", "", read(name), flags=re.DOTALL)


def paths(text: str) -> set[str]:
    """What looks like a path of the project: names a file or folder of its root, or goes on from one."""
    words = [word.rstrip(".-") for word in re.findall(r"[\w./*-]*\w[\w./*-]*", text)]
    return {word for word in words if word.split("/")[0] in ROOTS and ("/" in word or "." in word)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_is_there(name: str) -> None:
    named = paths(prose(name))
    assert named or name == "docs/glossary.md"
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", prose(name))
    assert [target for target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []


def test_the_picture_of_the_rooms_is_the_import_contract() -> None:
    (picture,) = re.findall(r"## The rooms.*?```text\n(.*?)```", read("ARCHITECTURE.md"), re.DOTALL)
    drawn = [re.split(r"\s{2,}", line)[0] for line in picture.splitlines()]
    (contract,) = (
        contract
        for contract in tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    assert drawn == contract["layers"]


def test_every_package_has_a_room() -> None:
    (picture,) = re.findall(r"## The rooms.*?```text\n(.*?)```", read("ARCHITECTURE.md"), re.DOTALL)
    drawn = {room for line in picture.splitlines() for room in re.split(r"\s{2,}", line)[0].split(" | ")}
    folder = ROOT / "diffviz"
    packages = {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()}
    assert packages | {path.stem for path in folder.glob("*.py")} - {"__init__"} == drawn


@pytest.mark.slow
def test_an_extension_is_its_diff_and_the_contract_tests_see_it(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git on this machine, which applies the diffs")
    for name in ("diffviz", "tests", "pages", "content", ".streamlit"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    for diff in diffs():
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, text=True, check=True)
    (tmp_path / "tests" / "test_added.py").write_text(ADDED_TESTS, encoding="utf-8")
    suites = ("tests/contracts", "tests/samplers/test_flow.py", "tests/player/test_layers.py", "tests/test_added.py")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *suites, "-k", " or ".join(ADDED)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    passed = {word: len(re.findall(rf"::.*{word}.* PASSED", ran.stdout)) for word in ADDED}
    assert all(passed.values()) and passed["plms"] > 2 * len(SCHEDULES)  # on each, in the plane and on images


ADDED_TESTS = """
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import diffviz
from diffviz.cli import main

ROOT = Path(__file__).parents[1]


def test_added_code_is_what_runs():
    assert Path(diffviz.__file__).is_relative_to(ROOT)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("race", {"race.pane1": "plms-2", "data": "heart", "score": "exact"}),
        ("race", {"view": "anatomy", "anatomy.samplers": "plms-2", "score": "exact"}),
        ("race", {"view": "guidance", "guidance.scale": "1.0"}),
        ("roll", {"particles": "100"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_added_views_draw(page, link):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    for name, value in link.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception and not app.error and not app.info


def test_added_sampler_is_compared(capsys):
    assert main(["compare", "plms-2:share=0.3", "ddim", "--data", "heart", "--score", "exact", "--json"]) == 0
    assert "PLMS 2, c = 0.3" in capsys.readouterr().out
"""
