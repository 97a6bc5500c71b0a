"""Pairs of submissions that are too alike, in a class of any size: an inverted index from fingerprint to owners.

The threshold was chosen by measurement (``python -m bench.similarity``: all 15 assignments, without a class around
them). Of 1083 pairs of independent submissions 99 % share less than 0.32 of the smaller one and none more than 0.39;
half-finished ones share up to 0.43 with others. Of 109 copies each with all names, numbers and type hints changed, with
functions reordered too, or with loops unrolled too, all share 0.66 or more; of as many half copies 97 % are above 0.45.
300 submissions take 3 CPU seconds, and 1 ms for each pair reported.
What is not found: code rewritten statement by statement, and a copy of one function among ten.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from grader.core.similar import Pair
from grader.grading.similar.fingerprints import encoded, grams
from grader.grading.similar.matching import matches, parts_of
from grader.grading.similar.normal import passages

THRESHOLD = 0.45  # of the fingerprints that the smaller one has beyond handout and idioms
COMMON, FEW = 0.25, 8  # an idiom: more than a quarter of the class has it, and more than eight
WHOLE = 0.80  # of all that is not handout: a solution that half of the class has is no idiom
LEAST = 12  # fingerprints, eight lines or so: sharing less says nothing

Index = Mapping[int, tuple[int, ...]]  # fingerprint → the submissions that have it, by number


def pairs(
    sources: Mapping[str, Mapping[str, str]], handout: Sequence[str] = (), threshold: float = THRESHOLD
) -> tuple[Pair, ...]:
    """The pairs that share at least `threshold` of the smaller one's fingerprints, the most alike first.

    sources: submission → file → text, Python in whatever state. handout: the texts that everyone was given.
    """
    names, given = sorted(sources), _given(handout)
    parts = [parts_of(sources[name]) for name in names]
    prints = [{one for part in each for one, _ in part.prints} - given for each in parts]
    everyone = _index(prints)
    common = max(FEW, COMMON * len(names))
    rare = {one: owners for one, owners in everyone.items() if len(owners) <= common}
    whole = _shares(everyone, len(names), WHOLE)
    share = np.maximum(_shares(rare, len(names), threshold), whole)
    found = []
    for one, other in np.argwhere(np.triu(share, 1) > 0).tolist():
        shared = prints[one] & prints[other]
        matched = matches(parts[one], parts[other], shared if whole[one, other] else shared & rare.keys())
        found.append(Pair(names[one], names[other], round(float(share[one, other]), 4), matched))
    return tuple(sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other)))


def _given(handout: Iterable[str]) -> Set[int]:
    """Every run of tokens of the handout, not only those that winnowing would keep."""
    return {int(one) for text in handout for passage in passages(text) for one in grams(encoded(passage))}


def _index(prints: Sequence[Set[int]]) -> Index:
    owners: dict[int, list[int]] = defaultdict(list)
    for number, each in enumerate(prints):
        for one in each:
            owners[one].append(number)
    return {one: tuple(who) for one, who in owners.items()}


def _shares(index: Index, count: int, least: float) -> NDArray[np.float32]:
    """(count, count): what two submissions share of the smaller one; 0 where that is too little to mean anything."""
    both = np.zeros((count, count), dtype=np.float32)  # whole numbers, exact up to 2²⁴
    # code that went round has the same owners throughout: one addition for all of it
    for owners, times in Counter(index.values()).items():
        both[np.ix_(owners, owners)] += times
    smaller = np.minimum.outer(both.diagonal(), both.diagonal())
    share = both / np.maximum(smaller, 1)
    return np.where((share >= least) & (both >= LEAST), share, np.float32(0))
