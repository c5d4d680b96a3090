"""Reading safetensors that may be damaged or hostile: what is in a file is known before any of it is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffviz.config import ConfigError

# Of the header, which is JSON with the card inside: parsed it takes tens of times as much memory.
MAX_HEADER = 2_000_000  # bytes
_NAMES = {torch.float16: "F16", torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.bool: "BOOL"}
_PICKLES = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class CheckpointError(ConfigError):
    """A checkpoint that cannot be trusted; its message is one sentence that says why."""


@dataclass(frozen=True)
class Layout:
    """Type (such as F32) and shape of a tensor."""

    dtype: str
    shape: tuple[int, ...]


def layout_of(tensor: Tensor) -> Layout:
    """How a tensor stands in a file."""
    return Layout(_NAMES[tensor.dtype], tuple(tensor.shape))


@dataclass(frozen=True)
class Header:
    """What a file says of itself: free texts by name, and the layout of each tensor."""

    texts: Mapping[str, str]
    layouts: Mapping[str, Layout]


def read_header(path: Path) -> Header:
    """What is in `path`, read without the tensors. Raises `CheckpointError` like `read_tensors`."""
    _check_head(path)
    with _opened(path) as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  not a mapping
        layouts = {name: Layout(part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}
        return Header(file.metadata() or {}, layouts)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of `path`, which take as much memory as the file is long.

    Raises `CheckpointError` for a file that is missing, truncated, a pickle, or has too long a header.
    """
    _check_head(path)
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError, ValueError, RuntimeError, OverflowError):
        raise CheckpointError(f"{path.name} is truncated or no safetensors file.") from None


def _check_head(path: Path) -> None:
    """The first eight bytes are the length of the header."""
    if path.exists() and not path.is_file():
        raise CheckpointError(f"{path.name} is no file.")
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror}.") from None
    length = int.from_bytes(head, "little")
    if head.startswith(_PICKLES) and length >= 100_000_000:
        raise CheckpointError(f"{path.name} is a pickle, which could run code when opened; only safetensors are read.")
    if MAX_HEADER < length <= path.stat().st_size:
        raise CheckpointError(f"{path.name} has a header of {length:,} bytes, which is too long to be trusted.")
