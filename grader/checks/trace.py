"""What one run of a check's body looked at: the record that comparison, diagnosis and `public.npz` share.

The same body runs against the reference, each variant and the submission. Each run leaves a trace: the values that the
check compared, in order, and how the run ended. A submission's value is judged against the reference's at the same
place; a misconception explains it if the variant's trace agrees where the reference's does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from grader.checks.compare import FLOAT_TOLERANCE, Tolerance, mismatch
from grader.checks.values import Opaque
from grader.pen import wire


@dataclass(frozen=True, slots=True)
class Observation:
    """One compared value: the function it came from, what it is, the tolerance that applied."""

    of: str
    value: Any
    tolerance: Tolerance = FLOAT_TOLERANCE


@dataclass(slots=True)
class Trace:
    """The record of one run of one case.

    Attributes:
        observations: compared values, in order.
        calls: per call of a student's function its name and a description of the result ("array (8, 10) float64").
        ending: "" if the body came to its end, else a word for what stopped it, e.g. "raised ValueError".
        text: the text of that exception.
    """

    observations: list[Observation] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    ending: str = ""
    text: str = ""


def explains(variant: Trace, student: Trace, reference: Trace) -> bool:
    """True if the variant gives what the student gave, and the reference does not."""
    shared = len(student.observations)
    if len(variant.observations) < shared:
        return False
    pairs = zip(student.observations, variant.observations, strict=False)
    if any(not same(got, want) for got, want in pairs):
        return False
    if _seen(student, reference):
        return True
    stopped = student.ending.startswith("raised") and student.ending != reference.ending
    return stopped and variant.ending == student.ending and len(variant.observations) == shared


def differs(student: Trace, reference: Trace) -> bool:
    """True if the two traces can be told apart by a value or by an exception."""
    if student.ending.startswith("raised") and student.ending != reference.ending:
        return True
    return _seen(student, reference)


def _seen(student: Trace, reference: Trace) -> bool:
    pairs = zip(student.observations, reference.observations, strict=False)
    return any(not same(got, want) for got, want in pairs)


def same(got: Observation, want: Observation) -> bool:
    """True if the two observed values agree within the tolerance of the check."""
    return got.of == want.of and mismatch(got.value, want.value, want.tolerance) is None


def dump(trace: Trace) -> bytes:
    """The trace as bytes of the wire; handles become `Opaque`, so no code and no object can be inside."""
    plain = {
        "observations": [
            [o.of, o.value, o.tolerance.rtol, o.tolerance.atol, o.tolerance.any_float]
            for o in trace.observations
        ],
        "calls": [list(call) for call in trace.calls],
        "ending": trace.ending,
        "text": trace.text,
    }
    return wire.encode(plain, _opaque)


def load(body: bytes) -> Trace:
    """The trace of these bytes. Raises WireError."""
    plain = wire.decode(body, lambda tag, payload: Opaque(str(payload[1]) if tag == "h" else tag))
    return Trace(
        [Observation(of, value, Tolerance(r, a, any_)) for of, value, r, a, any_ in plain["observations"]],
        [(name, what) for name, what in plain["calls"]],
        plain["ending"],
        plain["text"],
    )


def _opaque(value: object) -> dict[str, Any]:
    return {"h": 0, "k": str(getattr(value, "kind", type(value).__name__))}
