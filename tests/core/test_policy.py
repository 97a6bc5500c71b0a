"""Late policies: what they cost, and the laws that every one of them keeps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.policy import Extension, Policy, Terms, allocate

DUE = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
percents = st.fractions(0, 100, max_denominator=8)
terms = st.builds(
    Terms,
    deadline=st.just(DUE),
    grace=st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes)),
    percent_per_day=percents,
    of=st.sampled_from(["max", "mark"]),
    after=st.none() | st.integers(0, 6),
    cap=st.none() | percents,
)
moments = st.integers(-10_000, 20_000).map(lambda minutes: DUE + timedelta(minutes=minutes))
worths = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(sorted)  # points of most, in hundredths


def worth(rules: Terms, points: int, most: int, received: datetime, excused: int = 0) -> int:
    """What remains of work that came at this instant."""
    return rules.worth(points, most, rules.days_late(received), excused)


@pytest.mark.parametrize(
    ("seconds", "days"),
    [(-1, 0), (0, 0), (900, 0), (901, 1), (900 + 86_400, 1), (901 + 86_400, 2), (900 + 10 * 86_400, 10)],
)
def test_a_day_is_counted_from_its_first_second(seconds: int, days: int) -> None:
    """Started days of 24 hours, after deadline and grace; the last second of the grace is on time."""
    rules = Terms(deadline=DUE, grace=timedelta(minutes=15))
    assert rules.days_late(DUE + timedelta(seconds=seconds)) == days


@pytest.mark.parametrize(
    ("rules", "days", "excused", "left"),
    [
        (Terms(percent_per_day=Fraction(10)), 2, 0, 500),
        (Terms(percent_per_day=Fraction(10)), 2, 1, 600),
        (Terms(percent_per_day=Fraction(10), of="mark"), 2, 0, 560),
        (Terms(percent_per_day=Fraction(10)), 9, 0, 0),
        (Terms(cap=Fraction(50)), 1, 0, 500),
        (Terms(cap=Fraction(50)), 1, 1, 700),
        (Terms(cap=Fraction(50), percent_per_day=Fraction(30)), 1, 0, 400),
        (Terms(after=2), 2, 0, 700),
        (Terms(after=2), 3, 3, 0),
        (Terms(percent_per_day=Fraction(1, 3), of="mark"), 1, 0, 697),
        (Terms(), 400, 0, 700),
    ],
)
def test_what_seven_of_ten_points_are_worth_late(rules: Terms, days: int, excused: int, left: int) -> None:
    """By hand: percent of the maximum or of the mark, caps, the end of acceptance, and rounding down once."""
    assert rules.worth(700, 1000, days, excused) == left


@given(terms, worths, moments, st.integers(0, 9))
def test_a_mark_stays_between_nothing_and_what_was_earned(
    rules: Terms, points: list[int], received: datetime, excused: int
) -> None:
    """Never negative, never above the points, so never above the maximum."""
    earned, most = points
    assert 0 <= worth(rules, earned, most, received, excused) <= earned <= most


@given(terms, worths, moments, moments, st.integers(0, 9))
def test_more_lateness_never_raises_a_mark(
    rules: Terms, points: list[int], one: datetime, other: datetime, excused: int
) -> None:
    """The same work, later, with the same late days, is worth the same or less."""
    early, late = sorted([one, other])
    assert worth(rules, *points, early, excused) >= worth(rules, *points, late, excused)


@given(terms, worths, moments, st.integers(0, 9), st.integers(0, 9))
def test_more_points_and_more_late_days_never_lower_a_mark(
    rules: Terms, points: list[int], received: datetime, excused: int, more: int
) -> None:
    """Monotone in what was earned and in what is excused."""
    earned, most = points
    kept = worth(rules, earned, most, received, excused)
    assert worth(rules, most, most, received, excused) >= kept
    assert worth(rules, earned, most, received, excused + more) >= kept


@given(
    terms, worths, moments, st.lists(st.tuples(st.none() | moments, st.integers(0, 90)), max_size=3), moments
)
def test_an_extension_never_lowers(
    rules: Terms,
    points: list[int],
    received: datetime,
    granted: list[tuple[datetime | None, int]],
    until: datetime,
) -> None:
    """Whatever was granted before, even a date before the deadline takes nothing away."""
    before = [Extension(date, Fraction(hours), "") for date, hours in granted]

    def left(extensions: list[Extension]) -> int:
        policy = Policy(assignments={"a": rules}, extensions={("s", "a"): tuple(extensions)})
        return worth(policy.terms("s", "a"), *points, received)

    assert left([*before, Extension(until, Fraction(0), "")]) >= left(before)


def test_an_extension_is_for_one_student_and_assignment() -> None:
    """Hours count from the common deadline; others keep theirs; without a deadline there is nothing to extend."""
    rules = Terms(deadline=DUE)
    policy = Policy(
        assignments={"a": rules, "b": rules, "c": Terms()},
        extensions={("s", "a"): (Extension(None, Fraction(3, 2), "ill"),), ("s", "c"): ()},
    )
    assert policy.terms("s", "a") == replace(rules, deadline=DUE + timedelta(minutes=90), extended=("ill",))
    assert policy.terms("s", "b") == policy.terms("t", "a") == rules
    assert policy.terms("s", "c") == Terms()


tables = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=4).map(sorted), max_size=4)


@given(tables, st.integers(0, 6))
def test_late_days_go_where_they_bring_most(marks: list[list[int]], pool: int) -> None:
    """Compared with every allocation there is: largest total, fewest days, the earlier assignments first."""
    every = itertools.product(*(range(len(table)) for table in marks))
    allowed = [days for days in every if sum(days) <= pool]

    def order(days: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
        return sum(table[day] for table, day in zip(marks, days, strict=True)), -sum(days), days

    assert allocate(marks, pool) == max(allowed, key=order)


@given(tables, st.integers(0, 6), st.integers(0, 6))
def test_a_bigger_pool_never_lowers_the_total(marks: list[list[int]], pool: int, more: int) -> None:
    """What could be had with few days can be had with more."""

    def total(days: tuple[int, ...]) -> int:
        return sum(table[day] for table, day in zip(marks, days, strict=True))

    assert total(allocate(marks, pool + more)) >= total(allocate(marks, pool))


def test_allocation_is_quick_for_a_whole_course() -> None:
    """Forty assignments and a pool of a hundred days are a matter of milliseconds, not of trying everything."""
    days = allocate([list(range(0, 1000, 100)) for _ in range(40)], 100)
    assert (sum(days), days[0], days[-1]) == (100, 9, 0)
