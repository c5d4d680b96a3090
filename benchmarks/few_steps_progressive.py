"""Progressive distillation in the plane: `python -m benchmarks.few_steps_progressive` prints a Markdown table.

Each student is trained once, from the shipped network of its data set and with seed 0, and then judged with 10,000
starts on each of three seeds of noise and fresh data: sliced W2 from 10,000 fresh points over that of its teacher's 64
steps of DDIM, and the root mean square distance of its end points from the teacher's, start for start. Beside it stands
DDIM with the teacher at the same calls. Mean ± standard deviation over the seeds; CPU-seconds of training, one thread.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor

from diffviz.data import prepare
from diffviz.distillation.double_step import GRID
from diffviz.distillation.progressive import (
    SHIPPED_2D,
    ProgressiveDistillation,
    ProgressiveStudent,
    SNRWeighting,
    TruncatedSNRWeighting,
)
from diffviz.metrics import sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import POINTS, SHIPPED, shipped_state
from diffviz.samplers import DDIM, prior, sample
from diffviz.training.loop import TrainState

COUNT, SEEDS = 10_000, range(3)
_NOISE, _FRESH = 1_000, 5_000_000  # seeds apart from those of training
LIVE = ProgressiveDistillation()
CASES = {
    "shipped": (("swiss-roll", "ring"), SHIPPED_2D),
    "live": (("swiss-roll", "ring"), LIVE),
    "live, target x₀": (("swiss-roll",), ProgressiveDistillation(target="x0", weighting=TruncatedSNRWeighting())),
    "live, target ε": (("swiss-roll",), ProgressiveDistillation(target="eps", weighting=SNRWeighting())),
    "live, target as printed": (("swiss-roll",), ProgressiveDistillation(printed=True)),
}


def trained(settings: ProgressiveDistillation, slug: str, teacher: TrainState) -> tuple[ProgressiveStudent, float]:
    """The student of a data set, and the CPU-seconds of its training."""
    points = torch.from_numpy(prepare(SHIPPED[slug], POINTS, 0).points).float()
    started = time.process_time()
    (last,) = deque(settings.learn(teacher, points, 0), maxlen=1)
    return settings.state(teacher, 0).load(last.weights), time.process_time() - started


def judged(student: ProgressiveStudent, teacher: TrainState, slug: str, seed: int) -> Iterator[tuple[float, ...]]:
    """At 1, 2 and 4 calls: W2 over the teacher's, RMSE from the teacher's ends; both for DDIM; the teacher's W2."""
    noise = WhiteNoise(_NOISE + seed, (COUNT, 2))
    x = prior(student.schedule, noise)
    data = SHIPPED[slug]
    fresh = data.normalisation.apply(data.draw(COUNT, _FRESH + seed))

    def by_teacher(steps: int) -> Tensor:
        return sample(DDIM(), teacher.model, x, GRID.times(student.schedule, steps), noise).final

    wanted = by_teacher(64)
    best = sliced_w2(wanted, fresh)
    for calls in (1, 2, 4):
        row: list[float] = []
        for end in (student.run(x, calls, noise).final, by_teacher(calls)):
            row += [sliced_w2(end, fresh) / best, float((end - wanted).square().sum(1).mean().sqrt())]
        yield (*row, best)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print("# Progressive distillation, swiss roll and ring\n")
    print(
        "| student | data | CPU-s | calls | W₂ over teacher's | RMSE | DDIM: W₂ over teacher's | RMSE | ratio of RMSE |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, (slugs, settings) in CASES.items():
        for slug in slugs:
            teacher = shipped_state(SHIPPED[slug])
            assert teacher is not None
            student, seconds = trained(settings, slug, teacher)
            by_calls = zip(*(judged(student, teacher, slug, seed) for seed in SEEDS), strict=True)
            for calls, rows in zip((1, 2, 4), by_calls, strict=True):
                w2, rmse, ddim_w2, ddim_rmse, _ = zip(*rows, strict=True)
                ratio = [one / other for one, other in zip(rmse, ddim_rmse, strict=True)]
                cells = " | ".join(
                    f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"
                    for values in (w2, rmse, ddim_w2, ddim_rmse, ratio)
                )
                print(f"| {name} | {slug} | {seconds:.0f} | {calls} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
