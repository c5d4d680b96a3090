"""`diffviz compare` and `diffviz sweep` tell the numbers of the experiments they run."""

from __future__ import annotations

import json
import math

from diffviz.data import Ring
from diffviz.experiments.lane import Lane
from diffviz.experiments.problem import ExactSource, Problem
from diffviz.experiments.race import RaceConfig, run_race
from diffviz.experiments.sweep import SweepConfig, run_sweep
from diffviz.metrics import EnergyDistance
from diffviz.samplers import DDIM, DDPM, DPMSolverPP2M, ProbabilityFlowHeun
from tests.commands.conftest import Diffviz

EXACT = ExactSource()
RING = Problem(Ring(), EXACT, seed=2)
ON_THE_RING = ("--data", "ring", "--score", "exact", "--seed", 2)


def test_the_ranking_is_that_of_the_race(diffviz: Diffviz) -> None:
    status, out, err = diffviz("compare", "ddpm", "dpmpp-2m", "flow-heun", "--nfe", 8, *ON_THE_RING, "--json")
    assert status == 0 and err == ""
    told = json.loads(out)
    lanes = (Lane(DDPM(), steps=8), Lane(DPMSolverPP2M(), steps=8), Lane(ProbabilityFlowHeun(), steps=4))
    race = run_race(RaceConfig(RING, tuple(Lane(lane.sampler, lane.grid, lane.steps, EXACT) for lane in lanes)))
    expected = [
        {
            "sampler": one.lane.title,
            "grid": one.lane.where,
            "steps": one.lane.steps,
            "nfe": one.nfe,
            "distance": one.distance,
            "standard_error": one.error,
            "training_seconds": None,
        }
        for one in race.ranked
    ]
    assert told["ranking"] == expected and [row["nfe"] for row in expected] == [8, 8, 8]
    assert (told["floor"], told["floor_standard_error"]) == (race.floor.mean, race.floor.error)
    assert told["metric"] == race.config.metric.title


def test_the_table_says_the_same_in_short(diffviz: Diffviz) -> None:
    words = ("compare", "ddpm", "dpmpp-2m", *ON_THE_RING)
    rows = json.loads(diffviz(*words, "--json").out)["ranking"]
    status, out, err = diffviz(*words)
    assert status == 0 and err == ""
    lines = [line for line in out.splitlines() if "±" in line]
    assert [line.split("│")[1].strip() for line in lines] == [*(row["sampler"] for row in rows), "real data"]
    told = [float(line.split("│")[4].split("±")[0]) for line in lines[:-1]]
    assert all(math.isclose(short, row["distance"], abs_tol=6e-4) for short, row in zip(told, rows, strict=True))


def test_the_sweep_measures_every_sampler_at_every_budget(diffviz: Diffviz) -> None:
    words = ("sweep", "ddim", "flow-heun", "--budgets", "1,4,8", "--metric", "energy", *ON_THE_RING)
    status, out, err = diffviz(*words, "--json")
    assert status == 0 and err == ""
    told = json.loads(out)
    samplers = (DDIM(), ProbabilityFlowHeun())
    result = run_sweep(SweepConfig(RING, samplers, metric=EnergyDistance(), soon=(1, 4, 8), later=()))
    expected = [
        {
            "sampler": point.sampler.title,
            "nfe": point.nfe,
            "steps": point.steps,
            "distance": point.mean,
            "standard_error": point.error,
        }
        for series in result.series
        for point in series.budgets
    ]
    assert told == {"metric": EnergyDistance.title, "floor": result.floor.mean, "points": expected}
    calls = [(row["sampler"], row["nfe"]) for row in expected]  # Heun needs two calls a step, so that 1 pays for none
    assert calls == [("DDIM", 1), ("DDIM", 4), ("DDIM", 8), (samplers[1].title, 4), (samplers[1].title, 8)]
