"""Marks from what is on record: by hand, and the laws that hold for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.limits import Limits
from grader.core.mark import Attempt, Decision, Entry, Imported, Mark
from grader.core.policy import Extension, Policy, Terms
from grader.core.result import CheckResult, Hashes, Manual, SubmissionResult
from grader.gradebook.marking import marks_of

DUE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MakeResult = Callable[..., SubmissionResult]
TEN = Terms(deadline=DUE, percent_per_day=Fraction(10))


def graded(earned: int, undecided: bool = False) -> SubmissionResult:
    """One check worth 10 points; `earned` in hundredths."""
    check = CheckResult(
        id="test_a",
        title="a",
        visibility="public",
        status="grader_error" if undecided else ("passed" if earned == 1000 else "failed"),  # type: ignore[arg-type]
        reason="reference" if undecided else (None if earned == 1000 else "assertion"),  # type: ignore[arg-type]
        points=Fraction(earned, 100),
        max_points=Fraction(10),
    )
    return SubmissionResult(
        assignment="a",
        submission="x",
        checks=(check,),
        sandboxed=True,
        limits=Limits(),
        hashes=Hashes("", ""),
    )


def attempt(hours: float, earned: int | None = 600, undecided: bool = False) -> Attempt:
    """A hand-in so many hours after the deadline; earned None: not graded yet."""
    result = None if earned is None else graded(earned, undecided)
    moment = DUE + timedelta(hours=hours)
    return Attempt(submission=1, hash=f"{hours} {earned}", received=moment, result=result)


def mark_of(terms: Terms, *attempts: Attempt, **known: object) -> Mark:
    """The mark of a single assignment."""
    entry = Entry(student="s", slug="a", attempts=attempts, **known)  # type: ignore[arg-type]
    return marks_of([entry], Policy(assignments={"a": terms}))[0]


@pytest.mark.parametrize(
    ("which", "attempts", "value", "number"),
    [
        ("last", [attempt(-2, 900), attempt(-1, 300)], 300, 2),
        ("best", [attempt(-2, 900), attempt(-1, 300)], 900, 1),
        ("by-deadline", [attempt(-2, 900), attempt(-1, 300), attempt(5, 1000)], 300, 2),
        ("by-deadline", [attempt(5, 500), attempt(30, 1000)], 400, 1),
        ("best", [attempt(-1, 900), attempt(1, 1000)], 900, 1),
        ("best", [attempt(-1, 800), attempt(1, 1000)], 900, 2),
        ("last", [attempt(-1, 800), attempt(80, 1000)], 800, 1),
        ("last", [attempt(80, 1000)], 0, 1),
        ("last", [attempt(-1, 300), attempt(-1, 900)], 900, 2),  # of the same instant: by their hashes
    ],
)
def test_which_attempt_counts(which: str, attempts: list[Attempt], value: int, number: int) -> None:
    """Last, best after the policy, or by the deadline; what came too late counts only if there is nothing else."""
    terms = replace(TEN, attempts=which, after=3)  # type: ignore[arg-type]
    for order in (attempts, attempts[::-1]):
        mark = mark_of(terms, *order)
        assert (mark.value, mark.number) == (value, (number, len(attempts)))


def test_undecided_checks_leave_a_range() -> None:
    """No value, but from where to where, both after the policy; deciding the check by hand settles it."""
    mark = mark_of(TEN, attempt(1, 0, undecided=True))
    assert (mark.value, mark.low, mark.high, mark.provisional) == (None, 0, 900, True)
    assert mark.reasons == ("test_a is not decided (grader_error)",)
    decided = mark_of(TEN, attempt(1, 0, True), checks={"test_a": Decision(700, "Ann", "seen", DUE)})
    assert (decided.value, decided.provisional, decided.lines[1].text) == (
        600,
        False,
        "test_a: 7.00 of 10.00, set by Ann: seen",
    )


def test_the_best_attempt_is_provisional_while_another_may_beat_it() -> None:
    """As long as a rival is undecided or not graded and could be worth more."""
    best = replace(TEN, attempts="best")
    assert mark_of(best, attempt(-2, 900), attempt(-1, 0, undecided=True)).provisional
    waiting = mark_of(best, attempt(-2, 900), attempt(-1, None))
    assert (waiting.value, waiting.low, waiting.high, waiting.max) == (None, 900, 1000, 1000)
    assert not mark_of(best, attempt(-2, 900), attempt(1, 0, undecided=True)).provisional, "at most 9 as well"


def test_points_by_hand_never_exceed_what_a_part_is_worth() -> None:
    """More than the maximum of a check or an item counts as the maximum; the score itself is set as it is."""
    result = replace(graded(200), manual=(Manual("talk", "Talk", Fraction(5)),))
    one = Attempt(submission=1, hash="", received=DUE, result=result)
    many = Decision(5000, "Ann", "typing error", DUE)
    assert mark_of(TEN, one, checks={"test_a": many}, manual={"talk": many}).value == 1500
    assert mark_of(TEN, one, score=many).value == 5000
    assert [line.text for line in mark_of(TEN, one, checks={"gone": many}).lines if "gone" in line.text] == [
        "gone: set by hand, but not part of the assignment as it was graded"
    ]


def test_without_a_hand_in_there_is_no_mark() -> None:
    """Neither a zero nor provisional: a reason; what was imported or set by hand counts."""
    nothing = mark_of(TEN)
    assert (nothing.value, nothing.provisional, nothing.reasons) == (None, False, ("nothing was handed in",))
    assert mark_of(TEN, score=Decision(300, "Ann", "oral", DUE)).value == 300
    imported = mark_of(TEN, attempt(0), imported=Imported(1234, 2000, "exam.csv", "Ann", DUE))
    assert (imported.value, imported.max) == (1234, 2000)
    assert imported.lines[0].text == (
        "12.34 of 20.00 imported from exam.csv by Ann; it stands in place of what was handed in"
    )


def test_every_step_is_told() -> None:
    """Which attempt, each check, lateness with the extension, late days, and the final word."""
    policy = Policy(
        assignments={"a": replace(TEN, cap=Fraction(80))},
        pool=1,
        each=1,
        extensions={("s", "a"): (Extension(None, Fraction(2), "2 hours more (ill)"),)},
    )
    entry = Entry(student="s", slug="a", attempts=(replace(attempt(30), late=True),))
    mark = marks_of([entry], policy)[0]
    assert [(line.text, line.before, line.after) for line in mark.lines] == [
        ("attempt 1 of 1 counts (last); received 2026-03-03 18:00 UTC, marked late by the LMS", 0, 0),
        ("test_a: failed, 6.00 of 10.00", 0, 600),
        (
            "2 days late: deadline 2026-03-02 14:00 UTC, 2 hours more (ill); 1 of them covered by late days; "
            "10 % of the maximum a day, at most 80 % of the maximum",
            600,
            500,
        ),
    ]
    graceful = Policy(assignments={"a": replace(TEN, grace=timedelta(minutes=15))})
    on_time = marks_of([Entry(student="t", slug="a", attempts=(attempt(0.2),))], graceful)[0]
    assert on_time.lines[-1].text == "on time: deadline 2026-03-02 12:00 UTC and 15 minutes"
    final = marks_of([replace(entry, score=Decision(0, "Bob", "copied", DUE))], policy)[0]
    assert (final.lines[-1].text, final.lines[-1].after, final.excused) == ("score set by Bob: copied", 0, 0)


attempts = st.lists(
    st.builds(attempt, st.integers(-50, 150), st.none() | st.integers(0, 1000)),
    max_size=3,
    unique_by=lambda a: a.hash,
)
entries = st.lists(attempts, min_size=1, max_size=3).map(
    lambda lists: [
        Entry(student="s", slug=f"a{index}", attempts=tuple(some)) for index, some in enumerate(lists)
    ]
)
terms = st.builds(
    Terms,
    deadline=st.just(DUE),
    grace=st.just(timedelta(minutes=10)),
    percent_per_day=st.fractions(0, 60, max_denominator=4),
    of=st.sampled_from(["max", "mark"]),
    after=st.none() | st.integers(0, 4),
    cap=st.none() | st.fractions(0, 100, max_denominator=4),
    attempts=st.sampled_from(["last", "best", "by-deadline"]),
)
policies = st.builds(
    Policy,
    assignments=st.fixed_dictionaries({"a0": terms, "a1": terms, "a2": terms}),
    pool=st.integers(0, 4),
    each=st.integers(0, 3),
)


def total(marks: tuple[Mark, ...]) -> int:
    """Of the points so far."""
    return sum(mark.low for mark in marks)


@settings(max_examples=50)
@given(entries, policies)
def test_marks_lie_between_nothing_and_the_maximum(known: list[Entry], policy: Policy) -> None:
    """0 ≤ low ≤ high ≤ max; a value is there or a reason is; the lines end at the mark."""
    for mark in marks_of(known, policy):
        assert 0 <= mark.low <= mark.high <= mark.max
        assert (mark.value is None) == bool(mark.reasons)
        assert mark.value in (None, mark.low)
        assert not mark.lines or mark.lines[-1].after == mark.low
        assert all(one.after == two.before for one, two in zip(mark.lines, mark.lines[1:], strict=False))


@settings(max_examples=50)
@given(entries, policies, st.randoms())
def test_the_order_of_arrival_changes_nothing(known: list[Entry], policy: Policy, random: object) -> None:
    """Permuted attempts and assignments give every assignment the same mark."""
    shuffled = [
        replace(entry, attempts=tuple(random.sample(entry.attempts, len(entry.attempts))))  # type: ignore[attr-defined]
        for entry in random.sample(known, len(known))  # type: ignore[attr-defined]
    ]
    by_slug = {mark.slug: mark for mark in marks_of(shuffled, policy)}
    assert [by_slug[mark.slug] for mark in marks_of(known, policy)] == list(marks_of(known, policy))


@settings(max_examples=50)
@given(entries, policies, st.integers(1, 3), st.integers(0, 2))
def test_more_late_days_never_lower_the_total(
    known: list[Entry], policy: Policy, more: int, each: int
) -> None:
    """Neither a bigger pool nor a higher bound for one assignment."""
    bigger = replace(policy, pool=policy.pool + more, each=policy.each + each)
    assert total(marks_of(known, bigger)) >= total(marks_of(known, policy))


@settings(max_examples=50)
@given(entries, policies, st.integers(0, 90))
def test_an_extension_never_lowers_the_total(known: list[Entry], policy: Policy, hours: int) -> None:
    """For one hand-in an assignment, and for several where the best counts."""
    single = [replace(entry, attempts=entry.attempts[:1]) for entry in known]
    best = {slug: replace(one, attempts="best") for slug, one in policy.assignments.items()}
    granted = {("s", "a0"): (Extension(None, Fraction(hours), ""),)}
    for some, rules in ((single, policy), (known, replace(policy, assignments=best))):
        assert total(marks_of(some, replace(rules, extensions=granted))) >= total(marks_of(some, rules))


@settings(max_examples=50)
@given(policies, st.integers(-50, 150), st.integers(0, 100), st.integers(0, 1000))
def test_later_is_never_better(policy: Policy, hours: int, more: int, earned: int) -> None:
    """The same work of the same student, handed in later, is worth the same or less."""

    def low(moment: int) -> int:
        return marks_of([Entry(student="s", slug="a0", attempts=(attempt(moment, earned),))], policy)[0].low

    assert low(hours + more) <= low(hours)
