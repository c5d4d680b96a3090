"""IDX files: read whole and right, or refused in one sentence."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.data import IMAGE_SETS, MNIST, SmallDigits
from diffviz.data.idx import read_idx

REAL = pytest.mark.usefixtures("real_digits")


def idx(array: np.ndarray) -> bytes:
    """The array in the IDX format, by its definition."""
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


@pytest.fixture
def pixels() -> np.ndarray:
    return np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


@pytest.mark.parametrize("packed", [True, False])
def test_what_was_written_is_read(tmp_path: Path, pixels: np.ndarray, packed: bool) -> None:
    path = tmp_path / "some-idx3-ubyte"
    content = idx(pixels)
    path.write_bytes(gzip.compress(content) if packed else content)
    assert np.array_equal(read_idx(path, hashlib.sha256(content).hexdigest()), pixels)


def _cut_after_packing(content: bytes) -> bytes:
    return gzip.compress(content)[:-12]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda c: c[:-1], "is truncated: it has 75 bytes and tells of 76"),
        (lambda c: c[:9], "is truncated"),
        (lambda c: c + b"x", "is truncated"),
        (_cut_after_packing, "is truncated or damaged"),
        (lambda c: gzip.compress(c)[:20] + b"\0\0\0" + gzip.compress(c)[23:], "is truncated or damaged"),
        (lambda c: b"\0\0\x0d" + c[3:], "is no IDX file of bytes: it begins with 00000d03"),
        (lambda c: b"<htm" + c[4:], "is no IDX file of bytes"),
        (lambda c: b"", "is no IDX file of bytes: it begins with nothing"),
        (lambda c: c[:-1] + b"\xff", "has been altered"),
    ],
    ids=["short", "no sizes", "long", "gzip cut", "gzip altered", "another type", "a web page", "empty", "one byte"],
)
def test_a_spoiled_file_is_refused_in_one_sentence(tmp_path: Path, pixels: np.ndarray, spoil, told: str) -> None:
    content = idx(pixels)
    path = tmp_path / "some-idx3-ubyte.gz"
    path.write_bytes(spoil(content))
    with pytest.raises(ConfigError) as caught:
        read_idx(path, hashlib.sha256(content).hexdigest())
    assert told in str(caught.value) and str(caught.value).startswith(path.name)
    assert str(caught.value).count(". ") == 0


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none cannot be read: No such file"):
        read_idx(tmp_path / "none")


@REAL
@pytest.mark.parametrize(("part", "count"), [("train", 60_000), ("test", 10_000)])
def test_the_real_digits(part: str, count: int) -> None:
    images = MNIST().load(part)
    assert images.points.shape == (count, 1, 28, 28) and images.labels.shape == (count,)
    assert images.points.min() == -1 and images.points.max() == 1
    assert (
        images.labels.bincount().tolist()
        == {
            "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
            "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        }[part]
    )


def test_small_digits_are_always_there() -> None:
    train, test = SmallDigits().load("train"), SmallDigits().load("test")
    assert len(train.points) + len(test.points) == 1_797
    assert train.points.shape[1:] == (1, 8, 8) and train.points.min() == -1 and train.points.max() == 1
    assert set(train.labels.tolist()) == set(test.labels.tolist()) == set(range(10))


@pytest.mark.parametrize("kind", IMAGE_SETS.values(), ids=IMAGE_SETS)
def test_every_set_says_where_it_is_from(kind) -> None:
    assert kind.title and kind.paper
