"""Rectified flow in the plane: `python -m benchmarks.few_steps_rectified` prints Markdown tables.

Each student is reflowed once, from the shipped network of its data set and with seed 0. All flows are then judged with
10,000 starts on each of three seeds of noise and fresh data: sliced W2 from 10,000 fresh points after few calls (the
curved flow by DDIM in equal steps of its own t, the others by Euler), the straightness S of their paths in 100 steps
and the length of these over their chord; and the fewest calls whose mean distance is within 1.15 times that of the
curved flow in 64. Mean ± standard deviation over the seeds; CPU-seconds of training, one thread.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Sequence

import torch

from benchmarks import record
from diffviz.distillation.rectified_flow import SHIPPED_2D, RectifiedFlow, RectifiedStudent, first_flow
from diffviz.experiments.few_steps.straight import NEAR, CurvedFlow
from diffviz.metrics import length_over_chord, sliced_w2, straightness
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import SHIPPED, shipped_state
from diffviz.samplers import prior

COUNT, SEEDS, PATHS = 10_000, range(3), 100
_NOISE, _FRESH = 1_000, 5_000_000  # seeds apart from those of training
SHOWN, ALL = (1, 2, 4, 8, 64), (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
METHODS = {"live": RectifiedFlow(), "two rounds": RectifiedFlow(rounds=2), "shipped": SHIPPED_2D}
Judged = tuple[dict[int, list[float]], list[float], list[float]]


def judged(flow: CurvedFlow | RectifiedStudent, slug: str) -> Judged:
    """Distances by calls, S, and length over chord, a number a seed."""
    distances: dict[int, list[float]] = {calls: [] for calls in ALL}
    bent, length = [], []
    data = SHIPPED[slug]
    for seed in SEEDS:
        noise = WhiteNoise(_NOISE + seed, (COUNT, 2))
        start, fresh = prior(flow.schedule, noise), data.normalisation.apply(data.draw(COUNT, _FRESH + seed))
        for calls in ALL:
            distances[calls].append(sliced_w2(flow.run(start, calls, noise).final, fresh))
        way = flow.run(start[:2_000], PATHS, noise)
        bent.append(straightness(way.t, way.x))
        length.append(length_over_chord(way.x))
    return distances, bent, length


def table(slug: str) -> list[str]:
    """All flows of a data set."""
    teacher = shipped_state(SHIPPED[slug])
    assert teacher is not None
    flows: list[tuple[str, CurvedFlow | RectifiedStudent, float]] = [
        ("curved, DDIM", CurvedFlow(teacher), 0.0),
        ("first rectified flow", RectifiedStudent(first_flow(teacher.model)), 0.0),
    ]
    for name, method in METHODS.items():
        started = time.process_time()
        (last,) = deque(method.learn(teacher, torch.zeros(1, 2), 0), maxlen=1)
        spent = time.process_time() - started
        flows.append((f"reflowed, {name}", method.state(teacher, 0).load(last.weights), spent))
    measured = [judged(flow, slug) for _, flow, _ in flows]
    near = NEAR * statistics.mean(measured[0][0][64])
    rows = []
    for (name, _, spent), (distances, bent, length) in zip(flows, measured, strict=True):
        needed = next((calls for calls in ALL if statistics.mean(distances[calls]) <= near), None)
        numbers = [spread(distances[calls]) for calls in SHOWN] + [spread(bent), spread(length)]
        rows.append((name, *numbers, "more than 64" if needed is None else str(needed), f"{spent:.0f}"))
    head = ("flow", *(f"{calls} calls" for calls in SHOWN), "S", "length / chord", "calls needed", "CPU s")
    return [f"## {slug}", "", *record.table(head, rows), ""]


def spread(values: Sequence[float]) -> str:
    """Mean ± standard deviation."""
    return f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    record.write(
        "Rectified flow in the plane",
        [line for slug in ("swiss-roll", "ring") for line in table(slug)],
        record.RESULTS / "few_steps_rectified.md",
    )
