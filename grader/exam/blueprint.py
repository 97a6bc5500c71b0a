"""The blueprint: what an exam consists of, as its instructor writes it; checked key by key."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from grader.core.errors import SpecError, UsageError
from grader.exam.expressions import unbalanced
from grader.exam.form import Exam, Scoring, Section
from grader.exam.languages import languages, words
from grader.exam.template import ID

MOST_QUESTIONS = 200


class SectionPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section. count: its questions; topics: from which, as a list (spread evenly) or with a number for each.

    difficulty: how many of each (1 to 5), or none: as they come. questions: ids that must be among them.
    points: of each question, or None: as their authors say.
    """

    title: str
    topics: list[str] | dict[str, int]
    count: int
    difficulty: dict[int, int] = msgspec.field(default_factory=dict)
    questions: list[str] = msgspec.field(default_factory=list)
    points: float | None = None
    instructions: str = ""


class Shuffle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether each form has its own order of the questions in a section, and of the options of a question."""

    questions: bool = True
    options: bool = True


class Blueprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An exam as it is planned; docs/exams.md explains each key."""

    id: str
    title: str
    duration: int
    sections: list[SectionPlan]
    date: str = ""
    language: str = "en"
    strings: dict[str, str] = msgspec.field(default_factory=dict)
    paper: Literal["a4", "letter"] = "a4"
    instructions: str = ""
    total: float | None = None
    scoring: Scoring = msgspec.field(default_factory=Scoring)
    forms: Literal["parallel", "sampled"] = "parallel"
    shuffle: Shuffle = msgspec.field(default_factory=Shuffle)
    exclude: list[str] = msgspec.field(default_factory=list)
    exclude_tags: list[str] = msgspec.field(default_factory=lambda: ["trivia"])
    grades: dict[str, float] = msgspec.field(default_factory=dict)
    cut: float | None = None

    @property
    def count(self) -> int:
        """All questions."""
        return sum(section.count for section in self.sections)

    def exam(self, total: float) -> Exam:
        """What all forms share, once the points are known."""
        return Exam(
            id=self.id,
            title=self.title,
            date=self.date,
            minutes=self.duration,
            language=self.language,
            paper=self.paper,
            instructions=self.instructions,
            total=total,
            scoring=self.scoring,
            sections=tuple(Section(title=one.title, instructions=one.instructions) for one in self.sections),
            strings={**words(self.language), **self.strings},
            grades=self.grades,
            cut=self.cut,
        )


def read_blueprint(path: Path) -> Blueprint:
    """The blueprint of this file. Raises UsageError if there is none, SpecError with the place in it."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such blueprint") from None
    except (IsADirectoryError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: expected a blueprint, a YAML file: {error}") from None


def parse(text: str, shown: str) -> Blueprint:
    """The blueprint of this YAML. Raises SpecError, which names file and key."""
    try:
        keys = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SpecError(
            f"{shown}{f':{mark.line + 1}' if mark else ''}: not YAML: {getattr(error, 'problem', None) or error}"
        ) from None
    if isinstance(keys, dict) and isinstance(keys.get("date"), datetime.date):
        keys["date"] = keys["date"].isoformat()
    try:
        blueprint = msgspec.convert(keys, Blueprint)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at ")
        raise SpecError(f"{shown}: {place.strip('`') or '$'}: {what[0].lower()}{what[1:]}") from None
    try:
        _check(blueprint)
    except SpecError as error:
        raise error.at(shown) from None
    return blueprint


def _check(blueprint: Blueprint) -> None:
    if not ID.fullmatch(blueprint.id):
        raise SpecError(f'$.id: expected small letters, digits and dashes, got "{blueprint.id}"')
    if not 1 <= blueprint.duration <= 600:
        raise SpecError(f"$.duration: expected minutes from 1 to 600, got {blueprint.duration}")
    if blueprint.language not in languages():
        raise SpecError(
            f'$.language: expected one of {", ".join(languages())}, got "{blueprint.language}"; '
            "other words for any string go into `strings:`"
        )
    for name in blueprint.strings:
        if name not in words(blueprint.language):
            raise SpecError(
                f'$.strings: unknown string "{name}"; known are {", ".join(words(blueprint.language))}'
            )
    _sound("$.title", blueprint.title)
    _sound("$.instructions", blueprint.instructions)
    if blueprint.cut is not None and not 0 <= blueprint.cut <= 100:
        raise SpecError(f"$.cut: expected percent from 0 to 100, got {blueprint.cut:g}")
    limits = list(blueprint.grades.values())
    if limits != sorted(limits, reverse=True) or any(not 0 <= limit <= 100 for limit in limits):
        raise SpecError(
            "$.grades: expected the least percentage of each grade, from the best to the worst, 100 to 0"
        )
    if not blueprint.sections:
        raise SpecError("$.sections: expected at least one section")
    for number, section in enumerate(blueprint.sections):
        _check_section(section, f"$.sections[{number}]")
    if blueprint.count > MOST_QUESTIONS:
        raise SpecError(
            f"$.sections: expected at most {MOST_QUESTIONS} questions in all, got {blueprint.count}"
        )


def _check_section(section: SectionPlan, place: str) -> None:
    _sound(f"{place}.title", section.title)
    _sound(f"{place}.instructions", section.instructions)
    if section.count < 1:
        raise SpecError(f"{place}.count: expected at least one question, got {section.count}")
    if not section.topics:
        raise SpecError(f"{place}.topics: expected at least one topic")
    if isinstance(section.topics, dict) and sum(section.topics.values()) != section.count:
        raise SpecError(
            f"{place}.topics: the numbers add up to {sum(section.topics.values())}, count is {section.count}"
        )
    if section.difficulty and sum(section.difficulty.values()) != section.count:
        raise SpecError(
            f"{place}.difficulty: the numbers add up to {sum(section.difficulty.values())}, count is {section.count}"
        )
    for level in section.difficulty:
        if not 1 <= level <= 5:
            raise SpecError(f"{place}.difficulty: expected difficulties 1 to 5, got {level}")
    if any(number < 0 for number in section.difficulty.values()):
        raise SpecError(f"{place}.difficulty: expected numbers of questions, 0 or more")
    if len(section.questions) > section.count:
        raise SpecError(
            f"{place}.questions: {len(section.questions)} questions are named, count is {section.count}"
        )
    if section.points is not None and not (section.points > 0 and round(section.points, 2) == section.points):
        raise SpecError(
            f"{place}.points: expected points above 0 with at most two decimals, got {section.points:g}"
        )


def _sound(place: str, text: str) -> None:
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        raise SpecError(f"{place}: holds a control character")
    if problem := unbalanced(text):
        raise SpecError(f"{place}: {problem}")
