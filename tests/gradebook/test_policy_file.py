"""`policy.yaml`: what it says, and what is said of a faulty one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from grader.core.errors import SpecError
from grader.core.policy import Policy, Terms
from grader.gradebook.policy_file import read_policy

WHOLE = """\
timezone: Europe/Paris
defaults: {grace: 15, percent_per_day: 12.5, of: mark, after: 5, cap: 80, attempts: best}
late_days: {pool: 4, each: 2}
assignments:
  backprop: {deadline: 2026-03-02T23:59}
  softmax: {deadline: 2026-07-01 12:00:00, percent_per_day: 0.1, attempts: by-deadline}
  project: {cap: 50}
extensions:
  - {student: s07, assignment: backprop, hours: 48, reason: ill}
  - {student: s07, assignment: backprop, until: 2026-03-04T08:00}
"""


def test_a_whole_policy_is_read() -> None:
    """Defaults hold unless an assignment says otherwise; local times become instants; percents are exact."""
    policy = read_policy(WHOLE, "policy.yaml")
    base = Terms(None, timedelta(minutes=15), Fraction(25, 2), "mark", 5, Fraction(80), "best")
    assert policy.terms("s01", "unknown") == base
    assert policy.terms("s01", "backprop").deadline == datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    softmax = policy.terms("s01", "softmax")
    assert softmax.deadline == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert (softmax.percent_per_day, softmax.attempts) == (Fraction(1, 10), "by-deadline")
    assert policy.terms("s01", "project").cap == 50
    assert (policy.pool, policy.each) == (4, 2)
    extended = policy.terms("s07", "backprop")
    assert extended.deadline == datetime(2026, 3, 4, 22, 59, tzinfo=UTC)
    assert extended.extended == ("48 hours more (ill)", "until 2026-03-04T08:00")


def test_an_empty_file_is_no_policy() -> None:
    """Nothing is late and the last attempt counts."""
    assert read_policy("", "policy.yaml") == Policy()


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2026-03-29T02:30", "2026-03-29T01:30"),  # does not exist: one hour is skipped
        ("2026-10-25T02:30", "2026-10-25T01:30"),  # comes twice: at 00:30 and at 01:30 UTC
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_where_clocks_change_the_later_reading_counts(wall: str, utc: str) -> None:
    """A wall time that comes twice or not at all is read in the student's favour."""
    policy = read_policy(f"timezone: Europe/Paris\nassignments: {{a: {{deadline: {wall}}}}}", "policy.yaml")
    assert policy.terms("s", "a").deadline == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("assignments: {a: {deadline: 2026-03-02}}", "$.assignments.a.deadline: expected a local date and time"),
        ("timezone: Europe/Pari\n", '$.timezone: expected an IANA name such as Europe/Paris, got "Europe/Pari"'),
        ("timezone: /etc/passwd\n", "$.timezone: expected an IANA name"),
        ("assignments: {a: {deadline: 2026-03-02T23:59}}", "$.timezone: expected an IANA name such as"),
        (
            "timezone: UTC\nassignments: {a: {deadline: '2026-03-02T23:59+01:00'}}",
            '$.assignments.a.deadline: expected a local date and time such as 2026-03-02T23:59, got "2026-03',
        ),
        ("timezone: UTC\nassignments: {a: {deadline: 9999-12-31T23:59}}", "expected a year from 1970 to 8999"),
        ("timezone: UTC\ndefaults: {deadline: 2026-03-02T23:59}", "$.defaults.deadline: a deadline belongs to"),
        ("defaults: {grace: -1}", "$.defaults.grace: expected a number from 0 to"),
        ("defaults: {percent_per_day: .nan}", "$.defaults.percent_per_day: expected a number from 0 to 100, got nan"),
        ("defaults: {cap: all}", "$.defaults.cap: expected `float"),
        ("defaults: {attempts: first}", "$.defaults.attempts: invalid enum value 'first'"),
        ("assignments: {a: {dedline: x}}", "unknown key; allowed are deadline, grace,"),
        ("late_days: {pool: 3}", "$.late_days: object missing required field `each`"),
        ("late_days: {pool: 3, each: 1, all: 2}", "$.late_days.all: unknown key; allowed are pool, each"),
        ("late: {pool: 3}", "$.late: unknown key; allowed are timezone, defaults,"),
        (
            "extensions: [{student: s, assignment: a, hours: 1}]",
            '$.extensions[0].assignment: expected one with a deadline (there is none), got "a"',
        ),
        ("extensions: [{student: s, assignment: a, days: 1}]", "$.extensions[0].days: unknown key; allowed are"),
        ("- 1", "$: expected `object`, got `array`"),
        ("a: [", "policy.yaml:1: not YAML"),
    ],
)  # fmt: skip
def test_a_faulty_policy_is_told_by_file_and_key(text: str, words: str) -> None:
    """The message names the place, the value and what is allowed."""
    with pytest.raises(SpecError) as caught:
        read_policy(text, "policy.yaml")
    assert str(caught.value).startswith("policy.yaml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "extension", ["{student: s, assignment: a}", "{student: s, assignment: a, hours: 1, until: x}"]
)
def test_an_extension_says_either_until_or_hours(extension: str) -> None:
    """Both or none of them is a mistake."""
    text = f"timezone: UTC\nassignments: {{a: {{deadline: 2026-03-02T23:59}}}}\nextensions: [{extension}]"
    with pytest.raises(SpecError, match=r"\$\.extensions\[0\]: expected either until or hours"):
        read_policy(text, "policy.yaml")
