"""What guidance gains and costs on MNIST: the asked digit, against how near and how varied the samples are.

    python -m benchmarks.guidance [--quick]

writes assets/mnist/guidance.json: for each kind of guidance and scale, 1,000 samples (100 a digit) in 20 steps: the
share that the classifier takes for the asked digit, MNIST-Fréchet with its 95 % interval, precision and recall (third
neighbours, 1,000 real against 1,000 drawn).
"""

from __future__ import annotations

import argparse
import json
import time

import torch

from benchmarks.digits import as_list, distance, features, floor, looked
from diffviz.grids import UniformTime
from diffviz.metrics import recall
from diffviz.noise import WhiteNoise
from diffviz.samplers import DDIM, prior, sample
from diffviz.samplers.guidance import guided_ddpm
from diffviz.scores.guided import ClassifierFree, ClassifierGradient, ClassifierGuided
from diffviz.training.digits import FOLDER, classifier, score_network
from diffviz.trajectory import Trajectory

COUNT, STEPS, BATCH = 1_000, 20, 250
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
KINDS = {
    "free": "Classifier-free, DDIM",
    "classifier-ddim": "Classifier, DDIM (algorithm 2)",
    "classifier-ddpm": "Classifier, DDPM (algorithm 1)",
}


def guided(kind: str, scale: float, labels: torch.Tensor, seed: int) -> torch.Tensor:
    """One batch of digits of the asked labels."""
    noise = WhiteNoise(seed, (len(labels), 1, 28, 28))
    labelled, plain = score_network(True).halved(), score_network().halved()
    start, grid = prior(plain.schedule, noise), UniformTime().times(plain.schedule, STEPS)
    if kind == "free":
        model = ClassifierFree(labelled.told(labels), labelled, scale)
        return sample(DDIM(), model, start, grid, noise).final
    gradient = ClassifierGradient(classifier(noised=True), plain.schedule, labels)
    steered = ClassifierGuided(plain, gradient, scale)
    if kind == "classifier-ddim":
        return sample(DDIM(), steered, start, grid, noise).final
    return Trajectory.collect(guided_ddpm(steered, start, grid, noise))[1][-1]


def cell(kind: str, scale: float, count: int) -> dict[str, object]:
    """One scale of one kind."""
    started = time.process_time()
    labels = torch.arange(count) % 10
    images = torch.cat([guided(kind, scale, part, k) for k, part in enumerate(labels.split(BATCH))])
    found, real = looked(images), features("test")[:count]
    return {
        "asked": round(float((found.label == labels.numpy()).mean()), 4),
        "frechet": as_list(distance(found)),
        "precision": round(recall(real, found.features), 4),
        "recall": round(recall(found.features, real), 4),
        "seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two scales of few samples, written nowhere")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    count = 250 if quick else COUNT
    kinds = {}
    for kind, title in KINDS.items():
        cells = {}
        for scale in SCALES[::3] if quick else SCALES:
            cells[f"{scale:g}"] = cell(kind, scale, count)
            print(title, scale, cells[f"{scale:g}"], flush=True)
        kinds[title] = cells
    if not quick:
        train, real = features("train")[:count], features("test")[:count]
        told = {
            "command": "python -m benchmarks.guidance",
            "samples": count,
            "steps": STEPS,
            "real": {"frechet": as_list(floor(count)), "precision": recall(real, train), "recall": recall(train, real)},
            "kinds": kinds,
        }
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (FOLDER / "guidance.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
