"""What a student hands in: packed as asked for, told as the grader will read it, delivered over nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.core.assignment import Assignment
from grader.core.errors import UsageError
from grader.core.roster import Student
from grader.grading.collect.collection import collect
from grader.grading.collect.reading import read_found
from grader.grading.course import Course
from grader.grading.drop import drop, save
from grader.grading.handin import (
    MOST,
    RECEIPT,
    Package,
    archive,
    contradictions,
    hand_in,
    named,
    packed,
    without_receipt,
)
from grader.grading.release import start
from grader.sandbox.intake import submission_hash

ANNA = Student("s01")


@pytest.fixture(scope="module")
def solved(tiny: Course, parts: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder with the assignment solved. Read only."""
    folder = tmp_path_factory.mktemp("solved") / "tiny"
    start(tiny, "tiny", folder)
    (folder / "tiny.py").write_text(parts.RIGHT)
    return folder


@pytest.fixture
def work(solved: Path, tmp_path: Path) -> Path:
    """The same to change."""
    return Path(shutil.copytree(solved, tmp_path / "work"))


@pytest.fixture(scope="module")
def made(solved: Path) -> Package:
    """Its hand-in."""
    return hand_in(solved, ANNA)


@pytest.fixture(scope="module")
def assignment(made: Package) -> Assignment:
    return made.assignment


def graded_files(place: Path) -> dict[str, bytes]:
    """What the grader reads of the only attempt in a drop folder."""
    (found,) = collect(place, ("tiny.py",), (ANNA,), "tiny").found
    intake = read_found(found, ("tiny.py",)).intake
    assert intake.refusal is None
    return intake.files


def test_the_receipt_says_what_the_grader_finds(made: Package, tmp_path: Path, parts: Any) -> None:
    """From the drop folder come the same files, the same hash and the receipt beside them."""
    drop(made.archive, tmp_path, "tiny", ANNA)
    files, receipt = without_receipt(graded_files(tmp_path))
    assert files == {"tiny.py": parts.RIGHT.encode()}
    assert receipt == made.receipt
    assert receipt.submission == submission_hash(files)
    assert (receipt.passed, receipt.points, receipt.max_points) == (("test_double",), 200, 200)


def test_the_archive_has_no_time_in_it(made: Package, work: Path) -> None:
    """The same work packed later, elsewhere, beside other files is the same archive."""
    os.utime(work / "tiny.py", (1, 1))
    (work / "tiny.ipynb").write_text("{}")
    again = hand_in(work, ANNA)
    assert again.archive == made.archive
    assert again.parcel.extra == ("tiny.ipynb",)
    assert [note.partition(";")[0] for note in again.notes] == ["tiny.py was taken, not tiny.ipynb"]


def test_a_notebook_takes_the_place_of_the_module(work: Path, tmp_path: Path, parts: Any) -> None:
    """It is packed as it is; its hash is that of what the grader makes of it."""
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": parts.RIGHT,
        "outputs": [],
        "execution_count": None,
    }
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    (work / "tiny.py").unlink()
    (work / "tiny.ipynb").write_text(json.dumps(notebook))
    made = hand_in(work, ANNA)
    assert list(made.parcel.files) == ["tiny.ipynb"]
    assert made.receipt.points == 200
    assert made.notes == ("tiny.py was made of the code cells of tiny.ipynb",)
    drop(made.archive, tmp_path / "work", "tiny", ANNA)
    files, receipt = without_receipt(graded_files(tmp_path / "work"))
    assert sorted(files) == ["tiny.ipynb", "tiny.py"]
    assert receipt is not None
    assert receipt.submission == submission_hash(files)


def test_what_is_asked_for_is_packed(work: Path, assignment: Assignment) -> None:
    """Weights come along; what is missing and what is extra is told; handout and leavings are neither."""
    for name in ("checkpoint.pt", "layers.py", ".hidden"):
        (work / name).write_text("x")
    (work / "__pycache__").mkdir()
    (work / "runs").mkdir()
    parcel = packed(work, msgspec.structs.replace(assignment, files=("tiny.py", "report.txt")))
    assert list(parcel.files) == ["tiny.py", "checkpoint.pt"]
    assert parcel.missing == ("report.txt",)
    assert parcel.extra == ("layers.py", "runs/")


def test_nothing_to_pack(work: Path, assignment: Assignment) -> None:
    """Without the file that is graded there is no hand-in."""
    (work / "tiny.py").unlink()
    with pytest.raises(UsageError, match=r"expected tiny.py \(or tiny.ipynb\)"):
        packed(work, assignment)


def test_too_big(work: Path, assignment: Assignment) -> None:
    """The largest that the grader takes goes through whole; one byte more is refused with every size."""
    room = MOST - (work / "tiny.py").stat().st_size
    os.truncate(os.open(work / "checkpoint.pt", os.O_WRONLY | os.O_CREAT), room)
    drop(archive(packed(work, assignment).files), work, "tiny", ANNA)
    assert len(graded_files(work)["checkpoint.pt"]) == room
    os.truncate(work / "checkpoint.pt", room + 1)
    with pytest.raises(UsageError, match=r"checkpoint.pt \(19.9 MiB\).* may have 19.9 MiB in all"):
        packed(work, assignment)


def test_a_broken_notebook_is_told_before_it_is_handed_in(work: Path) -> None:
    """The refusal that grading would give."""
    (work / "tiny.py").unlink()
    (work / "tiny.ipynb").write_text("{")
    with pytest.raises(UsageError, match="is not a notebook"):
        hand_in(work, ANNA)


@pytest.mark.parametrize("given", ["", "  ", "a\nb", "a\x1b[2Jb", "x" * 121, "ü" * 30])
def test_no_id(given: str) -> None:
    """An id is a short text on one line."""
    with pytest.raises(UsageError, match="--student: expected your id"):
        named(given)


def test_only_a_receipt_is_taken_for_one() -> None:
    """A file of that name that is something else is a file like any other."""
    for data in (b"", b"{}", b"[" * 100_000, b"\xff", b'{"schema": "grader.receipt/2"}'):
        assert without_receipt({RECEIPT: data}) == ({RECEIPT: data}, None)
    assert without_receipt({"a.py": b""}) == ({"a.py": b""}, None)


def test_a_claim_is_compared(made: Package) -> None:
    """An honest receipt is silent; another's, for other files, of points that are not there is told."""
    assert contradictions(made.receipt, Student("S01"), made.result) == ()
    failed = replace(made.result.checks[0], status="failed", reason="bad_value", points=0)
    other = replace(
        made.result, checks=(failed,), hashes=replace(made.result.hashes, submission="0123456789abcdef")
    )
    told = contradictions(made.receipt, Student("s02"), other)
    assert [text.partition(",")[0].partition(";")[0] for text in told] == [
        f"the receipt says submission {made.receipt.submission}",
        "the receipt is of s01",
        "the receipt says test_double passed",
    ]


def test_attempts_never_meet(tmp_path: Path) -> None:
    """Hand-ins at the same moment get a number each; all stay, whole."""
    paths = [drop(b"0" * 1000, tmp_path, "tiny", ANNA)]
    with ThreadPoolExecutor(8) as pool:
        paths += pool.map(lambda n: drop(b"%d" % n * 1000, tmp_path, "tiny", ANNA), range(1, 24))
    assert sorted(paths) == sorted(tmp_path / "tiny" / "s01" / f"{n}.zip" for n in range(1, 25))
    assert [path.read_bytes() for path in paths] == [b"%d" % n * 1000 for n in range(24)]
    assert len(os.listdir(tmp_path / "tiny" / "s01")) == 24


def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is taken first there; an earlier attempt stays all the same."""

    def refuse(*places: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "listdir", lambda place: [])  # as if the other attempt came after the look
    for name, data in {"1.zip": b"one", "2.zip": b"two"}.items():
        assert drop(data, tmp_path, "tiny", ANNA).name == name
    monkeypatch.undo()
    home = tmp_path / "tiny" / "s01"
    assert {path.name: path.read_bytes() for path in home.iterdir()} == {"1.zip": b"one", "2.zip": b"two"}


def test_stopped_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there as a whole is not there."""

    def stop(*places: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", stop)
    with pytest.raises(KeyboardInterrupt):
        drop(b"data", tmp_path, "tiny", ANNA)
    assert os.listdir(tmp_path / "tiny" / "s01") == []


def test_one_student_has_one_folder(tmp_path: Path) -> None:
    """Whatever the case of the letters, whatever the id."""
    assert drop(b"", tmp_path, "tiny", Student("s01")).name == "1.zip"
    assert drop(b"", tmp_path, "tiny", Student("S01")) == tmp_path / "tiny" / "s01" / "2.zip"
    assert drop(b"", tmp_path, "tiny", Student("../x")).parent.name == "%2E.%2Fx"


def test_the_drop_folder_decides_who_may_read(tmp_path: Path) -> None:
    """Its permissions go on whatever the umask; nobody but the student may write an attempt."""
    tmp_path.chmod(0o1737)
    before = os.umask(0o077)
    try:
        path = drop(b"", tmp_path, "tiny", ANNA)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path.parents[1], path.parent, path)]
    assert [f"{mode:o}" for mode in modes] == ["1737", "715", "604"]


def test_an_assignments_folder_is_the_courses_to_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a drop folder of somebody else no student makes it: its owner could rename the folders of others."""
    somebody = os.geteuid() + 1
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: somebody)
        with pytest.raises(
            UsageError, match=r"no folder tiny in it yet.*mkdir -m 3773 .*nothing was handed in"
        ):
            drop(b"data", tmp_path, "tiny", ANNA)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "tiny").mkdir()
        assert drop(b"data", tmp_path, "tiny", ANNA).name == "1.zip"


def test_no_drop_folder(tmp_path: Path) -> None:
    """A typing error makes no new drop folder; a disk that refuses is told in one line."""
    with pytest.raises(UsageError, match="there is no such folder"):
        drop(b"", tmp_path / "dorp", "tiny", ANNA)
    (tmp_path / "tiny").write_text("in the way")
    with pytest.raises(UsageError, match="nothing was handed in"):
        drop(b"", tmp_path, "tiny", ANNA)


def test_the_archive_for_the_lms_replaces_its_own_kind_only(made: Package, tmp_path: Path) -> None:
    """An earlier hand-in gives way; another file, another archive or another kind of name does not."""
    path = tmp_path / "tiny-s01.zip"
    for data in (archive({RECEIPT: b""}), made.archive):
        assert save(data, path).read_bytes() == data
    path.write_text("a file that is dear to me")
    with pytest.raises(UsageError, match="exists and is no hand-in"):
        save(made.archive, path)
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    path.write_bytes(buffer.getvalue())
    with pytest.raises(UsageError, match="exists and is no hand-in"):
        save(made.archive, path)
    with pytest.raises(UsageError, match=r"ends in \.zip"):
        save(made.archive, tmp_path / "tiny.py")
    assert os.listdir(tmp_path) == [path.name]
