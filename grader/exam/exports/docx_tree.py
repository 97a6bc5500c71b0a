"""A form as pandoc's document tree: cover lines, then sections with their questions in a numbered list; no key.

Names and titles are leaves of the tree, never Markdown: whatever is in them comes out as it is.
Source: pandoc-types, Text.Pandoc.Definition (the JSON of a document).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from grader.exam.exports.html_text import file_name
from grader.exam.exports.xml import legal, number
from grader.exam.form import Form, FormOption, FormQuestion
from grader.exam.item import Figure

Block = dict[str, Any]  # {"t": constructor, "c": its fields}
_PLAIN = ["", [], []]  # identifier, classes, attributes
_WIDEST = 6.0  # inches that a page has between its margins
_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur"))


@dataclass(frozen=True, slots=True)
class Parts:
    """api: version of the tree; blocks: text → its part of the tree; inches: name of a picture → how wide it is."""

    api: Sequence[int]
    blocks: Mapping[str, list[Block]]
    inches: Mapping[str, float]

    def image(self, figure: Figure) -> Block:
        name = picture_name(figure)
        width = f"{min(self.inches[name], _WIDEST):.3f}in"
        return {"t": "Image", "c": [["", [], [["width", width]]], _text(figure.alt), [name, ""]]}


def document(form: Form, parts: Parts) -> Block:
    """The whole document."""
    content = [*_cover(form), *_rules(form), *parts.blocks[form.exam.instructions]]
    for index, questions in groupby(form.questions, lambda question: question.section):
        section = form.exam.sections[index]
        content += [_heading(section.title)] if section.title else []
        content += parts.blocks[section.instructions]
        asked = list(questions)
        items = [_question(question, form, parts) for question in asked]
        content.append(_list(asked[0].number, "Decimal", items))
    language = form.exam.language
    meta = {"title": form.exam.title, "lang": language}
    if language.partition("-")[0] in _RIGHT_TO_LEFT:
        meta["dir"] = "rtl"
    return {
        "pandoc-api-version": parts.api,
        "meta": {name: {"t": "MetaInlines", "c": _text(value)} for name, value in meta.items()},
        "blocks": content,
    }


def _cover(form: Form) -> Iterator[Block]:
    taker = form.taker
    time = f"{number(taker.minutes)} {_word(form, 'minutes')}"
    lines = {
        "date": form.exam.date,
        "name": taker.name,
        "number": taker.id,
        "code": form.code,
        "time": f"{time} ({_word(form, 'extra_time')})" if taker.extra_time else time,
        "total": _points(form, form.exam.total),
    }
    for name, value in lines.items():
        if value:
            label = {"t": "Strong", "c": _text(f"{_word(form, name)}: ")}
            yield _paragraph(label, *_text(value))


def _rules(form: Form) -> Iterator[Block]:
    rules = ["one_right", "formula"] if form.exam.scoring.rule == "formula" else ["one_right"]
    yield _heading(_word(form, "rules"))
    yield _paragraph(*_text(" ".join(_word(form, name) for name in rules)))


def _points(form: Form, points: float) -> str:
    return f"{number(points)} {_word(form, 'point' if points == 1 else 'points')}"


def _word(form: Form, name: str) -> str:
    return form.exam.strings.get(name, name)


def _question(question: FormQuestion, form: Form, parts: Parts) -> list[Block]:
    return [
        *_stem(question, form, parts),
        *([_paragraph(parts.image(question.figure))] if question.figure else []),
        _list(1, "UpperAlpha", [_option(option, parts) for option in question.options]),
    ]


def _stem(question: FormQuestion, form: Form, parts: Parts) -> list[Block]:
    """The stem and its points: behind its last sentence, or below if it ends with a table or code."""
    worth = {"t": "Emph", "c": _text(f"({_points(form, question.points)})")}
    *above, last = parts.blocks[question.stem] or [_paragraph()]
    if last["t"] == "Para":
        return [*above, _paragraph(*last["c"], {"t": "Space"}, worth)]
    return [*above, last, _paragraph(worth)]


def _option(option: FormOption, parts: Parts) -> list[Block]:
    if option.figure:
        return [{"t": "Plain", "c": [parts.image(option.figure)]}]
    found = parts.blocks[option.text]
    # a single line stands close to the next, as in a list without blank lines
    return [{"t": "Plain", "c": found[0]["c"]}] if [one["t"] for one in found] == ["Para"] else found


def _heading(text: str) -> Block:
    return {"t": "Header", "c": [1, _PLAIN, _text(text)]}


def _paragraph(*inlines: Block) -> Block:
    return {"t": "Para", "c": list(inlines)}


def _list(start: int, style: str, items: list[list[Block]]) -> Block:
    return {"t": "OrderedList", "c": [[start, {"t": style}, {"t": "Period"}], items]}


def _text(text: str) -> list[Block]:
    return [{"t": "Str", "c": legal(text)}]


def picture_name(figure: Figure) -> str:
    """The file that the tree names for a figure."""
    return Path(file_name(figure)).with_suffix(".png").name
