"""What the class page says of marks: what lateness and people made of the scores, never more than is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

from grader.core.limits import Limits
from grader.core.mark import Attempt, Decision, Entry
from grader.core.policy import Policy, Terms
from grader.core.result import CheckResult, Hashes, Manual, SubmissionResult
from grader.core.roster import Student
from grader.gradebook.marking import marks_of
from grader.grading.classwork import ClassWork, class_work, write_class
from grader.grading.similar.pairs import pairs
from grader.report.standing import Standing

DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = Policy(assignments={"tiny": Terms(deadline=DUE, percent_per_day=Fraction(10))}, pool=1, each=1)
DEFENCE = (Manual("defence", "Defence", Fraction(5)),)


CODE = Path(__file__).parents[2] / "reference" / "backprop" / "submissions" / "right" / "closures.py"


def _result(submission: str, manual: tuple[Manual, ...] = ()) -> SubmissionResult:
    check = CheckResult(
        id="test_a",
        title="a",
        visibility="public",
        status="passed",
        points=Fraction(10),
        max_points=Fraction(10),
    )
    return SubmissionResult(
        assignment="tiny", submission=submission, checks=(check,), sandboxed=True, limits=Limits(),
        hashes=Hashes("0" * 16, "c", "r"), manual=manual,
    )  # fmt: skip


def _standing(
    days: float,
    late: bool = False,
    manual: tuple[Manual, ...] = (),
    given: Mapping[str, Decision] | None = None,
) -> Standing:
    attempt = Attempt(
        submission=1, hash="0", received=DUE + timedelta(days=days), late=late, result=_result("ann", manual)
    )
    entry = Entry(student="ann", slug="tiny", attempts=(attempt,), manual=given or {})
    return class_work(marks_of([entry], POLICY), {"ann": Student("ann", "Ann Ash")}).standings["ann"]


def test_on_time_nothing_is_said() -> None:
    """The name alone."""
    assert _standing(-1) == Standing(name="Ann Ash")


def test_lateness_is_told_with_what_it_cost() -> None:
    """How late, how much of it was covered, the mark, and why."""
    late = _standing(1.5)
    assert (late.late, late.mark, late.most) == ("2 days, 1 covered by late days", "9.00", "10.00")
    assert late.why.startswith(
        "2 days late: deadline 2026-03-01 12:00 UTC; 1 of them covered by late days; 10 %"
    )


def test_covered_days_are_late_and_cost_nothing() -> None:
    """The mark is the score: there is nothing to say of it."""
    assert _standing(0.5) == Standing(name="Ann Ash", late="1 day, 1 covered by late days")


def test_what_the_lms_marked_late_is_told_where_no_deadline_is_known() -> None:
    """By our deadline it is on time; the flag stays visible."""
    assert _standing(-1, late=True).late == "marked late by the LMS"


def test_a_marked_item_counts_and_an_open_one_leaves_the_mark_open() -> None:
    """A decision is told with its author and reason; a provisional mark is none."""
    assert _standing(-1, manual=DEFENCE).mark == ""
    decided = _standing(-1, manual=DEFENCE, given={"defence": Decision(400, "Eve", "clear", DUE)})
    assert (decided.mark, decided.most, decided.why) == (
        "14.00",
        "15.00",
        "defence: 4.00 of 5.00, set by Eve: clear",
    )


def test_every_link_leads_to_a_page_that_is_there(tmp_path: Path) -> None:
    """Also from the class to the pairs, which lie in a folder of their own, and back; a student's page has none."""
    texts = {name: {"tiny.py": CODE.read_text()} for name in ("ann", "bob")}
    found = pairs(texts, ())
    names = {"ann": Standing(name="Ann Ash"), "bob": Standing(name="Bob Bell")}
    write_class(ClassWork((_result("ann"), _result("bob")), names), tmp_path / "html", found, texts)
    pages = {path: path.read_text() for path in (tmp_path / "html").rglob("*.html")}
    links = {path: re.findall(r'(?:href|src)="([^"#]+)', text) for path, text in pages.items()}
    assert all((path.parent / unquote(link)).is_file() for path, some in links.items() for link in some)
    instructor, student = tmp_path / "html" / "instructor", tmp_path / "html" / "student"
    assert "similar/similar.html" in links[instructor / "index.html"]
    assert "Ann Ash (ann)" in pages[instructor / "similar" / "similar-0001.html"]
    assert links[student / "ann.html"] == []
    assert not re.search(r"\b[Bb]ob\b", pages[student / "ann.html"])
