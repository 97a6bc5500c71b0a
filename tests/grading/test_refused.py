"""What is kept of hand-ins that are refused: enough to say what came, and to grade and report without the folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from grader.core.verdict import Status
from grader.gradebook.book import open_gradebook
from grader.grading import refused
from grader.grading.arrivals import receive
from grader.grading.course import Course
from grader.grading.gradings import Assessment
from grader.grading.refused import REFUSED, refusal_of
from grader.grading.regrade import regrade

BROKEN = b"PK\x03\x04 this was an archive"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """ann: a damaged archive; bob: too much; cleo: a folder with a link in it."""
    place = tmp_path / "in"
    (place / "cleo").mkdir(parents=True)
    (place / "ann.zip").write_bytes(BROKEN)
    with (place / "bob.zip").open("wb") as big:
        big.truncate(refused.KEPT + 1)
    (place / "cleo" / "tiny.py").write_text("x = 1\n")
    (place / "cleo" / "data").symlink_to("/etc/passwd")
    return place


def test_what_was_refused_is_on_record(folder: Path, tiny: Course, tmp_path: Path) -> None:
    """The reason and a fingerprint of each file; the bytes as far as there is room; never what a link leads to."""
    with open_gradebook(tmp_path / "book.db") as book:
        hand_ins = receive(book, tiny, "tiny", folder).hand_ins
        files = {one.submission.student: book.files(one.submission.hash) for one in hand_ins}
        kept = {student: refusal_of(held) for student, held in files.items()}
        assert book.verify() == []
    assert [one.submission.student for one in hand_ins if one.refusal] == ["ann", "bob", "cleo"]
    ann, bob, cleo = (kept[name] for name in ("ann", "bob", "cleo"))
    assert ann
    assert bob
    assert cleo
    assert (ann.reason, files["ann"]["refused/ann.zip"]) == (hand_ins[0].refusal, BROKEN)
    assert ann.files[0].sha256 == hashlib.sha256(BROKEN).hexdigest()
    assert (bob.files[0].bytes, bob.files[0].kept, list(files["bob"])) == (refused.KEPT + 1, False, [REFUSED])
    assert len(bob.files[0].sha256) == 64
    assert {item.name: item.kept for item in cleo.files} == {"data": False, "tiny.py": True}
    assert b"root:" not in b"".join(files["cleo"].values())


def test_grading_goes_on_without_the_folder(folder: Path, tiny: Course, tmp_path: Path) -> None:
    """A run that was stopped before their turn came is finished from the record alone, with the same refusals."""
    with open_gradebook(tmp_path / "book.db") as book:
        said = {one.submission.student: one.refusal for one in receive(book, tiny, "tiny", folder).hand_ins}
        shutil.rmtree(folder)
        changed = regrade(Assessment(book, tiny, "tiny")).changed
        checks = {grading.result.submission: grading.result.checks for grading in changed.values()}
        book.revise("tiny", "grade", "Eve", "", {one: grading.seq for one, grading in changed.items()})
        assert book.history("ann", "tiny")[-1].text.endswith(f": refused, {said['ann']}"), (
            "a student may ask why"
        )
    assert {student: check[0].message for student, check in checks.items()} == said
    assert {one.status for of_one in checks.values() for one in of_one} == {Status.MISSING}


def test_a_copied_folder_refuses_nobody_twice(
    folder: Path, tiny: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes at the same place are the attempt that is known, also where a new grader words it otherwise."""
    with open_gradebook(tmp_path / "book.db") as book:
        first = [one.submission for one in receive(book, tiny, "tiny", folder).hand_ins]
        kept = refused.kept
        monkeypatch.setattr(
            "grader.grading.arrivals.kept",
            lambda found, intake: {
                name: data.replace(b"archive", b"package") if name == REFUSED else data
                for name, data in kept(found, intake).items()
            },
        )
        for path in folder.iterdir():
            os.utime(path)
        again = [one.submission for one in receive(book, tiny, "tiny", folder).hand_ins]
        assert again == first
        (folder / "ann.zip").write_bytes(BROKEN + b" too")
        assert receive(book, tiny, "tiny", folder).hand_ins[0].submission.attempt == 2
