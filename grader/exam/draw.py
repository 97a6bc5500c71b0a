"""Draw a question from a template: parameters, key, distractors that are distinct, an order of options."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from grader.core.errors import SpecError
from grader.exam.drawing import picture
from grader.exam.expressions import unbalanced
from grader.exam.functions import Functions
from grader.exam.item import Figure, Item, Option
from grader.exam.template import Statement, Stratum, Template
from grader.exam.values import Kind, kind_of, near, plain, printed

MOST_DRAWS = 2000  # of parameters, until `where` holds
MOST_REDRAWS = 60  # because options were not distinct
MOST_PICTURED = 32  # different draws of a template with drawings: never one per student
Context = dict[str, Any]


class Deck:
    """Draws from one template, again and again; what does not change between draws is looked up once."""

    def __init__(self, template: Template, functions: Functions) -> None:
        self.template, self.functions = template, functions
        self._base = {slug: functions.namespace(slug) for slug in self._slugs()}
        self._wrong: list[tuple[str, str, Context]] | None = None
        self._kept: dict[tuple[int, str], Item] = {}

    def draw(self, seed: int, stratum: str = "") -> Item:
        """The question of this seed; stratum: the id of one, else drawn. Raises SpecError with file and line."""
        if self.template.pictured:  # neighbours may have the same drawing, with other letters
            rng, item = self._generator(seed, "order"), self._pictured(seed % MOST_PICTURED, stratum)
        else:
            rng = self._generator(seed)
            item = self._key_first(rng, stratum)
        places = rng.permutation(len(item.options)).tolist()
        options = tuple(item.options[place] for place in places)
        return replace(item, seed=seed, options=options, key=places.index(0))

    def _generator(self, *seed: int | str) -> np.random.Generator:
        # mixed with the id: else all templates of one seed would have their keys in the same place
        mixed = hashlib.sha256("\0".join(map(str, (self.template.id, *seed))).encode()).digest()
        return np.random.default_rng(int.from_bytes(mixed, "big"))

    def _pictured(self, number: int, stratum: str) -> Item:
        if (number, stratum) not in self._kept:
            self._kept[number, stratum] = self._key_first(self._generator(number), stratum)
        return self._kept[number, stratum]

    def _key_first(self, rng: np.random.Generator, stratum: str) -> Item:
        """A question whose options stand in no order yet."""
        chosen = self._stratum(stratum, rng)
        make = self._numeric if self.template.numeric else self._text
        for redraws in range(MOST_REDRAWS + 1):
            params = self._params(chosen, rng)
            context = self._context(params)
            options = make(context, rng)
            if len(options) == self.template.options:
                return self._item(chosen, params, context, options, redraws)
        raise SpecError(f"{self.template.at('distractors')}: {self._too_few(options)}")

    def _slugs(self) -> list[str]:
        """The references that this template's expressions name."""
        template = self.template
        names = set(template.stem.names | template.explain.names)
        names |= {
            name for one in (*template.right, *template.wrong) for name in one.text.names | one.says.names
        }
        parts = [template.key, *(e for _, e in template.let), *(one.value for one in template.local)]
        parts += [stratum.where for stratum in template.strata]
        if template.figure is not None:
            parts.append(template.figure.of)
            names |= template.figure.alt.names
        names |= {name for part in parts if part is not None for name in part.names}
        return sorted(names & set(self.functions.slugs()))

    def _stratum(self, wanted: str, rng: np.random.Generator) -> Stratum:
        strata = self.template.strata
        named = [one for one in strata if one.id == wanted] if wanted else [strata[rng.integers(len(strata))]]
        if not named:
            known = ", ".join(one.id for one in strata)
            raise SpecError(f'{self.template.at("strata")}: there is no "{wanted}"; known are {known}')
        return named[0]

    def _params(self, stratum: Stratum, rng: np.random.Generator) -> Context:
        for _ in range(MOST_DRAWS):
            params = {name: parameter.draw(rng) for name, parameter in stratum.params.items()}
            if stratum.where is None or stratum.where({**self._base, **params}):
                return params
        raise SpecError(f"{self.template.at('where')}: holds for none of {MOST_DRAWS} draws")

    def _context(self, params: Context) -> Context:
        context = {**self._base, **params}
        for name, value in self.template.let:
            context[name] = value(context)
        return context

    def _numeric(self, context: Context, rng: np.random.Generator) -> list[Option]:
        """The key, then wrong answers: as many as asked for, or all that are distinct, if they are too few."""
        template = self.template
        assert template.key is not None
        value = template.key(context)
        try:
            kind = template.answer.kind or kind_of(value)
            key = self._option(value, kind, None, "")
        except SpecError as error:
            raise error.at(template.key.place) from None
        # before the distractors: else the key would be extreme too often
        rank = int(rng.integers(template.options))
        pool = self._pool(value, key, kind, context)
        if len(pool) < template.options - 1:
            return [key, *pool]
        return [key, *_around(key, pool, rank, template.options - 1, rng)]

    def _option(self, value: Any, kind: Kind, misconception: str | None, says: str) -> Option:
        answer, data = self.template.answer, plain(value)
        drawn = picture(answer.draw, data, small=True) if kind == "picture" else None
        return Option(printed(value, answer, kind), data, misconception, says, drawn)

    def _pool(self, right: Any, key: Option, kind: Kind, context: Context) -> list[Option]:
        """The wrong answers that differ from the key and from each other."""
        answer, values, texts, pool = self.template.answer, [right], {key.text}, list[Option]()
        for name, says, compute in self._candidates(context):
            try:
                value = compute()
                option = self._option(value, kind, name, says)
                if option.text in texts or any(near(value, other, answer, kind) for other in values):
                    continue
            except (SpecError, ArithmeticError, ValueError, TypeError, IndexError):
                continue  # a mistake that gives no answer of this kind here
            values.append(value)
            texts.add(option.text)
            pool.append(option)
        return pool

    def _candidates(self, context: Context) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        for one in self.template.local:
            yield one.id, one.says(context), partial(one.value, context)
        key = self.template.key
        assert key is not None
        for name, says, names in self._misconceptions(context):
            wrong = {**context, **names}
            yield name, says, partial(key, wrong)

    def _misconceptions(self, context: Context) -> list[tuple[str, str, Context]]:
        """(id, advice, {slug: functions under it}) of those whose function the key runs."""
        if self._wrong is None:
            wanted, key = self.template.misconceptions, self.template.key
            assert key is not None
            self._wrong = []
            for slug in self._base if wanted != () else ():
                touched = self.functions.touched(slug, lambda: key(context))
                self._wrong += [
                    (card.id, card.advice, {slug: self.functions.under(card)})
                    for card in self.functions.misconceptions(slug)
                    if (card.function in touched if wanted is None else card.id in wanted)
                ]
            found = {name for name, _, _ in self._wrong}
            unknown = [name for name in wanted or () if name not in found]
            if unknown:
                raise SpecError(
                    f'{self.template.at("distractors")}: "{unknown[0]}" is no misconception of the key\'s functions'
                )
        return self._wrong

    def _text(self, context: Context, rng: np.random.Generator) -> list[Option]:
        """The same for questions in words."""
        template = self.template
        rare, common = (template.right, template.wrong)
        if template.file.ask == "wrong":
            rare, common = common, rare
        key = self._statement(rare[int(rng.integers(len(rare)))], context, key=True)
        order = rng.permutation(len(common))
        pool = _distinct([self._statement(common[place], context, key=False) for place in order], key)
        return [key, *pool[: template.options - 1]]

    def _statement(self, statement: Statement, context: Context, key: bool) -> Option:
        return Option(
            statement.text(context),
            None,
            None if key else statement.misconception or "doubt",
            statement.says(context),
        )

    def _item(
        self, stratum: Stratum, params: Context, context: Context, options: Sequence[Option], redraws: int
    ) -> Item:
        """The question with the key in front; `draw` gives it its seed and mixes the options."""
        file, shown = self.template.file, {**context, "key": options[0].text}
        stem, explain = self.template.stem(shown), self.template.explain(shown)
        for text, place in ((stem, self.template.stem.place), (explain, self.template.explain.place)):
            if problem := unbalanced(text):
                raise SpecError(f"{place}: {problem}: {text[:80]}")
        for option in options:
            if not option.text.strip() or unbalanced(option.text):
                raise SpecError(f"{self.template.path}: an option renders as {option.text!r}")
        return Item(
            template=file.id,
            topic=file.topic,
            family=file.family,
            stratum=stratum.id,
            difficulty=stratum.difficulty,
            minutes=file.minutes,
            points=file.points,
            seed=0,
            params={name: plain(value) for name, value in params.items()},
            stem=stem,
            options=tuple(options),
            key=0,
            explain=explain,
            redraws=redraws,
            figure=self._figure(shown),
        )

    def _figure(self, context: Context) -> Figure | None:
        drawing = self.template.figure
        if drawing is None:
            return None
        try:
            drawn = picture(drawing.draw, plain(drawing.of(context)))
        except SpecError as error:
            raise error.at(drawing.of.place) from None
        return Figure(svg=drawn.svg, alt=drawing.alt({**context, "figure": drawn.alt}))

    def _too_few(self, options: Sequence[Option]) -> str:
        listed = "; ".join(f"{one.text} ({one.misconception or 'key'})" for one in options)
        return (
            f"{len(options)} distinct options in {MOST_REDRAWS + 1} draws, {self.template.options} are needed. "
            f"The last: {listed}"
        )


def _around(
    key: Option, pool: Sequence[Option], rank: int, count: int, rng: np.random.Generator
) -> list[Option]:
    """`count` of the pool, so that the key has this rank among all, or the nearest that the pool allows."""
    shuffled = [pool[place] for place in rng.permutation(len(pool))]
    if not all(isinstance(option.value, (int, float)) for option in (key, *shuffled)):
        return shuffled[:count]
    below = [option for option in shuffled if option.value < key.value]
    above = [option for option in shuffled if option.value >= key.value]
    under = min(max(rank, count - len(above)), len(below))
    return below[:under] + above[: count - under]


def _distinct(options: Sequence[Option], key: Option) -> list[Option]:
    seen, found = {" ".join(key.text.split())}, []
    for option in options:
        text = " ".join(option.text.split())
        if text not in seen:
            seen.add(text)
            found.append(option)
    return found
