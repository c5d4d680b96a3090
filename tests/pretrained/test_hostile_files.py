"""Whatever a file holds, it is read or refused in one sentence, and takes no more memory than an honest one."""

from __future__ import annotations

import hashlib
import json
import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor

from diffviz.config import ConfigError
from diffviz.data import Ring, prepare
from diffviz.networks import MLP
from diffviz.pretrained.checkpoint import load_learner, read_checkpoint, save_checkpoint
from diffviz.runs.interrupted import expected_of_network, interrupted_path, load_interrupted
from diffviz.runs.job import network_job, run_job
from diffviz.training.loop import TrainingConfig, TrainState, training_steps

SETTINGS = TrainingConfig(batch=16, steps=4, network=MLP(width=8, depth=1, x_features=4, t_features=1))
MORE = 400 << 20  # bytes that reading may take
DEEP = 100_000
# JSON texts that no field of a card is honest with, all but a few.
JUNK = {
    "null": "null",
    "true": "true",
    "minus one": "-1",
    "nought": "0",
    "a half": "0.5",
    "beyond 64 bits": str(2**64),
    "400 digits": "1" * 400,
    "5000 digits": "1" * 5000,
    "nan": "NaN",
    "infinity": "-Infinity",
    "too large": "1e400",
    "a word": '"cosine"',
    "a long word": f'"{"x" * 50_000}"',
    "odd signs": '"\\u0000\\n\\ud800\\u202e"',
    "an empty list": "[]",
    "lists in lists": "[[[1, 2], [3]], []]",
    "a list of junk": '[[1, "a"], [null, NaN], 7]',
    "an empty object": "{}",
    "an object": '{"kind": ["unet"], "a": {}}',
    "deep lists": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "lists just too deep to copy": "[" * 900 + "]" * 900,
}


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Little more address space than the process has already."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MORE, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An honest checkpoint."""
    save_checkpoint(
        tmp_path / "a.safetensors", TrainState(SETTINGS, (2,), 0), 0, 4, "ring", "diffviz", 1.5, ((1, 2.0),)
    )
    return tmp_path / "a.safetensors"


def read_or_refused(path: Path, read: Callable[[], object]) -> bool:
    """Whether it is read; if not, whoever reads the sentence learns which file it is about."""
    try:
        read()
    except ConfigError as error:
        sentence = str(error)
        assert sentence.endswith(".") and sentence.isprintable() and len(sentence) < 300
        assert path.stem in sentence
        return False
    return True


def stamped(tensors: dict[str, Tensor], card: Mapping[str, Any]) -> dict[str, Any]:
    """The card with the digest that a forger would put there."""
    text = json.dumps({**card, "sha256": "", "seconds": 0.0}, sort_keys=True)
    hashed = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        hashed.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        hashed.update(tensors[name].numpy().tobytes())
    return {**card, "sha256": hashed.hexdigest()}


def places(card: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in card.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from places(value, (*above, name))


def with_text(values: dict[str, Any], place: tuple[str, ...], text: str) -> str:
    """JSON of `values`, with a text in one place."""
    copy = json.loads(json.dumps(values))
    inner = copy
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = "@here@"
    return json.dumps(copy).replace('"@here@"', text)


@pytest.mark.parametrize("text", JUNK.values(), ids=JUNK)
def test_junk_in_any_place_of_a_card(path: Path, text: str) -> None:
    tensors, card = read_checkpoint(path)
    values = {**vars(card), "config": dict(card.config)}
    read = []
    for place in places(values):
        card_text = with_text(values, place, text)
        with suppress(ValueError, RecursionError):  # no forger could stamp these
            card_text = json.dumps(stamped(tensors, json.loads(card_text)))
        save_file(tensors, path, metadata={"card": card_text})
        if read_or_refused(path, lambda: load_learner(path)):
            read.append(place)
    assert len(read) <= 10, read  # a seed, a step, or a rate of 0.5 may well be


@pytest.mark.parametrize("text", ["[]", "7", '"card"', "null", "", "{", "[" * DEEP, '{"config": {}, "config": {}}'])
def test_a_card_that_is_none(path: Path, text: str) -> None:
    tensors = read_checkpoint(path)[0]
    save_file(tensors, path, metadata={"card": text})
    assert not read_or_refused(path, lambda: load_learner(path))


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ({"kind": "classifier", "width": 256, "features": 1024}, [3, 2048, 2048]),
        ({"kind": "unet", "width": 256, "blocks": 4, "classes": 1000, "deeper": 8}, [3, 2048, 2048]),
        ({"kind": "mlp", "width": 512, "depth": 8, "x_features": 256}, [2**24]),
        ({"kind": "mlp", "width": 512, "depth": 8, "x_features": 256}, [2**40]),
        ({"kind": "mlp", "width": 512}, [2**62, 2**62, 2**62]),
        ({"kind": "unet"}, [0, 4, 4]),
        ({"kind": "unet"}, [1, -4, -4]),
    ],
)
def test_a_card_of_a_network_that_is_not_there_builds_nothing(
    path: Path, network: dict[str, Any], shape: list[int]
) -> None:
    tensors, card = read_checkpoint(path)
    values = {**vars(card), "config": {"network": network}, "shape": shape}
    save_file(tensors, path, metadata={"card": json.dumps(stamped(tensors, values))})
    assert not read_or_refused(path, lambda: load_learner(path))


def changed(tensors: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    """The same tensors in other types and shapes, under other names, and not all or not alone."""
    for name, tensor in tensors.items():
        rest = {other: value for other, value in tensors.items() if other != name}
        yield rest
        types = (torch.bfloat16, torch.float16, torch.float64, torch.int64, torch.bool, torch.uint8, torch.float8_e5m2)
        yield from ({**rest, name: tensor.to(kind)} for kind in types)
        yield from ({**rest, name: tensor.reshape(shape)} for shape in ((-1, 1), (1, *tensor.shape)))
        yield from ({**rest, name: torch.zeros(shape)} for shape in ((), (0,), (0, 2**40), (1000, 1000)))
        yield from ({**rest, odd: tensor} for odd in ("", "\n", "wéights.0", "x" * 50_000, "__proto__"))
        yield {**tensors, f"{name}.more": tensor.clone()}
    yield {}


def test_tensors_of_other_types_shapes_and_names(path: Path) -> None:
    tensors, card = read_checkpoint(path)
    variants = list(changed(tensors))
    assert len(variants) > 100
    for variant in variants:
        save_file(variant, path, metadata={"card": json.dumps(vars(card))})
        assert not read_or_refused(path, lambda: load_learner(path))


def headers(content: bytes) -> Iterator[bytes]:
    """The file with another header before the same bytes."""
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    first = next(name for name in header if name != "__metadata__")
    junk: list[Any] = [None, 7, "F32", [], {}, [2**62, 2**62], [-1], 1e400, ["a"]]
    for part in ("dtype", "shape", "data_offsets"):
        for value in [*junk, [0, 2**50], [2**50, 0], "BF16", "F99"]:
            yield _file({**header, first: {**header[first], part: value}}, body)
    for value in junk:
        yield _file({**header, "__metadata__": value}, body)
        yield _file({**header, "__metadata__": {"card": value}}, body)
        yield _file({**header, first: value}, body)
    texts = ["{}", "[]", "", "[" * DEEP, '{"a":' * DEEP, json.dumps(header) + "x", "\xff", "{" + " " * 3_000_000 + "}"]
    texts.append(json.dumps(header)[:-1] + f', "{first}": {json.dumps(header[first])}}}')  # twice the same
    for text in texts:
        encoded = text.encode("latin-1")
        yield len(encoded).to_bytes(8, "little") + encoded + body
    for wrong in (0, length - 1, length + 1, len(content), 2**32, 2**63, 2**64 - 1):
        yield wrong.to_bytes(8, "little") + content[8:]


def _file(header: Any, body: bytes) -> bytes:
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + body


def test_headers_that_lie(path: Path) -> None:
    variants = list(headers(path.read_bytes()))
    assert len(variants) > 70
    for content in variants:
        path.write_bytes(content)
        read_or_refused(path, lambda: load_learner(path))
    for length in range(0, len(content), 41):
        path.write_bytes(content[:length])
        assert not read_or_refused(path, lambda: load_learner(path))


def test_what_is_no_file_of_its_own(path: Path) -> None:
    folder = path.with_name("a-folder.safetensors")
    folder.mkdir()
    for odd in (folder, Path("/dev/zero"), path.with_name("a-nothing.safetensors")):
        with pytest.raises(ConfigError):
            load_learner(odd)


def left(path: Path) -> str:
    """What an interrupted training leaves beside `path`; the text that tells it from others."""
    points = prepare(Ring(), 64, 0).points
    loop = partial(training_steps, SETTINGS, points, 0)
    run_job(
        network_job(TrainState(SETTINGS, (2,), 0), lambda state: loop(resume=state), seed=0, data="ring"),
        path=path,
        command="",
        interrupted=lambda: True,
    )
    return f"{SETTINGS!r} data=ring seed=0"


def test_what_an_interrupted_training_left(tmp_path: Path) -> None:
    path, expected = tmp_path / "a.safetensors", partial(expected_of_network, TrainState(SETTINGS, (2,), 0))
    identity, target = left(path), interrupted_path(path)
    honest = load_interrupted(path, identity, expected)
    names = ("weights", "mean", "square", "average", "lam_loss")
    tensors = {name: getattr(honest.state, name) for name in names}
    rest = {"step": 1, "smooth_loss": 1.0, "seconds": 1.0, "losses": honest.losses.state(), "command": ""}

    def tried(content: bytes) -> bool:
        target.write_bytes(content)
        return read_or_refused(target, lambda: load_interrupted(path, identity, expected))

    assert tried(save(tensors, {"identity": identity, "rest": json.dumps(rest)}))
    for variant in changed(tensors):
        assert not tried(save(variant, {"identity": identity, "rest": json.dumps(rest)}))
    for name in names:
        variant = {**tensors, name: tensors[name].clone().fill_(torch.nan)}
        assert not tried(save(variant, {"identity": identity, "rest": json.dumps(rest)}))
    read = 0
    for place in places(rest):
        for text in JUNK.values():
            read += tried(save(tensors, {"identity": identity, "rest": with_text(rest, place, text)}))
    assert read < 20  # a number for a number, a text for a text
    content = save(tensors, {"identity": identity, "rest": json.dumps(rest)})
    for variant_content in headers(content):
        tried(variant_content)
    for length in range(0, len(content), 211):
        assert not tried(content[:length])
