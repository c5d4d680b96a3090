"""`diffviz compare`: samplers at equal cost, ranked by their distance from the data."""

from __future__ import annotations

from collections.abc import Sequence

from diffviz.commands.output import print_json, print_table
from diffviz.commands.settings import chosen_lanes, chosen_problem, entry
from diffviz.estimate import format_estimate, format_seconds
from diffviz.experiments.race import RaceConfig, run_race
from diffviz.metrics import METRICS


def compare_command(
    samplers: Sequence[str], data: str, score: str, grid: str, metric: str, nfe: str, seed: str, as_json: bool
) -> None:
    """Race, rank, tell."""
    problem = chosen_problem(data, score, seed)
    lanes = chosen_lanes(samplers, nfe, grid, problem)
    result = run_race(RaceConfig(problem, lanes, entry(metric, METRICS, "metric")))
    floor = result.floor
    if as_json:
        rows = [
            {
                "sampler": one.lane.title,
                "grid": one.lane.where or None,
                "steps": one.lane.steps,
                "nfe": one.nfe,
                "distance": one.distance,
                "standard_error": one.error,
                "training_seconds": one.trained,
            }
            for one in result.ranked
        ]
        measure = result.config.metric.title
        print_json({"metric": measure, "floor": floor.mean, "floor_standard_error": floor.error, "ranking": rows})
        return
    table = [
        (
            one.lane.title,
            str(one.lane.steps),
            str(one.nfe),
            format_estimate(one.distance, one.error),
            format_seconds(one.trained),
        )
        for one in result.ranked
    ]
    table.append(("real data", "", "", format_estimate(floor.mean, floor.error), ""))
    title = f"{result.config.metric.title} to {type(problem.dataset).title}, {nfe} network calls"
    columns = 5 if any(one.trained is not None for one in result.lanes) else 4
    head = ("sampler", "steps", "calls", "distance", "trained in")[:columns]
    print_table(title, head, [row[:columns] for row in table])
