"""Moodle XML: a category of questions for each slot, so that a quiz takes a random one of each.

Source: Moodle's documentation of the format, and moodle/moodle, question/format/xml (format.php and its fixtures).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence

from grader.exam.exports.export import Export
from grader.exam.exports.html_text import file_name, linked, option, rendered, stem
from grader.exam.exports.slots import DRAWN, KEYS, SHARED, Slot, Variant, ordered, penalty, plain_id, slots
from grader.exam.exports.xml import Element, append, document, element
from grader.exam.form import Exam, Form, FormQuestion
from grader.exam.item import Figure

_PICTURE = linked("@@PLUGINFILE@@/")
NO_FLOOR = "The exam's floor at zero is not in it: on the platform a total may fall below."


def export(forms: Sequence[Form], jobs: int) -> Export:
    """One file. Mathematics is `\\(…\\)`, which Moodle shows by its MathJax filter."""
    exam, sorted_forms = ordered(forms)
    found = slots(sorted_forms)
    html = rendered(found, "mathjax", jobs)
    root = element("quiz")
    for slot in found:
        root.append(element("question", element("category", _text(category(exam, slot))), type="category"))
        root.extend(_question(variant, exam, html) for variant in slot.variants)
    name = f"{plain_id(exam.id)}-moodle.xml"
    return Export({name: document(root, indent=True)}, notes(exam))


def category(exam: Exam, slot: Slot) -> str:
    """The path of a slot's category; a slash within a name is doubled."""
    names = (exam.title, f"slot {slot.number:02}: {slot.topic}")
    return "/".join(["$course$", "top", *(" ".join(name.split()).replace("/", "//") for name in names)])


def notes(exam: Exam) -> tuple[str, ...]:
    """What Moodle's formats cannot carry of this exam."""
    floor = (NO_FLOOR,) if exam.scoring.rule == "formula" and exam.scoring.floor else ()
    return (KEYS, DRAWN, SHARED.format(minutes=exam.minutes), *floor)


def fraction(question: FormQuestion, place: int, exam: Exam) -> str:
    """Percent of the points that an option gives; Moodle takes 1/3 only as 33.33333, with these five decimals."""
    share = 1.0 if place == question.key else -penalty(question, exam)
    return f"{100 * share:.5f}".rstrip("0").rstrip(".") if share else "0"


def _question(variant: Variant, exam: Exam, html: Mapping[str, str]) -> Element:
    question = variant.question
    shown = [question.figure] if question.figure else []
    return element(
        "question",
        element("name", _text(variant.name)),
        _html("questiontext", stem(question, html, _PICTURE), shown),
        _html("generalfeedback", html[question.explain]),
        element("defaultgrade", f"{question.points:.7f}"),
        element("penalty", "0"),
        element("hidden", "0"),
        element("single", "true"),
        element("shuffleanswers", "0"),
        element("answernumbering", "ABCD"),
        *(_html(f"{which}feedback", "") for which in ("correct", "partiallycorrect", "incorrect")),
        list(_answers(question, exam, html)),
        element("tags", element("tag", _text(question.topic)), element("tag", _text(question.template))),
        type="multichoice",
    )


def _answers(question: FormQuestion, exam: Exam, html: Mapping[str, str]) -> Iterator[Element]:
    for place, one in enumerate(question.options):
        shown = [one.figure] if one.figure else []
        answer = _html("answer", option(one, html, _PICTURE), shown)
        answer.set("fraction", fraction(question, place, exam))
        append(answer, _html("feedback", html[one.says]))
        yield answer


def _html(tag: str, html: str, shown: Sequence[Figure] = ()) -> Element:
    """A field of HTML with the files that it shows."""
    files = [
        element(
            "file",
            base64.b64encode(figure.svg.encode()).decode(),
            name=file_name(figure),
            path="/",
            encoding="base64",
        )
        for figure in shown
    ]
    return element(tag, _text(html), files, format="html")


def _text(text: str) -> Element:
    return element("text", text)
