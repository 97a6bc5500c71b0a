"""What a gradebook keeps and computes, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import DBAPIError

from grader.core.errors import SpecError, UsageError
from grader.core.result import Manual, SubmissionResult
from grader.core.roster import Student
from grader.gradebook.book import Gradebook
from grader.gradebook.content import Content
from grader.gradebook.schema import journal, metadata

HandIn = Callable[..., int]
Opened = Callable[..., AbstractContextManager[Gradebook]]
MakeResult = Callable[..., SubmissionResult]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = """
timezone: Europe/Paris
assignments:
  backprop: {deadline: 2026-03-01T13:00, percent_per_day: 10}
"""


def test_a_hand_in_is_kept_with_its_files(book: Gradebook) -> None:
    """The files come back byte for byte, whatever their names and contents."""
    files = {"b.py": b"\r\n\0\xff", "a b/ü.ipynb": b"", "=1+1": b"x" * 100_000}
    kept = book.submit("s1", "backprop", files, NOON, late=True, origin="in/s1.zip")
    assert (kept.student, kept.received, kept.late, kept.origin, kept.attempt) == (
        "s1",
        NOON,
        True,
        "in/s1.zip",
        1,
    )
    assert book.files(kept.hash) == files


def test_the_same_hand_in_again_is_the_same(book: Gradebook) -> None:
    """Putting it on record twice gives the first; another time, student or text is another hand-in."""
    first = book.submit("s1", "backprop", {"a.py": b"1"}, NOON)
    elsewhere = NOON.astimezone(UTC).replace(tzinfo=UTC)
    assert book.submit("s1", "backprop", {"a.py": b"1"}, elsewhere) == first
    later = book.submit("s1", "backprop", {"a.py": b"1"}, NOON + timedelta(hours=1))
    other = book.submit("s2", "backprop", {"a.py": b"1"}, NOON)
    changed = book.submit("s1", "backprop", {"a.py": b"2"}, NOON - timedelta(hours=1))
    found_elsewhere = (
        book.submit("s3", "backprop", {"a.py": b"1"}, NOON, origin="a"),
        book.submit("s3", "backprop", {"a.py": b"1"}, NOON, origin="b"),
    )
    assert len({one.seq for one in (first, later, other, changed, *found_elsewhere)}) == 6
    numbers = {one.seq: one.attempt for one in book.submissions("backprop", "s1")}
    assert numbers == {changed.seq: 1, first.seq: 2, later.seq: 3}, "numbered by time received"


def test_results_are_cached_by_content_without_anybodys_name(book: Gradebook, result_of: MakeResult) -> None:
    """The same content gives the recorded result under the asker's name and notes; another checks' hash gives none."""
    made = result_of()
    number = book.record(Content.of(made).key, made)
    assert book.record(Content.of(made).key, made) == number
    found = book.grading(Content.of(made).key, "jane.zip")
    assert found is not None
    assert found.result == replace(made, submission="jane.zip", notes=())
    assert book.grading(Content.of(result_of(checks="c2")).key, "jane.zip") is None


def test_a_further_try_stands_beside_the_first(book: Gradebook, result_of: MakeResult) -> None:
    """What the grader failed at can be recorded again; the latest try is the one that is found."""
    broken, whole = result_of(undecided=True), result_of()
    key = Content.of(broken).key
    assert key == Content.of(whole).key
    first, second = book.record(key, broken), book.record(key, whole, tries=2)
    found = book.grading(key, "x")
    assert first != second
    assert found is not None
    assert (found.seq, found.tries, found.result.score().provisional) == (second, 2, False)


def test_marks_follow_the_revision_in_force(book: Gradebook, hand_in: HandIn, result_of: MakeResult) -> None:
    """A regrade changes the mark, undo restores the one before, and nothing is lost in between."""
    submission = hand_in("s1", passed=3)
    better = result_of(book.submissions()[0].hash[:16], passed=5, checks="c2")
    again = book.record(Content.of(better).key, better)
    assert [mark.value for mark in book.marks("backprop")] == [600]
    book.revise("backprop", "regrade", "Ann", "test_a was too strict", {submission: again})
    assert [mark.value for mark in book.marks("backprop")] == [800]
    book.undo("backprop", "Bob", "wrong after all")
    assert [mark.value for mark in book.marks("backprop")] == [600]
    book.undo("backprop", "Bob", "all of it")
    assert [(mark.value, mark.reasons) for mark in book.marks("backprop")] == [
        (None, ("this attempt is not graded yet",))
    ]
    with pytest.raises(UsageError, match=r'nothing is left to undo in "backprop"'):
        book.undo("backprop", "Bob", "once more")
    first, second, *_ = book.revisions("backprop")
    told = [(event.author, event.text, event.reason) for event in book.history("s1", "backprop")]
    assert told[1:] == [
        ("Ann", "graded, attempt 1: 6.00 of 10.00 (checks c1)", "first run"),
        ("Ann", "graded again, attempt 1: 8.00 of 10.00 (checks c2)", "test_a was too strict"),
        ("Bob", f"entry {second.seq} undone", "wrong after all"),
        ("Bob", f"entry {first.seq} undone", "all of it"),
    ]


def test_undo_in_one_assignment_leaves_the_others(book: Gradebook, hand_in: HandIn) -> None:
    """Each assignment has revisions of its own."""
    hand_in("s1")
    hand_in("s1", slug="softmax")
    book.undo("backprop", "Ann", "not this one")
    assert [(mark.slug, mark.value) for mark in book.marks()] == [("backprop", None), ("softmax", 600)]


def test_overrides_and_manual_marks_hold_until_taken_back(book: Gradebook, hand_in: HandIn) -> None:
    """One check, a manual item and the score are set by hand; None takes the decision back."""
    hand_in("s1", manual=(Manual("defence", "Oral defence", Fraction(5)),))
    assert book.marks("backprop")[0].reasons == ("defence is not marked yet",)
    book.mark_manual("s1", "backprop", "defence", 450, "Ann", "answered all but one")
    book.override("s1", "backprop", 700, "Ann", "right idea", check="test_a")
    assert book.marks("backprop")[0].value == 700 + 300 + 450
    book.override("s1", "backprop", 100, "Bob", "copied")
    assert book.marks("backprop")[0].value == 100
    book.override("s1", "backprop", None, "Bob", "it was not")
    book.override("s1", "backprop", None, "Ann", "nor that", check="test_a")
    mark = book.marks("backprop")[0]
    assert (mark.value, mark.max) == (600 + 450, 1500)
    assert [line.text for line in mark.lines][1:4] == [
        "test_a: failed, 3.00 of 7.00",
        "test_b: passed, 3.00 of 3.00",
        "defence: 4.50 of 5.00, set by Ann: answered all but one",
    ]
    assert book.history("s1", "backprop")[-1].text == "check test_a no longer set by hand"


def test_a_policy_counts_from_the_moment_it_is_set(book: Gradebook, hand_in: HandIn) -> None:
    """Without running anything again, late work loses what the policy says; the next policy gives it back."""
    hand_in("s1", hours=30)
    assert book.marks("backprop")[0].value == 600
    book.set_policy(POLICY, "Ann", "as agreed")
    mark = book.marks("backprop")[0]
    assert (mark.value, mark.days) == (400, 2)
    assert mark.lines[-1].text == "2 days late: deadline 2026-03-01 13:00 CET; 10 % of the maximum a day"
    book.set_policy("", "Ann", "nobody is late")
    assert book.marks("backprop")[0].value == 600
    assert [event.text for event in book.history("s1", "backprop")][-1] == "the policy was changed"


def test_the_maximum_is_known_before_everything_is_graded(book: Gradebook, hand_in: HandIn) -> None:
    """Who waits for a grading, or handed in nothing, has the maximum of the others; the former may reach it."""
    book.enrol([Student("s1"), Student("s2"), Student("s3")])
    hand_in("s1")
    book.submit("s2", "backprop", {"a.py": b""}, NOON)
    assert [(mark.value, mark.high, mark.max) for mark in book.marks("backprop")] == [
        (600, 600, 1000), (None, 1000, 1000), (None, 0, 1000),
    ]  # fmt: skip


def test_a_reader_sees_one_moment(url: str, opened: Opened) -> None:
    """What another process writes meanwhile appears at the next look, never in the middle of one."""
    with opened(url) as book, opened(url) as other:

        def look(connection: Connection) -> list[int]:
            def count() -> int:
                return connection.execute(select(func.count()).select_from(journal)).scalar_one()

            before = count()
            other.submit("s1", "backprop", {"a.py": b""}, NOON)
            return [before, count()]

        assert book._store.read(look) == [0, 0]
        assert len(book.submissions()) == 1


def test_late_days_are_shared_whichever_marks_are_asked_for(book: Gradebook, hand_in: HandIn) -> None:
    """One day for two assignments goes to the earlier; asked for alone, each mark is what it is among all."""
    hand_in("s1", hours=1)
    hand_in("s1", hours=1, slug="softmax")
    two = (
        POLICY
        + "  softmax: {deadline: 2026-03-01T12:59, percent_per_day: 10}\nlate_days: {pool: 1, each: 1}\n"
    )
    book.set_policy(two, "Ann", "as agreed")
    assert [(mark.slug, mark.value, mark.excused) for mark in book.marks()] == [
        ("backprop", 500, 0), ("softmax", 600, 1),
    ]  # fmt: skip
    assert (*book.marks("backprop"), *book.marks("softmax")) == book.marks()


def test_a_mark_never_carries_anothers_name(book: Gradebook, hand_in: HandIn) -> None:
    """Two students handed in the same: one grading, each under their own id."""
    hand_in("s1")
    hand_in("s2")
    assert len({grading.seq for grading in book.graded("backprop").values()}) == 1
    names = [mark.attempt.result.submission for mark in book.marks() if mark.attempt and mark.attempt.result]
    assert names == ["s1", "s2"]
    results = [grading.result for _, grading in sorted(book.graded("backprop").items())]
    assert [(result.submission, result.notes) for result in results] == [("s1", ()), ("s2", ())]


def test_a_faulty_policy_is_not_taken(book: Gradebook) -> None:
    """It is refused with file and key, and the one before holds."""
    with pytest.raises(
        SpecError, match=r"mine\.yaml: \$\.defaults\.cap: expected a number from 0 to 100, got 101"
    ):
        book.set_policy("defaults: {cap: 101}", "Ann", "typing error", "mine.yaml")
    assert book.policy().defaults.cap is None


def test_imported_marks_stand_in_place_of_hand_ins(book: Gradebook, hand_in: HandIn) -> None:
    """The latest import holds, an override still has the last word."""
    hand_in("s1")
    book.import_marks("backprop", {"s1": (500, 2000), "s2": (1, 2000)}, "exam.csv", "Ann")
    book.import_marks("backprop", {"s1": (1900, 2000)}, "exam2.csv", "Ann", "second sitting")
    book.override("s2", "backprop", 77, "Bob", "read wrongly")
    assert [(mark.student, mark.value, mark.max) for mark in book.marks()] == [
        ("s1", 1900, 2000),
        ("s2", 77, 2000),
    ]
    with pytest.raises(UsageError, match=r"s3: expected points from 0 to 10\.00, got 10\.01"):
        book.import_marks("backprop", {"s3": (1001, 1000)}, "exam.csv", "Ann")


def test_the_roster_decides_order_and_completeness(book: Gradebook, hand_in: HandIn) -> None:
    """Who is enrolled has a mark, in the roster's order; others follow; a later roster's names win."""
    book.enrol([Student("zoe", "Zoë"), Student("bob", "Bob", "b@x.org", 25, True)])
    hand_in("stranger")
    hand_in("bob")
    assert [(mark.student, mark.value) for mark in book.marks("backprop")] == [
        ("zoe", None), ("bob", 600), ("stranger", 600),
    ]  # fmt: skip
    book.enrol([Student("bob", "Robert", "b@x.org", 25, True)])
    assert book.students()["bob"] == Student("bob", "Robert", "b@x.org", 25, True)


def test_what_is_said_must_be_complete(book: Gradebook) -> None:
    """No decision without a name, a reason, an id that can be shown, and points that can be."""
    with pytest.raises(UsageError, match="expected a reason"):
        book.override("s1", "backprop", 1, "Ann", " ")
    with pytest.raises(UsageError, match="expected the name of who does this"):
        book.override("s1", "backprop", 1, "", "because")
    with pytest.raises(UsageError, match="expected points from 0 to"):
        book.override("s1", "backprop", -1, "Ann", "because")
    with pytest.raises(UsageError, match="without control characters"):
        book.submit("s\n1", "backprop", {}, NOON)
    with pytest.raises(ValueError, match="aware"):
        book.submit("s1", "backprop", {}, datetime(2026, 1, 1))
    assert book.verify() == []


def test_nothing_is_ever_changed_or_deleted(url: str, result_of: MakeResult, opened: Opened) -> None:
    """Through a whole course no statement but SELECT and INSERT runs, and the database refuses any other itself."""
    statements: list[str] = []
    with opened(url) as book:
        engine = book._store.engine
        event.listen(
            engine, "before_cursor_execute", lambda *args: statements.append(args[2].split()[0].upper())
        )
        submission = book.submit("s1", "backprop", {"a.py": b""}, NOON)
        made = result_of(submission.hash[:16])
        grading = book.record(Content.of(made).key, made)
        book.enrol([Student("s1")])
        book.revise("backprop", "grade", "Ann", "", {submission.seq: grading})
        book.mark_manual("s1", "backprop", "m", 1, "Ann", "x")
        book.override("s1", "backprop", 1, "Ann", "x")
        book.import_marks("backprop", {"s2": (1, 1)}, "x", "Ann")
        book.set_policy(POLICY, "Ann", "")
        book.undo("backprop", "Ann", "x")
        assert book.verify() == []
        assert {"SELECT", "INSERT"} <= set(statements) <= {"SELECT", "INSERT", "BEGIN", "PRAGMA", "SET"}
        for table in metadata.tables:
            column = next(iter(metadata.tables[table].c)).name
            for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"):
                with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
                    connection.execute(text(change))
