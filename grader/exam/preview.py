"""The page to proofread a bank by: each template with a few draws, their mistakes, keys and explanations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.core.errors import SpecError
from grader.exam.draw import Deck
from grader.exam.functions import Functions
from grader.exam.item import Figure, Item
from grader.exam.markdown import convert
from grader.exam.template import Template
from grader.exam.worker import Work, limited

_TEMPLATES = Path(__file__).parent / "templates"


def page(templates: Sequence[Template], functions: Functions, draws: int) -> str:
    """The page as HTML, self-contained. A template that cannot be drawn shows why."""

    def drawn(template: Template) -> list[Item]:
        deck, strata = Deck(template, functions), template.strata
        return [deck.draw(seed, strata[seed % len(strata)].id) for seed in range(draws)]

    found = limited([Work(partial(drawn, one), one.path) for one in templates])
    shown = _rendered({text for items in found if not isinstance(items, SpecError) for text in _texts(items)})
    rows = [
        {"template": template, "problem": str(items), "items": []}
        if isinstance(items, SpecError)
        else {"template": template, "problem": "", "items": [_item(item, shown) for item in items]}
        for template, items in zip(templates, found, strict=True)
    ]
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("preview.html.j2").render(rows=rows)


def _texts(items: Iterable[Item]) -> Iterable[str]:
    for item in items:
        yield item.stem
        yield item.explain
        for option in item.options:
            yield option.text
            yield option.says


def _rendered(texts: set[str]) -> dict[str, Markup]:
    """Markdown → HTML by one call of pandoc; it escapes what is no Markdown."""
    return {text: Markup(html) for text, html in convert(sorted(texts), "mathml").items()}


def _item(item: Item, shown: dict[str, Markup]) -> dict[str, Any]:
    return {
        "stem": shown[item.stem],
        "figure": _drawn(item.figure),
        "explain": shown[item.explain],
        "stratum": item.stratum,
        "redraws": item.redraws,
        "options": [
            {
                "letter": "ABCDEFGH"[place],
                "text": shown[option.text],
                "figure": _drawn(option.figure),
                "key": place == item.key,
                "misconception": option.misconception,
                "says": shown[option.says],
            }
            for place, option in enumerate(item.options)
        ],
    }


def _drawn(figure: Figure | None) -> dict[str, Any] | None:
    """An SVG of our own may stand in the page as it is."""
    return None if figure is None else {"svg": Markup(figure.svg), "alt": figure.alt}
