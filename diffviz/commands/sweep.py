"""`diffviz sweep`: quality against cost, over budgets of network calls."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from diffviz.commands.output import print_json, print_table, progress_bar
from diffviz.commands.settings import NFE, chosen_entrants, chosen_problem, entry
from diffviz.estimate import format_estimate
from diffviz.experiments.sweep import MeasuredBudget, SweepConfig, summarize_sweep, sweep_cells
from diffviz.grids import GRIDS
from diffviz.metrics import METRICS


def sweep_command(
    samplers: Sequence[str],
    data: str,
    score: str,
    grid: str,
    metric: str,
    budgets: str,
    seed: str,
    as_json: bool,
) -> None:
    """Measure every cell, with a bar of how far it is, and tell."""
    problem = chosen_problem(data, score, seed)
    config = SweepConfig(
        problem,
        chosen_entrants(samplers, problem),
        entry(grid, GRIDS, "grid"),
        entry(metric, METRICS, "metric"),
        soon=tuple(NFE.parse("budgets", text, int) for text in budgets.split(",")),
        later=(),
    )
    measured = []
    with progress_bar(len(config.plan), "cells") as bar:
        for cell in sweep_cells(config):
            measured.append(cell)
            bar.advance(bar.task_ids[0])
    result = summarize_sweep(config, measured, problem.floor(config.metric))
    for fault in result.faults:
        print(fault, file=sys.stderr)
    points = [point for series in result.series for point in series.budgets]
    if as_json:
        rows = [
            {
                "sampler": point.sampler.title,
                "nfe": point.nfe,
                "steps": point.steps,
                "distance": point.mean,
                "standard_error": point.error,
            }
            for point in points
        ]
        print_json({"metric": config.metric.title, "floor": result.floor.mean, "points": rows})
        return
    table = [(point.sampler.title, str(point.nfe), str(point.steps), _distance(point)) for point in points]
    floor = format_estimate(result.floor.mean, result.floor.error)
    title = f"{config.metric.title} to {type(problem.dataset).title}; real data: {floor}"
    print_table(title, ("sampler", "calls", "steps", "distance"), table)


def _distance(point: MeasuredBudget) -> str:
    return "not measured" if math.isnan(point.mean) else format_estimate(point.mean, point.error)
