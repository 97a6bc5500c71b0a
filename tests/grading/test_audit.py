"""Audit: what keeps an assignment from being published, each fault planted on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.core.audit import Audit
from grader.core.errors import SpecError
from grader.grading.audit import audit
from grader.grading.course import Course
from grader.report.audit import summary

CourseWith = Callable[..., Course]
EXPECT = "# expect: failed tiny.spread/unbiased\n"


def findings(course: Course) -> dict[str, str]:
    """Subject → text of what is not forgiven."""
    outcome = audit(course, "tiny")
    assert outcome.passed == all(finding.forgiven for finding in outcome.findings)
    found: dict[str, str] = {}
    for finding in outcome.findings:
        if not finding.forgiven:
            found[finding.subject] = "; ".join(filter(None, [found.get(finding.subject), finding.text]))
    return found


def with_misconception(parts: Any, name: str, body: str, **options: object) -> str:
    """The course's misconceptions and one more."""
    extra = "".join(f", {key}={value!r}" for key, value in options.items())
    return f'{parts.MISCONCEPTIONS}\n\n@misconception("tiny.{name}", advice="Advice."{extra})\n{body}\n'


@pytest.fixture(scope="module")
def good(tiny: Course) -> Audit:
    return audit(tiny, "tiny", jobs=2)


def test_a_fit_assignment_passes(good: Audit) -> None:
    """In the sandbox: everything counted, nothing found."""
    assert good.findings == []
    assert good.passed
    assert (good.points, len(good.checks), good.examples) == (10.0, 3, 2)
    assert (len(good.counted), good.caught, good.named) == (1, 1, 1)
    assert (good.wrong, good.wrong_named) == (1, 1)
    (row,) = good.misconceptions
    assert (row.id, row.caught_by, row.named_by, row.left_out) == (
        "tiny.spread/unbiased",
        ("test_spread",),
        ("test_spread",),
        (),
    )
    assert [(check.id, check.catches, check.alone) for check in good.checks] == [
        ("test_double", 0, ()),
        ("test_spread", 1, ("tiny.spread/unbiased",)),
        ("test_arguments_stay", 0, ()),
    ]


def test_the_summary_is_plain_data(good: Audit) -> None:
    """What --json writes."""
    import json

    (one,) = json.loads(json.dumps(summary([good])))
    assert one["assignment"] == "tiny"
    assert one["passed"] is True
    assert one["caught"] == one["misconceptions"] == 1


def test_a_misconception_that_equals_the_reference_is_found(course_with: CourseWith, parts: Any) -> None:
    """It loses no points: nobody could ever be told."""
    wrong = with_misconception(parts, "double/same", "def same(x):\n    return 2 * x")
    assert findings(course_with(misconceptions=wrong)) == {
        "tiny.double/same": "loses no points: equals the reference on every check"
    }


def test_a_misconception_of_a_function_that_no_check_calls_is_found(
    course_with: CourseWith, parts: Any
) -> None:
    """The reason is told apart from the one above."""
    solution = parts.SOLUTION + "\n\ndef unused(x):\n    # BEGIN SOLUTION\n    return x\n    # END SOLUTION\n"
    wrong = with_misconception(parts, "unused/wrong", "def wrong(x):\n    return -x")
    found = findings(course_with(solution=solution, misconceptions=wrong))
    assert found == {"tiny.unused/wrong": "loses no points: no check calls the function"}


def test_two_misconceptions_that_look_the_same_are_found(course_with: CourseWith, parts: Any) -> None:
    """The second is never the one that is named; the finding says what is named instead; audit.yaml may
    forgive it.
    """
    body = "def twin(x):\n    return float(((x - x.mean()) ** 2).sum() / max(len(x) - 1, 1))"
    course = course_with(misconceptions=with_misconception(parts, "spread/twin", body))
    text = findings(course)["tiny.spread/twin"]
    assert text == "is not named by any check; named instead: tiny.spread/unbiased"
    reason = "unnamed: {tiny.spread/twin: the two cannot be told apart by their values}\n"
    (course.reference("tiny") / "audit.yaml").write_text(parts.KEPT + reason)
    assert findings(course) == {}


def test_an_accepted_convention_that_loses_points_is_found(course_with: CourseWith, parts: Any) -> None:
    """accepted=True promises full marks; one that keeps them does not count as a misconception."""
    wrong = with_misconception(parts, "double/negative", "def negative(x):\n    return -2 * x", accepted=True)
    wrong += '\n\n@misconception("tiny.double/other-order", advice="A.", accepted=True)'
    wrong += "\ndef other(x):\n    return 2 * x\n"
    assert findings(course_with(misconceptions=wrong)) == {
        "tiny.double/negative": "accepted, but loses points in test_double"
    }


def test_a_check_that_the_reference_fails_is_found(course_with: CourseWith, parts: Any) -> None:
    """The check and the reference's own failure."""
    hidden = parts.HIDDEN.replace(
        "pure(student.double, rng.normal(size=4))", "assert student.double(1.0) == 3.0"
    )
    found = findings(course_with(hidden=hidden))
    assert found["test_arguments_stay"].startswith("the reference does not pass: ")


PROMISES = {
    "right/wrong.py": ("UNBIASED", "expected full marks; test_spread is failed"),
    "wrong/right.py": (f"{EXPECT}RIGHT", "expected failed, got full marks"),
    "wrong/other.py": ("# expect: timeout tiny.spread/unbiased\nUNBIASED", "expected timeout, got failed"),
    "wrong/unnamed.py": (
        f"{EXPECT}def double(x): return 2 * x\ndef spread(x): return 77.0 * len(x)",
        "tiny.spread/unbiased is not named; named instead: nothing",
    ),
    "hostile/tame.py": ("# expect: crashed\nRIGHT", "expected crashed, got full marks"),
    "unfinished/finished.py": ("# expect: missing\nRIGHT", "expected missing, got full marks"),
    "unfinished/stub_too_good.py": ("# expect: missing\ndef double(x): return 2 * x", "the stub has points"),
}


def test_an_example_with_another_verdict_is_found(course_with: CourseWith, parts: Any) -> None:
    """Each folder promises something; the finding names file, promise and truth."""
    examples = {
        name: source.replace("UNBIASED", parts.UNBIASED).replace("RIGHT", parts.RIGHT)
        for name, (source, _) in PROMISES.items()
    }
    found = findings(course_with(examples=examples))
    assert set(found) == set(PROMISES)
    for name, (_, words) in PROMISES.items():
        assert words in found[name]


@pytest.mark.parametrize("source", ["def double(x): ...\n", "", "# expects: failed\n"])
def test_an_example_without_its_header_is_refused(source: str, course_with: CourseWith) -> None:
    """SpecError with file, line and the form of the header."""
    with pytest.raises(SpecError, match=r"wrong/bare.py:1: expected a first line like"):
        findings(course_with(examples={"wrong/bare.py": source}))


def test_an_example_may_be_a_folder(course_with: CourseWith, parts: Any) -> None:
    """Its header stands in its first file."""
    examples = {"wrong/both/tiny.py": EXPECT + parts.UNBIASED, "wrong/both/zz_more.py": "x = 1\n"}
    assert findings(course_with(examples=examples)) == {}


def test_a_stub_with_points_is_found(course_with: CourseWith, parts: Any) -> None:
    """A check that the stub passes gives points for nothing."""
    pure = "pure(student.double, rng.normal(size=4))\n    pure(student.spread, rng.normal(size=4))"
    hidden = parts.HIDDEN.replace(pure, 'assert student.has("double")')
    found = findings(course_with(hidden=hidden))
    assert found["the stub"] == "has 4 points, expected 0"


def test_a_submission_whose_marks_depend_on_chance_is_found(course_with: CourseWith, parts: Any) -> None:
    """Two runs must be identical."""
    chance = "import os\ndef double(x):\n    return 2 * x if os.urandom(1)[0] & 1 else None\n"
    hidden = parts.HIDDEN + "".join(
        f'\n\n@points(1)\ndef test_again_{n}(student):\n    """Again."""\n'
        "    assert student.double(1.0) == 2.0\n"
        for n in range(12)
    )
    course = course_with(
        hidden=hidden,
        spec=parts.SPEC.replace("points: 10", "points: 22"),
        examples={"unfinished/chance.py": "# expect: missing\n" + chance},
    )
    outcome = audit(course, "tiny")
    assert "two runs of it differ" in [
        finding.text for finding in outcome.findings if finding.subject.endswith("chance.py")
    ]


def test_a_check_that_catches_nothing_alone_says_why_it_is_kept(course_with: CourseWith, parts: Any) -> None:
    """Without a reason it is found; a reason for a check that is not there is found, too."""
    course = course_with()
    text = parts.KEPT.replace("  test_double:", "  test_dubbel:")
    (course.reference("tiny") / "audit.yaml").write_text(text)
    found = findings(course)
    assert set(found) == {"test_double", "audit.yaml"}
    assert found["test_double"].startswith("catches no misconception that the others miss")
    assert found["audit.yaml"] == "kept: there is no test_dubbel"


def test_a_function_whose_arguments_nobody_watches_is_found(course_with: CourseWith, parts: Any) -> None:
    """Every function is pure unless `mutates:` names it: some check must look. An unknown name is found."""
    hidden = parts.HIDDEN.replace("    pure(student.spread, rng.normal(size=4))\n", "")
    found = findings(course_with(hidden=hidden, spec=parts.SPEC + "mutates: [dubbel]\n"))
    assert found == {
        "spread": "no check looks whether it changes its arguments (`pure`, or `.observed` if it may)",
        "dubbel": "assignment.yaml: $.mutates: there is no such function",
    }


SLOW = '''

@points(1, claims=[{claims}])
def test_slow(student):
    """Slow."""
    assert abs(student.spread(np.array([1.0, 2.0, 4.0])) - 14 / 9) < 1e-9
'''
ABSOLUTE = """def absolute(x):
    return float(abs(x - x.mean()).mean())
"""


def slow_course(course_with: CourseWith, parts: Any, claims: str) -> Course:
    return course_with(
        hidden="import numpy as np\n\n" + parts.HIDDEN + SLOW.format(claims=claims),
        misconceptions=with_misconception(parts, "spread/absolute", ABSOLUTE),
        spec=parts.SPEC.replace("points: 10", "points: 11"),
    )


def test_a_slow_check_runs_for_what_it_claims(course_with: CourseWith, parts: Any) -> None:
    """The other misconceptions are not run on it, unless --full asks for all."""
    course = slow_course(course_with, parts, '"tiny.spread/absolute"')
    (course.reference("tiny") / "audit.yaml").write_text(
        parts.KEPT + "  test_slow: it is slow\n  test_spread: it is fast\n"
    )
    for full in (False, True):
        outcome = audit(course, "tiny", full=full)
        assert outcome.findings == []
        rows = {row.id: row for row in outcome.misconceptions}
        assert "test_slow" in rows["tiny.spread/absolute"].caught_by
        assert rows["tiny.spread/unbiased"].left_out == (() if full else ("test_slow",))
        assert ("test_slow" in rows["tiny.spread/unbiased"].caught_by) is full


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ('"tiny.spread/none"', "claims tiny.spread/none, which is not in misconceptions.py"),
        ('"tiny.spread/off"', "claims tiny.spread/off, but does not catch it"),
    ],
)
def test_an_empty_claim_is_found(claims: str, text: str, course_with: CourseWith, parts: Any) -> None:
    """A claim names a misconception that is there and that the check catches."""
    course = slow_course(course_with, parts, claims)
    off = "def off(x):\n    return float(x.var()) if len(x) != 5 else 0.0"
    more = with_misconception(parts, "spread/off", off)
    (course.reference("tiny") / "misconceptions.py").write_text(more)
    assert text in findings(course)["test_slow"]


def test_a_check_that_costs_more_than_its_share_is_found(
    course_with: CourseWith, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPU seconds of the reference in the sandbox; a check with claims may cost more."""
    monkeypatch.setattr("grader.grading.examples.CHECK_SECONDS", 0.0)
    course = slow_course(course_with, parts, '"tiny.spread/absolute"')
    found = findings(course)
    assert "costs the reference 0.0 CPU s" in found["test_double"]
    assert "costs" not in found["test_slow"]


@pytest.mark.parametrize(
    "text",
    [
        "unnamed: [a]\n",
        "named: {a: b}\n",
        "- a\n",
        "unnamed: {a: ''}\n",
        "unnamed: {a: 3}\n",
        "{",
        "unnamed:\n",
        "kept: {a: ' '}\n",
    ],
)
def test_a_malformed_audit_yaml_is_refused(text: str, course_with: CourseWith) -> None:
    """A reason for each name, and nothing else."""
    course = course_with()
    (course.reference("tiny") / "audit.yaml").write_text(text)
    with pytest.raises(SpecError, match=r"audit\.yaml"):
        findings(course)
