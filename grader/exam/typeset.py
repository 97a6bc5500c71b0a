"""Forms → what the Typst templates print: plain data, in which all Markdown has become Typst markup by pandoc."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from grader.core.text import one_line
from grader.exam.form import Form, FormOption, FormQuestion
from grader.exam.item import Figure
from grader.exam.sheet import Page, payload

_COMMAND = re.compile(r"\\[a-zA-Z]+")
_SILENT = re.compile(r"[{}$\\^_`*]")
_LONG_WORD = re.compile(r"\S{24}(?=\S)")
_ROW = re.compile(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", re.DOTALL)
_SCRIPTS = {"LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC", "ARMENIAN", "GEORGIAN"}
_WIDTH = re.compile(r'<svg[^>]*? width="([\d.]+)')
_TEXT = 448.0  # points that the text is wide
_LINE = 92  # letters of the text's width, in normal print
_LARGE_LINE = 52


def blocks(forms: Iterable[Form], solutions: bool = False) -> set[str]:
    """Every piece of Markdown that these forms print."""
    found: set[str] = set()
    for form in forms:
        found |= {form.exam.instructions, *(section.instructions for section in form.exam.sections)}
        for question in form.questions:
            found.add(question.stem)
            found |= {option.text for option in question.options if option.figure is None}
            if solutions:
                found.add(question.explain)
    return found - {""}


def paper(form: Form, shown: Mapping[str, str], solutions: bool = False) -> str:
    """The data of ``exam.typ``, as JSON: cover and questions; with solutions also key and explanation."""
    exam, large = form.exam, form.taker.large_print
    return json.dumps(
        {
            "words": exam.strings,
            "language": exam.language,
            "paper": {"a4": "a4", "letter": "us-letter"}[exam.paper],
            "large": large,
            "title": exam.title if not solutions else f"{exam.title}: {exam.strings['solutions']}",
            "date": exam.date,
            "name": breakable(form.taker.name),
            "number": breakable(form.taker.id),
            "code": form.code,
            "minutes": form.taker.minutes,
            "extra": form.taker.extra_time > 0,
            "rules": _rules(form),
            "instructions": shown.get(exam.instructions, ""),
            "total": f"{exam.total:g}",
            "sections": [_section(form, index, shown) for index in range(len(exam.sections))],
            "qr": qr(payload(exam.id, form.code, 0)),
            "questions": [_question(one, form, shown, solutions) for one in form.questions],
        }
    )


def sheets(forms: Sequence[Form], editions: Mapping[str, tuple[Page, ...]]) -> str:
    """The data of ``sheet.typ``, as JSON: an answer sheet for each form."""
    exam = forms[0].exam
    return json.dumps(
        {
            "words": exam.strings,
            "language": exam.language,
            "title": exam.title,
            "rules": [exam.strings["fill"], exam.strings["cancel"]],
            "editions": msgspec.to_builtins(editions),
            "sheets": [
                {
                    "edition": edition_of(form),
                    "name": breakable(form.taker.name),
                    "number": breakable(form.taker.id),
                    "code": form.code,
                    "qrs": [
                        qr(payload(exam.id, form.code, page.number)) for page in editions[edition_of(form)]
                    ],
                }
                for form in forms
            ],
        }
    )


def edition_of(form: Form) -> str:
    """Of the answer sheet."""
    return "large" if form.taker.large_print else "standard"


def qr(text: str) -> dict[str, Any]:
    """A QR code with its quiet zone, a byte for each module. Source: ISO/IEC 18004, error correction M."""
    import segno

    rows = [
        [0 if dark else 255 for dark in row]
        for row in segno.make(text, error="m", micro=False).matrix_iter(border=4)
    ]
    return {"side": len(rows), "pixels": [pixel for row in rows for pixel in row]}


def breakable(text: str) -> str:
    """A name on one line or several: words of any length may be parted."""
    return _LONG_WORD.sub(lambda match: match[0] + "\u200b", one_line(text))


def unprinted(texts: Iterable[str]) -> str:
    """Letters that Typst's own fonts lack, each once; a paper would show empty boxes for them."""
    letters = {char for text in texts for char in text if char.isalpha()}
    return "".join(
        sorted(char for char in letters if unicodedata.name(char, "").split(" ")[0] not in _SCRIPTS)
    )


def _rules(form: Form) -> list[str]:
    words, rule = form.exam.strings, form.exam.scoring.rule
    return [
        words[name]
        for name in ("one_right", *(("formula",) if rule == "formula" else ()), "on_sheet", "fill", "cancel")
    ]


def _section(form: Form, index: int, shown: Mapping[str, str]) -> dict[str, Any]:
    section = form.exam.sections[index]
    questions = [question for question in form.questions if question.section == index]
    return {
        "title": section.title,
        "instructions": shown.get(section.instructions, ""),
        "questions": len(questions),
        "points": f"{sum(question.points for question in questions):g}",
    }


def _question(
    question: FormQuestion, form: Form, shown: Mapping[str, str], solutions: bool
) -> dict[str, Any]:
    words, large = form.exam.strings, form.taker.large_print
    return {
        "number": question.number,
        "section": question.section,
        "worth": f"{question.points:g} {words['point'] if question.points == 1 else words['points']}",
        "columns": columns(question.options, large),
        "stem": shown[question.stem],
        "figure": _figure(question.figure, large),
        "key": question.key if solutions else None,
        "explain": shown[question.explain] if solutions else None,
        "options": [
            {"text": "" if option.figure else shown[option.text], "figure": _figure(option.figure, large)}
            for option in question.options
        ],
    }


def _figure(figure: Figure | None, large: bool) -> dict[str, str | float] | None:
    return None if figure is None else {"svg": figure.svg, "alt": figure.alt, "width": _width(figure, large)}


def _width(figure: Figure, large: bool) -> float:
    """Points: four thirds of a pixel each, so that a drawing's letters are 9 pt; more in large print."""
    pixels = float(_WIDTH.search(figure.svg)[1])  # type: ignore[index]
    return min(pixels * 0.75 * (1.6 if large else 1.0), _TEXT)


def columns(options: Sequence[FormOption], large: bool) -> int:
    """In how many columns the options stand: as many as the widest one allows, by the letters that it prints."""
    line = _LARGE_LINE if large else _LINE
    widest = max(
        _width(one.figure, large) * line / _TEXT if one.figure else printed_length(one.text)
        for one in options
    )
    return next((count for count in (4, 2) if len(options) % count == 0 and widest + 5 <= line / count), 1)


def printed_length(text: str) -> int:
    """About how many letters wide a piece of Markdown is printed: commands are not, a matrix is as wide as a row."""
    for match in _ROW.finditer(text):
        rows = match[1].split(r"\\")
        text = text.replace(
            match[0], "x" * max(len(row.replace(" ", "")) + 2 * row.count("&") for row in rows)
        )
    if "\n" in text:
        return 10**6
    return len(_SILENT.sub("", _COMMAND.sub("x", text)))
