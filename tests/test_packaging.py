"""What the project promises of its own files: pins inside the ranges, small modules, a library without streamlit."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import diffviz

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
LIBRARY = sorted((ROOT / "diffviz").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level names of the packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def pins(path: str) -> dict[str, str]:
    """Version by name; a line that pins none fails."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)


@pytest.mark.parametrize(
    ("path", "ranges"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("tests/requirements.txt", EXTRAS["test"]),
    ],
)
def test_every_requirement_is_pinned_inside_its_range(path: str, ranges: list[str]) -> None:
    requirements = {requirement.name: requirement for requirement in map(Requirement, ranges)}
    pinned = pins(path)
    assert pinned.keys() == requirements.keys()
    assert not [name for name, version in pinned.items() if not requirements[name].specifier.contains(version)]


def test_what_records_is_pinned_with_the_test_tools() -> None:
    assert set(EXTRAS["record"]) <= set(EXTRAS["test"])


def test_the_readme_names_the_torch_that_is_pinned() -> None:
    assert f"torch=={pins('requirements.txt')['torch']}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_one_version_is_said_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert diffviz.__version__ == PROJECT["version"]


def test_files_stay_small() -> None:
    limits = dict.fromkeys(LIBRARY, 320) | dict.fromkeys((ROOT / "pages").glob("*.py"), 120)
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in limits}
    assert not [str(path.relative_to(ROOT)) for path in limits if lengths[path] > limits[path]]


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not {path.stem for path in LIBRARY} & {"utils", "util", "helpers", "common", "misc"}


def test_only_ui_imports_streamlit() -> None:
    outside = [path for path in LIBRARY if (ROOT / "diffviz" / "ui") not in path.parents]
    assert not [str(path.relative_to(ROOT)) for path in outside if "streamlit" in imported(path)]
