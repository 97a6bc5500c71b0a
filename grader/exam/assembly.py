"""From a blueprint to slots: which templates an exam has, so that no fact is asked twice and every form is as hard.

A slot is a place of the exam that every student has: its topic, difficulty and stratum are fixed. With parallel forms
its template is fixed, too; with sampled ones each student's is another of the same topic, difficulty and stratum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from grader.core.errors import SpecError
from grader.exam.bank import Bank
from grader.exam.blueprint import Blueprint, SectionPlan
from grader.exam.template import Template

_PAIRINGS = 300  # of topics and difficulties, until there are templates for all of them
_SAMPLES = 500  # of a form's templates, until it takes as long as the others
MINUTES_APART = 0.05  # of the exam's minutes: how far a form may be from the others


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template with the stratum that it would be drawn from."""

    template: Template
    stratum: str
    difficulty: int

    @property
    def enemies(self) -> str:
        """Of the questions with this name an exam holds one."""
        return self.template.file.family or self.template.id

    @property
    def cell(self) -> tuple[str, int, str]:
        """Topic, difficulty, stratum: forms have equally many questions of each."""
        return self.template.file.topic, self.difficulty, self.stratum


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of the exam. number: from 1; section: index; points: of its question."""

    number: int
    section: int
    candidate: Candidate
    points: float


@dataclass(frozen=True, slots=True)
class Seat:
    """A question that a section still needs: a topic, and a difficulty or None; or the very question."""

    section: int
    topic: str
    difficulty: int | None = None
    question: str = ""

    def takes(self, one: Candidate) -> bool:
        """Whether this candidate may sit here."""
        if self.question:
            return one.template.id == self.question and self.difficulty in (None, one.difficulty)
        return one.template.file.topic == self.topic and self.difficulty in (None, one.difficulty)


def assemble(
    blueprint: Blueprint, bank: Bank, used: Collection[str], rng: np.random.Generator
) -> tuple[Slot, ...]:
    """The exam's slots, by section. used: ids of templates that earlier exams had.

    Raises SpecError: an unknown topic or question, or fewer templates than the blueprint asks for, with the numbers.
    """
    pool = [one for one in candidates(bank) if _allowed(one, blueprint, used)]
    _known(blueprint, bank, pool)
    for _ in range(_PAIRINGS):
        seats = [
            seat for index, plan in enumerate(blueprint.sections) for seat in _seats(index, plan, pool, rng)
        ]
        found = match([[one for one in pool if seat.takes(one)] for seat in seats], rng)
        if found is not None:
            return tuple(
                Slot(number, seat.section, one, _points(blueprint.sections[seat.section], one))
                for number, (seat, one) in enumerate(zip(seats, found, strict=True), 1)
            )
    raise SpecError(_too_few(blueprint, pool))


def sample(
    slots: Sequence[Slot], bank: Bank, used: Collection[str], rng: np.random.Generator
) -> tuple[Slot, ...]:
    """Another form with as many questions of each topic, difficulty and stratum, in as much time.

    Raises SpecError if the bank's templates of these cells cannot be combined so that the minutes fit.
    """
    pool = [one for one in candidates(bank) if one.template.id not in used]
    places = [[one for one in pool if one.cell == slot.candidate.cell] for slot in slots]
    wanted = minutes(slots)
    for _ in range(_SAMPLES):
        found = match(places, rng)
        if found is None:
            break
        form = tuple(
            Slot(slot.number, slot.section, one, slot.points) for slot, one in zip(slots, found, strict=True)
        )
        if abs(minutes(form) - wanted) <= MINUTES_APART * wanted:
            return form
    raise SpecError(
        f"$.forms: sampled: {_SAMPLES} forms were drawn, none within {MINUTES_APART:.0%} of {wanted:g} minutes; "
        "use parallel forms, or a mix with more templates"
    )


def minutes(slots: Sequence[Slot]) -> float:
    """What the authors of these questions expect a good student to need."""
    return sum(slot.candidate.template.file.minutes for slot in slots)


def candidates(bank: Bank) -> list[Candidate]:
    """Every template of the bank with each of its strata."""
    return [
        Candidate(template, stratum.id, stratum.difficulty)
        for template in bank.templates
        for stratum in template.strata
    ]


def match(places: Sequence[Sequence[Candidate]], rng: np.random.Generator) -> list[Candidate] | None:
    """One candidate for each place, no two of them enemies; None if there is no such choice.

    A maximum bipartite matching of places and families, in a random order. Source: augmenting paths, Kuhn 1955.
    """
    shuffled = [[place[index] for index in rng.permutation(len(place))] for place in places]
    held: dict[str, int] = {}  # family → place

    def seat(place: int, tried: set[str]) -> bool:
        for one in shuffled[place]:
            if one.enemies not in tried:
                tried.add(one.enemies)
                if one.enemies not in held or seat(held[one.enemies], tried):
                    held[one.enemies] = place
                    return True
        return False

    if not all(seat(place, set()) for place in range(len(places))):
        return None
    chosen = {place: family for family, place in held.items()}
    return [
        next(one for one in shuffled[place] if one.enemies == chosen[place]) for place in range(len(places))
    ]


def _allowed(one: Candidate, blueprint: Blueprint, used: Collection[str]) -> bool:
    named = any(one.template.id in section.questions for section in blueprint.sections)
    tagged = any(tag in blueprint.exclude_tags for tag in one.template.file.tags)
    return named or (one.template.id not in used and not tagged)


def _seats(index: int, plan: SectionPlan, pool: Sequence[Candidate], rng: np.random.Generator) -> list[Seat]:
    """The section's seats: named questions first, then topics and difficulties paired at random."""
    topics = _topics(plan, rng)
    levels: list[int | None] = [level for level, count in plan.difficulty.items() for _ in range(count)]
    levels = levels or [None] * plan.count
    levels = [levels[place] for place in rng.permutation(len(levels))]
    seats = []
    for name in plan.questions:
        one = next(one for one in pool if one.template.id == name)
        level = next((level for level in levels if level in (None, one.difficulty)), levels[0])
        levels.remove(level)
        topic = one.template.file.topic
        topics.remove(topic if topic in topics else topics[0])
        seats.append(Seat(index, topic, level, name))
    return seats + [Seat(index, topic, level) for topic, level in zip(topics, levels, strict=True)]


def _topics(plan: SectionPlan, rng: np.random.Generator) -> list[str]:
    """A topic for each question: as often as the plan says, or as evenly as possible."""
    if isinstance(plan.topics, dict):
        return [topic for topic, count in plan.topics.items() for _ in range(count)]
    order = [plan.topics[index] for index in rng.permutation(len(plan.topics))]
    return [order[number % len(order)] for number in range(plan.count)]


def _points(plan: SectionPlan, one: Candidate) -> float:
    return one.template.file.points if plan.points is None else plan.points


def _known(blueprint: Blueprint, bank: Bank, pool: Sequence[Candidate]) -> None:
    for number, section in enumerate(blueprint.sections):
        for topic in section.topics:
            if topic not in bank.topics():
                raise SpecError(
                    f'$.sections[{number}].topics: there is no topic "{topic}"; known are {", ".join(bank.topics())}'
                )
        for name in section.questions:
            place, levels = (
                f"$.sections[{number}].questions",
                [one.difficulty for one in pool if one.template.id == name],
            )
            if not levels:
                raise SpecError(f'{place}: there is no question "{name}"; see: grader exam list')
            if section.difficulty and not set(levels) & set(section.difficulty):
                raise SpecError(
                    f'{place}: "{name}" has difficulty {levels[0]}, which `difficulty:` does not ask for'
                )


def _too_few(blueprint: Blueprint, pool: Sequence[Candidate]) -> str:
    """What was asked for, and how many there are, by topic and difficulty."""
    lines = ["$.sections: the bank has too few questions, or too many of them ask the same fact"]
    for number, section in enumerate(blueprint.sections):
        asked = ", ".join(f"{count} of difficulty {level}" for level, count in section.difficulty.items())
        lines.append(
            f"  sections[{number}] asks for {section.count} questions{f' ({asked})' if asked else ''}; there are"
        )
        for topic in section.topics:
            families = Counter(
                level for level, _ in {(one.difficulty, one.enemies) for one in pool if one.cell[0] == topic}
            )
            have = (
                ", ".join(f"{families[level]} of difficulty {level}" for level in sorted(families)) or "none"
            )
            share = f" (asked for {section.topics[topic]})" if isinstance(section.topics, dict) else ""
            lines.append(f"    {topic}{share}: {have}")
    lines.append(
        "  questions of one family count once; those of sections above are taken, excluded ones left out"
    )
    return "\n".join(lines)
