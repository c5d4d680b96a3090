"""Bad input is one sentence on the error stream, exit status 2, and nothing written or printed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from diffviz.config import ConfigError
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem
from diffviz.experiments.sampling import SampleConfig
from diffviz.samplers import DDIM
from tests.commands.conftest import Diffviz

BAD = {
    "no such command": "simple",
    "no such option": "sample ddim a.csv --sampler ddpm",
    "an argument is missing": "sample ddim",
    "an option without its value": "compare ddim --nfe",
    "a sampler that is not listed": "sample dimm a.csv",
    "a parameter that is not there": "sample ddim:theta=1 a.csv",
    "a parameter without a value": "sample ddim:eta a.csv",
    "a parameter out of range": "compare ddim:eta=2",
    "a data set that is not listed": "compare ddim --data rings",
    "a score that is not listed": "compare ddim --score guessed",
    "a grid that is not listed": "compare ddim --grid even",
    "a distance that is not listed": "compare ddim --metric fid",
    "calls in words": "compare ddim --nfe ten",
    "no calls": "compare ddim --nfe 0",
    "half a call": "compare ddim --nfe 2.5",
    "a seed out of range": "compare ddim --seed 100",
    "no points": "sample ddim a.csv --count 0",
    "points without end": "sample ddim a.csv --count inf",
    "points in words": "sample ddim a.csv --count many",
    "a file of another kind": "sample ddim a.xlsx",
    "a folder that is not there": "sample ddim nowhere/a.csv",
    "a folder in place of a file": "sample ddim folder.csv",
    "a budget in words": "sweep ddim --budgets 5,few",
    "a budget left out": "sweep ddim --budgets 5,,10",
    "no budget": "sweep ddim --budgets 0",
    "an experiment that is not listed": "export races a.html",
    "an ending that the experiment has not": "export forward a.pdf",
    "a table of a scene without a chart": "export forward a.csv",
    "a setting that is not there": "export race a.html --set problem.sed=3",
    "a setting without a value": "export race a.html --set problem.seed",
    "a setting in a setting": "export race a.html --set problem.seed.low=3",
    "a setting out of range": "export race a.html --set problem.seed=100",
    "a setting that needs more than a word": "export race a.html --set lanes=ddim",
    "an export into nowhere": "export race nowhere/a.html",
    "a clock beyond its end": "export race a.png --at 1.5",
    "a port out of range": "app --port 99999 --no-browser",
    "data to learn that are not listed": "train rings a.safetensors",
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
def test_it_is_told_in_one_sentence(
    diffviz: Diffviz, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    status, out, err = diffviz(*shlex.split(line))
    assert status == 2 and out == ""
    assert err.startswith("diffviz: ") and err.endswith(".\n") and err.count("\n") == 1
    assert ". " not in err and "Error" not in err
    assert [path.name for path in tmp_path.rglob("*")] == ["folder.csv"]


def _sentence(build: object) -> str:
    with pytest.raises(ConfigError) as error:
        build()  # type: ignore[operator]
    return f"diffviz: {error.value}\n"


def test_a_range_is_told_in_the_sentence_of_its_configuration(diffviz: Diffviz, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert diffviz("compare", "ddim:eta=2").err == _sentence(lambda: DDIM(eta=2.0))
    assert diffviz("compare", "ddim", "--seed", 100).err == _sentence(lambda: Problem(seed=100))
    assert diffviz("sample", "ddim", path, "--count", 0).err == _sentence(lambda: SampleConfig(count=0))
    html = path.with_suffix(".html")
    assert diffviz("export", "digits", html, "--set", "lane.steps=0").err == _sentence(lambda: Lane(steps=0))
