"""How many digits are clear after a minute of live training: `python -m benchmarks.live_digits [--busy] [--before]`.

The run of the page, from scratch and with its defaults, in a worker thread with the page's looks: after 60 s and 90 s
of wall time its weights are kept, and draw 200 digits by 20 calls of DDIM once it has been stopped. Three runs, of
seeds 0 to 2, one after the other. Printed, as medians and as single values: the share of clear digits by each judge,
and that of digits which are clear and lie among real ones, as the page counts them (experiments/digits/clear.py): of
pure noise the judges call much clear. --busy: another process computes on one of the cores all the while. --before: as
the page trained until version 0.2, by AdamW at even times.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from dataclasses import replace

import torch

from benchmarks.digits import drawn
from benchmarks.judges import ask_second_judge
from diffviz.data import MNIST
from diffviz.experiments.digits.clear import clear_share
from diffviz.experiments.digits.learning import LearningConfig, Observer
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.objectives import Denoising
from diffviz.pretrained.digits import LIVE_CONFIG, classifier
from diffviz.runs.run import TrainingRun
from diffviz.samplers import DDIM
from diffviz.training.loop import Progress, TrainingConfig, TrainState
from diffviz.ui.digits.learn import LOOK_EVERY

COUNT, CALLS, RUNS, SECONDS = 200, 20, 3, (60, 90)
BEFORE = replace(LIVE_CONFIG, optimiser="adamw", objective=Denoising())


def keep_busy() -> None:
    """Compute as long as the measurement lives."""
    torch.set_num_threads(1)
    x, measurement = torch.randn(256, 256), multiprocessing.parent_process()
    while measurement is not None and measurement.is_alive():
        x = torch.tanh(x @ x)


def watched(settings: TrainingConfig, seed: int) -> list[Progress]:
    """Where a run stands after SECONDS; `seed` also gives the first weights."""
    config = LearningConfig(MNIST())
    run = TrainingRun(settings, config.real, seed, Observer(config), every=LOOK_EVERY)
    run.start()
    started, kept = time.perf_counter(), []
    for until in SECONDS:
        while time.perf_counter() - started < until:
            run.touch()  # as a page that is open does, without which a run pauses after a minute
            time.sleep(0.5)
        assert run.latest is not None  # it looks at once
        kept.append(run.latest.progress)
    run.stop()
    run.join(10)
    return kept


def shares(settings: TrainingConfig, progress: Progress) -> dict[str, float]:
    """What a network draws at a moment, in [0, 1]."""
    model = TrainState(settings, (1, 28, 28), 0).load(progress.weights).bfloat16()
    images = drawn(DDIM(), model, UniformTime().times(model.schedule, CALLS), COUNT)
    return {
        "clear, first judge": classify_images(classifier(), images).confident_share,
        "clear, second judge": ask_second_judge(images).confident_share,
        "clear and among real ones": clear_share(images),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--before", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    settings = BEFORE if options.before else LIVE_CONFIG
    other = multiprocessing.get_context("spawn").Process(target=keep_busy, daemon=True)
    if options.busy:
        other.start()
    runs = [watched(settings, seed) for seed in range(RUNS)]
    if options.busy:
        other.kill()
    for until, moments in zip(SECONDS, zip(*runs, strict=True), strict=True):
        measured = [shares(settings, progress) for progress in moments]
        steps = ", ".join(f"{progress.step:,}" for progress in moments)
        print(f"after {until} s, steps {steps}")
        for name in measured[0]:
            values = [each[name] for each in measured]
            print(f"  {name}: median {statistics.median(values):.1%} of {', '.join(f'{v:.1%}' for v in values)}")


if __name__ == "__main__":
    main()
