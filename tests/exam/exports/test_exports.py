"""What all exports promise: the same bytes for the same forms, honest notes, errors that say what to do."""

from __future__ import annotations

import io
import re
import zipfile

import msgspec
import pytest

from grader.core.errors import UsageError
from grader.exam.exports import EXPORTS
from grader.exam.exports.slots import slots
from grader.exam.form import Form, Scoring

from .conftest import form, make, question

WRITERS = sorted(set(EXPORTS) - {"html"})  # which has its own tests


@pytest.mark.parametrize("name", WRITERS)
def test_same_forms_same_bytes(name: str, forms: list[Form]) -> None:
    """Twice, in another order and with more processes."""
    once = EXPORTS[name](forms, 1)
    again = EXPORTS[name](forms[::-1], 2)
    assert dict(once.files) == dict(again.files)
    assert once.notes == again.notes


@pytest.mark.parametrize("name", ["qti21", "canvas", "docx"])
def test_packages_know_no_clock(name: str, forms: list[Form]) -> None:
    """All of their files are dated 1980, by name or as written."""
    for data in EXPORTS[name](forms, 1).files.values():
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            dates = re.findall(rb"\d{4}-\d\d-\d\dT", b"".join(map(package.read, package.namelist())))
            assert set(dates) <= {b"1980-01-01T"}


def test_every_format_is_written(forms: list[Form]) -> None:
    """Each name leads to a writer, and each writer gives files."""
    assert all(EXPORTS[name](forms, 1).files for name in EXPORTS)


@pytest.mark.parametrize("name", WRITERS)
def test_notes_say_who_must_not_see_the_file(name: str, forms: list[Form]) -> None:
    """Every format but the document for students contains keys; each note is a sentence."""
    notes = EXPORTS[name](forms, 1).notes
    assert any("keys" in note for note in notes) == (name != "docx")
    assert all(note[0].isupper() and note.endswith(".") for note in notes)


def test_notes_name_what_is_lost(forms: list[Form], penalised: list[Form]) -> None:
    """Negative marks in Canvas, the floor in Moodle, figures in GIFT, the draw of a variant where there is one."""

    def told(name: str, found: list[Form], word: str) -> bool:
        return any(word in note for note in EXPORTS[name](found, 1).notes)

    assert told("canvas", penalised, "negative marks")
    assert not told("canvas", forms, "negative marks")
    for name in ("moodle", "gift"):
        assert told(name, penalised, "floor")
        assert not told(name, forms, "floor")
        assert told(name, forms, "draws a variant")
        assert not told(name, make(Scoring(rule="formula", floor=False)), "floor")
    assert told("gift", forms, "no figures")
    assert not told("moodle", forms, "no figures")
    assert not told("qti21", forms, "draws a variant")


def test_canvas_tells_of_unequal_points() -> None:
    """A group has one number of points."""
    pair = [
        form(code, "A", (question(1, 1, code, ("1", "2"), 0, points=points),), Scoring())
        for code, points in (("100001", 1.5), ("100002", 2))
    ]
    assert any("Slot 1 " in note and "1.5" in note for note in EXPORTS["canvas"](pair, 1).notes)


def test_a_variant_is_what_a_student_sees() -> None:
    """Another order of options, key or picture is another variant; another seed is not."""
    one = question(1, 1, "?", ("1", "2"), 0)
    options = one.options
    changed = {"seed": "ff"}, {"options": options[::-1]}, {"key": 1}, {"stem": "!"}, {"points": 2}
    variants = [one, *(msgspec.structs.replace(one, **change) for change in changed)]
    forms = [form(f"10000{place}", "A", (each,), Scoring()) for place, each in enumerate(variants)]
    (slot,) = slots(forms)
    assert [variant.codes for variant in slot.variants] == [
        ("100000", "100001"), ("100002",), ("100003",), ("100004",), ("100005",),
    ]  # fmt: skip


def test_names_stay_unique_when_a_template_is_asked_twice() -> None:
    """The slot is added where template and form are not enough."""
    twice = tuple(question(n, n, f"{n}?", ("1", "2"), 0, template="same") for n in (1, 2))
    found = slots([form("100001", "A", twice, Scoring())])
    assert [variant.name for slot in found for variant in slot.variants] == ["same-100001", "same-100001-2"]


@pytest.mark.parametrize("name", WRITERS)
def test_wrong_forms_are_refused(name: str) -> None:
    """None at all, two exams, or one code twice: what to do instead."""
    one, two = make()[:2]
    other = msgspec.structs.replace(two, exam=msgspec.structs.replace(two.exam, id="final"))
    for forms, words in (
        ([], "no form"),
        ([one, other], "final, midterm-1"),
        ([one, msgspec.structs.replace(two, code=one.code)], "have the code 300003"),
    ):
        with pytest.raises(UsageError, match=words):
            EXPORTS[name](forms, 1)


def test_an_exams_id_is_a_safe_name() -> None:
    """Whatever the id is, files have plain names."""
    one = make()[0]
    odd = msgspec.structs.replace(one, exam=msgspec.structs.replace(one.exam, id="../Prüfung 1"))
    for name in set(WRITERS) - {"docx"}:
        (file,) = EXPORTS[name]([odd], 1).files
        assert file.startswith("..-Pr-fung-1-")
