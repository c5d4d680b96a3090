"""`diffviz sample`: points of one sampler, written to a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffviz.commands.output import check_destination, print_json
from diffviz.commands.settings import chosen_lanes, chosen_problem, with_settings
from diffviz.config import ConfigError, quoted
from diffviz.experiments.sampling import SampleConfig, draw_samples

SUFFIXES = (".csv", ".npz")


def sample_command(
    sampler: str, path: Path, data: str, score: str, grid: str, nfe: str, count: str, seed: str, as_json: bool
) -> None:
    """Draw and write; raises `ConfigError` before anything is drawn if the file cannot be written."""
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"Points are written as {' or '.join(SUFFIXES)}, got {quoted(path.name)}.")
    check_destination(path)
    problem = chosen_problem(data, score, seed)
    (lane,) = chosen_lanes([sampler], nfe, grid, problem)
    config = with_settings(SampleConfig(problem, lane), [f"count={count}"])
    result = draw_samples(config)
    if path.suffix == ".csv":
        np.savetxt(path, result.raw, delimiter=",", header="x,y", comments="")
    else:
        np.savez(path, samples=result.raw, t=result.t)
    if as_json:
        print_json(
            {
                "path": str(path),
                "sampler": lane.title,
                "samples": config.count,
                "nfe": result.nfe,
                "seed": problem.seed,
            }
        )
    else:
        print(f"wrote {config.count:,} points of {lane.title}, {result.nfe} network calls each, to {path}")
