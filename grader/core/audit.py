"""The outcome of an audit as values: what was found, and which check catches which misconception."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps the assignment from being published; `forgiven` is the reason that audit.yaml gives."""

    subject: str
    text: str
    forgiven: str = ""


@dataclass(frozen=True, slots=True)
class MisconceptionRow:
    """One misconception against the checks.

    Attributes:
        caught_by, named_by, left_out: ids of the checks that lose points with it, that name it, that were not run.
        named_instead: other misconceptions that were named.
    """

    id: str
    accepted: bool
    caught_by: tuple[str, ...]
    named_by: tuple[str, ...]
    left_out: tuple[str, ...]
    named_instead: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Some check says which mistake it is."""
        return bool(self.named_by)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check against the misconceptions.

    Attributes:
        catches, alone: how many misconceptions it catches, and those that no other check catches.
        kept: the reason of audit.yaml for a check that catches nothing alone.
    """

    id: str
    slow: bool
    catches: int
    alone: tuple[str, ...]
    kept: str


@dataclass(slots=True)
class Audit:
    """The outcome for one assignment.

    Attributes:
        examples: how many example submissions there are; wrong, wrong_named: those in `wrong/`, and those of them whose
            stated cause is named.
        cpu_seconds: check id → CPU seconds that the reference took in the sandbox (volatile).
    """

    slug: str
    points: float = 0.0
    checks: list[CheckRow] = field(default_factory=list)
    misconceptions: list[MisconceptionRow] = field(default_factory=list)
    wrong: int = 0
    wrong_named: int = 0
    examples: int = 0
    findings: list[Finding] = field(default_factory=list)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def counted(self) -> list[MisconceptionRow]:
        """The misconceptions that count: an accepted convention is no mistake."""
        return [row for row in self.misconceptions if not row.accepted]

    @property
    def caught(self) -> int:
        """How many lose points."""
        return sum(bool(row.caught_by) for row in self.counted)

    @property
    def named(self) -> int:
        """How many are named by some check."""
        return sum(row.named for row in self.counted)

    @property
    def passed(self) -> bool:
        """True if nothing was found that audit.yaml does not forgive."""
        return all(finding.forgiven for finding in self.findings)
