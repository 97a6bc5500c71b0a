"""Where two submissions agree, once their fingerprints say that they do: runs of equal tokens, as ranges of lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grader.core.similar import Match, Place
from grader.grading.similar.fingerprints import GRAM, Hashes, encoded, grams, winnowed
from grader.grading.similar.normal import passages

OCCURRENCES = (
    16  # of one fingerprint that are looked at: a thousand equal lines in both would make a million pairs
)


@dataclass(frozen=True, slots=True)
class Part:
    """A passage of one submission: its codes, the line of each, and (fingerprint, place) in their order."""

    file: str
    codes: Hashes
    lines: tuple[int, ...]
    prints: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, order=True)
class _Run:
    """`length` equal tokens: from `start` in passage `one`, from `start + shift` in passage `other`."""

    length: int
    one: int
    other: int
    start: int
    shift: int


def parts_of(files: Mapping[str, str]) -> tuple[Part, ...]:
    """Every passage of a submission that is long enough to have a fingerprint, files in the order of their names."""
    found = []
    for file, text in sorted(files.items()):
        for passage in passages(text):
            codes = encoded(passage)
            hashes = grams(codes)
            places = winnowed(hashes)
            if len(places):
                prints = tuple(zip(hashes[places].tolist(), places.tolist(), strict=True))
                found.append(Part(file, codes, passage.lines, prints))
    return tuple(found)


def matches(one: Sequence[Part], other: Sequence[Part], shared: Set[int]) -> tuple[Match, ...]:
    """The runs of equal tokens around the `shared` fingerprints, the longest first, no token used twice."""
    used = [np.zeros(len(part.codes), dtype=bool) for part in one]
    taken = [np.zeros(len(part.codes), dtype=bool) for part in other]
    kept = []
    for run in sorted(_runs(one, other, shared), key=lambda run: (-run.length, run)):
        here = used[run.one][run.start : run.start + run.length]
        there = taken[run.other][run.start + run.shift : run.start + run.shift + run.length]
        for begin, end in _stretches(~(here | there)):
            here[begin:end] = there[begin:end] = True
            kept.append(replace(run, start=run.start + begin, length=end - begin))
    found = sorted(
        (_match(one[run.one], other[run.other], run) for run in kept),
        key=lambda match: (match.one, match.other),
    )
    return tuple(_joined(found))


def _runs(one: Sequence[Part], other: Sequence[Part], shared: Set[int]) -> Iterator[_Run]:
    """Every run of GRAM equal tokens or more on a diagonal that holds a shared fingerprint."""
    here, there = _places(one, shared), _places(other, shared)
    diagonals = {
        (number, opposite, place - at)
        for hashed in here.keys() & there.keys()
        for number, at in here[hashed]
        for opposite, place in there[hashed]
    }
    for number, opposite, shift in sorted(diagonals):
        left, right = one[number].codes, other[opposite].codes
        low, high = max(0, -shift), min(len(left), len(right) - shift)
        equal = left[low:high] == right[low + shift : high + shift]
        for begin, end in _stretches(equal):
            yield _Run(end - begin, number, opposite, low + begin, shift)


def _places(parts: Sequence[Part], shared: Set[int]) -> dict[int, list[tuple[int, int]]]:
    """Fingerprint → (passage, place) of its first occurrences."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, part in enumerate(parts):
        for hashed, place in part.prints:
            if hashed in shared and len(found[hashed]) < OCCURRENCES:
                found[hashed].append((number, place))
    return found


def _stretches(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end of every stretch of GRAM true values or more."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False]))))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(begin, end) for begin, end in pairs if end - begin >= GRAM]


def _match(one: Part, other: Part, run: _Run) -> Match:
    last, there = run.start + run.length - 1, run.start + run.shift
    return Match(
        Place(one.file, one.lines[run.start], one.lines[last]),
        Place(other.file, other.lines[there], other.lines[there + run.length - 1]),
    )


def _joined(found: Sequence[Match]) -> Iterator[Match]:
    """Matches that go on where the one before ended, in both submissions, are one."""
    before: Match | None = None
    for match in found:
        if before and _follows(before.one, match.one) and _follows(before.other, match.other):
            before = Match(
                replace(before.one, last=max(before.one.last, match.one.last)),
                replace(before.other, last=max(before.other.last, match.other.last)),
            )
            continue
        if before:
            yield before
        before = match
    if before:
        yield before


def _follows(before: Place, after: Place) -> bool:
    """At most one line, an empty one perhaps, lies between."""
    return before.file == after.file and before.first <= after.first <= before.last + 2
