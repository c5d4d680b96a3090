"""The scene that the home page plays, computed once and shipped.

    python -m diffviz.commands.home

computes it from the shipped swiss-roll network and writes assets/home.scene, with a card that says how it was made, and
beside it the script that makes the same on any machine: so that the page shows both without importing the numerics.
"""

from __future__ import annotations

import json
import time

import torch

from diffviz.experiments.swiss_roll import SwissRollConfig, run_swiss_roll
from diffviz.locations import ASSETS
from diffviz.recipes import forward as recipes
from diffviz.scenes.home import compose
from diffviz.source_code import script

SCENE, CODE = ASSETS / "home.scene", ASSETS / "home.py"


def main() -> None:
    """Compute the scene and write it with its card."""
    torch.set_num_threads(1)
    started = time.process_time()
    config = SwissRollConfig()
    payload = compose(run_swiss_roll(config)).payload()
    temporary = SCENE.with_suffix(".partial")
    temporary.write_bytes(payload)
    temporary.replace(SCENE)
    CODE.write_text(script(recipes.swiss_roll, config), encoding="utf-8")
    card = {
        "command": "python -m diffviz.commands.home",
        "weights": "samplers/swiss-roll.safetensors",
        "seed": config.seed,
        "cpu_seconds": round(time.process_time() - started, 2),
        "bytes": len(payload),
    }
    SCENE.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(card)


if __name__ == "__main__":
    main()
