"""The frozen form: all that one student's exam consists of. What prints, exports or marks it reads nothing else."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from grader.core.errors import SpecError
from grader.exam.item import Figure

LETTERS = "ABCDEFGH"


class Scoring(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How answers become points.

    ``number-right``: the points of each right answer. ``formula``: a wrong answer among k options costs
    points/(k - 1), so that guessing gains nothing on average; a blank costs nothing; floor: never below zero in total.
    """

    rule: Literal["number-right", "formula"] = "number-right"
    floor: bool = True


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A heading of the exam; instructions: Markdown, may be empty."""

    title: str
    instructions: str


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all forms of an exam share. total: points; strings: words of cover, sheet and pages by their id.

    grades: least percentage of each grade, best first; cut: percentage needed to pass.
    """

    id: str
    title: str
    date: str
    minutes: int
    language: str
    paper: Literal["a4", "letter"]
    instructions: str
    total: float
    scoring: Scoring
    sections: tuple[Section, ...]
    strings: dict[str, str]
    grades: dict[str, float]
    cut: float | None


class Taker(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose form it is. minutes: with the extra time, rounded up; the editions are on paper."""

    id: str
    name: str
    file_name: str
    extra_time: int
    minutes: int
    large_print: bool
    accessible: bool


class FormOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An option. text: Markdown; value: plain data, if computed; misconception: None for the key; says: advice."""

    text: str
    value: Any
    misconception: str | None
    says: str
    figure: Figure | None = None


class FormQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question as it is shown.

    Attributes:
        number: from 1, in the order of this form. slot: the same for all students. section: index into the exam's.
        template, topic, family, stratum, difficulty, minutes: where it comes from and what its author expects of it.
        source: hash of the template's file. seed: hexadecimal. params: what was drawn. stem, explain: Markdown.
        permutation: place of each shown option among the options in canonical order (values ascending, else texts).
        key: index into `options`.
    """

    number: int
    slot: int
    section: int
    template: str
    topic: str
    family: str
    stratum: str
    difficulty: int
    minutes: float
    points: float
    source: str
    seed: str
    params: dict[str, Any]
    stem: str
    figure: Figure | None
    options: tuple[FormOption, ...]
    permutation: tuple[int, ...]
    key: int
    explain: str

    @property
    def letter(self) -> str:
        """The key's letter."""
        return LETTERS[self.key]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One student's exam. code: six digits, its own in this exam; engine, bank: hashes of what made it."""

    format: Literal[1] = 1
    code: str
    taker: Taker
    exam: Exam
    questions: tuple[FormQuestion, ...]
    engine: str
    bank: str


def encode(form: Form) -> bytes:
    """The form as JSON, the same bytes for the same form."""
    return msgspec.json.format(msgspec.json.encode(form, order="deterministic"), indent=1) + b"\n"


def decode(data: bytes, shown: str) -> Form:
    """Read a form. Raises SpecError with file and key."""
    try:
        form = msgspec.json.decode(data, type=Form)
    except msgspec.DecodeError as error:
        raise SpecError(f"{shown}: is no frozen form: {error}") from None
    for question in form.questions:
        if not 0 <= question.key < len(question.options) <= len(LETTERS):
            raise SpecError(
                f"{shown}: question {question.number}: the key {question.key} is none of its options"
            )
    return form


def form_schema() -> dict[str, Any]:
    """The JSON Schema of a frozen form."""
    return msgspec.json.schema(Form)
