"""How soon the chart of quality against cost stands: `python -m benchmarks.sweep` prints a Markdown table.

The page's default: five samplers, eight budgets up to 50 calls, 1,000 particles, the shipped swiss-roll network, sliced
W2, one thread. Seconds from the start until every cell was measured once, twice (then there are error bars) and four
times, and until the larger budgets, up to 1,000 calls, are done as well; median of three runs.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch

from diffviz.data import SwissRoll
from diffviz.grids import UniformLogSNR
from diffviz.metrics import sliced_w2
from diffviz.pretrained.shapes import shipped
from diffviz.samplers import SAMPLERS
from diffviz.scenes.race import fresh
from diffviz.scenes.sweep import REPEATS, SOON, Sweep, cells

SLUGS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "euler-maruyama")


def once() -> dict[str, float]:
    """One sweep, looked at every few milliseconds."""
    model, real = shipped(SwissRoll()), fresh(SwissRoll(), 0)
    assert model is not None
    samplers = [SAMPLERS[slug]() for slug in SLUGS]

    def measure(x: np.ndarray, k: int) -> float:
        return sliced_w2(x, real[k])

    work = Sweep(samplers, UniformLogSNR(), model, real[0], measure, seed=0)
    first = len(cells(samplers, SOON))
    marks = {"once": first, "twice": 2 * first, "four times": REPEATS * first, "larger budgets too": work.total}
    found: dict[str, float] = {}
    started = time.monotonic()
    work.start()
    while len(found) < len(marks):
        done = work.done
        work.series()
        for name, count in marks.items():
            if done >= count:
                found.setdefault(name, time.monotonic() - started)
        time.sleep(0.02)
    return found


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    runs = [once() for _ in range(3)]
    print("# The sweep\n\n| every cell measured | seconds |\n| --- | ---: |")
    for name in runs[0]:
        print(f"| {name} | {statistics.median(run[name] for run in runs):.1f} |")


if __name__ == "__main__":
    main()
