"""Freed memory goes back to the system."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from diffviz.runs import heap

WORK = """
import gc, os, threading, time
from diffviz.runs import heap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def work():
    for _ in range(3_000):
        large.append(b"x" * 50_000)
        small.append(b"x" * 1_000)  # kept, between what is freed

large, small = [], []
before = resident()
thread = threading.Thread(target=work)
thread.start()
thread.join()
large.clear()
print(resident() - before)
{give_back}
print(resident() - before)
"""
AT_ONCE = "heap.give_back()"
REGULARLY = """
heap.PERIOD = 0.01
heap.give_back_regularly()
deadline = time.monotonic() + 60
while resident() - before > 10e6 and time.monotonic() < deadline:
    time.sleep(0.01)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is asked")
@pytest.mark.parametrize("give_back", [AT_ONCE, REGULARLY], ids=["at once", "regularly"])
def test_what_a_thread_has_freed_goes_back_to_the_system(give_back):
    """150 MB are freed between small blocks that stay: the allocator alone keeps half of them."""
    script, root = WORK.format(give_back=give_back), Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    kept, left = map(int, run.stdout.split())
    assert kept > 50e6
    assert left < 10e6


def test_without_an_allocator_that_can_be_asked_nothing_happens(monkeypatch):
    def without_symbols(name):
        return object()

    monkeypatch.setattr("ctypes.CDLL", without_symbols)
    heap._of_glibc.cache_clear()
    try:
        heap.limit()
        heap.give_back()
        assert heap._of_glibc("malloc_trim") is None
    finally:
        heap._of_glibc.cache_clear()


LARGE = """
import os
from diffviz.runs import heap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

{limit}
first = b"x" * 20_000_000
del first
before = resident()
blocks = [(b"x" * 10_000_000, b"x" * 200_000) for _ in range(20)]
small = [block[1] for block in blocks]  # kept, between what is freed
del blocks
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is asked")
def test_large_blocks_go_back_as_soon_as_they_are_freed():
    def kept(limit: str) -> int:
        script, root = LARGE.format(limit=limit), Path(__file__).parents[2]
        run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
        return int(run.stdout)

    assert kept("") > 50e6
    assert kept("heap.limit()") < 10e6
