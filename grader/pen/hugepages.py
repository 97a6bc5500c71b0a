"""Put the fork server's memory into huge pages.

A fork then copies a hundred page-table entries instead of fifty thousand. Measured with torch imported and warmed
(217 MB anonymous): fork and exit of an idle child 17 ms before, 6 ms after, for 0.4 s once. A write of a child
still copies 4 KiB only. Kernels before 6.1 do not know the request; nothing is lost there.
"""

from __future__ import annotations

import ctypes
import sys

_COLLAPSE = 25  # MADV_COLLAPSE, linux/mman.h
_SIZE = 2 << 20  # of a huge page on x86-64 and on 4 KiB aarch64


def collapse() -> int:
    """Collapse every whole huge page of anonymous, writable memory of this process; returns how many there are now."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None)
    return sum(
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(_SIZE), _COLLAPSE) == 0
        for start in _candidates()
    )


def _candidates() -> list[int]:
    starts: list[int] = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            fields = line.split()
            if "w" not in fields[1] or (len(fields) > 5 and fields[5] != "[heap]"):
                continue
            low, high = (int(end, 16) for end in fields[0].split("-"))
            starts += range(-(-low // _SIZE) * _SIZE, high // _SIZE * _SIZE, _SIZE)
    return starts
