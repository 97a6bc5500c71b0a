"""Seeds and codes of exams: reproducible with the course's secret, unguessable without it. Source: HMAC, RFC 2104."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence

EXAM_BIT = (
    1 << 63
)  # set in every seed of an exam, clear in those of practice: no exam's question is ever practised
_CODES = 1_000_000


def slot_seed(secret: bytes, exam: str, student: str, slot: int) -> int:
    """The seed that this student's question in this slot is drawn with: 64 bits, the highest set."""
    return _number(secret, exam, "slot", student, slot) | EXAM_BIT


def order_seed(secret: bytes, exam: str, purpose: str, student: str = "") -> int:
    """The seed of a choice that is no question: which templates an exam has, in which order a form shows them."""
    return _number(secret, exam, purpose, student)


def codes(secret: bytes, exam: str, students: Sequence[str]) -> dict[str, str]:
    """A form code of six digits for every student, all different; the same for a student in any order of the roster.

    Two students whose first choice is the same are rare (1 in 50 for 200); the later id then takes its next choice.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for student in sorted(students):
        attempt = 0
        while (code := f"{_number(secret, exam, 'code', student, attempt) % _CODES:06d}") in taken:
            attempt += 1
        found[student] = code
        taken.add(code)
    return found


def _number(secret: bytes, *parts: str | int) -> int:
    # JSON, not a separator: ids may hold any character
    digest = hmac.new(secret, json.dumps(["exam", *parts]).encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")
