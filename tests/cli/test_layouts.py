"""A class of sixty in each layout: one command each, and the same marks, whoever exported the folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course

from .classes import LAYOUTS, Work, roster_text, zipped

FIRST = ["Ada", "Bea", "Cem", "Dana", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jun"]
LAST = ["Ash", "Bell", "Cox", "Dunn", "Eck", "Fox"]


def _class_of_sixty(right: str, wrong: str) -> list[Work]:
    """Three of ten hand in what is wrong, one an archive, one a notebook."""
    cells = [{"cell_type": "code", "metadata": {}, "source": right, "outputs": [], "execution_count": None}]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
    works = []
    for number, name in enumerate(f"{first} {last}" for last in LAST for first in FIRST):
        file, data = "tiny.py", (wrong if number % 10 < 3 else right).encode()
        if number % 10 == 3:
            file, data = "tiny.ipynb", notebook
        elif number % 10 == 6:
            file, data = "work.zip", zipped("tiny.py", data)
        works.append(Work(f"s{number:02}", name, file, data))
    return works


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all layouts: what was run in one of them is not run again in the others."""
    return tmp_path_factory.mktemp("record") / "gradebook.db"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sixty_students_are_graded_by_one_command(
    layout: str, gradebook: Path, tiny: Course, grader: Callable[..., Any], tmp_path: Path, parts: Any
) -> None:
    """All are found, nothing is left over, and everybody gets the mark of the work, not of the layout."""
    works = _class_of_sixty(parts.RIGHT, parts.UNBIASED)
    if layout == "GitHub Classroom":  # a repository holds the file itself
        works = [
            Work(one.id, one.name, "tiny.py", works[9].data) if ".zip" in one.file else one for one in works
        ]
    LAYOUTS[layout](tmp_path / "in", works)
    roster, marks = tmp_path / "roster.csv", tmp_path / "marks.csv"
    roster.write_text(roster_text(works))
    words = ["batch", "tiny", tmp_path / "in", "--roster", roster, "--gradebook", gradebook, "--csv", marks]
    done = grader(*words, "--jobs", 2, course=tiny)
    assert done.code == 0, done.out + done.err
    rows = list(csv.DictReader(marks.read_text().splitlines()))
    assert [(row["id"], row["score"]) for row in rows] == [
        (one.id, "7.00" if number % 10 < 3 else "10.00") for number, one in enumerate(works)
    ]
