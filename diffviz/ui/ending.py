"""How the server ends while a page still computes."""

from __future__ import annotations

import atexit
import ctypes
import threading
import time

PATIENCE = 10.0  # seconds that all script threads together have to end
_SCRIPTS = "ScriptRunner."  # what Streamlit begins the names of its script threads with


@atexit.register
def end_scripts() -> None:
    """Raise `SystemExit` in every script thread, where it next runs Python code, and wait for them.

    Streamlit runs pages in daemon threads and stops them where they next call it, which a computation does not. A
    daemon thread that comes back from torch while the interpreter ends is torn down inside torch's own code, and the
    whole process aborts ("terminate called without an active exception", exit status -6).
    """
    scripts = [thread for thread in threading.enumerate() if thread.name.startswith(_SCRIPTS)]
    for thread in scripts:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
    until = time.monotonic() + PATIENCE
    for thread in scripts:
        thread.join(max(0.0, until - time.monotonic()))
