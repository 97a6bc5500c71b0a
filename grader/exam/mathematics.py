"""Mathematics that would not print: what pandoc leaves as TeX, and what Typst does not know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from grader.core.errors import SpecError
from grader.exam.draw import Deck
from grader.exam.functions import Functions
from grader.exam.item import Item
from grader.exam.markdown import convert
from grader.exam.press import problem_with
from grader.exam.template import Template
from grader.exam.worker import Work, limited

_DRAWS = 3  # of each template: formulas differ little between draws
_LEFT = 'class="math'  # around a formula that pandoc could not turn into MathML


def unprintable(templates: Sequence[Template], functions: Functions, jobs: int = 1) -> list[list[str]]:
    """For each template a sentence for each text whose mathematics does not print; one that cannot be drawn has none.

    Needs pandoc and Typst: raises GraderError without them.
    """
    found = limited([Work(partial(_texts, one, functions), one.path) for one in templates], jobs=jobs)
    texts = [[] if isinstance(one, SpecError) else one for one in found]
    wrong = faults({text for some in texts for text in some}, jobs)
    return [
        [f"{template.path}: {wrong[text]}: {text[:120]}" for text in some if text in wrong]
        for template, some in zip(templates, texts, strict=True)
    ]


def faults(texts: Iterable[str], jobs: int = 1) -> dict[str, str]:
    """Text → what is wrong with its mathematics, for those that have a fault."""
    unique = sorted(set(texts))
    pages, markup = convert(unique, "mathml", jobs), convert(unique, "typst", jobs)
    wrong = {text: "pandoc does not understand this mathematics" for text in unique if _LEFT in pages[text]}
    for text, problem in _not_printed([(text, markup[text]) for text in unique if text not in wrong]):
        wrong[text] = f"Typst does not print this: {problem}"
    return wrong


def _not_printed(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Halve until the pieces that fail are alone: a sound bank is compiled once."""
    problem = problem_with([markup for _, markup in pairs]) if pairs else ""
    if not problem:
        return []
    if len(pairs) == 1:
        return [(pairs[0][0], problem)]
    half = len(pairs) // 2
    return _not_printed(pairs[:half]) + _not_printed(pairs[half:])


def _texts(template: Template, functions: Functions) -> list[str]:
    deck, strata = Deck(template, functions), template.strata
    items = [deck.draw(seed, strata[seed % len(strata)].id) for seed in range(_DRAWS)]
    return sorted({text for item in items for text in _shown(item)})


def _shown(item: Item) -> list[str]:
    options = (text for option in item.options for text in (option.text, option.says) if text)
    return [item.stem, item.explain, *options]
