"""The questions of many forms, slot by slot, each variant once: what a platform draws from that knows no forms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.core.errors import UsageError
from grader.exam.form import Exam, Form, FormQuestion

KEYS = "This file contains the keys: keep it where students cannot read it."
DRAWN = (
    "The platform draws a variant of each slot for each student, "
    "which is not the one of the student's frozen form: mark there, not with the forms."
)
SHARED = (
    "Headings, instructions, extra time and large print are not in it: "
    "set the time limit ({minutes} minutes) and the accommodations of single students on the platform."
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A question as the students of these forms have it. name: unique in the exam, `<template>-<first code>`."""

    name: str
    question: FormQuestion
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of the exam: all of its variants, by their first form. topic, points: of the first."""

    number: int
    variants: tuple[Variant, ...]

    @property
    def topic(self) -> str:
        return self.variants[0].question.topic

    @property
    def points(self) -> float:
        return self.variants[0].question.points


def ordered(forms: Sequence[Form]) -> tuple[Exam, list[Form]]:
    """Their exam, and the forms by code. Raises UsageError for none, for two exams, and for a code used twice."""
    if not forms:
        raise UsageError("there is no form to export; name the folder of an exam whose forms are built")
    found = sorted(forms, key=lambda form: form.code)
    exams = sorted({form.exam.id for form in forms})
    if len(exams) > 1:
        raise UsageError(f"the forms are of several exams ({', '.join(exams)}); export one exam at a time")
    code, times = Counter(form.code for form in found).most_common(1)[0]
    if times > 1:
        raise UsageError(f"{times} forms have the code {code}; export the forms of one build only")
    return found[0].exam, found


def slots(forms: Sequence[Form]) -> list[Slot]:
    """All slots of these forms (by code). Two questions are one variant if a student sees no difference."""
    found: dict[int, dict[object, list[tuple[str, FormQuestion]]]] = {}
    for form in forms:
        for question in form.questions:
            alike = found.setdefault(question.slot, {}).setdefault(_shown(question), [])
            alike.append((form.code, question))
    taken: set[str] = set()
    return [
        Slot(number, tuple(_variant(alike, taken) for alike in found[number].values()))
        for number in sorted(found)
    ]


def penalty(question: FormQuestion, exam: Exam) -> float:
    """What a wrong answer costs, as a share of the points: 1/(k - 1) by formula scoring, else 0."""
    return 1 / (len(question.options) - 1) if exam.scoring.rule == "formula" else 0.0


def plain_id(text: str) -> str:
    """The text with what neither a file's name nor an XML identifier may have replaced by a hyphen."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text)


def _shown(question: FormQuestion) -> object:
    options = tuple((option.text, option.figure) for option in question.options)
    return question.template, question.stem, question.figure, options, question.key, question.points


def _variant(alike: Sequence[tuple[str, FormQuestion]], taken: set[str]) -> Variant:
    code, question = alike[0]
    name = f"{question.template}-{code}"
    if name in taken:  # one template in two slots of a form
        name = f"{name}-{question.slot}"
    taken.add(name)
    return Variant(name, question, tuple(code for code, _ in alike))
