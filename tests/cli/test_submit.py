"""`grader submit` as a process, from the handout alone."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course
from grader.grading.drop import save
from grader.grading.handin import RECEIPT, archive
from grader.grading.release import start

Run = Callable[..., Any]


@pytest.fixture
def work(tiny: Course, parts: Any, tmp_path: Path) -> Path:
    """A student's folder with the assignment solved and a note beside."""
    folder = tmp_path / "work"
    start(tiny, "tiny", folder)
    (folder / "tiny.py").write_text(parts.RIGHT)
    (folder / "notes.txt").write_text("mine")
    return folder


def test_two_at_once_into_a_drop_folder(grader: Run, work: Path, tmp_path: Path) -> None:
    """Both are there and both print their receipt: what was packed, hash, time and visible points."""
    (tmp_path / "drop").mkdir()
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(grader, "submit", "work", "--student", "s/1", "--to", "drop", cwd=tmp_path)
            for _ in range(2)
        ]
    home = tmp_path / "drop" / "tiny" / "s%2F1"
    assert sorted(path.name for path in home.iterdir()) == ["1.zip", "2.zip"]
    places = set()
    for done in (run.result() for run in runs):
        assert (done.code, done.err) == (0, "")
        rows = dict(line.split("  ", 1) for line in done.out.splitlines())
        told = {name: text.strip() for name, text in rows.items()}
        assert list(told) == ["handed in", "packed", "left out", "hash", "time", "checked"]
        assert told["packed"] == "tiny.py (1 KiB)"
        assert told["left out"] == "notes.txt: the assignment does not ask for it"
        assert told["checked"].startswith("2 of the 2 points that are visible here; 8 more of 10 are hidden")
        places.add(told["handed in"])
    assert places == {"drop/tiny/s%2F1/1.zip", "drop/tiny/s%2F1/2.zip"}


def test_an_archive_for_the_lms(grader: Run, work: Path) -> None:
    """It is written into the current folder over an earlier one, which is no part of it."""
    save(archive({RECEIPT: b""}), work / "tiny-s01.zip")
    done = grader("submit", "--student", "s01", cwd=work)
    assert done.code == 0
    assert done.out.startswith("upload    tiny-s01.zip\n")
    assert "left out  notes.txt:" in done.out
    assert "tiny.py" in zipfile.ZipFile(work / "tiny-s01.zip").namelist()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["work"], "Missing option '--student'"),
        (["work", "--student", "s01", "--to", ".", "--out", "a.zip"], "exclude each other"),
        (["work", "--student", "s01", "--to", "nowhere"], "there is no such folder"),
        ([".", "--student", "s01"], "grader start SLUG"),
    ],
)
def test_wrong_usage(grader: Run, work: Path, words: list[str], told: str) -> None:
    """One line says what to do; nothing is written."""
    done = grader("submit", *words, cwd=work.parent)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert sorted(path.name for path in work.parent.iterdir()) == ["work"]
