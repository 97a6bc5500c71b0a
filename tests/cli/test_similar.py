"""`grader similar` as a process: a folder of submissions to a table and pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.similarity import examples, renamed
from grader.grading.collect.notebook import module_from_notebook
from grader.grading.handin import archive
from grader.grading.similar.sources import sources_of

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]
ROSTER = "id,name\ns1,Anna A\ns2,Bo B\ns3,Chen C\ns4,Dora D\n"


def as_notebook(source: str) -> bytes:
    """Every top-level part of the source in a cell of its own."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": part, "outputs": [], "execution_count": None}
        for part in source.split("\n\n\n")
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


@pytest.fixture(scope="module")
def right() -> dict[str, str]:
    """Right submissions of the backprop assignment, written independently."""
    return examples("backprop")


@pytest.fixture
def handed_in(tmp_path: Path, right: dict[str, str]) -> Path:
    """A class: s1, a disguised copy of it, another's work, a notebook of that; something odd."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s1.py").write_text(right["plain_loops"])
    (folder / "s2.py").write_text(renamed(right["plain_loops"]))
    (folder / "s3.py").write_text(right["closures"])
    (folder / "s4.ipynb").write_bytes(as_notebook(right["closures"]))
    return folder


def test_pairs_are_told_and_shown(grader: Run, handed_in: Path, tmp_path: Path) -> None:
    """Table, pages and the caution; what cannot be compared is listed, and a person is needed (exit 1)."""
    (tmp_path / "roster.csv").write_text(ROSTER)
    (handed_in / "stranger.py").write_text("x = 1\n")
    (handed_in / "odd.txt").write_text("x")
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "similar-0003.html").write_text("of an earlier run")
    done = grader(
        "similar", "backprop", handed_in, "--roster", tmp_path / "roster.csv", "--html", pages, course=ROOT
    )
    assert done.code == 1
    first, second, summary = done.out.splitlines()
    assert [first.split()[:6], second.split()[:6]] == [
        ["100", "%", "Anna", "A", "(s1)", "Bo"],
        ["100", "%", "Chen", "C", "(s3)", "Dora"],
    ]
    assert summary.startswith("4 submissions compared, 2 pairs stand out. Likeness is no proof")
    assert "stranger fits nobody on the roster" in done.err
    assert "odd.txt: is not backprop.py" in done.err
    names = ["similar-0001.html", "similar-0002.html", "similar.html"]
    assert sorted(path.name for path in pages.iterdir()) == names
    assert "Anna A (s1) and Bo B (s2)" in (pages / "similar-0001.html").read_text()


def test_nothing_stands_out(grader: Run, handed_in: Path) -> None:
    """Independent work is no pair; the threshold can be moved, within bounds."""
    for name in ("s2.py", "s4.ipynb"):
        (handed_in / name).unlink()
    done = grader("similar", "backprop", handed_in, course=ROOT)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("2 submissions compared, 0 pairs stand out.")
    assert grader("similar", "backprop", handed_in, "--threshold", "45", course=ROOT).code == 2


def test_only_the_last_attempt_is_compared(grader: Run, tmp_path: Path, right: dict[str, str]) -> None:
    """Nobody is a copy of their own earlier work, nor of what another has withdrawn."""
    for place, name in {"s1/1": "closures", "s1/2": "plain_loops", "s2/1": "closures"}.items():
        path = tmp_path / "drop" / f"{place}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive({"backprop.py": right[name].encode()}))
    done = grader("similar", "backprop", tmp_path / "drop", course=ROOT)
    assert done.out.startswith("2 submissions compared, 0 pairs stand out.")


def test_a_notebook_is_compared_as_it_was_written(right: dict[str, str]) -> None:
    """Its cells' code alone, without what makes a module of them; tests are not the student's."""
    data = as_notebook(right["closures"])
    module = module_from_notebook(data).source.encode()
    files = {"backprop.py": module, "a.ipynb": data, "test_mine.py": b"", "lib/more.py": b"\xff = 1"}
    found = sources_of(files, "backprop.py")
    assert list(found) == ["backprop.py", "lib/more.py"]
    lines = [line for line in found["backprop.py"].splitlines() if line]
    assert lines == [line for line in right["closures"].splitlines() if line]
    assert sources_of({"backprop.py": b"x = 1\n", "a.ipynb": data}, "backprop.py") == {
        "backprop.py": "x = 1\n"
    }
