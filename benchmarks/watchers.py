"""Whether those who watch a training slow it down: `python -m benchmarks.watchers` prints a Markdown table.

N runs of the training page's default in one process, each looked at by one watcher, who makes the page's picture and
its bytes twice and a half a second, as a browser asks for them. Runs differ in their seed of training and share their
data, as they do for a class that opens one link. After a warm-up, steps of all runs are counted for some seconds, and
the CPU time of each tick by its thread: the wall time of a tick says how long a browser waits, and depends on who else
is there. At most eight runs train at a time; the others stand in line, and so do those who watch them. The load is how
many threads of the whole machine wanted to run, over the last minute: steps a second compare at equal load only.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from dataclasses import dataclass, field

import torch

from diffviz.data import DATASETS
from diffviz.experiments.evaluator import Evaluator, learning_problem
from diffviz.experiments.learning import Observer
from diffviz.runs.run import TrainingRun
from diffviz.scenes import learning as scenes
from diffviz.schedules import Cosine
from diffviz.training.loop import TrainingConfig

COUNTS, TICK, SHARE = (1, 2, 4, 8, 12), 0.4, 0.3
WARM_UP, MEASURED = 2.0, 8.0  # seconds


@dataclass
class Watcher:
    """Looks at a run at every tick, as the page does, until it is told to leave."""

    run: TrainingRun
    evaluator: Evaluator
    gone: threading.Event
    wall: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    def watch(self) -> None:
        """One tick after another, on a thread of its own."""
        torch.set_num_threads(1)
        while not self.gone.wait(TICK):
            wall, work = time.perf_counter(), time.thread_time()
            self.run.touch()
            if self.picture():
                self.wall.append(time.perf_counter() - wall)
                self.work.append(time.thread_time() - work)

    def picture(self) -> bytes:
        """What the browser is sent; nothing before the run's first snapshot."""
        snapshot = self.run.latest
        if snapshot is None:
            return b""
        evaluation = snapshot.evaluation.at(self.evaluator, self.run.model, SHARE)
        fields = self.evaluator.fields(evaluation.learned[None], [evaluation.t])
        return scenes.live(self.evaluator.setting, snapshot, evaluation, fields).payload()


def watched(count: int, evaluator: Evaluator) -> str:
    """The row of `count` runs and as many watchers."""
    points = torch.tensor(evaluator.problem.data.points, dtype=torch.float32)
    gone = threading.Event()
    runs = [TrainingRun(TrainingConfig(steps=1_000_000), points, k, Observer(evaluator, SHARE)) for k in range(count)]
    watchers = [Watcher(run, evaluator, gone) for run in runs]
    threads = [threading.Thread(target=watcher.watch) for watcher in watchers]
    for worker in (*runs, *threads):
        worker.start()
    try:
        time.sleep(WARM_UP)
        for watcher in watchers:
            watcher.wall.clear()
            watcher.work.clear()
        steps, wall, work = trained(runs), time.perf_counter(), time.process_time()
        time.sleep(MEASURED)
        steps, wall, work = trained(runs) - steps, time.perf_counter() - wall, time.process_time() - work
    finally:
        gone.set()
        for run in runs:
            run.stop()
        for worker in (*runs, *threads):
            worker.join()
    waits, ticks = ([t for watcher in watchers for t in getattr(watcher, name)] for name in ("wall", "work"))
    own = sum(ticks) / work
    return (
        f"| {count} | {steps / wall:.0f} | {1000 * work / steps:.2f} | {work / wall:.2f} | {100 * own:.0f} % | "
        f"{1000 * statistics.median(ticks):.1f} | {statistics.median(waits):.3f} | {os.getloadavg()[0]:.1f} |"
    )


def trained(runs: list[TrainingRun]) -> int:
    """The steps that all runs have made, as far as they have been looked at."""
    return sum(run.latest.progress.step for run in runs if run.latest)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    evaluator = Evaluator(learning_problem(DATASETS["swiss-roll"](), Cosine(), 0))
    assert evaluator.setting  # what stands still is there before anybody looks
    columns = (
        "runs and watchers",
        "steps/s, all runs",
        "CPU ms a step, looks and ticks included",
        "cores used",
        "share of ticks",
        "CPU ms a tick",
        "s a tick",
        "load",
    )
    print(f"# Watchers\n\n| {' | '.join(columns)} |\n|{' ---: |' * len(columns)}", flush=True)
    for count in COUNTS:
        print(watched(count, evaluator), flush=True)


if __name__ == "__main__":
    main()
