"""`public.npz`: what the reference and its variants give on the public checks, as data; no code, nothing hidden.

With it a student's machine compares and diagnoses as the instructor's does, without the reference.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader.checks import trace as traces
from grader.checks.collect import Case, Check
from grader.checks.compare import mismatch
from grader.checks.execute import Ending
from grader.checks.import_need import ImportNeed
from grader.checks.misconception import Misconception
from grader.checks.oracle import Expected, LiveOracle, reference_problem
from grader.checks.trace import Trace
from grader.core.errors import SpecError
from grader.core.verdict import Status
from grader.pen.wire import WireError

_INDEX = "index"


class _Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which assignment this is, and the misconceptions: id, advice, accepted."""

    slug: str
    misconceptions: list[tuple[str, str, bool]]


def dump(slug: str, checks: Sequence[Check], oracle: LiveOracle) -> bytes:
    """The file for these public checks; deterministic. Raises SpecError if the reference does not pass one."""
    cards: dict[str, tuple[str, str, bool]] = {}
    arrays: dict[str, Any] = {}
    for check in (check for check in checks if check.public):
        for case in check.cases:
            expected = oracle.expected(check, case)
            problem = reference_problem(expected)
            if problem is not None:
                raise SpecError(f"{check.id}: the reference does not pass its own public check: {problem}")
            key = f"{check.id}/{case.name}"
            arrays[f"{key}/reference"] = _bytes(expected.trace)
            for card, variant in oracle.variants(check, case):
                cards[card.id] = (card.id, card.advice, card.accepted)
                arrays[f"{key}/{card.id}"] = _bytes(variant)
    order = [card.id for card, _ in oracle.reference.misconceptions if card.id in cards]
    index = msgspec.json.encode(_Index(slug, [cards[name] for name in order]))
    arrays[_INDEX] = np.frombuffer(index, np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


class StoredOracle:
    """The oracle of a student's machine. Raises SpecError for a file that is not one of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._arrays = _read(path.read_bytes())
            index = msgspec.json.decode(self._arrays.pop(_INDEX), type=_Index)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, msgspec.DecodeError) as error:
            raise SpecError(
                f"{path}: cannot be read ({type(error).__name__}); get the handout again"
            ) from None
        self.slug = index.slug
        self._cards = [
            Misconception(name, advice, accepted=accepted) for name, advice, accepted in index.misconceptions
        ]

    def expected(self, check: Check, case: Case) -> Expected:
        return Expected(self._trace(check, case, "reference"), Ending(Status.PASSED))

    def variants(self, check: Check, case: Case) -> list[tuple[Misconception, Trace]]:
        prefix = f"{check.id}/{case.name}"
        known = [card for card in self._cards if f"{prefix}/{card.id}" in self._arrays]
        return [(card, self._trace(check, case, card.id)) for card in known]

    def import_need(self, packages: Sequence[str]) -> ImportNeed:
        return ImportNeed()  # the reference is not here

    def _trace(self, check: Check, case: Case, name: str) -> Trace:
        key = f"{check.id}/{case.name}/{name}"
        try:
            return traces.load(self._arrays[key])
        except (KeyError, WireError):
            raise SpecError(
                f"{self.path}: has nothing for the check {check.id}; get the handout again"
            ) from None


def same_content(old: bytes, new: bytes) -> bool:
    """True if two files say the same; values may differ in the last digits, as other machines' do."""
    try:
        files = [_read(data) for data in (old, new)]
        if list(files[0]) != list(files[1]) or files[0].pop(_INDEX) != files[1].pop(_INDEX):
            return False
        return all(_alike(*(traces.load(file[name]) for file in files)) for name in files[0])
    except (ValueError, OSError, KeyError, WireError, zipfile.BadZipFile):
        return False


def _read(data: bytes) -> dict[str, bytes]:
    """The buffers of the file's arrays by name. Raises ValueError, OSError or BadZipFile for any other file."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name].tobytes() for name in file.files}
    except (
        EOFError,
        AttributeError,
        TypeError,
        NotImplementedError,
    ) as error:  # empty; a lone array; a member that is none
        raise ValueError("not an archive of arrays") from error


def _alike(old: Trace, new: Trace) -> bool:
    if old.ending != new.ending or old.calls != new.calls or len(old.observations) != len(new.observations):
        return False
    pairs = zip(old.observations, new.observations, strict=True)
    return all(a.of == b.of and mismatch(a.value, b.value, b.tolerance) is None for a, b in pairs)


def _bytes(trace: Trace) -> Any:
    return np.frombuffer(traces.dump(trace), np.uint8)
