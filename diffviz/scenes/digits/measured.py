"""Measurements that come with the lab, made by recorded commands: tables and charts of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from diffviz.player import Curve, Pane, Scene
from diffviz.pretrained.digits import FOLDER
from diffviz.protocols import Array

ETAS, STEPS = ("0", "0.2", "0.5", "1", "σ̂"), (10, 20, 50, 100, 1000)
# FID of Song et al. 2021 (DDIM), table 1, rows and columns as above.
PAPER: dict[str, tuple[tuple[float, ...], ...]] = {
    "CIFAR-10": (
        (13.36, 6.84, 4.67, 4.16, 4.04),
        (14.04, 7.11, 4.77, 4.25, 4.09),
        (16.66, 8.35, 5.25, 4.46, 4.29),
        (41.07, 18.36, 8.01, 5.78, 4.73),
        (367.43, 133.37, 32.72, 9.99, 3.17),
    ),
    "CelebA": (
        (17.33, 13.73, 9.17, 6.53, 3.51),
        (17.66, 14.11, 9.51, 6.79, 3.64),
        (19.86, 16.06, 11.01, 8.09, 4.28),
        (33.12, 26.03, 18.48, 13.93, 5.98),
        (299.71, 183.83, 71.71, 45.20, 3.26),
    ),
}


@lru_cache(maxsize=4)
def shipped(name: str) -> dict[str, Any]:
    """A measurement by name: "ddim-table", "fast-table" or "guidance"."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=4)
def tiles(name: str) -> dict[str, Array]:
    """Some digits of every cell of a table, (n, 28, 28) in [0, 1] each."""
    with np.load(FOLDER / f"{name}.npz") as file:
        return {key: file[key].astype(np.float64) / 255 for key in file.files}


def told(interval: Sequence[float]) -> str:
    """A value with its 95 % interval."""
    value, low, high = interval
    return f"{value:.0f} [{low:.0f}, {high:.0f}]"


def floors() -> str:
    """How far real training digits are, at each number of samples that a cell has."""
    return ", ".join(f"{told(floor)} ({int(n):,} samples)" for n, floor in shipped("ddim-table")["floors"].items())


def grid(measure: str = "frechet") -> dict[str, list[str]]:
    """The η × S table as columns of text."""
    cells = shipped("ddim-table")["cells"]
    columns = {"η": list(ETAS)}
    for steps in STEPS:
        columns[f"S = {steps}"] = [told(cells[f"{eta} {steps}"][measure]) for eta in ETAS]
    return columns


def ranks(paper: str) -> str:
    """Markdown: the rank of each cell in its column, here and in the paper."""
    cells = shipped("ddim-table")["cells"]
    rows = [f"| η | {' | '.join(f'S = {s}' for s in STEPS)} |", f"|---|{'---|' * len(STEPS)}"]
    here = np.array([[cells[f"{eta} {s}"]["frechet"][0] for s in STEPS] for eta in ETAS]).argsort(0).argsort(0) + 1
    there = np.array(PAPER[paper]).argsort(0).argsort(0) + 1
    for i, eta in enumerate(ETAS):
        pairs = [f"{a} · {b}{'' if a == b else ' ≠'}" for a, b in zip(here[i], there[i], strict=True)]
        rows.append(f"| {eta} | {' | '.join(pairs)} |")
    return "\n".join(rows)


def agreement(paper: str) -> tuple[int, int, int]:
    """Pairs of cells of one column that stand as in the paper, the other way round, and too near to tell.

    Too near are those whose 95 % intervals overlap.
    """
    cells = shipped("ddim-table")["cells"]
    same = other = near = 0
    for column, steps in enumerate(STEPS):
        for i, j in combinations(range(len(ETAS)), 2):
            a, b = (cells[f"{ETAS[k]} {steps}"]["frechet"] for k in (i, j))
            if a[1] <= b[2] and b[1] <= a[2]:
                near += 1
            elif (a[0] < b[0]) == (PAPER[paper][i][column] < PAPER[paper][j][column]):
                same += 1
            else:
                other += 1
    return same, other, near


def fast() -> str:
    """Markdown: few steps of fast samplers beside many of DDPM, by distance."""
    found = shipped("fast-table")
    lines = [(found["floors"]["256"], "*real digits*", "", "")]
    for key, cell in found["cells"].items():
        lines.append((cell["equal"], key.rsplit(" ", 1)[0], f"{cell['calls']}", f"{cell['clear']:.1%}"))
    rows = ["| sampler | calls | MNIST-Fréchet | 95 % | clear digits |", "|---|---:|---:|---|---:|"]
    for (value, low, high), name, calls, clear in sorted(lines):
        rows.append(f"| {name} | {calls} | {value:.0f} | [{low:.0f},\u00a0{high:.0f}] | {clear} |")
    return "\n".join(rows)


def trade() -> Scene:
    """Fidelity and diversity against the scale of guidance."""
    found = shipped("guidance")
    kinds: Mapping[str, Any] = found["kinds"]
    scales = np.array([float(s) for s in next(iter(kinds.values()))])

    def lines(pick: str) -> dict[str, Array]:
        return {kind: np.array([cell[pick] for cell in cells.values()], dtype=float) for kind, cells in kinds.items()}

    distances = {kind: np.array([cell["frechet"] for cell in cells.values()]) for kind, cells in kinds.items()}
    count, real, asked = found["samples"], found["real"], lines("asked")
    bars = {kind: 1.96 * np.sqrt(np.maximum(v * (1 - v), 0.25 / count) / count) for kind, v in asked.items()}
    charts = (
        (
            "Asked digit",
            f"share read as asked, {count:,} samples",
            Curve(scales, asked, x_label="scale", dots=True, whiskers=bars),
        ),
        (
            "MNIST-Fréchet",
            "lower is nearer to real digits",
            Curve(
                scales,
                {kind: v[:, 0] for kind, v in distances.items()},
                x_label="scale",
                dots=True,
                log_y=True,
                whiskers={kind: v[:, 2] - v[:, 0] for kind, v in distances.items()},
                rules={"real": real["frechet"][0]},
            ),
        ),
        (
            "Recall",
            "share of real digits within reach of the drawn",
            Curve(scales, lines("recall"), x_label="scale", dots=True, rules={"real": real["recall"]}),
        ),
    )
    panes = [Pane([curve], title, note, aspect=1.2) for title, note, curve in charts]
    return Scene(panes, columns=3, autoplay=False, description="Fidelity and diversity against the scale of guidance")
