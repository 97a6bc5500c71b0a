"""`grader exam` and `grader new` as an instructor types them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOOD = "demo/sound"


@pytest.fixture
def course(tmp_path: Path, grader: Callable[..., Any]) -> Path:
    """A course with one sound question."""
    (tmp_path / "assignments").mkdir()
    (tmp_path / "reference").mkdir()
    done = grader("new", "question", GOOD, course=tmp_path)
    assert done.code == 0, done.err
    return tmp_path


def test_list_and_lint(course: Path, grader: Callable[..., Any]) -> None:
    """A sound bank: its questions are listed, the lint says 0 problems and exits 0, with JSON on request."""
    listed = grader("exam", "list", course=course)
    assert "sound  demo" in listed.out
    assert "variants" in listed.out
    done = grader("exam", "lint", "--seeds", "200", "--json", "-", course=course)
    assert done.code == 0, done.err
    (row,) = json.loads(done.out)
    assert {key: row[key] for key in ("id", "ok", "collisions", "problems")} == {
        "id": "sound",
        "ok": True,
        "collisions": 0,
        "problems": [],
    }
    assert row["variants"] > 100
    assert "1 templates, 200 draws each" in done.err


def test_a_broken_question_is_named_and_exits_1(course: Path, grader: Callable[..., Any]) -> None:
    """File, line, what is wrong; the sound ones are linted all the same. No traceback."""
    path = course / "question_bank" / "demo" / "sound.md.j2"
    broken = path.with_name("broken.md.j2")
    broken.write_text(
        path.read_text().replace("id: sound", "id: broken").replace("key: n // b", "key: n // c")
    )
    done = grader("exam", "lint", "--seeds", "50", course=course)
    assert done.code == 1
    assert "question_bank/demo/broken.md.j2:8: key: `c` is not known here" in done.out
    assert "2 templates" in done.out
    assert "Traceback" not in done.out + done.err
    for arguments in (("list", "--topic", "x"), ("lint", "nothing")):
        refused = grader("exam", *arguments, course=course)
        assert refused.code == 2
        assert "there is no" in refused.err


def test_the_preview_shows_every_draw(course: Path, grader: Callable[..., Any], tmp_path: Path) -> None:
    """Five draws with key and mistakes; formulas as MathML, all of it well-formed; text of others is escaped."""
    path = course / "question_bank" / "demo" / "sound.md.j2"
    path.write_text(path.read_text().replace("A batch has exactly b images.", "<script>alert(1)</script>"))
    done = grader("exam", "preview", "--html", tmp_path / "preview", course=course)
    assert done.code == 0, done.err
    page = (tmp_path / "preview" / "index.html").read_text()
    assert page.count("<article>") == 5
    assert page.count('class="key"') == 5
    assert "<script>" not in page
    formulas = [part.partition("</math>")[0] for part in page.split("<math")[1:]]
    assert len(formulas) >= 5 * 6
    for formula in formulas:
        ET.fromstring(f"<math{formula}</math>")
    again = grader("exam", "preview", "--html", tmp_path / "again", course=course)
    assert again.code == 0
    assert (tmp_path / "again" / "index.html").read_text() == page


def test_without_a_bank_the_place_is_named(tmp_path: Path, grader: Callable[..., Any]) -> None:
    """A course that has no questions."""
    (tmp_path / "assignments").mkdir()
    done = grader("exam", "list", course=tmp_path)
    assert done.code == 2
    assert "the course has no question bank" in done.err
