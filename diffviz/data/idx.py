"""The IDX format of the MNIST files: a magic number, the sizes, then unsigned bytes, all big-endian."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diffviz.config import ConfigError

_BYTES = 0x08  # the code of unsigned bytes, the only type that images and labels use


def read_idx(path: Path, sha256: str = "") -> NDArray[np.uint8]:
    """The array in an IDX file, gzipped or plain, of unsigned bytes (LeCun, "The MNIST database", file formats).

    sha256: of the decompressed bytes, where known. Raises `ConfigError`, in one sentence, for a file that cannot be
    read, is truncated, is no IDX file of bytes, or does not have that digest.
    """
    name = path.name
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ConfigError(f"{name} is truncated or damaged; delete it and it is fetched again.") from None
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}.") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES or not content[3]:
        raise ConfigError(f"{name} is no IDX file of bytes: it begins with {content[:4].hex() or 'nothing'}.")
    start = 4 + 4 * content[3]
    sizes = [content[k : k + 4] for k in range(4, min(start, len(content)), 4)]
    shape = tuple(int.from_bytes(size, "big") for size in sizes)
    wanted = start + math.prod(shape)
    if len(content) != wanted:
        raise ConfigError(f"{name} is truncated: it has {len(content):,} bytes and tells of {wanted:,}.")
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise ConfigError(f"{name} has been altered: its contents do not have the published SHA-256.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
