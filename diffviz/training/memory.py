"""How much memory a training takes, estimated before it takes any, and how much there is."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.networks import MLP, Classifier, UNet
from diffviz.networks.device import CPU, bfloat16_autocast

FLOAT = 4  # bytes
# Vectors as long as the weights. Held throughout: weights, gradient, two moments, a scratch vector, the average and the
# copy of it that is shown, and the weights and gradient of the learner that is looked at and saved.
HELD = 9
SAVED = 9  # while what is needed to go on is saved: a copy, and its bytes
POINTS = 12  # numbers a batch holds for each number of a point: the point, noise, input, target, and what makes them
BACKWARD = 1.15  # what the way back needs beside what the way forth kept


class Settings(Protocol):
    """What the memory depends on of the settings of a training, whatever is trained."""

    @property
    def batch(self) -> int: ...
    @property
    def half(self) -> bool: ...
    @property
    def network(self) -> MLP | UNet | Classifier: ...


def training_bytes(settings: Settings, shape: tuple[int, ...]) -> int:
    """About the most memory that training on points of `shape` takes, in bytes.

    What the way back needs of each layer is not guessed but counted, on a batch of two; a batch of any size needs as
    much for each point. Networks of which no copy would fit are not built for that. Raises `ConfigError` if the network
    cannot work on that shape.
    """
    weights = _weight_bytes(settings, shape)
    point = POINTS * FLOAT * math.prod(shape) + BACKWARD * _activation_bytes(settings, shape)
    return int(HELD * weights + max(SAVED * weights, settings.batch * point))


def check_memory(settings: Settings, shape: tuple[int, ...], device: torch.device = CPU) -> None:
    """Raise `ConfigError`, in a sentence that says what to lower, if training would need more memory than is free."""
    free = free_bytes(device)
    if free is None:
        return
    least = (HELD + SAVED) * _weight_bytes(settings, shape)
    needed = least if least > free else training_bytes(settings, shape)
    if needed > free:
        takes, there = f"{needed / 1e9:,.1f} GB", f"{free / 1e9:,.1f} GB"
        raise ConfigError(
            f"This training would take about {takes} of memory, and {there} are free: lower the batch (batch) or the "
            "size of the network (network.width)."
        )


def _weight_bytes(settings: Settings, shape: tuple[int, ...]) -> int:
    return FLOAT * sum(weight.numel() for weight in settings.network.layout(shape).parameters())


def _activation_bytes(settings: Settings, shape: tuple[int, ...]) -> float:
    """What one point leaves behind for the way back: each storage once, without those of the weights."""
    network, count = settings.network.build(shape, 0), 2
    own = {weight.untyped_storage().data_ptr() for weight in [*network.parameters(), *network.buffers()]}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), bfloat16_autocast(CPU, settings.half):
        output = network.forward(torch.zeros(count, *shape), torch.zeros(count))
    total = sum(kept.values())  # while `output` keeps them all alive, no two share an address
    return (total + output.numel() * FLOAT) / count


def free_bytes(device: torch.device = CPU) -> int | None:
    """Memory that this process may still take on a device, or None where that is not known.

    On the processor the least of what the machine has, what the control groups around the process leave it, and what
    its own limit of address space leaves.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min((limit for limit in _limits() if limit is not None), default=None)


def _limits() -> Iterator[int | None]:
    yield _of_machine()
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, controllers, place = line.split(":", 2)
        if controllers == "":
            yield from _of_groups(Path("/sys/fs/cgroup"), place, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _of_groups(Path("/sys/fs/cgroup/memory"), place, *names)
    yield _of_address_space()


def _of_machine() -> int | None:
    for line in _text(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return None


def _of_groups(root: Path, place: str, limit: str, usage: str, cached: str) -> Iterator[int]:
    """What each control group leaves, from the process's own to the root; cached files make way when they must."""
    parts = [part for part in place.split("/") if part not in ("", "..")]
    for depth in range(len(parts), -1, -1):
        group = root.joinpath(*parts[:depth])
        most, used = _text(group / limit).strip(), _text(group / usage).strip()
        if not most.isdigit() or not used.isdigit():  # no limit, or none of this group
            continue
        files = dict(line.split(" ", 1) for line in _text(group / "memory.stat").splitlines() if " " in line)
        yield max(0, int(most) - int(used) + int(files.get(cached, "0")))


def _of_address_space() -> int | None:
    try:
        import resource
    except ImportError:  # Windows has none
        return None
    limit, pages = resource.getrlimit(resource.RLIMIT_AS)[0], _text(Path("/proc/self/statm")).split()
    if limit == resource.RLIM_INFINITY or not pages:
        return None
    return max(0, limit - int(pages[0]) * resource.getpagesize())


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
