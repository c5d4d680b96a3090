"""What the project promises of its own files: one set of dependencies, small modules, a library without streamlit."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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


def test_requirements_and_project_name_the_same_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert sorted((ROOT / "requirements.txt").read_text().split("\n")[:-1]) == sorted(project["dependencies"])


def test_test_tools_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert all("==" in tool for tool in project["optional-dependencies"]["test"])


def test_files_stay_small() -> None:
    limits = dict.fromkeys(LIBRARY, 320) | dict.fromkeys((ROOT / "pages").glob("*.py"), 120)
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in limits}
    assert not [str(path.relative_to(ROOT)) for path in limits if lengths[path] > limits[path]]


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not {path.stem for path in LIBRARY} & {"utils", "util", "helpers", "common", "misc"}


def test_only_ui_imports_streamlit() -> None:
    outside = [path for path in LIBRARY if (ROOT / "diffviz" / "ui") not in path.parents]
    assert not [str(path.relative_to(ROOT)) for path in outside if "streamlit" in imported(path)]
