"""How often a digit completed from what is known of it is the digit that it was.

    python -m benchmarks.inverse [--count 100]

writes benchmarks/results/inverse.md: for each problem the share of the first test digits that is read right, by each
method of the page in STEPS steps, one answer a digit, and by a vote of the five nearest training digits, which knows
no diffusion at all. The classifier that reads is the shipped one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from diffviz.data import MNIST
from diffviz.estimate import share_error
from diffviz.experiments.digits.inverse import METHODS, PROBLEMS, InverseConfig
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import classifier, score_network
from diffviz.samplers import prior, sample

RESULTS = Path(__file__).parent / "results" / "inverse.md"
NEIGHBOURS, STEPS = 5, 50


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="how many of the test digits")
    count = parser.parse_args().count
    torch.set_num_threads(1)
    page, model = InverseConfig(), score_network().bfloat16()
    times = UniformTime().times(model.schedule, STEPS)
    train, test = MNIST().load("train"), MNIST().load("test")
    real, labels = test.points[:count], test.labels[:count]
    lines = [
        f"Share of the first {count} test digits that is read right; `python -m benchmarks.inverse`.",
        "",
        f"| Problem | {' | '.join(m.title for m in METHODS.values())} | {NEIGHBOURS} nearest training digits |",
        "|---|---:|---:|---:|",
    ]
    for title, known in PROBLEMS.values():
        measured, shares = known(real), []
        for method in METHODS.values():
            sampler, conditioned = method.plan(known, measured, model, page.moves)
            noise = WhiteNoise(page.seed, tuple(real.shape))
            run = sample(sampler, conditioned, prior(model.schedule, noise), times, noise)
            shares.append(classify_images(classifier(), run.final).accuracy(labels))
        apart = torch.cdist(measured.flatten(1), known(train.points).flatten(1))
        votes = train.labels[apart.topk(NEIGHBOURS, largest=False).indices].mode(1).values
        shares.append(float((votes == labels).double().mean()))
        row = " | ".join(f"{share:.0%} ± {share_error(share, count):.0%}" for share in shares)
        lines.append(f"| {title} | {row} |")
        print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
