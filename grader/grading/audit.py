"""Judge the assignment: would its checks catch every misconception, and spare every right submission?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from grader.checks.loopback import ModuleSession
from grader.checks.misconception import Misconception
from grader.checks.oracle import reference_problem
from grader.core.errors import SpecError
from grader.core.result import SubmissionResult, to_json
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.grading.desk import Desk, with_desk
from grader.grading.stub import stub

EXPECT = "# expect:"
DIAGNOSIS_SECONDS = 5.0  # CPU, all misconceptions on one check: paid once by each judge process
FOLDERS = ("right", "wrong", "unfinished", "hostile")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps the assignment from being published; `forgiven` is the reason that audit.yaml gives."""

    subject: str
    text: str
    forgiven: str = ""


@dataclass(slots=True)
class Audit:
    """The outcome for one assignment.

    Attributes:
        misconceptions: how many count (accepted conventions do not).
        caught, named: how many of these lose points, and are named by some check.
        wrong, wrong_named: example files of that kind, and those whose stated cause is named.
        matrix: misconception id → checks that catch it.
    """

    slug: str
    points: float = 0.0
    checks: int = 0
    misconceptions: int = 0
    caught: int = 0
    named: int = 0
    wrong: int = 0
    wrong_named: int = 0
    examples: int = 0
    findings: list[Finding] = field(default_factory=list)
    matrix: dict[str, list[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True if nothing was found that audit.yaml does not forgive."""
        return all(finding.forgiven for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Forgiven:
    unnamed: Mapping[str, str]

    def finding(self, subject: str, text: str) -> Finding:
        return Finding(subject, text, self.unnamed.get(subject, ""))


def audit(
    course: Course,
    slug: str,
    jobs: int = 1,
    sandboxed: bool = True,
    say: Callable[[str], None] = lambda step: None,
) -> Audit:
    """Audit one assignment. `say` is told the step that begins. Raises UsageError, SpecError, SandboxError."""
    course.assignment(slug)  # an unknown slug is told before a missing reference
    outcome = Audit(slug)
    forgiven = _read_forgiven(course.reference(slug) / "audit.yaml")
    say(f"{slug}: misconceptions")
    with_desk(course, slug, lambda desk: _audit_desk(desk, outcome, forgiven))
    say(f"{slug}: example submissions")
    _audit_examples(course, slug, jobs, sandboxed, outcome, forgiven)
    return outcome


def _audit_desk(desk: Desk, outcome: Audit, forgiven: _Forgiven) -> None:
    outcome.points, outcome.checks = float(desk.assignment.points), len(desk.checks)
    broken = {}
    for check in desk.checks:
        for case in check.cases:
            problem = reference_problem(desk.oracle.expected(check, case))
            if problem is not None:
                broken[check.id] = problem
    outcome.findings += [
        Finding(name, f"the reference does not pass: {text}") for name, text in broken.items()
    ]
    if broken:
        return
    for check in desk.checks:
        for case in check.cases:
            desk.oracle.variants(check, case)
        if desk.oracle.spent(check) > DIAGNOSIS_SECONDS:
            text = f"its misconceptions cost more than {DIAGNOSIS_SECONDS:g} CPU s"
            outcome.findings.append(Finding(check.id, text))
    for card, _ in desk.oracle.reference.misconceptions:
        _audit_misconception(desk, card, outcome, forgiven)


def _audit_misconception(desk: Desk, card: Misconception, outcome: Audit, forgiven: _Forgiven) -> None:
    touched = [check for check in desk.checks if desk.oracle.touches(check, card)]
    judge = desk.judge()
    session = ModuleSession(desk.oracle.module(card), str(desk.oracle.reference.folder))
    lost = [result for result in judge.only(touched).checks_of({}, session) if not result.passed]
    outcome.matrix[card.id] = [result.id for result in lost]
    if card.accepted:
        if lost:
            outcome.findings.append(Finding(card.id, f"accepted, but loses points in {lost[0].id}"))
        return
    outcome.misconceptions += 1
    outcome.caught += bool(lost)
    if not lost:
        what = "no check calls the function" if not touched else "equals the reference on every check"
        outcome.findings.append(Finding(card.id, f"loses no points: {what}"))
        return
    names = {result.misconception for result in lost}
    outcome.named += card.id in names
    if card.id not in names:
        instead = ", ".join(sorted(name for name in names if name)) or "nothing"
        outcome.findings.append(
            forgiven.finding(card.id, f"is not named by any check; named instead: {instead}")
        )


def _audit_examples(
    course: Course, slug: str, jobs: int, sandboxed: bool, outcome: Audit, forgiven: _Forgiven
) -> None:
    reference = course.reference(slug)
    examples = [path for kind in FOLDERS for path in example_paths(reference, kind)]
    assignment = course.assignment(slug)
    with tempfile.TemporaryDirectory(prefix="grader-audit-") as folder:
        made = Path(folder) / "stub" / assignment.entry
        made.parent.mkdir()
        made.write_text(
            stub((reference / "solution.py").read_text(encoding="utf-8"), "solution.py"), encoding="utf-8"
        )
        paths = [reference / "solution.py", made.parent, *examples]
        results = grade_all(course, slug, paths, jobs=jobs, sandboxed=sandboxed)
        repeat = [index for index, path in enumerate(paths) if path.parent.name != "hostile"]
        again = grade_all(course, slug, [paths[index] for index in repeat], jobs=jobs, sandboxed=sandboxed)
    outcome.examples = len(examples)
    for index, second in zip(repeat, again, strict=True):
        if lasting(results[index]) != lasting(second):
            outcome.findings.append(Finding(paths[index].name, "two runs of it differ"))
    _expect_full(results[0], "solution.py", outcome)
    if results[1].score().low:
        outcome.findings.append(
            Finding("the stub", f"has {results[1].score().low / 100:g} points, expected 0")
        )
    for path, result in zip(examples, results[2:], strict=True):
        _audit_example(path, result, outcome, forgiven)


def _audit_example(path: Path, result: SubmissionResult, outcome: Audit, forgiven: _Forgiven) -> None:
    kind, subject = path.parent.name, f"{path.parent.name}/{path.name}"
    if kind == "right":
        _expect_full(result, subject, outcome)
        return
    verdict, cause = expectation(path)
    got = {check.status.value for check in result.checks if not check.passed}
    if verdict not in got:
        outcome.findings.append(
            Finding(subject, f"expected {verdict}, got {', '.join(sorted(got)) or 'full marks'}")
        )
    if kind == "unfinished" and "stub" in path.stem and result.score().low:
        outcome.findings.append(Finding(subject, "the stub has points, expected 0"))
    if kind != "wrong":
        return
    outcome.wrong += 1
    named = [check.misconception for check in result.checks if check.misconception]
    outcome.wrong_named += cause in named
    if cause not in named:
        instead = ", ".join(dict.fromkeys(named)) or "nothing"
        outcome.findings.append(forgiven.finding(subject, f"{cause} is not named; named instead: {instead}"))


def _expect_full(result: SubmissionResult, subject: str, outcome: Audit) -> None:
    lost = [check for check in result.checks if not check.passed]
    if lost:
        text = f"expected full marks; {lost[0].id} is {lost[0].status.value}: {lost[0].message}"
        outcome.findings.append(Finding(subject, text))


def example_paths(reference: Path, kind: str) -> list[Path]:
    """The example submissions of one kind, by name."""
    folder = reference / "submissions" / kind
    return sorted(path for path in folder.glob("*") if not path.name.startswith((".", "__")))


def expectation(path: Path) -> tuple[str, str]:
    """(verdict, misconception id or "") that the first line of an example states. Raises SpecError."""
    file = path if path.is_file() else next(iter(sorted(path.glob("*.py"))), path)
    first = file.read_text(encoding="utf-8").partition("\n")[0] if file.is_file() else ""
    if not first.startswith(EXPECT):
        raise SpecError(
            f'{file}:1: expected a first line like "{EXPECT} failed backprop.mlp_backward/no-transpose"'
        )
    verdict, _, cause = first.removeprefix(EXPECT).strip().partition(" ")
    return verdict, cause.strip()


def lasting(result: SubmissionResult) -> object:
    """The JSON of a result without what may differ from run to run."""
    whole = to_json(result)
    whole.pop("measured")
    checks = whole["checks"]
    assert isinstance(checks, list)
    return whole | {
        "checks": [{key: value for key, value in check.items() if key != "measured"} for check in checks]
    }


def summary(audits: Sequence[Audit]) -> list[dict[str, object]]:
    """The audits as JSON values."""
    return [
        {
            "assignment": one.slug,
            "passed": one.passed,
            "points": one.points,
            "checks": one.checks,
            "misconceptions": one.misconceptions,
            "caught": one.caught,
            "named": one.named,
            "examples": one.examples,
            "wrong": one.wrong,
            "wrong_named": one.wrong_named,
            "findings": [
                {"subject": f.subject, "text": f.text, "forgiven": f.forgiven or None} for f in one.findings
            ],
            "matrix": one.matrix,
        }
        for one in audits
    ]


def _read_forgiven(path: Path) -> _Forgiven:
    if not path.is_file():
        return _Forgiven({})
    try:
        keys = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: not YAML: {error}") from None
    unnamed = keys.get("unnamed", {}) if isinstance(keys, dict) else None
    if not isinstance(unnamed, dict) or not _all_text(unnamed.values()) or set(keys) - {"unnamed"}:
        raise SpecError(f'{path}: expected "unnamed:" with a reason for each name below it')
    return _Forgiven(unnamed)


def _all_text(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) and value for value in values)
