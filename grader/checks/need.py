"""How much memory the reference needs for a check: measured where it runs, in the judge's own process.

What is freed beforehand is given back to the kernel, the kernel's peak is set back, and pages of files do not count:
what is left is the growth of this process while the body runs, the check's own arrays included. That is what an
honest submission is charged for, too, to within some MiB. Sources: proc(5) on clear_refs and status, malloc_trim(3).
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

from grader.sandbox import watch


class Need:
    """Attributes: bytes: of new memory at the highest point between enter and exit; 0 where that cannot be known."""

    def __init__(self) -> None:
        self.bytes = self._before = 0

    def __enter__(self) -> Need:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # the peak of the resident set begins anew
            numbers = watch.status(os.getpid())
            self._before = numbers["VmRSS"] - numbers["RssFile"]
        return self

    def __exit__(self, *problem: object) -> None:
        if self._before:
            numbers = watch.status(os.getpid())
            self.bytes = max(0, numbers["VmHWM"] - numbers["RssFile"] - self._before)
