"""A server that is interrupted while a page computes ends as one that rests: quietly, with status 0."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect  # Streamlit's own dependency

from diffviz.ui import ending

# Computes for ever, and calls Streamlit never again: it cannot be stopped the usual way.
PAGE = """
import torch
import diffviz.ui

torch.set_num_threads(1)
x = torch.ones(64, 64)
print("computing", flush=True)
while True:
    x = (x @ x).sigmoid()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_server_ends_cleanly_while_a_page_computes(how: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text(PAGE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"headless": "true", "address": "127.0.0.1", "port": str(port), "fileWatcherType": "none"}
    flags = [f"--server.{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        next(line for line in server.stdout if "URL" in line)
        with connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None) as visitor:
            visitor.send(BackMsg(rerun_script={"query_string": ""}).SerializeToString())
            next(line for line in server.stdout if line == "computing\n")
            server.send_signal(how)
            told, _ = server.communicate(timeout=ending.PATIENCE + 60)
    finally:
        server.kill()
        server.wait()
    assert server.returncode == 0 and "terminate" not in told, told
