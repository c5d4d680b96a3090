"""The built wheel holds the whole app, and where it is installed it serves every page, from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Serve

ROOT = Path(__file__).parents[2]
WAIT = 60_000
OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
pytestmark = pytest.mark.slow


def files(folder: str) -> dict[str, bytes]:
    """What stands under a folder of the checkout, by its path in there; not what Python compiled."""
    paths = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(ROOT / folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment that holds the wheel, and sees the libraries of the running one."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    install = ["pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    # Only now, or pip would take an installed checkout for this wheel. Python reads no .pth file of a folder that is
    # itself named in one, so that the checkout stays out of sight.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def test_the_wheel_holds_the_package_and_the_app(wheel: Path) -> None:
    lab = {"app.py": (ROOT / "app.py").read_bytes()}
    lab[".streamlit/config.toml"] = (ROOT / ".streamlit" / "config.toml").read_bytes()
    for folder in ("pages", "content", "assets"):
        lab |= {f"{folder}/{name}": data for name, data in files(folder).items()}
    del lab["assets/screenshot.png"]
    fonts = {name: lab.pop(f"assets/fonts/{name}") for name in files("assets/fonts")}
    lab |= {f"static/{name}": data for name, data in fonts.items()}
    expected = {f"diffviz/{name}": data for name, data in files("diffviz").items()}
    expected |= {f"diffviz/lab/{name}": data for name, data in lab.items()}
    with ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert sorted(held) == sorted(expected)
    assert [name for name in held if held[name] != expected[name]] == []


@pytest.mark.browser
def test_installed_it_serves_every_page_from_any_folder(
    commands: Path, serve: Serve, page: Page, tmp_path: Path
) -> None:
    command = [commands / "python", "-c", "import diffviz; print(diffviz.__file__)"]
    place = subprocess.run(command, cwd=tmp_path, env=OUTSIDE, capture_output=True, text=True, check=True).stdout
    assert Path(place).is_relative_to(commands.parent)
    (tmp_path / ".streamlit").mkdir()  # another app's theme, where the lab happens to be started
    (tmp_path / ".streamlit" / "config.toml").write_text('[theme]\nfont = "monospace"\n', encoding="utf-8")
    fonts: dict[str, int] = {}
    page.on("response", lambda answer: fonts.update({answer.url: answer.status} if ".woff2" in answer.url else {}))
    page.set_default_timeout(WAIT)
    title = page.get_by_role("heading", level=1)
    with serve(commands / "diffviz", "app", "--no-browser", "--port", cwd=tmp_path, env=OUTSIDE) as address:
        page.goto(f"{address}/race")
        expect(title).to_have_text("Sampler race", timeout=WAIT)
        for name in ("Home", "Forward SDE", "Train live", "Digits"):
            expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
        page.get_by_text("as near as real data are").wait_for(state="attached")  # in the fold of the ranking
        page.locator(".player[data-paints]").wait_for()
        assert title.evaluate("title => getComputedStyle(title).fontFamily").startswith('"Source Serif"')
        loaded = "[...document.fonts].filter(font => font.status == 'loaded').map(font => font.family)"
        assert {"Inter", "Source Serif"} <= set(page.evaluate(loaded))
        assert fonts.get(f"{address}/app/static/inter-latin-wght-normal.woff2") == 200
        for name in sorted({script.stem for script in (ROOT / "pages").glob("*.py")} - {"race"}):
            words = (ROOT / "content" / "en" / f"{name.replace('_', '-')}.md").read_text(encoding="utf-8")
            page.goto(f"{address}/{name.replace('home', '').replace('_', '-')}")
            expect(title).to_have_text(words.splitlines()[0].removeprefix("# "), timeout=WAIT)
            shown = ".stMarkdown h4" if name in ("glossary", "notes") else ".player[data-paints]"
            page.locator(shown).first.wait_for()
            assert page.get_by_role("alert").count() == 0
