"""The ten lines of the README do what they say."""

import re
from pathlib import Path

from diffviz.data import SwissRoll, prepare
from diffviz.metrics import sliced_w2

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_trains_samples_and_saves(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert sum(map(bool, code.splitlines())) == 10
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    saved = (tmp_path / "roll.html").read_text(encoding="utf-8")
    assert "<script" in saved
    assert "http://" not in saved.replace("http://www.w3.org", "")
    assert sliced_w2(names["run"].final.double().numpy(), prepare(SwissRoll(), 5000, 1).points) < 0.15


def test_the_first_two_commands_come_first():
    assert re.search(r"\A# diffviz\n\n    make app.*\n    make test", README)
