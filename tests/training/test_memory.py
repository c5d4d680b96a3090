"""The memory of a training is told before any of it is taken."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diffviz.config import ConfigError
from diffviz.networks import MLP, Classifier, UNet
from diffviz.training import memory
from diffviz.training.classifier import ClassifierTrainingConfig, classifier_training_steps
from diffviz.training.loop import TrainingConfig, training_steps
from diffviz.training.memory import check_memory, free_bytes, training_bytes

IMAGE = (1, 28, 28)

# Takes two steps in a process of its own: its memory at the highest, less that after a training of next to nothing.
MEASURE = """
import pickle, sys, torch
from pathlib import Path
from diffviz.networks import UNet
from diffviz.training.classifier import classifier_training_steps
from diffviz.training.loop import TrainingConfig, training_steps
torch.set_num_threads(1)
def steps(settings, shape):
    points, labels = torch.zeros(50, *shape), torch.zeros(50, dtype=torch.long)
    if isinstance(settings, TrainingConfig):
        return training_steps(settings, points, 0)
    return classifier_training_steps(settings, points, labels, 0)
def memory(name):  # not by getrusage, where a process inherits the highest of who started it
    return next(int(l.split()[1]) * 1024 for l in Path("/proc/self/status").read_text().splitlines() if name in l)
next(steps(TrainingConfig(batch=16, network=UNet(8)), (1, 28, 28)))
before = memory("VmRSS")
loop = steps(*pickle.loads(bytes.fromhex(sys.argv[1])))
next(loop), next(loop)
print(memory("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured where the kernel tells it")
@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        (TrainingConfig(batch=16384, network=MLP(256)), (2,)),
        (TrainingConfig(batch=64, network=UNet(32)), IMAGE),
        (ClassifierTrainingConfig(batch=256, network=Classifier(32)), IMAGE),
    ],
    ids=["points", "images", "classifier"],
)
def test_the_estimate_is_what_training_takes_within_a_factor_of_one_and_a_half(settings, shape) -> None:
    line = [sys.executable, "-c", MEASURE, pickle.dumps((settings, shape)).hex()]
    measured = int(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    assert measured / 1.5 < training_bytes(settings, shape) < measured * 1.5


def test_what_is_held_for_each_point_grows_with_the_batch() -> None:
    small, large = (TrainingConfig(batch=batch, network=UNet(8)) for batch in (1024, 2048))
    assert training_bytes(large, IMAGE) - training_bytes(small, IMAGE) > 0.4 * training_bytes(large, IMAGE)


@pytest.mark.parametrize("free", [1_000, 100_000_000])
def test_library_and_live_runs_refuse_in_the_same_sentence(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Whether the weights alone are too much or the batch; the network is not built for weights that do not fit."""
    monkeypatch.setattr(memory, "free_bytes", lambda device: free)
    settings = TrainingConfig(batch=16384, network=UNet(8))
    judge = ClassifierTrainingConfig(batch=16384, network=Classifier(8))
    if free < 10_000:
        monkeypatch.setattr(UNet, "build", lambda *_: pytest.fail("it was built"))
    points, labels = torch.zeros(20, *IMAGE), torch.zeros(20, dtype=torch.long)
    for start in (
        lambda: check_memory(settings, IMAGE),
        lambda: next(training_steps(settings, points, 0)),
        lambda: next(classifier_training_steps(judge, points, labels, 0)),
    ):
        with pytest.raises(ConfigError, match=r"would take about .* are free: lower the batch"):
            start()
    monkeypatch.setattr(memory, "free_bytes", lambda device: None)
    check_memory(replace(settings, batch=16), IMAGE)


def test_a_limit_of_a_control_group_counts(tmp_path: Path) -> None:
    group = tmp_path / "outer" / "inner"
    group.mkdir(parents=True)
    (tmp_path / "outer" / "memory.max").write_text("1000\n")
    (tmp_path / "outer" / "memory.current").write_text("700\n")
    (tmp_path / "outer" / "memory.stat").write_text("anon 500\ninactive_file 200\n")
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("600\n")
    left = memory._of_groups(tmp_path, "/outer/inner", "memory.max", "memory.current", "inactive_file")
    assert list(left) == [500]
    free = free_bytes()
    assert free is None or free > 0
