"""One thread for the arithmetic of this process: several judges share the cores, and CPU seconds should mean work."""

from __future__ import annotations

import os
import sys

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """For libraries that are loaded later by the environment, for torch if it is loaded already."""
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
