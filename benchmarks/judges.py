"""Two classifiers that say whether a digit is clear: the project's, and a second one that no training or choice uses.

    python -m benchmarks.judges

trains the second in a few minutes of one core and writes benchmarks/second_judge.safetensors, in half precision, with
its card beside it. It shares with the first neither design nor seed nor the way images are varied: plain 5×5
convolutions, ReLU and the largest of each 2×2 in the manner of LeNet-5 (LeCun et al. 1998, section II B), where the
first has residual blocks, group norms, SiLU and strides; images turned, scaled and moved, where the first's are moved.

It is for reports on what is finished. Whoever chooses between networks asks the first alone: a judge that took part in
a choice favours what was chosen.
"""

from __future__ import annotations

import math
import time
from functools import cache
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from diffviz.data import MNIST
from diffviz.metrics import ClassifierOutput, Interval
from diffviz.metrics.frechet import BATCH as AT_A_TIME
from diffviz.networks.blocks import seeded_network
from diffviz.networks.device import CPU, bfloat16_autocast
from diffviz.noise import Stream, torch_generator
from diffviz.pretrained.checkpoint import Card, check_contents, read_card, write_checkpoint
from diffviz.pretrained.tensors import read_header, read_tensors
from diffviz.training.adamw import AdamW, FlatParameters
from diffviz.training.ema import PowerEMA
from diffviz.training.loop import cosine_rate

PATH = Path(__file__).with_name("second_judge.safetensors")
SEED, STEPS, BATCH, RATE, WEIGHT_DECAY, AVERAGING = 20_251, 3_000, 128, 2e-3, 0.01, 12.0
TURN, GROW, MOVE = 0.2, 0.1, 0.1  # at most: radians, share of the size, share of half the side (1.4 pixels)


class SecondJudge(nn.Module):
    """Images (B, 1, 28, 28) in [-1, 1] -> logits (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.first_conv = nn.Conv2d(1, 16, 5, padding=2)
        self.second_conv = nn.Conv2d(16, 48, 5, padding=2)
        self.hidden = nn.Linear(48 * 7 * 7, 96)
        self.out_layer = nn.Linear(96, 10)

    def features(self, x: Tensor) -> Tensor:
        """The numbers before the last layer, (B, 96)."""
        h = functional.max_pool2d(functional.relu(self.first_conv(x)), 2)
        h = functional.max_pool2d(functional.relu(self.second_conv(h)), 2)
        return functional.relu(self.hidden(h.flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        """The logits of all classes, (B, 10)."""
        logits: Tensor = self.out_layer(self.features(x))
        return logits


def fresh_judge(seed: int) -> SecondJudge:
    """A judge that has seen nothing; the same seed gives the same weights."""
    with torch.device("meta"):
        network = SecondJudge()
    return seeded_network(network, seed)


@cache
def second_judge() -> SecondJudge:
    """The second judge as it ships; raises `CheckpointError` if its file is damaged."""
    network, tensors = fresh_judge(SEED), read_tensors(PATH)
    check_contents(PATH.name, tensors, read_card(PATH.name, read_header(PATH), Card))
    network.load_state_dict(tensors)
    return network


def ask_second_judge(images: Tensor) -> ClassifierOutput:
    """Features and labels of images (n, 1, 28, 28), as `classify_images` gives them of the first judge."""
    network, images = second_judge(), images.nan_to_num(0.0).clamp(-1, 1)
    with torch.no_grad():
        features = torch.cat([network.features(part) for part in torch.split(images, AT_A_TIME)])
        confidence, label = network.out_layer(features).softmax(1).max(1)
    return ClassifierOutput(features.double().numpy(), label.numpy().astype(float), confidence.double().numpy())


def share_interval(share: float, count: int) -> Interval:
    """A share of `count` with its 95 % interval (Wilson 1927), which stays within 0 and 1."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return Interval(share, middle - half, middle + half)


def varied(images: Tensor, generator: Generator) -> Tensor:
    """Images (B, 1, 28, 28), each turned, scaled and moved a little at random; what comes in from outside is paper."""
    turn, grow, right, down = (torch.rand(4, len(images), generator=generator) * 2 - 1).unbind()
    cos, sin, size = (turn * TURN).cos(), (turn * TURN).sin(), 1 + grow * GROW
    rows = torch.stack([size * cos, -size * sin, right * MOVE, size * sin, size * cos, down * MOVE], 1)
    grid = functional.affine_grid(rows.reshape(-1, 2, 3), list(images.shape), align_corners=False)
    return functional.grid_sample(images + 1, grid, align_corners=False) - 1


def train(seed: int = SEED, steps: int = STEPS) -> tuple[SecondJudge, tuple[tuple[int, float], ...]]:
    """A trained judge, and its loss curve in nats."""
    points, labels = MNIST().load("train").points, MNIST().load("train").labels
    assert labels is not None  # every digit has one
    network, generator = fresh_judge(seed), torch_generator(seed, Stream.CLASSIFIER_BATCHES)
    parameters = FlatParameters(network)
    optimiser, average = AdamW(parameters, (0.9, 0.99), WEIGHT_DECAY), PowerEMA(parameters.values, AVERAGING)
    smooth, losses = 0.0, []
    for step in range(1, steps + 1):
        which = torch.randint(len(points), (BATCH,), generator=generator)
        with bfloat16_autocast(CPU, wanted=True):
            logits = network.forward(varied(points[which], generator))
        loss = functional.cross_entropy(logits.float(), labels[which].long())
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step(cosine_rate(RATE, step, steps, warmup=50))
        average.update(parameters.values, step)
        smooth += max(0.02, 1 / step) * (loss.item() - smooth)
        if step % 100 == 0:
            losses.append((step, round(smooth, 5)))
    parameters.values.copy_(average.weights)
    return network, tuple(losses)


def main() -> None:
    """Train, write, and say how well it reads the test digits."""
    torch.set_num_threads(1)
    started = time.process_time()
    network, losses = train()
    tensors = {name: value.half() for name, value in network.state_dict().items()}
    varied_by = {"turn": TURN, "grow": GROW, "move": MOVE}
    settings = {"kind": "second-judge", "batch": BATCH, "rate": RATE, "averaging": AVERAGING, "varied": varied_by}
    command, seconds = "python -m benchmarks.judges", round(time.process_time() - started, 1)
    card = Card(settings, "MNIST() train", SEED, STEPS, (1, 28, 28), "", command, seconds, losses)
    write_checkpoint(PATH, tensors, card)
    test = MNIST().load("test")
    assert test.labels is not None
    output = ask_second_judge(test.points)
    accuracy = share_interval(output.accuracy(test.labels), len(test.points))
    clear = share_interval(output.confident_share, len(test.points))
    print(f"accuracy {accuracy}, clear {clear} of the test digits, {seconds} s")


if __name__ == "__main__":
    main()
