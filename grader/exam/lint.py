"""Is a template fit for an exam? Many draws, looked at as a suspicious reader would."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from grader.core.errors import SpecError
from grader.exam.draw import MOST_PICTURED, Deck
from grader.exam.functions import Functions
from grader.exam.item import Item
from grader.exam.parameters import Choice
from grader.exam.statistics import uniform_p
from grader.exam.template import Template

RULES = ("key-extreme", "key-longest", "key-in-alt", "coverage", "redraws")
P_VALUE = 1e-4  # of the key's position: right banks fail once in ten thousand templates
EXTREME = (0.25, 0.75)  # how often the key may be the smallest or largest value
LONGEST = 0.5  # how often it may be the longest option, alone
IN_ALT = 0.25  # how often it, but not every other option, may stand in the words for the figure
REDRAWS = 0.5  # draws thrown away per draw kept
_MANY = 30  # draws that a statistical rule needs
_REPORTED = 12  # parameter values listed in a message


@dataclass(slots=True)
class Finding:
    """What the lint says of one template. `ok` without problems."""

    id: str
    collisions: int = 0
    redraw_rate: float = 0.0
    variants: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def lint(template: Template, functions: Functions, seeds: int) -> Finding:
    """Draw with the seeds 0 … and look for what an exam must not have."""
    found, began = Finding(template.id), time.process_time()
    found.problems += names_that_do_not_resolve(template, functions)
    if not found.problems:
        try:
            _look(template, _drawn(template, functions, seeds), found)
        except SpecError as error:
            found.problems.append(str(error))
    found.seconds = time.process_time() - began
    return found


def _drawn(template: Template, functions: Functions, seeds: int) -> list[Item]:
    """With strata every one of them in turn; of drawings, each with every stratum."""
    deck, strata = Deck(template, functions), template.strata
    rounds = MOST_PICTURED if template.pictured else max(1, seeds)
    return [deck.draw(seed, strata[(seed + seed // rounds) % len(strata)].id) for seed in range(seeds)]


def unknown_misconceptions(template: Template, known: Collection[str]) -> list[str]:
    """A sentence for each false statement whose misconception is not in the bank's list."""
    names = [one.misconception for one in template.wrong]
    missing = sorted({name for name in names if name and name not in known})
    place = template.at("wrong")
    return [
        f'{place}: "{name}" is not in question_bank/misconceptions.yaml; add it with a sentence'
        for name in missing
    ]


def names_that_do_not_resolve(template: Template, functions: Functions) -> list[str]:
    """A sentence for each name in an expression that nothing gives."""
    slugs, problems = set(functions.slugs()), list[str]()
    params = {name for stratum in template.strata for name in stratum.params}
    known = slugs | params
    parts = [(stratum.where, params) for stratum in template.strata if stratum.where is not None]
    for name, value in template.let:
        parts.append((value, set(known)))
        known.add(name)
    parts += [(value, known) for value in (template.key, *(one.value for one in template.local)) if value]
    for value, names in parts:
        assert value is not None
        problems += [
            f"{value.place}: `{name}` is not known here" for name in sorted(value.names - names - slugs)
        ]
    if template.figure is not None:
        parts.append((template.figure.of, known))
    statements = (*template.right, *template.wrong)
    texts = [
        template.stem,
        template.explain,
        *(one.text for one in statements),
        *(one.says for one in statements),
    ]
    texts += [one.says for one in template.local]
    if template.figure is not None:
        texts.append(template.figure.alt)
    for text in texts:
        problems += [
            f"{text.place}: `{name}` is not known here"
            for name in sorted(text.names - known - {"key", "figure"})
        ]
    return problems


def _look(template: Template, items: Sequence[Item], found: Finding) -> None:
    found.collisions = sum(_alike(item) for item in items)
    found.redraw_rate = sum(item.redraws for item in items) / max(1, len(items))
    found.variants = len({_content(item) for item in items})
    if found.collisions:
        found.problems.append(f"{template.path}: {found.collisions} draws have two options that look alike")
    if len(items) < _MANY:
        return
    p = uniform_p([Counter(item.key for item in items)[place] for place in range(template.options)])
    if p < P_VALUE:
        found.problems.append(f"{template.path}: the key's position is not uniform (p = {p:.1g})")
    for rule, text in _habits(template, items, found):
        if rule not in template.file.lint.allow:
            found.problems.append(
                f"{template.path}: {text}; mend it, or give a reason in `lint: {{allow: {{{rule}: …}}}}`"
            )
    unknown = [rule for rule in template.file.lint.allow if rule not in RULES]
    if unknown:
        found.problems.append(
            f'{template.at("lint")}: there is no rule "{unknown[0]}"; known are {", ".join(RULES)}'
        )


def _habits(template: Template, items: Sequence[Item], found: Finding) -> list[tuple[str, str]]:
    """(rule, what is wrong): what a student who knows nothing could use, and parameters that never come."""
    habits = []
    ranks = [item.rank for item in items]
    if template.numeric and None not in ranks:
        extreme = sum(rank in (0, template.options - 1) for rank in ranks) / len(items)
        if not EXTREME[0] <= extreme <= EXTREME[1]:
            habits.append(
                ("key-extreme", f"the key is the smallest or largest option in {extreme:.0%} of the draws")
            )
    longest = sum(_alone_longest(item) for item in items) / len(items)
    if longest > LONGEST:
        habits.append(("key-longest", f"the key is the longest option in {longest:.0%} of the draws"))
    leaks = sum(_in_alt(item) for item in items) / len(items)
    if leaks > IN_ALT:
        habits.append(
            ("key-in-alt", f"the figure's alt says the key, and not all options, in {leaks:.0%} of the draws")
        )
    if found.redraw_rate > REDRAWS:
        text = (
            f"{found.redraw_rate:.2f} draws are thrown away for each that is kept, because options coincide"
        )
        habits.append(("redraws", text))
    if absent := _never(template, items):
        habits.append(("coverage", f"never drawn: {', '.join(absent[:_REPORTED])}"))
    return habits


def _alike(item: Item) -> bool:
    texts = {option.text for option in item.options}
    pictures = [option.figure.svg for option in item.options if option.figure]
    return len(texts) < len(item.options) or len(set(pictures)) < len(pictures)


def _in_alt(item: Item) -> bool:
    """Whether the words for the figure tell the key from other options."""
    if item.figure is None:
        return False
    alt, *options = (_words(text) for text in (item.figure.alt, *(option.text for option in item.options)))
    told = [option != " " and option in alt for option in options]
    return told[item.key] and not all(told)


def _words(text: str) -> str:
    """The words and numbers of a text between spaces: so that one is found as a whole."""
    return " ".join(["", *re.findall(r"[-\w.]+", text), ""])


def _alone_longest(item: Item) -> bool:
    if item.options[item.key].figure is not None:
        return False  # of a picture nobody sees how long its description is
    lengths = [len(option.text) for option in item.options]
    return lengths[item.key] == max(lengths) and lengths.count(max(lengths)) == 1


def _never(template: Template, items: Sequence[Item]) -> list[str]:
    """Values of choices that no draw had."""
    absent = []
    for stratum in template.strata:
        drawn = [item.params for item in items if item.stratum == stratum.id]
        for name, parameter in stratum.params.items():
            if isinstance(parameter, Choice) and len(drawn) >= 20 * parameter.count:
                seen = {str(params[name]) for params in drawn}
                wanted = [
                    value if not isinstance(value, tuple) else list(value) for value in parameter.values
                ]
                absent += [f"{name} = {value}" for value in wanted if str(value) not in seen]
    return absent


def _content(item: Item) -> tuple[str, str, frozenset[str]]:
    """What makes two draws the same question: stem, figure and options, in any order."""
    return (
        item.stem,
        item.figure.svg if item.figure else "",
        frozenset(option.text for option in item.options),
    )
