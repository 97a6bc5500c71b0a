"""What the HTML pages show, computed from results: file names, class statistics, prose."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from markupsafe import Markup, escape

from grader.core.result import CheckResult, SubmissionResult, decimal
from grader.core.text import printable
from grader.core.verdict import Status
from grader.report.wording import LABELS

_LONGEST = 80  # characters of a page's name, well below the 255 bytes of file systems
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def page_names(results: Sequence[SubmissionResult], taken: Iterable[str] = ("index", "similar")) -> list[str]:
    """One file name without ``.html`` for each result: safe on every system, unique whatever the case."""
    used = {name.casefold() for name in taken}
    names = []
    for result in results:
        stem = _safe(result.submission)
        name, count = stem, 1
        while name.casefold() in used:
            count += 1
            name = f"{stem}-{count}"
        used.add(name.casefold())
        names.append(name)
    return names


def _safe(name: str) -> str:
    kept = "".join(
        char if char.isalnum() or char in "._-" else "-" for char in unicodedata.normalize("NFKC", name)
    )
    # no leading dot (hidden, or a path), no trailing dot (Windows drops it)
    stem = re.sub(r"-+", "-", kept).encode()[:_LONGEST].decode(errors="ignore").strip(".-") or "submission"
    return f"submission-{stem}" if _RESERVED.match(stem) else stem


@dataclass(frozen=True, slots=True)
class CheckRate:
    """How one check went in the class. Undecided results are left out of the rate."""

    check: CheckResult
    passed: int
    decided: int
    others: tuple[tuple[str, int], ...]  # verdict label, how often

    @property
    def percent(self) -> int | None:
        return 100 * self.passed // self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class MisconceptionCount:
    """Who has one misconception; indices into the results."""

    id: str
    students: tuple[int, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """Points of the submissions whose score is final; None if there are none."""

    count: int
    provisional: int
    mean: float | None
    median: float | None
    full: int


def class_summary(results: Sequence[SubmissionResult]) -> ClassSummary:
    scores = [result.score() for result in results]
    final = [decimal(score.low) for score in scores if not score.provisional]
    return ClassSummary(
        count=len(scores),
        provisional=len(scores) - len(final),
        mean=mean(final) if final else None,
        median=median(final) if final else None,
        full=sum(score.low == score.max and not score.provisional for score in scores),
    )


def check_rates(results: Sequence[SubmissionResult]) -> list[CheckRate]:
    """One entry a check, in the order of the assignment."""
    by_id: dict[str, list[CheckResult]] = {}
    for result in results:
        for check in result.checks:
            by_id.setdefault(check.id, []).append(check)
    rates = []
    for checks in by_id.values():
        verdicts = Counter(check.status for check in checks)
        others = [(LABELS[status], verdicts[status]) for status in Status if status is not Status.PASSED]
        rates.append(
            CheckRate(
                check=checks[0],
                passed=verdicts[Status.PASSED],
                decided=sum(not check.undecided for check in checks),
                others=tuple(pair for pair in others if pair[1]),
            )
        )
    return rates


def misconception_counts(results: Sequence[SubmissionResult]) -> list[MisconceptionCount]:
    """Misconceptions, the most widespread first; one student counts once, however many checks show it."""
    students: dict[str, list[int]] = {}
    checks: dict[str, list[str]] = {}
    for index, result in enumerate(results):
        for check in result.checks:
            if check.misconception is None:
                continue
            who = students.setdefault(check.misconception, [])
            if index not in who:
                who.append(index)
            where = checks.setdefault(check.misconception, [])
            if check.id not in where:
                where.append(check.id)
    ranked = sorted(students, key=lambda name: (-len(students[name]), name))
    return [MisconceptionCount(name, tuple(students[name]), tuple(checks[name])) for name in ranked]


def prose(text: str) -> Markup:
    """A message as HTML: paragraphs, code in backticks, and indented lines as they stand (carets)."""
    blocks: list[tuple[bool, list[str]]] = []
    for line in printable(text).strip("\n").split("\n"):
        fixed = line.startswith(("  ", "\t"))
        if not blocks or blocks[-1][0] != fixed or not line.strip():
            blocks.append((fixed, []))
        if line.strip():
            blocks[-1][1].append(line)
    return Markup("\n").join(_block(fixed, lines) for fixed, lines in blocks if lines)


def _block(fixed: bool, lines: list[str]) -> Markup:
    if fixed:
        return Markup("<pre>{}</pre>").format("\n".join(lines))
    return Markup("<p>{}</p>").format(Markup("<br>").join(coded(line) for line in lines))


def coded(line: str) -> Markup:
    """One line as HTML, what stands in backticks as code."""
    parts = re.split(r"`([^`]+)`", line)
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
