"""`grader gradebook` as a teaching assistant uses it, on a small gradebook that was filled through its API."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.cli.gradebook import gradebook_command
from grader.cli.main import main
from grader.core.limits import Limits
from grader.core.result import CheckResult, Hashes, Manual, SubmissionResult
from grader.core.roster import Student
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.content import Content
from grader.gradebook.policy_file import read_policy

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPEC = """\
title: Back-propagation
points: 10
files: [backprop.py]
manual: [{id: defence, title: Oral defence, points: 5, rubric: explains each line}]
"""
POLICY = """\
timezone: Europe/Paris
assignments: {backprop: {deadline: 2026-03-01T14:00, percent_per_day: 10}}
"""
STUDENTS = (
    Student("ann", "Ann Lee", "ann@x.org"),
    Student("bob", "=cmd|'/c calc'!A1", "bob@x.org"),
    Student("cy", "Cy Young", "cy@x.org"),
)
Run = Callable[..., Any]


def check(id: str, worth: int, status: str, reason: str | None, earned: int) -> CheckResult:
    """A public check."""
    points, most = Fraction(earned), Fraction(worth)
    return CheckResult(
        id=id, title=id, visibility="public", status=status, reason=reason, points=points, max_points=most
    )


def result(hash: str, *, undecided: bool = False, manual: tuple[Manual, ...] = ()) -> SubmissionResult:
    """Ten points: test_a 5 of 7, test_b 3 of 3 or not decided."""
    last = ("grader_error", "reference", 0) if undecided else ("passed", None, 3)
    return SubmissionResult(
        assignment="backprop",
        submission="zip",
        checks=(check("test_a", 7, "failed", "assertion", 5), check("test_b", 3, *last)),
        sandboxed=True,
        limits=Limits(),
        hashes=Hashes(hash[:16], "c1", "r1"),
        title="Back-propagation",
        manual=manual,
    )


def fill(book: Gradebook) -> None:
    """Ann: 8 of 10. Bob: a day late, one check open. Cy: nothing. Dee, not in the roster: yet to be heard."""
    book.enrol(STUDENTS)
    items = {"dee": {"manual": (Manual("defence", "Oral defence", Fraction(5)),)}, "bob": {"undecided": True}}
    for student, hours in (("ann", 0), ("bob", 2), ("dee", 0)):
        files = {"backprop.py": f"# {student}\n".encode()}
        handed = book.submit(
            student, "backprop", files, NOON + timedelta(hours=hours), origin=f"{student}.zip"
        )
        made = result(handed.hash, **items.get(student, {}))  # type: ignore[arg-type]
        grading = book.record(Content.of(made).key, made)
        book.revise("backprop", "grade", "grader", "first run", {handed.seq: grading})
    book.set_policy(POLICY, "Ann", "start of term")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one assignment with its gradebook. Read only."""
    root = tmp_path_factory.mktemp("record")
    (root / "assignments" / "backprop").mkdir(parents=True)
    (root / "assignments" / "backprop" / "assignment.yaml").write_text(SPEC)
    (root / ".grader").mkdir()
    minutes = (timedelta(minutes=one) for one in count(1))  # the clock of the journal
    with open_gradebook(root / ".grader" / "gradebook.db", now=lambda: NOON + next(minutes)) as book:
        fill(book)
    return root


@pytest.fixture
def course(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(filled, tmp_path / "course")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """here("gradebook", …, course=) is the console entry in this process: a new one for every call costs seconds."""

    def run(*args: object, course: Path) -> SimpleNamespace:
        monkeypatch.setattr(sys, "argv", ["grader", "--course", str(course), *map(str, args)])
        monkeypatch.delenv("GRADER_GRADEBOOK", raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=said.out, err=said.err)

    return run


def told(text: str) -> str:
    """What a table says, whatever its columns."""
    return " ".join(text.split())


def test_marks_are_shown_as_values_or_ranges_with_the_reason(grader: Run, filled: Path) -> None:
    """Of the course, of an assignment and of a student; in a pipe no line is longer than 80 columns."""
    every = grader("gradebook", "show", course=filled)
    one = grader("gradebook", "show", "backprop", course=filled)
    mine = grader("gradebook", "show", "bob", course=filled)
    assert (every.code, one.code, mine.code) == (0, 0, 0)
    assert "backprop 10.00–15.00 1 2 1 8.00 8.00" in told(every.out)
    assert "ann Ann Lee 8.00" in told(one.out)
    assert "4.00–7.00 1 test_b is not decided" in told(one.out)
    assert "nothing was handed in" in told(one.out)
    assert "1 final, 2 provisional, 1 without a mark" in one.out
    assert "backprop 10.00 4.00–7.00 1 test_b is not decided (grader_error)" in told(mine.out)
    assert max(len(line) for done in (every, one, mine) for line in done.out.splitlines()) <= 80


def test_history_explains_a_mark_line_by_line(grader: Run, filled: Path) -> None:
    """Every step with the points before and after it, every entry with its author, time and reason."""
    done = grader("gradebook", "history", "bob", "backprop", course=filled)
    assert done.code == 0
    text = told(done.out)
    assert "backprop: 4.00–7.00 of 10.00 provisional test_b is not decided (grader_error)" in text
    assert "test_a: failed, 5.00 of 7.00 0.00 → 5.00" in text
    assert "1 day late: deadline 2026-03-01 14:00 CET; 10 % of the maximum" in text
    assert "5.00 → 4.00" in text
    assert "2026-03-01 13:11 CET Ann the policy was changed reason: start of term" in text
    assert "attempt 1 from bob.zip" in text
    assert "ann.zip" not in text
    assert max(map(len, done.out.splitlines())) <= 80


def test_an_override_goes_on_record_with_author_and_reason(grader: Run, course: Path) -> None:
    """Of one check, then of the score, then taken back: each is an entry, and history keeps all."""
    change = ("gradebook", "override", "ann", "backprop", "--author", "Tess")
    one = grader(*change, "--check", "test_a", "--score", "6,5", "--reason", "sign is fine", course=course)
    assert (one.code, one.out) == (0, "ann, backprop: 8.00 → 9.50 of 10.00 (entry 12)\n")
    two = grader(*change, "--score", "7", "--reason", "copied", course=course)
    assert two.out == "ann, backprop: 9.50 → 7.00 of 10.00 (entry 13)\n"
    back = grader(*change, "--clear", "--reason", "cleared up", course=course)
    assert back.out == "ann, backprop: 7.00 → 9.50 of 10.00 (entry 14)\n"
    text = told(grader("gradebook", "history", "ann", "backprop", course=course).out)
    assert "test_a: 6.50 of 7.00, set by Tess: sign is fine" in text
    for reason in ("sign is fine", "copied", "cleared up"):
        assert f"reason: {reason}" in text


def test_a_manual_item_makes_the_mark_final(here: Run, course: Path) -> None:
    """Marked by hand, out of what the assignment says; who decides is the user where no author is named."""
    mark = ("gradebook", "mark", "dee", "backprop", "defence")
    done = here(*mark, "4.5", "--reason", "knew it", course=course)
    assert (done.code, done.out) == (0, "dee, backprop: 8.00–13.00 → 12.50 of 15.00 (entry 12)\n")
    back = here(*mark, "--clear", "--reason", "wrong dee", course=course)
    assert "12.50 → 8.00–13.00 of 15.00 (entry 13)\nstill provisional: defence is not marked" in back.out


def test_a_policy_beside_the_gradebook_is_noticed_and_recorded(here: Run, course: Path) -> None:
    """`show` says that the file differs and how to record it; recording it says which marks move."""
    path = course / ".grader" / "policy.yaml"
    path.write_text(f"{POLICY}extensions: [{{student: bbo, assignment: backprop, hours: 9}}]\n# gentle\n")
    assert "differs from the policy on record" in here("gradebook", "show", course=course).out
    path.write_text(path.read_text().replace("day: 10", "day: 0").replace("bbo", "bob"))
    record = ("gradebook", "policy", path, "--author", "Ann")
    assert "expected a reason" in here(*record, course=course).err
    tried = here("gradebook", "policy", path, "--dry-run", course=course).out
    moves, last = tried.splitlines()
    assert (
        moves == "bob, backprop: 4.00–7.00 → 5.00–8.00: on time: deadline 2026-03-01 23:00 CET, 9 hours more"
    )
    assert last == "marks that would move: 1; nothing was recorded"
    assert "differs from the policy on record" in here("gradebook", "show", course=course).out
    done = here(*record, "--reason", "no more penalties", course=course)
    assert done.out.splitlines()[0] == moves
    assert f"recorded {path} as entry 12; marks moved: 1; nothing was run again\n" in done.out
    assert "attention" not in done.out + here("gradebook", "show", course=course).out
    assert here("gradebook", "policy", course=course).out == path.read_text()
    path.write_text("late_days: {pool: 3}\n")
    assert "cannot be: " in here("gradebook", "show", course=course).out
    path.write_text(f"{POLICY}extensions: [{{student: bbo, assignment: backprop, hours: 9}}]\n")
    slip = here(*record, "--reason", "Bob was ill", course=course)
    assert 'attention: the policy names the student "bbo", which is not on record' in slip.out


def test_exports_defuse_formulas_and_leave_provisional_marks_blank(grader: Run, course: Path) -> None:
    """A name that a spreadsheet would run is text; blanks are listed with the reason, exit 1."""
    out = course / "marks.csv"
    done = grader("gradebook", "export", "--format", "csv", "--out", out, course=course)
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(out.read_text()))}
    assert (done.code, rows["ann"]["score"], rows["bob"]["score"]) == (1, "8.00", "")
    assert rows["bob"]["name"] == "'=cmd|'/c calc'!A1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows.values() for cell in row.values())
    assert "bob, backprop: blank: test_b is not decided (grader_error)" in done.err
    known = grader(
        "gradebook", "export", "--format", "json", "--out", "-", "--include-provisional", course=course
    )
    scores = {mark["student"]: mark["score"] for mark in json.loads(known.out)["marks"]}
    assert (known.code, scores) == (0, {"ann": 8.0, "bob": 4.0, "cy": None, "dee": 8.0})
    assert sorted(path.name for path in course.iterdir()) == [".grader", "assignments", "marks.csv"]


def test_canvas_gets_its_own_file_back_filled(here: Run, course: Path, tmp_path: Path) -> None:
    """Only our column is written; who has no place in the file is listed, Canvas's test student is not."""
    template, out = tmp_path / "canvas.csv", tmp_path / "import.csv"
    template.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Back-propagation (12)\n"
        '    Points Possible,,,,,10\n"Lee, Ann",9001,ann,ann,A,\n"Student, Test",9009,,t,A,\n'
    )
    fill = ("gradebook", "export", "--format", "canvas", "--assignment", "backprop", "--out", out)
    done = here(*fill, "--template", template, course=course)
    assert done.code == 1
    assert '"Lee, Ann",9001,ann,ann,A,8.00' in out.read_text()
    assert "cy: is not in the Canvas gradebook" in done.err
    assert "Student, Test" not in done.err
    without = here(*fill, course=course)
    assert (without.code, without.err.count("\n")) == (2, 1)
    assert "canvas needs the gradebook that Canvas exports" in without.err
    archive = here(
        "gradebook", "export", "--format", "gradescope", "--out", tmp_path / "r.json", course=course
    )
    assert "4 results are written as one archive; name it .zip" in archive.err
    single = (
        "gradebook",
        "export",
        "--format",
        "gradescope",
        "--student",
        "ann",
        "--out",
        tmp_path / "r.json",
    )
    assert here(*single, course=course).code == 0
    assert json.loads((tmp_path / "r.json").read_text())["score"] == 8.0


def test_marks_from_elsewhere_come_in_by_column(here: Run, course: Path) -> None:
    """Rows without points or with an unknown student are listed; hand-ins are not covered unless it is asked for."""
    path = course / "exam.csv"
    path.write_text("SID;Points\nann;31,5\ncy;\nzoe;12\n")
    take = (
        "gradebook",
        "import",
        path,
        "--id",
        "SID",
        "--column",
        "Points",
        "--out-of",
        "40",
        "--reason",
        "exam",
    )
    done = here(*take, "--assignment", "midterm", course=course)
    assert (done.code, done.out) == (
        1,
        "left out: cy: no Points, so nothing was imported\nleft out: zoe: is not on record\n"
        "midterm: imported marks: 1, an assignment that is new here (entry 12)\n",
    )
    assert "31.50 of 40.00 imported from exam.csv" in told(
        here("gradebook", "show", "ann", course=course).out
    )
    refused = here(*take, "--assignment", "backprop", course=course)
    assert refused.code == 2
    assert "have hand-ins in backprop (ann)" in refused.err
    assert "add --replace" in refused.err
    replaced = here(*take, "--assignment", "backprop", "--replace", course=course)
    assert "ann, backprop: 8.00 → 31.50\n" in replaced.out


def test_a_roster_makes_a_gradebook_and_never_removes(here: Run, tmp_path: Path) -> None:
    """Before any hand-in a roster, also an LMS's, makes the gradebook; who is no longer in the file stays."""
    (tmp_path / "assignments").mkdir()
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\nann,Ann Lee\nbob,Bob\n")
    take = ("gradebook", "roster", roster, "--author", "Tess")
    assert here(*take, course=tmp_path).out == "students: 2, new: 2, changed: 0\n"
    assert (tmp_path / ".grader" / "gradebook.db").stat().st_mode & 0o777 == 0o600
    roster.write_text("id,name\nann,Anne Lee\n")
    again = here(*take, course=tmp_path)
    assert again.out == "students: 1, new: 0, changed: 1\nnot in this file, still on record: 1 (bob)\n"
    roster.write_text("First Name,Last Name,SID,Email,Role\nAnn,Lee,9001,ann@x.org,Student\n")
    refused = here(*take, course=tmp_path)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "(first: 9001)" in refused.err
    assert here(*take, "--force", course=tmp_path).code == 0
    assert here("gradebook", "show", course=tmp_path).out == "students: 3; no hand-in and no mark yet\n"


def test_verify_names_damage(grader: Run, course: Path) -> None:
    """What was edited behind its back is listed, exit 1; a file that is cut or no gradebook is one line, exit 2."""
    whole = grader("gradebook", "verify", course=course)
    assert whole.out == "nothing is wrong; students: 4, hand-ins: 3, assignments: 1\n"
    path = course / ".grader" / "gradebook.db"
    with closing(sqlite3.connect(path)) as raw:  # somebody goes round the triggers
        raw.executescript("DROP TRIGGER blobs_no_update; UPDATE blobs SET data = substr(data, 1, 40);")
    edited = grader("gradebook", "verify", course=course)
    assert (edited.code, edited.out.count("the stored files are damaged")) == (1, 3)
    assert "problems: 3; keep this gradebook" in edited.out
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    cut = grader("gradebook", "show", course=course)
    path.write_text("marks, but not in a database\n")
    text = grader("gradebook", "verify", course=course)
    assert (cut.code, text.code) == (2, 2)
    assert (cut.err.count("\n"), text.err.count("\n")) == (1, 1)
    assert "is damaged" in cut.err
    assert "is not a gradebook" in text.err


MISTAKES = [
    (("show", "backprp"), 'no assignment or student "backprp"; did you mean "backprop"?'),
    (("history", "Ann Leigh", "backprop"), 'no student "Ann Leigh"; did you mean "ann" (Ann Lee)?'),
    (("history", "ann", "softmax"), 'no assignment "softmax"; known are backprop'),
    (("override", "ann", "backprop", "--score", "8"), 'expected a reason: --reason "…"'),
    (("override", "ann", "backprop", "--reason", "r"), "expected either --score X or --clear"),
    (
        ("override", "ann", "backprop", "--score", "10.01", "--reason", "r"),
        "ann, backprop: expected points from 0 to 10.00, got 10.01",
    ),
    (
        ("override", "ann", "backprop", "--score", "nan", "--reason", "r"),
        'expected points such as 7.5, got "nan"',
    ),
    (
        ("override", "ann", "backprop", "--score", "-1", "--reason", "r"),
        'expected points such as 7.5, got "-1"',
    ),
    (
        ("override", "ann", "backprop", "--score", "1", "--check", "test_c", "--reason", "r"),
        'ann, backprop: there is no check "test_c"; did you mean "test_b"?',
    ),
    (
        ("mark", "dee", "backprop", "viva", "1", "--reason", "r"),
        'dee, backprop: there is no manual item "viva"; known are defence',
    ),
    (
        ("mark", "ann", "backprop", "defence", "1", "--reason", "r"),
        '"defence" came into the assignment after this was graded; take it over with: grader regrade backprop',
    ),
    (
        ("mark", "cy", "backprop", "defence", "6", "--reason", "r"),
        "cy, backprop, defence: expected points from 0 to 5.00, got 6.00",
    ),
    (("policy", "no.yaml", "--reason", "r"), "no.yaml: cannot be read: No such file"),
    (
        ("export", "--format", "csv", "--out", "/no/such/marks.csv"),
        "marks.csv: cannot be written: No such file",
    ),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=lambda value: " ".join(value)[:40])
def test_a_mistake_is_one_plain_line(here: Run, filled: Path, words: tuple[str, ...], message: str) -> None:
    """It names the place, the value and what is allowed; exit 2, and nothing goes on record."""
    done = here("gradebook", *words, course=filled)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    with open_gradebook(filled / ".grader" / "gradebook.db") as opened:
        assert len(opened.history("ann", "backprop")) == 3


def test_every_command_is_explained(here: Run, filled: Path) -> None:
    """Each has help with an example, and stands in docs/gradebook.md; the policy there can be recorded as it stands."""
    text = (ROOT / "docs" / "gradebook.md").read_text(encoding="utf-8")
    for name in gradebook_command.commands:
        assert f"Example: grader gradebook {name}" in told(here("gradebook", name, "-h", course=filled).out)
        assert f"grader gradebook {name}" in text
    policy = read_policy(text.partition("```yaml\n")[2].partition("```")[0], "docs/gradebook.md")
    assert (policy.pool, policy.defaults.after, len(policy.extensions)) == (4, 5, 2)


def test_a_gradebook_that_is_not_there_says_how_one_is_made(grader: Run, tmp_path: Path) -> None:
    """Looking makes none; PostgreSQL without its driver says what to install."""
    (tmp_path / "assignments").mkdir()
    none = grader("gradebook", "show", course=tmp_path)
    assert none.code == 2
    assert "there is no gradebook yet; it is made by: grader batch" in none.err
    assert not (tmp_path / ".grader").exists()
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\")")
    postgres = grader("gradebook", "verify", "--gradebook", "postgresql://u:pw@h/course", cwd=tmp_path)
    assert (postgres.code, postgres.err.count("\n")) == (2, 1)
    assert "install it with: pip install 'course-grader[postgres]'" in postgres.err
    assert "pw" not in postgres.err
