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
from diffviz.experiments.digits.guidance import KINDS, GuidanceConfig, sample_guided, shipped_models
from diffviz.metrics import classify_images, recall
from diffviz.noise import WhiteNoise
from diffviz.pretrained.digits import FOLDER, classifier

COUNT, STEPS, BATCH = 1_000, 20, 250
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


def cell(kind: str, scale: float, count: int) -> dict[str, object]:
    """One scale of one kind."""
    started = time.process_time()
    models, labels, parts = shipped_models(), torch.arange(count) % 10, []
    for seed, asked in enumerate(labels.split(BATCH)):
        config = GuidanceConfig(kind, scale, steps=STEPS, labels=tuple(asked.tolist()))
        noise = WhiteNoise(seed, (len(asked), 1, 28, 28))
        parts.append(torch.from_numpy(sample_guided(config, models, noise).path.final))
    output, real = classify_images(classifier(), torch.cat(parts)), features("test")[:count]
    return {
        "asked": round(output.accuracy(labels), 4),
        "frechet": as_list(distance(output)),
        "precision": round(recall(real, output.features), 4),
        "recall": round(recall(output.features, real), 4),
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
    for slug, kind in KINDS.items():
        cells = {}
        for scale in SCALES[::3] if quick else SCALES:
            cells[f"{scale:g}"] = cell(slug, scale, count)
            print(kind.title, scale, cells[f"{scale:g}"], flush=True)
        kinds[kind.title] = cells
    if not quick:
        train, real = features("train")[:count], features("test")[:count]
        table = {
            "command": "python -m benchmarks.guidance",
            "samples": count,
            "steps": STEPS,
            "real": {"frechet": as_list(floor(count)), "precision": recall(real, train), "recall": recall(train, real)},
            "kinds": kinds,
        }
        text = json.dumps(table, indent=1, ensure_ascii=False)
        (FOLDER / "guidance.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
