"""Data in few network calls: students of a trained network, and learned time steps."""

from __future__ import annotations

import torch

from diffviz.data import Dataset
from diffviz.distillation.consistency import Consistency
from diffviz.estimate import format_estimate
from diffviz.experiments.evaluator import learning_problem
from diffviz.experiments.few_steps.consistency import ConsistencyJudge, ConsistencyObserver
from diffviz.experiments.few_steps.digits import digit_lanes, digit_table, run_digit_path
from diffviz.experiments.few_steps.distil import DistilConfig, DistilEvaluator, DistilObserver
from diffviz.experiments.few_steps.learned import StepsJudge, StepsObserver, own_errors
from diffviz.experiments.few_steps.race import FewStepsConfig, run_few_steps
from diffviz.experiments.few_steps.straight import StraightConfig, StraightEvaluator, StraightObserver
from diffviz.figures import few_steps as charts
from diffviz.figures.page import figure
from diffviz.player import save
from diffviz.pretrained.shapes import shipped_teacher
from diffviz.scenes import race as race_scene
from diffviz.scenes.few_steps import consistency as consistency_scene
from diffviz.scenes.few_steps import distil as distil_scene
from diffviz.scenes.few_steps import learned as learned_scene
from diffviz.scenes.few_steps import race as digits_scene
from diffviz.scenes.few_steps import straight as straight_scene


def distil(config: DistilConfig) -> None:
    """Progressive distillation: in every round a student learns to make one step of two of its teacher's."""
    evaluator = DistilEvaluator(config)
    teacher, points = evaluator.teacher, torch.tensor(evaluator.points, dtype=torch.float32)

    # The training is a generator that yields after every step.
    for progress in config.settings.learn(teacher, points, config.seed):
        if progress.step % 500 == 0:
            print(f"step {progress.step} of {progress.steps}")

    # Every round beside DDIM with the teacher in as many steps.
    student = config.settings.state(teacher, config.seed).load(progress.weights)
    look = DistilObserver(evaluator)(student, progress)
    for one in look.rounds:
        by_ddim = evaluator.setting.ddim[one.calls].measures
        print(f"{one.calls} steps: sliced W₂ {one.w2:.3f}, DDIM {by_ddim.w2:.3f}")

    # A file that plays in any browser, offline.
    scene = distil_scene.compose(evaluator.setting, look, look.rounds[-1].calls)
    save(scene, "distil.html")


def consistency(dataset: Dataset, settings: Consistency, seed: int) -> None:
    """A consistency map learns to say, from any point of a path of the flow, where the path ends."""
    teacher = shipped_teacher(dataset)
    problem = learning_problem(dataset, teacher.settings.schedule, seed)
    points = torch.tensor(problem.data.points, dtype=torch.float32)

    # The training is a generator that yields after every step.
    for progress in settings.learn(teacher, points, seed):
        if progress.step % 500 == 0:
            print(f"step {progress.step} of {progress.steps}: loss {progress.smooth_loss:.4f}")

    # Samples of the map in few calls.
    judge = ConsistencyJudge(problem, teacher)
    student = settings.state(teacher, seed).load(progress.weights)
    look = ConsistencyObserver(judge)(student, progress)
    for calls, distance in zip(look.samples, look.distances[-1], strict=True):
        print(f"{calls} calls: sliced W₂ {distance:.3f} (real data among themselves: {judge.setting.floor.mean:.3f})")

    # A file that plays in any browser, offline.
    scene = consistency_scene.along_the_flow(judge.setting, look, progress.steps)
    save(scene, "consistency.html")


def learned(judge: StepsJudge, shares: tuple[float, ...]) -> None:
    """Time steps learn through the solver (LD3), with a hard and with a soft loss; shares: a grid of one's own."""
    teacher, settings = judge.teacher, judge.settings

    # The training is a generator that yields after every step; it draws its own noise and needs no data.
    for progress in settings.learn(teacher, torch.zeros(1, 2), judge.seed):
        if progress.step % 100 == 0:
            print(f"step {progress.step} of {progress.steps}")

    # How far from the exact flow the solver ends on each grid.
    students = settings.state(teacher, judge.seed).load(progress.weights)
    look, own = StepsObserver(judge)(students, progress), own_errors(judge, shares)
    ways = {**judge.setting.fixed, "yours": own, "L_hard": look.lanes[0].errors, "L_soft": look.lanes[1].errors}
    at = judge.setting.shown
    for name, errors in ways.items():
        print(f"{name}: error {errors.rmse[at]:.3f} (RMS), sliced W₂ to data {errors.distance[at]:.3f}")

    # A file that plays in any browser, offline.
    scene = learned_scene.compose(judge.setting, look, own, progress.steps)
    save(scene, "learned-steps.html")


def straight(config: StraightConfig, calls: int) -> None:
    """Rectified flow: after reflow paths are straight, and a few Euler steps follow them."""
    evaluator = StraightEvaluator(config)
    teacher, points = evaluator.teacher, torch.tensor(evaluator.fresh, dtype=torch.float32)

    # The training is a generator that yields after every step.
    for progress in config.settings.learn(teacher, points, config.seed):
        if progress.step % 500 == 0:
            print(f"step {progress.step} of {progress.steps}: loss {progress.smooth_loss:.4f}")

    # S is 0 and length over chord is 1 where paths are straight.
    student = config.settings.state(teacher, config.seed).load(progress.weights)
    look, setting = StraightObserver(evaluator)(student, progress), evaluator.setting
    for name, flow in {"curved": setting.curved, "first rectified flow": setting.first, "after reflow": look}.items():
        print(f"{name}: S {flow.straightness:.3f}, length / chord {flow.length:.2f}")

    # A file that plays in any browser, offline.
    scene = straight_scene.compose(setting, look, calls)
    save(scene, "straight.html")


def race(config: FewStepsConfig) -> None:
    """Solvers of a network's flow and students of the network, each in so many network calls."""
    result = run_few_steps(config)
    for lane in result.race.ranked:
        print(f"{lane.lane.title}: {format_estimate(lane.distance, lane.error)} in {lane.nfe} calls")

    # A file that plays in any browser, offline, and charts with hover and zoom.
    scene = race_scene.compose(result.race, columns=3)
    save(scene, "few-steps.html")
    for chart in (charts.over_calls(result.standings), charts.over_cost(result.standings, int(config.calls))):
        figure(chart).write_html(f"{chart.title}.html")


def digits(calls: int, seed: int) -> None:
    """Solvers and students draw digits in so many network calls; how well they do was measured and is shipped."""
    paths = [run_digit_path(lane, seed) for lane in digit_lanes(calls)]
    table = digit_table()
    for cell in table.cells:
        if cell.calls == calls:
            print(f"{cell.title}: MNIST-Fréchet {cell.frechet.value:.0f}, {cell.clear:.1%} clear digits")

    # A file that plays in any browser, offline, and charts with hover and zoom.
    scene = digits_scene.digits(paths)
    save(scene, "few-steps-digits.html")
    for chart in (charts.over_calls(table.standings), charts.over_cost(table.standings, calls)):
        figure(chart).write_html(f"{chart.title}.html")
