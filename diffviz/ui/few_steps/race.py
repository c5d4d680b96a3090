"""The race at N calls: solvers of the network's flow beside its students, and which of them to use."""

from __future__ import annotations

import streamlit as st

from diffviz.config import Choice
from diffviz.estimate import format_estimate, format_seconds
from diffviz.experiments.few_steps import digits as on_digits
from diffviz.experiments.few_steps import race as in_plane
from diffviz.experiments.few_steps.digits import DigitTable, digit_table, run_digit_path
from diffviz.experiments.few_steps.race import METRIC, FewStepsConfig, assemble_few_steps
from diffviz.experiments.few_steps.standings import Standing, Standings
from diffviz.experiments.problem import Problem
from diffviz.figures import few_steps as charts
from diffviz.pretrained.shapes import SHIPPED
from diffviz.pretrained.students import DIGITS, shipped_students
from diffviz.recipes import few_steps as recipes
from diffviz.scenes import race as plane_scene
from diffviz.scenes.few_steps import race as digit_scene
from diffviz.source_code import script
from diffviz.ui import chart, player
from diffviz.ui.cache import cached
from diffviz.ui.race import lanes, setup, tables
from diffviz.ui.shell import Page, View

SLUG, FIRST = "few-race", "swiss-roll"
SHAPES = {slug: type(known) for slug, known in SHIPPED.items()}

digit_lanes = cached("Opening the students of digits", usual=0.5)(on_digits.digit_lanes)
digit_path = cached("Drawing digits", usual=1)(run_digit_path)


def draw(page: Page) -> None:
    """Choose data and calls; race, measure, and say what to use."""
    with page.controls:
        data = page.form.option(
            "data", FIRST, Choice(offered(), "Data", "For which students come with the lab.", SHAPES)
        )
        numbers = on_digits.CALLS if data == DIGITS else in_plane.CALLS
        options = Choice({str(n): str(n) for n in numbers}, "Network calls", "That each may make.")
        calls = int(page.form.option("calls", "4", options))
        seed = page.form.field(Problem, "seed")
    with page.figure:
        standings = show_digits(calls, seed) if data == DIGITS else show_plane(data, calls, seed)
        left, right = st.columns(2, gap="medium")
        with left:
            chart.show(charts.over_calls(standings), key="few-race.calls")
        with right:
            chart.show(charts.over_cost(standings, calls), key="few-race.cost")
        st.markdown(answer(standings, calls))


def offered() -> dict[str, str]:
    """By slug the titles of the data for which students come with the lab, and of the first in any case."""
    shapes = {slug: type(known).title for slug, known in SHIPPED.items() if slug == FIRST or shipped_students(slug)}
    return shapes | ({DIGITS: "Digits"} if on_digits.TABLE.is_file() else {})


def show_plane(data: str, calls: int, seed: int) -> Standings:
    """Panes on one clock, and the ranking."""
    problem = setup.remembered(Problem(SHIPPED[data], seed=seed))
    results = [lanes.lane_result(problem, lane, METRIC) for lane in in_plane.all_lanes(problem.dataset)]
    config = FewStepsConfig(problem, str(calls))
    result = assemble_few_steps(config, results, lanes.floor(problem, METRIC))
    code = script(recipes.race, config)
    player.show(plane_scene.compose(result.race, columns=3), key="few-race.player", code=code)
    missing(data, [lane.lane.title for lane in result.race.lanes], calls)
    st.markdown(tables.ranking(result.race))
    st.caption(tables.ranking_caption(result.race))
    return result.standings


def show_digits(calls: int, seed: int) -> Standings:
    """Panes of digits on one clock, and the rows of the table that was measured beforehand."""
    paths = [digit_path(lane, seed) for lane in digit_lanes(calls)]
    player.show(digit_scene.digits(paths), key="few-race.player", code=script(recipes.digits, calls, seed))
    missing(DIGITS, [path.lane.title for path in paths], calls)
    table = digit_table()
    st.markdown(rows(table, calls))
    st.caption(
        f"Of {table.samples:,} digits each; in brackets 95 % intervals. Clear: the classifier is sure by more "
        f"than 0.9. Made by `{table.command}`."
    )
    return table.standings


def missing(data: str, shown: list[str], calls: int) -> None:
    """Say which students have not learned so many calls."""
    absent = [kind.title for kind in shipped_students(data).values() if kind.title not in shown]
    if absent:
        st.caption(f"Not here, as they did not learn {_number(calls)}: {', '.join(absent)}.")


def rows(table: DigitTable, calls: int) -> str:
    """Markdown: everybody at so many calls, the nearest first, and real digits."""
    at = sorted((cell for cell in table.cells if cell.calls == calls), key=lambda cell: cell.frechet)
    lines = ["| sampler | calls | MNIST-Fréchet | clear digits | trained in |", "|---|---:|---:|---:|---:|"]
    for cell in at:
        value, low, high = cell.frechet
        cost = format_seconds(cell.trained or None)
        lines.append(f"| {cell.title} | {calls} | {value:.0f} [{low:.0f}, {high:.0f}] | {cell.clear:.1%} | {cost} |")
    value, low, high = table.floor
    return "\n".join([*lines, f"| *real digits* | | *{value:.0f} [{low:.0f}, {high:.0f}]* | | |"])


def answer(standings: Standings, calls: int) -> str:
    """What to use at so many calls, in one sentence, from what was measured."""
    best, free = standings.recommended(calls), standings.cheapest(calls)
    others = [one.title for one in standings.at(calls) if one.equal and one is not best]
    cost = f"for {format_seconds(best.trained)} of training" if best.trained else "without any training"
    verdict = "it is visibly nearer than all others"
    if others:
        verdict = f"nobody is visibly nearer, and as near within the noise: {_listed(others)}"
    told = f"**At {_number(calls)} use {best.title}**: {_distance(best)} from real data, which are "
    told += f"{standings.floor:.3g} from one another in the mean, {cost}; {verdict}"
    if best.trained:
        told += f", and without training the nearest is {free.title} at {_distance(free)}"
    return f"{told}."


def _listed(titles: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(titles[:-1]), titles[-1]]))


def _distance(one: Standing) -> str:
    return format_estimate(one.distance, one.half)


def _number(calls: int) -> str:
    return f"{calls} call{'s' * (calls != 1)}"


VIEW = View(SLUG, "The race at N calls", "few-steps-race", draw, presented=("few-race.data", "few-race.calls"))
