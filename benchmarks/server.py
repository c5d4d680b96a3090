"""The lab's server as a process of its own, and what it takes: for benchmarks that visit it."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MB = 2**20


@dataclass(frozen=True)
class Server:
    """Where it answers, its process, and what it has printed."""

    address: str
    pid: int
    log: Path

    def memory(self, peak: bool = False) -> float:
        """Resident MB now, or the most since the start (or since `forget_peak`)."""
        return memory_of(self.pid, peak)

    @property
    def answers(self) -> bool:
        """Whether it is alive and well."""
        with suppress(OSError), urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=10) as answer:
            return bool(answer.status == 200)
        return False


def memory_of(pid: int, peak: bool = False) -> float:
    """Resident MB of a process (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None  # every living process has both lines
    return int(found[1]) / 1024


def forget_peak(pid: int) -> None:
    """Let the most memory of a process be counted from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@contextmanager
def serve(port: int = 0, most: int | None = None, script: Path | None = None) -> Iterator[Server]:
    """Run `diffviz app`, as a person would, while the context lasts.

    port: 0 for a free one. most: MB of data that the process may allocate, so that a fault takes no other with it.
    script: of another Streamlit app, to compare with.
    """
    number = port or _free_port()
    lab = ["-m", "diffviz.cli", "app", "--no-browser", "--port"]
    other = ["-m", "streamlit", "run", str(script), "--server.headless=true", "--server.port"]
    command = [sys.executable, *(lab if script is None else other), str(number)]

    def limit() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (most * MB, most * MB))

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, preexec_fn=limit)
        server = Server(f"http://127.0.0.1:{number}", process.pid, log)
        try:
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.answers:
            return
        if process.poll() is not None:
            raise SystemExit(f"The server did not start:\n{server.log.read_text()}")
        time.sleep(0.1)
    raise SystemExit("The server did not answer within a minute.")
