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

from benchmarks.digits import as_list, distance, features, floor
from diffviz.grids import UniformTime
from diffviz.metrics import classify_images, recall
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import FOLDER, classifier, score_network
from diffviz.scenes.digits.guidance import ALL, KINDS, GuidanceModels, guide

COUNT, STEPS, BATCH = 1_000, 20, 250
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def cell(kind: str, scale: float, count: int) -> dict[str, object]:
    """One scale of one kind."""
    started = time.process_time()
    cast = GuidanceModels(score_network().halved(), score_network(True).halved(), classifier(), classifier(noised=True))
    times = UniformTime().times(cast.plain.schedule, STEPS)
    labels, parts = torch.arange(count) % 10, []
    for seed, asked in enumerate(labels.split(BATCH)):
        noise = WhiteNoise(seed, (len(asked), 1, 28, 28))
        parts.append(guide(kind, scale, ALL, cast, asked, times, noise).run.final)
    found, real = classify_images(classifier(), torch.cat(parts)), features("test")[:count]
    return {
        "asked": round(found.right(labels), 4),
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
    for kind, (title, _) in KINDS.items():
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
