"""Damaged and forged checkpoints, and what the library's loader makes of them.

`python -m benchmarks.damaged FOLDER` tries to load every file of a folder: a line before each, and a line of JSON with
what came of it. It is a process of its own, as one of them may take all its memory.
"""

from __future__ import annotations

import json
import pickle
import random
import resource
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from diffviz.config import ConfigError
from diffviz.locations import ASSETS
from diffviz.pretrained.checkpoint import Card, digest, load_checkpoint, read_checkpoint, write_checkpoint

MOST = 1024  # MB, all told, for files of less than one
WHOLE = ASSETS / "samplers" / "ring.safetensors"
VALUES: tuple[Any, ...] = (
    *(-1, 0, 1, 10**6, 10**9, 10**30, 1e308, float("nan"), float("inf"), None, True, "", "x", [], {}, [1], "mlp"),
    *({"kind": "mlp"}, {"kind": "unet"}, {"kind": "classifier"}, {"kind": []}, {"kind": None}, 0.5, "9" * 1_000),
)
SHAPES: tuple[Any, ...] = (
    (),
    (0,),
    (-1,),
    (10**6,),
    (10**12,),
    (2, 2),
    (1, 28, 28),
    (10**5, 10**5),
    (2.0,),
    ("a",),
    (True,),
)


def _leaves(config: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in config.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))


def _forged_config(path: Path, rng: random.Random) -> None:
    """One setting is another; the card's digest is right."""
    tensors, card = read_checkpoint(WHOLE)
    config = deepcopy(dict(card.config))
    *way, last = rng.choice(list(_leaves(config)))
    inner = config
    for name in way:
        inner = inner[name]
    inner[last] = rng.choice(VALUES)
    write_checkpoint(path, tensors, replace(card, config=config))


def _wide_network(path: Path, rng: random.Random) -> None:
    """The largest network that the settings allow, or more, with weights that are not its own."""
    tensors, card = read_checkpoint(WHOLE)
    network = {**card.config["network"], "width": rng.choice((512, 4096, 10**5)), "depth": rng.choice((8, 64, 10**4))}
    write_checkpoint(path, tensors, replace(card, config={**card.config, "network": network}))


def _forged_shape(path: Path, rng: random.Random) -> None:
    tensors, card = read_checkpoint(WHOLE)
    write_checkpoint(path, tensors, replace(card, shape=rng.choice(SHAPES)))


def _forged_field(path: Path, rng: random.Random) -> None:
    """A field of the card has a value of another kind."""
    tensors, card = read_checkpoint(WHOLE)
    name = rng.choice(("data", "seed", "step", "command", "seconds", "config"))
    write_checkpoint(path, tensors, replace(card, **{name: rng.choice(VALUES)}))


def _forged_tensor(path: Path, rng: random.Random) -> None:
    """A tensor has another type, shape or content."""
    tensors, card = read_checkpoint(WHOLE)
    name = rng.choice(sorted(tensors))
    of = tensors[name]
    tensors[name] = rng.choice(
        [of.to(torch.float16), of.double(), of[:0], of.flatten(), of * float("nan"), of.to(torch.int64), of[None]]
    ).contiguous()
    write_checkpoint(path, tensors, card)


def _renamed_tensor(path: Path, rng: random.Random) -> None:
    tensors, card = read_checkpoint(WHOLE)
    tensors[rng.choice(("x", "", "../x", "é" * 1_000))] = tensors.pop(rng.choice(sorted(tensors)))
    write_checkpoint(path, tensors, card)


def _card_text(text: str) -> Callable[[Path, random.Random], None]:
    def write(path: Path, rng: random.Random) -> None:
        path.write_bytes(save(read_checkpoint(WHOLE)[0], metadata={"card": text}))

    return write


def _changed_bytes(path: Path, rng: random.Random) -> None:
    data = bytearray(WHOLE.read_bytes())
    for _ in range(rng.choice((1, 10, 1_000))):
        data[rng.randrange(rng.choice((8, 2_000, len(data))))] = rng.randrange(256)
    path.write_bytes(data)


def _cut_off(path: Path, rng: random.Random) -> None:
    data = WHOLE.read_bytes()
    path.write_bytes(data[: rng.choice((0, 1, 7, 8, 9, 100, rng.randrange(len(data)), len(data) - 1))])


def _header_length(path: Path, rng: random.Random) -> None:
    length = rng.choice((0, 1, 2**31, 2**62, 2**64 - 1, 99_999_999))
    path.write_bytes(length.to_bytes(8, "little") + WHOLE.read_bytes()[8:])


def _deep_header(path: Path, rng: random.Random) -> None:
    header = b'{"a":' * rng.choice((200, 100_000)) + b"1"
    path.write_bytes(len(header).to_bytes(8, "little") + header)


def _promised_tensor(path: Path, rng: random.Random) -> None:
    """The header promises a tensor that no file could hold."""
    entry = {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}
    header = json.dumps({"a": entry}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)


def _pickled(path: Path, rng: random.Random) -> None:
    path.write_bytes(pickle.dumps({"weights": [1, 2, 3]}, protocol=rng.choice((0, 2, 4, 5))))


def _folder(path: Path, rng: random.Random) -> None:
    path.mkdir()


def _endless_link(path: Path, rng: random.Random) -> None:
    path.symlink_to(path)


def _noise(path: Path, rng: random.Random) -> None:
    path.write_bytes(rng.randbytes(rng.choice((10, 100_000))))


def _unsigned(path: Path, rng: random.Random) -> None:
    """The digest belongs to another card."""
    tensors, card = read_checkpoint(WHOLE)
    other = replace(card, sha256=digest(tensors, replace(card, seed=card.seed + 1)))
    path.write_bytes(save(tensors, metadata={"card": json.dumps(vars(other))}))


DAMAGES: dict[str, Callable[[Path, random.Random], None]] = {
    "forged config": _forged_config,
    "wide network": _wide_network,
    "forged shape": _forged_shape,
    "forged field": _forged_field,
    "forged tensor": _forged_tensor,
    "renamed tensor": _renamed_tensor,
    "no card": _card_text(""),
    "card is a list": _card_text("[]"),
    "card is a number": _card_text("7"),
    "card is null": _card_text("null"),
    "card is no JSON": _card_text("{"),
    "card without end": _card_text('{"losses":' + "[" * 100_000),
    "card with no losses": _card_text('{"losses": 7}'),
    "card with other losses": _card_text('{"losses": [[1, null]], "shape": [2]}'),
    "changed bytes": _changed_bytes,
    "cut off": _cut_off,
    "header length": _header_length,
    "deep header": _deep_header,
    "promised tensor": _promised_tensor,
    "pickle": _pickled,
    "folder": _folder,
    "endless link": _endless_link,
    "noise": _noise,
    "unsigned": _unsigned,
}


def outcome(path: Path) -> str:
    """Empty where a file loads, or is refused in a sentence, in little memory; else what came instead."""
    before = _peak()
    told = _tried(path)
    return told or (f"took {_peak():.0f} MB of memory" if _peak() > max(before, MOST) else "")


def _peak() -> float:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _tried(path: Path) -> str:
    try:
        _, card = load_checkpoint(path)
        assert isinstance(card, Card)
    except ConfigError as error:
        return "" if str(error).strip() else "refused without a word"
    except BaseException as error:  # MemoryError and RecursionError too: the question is what comes
        return f"{type(error).__name__}: {str(error)[:200]}"
    return ""


def main() -> None:
    """Load every file of the folder."""
    torch.set_num_threads(1)
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(path.name, flush=True)
        print(json.dumps(outcome(path)), flush=True)


if __name__ == "__main__":
    main()
