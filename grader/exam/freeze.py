"""Freeze a form: draw each slot's question under the student's own seed, order them, and keep everything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.core.roster import Student
from grader.exam.assembly import Slot
from grader.exam.blueprint import Shuffle
from grader.exam.draw import Deck
from grader.exam.form import Exam, Form, FormOption, FormQuestion, Taker
from grader.exam.item import Item, Option
from grader.exam.seeds import order_seed, slot_seed


@dataclass(frozen=True, slots=True)
class Press:
    """What all forms share. sources: template id → hash of its file; engine, bank: hashes of what made them."""

    exam: Exam
    shuffle: Shuffle
    secret: bytes
    decks: Mapping[str, Deck]
    sources: Mapping[str, str]
    engine: str
    bank: str


def freeze(press: Press, student: Student, code: str, slots: Sequence[Slot]) -> Form:
    """This student's form. Raises SpecError where a question cannot be drawn."""
    questions = [_question(press, student.id, slot) for slot in slots]
    rng = np.random.default_rng(order_seed(press.secret, press.exam.id, "order", student.id))
    places = (
        [int(place) for place in rng.permutation(len(slots))]
        if press.shuffle.questions
        else range(len(slots))
    )
    ordered = sorted(
        places, key=lambda place: slots[place].section
    )  # stable: the order in a section stays random
    return Form(
        code=code,
        taker=taker(student, press.exam.minutes),
        exam=press.exam,
        questions=tuple(
            FormQuestion(number=number, **questions[place]) for number, place in enumerate(ordered, 1)
        ),
        engine=press.engine,
        bank=press.bank,
    )


def taker(student: Student, minutes: int) -> Taker:
    """The student with their time: the exam's minutes and the extra time, rounded up to whole minutes."""
    return Taker(
        id=student.id,
        name=student.name,
        file_name=student.file_name,
        extra_time=student.extra_time,
        minutes=minutes + math.ceil(minutes * student.extra_time / 100),
        large_print=student.large_print,
        accessible=student.accessible,
    )


def _question(press: Press, student: str, slot: Slot) -> dict[str, Any]:
    one = slot.candidate
    item = press.decks[one.template.id].draw(
        slot_seed(press.secret, press.exam.id, student, slot.number), one.stratum
    )
    canonical = sorted(range(len(item.options)), key=lambda place: _rank(item.options[place]))
    shown = range(len(item.options)) if press.shuffle.options else canonical
    return {
        "slot": slot.number,
        "section": slot.section,
        "points": slot.points,
        "source": press.sources[item.template],
        "seed": f"{item.seed:016x}",
        "options": tuple(_option(item.options[place]) for place in shown),
        "permutation": tuple(canonical.index(place) for place in shown),
        "key": list(shown).index(item.key),
        **_taken(item),
    }


def _taken(item: Item) -> dict[str, Any]:
    names = [
        "template",
        "topic",
        "family",
        "stratum",
        "difficulty",
        "minutes",
        "params",
        "stem",
        "figure",
        "explain",
    ]
    return {name: getattr(item, name) for name in names}


def _option(option: Option) -> FormOption:
    return FormOption(
        text=option.text,
        value=option.value,
        misconception=option.misconception,
        says=option.says,
        figure=option.figure,
    )


def _rank(option: Option) -> tuple[float, str]:
    """Numbers in their order, everything else by its text."""
    number = isinstance(option.value, (int, float)) and not isinstance(option.value, bool)
    return (float(option.value) if number else 0.0), option.text
