"""The shipped unconditional digit network beside the one before it, by two judges: the report on a choice made.

    python -m benchmarks.digit_quality [--new NEW] [--old OLD] [--quick]

NEW is by default the one that ships, OLD that of version 0.2, digit_before. Writes benchmarks/results/digit_quality.md,
and digit_quality.png: 100 digits of either, none selected, from the same noise. All digits start from the same noise,
on grids even in time:

- 5,000 by 50 DDIM steps: the share that is clear by each judge (`benchmarks.judges`), how far each judge's shares of
  the ten classes are from those of the training digits, and MNIST-Fréchet to the 10,000 test digits, also in floors,
  the distance of as many training digits;
- 1,000 by 20 calls of DPM-Solver++ 2M and by 200 DDIM steps: their MNIST-Fréchet distances;
- seconds of the processor for a call on 64 digits, the two networks in turn.

What a network scored is kept in digit_quality.json by the SHA-256 on its card and not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.digits import as_list, distance, drawn, floor
from benchmarks.judges import ask_second_judge, share_interval
from benchmarks.record import RESULTS, table, write
from diffviz.data import MNIST
from diffviz.grids import UniformTime
from diffviz.metrics import ClassifierOutput, classify_images
from diffviz.pretrained.checkpoint import Card, load_checkpoint
from diffviz.pretrained.digits import FOLDER, classifier
from diffviz.samplers import DDIM, DPMSolverPP2M, Sampler
from diffviz.scores.learned import LearnedScore

MANY, SOME, STEPS = 5_000, 1_000, 50
KEPT, SHEET = RESULTS / "digit_quality.json", RESULTS / "digit_quality.png"
SIDE = 10  # digits of a row and of a column of the sheet, which has SIDE² of either network
JUDGES = {"first": lambda images: classify_images(classifier(), images), "second": ask_second_judge}
CALL_BATCH, CALLS = 64, 60


def digits(model: LearnedScore, sampler: Sampler, calls: int, count: int) -> Tensor:
    """`count` digits by a sampler that asks `calls` times."""
    return drawn(sampler, model, UniformTime().times(model.schedule, calls), count)


def class_gap(output: ClassifierOutput) -> float:
    """The largest distance between the share of a class here and among the training digits, in [0, 1]."""
    labels = MNIST().load("train").labels
    assert labels is not None  # every digit has one
    real, here = (np.bincount(np.asarray(each, int), minlength=10) / len(each) for each in (labels, output.label))
    return float(np.abs(real - here).max())


def measure(model: LearnedScore, scale: int) -> dict[str, Any]:
    """Everything but the time of a call; `scale` divides the numbers of digits."""
    images = digits(model, DDIM(), STEPS, MANY // scale)
    outputs = {name: judge(images) for name, judge in JUDGES.items()}
    far = {
        "20 calls of 2M": digits(model, DPMSolverPP2M(), 20, SOME // scale),
        "200 of DDIM": digits(model, DDIM(), 200, SOME // scale),
    }
    return {
        "clear": {name: output.confident_share for name, output in outputs.items()},
        "classes": {name: class_gap(output) for name, output in outputs.items()},
        "frechet": as_list(distance(outputs["first"])),
        **{name: as_list(distance(classify_images(classifier(), each))) for name, each in far.items()},
    }


def kept(model: LearnedScore, card: Card, scale: int) -> dict[str, Any]:
    """The same, from the file if it stands there; with fewer digits it neither reads nor writes one."""
    if scale > 1:
        return measure(model, scale)
    known: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if card.sha256 not in known:
        known[card.sha256] = measure(model, scale)
        KEPT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return known[card.sha256]


def seconds_a_call(models: list[LearnedScore]) -> list[float]:
    """The median of each network's seconds of the processor, the networks in turn."""
    x, spent = torch.randn(CALL_BATCH, 1, 28, 28, generator=torch.Generator().manual_seed(0)), [[] for _ in models]
    for _ in range(CALLS):
        for model, times in zip(models, spent, strict=True):
            started = time.process_time()
            model.predict(x, 0.5)
            times.append(time.process_time() - started)
    return [statistics.median(times[5:]) for times in spent]


def write_sheet(images: list[Tensor]) -> None:
    """Each network's digits as a square, the squares side by side, as a PNG."""
    squares = []
    for each in images:
        tiles = each[: SIDE * SIDE, 0].clamp(-1, 1).reshape(SIDE, SIDE, 28, 28).permute(0, 2, 1, 3)
        squares += [tiles.reshape(SIDE * 28, SIDE * 28), torch.full((SIDE * 28, 14), -1.0)]
    ink = torch.cat(squares[:-1], 1).add(1).mul(127.5).round().to(torch.uint8)
    Image.fromarray(255 - ink.numpy()).save(SHEET, optimize=True)


def rows(scores: list[dict[str, Any]], seconds: list[float], scale: int) -> list[list[str]]:
    """The table's lines: a measure, then its value for each network."""
    many, some = floor(MANY // scale), floor(SOME // scale)
    real = {name: judge(MNIST().load("test").points).confident_share for name, judge in JUDGES.items()}

    def clear(share: float, count: int) -> str:
        value, low, high = share_interval(share, count)
        return f"{value:.1%} [{low:.1%}, {high:.1%}]"

    def far(values: list[float], unit: float) -> str:
        value, low, high = values
        return f"{value:.1f} [{low:.1f}, {high:.1f}] = {value / unit:.1f} floors"

    lines = []
    for name in JUDGES:
        shares = [clear(score["clear"][name], MANY // scale) for score in scores]
        lines.append([f"clear, by the {name} judge", *shares, f"{real[name]:.1%}"])
    for name in JUDGES:
        gaps = [f"{100 * score['classes'][name]:.1f} points" for score in scores]
        lines.append([f"largest gap of a class's share, {name} judge", *gaps, ""])
    far_rows = {"frechet": (f"MNIST-Fréchet, {MANY // scale:,} by {STEPS} DDIM steps", many)}
    far_rows |= {
        name: (f"MNIST-Fréchet, {SOME // scale:,} by {name}", some) for name in ("20 calls of 2M", "200 of DDIM")
    }
    for key, (title, unit) in far_rows.items():
        lines.append([title, *(far(score[key], unit.value) for score in scores), f"{unit.value:.1f}"])
    ratios = [f"{score['20 calls of 2M'][0] / score['200 of DDIM'][0]:.2f}" for score in scores]
    lines.append(["2M at 20 over DDIM at 200", *ratios, ""])
    lines.append([f"ms a call on {CALL_BATCH}", *(f"{1000 * each:.1f}" for each in seconds), ""])
    return [*lines, ["of the old one's", *(f"{each / seconds[0]:.2f}" for each in seconds), ""]]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--new", type=Path, default=FOLDER / "unconditional.safetensors")
    parser.add_argument("--old", type=Path, default=RESULTS / "digit_before.safetensors")
    parser.add_argument("--quick", action="store_true", help="a tenth of the digits, written nowhere")
    options = parser.parse_args()
    torch.set_num_threads(1)
    scale, models, cards = 10 if options.quick else 1, [], []
    for path in (options.old, options.new):
        state, card = load_checkpoint(path)
        models.append(state.model.bfloat16())
        cards.append(card)
    scores = [kept(model, card, scale) for model, card in zip(models, cards, strict=True)]
    lines = table(["", "old", "new", "real digits"], rows(scores, seconds_a_call(models), scale))
    if options.quick:
        print("\n".join(lines))
        return
    write_sheet([digits(model, DDIM(), STEPS, SIDE * SIDE) for model in models])
    hashes = ", ".join(f"{name} {card.sha256[:12]}" for name, card in zip(("old", "new"), cards, strict=True))
    note = (
        f"In brackets 95 % intervals, of shares by Wilson, of distances by resampling. SHA-256 on the cards: {hashes}."
    )
    sheet = f"![100 digits of the old network, then of the new one, from the same noise, none selected]({SHEET.name})"
    write("The shipped digit network", [note, "", *lines, "", sheet], RESULTS / "digit_quality.md")


if __name__ == "__main__":
    main()
