"""Results: of one check, of one submission, the score that follows from them, and their JSON form.

Everything here is plain data. The schema of the JSON form is in `grader.core.schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Literal

from grader.core.evidence import Evidence
from grader.core.gpu import GpuBudget
from grader.core.limits import Limits
from grader.core.text import printable
from grader.core.verdict import UNDECIDED, Reason, Status, fits

Visibility = Literal["public", "hidden"]

SCHEMA = "grader.result/1"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one check or one submission cost: seconds on the judge's clock, CPU seconds, peak bytes.

    All processes count, and bytes on the scale of the limit: above what a process has before a submission is imported.
    reference_bytes: what the reference needs, given where the memory limit was exceeded and it is known, otherwise 0.
    reference_cpu_seconds: of the reference's import, given where a submission's was stopped for its time, otherwise 0.
    Where the import failed, every check has its peak, and the first one its seconds.
    gpu_seconds: utilisation of the leased devices over time; gpu_peak_bytes: the most on one of them.
    """

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    reference_bytes: int = 0
    gpu_seconds: float = 0.0
    gpu_peak_bytes: int = 0
    reference_cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands behind a check's message. Never in the JSON.

    Attributes:
        output: what the student's code printed. Students see it for public checks only.
        frames: the student's own lines of the traceback. Students see them for public checks only.
        instructor: text for the instructor alone, whatever the visibility.
    """

    output: str = ""
    frames: str = ""
    instructor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What became of one check.

    Attributes:
        id: the check function's name, unique in its assignment.
        title: the first line of its docstring.
        status, reason: from the closed lists of `grader.core.verdict`; plain strings are accepted.
        points: earned, exact; 0 <= points <= max_points.
        message: text for the student, ready-made, possibly of several lines.
        misconception: ``<slug>.<function>/<name>``, ``generic/<name>`` or None.
        evidence: what reports draw: loss curves, confusion matrices.
        gpu: the budget under which it had a GPU; None: it ran on the CPU.

    Raises ValueError if the parts contradict each other.
    """

    id: str
    title: str
    visibility: Visibility
    status: Status
    reason: Reason | None = None
    points: Fraction
    max_points: Fraction
    message: str = ""
    misconception: str | None = None
    measured: Measured = Measured()
    detail: Detail = Detail()
    evidence: tuple[Evidence, ...] = ()
    gpu: GpuBudget | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))
        object.__setattr__(self, "reason", None if self.reason is None else Reason(self.reason))
        object.__setattr__(self, "points", _exact(self.points, f"{self.id}: points"))
        object.__setattr__(self, "max_points", _exact(self.max_points, f"{self.id}: max_points"))
        if self.visibility not in ("public", "hidden"):
            raise ValueError(f"{self.id}: visibility is public or hidden, got {self.visibility!r}")
        if not fits(self.status, self.reason):
            raise ValueError(f"{self.id}: status {self.status} cannot have the reason {self.reason}")
        if not 0 <= self.points <= self.max_points:
            raise ValueError(f"{self.id}: points {self.points} lie outside 0..{self.max_points}")
        if self.status is Status.PASSED and self.points != self.max_points:
            raise ValueError(f"{self.id}: passed, but {self.points} of {self.max_points} points")

    @property
    def passed(self) -> bool:
        return self.status is Status.PASSED

    @property
    def undecided(self) -> bool:
        """The check says nothing about the student (`not_run`, `grader_error`)."""
        return self.status in UNDECIDED


@dataclass(frozen=True, slots=True)
class Manual:
    """An item that a person marks by its rubric: outside the score, without points until then."""

    id: str
    title: str
    max_points: Fraction
    rubric: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_points", _exact(self.max_points, "max_points"))


@dataclass(frozen=True, slots=True)
class Score:
    """Hundredths of a point, so that sums are exact.

    Attributes:
        low: what the checks earned so far; high: the same if every undecided check were passed.
        max: what all checks are worth.
        provisional: True if any check is undecided, whatever it is worth.
    """

    low: int
    high: int
    max: int
    provisional: bool

    @property
    def value(self) -> float | None:
        """Points with two decimals, or None while provisional."""
        return None if self.provisional else decimal(self.low)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Fingerprints that say years later why this mark; reference is None where there was no reference."""

    submission: str
    checks: str
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionResult:
    """Everything that is known about one graded submission.

    Attributes:
        assignment: its slug; title: its title, for reports.
        submission: the entry's name, never an absolute path.
        limits: the assignment's limits; check_limits: those of checks with limits of their own, by check id.
        layers: protection layers it ran under, outermost first.
        seed_fingerprint: of the secret behind hidden seeds; None if only public checks ran.
        versions: package name to version.
        device: what it ran on: ``"cpu"``, or the name of the GPU that some checks had; under `measured` in the JSON.
        device_note: which of the two it was and why, for reports; empty if the assignment asks for no GPU.
        bonus: points beside the score, never part of it; manual: items not yet marked.
        notes: remarks of the intake, for reports only; quota_note: what its author may still use of GPUs, likewise.
    """

    assignment: str
    submission: str
    checks: tuple[CheckResult, ...]
    sandboxed: bool
    limits: Limits
    hashes: Hashes
    title: str = ""
    layers: tuple[str, ...] = ()
    check_limits: Mapping[str, Limits] = field(default_factory=dict)
    seed_fingerprint: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    measured: Measured = Measured()
    device: str = "cpu"
    device_note: str = ""
    bonus: Fraction = Fraction(0)
    manual: tuple[Manual, ...] = ()
    notes: tuple[str, ...] = ()
    quota_note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "bonus", _exact(self.bonus, "bonus"))
        ids = [check.id for check in self.checks]
        if len(set(ids)) != len(ids):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            raise ValueError(f"{self.assignment}: check ids must be unique, twice: {', '.join(twice)}")

    def score(self) -> Score:
        return score(self.checks)


def score(checks: Iterable[CheckResult]) -> Score:
    """The score of these checks: points rounded down to 0.01 per check, then summed."""
    low = high = total = 0
    provisional = False
    for check in checks:
        provisional |= check.undecided
        earned, worth = hundredths(check.points), hundredths(check.max_points)
        low += earned
        high += worth if check.undecided else earned
        total += worth
    return Score(low, high, total, provisional)


def hundredths(points: Fraction) -> int:
    """Whole hundredths of a point, rounded down."""
    return points.numerator * 100 // points.denominator


def decimal(hundredth: int) -> float:
    """Points as the float next to two decimals, so that it prints with at most two."""
    return hundredth / 100


def to_json(result: SubmissionResult) -> dict[str, object]:
    """The result as JSON values, keys in the order of the contract ``grader.result/1``."""
    total = result.score()
    return {
        "schema": SCHEMA,
        "assignment": result.assignment,
        "submission": printable(result.submission),
        "score": total.value,
        "max_score": decimal(total.max),
        "status": "provisional" if total.provisional else "graded",
        "score_low": decimal(total.low),
        "score_high": decimal(total.high),
        "bonus": decimal(hundredths(result.bonus)),
        "manual": [
            {"id": item.id, "title": item.title, "max_points": decimal(hundredths(item.max_points))}
            for item in result.manual
        ],
        "checks": [_check_json(check) for check in result.checks],
        "sandboxed": result.sandboxed,
        "layers": list(result.layers),
        "limits": {
            **asdict(result.limits),
            "checks": {name: asdict(result.check_limits[name]) for name in sorted(result.check_limits)},
            "gpu": {check.id: asdict(check.gpu) for check in result.checks if check.gpu is not None},
        },
        "seed_fingerprint": result.seed_fingerprint,
        "hashes": asdict(result.hashes),
        "versions": dict(sorted(result.versions.items())),
        "measured": {
            **asdict(result.measured),
            "device": result.device,
            "device_note": printable(result.device_note),
        },
    }


def _check_json(check: CheckResult) -> dict[str, object]:
    return {
        "id": check.id,
        "title": check.title,
        "visibility": check.visibility,
        "status": check.status.value,
        "reason": check.reason and check.reason.value,
        "points": decimal(hundredths(check.points)),
        "max_points": decimal(hundredths(check.max_points)),
        "message": printable(check.message),
        "misconception": check.misconception,
        "evidence": [one.plain() for one in check.evidence],
        "measured": asdict(check.measured),
    }


def _exact(points: Fraction | int, what: str) -> Fraction:
    # a float has already lost the exact value; better a loud error here than a mark that is off by 0.01
    if isinstance(points, bool) or not isinstance(points, (Fraction, int)):
        raise ValueError(f"{what}: expected a Fraction or an int, got {points!r}")
    if points < 0:
        raise ValueError(f"{what}: expected 0 or more, got {points}")
    return Fraction(points)
