"""What a consistency map reaches in few calls: `python -m benchmarks.few_steps_consistency` prints a table.

The map is trained as it ships, from the network that ships, and compared with that network's DDIM in 64 calls and with
real data: sliced W2 from 10,000 fresh points, mean ± standard deviation over three seeds of noise and fresh data. The
time of the second call was tuned on starts of other seeds.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from diffviz.data import Dataset
from diffviz.distillation.consistency import SHIPPED_2D
from diffviz.distillation.consistency_student import BUDGETS, ConsistencyStudent
from diffviz.experiments.evaluator import learning_problem
from diffviz.grids import UniformTime
from diffviz.metrics import sliced_w2
from diffviz.noise import WhiteNoise
from diffviz.pretrained.shapes import SHIPPED, shipped_state
from diffviz.samplers import DDIM, prior, sample
from diffviz.training.loop import TrainState

COUNT, SEEDS, TEACHER_CALLS = 10_000, 3, 64
_FRESH, _NOISE = 777, 1_000


def trained(dataset: Dataset, teacher: TrainState) -> tuple[ConsistencyStudent, float]:
    """The map as it ships, and the seconds of the processor that its training took."""
    state = SHIPPED_2D.state(teacher, 0)
    points = torch.tensor(learning_problem(dataset, teacher.settings.schedule, 0).data.points)
    start = time.process_time()
    (last,) = deque(SHIPPED_2D.learn(teacher, points, 0), maxlen=1)
    return state.load(last.weights), time.process_time() - start


def over_seeds(dataset: Dataset, draw: Callable[[int], Tensor]) -> str:
    """Mean ± standard deviation of the distance of what is drawn for a seed."""
    distances = []
    for seed in range(SEEDS):
        fresh = dataset.normalisation.apply(dataset.draw(COUNT, _FRESH + seed))
        distances.append(sliced_w2(draw(seed), fresh))
    return f"{np.mean(distances):.4f} ± {np.std(distances, ddof=1):.4f}"


def row(slug: str, teacher: TrainState, student: ConsistencyStudent, seconds: float) -> str:
    """One data set."""
    dataset, schedule = SHIPPED[slug], teacher.settings.schedule

    def noise(seed: int) -> WhiteNoise:
        return WhiteNoise(_NOISE + seed, (COUNT, 2))

    def by_teacher(seed: int) -> Tensor:
        times = UniformTime().times(schedule, TEACHER_CALLS)
        return sample(DDIM(), teacher.model, prior(schedule, noise(seed)), times, noise(seed)).final

    def by_student(calls: int) -> Callable[[int], Tensor]:
        return lambda seed: student.run(prior(schedule, noise(seed)), calls, noise(seed)).final

    def real(seed: int) -> Tensor:
        return torch.tensor(dataset.normalisation.apply(dataset.draw(COUNT, 50 + seed)))

    columns = [over_seeds(dataset, draw) for draw in (real, by_teacher, *map(by_student, BUDGETS))]
    return f"| {slug} | {seconds:.0f} | {' | '.join(columns)} |"


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print("# Consistency in few calls\n\nSliced W2 from fresh data, 10,000 points, three seeds.\n")
    print("| data | CPU seconds | real data | teacher, 64 calls | 1 call | 2 calls | 4 calls | 8 calls |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for slug in ("swiss-roll", "ring"):
        teacher = shipped_state(SHIPPED[slug])
        assert teacher is not None
        print(row(slug, teacher, *trained(SHIPPED[slug], teacher)))


if __name__ == "__main__":
    main()
