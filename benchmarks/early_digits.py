"""How many digits are clear at each step of the short run that comes with the lab.

    python -m benchmarks.early_digits

Writes assets/mnist/early-clear.json: step, and share of 100 digits that is clear, as the page counts it while a network
learns. The checkpoints are made by the command on their cards.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from diffviz.experiments.digits.clear import ClearCount, draw_and_judge
from diffviz.pretrained.digits import FOLDER, cached_checkpoint, early_checkpoints


def measure(path: Path) -> ClearCount:
    """Of one checkpoint."""
    train_state, card = cached_checkpoint(path)
    return ClearCount(card.step, draw_and_judge(train_state.model))


if __name__ == "__main__":
    torch.set_num_threads(1)
    shares = {"command": "python -m benchmarks.early_digits", "clear": [measure(path) for path in early_checkpoints()]}
    (FOLDER / "early-clear.json").write_text(json.dumps(shares) + "\n", encoding="utf-8")
    print(shares)
