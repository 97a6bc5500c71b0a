"""The key under which a grading is stored: equal for what must give the same verdicts, whoever handed it in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from grader.core.limits import Limits
from grader.core.result import Hashes, SubmissionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that verdicts depend on and that is known before; the fields are those of `SubmissionResult`.

    Not the device: whether there is one is found out when a check's turn comes, and a mark that was made without one
    stands until somebody decides to grade again.
    """

    assignment: str
    hashes: Hashes
    limits: Limits
    check_limits: Mapping[str, Limits]
    versions: Mapping[str, str]
    seed_fingerprint: str | None
    sandboxed: bool

    @classmethod
    def of(cls, result: SubmissionResult) -> Content:
        """Of a result that is there."""
        return cls(**{name: getattr(result, name) for name in cls.__dataclass_fields__})

    @property
    def key(self) -> str:
        """SHA-256 in hex."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
