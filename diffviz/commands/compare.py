"""`diffviz compare`: samplers at equal cost, ranked by their distance from the data."""

from __future__ import annotations

from collections.abc import Sequence

from diffviz.commands.output import print_json, print_table
from diffviz.commands.settings import entry, lanes
from diffviz.data import DATASETS
from diffviz.estimate import format_estimate
from diffviz.experiments.problem import Problem
from diffviz.experiments.race import RaceConfig, run_race
from diffviz.metrics import METRICS


def compare_command(
    samplers: Sequence[str], data: str, score: str, grid: str, metric: str, nfe: int, seed: int, as_json: bool
) -> None:
    """Race, rank, tell."""
    chosen = lanes(samplers, nfe, grid, score)
    problem = Problem(entry(data, DATASETS, "data"), chosen[0].source, seed=seed)
    result = run_race(RaceConfig(problem, chosen, entry(metric, METRICS, "metric")))
    floor = result.floor
    if as_json:
        rows = [
            {
                "sampler": one.lane.title,
                "grid": one.lane.grid.title,
                "steps": one.lane.steps,
                "nfe": one.nfe,
                "distance": one.distance,
                "standard_error": one.error,
            }
            for one in result.ranked
        ]
        measure = result.config.metric.title
        print_json({"metric": measure, "floor": floor.mean, "floor_standard_error": floor.error, "ranking": rows})
        return
    table = [
        (one.lane.title, str(one.lane.steps), str(one.nfe), format_estimate(one.distance, one.error))
        for one in result.ranked
    ]
    table.append(("real data", "", "", format_estimate(floor.mean, floor.error)))
    title = f"{result.config.metric.title} to {type(problem.dataset).title}, {nfe} network calls"
    print_table(title, ("sampler", "steps", "calls", "distance"), table)
