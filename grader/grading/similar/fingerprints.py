"""Winnowing: a few hashes that stand for a passage, so that two which share enough tokens share one of them.

Source: Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003. Of every
`WINDOW` neighbouring hashes of `GRAM` tokens the smallest is kept, the rightmost of equal ones: any run of
GRAM + WINDOW - 1 = 25 tokens that two passages share is found, none shorter than GRAM = 20 (two lines or so) is.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from grader.grading.similar.normal import Passage

GRAM, WINDOW = 20, 6  # tokens, hashes
Hashes = NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)  # any odd number: the polynomial's base, modulo 2⁶⁴


def encoded(passage: Passage) -> Hashes:
    """One number a word, the same for the same word on every machine."""
    return np.array([_number(word) for word in passage.words], dtype=np.uint64)


def grams(codes: Hashes) -> Hashes:
    """The hash of every run of GRAM words, by its place: (len(codes) - GRAM + 1,), or (0,) if there are fewer."""
    count = max(0, len(codes) - GRAM + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    for shift in range(GRAM if count else 0):
        hashes = hashes * _BASE + codes[shift : shift + count]
    hashes ^= hashes >> np.uint64(29)  # the high bits decide which is smallest: mix the low ones in
    return hashes * _BASE


def winnowed(hashes: Hashes) -> NDArray[np.intp]:
    """The places of the hashes that are kept, in rising order."""
    if not len(hashes):
        return np.zeros(0, dtype=np.intp)
    width = min(WINDOW, len(hashes))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, width)[:, ::-1]
    return np.unique(np.arange(len(windows)) + width - 1 - windows.argmin(axis=1))


@lru_cache(maxsize=4096)
def _number(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
