"""How soon the chart of quality against cost stands: `python -m benchmarks.sweep` prints a Markdown table.

The page's default: five samplers, eight budgets up to 50 calls, 1,000 particles, the shipped swiss-roll network, sliced
W2, one thread. Seconds from the start until every cell was measured once, twice (then there are error bars) and four
times, and until the larger budgets, up to 1,000 calls, are done as well; median of three runs.
"""

from __future__ import annotations

import statistics
import time

import torch

from diffviz.experiments.problem import Problem
from diffviz.experiments.sweep import REPEATS, SweepConfig, budget_cells, summarize_sweep, sweep_cells
from diffviz.runs.background import Background
from diffviz.samplers import SAMPLERS

SLUGS = ("ddpm", "ddim", "dpmpp-2m", "unipc-2", "euler-maruyama")


def once() -> dict[str, float]:
    """One sweep, looked at every few milliseconds."""
    config = SweepConfig(Problem(), tuple(SAMPLERS[slug]() for slug in SLUGS))
    floor = config.problem.floor(config.metric)
    work = Background(lambda: sweep_cells(config))
    first, total = len(budget_cells(config.samplers, config.soon)), len(config.plan)
    marks = {"once": first, "twice": 2 * first, "four times": REPEATS * first, "larger budgets too": total}
    seconds: dict[str, float] = {}
    started = time.monotonic()
    work.start()
    while len(seconds) < len(marks):
        done = summarize_sweep(config, work.items(), floor).done
        for name, count in marks.items():
            if done >= count:
                seconds.setdefault(name, time.monotonic() - started)
        time.sleep(0.02)
    return seconds


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    runs = [once() for _ in range(3)]
    print("# The sweep\n\n| every cell measured | seconds |\n| --- | ---: |")
    for name in runs[0]:
        print(f"| {name} | {statistics.median(run[name] for run in runs):.1f} |")


if __name__ == "__main__":
    main()
