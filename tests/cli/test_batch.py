"""`grader batch` and `grader report`: a folder becomes marks; the same command again changes nothing."""

from __future__ import annotations

import csv
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from grader.cli.main import cli
from grader.core.errors import UsageError
from grader.core.result import SubmissionResult
from grader.core.verdict import Reason, Status
from grader.gradebook.book import open_gradebook
from grader.grading.arrivals import receive
from grader.grading.batch import Entry, grade_all
from grader.grading.course import Course
from grader.grading.gradings import TRIES, Assessment, faulty
from grader.sandbox.intake import Intake, submission_hash

Run = Callable[..., Any]
RECEIVED = 1_780_000_000  # seconds since 1970
ROSTER = "id,name\nann,Ann Ash\nbob,Bob Bell\ncleo,Cleo Cox\nnora,Nora Nye\ndora,Dora Dunn\n"


def here(*words: object, course: Course) -> Result:
    """The command in this process; what `main` would tell in one line is raised."""
    place = ["--course", str(course.root)]
    return CliRunner().invoke(cli, [*place, *map(str, words)], catch_exceptions=False)


def _notebook(*cells: str) -> bytes:
    written = [
        {"cell_type": "code", "metadata": {}, "source": one, "outputs": [], "execution_count": None}
        for one in cells
    ]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def _folder(place: Path, files: Mapping[str, bytes | str]) -> Path:
    place.mkdir()
    for number, (name, data) in enumerate(files.items()):
        path = place / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        os.utime(path, (RECEIVED, RECEIVED + number))
    return place


def _zip(place: Path, **files: str) -> bytes:
    with zipfile.ZipFile(place, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.txt", text)
    return place.read_bytes()


@pytest.fixture
def class_folder(tmp_path: Path, parts: Any) -> Path:
    """Five students' files, among them a notebook and a refused archive, and two files that are nobody's."""
    return _folder(
        tmp_path / "in",
        {
            "ann.py": parts.RIGHT,
            "bob.py": parts.UNBIASED,
            "cleo.py": parts.RIGHT,
            "nora.ipynb": _notebook("1 / 0\nspread = len", "def double(x):\n    raise ValueError('no')"),
            "dora.zip": _zip(tmp_path / "dora.zip", essay="words"),
            "zed.py": parts.RIGHT,
            "empty.zip": _zip(tmp_path / "empty.zip"),
        },
    )


def test_a_folder_becomes_marks_and_the_same_command_again_changes_nothing(
    grader: Run, tiny: Course, class_folder: Path, tmp_path: Path
) -> None:
    """Marks, leftovers with the reason and exit 1; the second run grades and records nothing and writes the same."""
    (tmp_path / "roster.csv").write_text(ROSTER)
    book, marks, results, pages = (tmp_path / name for name in ("book.db", "marks.csv", "out.json", "pages"))
    words = ["batch", "tiny", class_folder, "--gradebook", book, "--csv", marks, "--jobs", 1]
    done = grader(
        *words, "--roster", tmp_path / "roster.csv", "--json", results, "--html", pages, course=tiny
    )
    assert done.code == 1, done.err
    rows = {row["id"]: row for row in csv.DictReader(marks.read_text().splitlines())}
    assert {name: row["score"] for name, row in rows.items()} == {
        "ann": "10.00", "bob": "7.00", "cleo": "10.00", "nora": "0.00", "dora": "0.00",
    }  # fmt: skip
    assert "Ann Ash (ann)" in done.out
    assert "tiny.spread/unbiased" in done.out
    for name in ("zed.py", "empty.zip"):
        assert f"  {name} " in done.out.partition("Not taken (2)")[2]
    by_student = {one["submission"]: one for one in json.loads(results.read_text())}
    told = {check["id"]: check["message"] for check in by_student["nora"]["checks"]}
    assert "`double` raised ValueError in cell 2, line 2." in told["test_double"]
    assert "`spread` is not there" in told["test_spread"]
    assert "Cell 1 defines it, but fails before it gets there." in told["test_spread"]
    assert "dora.zip" in by_student["dora"]["checks"][0]["message"]
    assert (pages / "instructor" / "index.html").is_file()
    assert "tiny.py was made of the code cells of" in (pages / "student" / "nora.html").read_text()
    assert not list(tmp_path.glob(".*.part"))
    before, last = marks.read_bytes(), _last_entry(book)
    again = here(*words, "--resume", course=tiny)
    assert (again.exit_code, marks.read_bytes(), _last_entry(book)) == (1, before, last)
    report = here("report", "tiny", "--html", tmp_path / "report", "--gradebook", book, course=tiny)
    assert report.exit_code == 0, report.output
    class_page = (tmp_path / "report" / "instructor" / "index.html").read_text()
    assert "Bob Bell" in class_page
    for student, others in (("bob", "Ann|ann|Cleo|cleo|Nora|nora|Dora|dora"), ("ann", "Bob|bob|Cleo|cleo")):
        page = (tmp_path / "report" / "student" / f"{student}.html").read_text()
        assert not re.search(rf"\b({others})\b", page)
        assert "href=" not in page, "it can be mailed on its own"


def _last_entry(book: Path) -> int:
    with open_gradebook(book, create=False) as opened:
        return max(one.seq for one in opened.revisions("tiny"))


def test_a_notebook_is_graded_by_its_path(tiny: Course, class_folder: Path) -> None:
    """`grader grade` takes it as well, and its errors are told by cell."""
    told = here("grade", "tiny", class_folder / "nora.ipynb", course=tiny).output
    assert "`double` raised ValueError in cell 2, line 2." in told


def test_resume_insists_on_an_earlier_run(tiny: Course, class_folder: Path, tmp_path: Path) -> None:
    """No new gradebook: a wrong URL must not grade the class once more elsewhere."""
    book = tmp_path / "other.db"
    with pytest.raises(UsageError, match="there is no gradebook yet"):
        here("batch", "tiny", class_folder, "--resume", "--gradebook", book, course=tiny)
    assert not book.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("batch", "tinny", "."), "tiny"),
        (("batch", "tiny", "nowhere"), "nowhere"),
        (("regrade", "tiny"), "yet"),
    ],
)
def test_a_slip_of_the_command_is_one_line(
    words: tuple[str, ...], told: str, tiny: Course, tmp_path: Path
) -> None:
    """A wrong slug, folder or gradebook: an error that names the place, for the one line that `main` prints."""
    with pytest.raises(UsageError, match=told):
        here(*words, "--gradebook", tmp_path / "b.db", course=tiny)


@pytest.fixture(scope="module")
def right(tiny: Course, tmp_path_factory: pytest.TempPathFactory, parts: Any) -> SubmissionResult:
    """What a right submission gets."""
    path = tmp_path_factory.mktemp("right") / "tiny.py"
    path.write_text(parts.RIGHT)
    return grade_all(tiny, "tiny", [path])[0]


class Pool:
    """In place of the worker processes: everyone is right, but on "flaky" the grader fails in the first calls."""

    def __init__(self, right: SubmissionResult, failing: int) -> None:
        self.right, self.failing = right, failing
        self.calls: list[list[str]] = []

    def __call__(self, course: Course, slug: str, entries: list[Entry], **options: Any) -> None:
        self.calls.append([one.name for one in entries])
        for index, one in enumerate(entries):
            intake = one.source()
            assert isinstance(intake, Intake)
            hashes = replace(self.right.hashes, submission=submission_hash(intake.files))
            result = replace(self.right, submission=one.name, hashes=hashes)
            failed = b"flaky" in intake.files["tiny.py"] and len(self.calls) <= self.failing
            options["on_result"](index, _spoilt(result) if failed else result)


def _spoilt(result: SubmissionResult) -> SubmissionResult:
    first = replace(
        result.checks[0], status=Status.GRADER_ERROR, reason=Reason.PROTOCOL, points=Fraction(0), message=""
    )
    return replace(result, checks=(first, *result.checks[1:]))


def test_the_same_content_is_run_once_and_the_graders_own_fault_is_tried_again(
    right: SubmissionResult, tiny: Course, tmp_path: Path, parts: Any
) -> None:
    """Copies share one grading under their own names; only the spoilt one runs again, and its third try stands."""
    pool = Pool(right, TRIES - 1)
    flaky = parts.RIGHT + "\n# flaky\n"
    folder = _folder(tmp_path / "in", {"ann.py": parts.RIGHT, "bob.py": parts.RIGHT, "cleo.py": flaky})
    with open_gradebook(tmp_path / "book.db") as book:
        arrivals = receive(book, tiny, "tiny", folder)
        found = Assessment(book, tiny, "tiny", grade=pool).of(arrivals.hand_ins)
        assert pool.calls == [["ann", "cleo"], ["cleo"], ["cleo"]]
        ann, bob, cleo = (found[one.submission.seq] for one in arrivals.hand_ins)
        assert ann.seq == bob.seq
        assert (cleo.tries, cleo.result.score().value) == (TRIES, 10.0)
        book.revise("tiny", "grade", "Ann", "", {one: grading.seq for one, grading in found.items()})
        names = [grading.result.submission for grading in book.graded("tiny").values()]
        assert names == ["ann", "bob", "cleo"]
        assert Assessment(book, tiny, "tiny", grade=pool).of(arrivals.hand_ins).keys() == found.keys()
        assert len(pool.calls) == TRIES, "everything was found again"
        Assessment(book, tiny, "tiny", fresh=True, grade=pool).of(arrivals.hand_ins[:1])
        assert pool.calls[TRIES:] == [["ann"]]


def test_what_fails_three_times_is_set_aside(
    right: SubmissionResult, tiny: Course, tmp_path: Path, parts: Any
) -> None:
    """It is on record as provisional, and the next run tries it again."""
    pool = Pool(right, TRIES)
    folder = _folder(tmp_path / "in", {"cleo.py": parts.RIGHT + "\n# flaky\n"})
    with open_gradebook(tmp_path / "book.db") as book:
        (one,) = receive(book, tiny, "tiny", folder).hand_ins
        aside = Assessment(book, tiny, "tiny", grade=pool).of([one])[one.submission.seq]
        assert faulty(aside.result)
        assert aside.result.score().provisional
        later = Assessment(book, tiny, "tiny", grade=pool).of([one])[one.submission.seq]
        assert (later.tries, faulty(later.result)) == (TRIES + 1, False)


def test_a_copied_folder_makes_nobody_late(tiny: Course, tmp_path: Path, parts: Any) -> None:
    """The same file at the same place is the hand-in that is known; another content is another attempt."""
    folder = _folder(tmp_path / "in", {"ann.py": parts.RIGHT})
    with open_gradebook(tmp_path / "book.db") as book:
        (first,) = receive(book, tiny, "tiny", folder).hand_ins
        os.utime(folder / "ann.py", (RECEIVED, RECEIVED + 10**6))
        (copied,) = receive(book, tiny, "tiny", folder).hand_ins
        assert copied == first
        (folder / "ann.py").write_text(parts.UNBIASED)
        (second,) = receive(book, tiny, "tiny", folder).hand_ins
        assert second.submission.attempt == 2


def test_refusals_are_never_shared(tiny: Course, tmp_path: Path) -> None:
    """Two archives that are refused have the same (no) content; each student reads of the own file alone."""
    files = {f"{name}.zip": _zip(tmp_path / f"{name}.zip", **{f"of_{name}": "x"}) for name in ("ann", "bob")}
    folder = _folder(tmp_path / "in", files)
    with open_gradebook(tmp_path / "book.db") as book:
        hand_ins = receive(book, tiny, "tiny", folder).hand_ins
        found = Assessment(book, tiny, "tiny").of(hand_ins)
        ann, bob = (found[one.submission.seq].result.checks[0].message for one in hand_ins)
    assert "of_ann" in ann
    assert "of_ann" not in bob


def test_definitions_alone_when_asked(course_with: Callable[..., Course], tmp_path: Path, parts: Any) -> None:
    """With `notebook: definitions` what a cell runs at its top level is left out, and errors are still told by cell."""
    course = course_with(spec=parts.SPEC + "notebook: definitions\n")
    cells = (f"{parts.RIGHT}\nimport os\nos._exit(3)", "def double(x):\n    raise ValueError('no')")
    folder = _folder(tmp_path / "in", {"ann.ipynb": _notebook(cells[0]), "bob.ipynb": _notebook(*cells)})
    marks = tmp_path / "marks.csv"
    words = ["batch", "tiny", folder, "--gradebook", tmp_path / "b.db", "--csv", marks, "--jobs", 1]
    assert here(*words, course=course).exit_code == 0
    rows = {row["id"]: row["score"] for row in csv.DictReader(marks.read_text().splitlines())}
    assert rows["ann"] == "10.00"
    assert float(rows["bob"]) < 10
    assert (
        "raised ValueError in cell 2, line 2."
        in here("grade", "tiny", folder / "bob.ipynb", course=course).output
    )
