"""GIFT: Moodle's text format. The same categories as the XML, every special character escaped, no figures.

Source: Moodle's documentation of the format, and moodle/moodle, question/format/gift/format.php.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.exam.exports.export import Export
from grader.exam.exports.html_text import figures, in_words, option, rendered, stem
from grader.exam.exports.moodle import category, fraction, notes
from grader.exam.exports.slots import Variant, ordered, plain_id, slots
from grader.exam.exports.xml import legal
from grader.exam.form import Exam, Form

_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\~=#{}:"} | {"\n": "\\n", "\r": ""})
WORDED = (
    "GIFT has no figures: their descriptions stand in their places; take the Moodle XML for the drawings."
)


def export(forms: Sequence[Form], jobs: int) -> Export:
    """One file. Mathematics is `\\(…\\)`, which Moodle shows by its MathJax filter."""
    exam, sorted_forms = ordered(forms)
    found = slots(sorted_forms)
    html = rendered(found, "mathjax", jobs)
    blocks: list[str] = []
    for slot in found:
        # in a category Moodle undoes no escape but the doubled backslash
        blocks.append("$CATEGORY: " + legal(category(exam, slot)).replace("\\", "\\\\"))
        blocks += ["\n".join(_question(variant, exam, html)) for variant in slot.variants]
    drawn = any(figures(variant.question) for slot in found for variant in slot.variants)
    text = "\n\n".join(blocks) + "\n"
    name = f"{plain_id(exam.id)}-gift.txt"
    return Export({name: text.encode()}, (*notes(exam), *([WORDED] if drawn else [])))


def _question(variant: Variant, exam: Exam, html: Mapping[str, str]) -> Iterator[str]:
    question = variant.question
    yield f"::{_escaped(variant.name)}::{_html(stem(question, html, in_words))}{{"
    for place, one in enumerate(question.options):
        weight = fraction(question, place, exam)
        mark = {"100": "=", "0": "~"}.get(weight, f"~%{weight}%")
        feedback = html[one.says]
        yield f"\t{mark}{_html(option(one, html, in_words))}" + (f"#{_html(feedback)}" if feedback else "")
    if explained := html[question.explain]:
        yield f"\t####{_html(explained)}"
    yield "}"


def _html(text: str) -> str:
    return f"[html]{_escaped(text)}"


def _escaped(text: str) -> str:
    return legal(text).translate(_ESCAPED)
