"""The digit networks that come with the lab. Each was made by the `diffviz train` command on its card.

    diffviz train mnist assets/mnist/NAME.safetensors ...

The card beside each file, NAME.json, holds the commands of all its runs; and of the last, the seed, the seconds of
computing and the loss curve. The labelled network taught the other: in its second and third run as it was after its own
first, and in its fourth as it is now.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from torch import Tensor

from diffviz.locations import ASSETS
from diffviz.networks import ClassifierNetwork, UNet
from diffviz.objectives import Denoising
from diffviz.objectives.time_samplers import LogitNormalTimes
from diffviz.pretrained.checkpoint import Card, load_checkpoint, load_classifier
from diffviz.scores.learned import LearnedScore
from diffviz.training.loop import TrainingConfig, TrainState

# What the page trains: tuned for the first minute and a half on one processor core (benchmarks/digit_designs.py).
LIVE_NETWORK = UNet(width=16, blocks=2)
LIVE_CONFIG = TrainingConfig(
    batch=64,
    steps=5_000,
    rate=1e-2,
    warmup=50,
    optimiser="muon",
    half=True,
    network=LIVE_NETWORK,
    # More often at the noise levels at which it is decided what digit comes.
    objective=Denoising(times=LogitNormalTimes(mean=1.0, spread=0.6, even=0.15)),
)
FOLDER = ASSETS / "mnist"
SCRATCH = "scratch"  # where a training starts that starts from no checkpoint


@lru_cache(maxsize=4)
def score_network(labelled: bool = False) -> LearnedScore:
    """The unconditional network, or the one that takes a label; raises `CheckpointError` if its file is damaged."""
    name = "conditional" if labelled else "unconditional"
    return load_checkpoint(FOLDER / f"{name}.safetensors")[0].model


@lru_cache(maxsize=1)
def unguided_network() -> LearnedScore:
    """The unconditional network before autoguidance, for likelihoods and ways to noise and back; may raise likewise.

    Its digits are less clear, but it is the better estimate of the score, and its flow bends less.
    """
    return load_checkpoint(FOLDER / "unguided.safetensors")[0].model


@lru_cache(maxsize=2)
def classifier(noised: bool = False) -> ClassifierNetwork:
    """The classifier whose features measure, or the one that knows noised digits and guides; may raise likewise."""
    name = "noised-classifier" if noised else "classifier"
    return load_classifier(FOLDER / f"{name}.safetensors")[0].network


def early_checkpoints() -> list[Path]:
    """The checkpoints of one short run, by step, from before the first."""
    return sorted(FOLDER.glob("early-*.safetensors"), key=lambda path: int(path.stem.removeprefix("early-")))


def starting_points() -> dict[str, Path]:
    """By name the checkpoints that a training can go on from."""
    return {path.stem: path for path in (*early_checkpoints(), FOLDER / "unconditional.safetensors")}


def first_weights(start: str) -> Tensor | None:
    """The flat weights that a training from a starting point begins with; None for fresh ones, from `SCRATCH`."""
    return None if start == SCRATCH else cached_checkpoint(starting_points()[start])[0].parameters.values


@lru_cache(maxsize=16)
def cached_checkpoint(path: Path) -> tuple[TrainState, Card]:
    """One of the early checkpoints, or another; may raise likewise."""
    return load_checkpoint(path)
