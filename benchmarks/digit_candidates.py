"""Which of several unconditional digit networks is better: what choosing between them may look at.

    python -m benchmarks.digit_candidates [--count 500] PATH ...

For each checkpoint: the share of clear digits, by the project's classifier, and MNIST-Fréchet to the test digits, of as
many digits by 50 DDIM steps, all from the same noise; and the error on data that no network has learned from, the
squared error of v on the 10,000 test digits at times even in (0, 1) with the same noise for all. That error tells two
networks apart long before digits do, as it has next to no noise of its own. The second judge (`benchmarks.judges`) has
no say here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.digits import distance, drawn
from benchmarks.judges import share_interval
from benchmarks.record import table
from diffviz.data import MNIST
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.objectives import Denoising
from diffviz.pretrained.checkpoint import load_checkpoint
from diffviz.pretrained.digits import classifier
from diffviz.samplers import DDIM
from diffviz.scores.learned import LearnedScore

COUNT, STEPS, BATCH = 500, 50, 250


def unseen_error(model: LearnedScore) -> float:
    """Mean squared error of v on the test digits."""
    points, generator, objective = MNIST().load("test").points, torch.Generator().manual_seed(0), Denoising()
    total = 0.0
    for part in torch.split(points, BATCH):
        t = objective.times.times(model.schedule, (torch.arange(len(part)) + 0.5) / len(part))
        eps = torch.randn(part.shape, generator=generator)
        alpha, sigma = (each(t).reshape(-1, 1, 1, 1) for each in (model.schedule.alpha, model.schedule.sigma))
        with torch.no_grad():
            answer = model.network(alpha * part + sigma * eps, t)
        total += float((answer - (alpha * eps - sigma * part)).square().mean()) * len(part)
    return total / len(points)


def row(path: Path, count: int) -> list[str]:
    """A checkpoint's line of the table."""
    model = load_checkpoint(path)[0].model.bfloat16()
    output = classify_images(classifier(), drawn(DDIM(), model, UniformTime().times(model.schedule, STEPS), count))
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
