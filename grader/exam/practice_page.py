"""The practice page: one HTML file with some draws of every template, asked in an endless shuffled order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from grader.exam import screen
from grader.exam.form import LETTERS
from grader.exam.functions import Functions
from grader.exam.item import Item, Option
from grader.exam.practice import draws, offered
from grader.exam.template import Template


def page(
    templates: Sequence[Template], functions: Functions, count: int = 12, start: int = 0, jobs: int = 1
) -> str:
    """The page as HTML, self-contained; `count` draws of each template that practice may show, seeds from `start`.

    Raises UsageError if there is none, SpecError for a template that cannot be drawn.
    """
    drawn = draws(offered(templates), functions, count, start, jobs)
    shown = screen.rendered({text for items in drawn for item in items for text in _texts(item)}, jobs)
    topics = sorted({items[0].topic for items in drawn})
    return screen.page(
        "practice", data=_data(drawn, shown), topics=topics, drawn=drawn, shown=shown, letters=LETTERS
    )


def _texts(item: Item) -> list[str]:
    return [
        item.stem,
        item.explain,
        *(text for option in item.options for text in (option.text, option.says)),
    ]


def _data(drawn: Sequence[Sequence[Item]], shown: Mapping[str, Markup]) -> Markup:
    """JSON for the script: every distinct piece of HTML once, questions as indices of pieces."""
    pieces: dict[str, int] = {}

    def piece(html: str) -> int:
        return pieces.setdefault(html, len(pieces))

    def option(one: Option) -> list[int]:
        text = screen.picture(one.figure) if one.figure else screen.inline(shown[one.text])
        return [piece(text), piece(shown[one.says]), piece(one.misconception or "")]

    def question(item: Item) -> list[object]:
        stem = shown[item.stem] + (screen.picture(item.figure) if item.figure else "")
        return [piece(stem), piece(shown[item.explain]), item.key, [option(one) for one in item.options]]

    templates = [
        {
            "topic": items[0].topic,
            "difficulty": items[0].difficulty,
            "draws": [question(item) for item in items],
        }
        for items in drawn
    ]
    written = json.dumps(
        {"templates": templates, "pieces": list(pieces)}, ensure_ascii=False, separators=(",", ":")
    )
    # nothing in it may end the script element, or begin a comment
    return Markup(written.replace("</", "<\\/").replace("<!", "\\u003c!"))
