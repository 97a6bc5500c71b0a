"""What a grading on record stands for: another set of images is another question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.datasets import store
from grader.datasets.parts import Labelled, Parts
from grader.gradebook.book import open_gradebook
from grader.grading.course import Course
from grader.grading.gradings import Assessment, HandIn


def _stored(shade: int) -> None:
    """A set of two images under the name that the assignment uses."""
    part = Labelled(np.full((2, 8, 8, 3), shade, np.uint8), np.arange(2, dtype=np.int64))
    store.write("shapes10", Parts(part, part), ("a", "b"), "made here")


def test_other_images_are_graded_anew(
    course_with: Callable[..., Course], tmp_path: Path, parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key under which a result is found again changes with the images, and with nothing else."""
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "data"))
    course = course_with(spec=parts.SPEC + "data: shapes10\n")
    with open_gradebook(tmp_path / "book.db") as book:
        one = HandIn(book.submit("ann", "tiny", {"tiny.py": b"x = 1\n"}, datetime(2026, 3, 1, tzinfo=UTC)))
        assess, keys = Assessment(book, course, "tiny"), []
        for shade in (1, 2, 1):
            _stored(shade)
            keys.append(assess.key(assess._content()(one), one))
    assert keys[0] == keys[2] != keys[1]
