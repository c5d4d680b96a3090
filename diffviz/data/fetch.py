"""Files that are looked for on this machine, then fetched from public mirrors: whole and verified, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
from filelock import FileLock

from diffviz.config import ConfigError
from diffviz.data.idx import read_idx

Progress = Callable[[str, int, int], None]  # (file, bytes so far, bytes in all or 0)
_CHUNK, _PATIENCE = 1 << 16, 10.0  # bytes; seconds without a byte


@dataclass(frozen=True)
class RemoteFile:
    """A gzipped IDX file: its name, the mirrors' folders in order, the folder it stands in here, and its digests.

    sha256: of the decompressed bytes; packed: of the file as it comes, for pooch ("md5:..."); either may be unknown.
    """

    name: str
    mirrors: tuple[str, ...]
    folder: str
    sha256: str = ""
    packed: str | None = None

    def check(self, path: Path) -> None:
        """Raise `ConfigError` unless the file at `path` is whole and the right one."""
        read_idx(path, self.sha256)


def fetch_file(remote: RemoteFile, progress: Progress | None = None) -> Path:
    """The file on this machine, else fetched into the user's cache from the first mirror that gives it.

    Raises `ConfigError`, in one sentence that says where to put the file, if no mirror does.
    """
    return find_local(remote) or _fetch(remote, _cache(remote), progress)


def find_local(remote: RemoteFile) -> Path | None:
    """The file in `DIFFVIZ_DATA`, else in the user's cache; None if it is in neither."""
    given = os.environ.get("DIFFVIZ_DATA")
    folders = [_cache(remote)]
    if given:
        folders = [Path(given), Path(given) / remote.folder, *folders]
    names = (remote.name, remote.name.removesuffix(".gz"))
    candidates = (folder / name for folder in folders for name in names)
    return next((path for path in candidates if path.is_file() and _belongs(path, remote)), None)


def _cache(remote: RemoteFile) -> Path:
    return Path(pooch.os_cache("diffviz")) / remote.folder


def _belongs(path: Path, remote: RemoteFile) -> bool:
    """MNIST and Fashion-MNIST name their files alike: in a folder of one's own, what is packed tells them apart."""
    if remote.packed is None or path.suffix != ".gz" or path.parent.name == remote.folder:
        return remote.packed is None or path.parent.name == remote.folder
    return bool(pooch.hashes.hash_matches(str(path), remote.packed))


def _fetch(remote: RemoteFile, cache: Path, progress: Progress | None) -> Path:
    """Fetch into the cache; two processes that want the same file take turns, and the second finds it there."""
    path = cache / remote.name
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f".{remote.name}.lock"):
            for mirror in () if path.is_file() else remote.mirrors:
                if _fetch_from(remote, mirror, path, progress):
                    break
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise ConfigError(f"{remote.name} cannot be stored in {cache}: {reason}.") from None
    if not path.is_file():
        raise ConfigError(f"No mirror of {remote.name} can be reached; put the file into {cache} or set DIFFVIZ_DATA.")
    return path


def _fetch_from(remote: RemoteFile, mirror: str, path: Path, progress: Progress | None) -> bool:
    """Try one mirror. What comes is stored beside as .part, and gets the file's name only once it is verified."""
    part = path.with_name(f".{path.name}.part")
    download = _Resumed(part, progress)
    try:
        whole = pooch.retrieve(
            mirror + remote.name, remote.packed, fname=f".{path.name}.whole", path=path.parent, downloader=download
        )
    except requests.RequestException:
        return False
    except ValueError:  # not the digest that was asked for
        part.unlink(missing_ok=True)
        return False
    try:
        remote.check(Path(whole))
    except ConfigError:
        Path(whole).unlink()
        return False
    Path(whole).replace(path)
    return True


class _Resumed:
    """Pooch's downloader by HTTP, but one that goes on from where another attempt, on any mirror, broke off."""

    def __init__(self, part: Path, progress: Progress | None) -> None:
        self.part, self.progress = part, progress

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        had = self.part.stat().st_size if self.part.is_file() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
        with requests.get(url, headers=headers, stream=True, timeout=_PATIENCE) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()  # it was all there and yet not right, or the mirrors differ in length
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content
            had = had if goes_on else 0
            size = had + int(response.headers.get("Content-Length", 0))
            with self.part.open("ab" if goes_on else "wb") as file:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    had += len(chunk)
                    if self.progress is not None:
                        self.progress(self.part.name[1:].removesuffix(".part"), had, size)
            if had < size:
                raise requests.ConnectionError(f"{url} broke off after {had} of {size} bytes.")
        self.part.replace(output_file)


_MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)


def _mnist(name: str, sha256: str) -> RemoteFile:
    return RemoteFile(f"{name}-ubyte.gz", _MNIST, "mnist", sha256=sha256)


def _fashion(name: str, md5: str) -> RemoteFile:
    return RemoteFile(f"{name}-ubyte.gz", _FASHION, "fashion-mnist", packed=f"md5:{md5}")


MNIST_FILES = {
    "train": (
        _mnist("train-images-idx3", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        _mnist("train-labels-idx1", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ),
    "test": (
        _mnist("t10k-images-idx3", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        _mnist("t10k-labels-idx1", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
}
FASHION_FILES = {
    "train": (
        _fashion("train-images-idx3", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        _fashion("train-labels-idx1", "25c81989df183df01b3e8a0aad5dffbe"),
    ),
    "test": (
        _fashion("t10k-images-idx3", "bef4ecab320f06d8554ea6380940ec79"),
        _fashion("t10k-labels-idx1", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
}
