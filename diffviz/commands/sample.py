"""`diffviz sample`: points of one sampler, written to a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffviz.commands.output import print_json
from diffviz.commands.settings import entry, lanes
from diffviz.config import ConfigError
from diffviz.data import DATASETS
from diffviz.experiments.problem import Problem
from diffviz.experiments.sampling import SampleConfig, draw_samples

SUFFIXES = (".csv", ".npz")


def sample_command(
    sampler: str, path: Path, data: str, score: str, grid: str, nfe: int, count: int, seed: int, as_json: bool
) -> None:
    """Draw and write; raises `ConfigError` before anything is drawn if the file cannot be written."""
    if path.suffix not in SUFFIXES or not path.parent.is_dir():
        raise ConfigError(f"{path} must end in {' or '.join(SUFFIXES)} and stand in a folder that exists.")
    (lane,) = lanes([sampler], nfe, grid, score)
    problem = Problem(entry(data, DATASETS, "data"), lane.source, seed=seed)
    result = draw_samples(SampleConfig(problem, lane, count))
    if path.suffix == ".csv":
        np.savetxt(path, result.raw, delimiter=",", header="x,y", comments="")
    else:
        np.savez(path, samples=result.raw, t=result.t)
    if as_json:
        print_json({"path": str(path), "sampler": lane.title, "samples": count, "nfe": result.nfe, "seed": seed})
    else:
        print(f"wrote {count:,} points of {lane.title}, {result.nfe} network calls each, to {path}")
