"""Exams on screen: one page a student, which needs no network and can be printed. It holds no key.

It is the accessible edition, too: real radio buttons, MathML, headings, and room for large zoom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from grader.exam import screen
from grader.exam.exports.export import Export
from grader.exam.form import LETTERS, Form

_NOTES = (
    "The pages send answers nowhere: students save a file of their answers and hand that in.",
    "Time is shown, not enforced.",
    "Answers are kept in the browser: on a shared computer the next person can see them.",
)


def export(forms: Sequence[Form], jobs: int) -> Export:
    """`<taker>.html` for every form. Raises GraderError without pandoc, SpecError for Markdown that does not end."""
    shown = screen.rendered({text for form in forms for text in _texts(form)}, jobs)
    files = {f"{form.taker.file_name}.html": _page(form, shown).encode() for form in forms}
    return Export(files, _NOTES)


def _texts(form: Form) -> list[str]:
    """What the student reads. Nothing else of a question may reach the page."""
    texts = [form.exam.instructions, *(section.instructions for section in form.exam.sections)]
    for question in form.questions:
        texts += [question.stem, *(option.text for option in question.options)]
    return texts


def _page(form: Form, shown: Mapping[str, Markup]) -> str:
    """Sections in the order in which their questions come."""
    exam = form.exam
    sections = [
        {
            "title": exam.sections[index].title,
            "instructions": shown[exam.sections[index].instructions],
            "questions": list(questions),
        }
        for index, questions in groupby(form.questions, key=lambda question: question.section)
    ]
    return screen.page(
        "exam",
        exam=exam,
        taker=form.taker,
        code=form.code,
        count=len(form.questions),
        words=exam.strings,
        rules=shown[exam.instructions],
        sections=sections,
        shown=shown,
        letters=LETTERS,
    )
