"""What a busy page costs a computation beside it, by how long it may keep the interpreter from it.

`python -m benchmarks.interpreter` runs a solver on a small network, which lets go of the interpreter at every product,
beside a thread of plain Python, which lets go of it only when it must: after `sys.getswitchinterval()` seconds.
"""

from __future__ import annotations

import sys
import threading
import time

import torch

from benchmarks import record
from diffviz.experiments.order import OrderConfig, converge, follow_reference

INTERVALS = (5e-3, 5e-4, 1e-4, 2e-5, 1e-5)  # seconds; the first is Python's own
BUDGETS = (10, 20)  # calls of the solver


def measure(interval: float | None, config: OrderConfig) -> tuple[float, float]:
    """Seconds of the solver, and rounds a second of the busy thread beside it; None: nobody is beside it."""
    reference, ended, rounds = follow_reference(config.problem), threading.Event(), 0

    def spin() -> None:
        nonlocal rounds
        while not ended.is_set():
            sum(range(2000))
            rounds += 1

    beside = threading.Thread(target=spin)
    if interval is not None:
        sys.setswitchinterval(interval)
        beside.start()
    start = time.perf_counter()
    converge(config, config.samplers[0], reference)
    seconds = time.perf_counter() - start
    ended.set()
    if interval is not None:
        beside.join()
    return seconds, rounds / seconds


def main() -> None:
    """Measure, write."""
    torch.set_num_threads(1)
    config = OrderConfig(budgets=BUDGETS)
    measure(None, config)
    rows = [("alone", f"{measure(None, config)[0]:.3f}", "")]
    for interval in INTERVALS:
        seconds, rounds = measure(interval, config)
        rows.append((f"{interval * 1e6:,.0f} µs", f"{seconds:.3f}", f"{rounds:,.0f}"))
    head = ("switch interval", f"a solver of {sum(BUDGETS)} calls (s)", "rounds a second beside it")
    record.write("A computation beside a busy page", record.table(head, rows), record.RESULTS / "interpreter.md")


if __name__ == "__main__":
    main()
