"""Questions as pieces of HTML, for the platforms that take HTML inside their own format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

from grader.exam.exports.slots import Slot
from grader.exam.form import FormOption, FormQuestion
from grader.exam.item import Figure
from grader.exam.markdown import Target, convert

Picture = Callable[[Figure], str]


def rendered(slots: Iterable[Slot], to: Target, jobs: int, *further: str) -> Mapping[str, str]:
    """Every text of the questions, and further ones → the same in HTML. Nothing stays nothing."""
    texts = {text for slot in slots for variant in slot.variants for text in _texts(variant.question)}
    blocks = sorted(text for text in texts | set(further) if text.strip())
    return {text: "" for text in texts | set(further)} | convert(blocks, to, jobs)


def stem(question: FormQuestion, html: Mapping[str, str], picture: Picture) -> str:
    """The stem and, below it, the figure."""
    figure = f"\n<p>{picture(question.figure)}</p>" if question.figure else ""
    return html[question.stem] + figure


def option(one: FormOption, html: Mapping[str, str], picture: Picture) -> str:
    """The option: a picture, or its text, without a paragraph around a single line."""
    return picture(one.figure) if one.figure else _inline(html[one.text])


def linked(prefix: str) -> Picture:
    """A figure as an image that lies as a file behind this prefix."""
    return lambda figure: f'<img src="{prefix}{file_name(figure)}" alt="{escape(figure.alt)}" />'


def in_words(figure: Figure) -> str:
    """A figure where there can be none: its description."""
    return f"[{escape(figure.alt)}]"


def file_name(figure: Figure) -> str:
    """The same picture, the same name."""
    return f"figure-{hashlib.sha256(figure.svg.encode()).hexdigest()[:16]}.svg"


def figures(question: FormQuestion) -> Sequence[Figure]:
    """Those that a student sees, each once."""
    found = [question.figure, *(one.figure for one in question.options)]
    return list({file_name(figure): figure for figure in found if figure is not None}.values())


def _texts(question: FormQuestion) -> Iterable[str]:
    yield question.stem
    yield question.explain
    for one in question.options:
        yield one.text
        yield one.says


def _inline(html: str) -> str:
    alone = html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1
    return html[len("<p>") : -len("</p>")] if alone else html
