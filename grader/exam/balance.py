"""Are the forms of an exam equally hard? Counted and predicted before anybody sits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from grader.core.errors import SpecError
from grader.exam.form import Form

# Share of a course that answers rightly, by the author's rating: a guess until an exam has been marked.
EXPECTED = {1: 0.90, 2: 0.75, 3: 0.60, 4: 0.45, 5: 0.30}
ITEMS_APART = 0.5  # predicted right answers
MINUTES_APART = 0.05


def balance(forms: Sequence[Form], duration: int) -> dict[str, Any]:
    """The report, as JSON values; forms in the order of the roster, in which neighbours sit side by side.

    Raises SpecError if forms differ in what they count, by more than half a predicted item or 5 % of the minutes.
    """
    cells = [_cells(form) for form in forms]
    scores = [sum(EXPECTED[question.difficulty] for question in form.questions) for form in forms]
    times = [sum(question.minutes for question in form.questions) for form in forms]
    for form, cell, score, time in zip(forms, cells, scores, times, strict=True):
        middle = sum(times) / len(times)
        if cell != cells[0]:
            raise SpecError(
                f"form {form.code}: other counts per topic, difficulty and stratum than form {forms[0].code}"
            )
        if max(scores) - min(scores) > ITEMS_APART or abs(time - middle) > MINUTES_APART * middle:
            raise SpecError(
                f"form {form.code}: {score:.2f} predicted right answers, {time:g} minutes: not as the others"
            )
    expected, minutes = sum(scores) / len(scores), sum(times) / len(times)
    return {
        "forms": len(forms),
        "questions": len(forms[0].questions),
        "predictions": "author ratings: no answers have been seen yet",
        "predicted_right": {"mean": round(expected, 3), "apart": round(max(scores) - min(scores), 3)},
        "minutes": {
            "mean": round(minutes, 2),
            "apart": round(max(times) - min(times), 2),
            "duration": duration,
            "fits": minutes <= duration,
        },
        "cells": [
            {"topic": topic, "difficulty": level, "stratum": stratum, "questions": count}
            for (topic, level, stratum), count in sorted(cells[0].items())
        ],
        "key_letters": _letters(forms),
        "neighbours": _neighbours(forms),
        "distinct_questions": _distinct(forms),
    }


def _cells(form: Form) -> Counter[tuple[str, int, str]]:
    return Counter((question.topic, question.difficulty, question.stratum) for question in form.questions)


def _letters(forms: Sequence[Form]) -> dict[str, float]:
    """Share of each letter among all keys."""
    counts = Counter(question.letter for form in forms for question in form.questions)
    return {letter: round(counts[letter] / counts.total(), 4) for letter in sorted(counts)}


def _neighbours(forms: Sequence[Form]) -> dict[str, Any]:
    """Of the questions that neighbours in the roster share: how many have their key at the same letter."""
    shared = same = here = 0
    for left, right in pairwise(forms):
        theirs = {question.template: question for question in right.questions}
        for question in left.questions:
            other = theirs.get(question.template)
            if other is not None:
                shared += 1
                same += question.letter == other.letter
                here += (question.letter, question.number) == (other.letter, other.number)
    total = max(1, shared)
    return {
        "shared_questions": shared,
        "same_letter": round(same / total, 4),
        "same_letter_and_number": round(here / total, 4),
    }


def _distinct(forms: Sequence[Form]) -> dict[str, Any]:
    """How many different questions the students of a slot get; the fewest first named."""
    slots: dict[int, set[tuple[str, frozenset[str]]]] = {}
    names: dict[int, str] = {}
    for form in forms:
        for question in form.questions:
            texts = frozenset(option.text for option in question.options)
            slots.setdefault(question.slot, set()).add((question.stem, texts))
            names[question.slot] = question.template
    fewest = min(slots, key=lambda slot: (len(slots[slot]), slot))
    return {
        "fewest": len(slots[fewest]),
        "fewest_template": names[fewest],
        "mean": round(sum(map(len, slots.values())) / len(slots), 1),
    }
