"""Practice: endless questions whose answers are explained at once, and none of them is a question of an exam."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from grader.core.errors import SpecError, UsageError
from grader.exam.draw import Deck
from grader.exam.form import LETTERS
from grader.exam.functions import Functions
from grader.exam.item import Item
from grader.exam.readable import readable, wrapped
from grader.exam.seeds import EXAM_BIT
from grader.exam.template import Template
from grader.exam.worker import Work, limited

_STARTS = EXAM_BIT // 2  # the first seeds; as many follow before one of an exam's could come
_CHUNK = 8  # questions drawn at a time in the terminal


def held_back(template: Template) -> bool:
    """Whether practice must not show it: its file says so, or it could be learnt by heart.

    That are questions in words, and pictured ones, of which there are few: an exam may show the same drawing.
    """
    if template.file.practice is not None:
        return not template.file.practice
    return template.pictured or not template.numeric


def offered(templates: Iterable[Template]) -> list[Template]:
    """Those that practice may show. Raises UsageError if there are none."""
    found = [template for template in templates if not held_back(template)]
    if not found:
        raise UsageError(
            "no question here is for practice; `practice: true` in a question's file releases it"
        )
    return found


def seeds(start: int) -> Iterator[int]:
    """Seeds from `start`, which is taken modulo 2^62, upwards: without the bit that every seed of an exam has."""
    return iter(range(start % _STARTS, EXAM_BIT))


def draws(
    templates: Sequence[Template], functions: Functions, count: int, start: int, jobs: int = 1
) -> list[list[Item]]:
    """`count` questions of each template, in processes under limits. Raises SpecError for one that cannot be drawn."""

    def drawn(template: Template) -> list[Item]:
        deck = Deck(template, functions)
        return [deck.draw(seed) for seed in islice(seeds(start), count)]

    found = limited([Work(partial(drawn, template), template.path) for template in templates], jobs=jobs)
    for one in found:
        if isinstance(one, SpecError):
            raise one
    return found


def endless(templates: Sequence[Template], functions: Functions, start: int) -> Iterator[Item]:
    """A question of every template in a shuffled order, then again, with other numbers and in another order."""
    rng = random.Random(start)
    for seed in seeds(start):
        order = rng.sample(list(templates), len(templates))
        for first in range(0, len(order), _CHUNK):
            for (item,) in draws(order[first : first + _CHUNK], functions, 1, seed):
                yield item


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and the index of the option that was chosen."""

    item: Item
    chosen: int

    @property
    def right(self) -> bool:
        return self.chosen == self.item.key


def practise(
    items: Iterable[Item], answer: Callable[[str], str], show: Callable[[str], None]
) -> list[Answered]:
    """Ask and explain until the items or the answers end, or the answer is q; then show a summary.

    answer: gives what is typed after a prompt, such as `input`; EOFError and KeyboardInterrupt end the practice.
    """
    given: list[Answered] = []
    for item in items:
        text = readable([item.stem, item.explain, *(t for o in item.options for t in (o.text, o.says))])
        show(f"\n{_question(item, text)}\n")
        chosen = _choice(item, answer, show)
        if chosen is None:
            break
        given.append(Answered(item, chosen))
        show(f"\n{_reply(given[-1], text)}\n\n{sum(one.right for one in given)} of {len(given)} right")
    show(f"\n{summary(given)}")
    return given


def _question(item: Item, text: dict[str, str]) -> str:
    options = [
        wrapped(text[option.text], f"  {letter}  ", "     ")
        for letter, option in zip(LETTERS, item.options, strict=False)
    ]
    above = [f"{item.topic}, difficulty {item.difficulty}", text[item.stem]]
    if item.figure:
        above.append(f"[{item.figure.alt}]")
    return "\n\n".join([*map(wrapped, above), "\n".join(options)])


def _choice(item: Item, answer: Callable[[str], str], show: Callable[[str], None]) -> int | None:
    """The index of the option, None to stop; asks again until it is one of these."""
    letters = LETTERS[: len(item.options)]
    while True:
        try:
            typed = answer(f"Your answer (A-{letters[-1]}, q to stop): ").strip().upper()
        except (EOFError, KeyboardInterrupt):
            return None
        if typed == "Q":
            return None
        if len(typed) == 1 and typed in letters:
            return letters.index(typed)
        show(f'"{typed}" is none of {", ".join(letters)}; q stops')


def _reply(one: Answered, text: dict[str, str]) -> str:
    option, explained = one.item.options[one.chosen], text[one.item.explain]
    if one.right:
        return wrapped(f"Right. {explained}")
    mistake = f"{LETTERS[one.chosen]} ({option.misconception}): {text[option.says]}"
    return wrapped(f"Wrong: {LETTERS[one.item.key]} is right.\n{mistake}\n{explained}")


def summary(given: Sequence[Answered]) -> str:
    """Right and asked by topic, then the mistakes that were met, the most frequent first."""
    if not given:
        return "Nothing answered."
    asked = Counter(one.item.topic for one in given)
    right = Counter(one.item.topic for one in given if one.right)
    met = Counter(one.item.options[one.chosen].misconception for one in given if not one.right)
    width = max(map(len, asked))
    lines = [f"{topic:<{width}}  {right[topic]} of {asked[topic]} right" for topic in sorted(asked)]
    if met:
        ranked = sorted(met.items(), key=lambda pair: (-pair[1], str(pair[0])))
        lines += ["", "Mistakes met:", *(f"  {count} × {name}" for name, count in ranked)]
    return "\n".join(lines)
