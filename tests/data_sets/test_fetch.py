"""Fetching: from this machine, else from the first mirror that gives the right bytes; whole, or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from diffviz.config import ConfigError
from diffviz.data import fetch
from diffviz.data.fetch import RemoteFile, fetch_file
from tests.data_sets.test_idx import idx

PIXELS = np.random.default_rng(0).integers(0, 256, (400, 28, 28), dtype=np.uint8)
CONTENT = idx(PIXELS)
PACKED = gzip.compress(CONTENT, mtime=0)
SHA = hashlib.sha256(CONTENT).hexdigest()
NAME = "some-idx3-ubyte.gz"
NOWHERE = "http://127.0.0.1:9/"


@dataclass
class Mirror:
    """A server on this machine: what it gives, and what it was asked."""

    content: bytes = PACKED
    breaks: int = 0  # answers that end after half of what they promise
    asked: list[str | None] = field(default_factory=list)  # the Range of every request
    url: str = ""


@pytest.fixture
def mirror() -> Iterator[Callable[..., Mirror]]:
    servers = []

    def start(**settings: object) -> Mirror:
        here = Mirror(**settings)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                here.asked.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                rest = here.content[start:]
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                if here.breaks:
                    here.breaks -= 1
                    self.wfile.write(rest[: len(rest) // 2])
                    self.close_connection = True
                else:
                    self.wfile.write(rest)

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        here.url = f"http://127.0.0.1:{server.server_port}/"
        return here

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DIFFVIZ_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: str(tmp_path / name))
    return tmp_path / "diffviz" / "some"


def remote(*mirrors: str, sha256: str = SHA, packed: str | None = None) -> RemoteFile:
    return RemoteFile(NAME, mirrors, "some", sha256, packed)


def leftovers(cache: Path) -> set[str]:
    """All but the file itself and the lock."""
    return {path.name for path in cache.iterdir()} - {NAME, f".{NAME}.lock"}


def test_fetched_once_and_found_again(mirror, cache: Path) -> None:
    here, told = mirror(), []
    path = fetch_file(remote(here.url), lambda *now: told.append(now))
    assert path == cache / NAME and path.read_bytes() == PACKED and not leftovers(cache)
    assert told[-1] == (NAME, len(PACKED), len(PACKED))
    assert fetch_file(remote(here.url)) == path and len(here.asked) == 1


def test_the_folder_that_is_named_comes_first(mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / NAME.removesuffix(".gz")).write_bytes(CONTENT)
    monkeypatch.setenv("DIFFVIZ_DATA", str(tmp_path / "own"))
    assert fetch_file(remote(mirror().url)) == tmp_path / "own" / NAME.removesuffix(".gz")


def test_files_of_the_same_name_are_told_apart(mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / NAME).write_bytes(gzip.compress(idx(PIXELS[:3])))
    monkeypatch.setenv("DIFFVIZ_DATA", str(own))
    other = remote(mirror().url, sha256="", packed=f"md5:{hashlib.md5(PACKED).hexdigest()}")
    assert fetch_file(other).read_bytes() == PACKED


def test_a_failing_mirror_falls_to_the_next(mirror, cache: Path) -> None:
    wrong, right = mirror(content=gzip.compress(idx(PIXELS[::-1]), mtime=0)), mirror()
    assert fetch_file(remote(NOWHERE, wrong.url, right.url)).read_bytes() == PACKED
    assert len(wrong.asked) == 1 and not leftovers(cache)


@pytest.mark.parametrize("packed", [None, f"md5:{hashlib.md5(PACKED).hexdigest()}"])
def test_wrong_bytes_are_never_kept(mirror, cache: Path, packed: str | None) -> None:
    page = mirror(content=b"<html>a login page</html>")
    with pytest.raises(ConfigError):
        fetch_file(remote(page.url, packed=packed))
    assert not (cache / NAME).exists() and not leftovers(cache)


def test_an_interrupted_download_goes_on_where_it_broke_off(mirror, cache: Path) -> None:
    here = mirror(breaks=1)
    with pytest.raises(ConfigError):
        fetch_file(remote(here.url))
    part = cache / f".{NAME}.part"
    had = part.read_bytes()
    assert not (cache / NAME).exists() and had and PACKED.startswith(had)
    assert fetch_file(remote(here.url)).read_bytes() == PACKED
    assert here.asked == [None, f"bytes={len(had)}-"]


def test_no_network_says_where_to_put_the_file(cache: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        fetch_file(remote(NOWHERE))
    told = str(caught.value)
    assert str(cache) in told and "DIFFVIZ_DATA" in told and "Errno" not in told and "\n" not in told


def test_a_full_disk_is_one_sentence_and_leaves_no_file(mirror, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(self: Path, mode: str = "r", *rest: object, **named: object):
        return Full() if self.name.endswith(".part") else real(self, mode, *rest, **named)

    real = Path.open
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ConfigError, match=r"cannot be stored in .*: the disk is full\.$"):
        fetch_file(remote(mirror().url))
    assert not (cache / NAME).exists()


def test_a_second_process_waits_and_downloads_nothing(mirror, cache: Path) -> None:
    here = mirror()
    program = (
        "import sys, pooch; pooch.os_cache = lambda name: sys.argv[1]\n"
        "from diffviz.data.fetch import RemoteFile, fetch_file\n"
        f"print(fetch_file(RemoteFile({NAME!r}, ({here.url!r},), 'some', {SHA!r})))"
    )
    command = [sys.executable, "-c", program, str(cache.parent)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=120)[0].strip() for process in both] == [str(cache / NAME)] * 2
    assert (cache / NAME).read_bytes() == PACKED and len(here.asked) == 1 and not leftovers(cache)


def test_every_real_file_has_two_mirrors_and_a_digest() -> None:
    for files in (fetch.MNIST_FILES, fetch.FASHION_FILES):
        for pair in files.values():
            for one in pair:
                assert len(one.mirrors) >= 2 and (one.sha256 or one.packed)
