"""Results, scores and their JSON form."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.limits import Limits
from grader.core.result import (
    CheckResult,
    Detail,
    Hashes,
    Manual,
    Measured,
    SubmissionResult,
    Visibility,
    decimal,
    hundredths,
    to_json,
)
from grader.core.schema import result_schema, results_schema
from grader.core.verdict import REASONS, UNDECIDED, Status

KEYS = [
    "schema",
    "assignment",
    "submission",
    "score",
    "max_score",
    "status",
    "score_low",
    "score_high",
    "bonus",
    "manual",
    "checks",
    "sandboxed",
    "layers",
    "limits",
    "seed_fingerprint",
    "hashes",
    "versions",
    "measured",
]
CHECK_KEYS = [
    "id",
    "title",
    "visibility",
    "status",
    "reason",
    "points",
    "max_points",
    "message",
    "misconception",
    "evidence",
    "measured",
]

POINTS = st.fractions(min_value=0, max_value=1000, max_denominator=97)
SCHEMA = jsonschema.Draft202012Validator(result_schema())


@st.composite
def checks(draw: st.DrawFn, name: str = "test_one") -> CheckResult:
    """Any check result that the rules allow."""
    status = draw(st.sampled_from(Status))
    worth = draw(POINTS)
    share = Fraction(1) if status is Status.PASSED else draw(st.fractions(0, 1, max_denominator=13))
    visibility: Visibility = draw(st.sampled_from(["public", "hidden"]))
    return CheckResult(
        id=name,
        title=draw(st.text(max_size=20)),
        visibility=visibility,
        status=status,
        reason=draw(st.sampled_from(sorted(REASONS[status]))) if REASONS[status] else None,
        points=worth * share,
        max_points=worth,
        message=draw(st.text(max_size=40)),
        misconception=draw(st.none() | st.just("generic/sign")),
        detail=Detail("printed", "frames", "instructor"),
    )


def submission(*results: CheckResult) -> SubmissionResult:
    named = tuple(replace(check, id=f"test_{number}") for number, check in enumerate(results))
    return SubmissionResult(
        assignment="backprop",
        submission="alice.py",
        checks=named,
        sandboxed=True,
        limits=Limits(),
        check_limits={"test_0": Limits(cpu=30.0)},
        hashes=Hashes("0123456789abcdef", "0123456789abcdef"),
        versions={"python": "3.11.7", "numpy": "2.4.6"},
        manual=(Manual("report", "Report", Fraction(10)),),
        measured=Measured(1.0, 0.5, 1 << 20),
    )


def one(
    status: str = "passed", reason: str | None = None, points: object = 1, worth: object = 1
) -> CheckResult:
    return CheckResult(
        id="test_one",
        title="",
        visibility="public",
        status=status,  # type: ignore[arg-type]
        reason=reason,  # type: ignore[arg-type]
        points=points,  # type: ignore[arg-type]
        max_points=worth,  # type: ignore[arg-type]
    )


MANY = st.lists(checks(), max_size=8).map(lambda found: submission(*found))


@given(MANY)
def test_score_is_the_sum_of_rounded_points(result: SubmissionResult) -> None:
    """Each check is rounded down to 0.01 on its own; sums are exact; low, high and max are in order."""
    score = result.score()
    assert 0 <= score.low <= score.high <= score.max
    exact = sum((check.points for check in result.checks), Fraction(0))
    assert exact - Fraction(len(result.checks), 100) <= Fraction(score.low, 100) <= exact
    assert score.provisional == any(check.status in UNDECIDED for check in result.checks)
    if not score.provisional:
        assert score.low == score.high == sum(hundredths(check.points) for check in result.checks)


@given(MANY, st.randoms(use_true_random=False))
def test_score_does_not_depend_on_the_order(result: SubmissionResult, dice: random.Random) -> None:
    """Sums of floats would."""
    shuffled = list(result.checks)
    dice.shuffle(shuffled)
    assert replace(result, checks=tuple(shuffled)).score() == result.score()


@given(MANY)
def test_all_passed_is_full_marks(result: SubmissionResult) -> None:
    """Full marks are exactly the maximum, also with points like 1/3."""
    full = [
        replace(check, status=Status.PASSED, reason=None, points=check.max_points) for check in result.checks
    ]
    score = replace(result, checks=tuple(full)).score()
    assert score.low == score.max
    assert not score.provisional


@given(MANY, checks("test_more"))
def test_undecided_never_costs_points(result: SubmissionResult, more: CheckResult) -> None:
    """One more check never lowers the score; an undecided one counts in full at the high end."""
    grown = replace(result, checks=(*result.checks, more)).score()
    assert grown.low >= result.score().low
    if more.undecided:
        assert grown.value is None
        assert grown.high == result.score().high + hundredths(more.max_points)


@given(MANY)
def test_json_follows_the_schema(result: SubmissionResult) -> None:
    """Every result validates, survives JSON unchanged, and has the contract's keys in their order."""
    document = to_json(result)
    assert list(document) == KEYS
    assert all(list(check) == CHECK_KEYS for check in document["checks"])  # type: ignore[attr-defined]
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    SCHEMA.validate(document)
    assert "printed" not in text
    assert "frames" not in text


@given(MANY)
def test_json_numbers_have_two_decimals(result: SubmissionResult) -> None:
    """The decimals printed are the exact hundredths."""
    document = to_json(result)
    score = result.score()
    for key, value in (("score_low", score.low), ("score_high", score.high), ("max_score", score.max)):
        assert Fraction(str(document[key])) == Fraction(value, 100)


@given(st.integers(0, 10**9))
def test_decimal_is_exact_in_print(value: int) -> None:
    """The float nearest to n/100 prints as n/100."""
    assert Fraction(repr(decimal(value))) == Fraction(value, 100)


def test_schema_is_closed_everywhere() -> None:
    """No object in the schema lets unknown keys pass, and the schema itself is valid."""
    jsonschema.Draft202012Validator.check_schema(result_schema())
    jsonschema.Draft202012Validator.check_schema(results_schema())

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(results_schema())


@pytest.mark.parametrize(
    "change",
    [
        {"score": None},
        {"status": "provisional"},
        {"extra": 1},
        {"submission": "/home/alice.py"},
        {"hashes": {"submission": "0", "checks": "0"}},
        {"limits": {}},
        {"checks": [{}]},
    ],
)
def test_schema_refuses(change: dict[str, object]) -> None:
    """Contradictions and unknown or missing keys do not validate."""
    document = to_json(submission(one())) | change
    assert not SCHEMA.is_valid(document)


def test_schema_refuses_a_wrong_reason() -> None:
    """A reason must belong to its status."""
    document = to_json(submission(one()))
    document["checks"][0]["reason"] = "cpu"  # type: ignore[index]
    assert not SCHEMA.is_valid(document)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "failed"}, "cannot have the reason None"),
        ({"reason": "cpu"}, "passed cannot have the reason cpu"),
        ({"points": 2}, "outside 0..1"),
        ({"points": 0}, "passed, but 0 of 1"),
        ({"points": 0.5}, "expected a Fraction or an int"),
        ({"points": True}, "expected a Fraction or an int"),
        ({"worth": -1}, "expected 0 or more"),
        ({"status": "wrong"}, "wrong"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, object], words: str) -> None:
    """A result that contradicts itself is never built."""
    with pytest.raises(ValueError, match=words):
        one(**fields)  # type: ignore[arg-type]


def test_ids_are_unique() -> None:
    """Two checks of one id would overwrite each other in the gradebook."""
    with pytest.raises(ValueError, match="test_one"):
        replace(submission(), checks=(one(), one()))


def test_partial_points_are_rounded_down_per_check() -> None:
    """Three checks with 2/3 of a point each are 1.98, not 2.00."""
    third = one("failed", "assertion", Fraction(2, 3), 1)
    assert submission(third, third, third).score().value == 1.98
