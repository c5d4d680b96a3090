"""`diffviz sample` writes the points that the library draws, the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from diffviz.data import Ring
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import Problem
from diffviz.experiments.sampling import SampleConfig, draw_samples
from diffviz.grids import Karras
from diffviz.samplers import DDIM
from tests.commands.conftest import Diffviz

LINE = ("sample", "ddim:eta=0.5")
OPTIONS = ("--data", "ring", "--grid", "karras:rho=5", "--nfe", 7, "--count", 50)


def _points(path: Path) -> np.ndarray:
    if path.suffix == ".npz":
        return np.asarray(np.load(path)["samples"])
    return np.loadtxt(path, delimiter=",", skiprows=1)


@pytest.mark.parametrize("ending", [".csv", ".npz"])
def test_a_seed_reproduces(diffviz: Diffviz, tmp_path: Path, ending: str) -> None:
    one, again, other = (tmp_path / f"{name}{ending}" for name in ("one", "again", "other"))
    for path, seed in ((one, 3), (again, 3), (other, 4)):
        status, out, err = diffviz(*LINE, path, *OPTIONS, "--seed", seed)
        assert status == 0 and err == "" and out.startswith("wrote 50 points") and str(path) in out
    assert one.read_bytes() == again.read_bytes()
    assert _points(one).shape == _points(other).shape == (50, 2)
    assert not np.isclose(_points(one), _points(other)).any(axis=1).all()
    config = SampleConfig(Problem(Ring(), seed=3), Lane(DDIM(eta=0.5), Karras(rho=5.0), 7), 50)
    np.testing.assert_allclose(_points(one), draw_samples(config).raw, rtol=0, atol=1e-12)


def test_csv_names_its_columns_and_npz_keeps_the_times(diffviz: Diffviz, tmp_path: Path) -> None:
    for name in ("a.csv", "a.npz"):
        diffviz(*LINE, tmp_path / name, *OPTIONS)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[0] == "x,y"
    kept = np.load(tmp_path / "a.npz")
    assert set(kept) == {"samples", "t"} and kept["t"].shape == (8,) and (np.diff(kept["t"]) < 0).all()
    np.testing.assert_allclose(_points(tmp_path / "a.csv"), kept["samples"], rtol=1e-15)


def test_as_json(diffviz: Diffviz, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    told = json.loads(diffviz(*LINE, path, *OPTIONS, "--json").out)
    assert told == {"path": str(path), "sampler": "DDIM, η = 0.5", "samples": 50, "nfe": 7, "seed": 0}
