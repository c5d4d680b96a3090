"""Which of several digit networks is better: what choosing between them may look at.

    python -m benchmarks.digit_candidates [--count 500] PATH ...

For each checkpoint: the share of clear digits, by the project's classifier, and MNIST-Fréchet to the test digits, of as
many digits by 50 DDIM steps, all from the same noise; and the error on data that no network has learned from, the
squared error of v on the 10,000 test digits at times even in (0, 1) with the same noise for all. That error tells two
networks apart long before digits do, as it has next to no noise of its own.

A network with labels is given those of the test digits for the error, and all ten in turn to draw: that is how well a
network without any could draw that learned from it. The second judge (`benchmarks.judges`) has no say here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.digits import distance, drawn
from benchmarks.judges import share_interval
from benchmarks.record import table
from diffviz.data import MNIST
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.objectives import Denoising
from diffviz.prediction import Prediction
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.pretrained.digits import classifier
from diffviz.protocols import Coefficient
from diffviz.samplers import DDIM
from diffviz.scores.learned import LearnedScore

COUNT, STEPS, BATCH = 500, 50, 250


class EveryLabel:
    """A network with labels as a score model that gives the digits of a batch all labels in turn."""

    def __init__(self, model: LearnedScore, classes: int) -> None:
        self.model, self.classes, self.schedule = model, classes, model.schedule

    def predict(self, x: Tensor, t: Coefficient) -> Prediction:
        """The prediction at x (B, *D) and time t."""
        return self.model.with_label(torch.arange(len(x)) % self.classes).predict(x, t)


def unseen_error(model: LearnedScore) -> float:
    """Mean squared error of v on the test digits, in single precision."""
    test, generator, objective = MNIST().load("test"), torch.Generator().manual_seed(0), Denoising()
    assert test.labels is not None  # every digit has one
    total = 0.0
    for part, labels in zip(torch.split(test.points, BATCH), torch.split(test.labels, BATCH), strict=True):
        t = objective.times.times(model.schedule, (torch.arange(len(part)) + 0.5) / len(part))
        eps = torch.randn(part.shape, generator=generator)
        alpha, sigma = (each(t).reshape(-1, 1, 1, 1) for each in (model.schedule.alpha, model.schedule.sigma))
        own = model.with_label(labels) if model.network.classes else model
        answer = own.predict(alpha * part + sigma * eps, t).v
        total += float((answer - (alpha * eps - sigma * part)).square().mean()) * len(part)
    return total / len(test.points)


def row(path: Path, count: int) -> list[str]:
    """A checkpoint's line of the table."""
    model = load_checkpoint(path)[0].model
    classes = model.network.classes
    drawing = EveryLabel(model.bfloat16(), classes) if classes else model.bfloat16()
    output = classify_images(classifier(), drawn(DDIM(), drawing, UniformTime().times(model.schedule, STEPS), count))
    clear, far = share_interval(output.confident_share, count), distance(output)
    return [
        path.stem,
        f"{clear.value:.1%} [{clear.low:.1%}, {clear.high:.1%}]",
        f"{far.value:.0f} [{far.low:.0f}, {far.high:.0f}]",
        f"{unseen_error(model):.5f}",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=COUNT, help="digits of each network")
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = ["network", f"clear of {options.count}", "MNIST-Fréchet", "error on the test digits"]
    rows = []
    for path in options.paths:
        rows.append(row(path, options.count))
        print(rows[-1], flush=True)
    print("\n".join(table(head, rows)))


if __name__ == "__main__":
    main()
