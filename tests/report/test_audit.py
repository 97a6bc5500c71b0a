"""The audit in words: the summary, the matrix, the table of the README."""

from __future__ import annotations

import pytest

from grader.core.audit import Audit, CheckRow, Finding, MisconceptionRow
from grader.report.audit import lines, summary, table


@pytest.fixture
def outcome() -> Audit:
    return Audit(
        slug="tiny",
        points=10.0,
        checks=[
            CheckRow("test_values", False, 2, ("tiny.f/sign",), ""),
            CheckRow("test_learns", True, 0, (), "it is the only one that trains"),
        ],
        misconceptions=[
            MisconceptionRow("tiny.f/sign", False, ("test_values",), ("test_values",), ("test_learns",)),
            MisconceptionRow("tiny.f/mean", False, ("test_values",), (), (), ("tiny.f/sign",)),
            MisconceptionRow("tiny.f/order", True, (), (), ()),
        ],
        wrong=2,
        wrong_named=1,
        examples=5,
        findings=[
            Finding("wrong/odd.py", "is not named", "a matter of luck"),
            Finding("test_learns", "is slow"),
        ],
        cpu_seconds={"test_values": 0.0123},
    )


WHOLE = """\
tiny: NOT FIT · 10 points, 2 checks
  misconceptions  2/2 lose points, 1/2 named
  examples        5; wrong ones with their cause named 1/2
  - wrong/odd.py: is not named (accepted: a matter of luck)
  - test_learns: is slow

  checks: CPU seconds of the reference; misconceptions caught, of these by no other check
    1  test_values   0.012    2   1
    2  test_learns       –    0   0  slow  kept: it is the only one that trains

  ● caught and named   ○ caught   · not run (slow, not claimed)
                  1  2
  tiny.f/sign     ●  ·
  tiny.f/mean     ○
  tiny.f/order          accepted

"""


def test_the_whole_report(outcome: Audit) -> None:
    """Summary, findings with what forgives them, and with --verbose the matrix and why a check is kept."""
    assert "\n".join(lines(outcome, verbose=True)) + "\n" == WHOLE
    assert list(lines(outcome)) == WHOLE.splitlines()[:5]


def test_the_table_sums_up(outcome: Audit) -> None:
    """One line for each assignment, and one for all."""
    assert list(table([outcome, outcome]))[2:] == [
        *["| `tiny` | 10 | 2 | 2 / 1 of 2 | 1 of 2 |"] * 2,
        "| all | 20 | 4 | 4 / 2 of 4 | 2 of 4 |",
    ]


def test_the_json_tells_volatile_values_apart(outcome: Audit) -> None:
    """Seconds stand under `measured`; an accepted convention is no misconception."""
    (one,) = summary([outcome])
    assert one["measured"] == {"cpu_seconds": {"test_values": 0.0123}}
    assert (one["passed"], one["misconceptions"], one["caught"], one["named"]) == (False, 2, 2, 1)
    assert one["matrix"]["tiny.f/sign"] == {  # type: ignore[index]
        "accepted": False,
        "caught_by": ["test_values"],
        "named_by": ["test_values"],
        "not_run": ["test_learns"],
    }
