"""The example submissions of an assignment, graded as a class would be: each keeps what its folder promises."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.audit import Audit, Finding
from grader.core.errors import SpecError
from grader.core.result import SubmissionResult, to_json
from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.grading.forgiven import Forgiven
from grader.grading.stub import stub

EXPECT = "# expect:"
FOLDERS = ("right", "wrong", "unfinished", "hostile")
CHECK_SECONDS = 3.0  # CPU that a check may cost the reference, unless it claims its misconceptions
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SlowChecks:
    """check id → the misconceptions that it claims; with `full`, examples run them all."""

    claims: Mapping[str, tuple[str, ...]]
    full: bool

    def left_out(self, example: Path, first_right: bool) -> Collection[str]:
        """The slow checks that this example does without."""
        kind = example.parent.name
        if self.full or first_right or not self.claims:
            return ()
        cause = expectation(example)[1] if kind == "wrong" else ""
        return [check for check, claims in self.claims.items() if cause not in claims]


def audit_examples(
    course: Course,
    slug: str,
    jobs: int,
    sandboxed: bool,
    outcome: Audit,
    forgiven: Forgiven,
    slow: SlowChecks,
    step: Step,
) -> None:
    """Grade reference, stub and examples, all but the hostile ones twice, and put the findings into `outcome`."""
    reference, assignment = course.reference(slug), course.assignment(slug)
    examples = [path for kind in FOLDERS for path in example_paths(reference, kind)]
    first = next((path for path in examples if path.parent.name == "right"), None)
    with tempfile.TemporaryDirectory(prefix="grader-audit-") as folder:
        made = Path(folder) / "stub" / assignment.entry
        made.parent.mkdir()
        source = (reference / "solution.py").read_text(encoding="utf-8")
        made.write_text(stub(source, "solution.py"), encoding="utf-8")
        paths = [reference / "solution.py", made.parent, *examples]
        leave_out: list[Collection[str]] = [(), () if slow.full else list(slow.claims)]
        leave_out += [slow.left_out(path, path is first) for path in examples]
        repeat = [index for index, path in enumerate(paths) if path.parent.name != "hostile"]
        total, done = len(paths) + len(repeat), [0]

        def graded(index: int, result: SubmissionResult) -> None:
            done[0] += 1
            step(done[0], total)

        results = grade_all(
            course,
            slug,
            [*paths, *(paths[index] for index in repeat)],
            jobs=jobs,
            sandboxed=sandboxed,
            # trainings of minutes are not repeated: that a seed gives one result is a check of its own
            leave_out=[
                *leave_out,
                *(leave_out[index] if slow.full else list(slow.claims) for index in repeat),
            ],
            on_result=graded,
        )
    outcome.examples = len(examples)
    again = results[len(paths) :]
    outcome.findings += [
        Finding(paths[index].name, "two runs of it differ")
        for index, second in zip(repeat, again, strict=True)
        if lasting(results[index], second) != lasting(second, results[index])
    ]
    _reference_and_stub(results[0], results[1], outcome, slow)
    for path, result in zip(examples, results[2 : len(paths)], strict=True):
        _example(path, result, outcome, forgiven)


def _reference_and_stub(
    reference: SubmissionResult, made: SubmissionResult, outcome: Audit, slow: SlowChecks
) -> None:
    _expect_full(reference, "solution.py", outcome)
    if made.score().low:
        outcome.findings.append(Finding("the stub", f"has {made.score().low / 100:g} points, expected 0"))
    outcome.cpu_seconds = {check.id: check.measured.cpu_seconds for check in reference.checks}
    outcome.findings += [
        Finding(
            name,
            f"costs the reference {seconds:.1f} CPU s, at most {CHECK_SECONDS:g} unless it says which "
            "misconceptions it is for: points(n, claims=[…])",
        )
        for name, seconds in outcome.cpu_seconds.items()
        if seconds > CHECK_SECONDS and name not in slow.claims
    ]


def _example(path: Path, result: SubmissionResult, outcome: Audit, forgiven: Forgiven) -> None:
    kind, subject = path.parent.name, f"{path.parent.name}/{path.name}"
    if kind == "right":
        _expect_full(result, subject, outcome)
        return
    verdict, cause = expectation(path)
    got = {check.status.value for check in result.checks if not check.passed}
    if verdict not in got:
        text = f"expected {verdict}, got {', '.join(sorted(got)) or 'full marks'}"
        outcome.findings.append(Finding(subject, text))
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


def example_names(reference: Path) -> list[str]:
    """``wrong/file.py`` and so on, as findings call them."""
    return [f"{kind}/{path.name}" for kind in FOLDERS for path in example_paths(reference, kind)]


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


def lasting(result: SubmissionResult, other: SubmissionResult | None = None) -> object:
    """The JSON of a result without what may differ from run to run; with `other` for the checks that both have."""
    known = {check.id for check in (other or result).checks}
    whole = to_json(replace(result, checks=tuple(check for check in result.checks if check.id in known)))
    whole.pop("measured")
    checks = whole["checks"]
    assert isinstance(checks, list)
    return whole | {
        "checks": [{key: value for key, value in check.items() if key != "measured"} for check in checks]
    }
