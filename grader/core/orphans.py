"""A worker process must not outlive the grader, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends. parent: the id of its process.

    Source: prctl(2), PR_SET_PDEATHSIG; Linux only, elsewhere nothing happens.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(1)
