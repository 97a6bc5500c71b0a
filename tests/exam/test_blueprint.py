"""Blueprints: what they may say, and what is said of those that say something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from grader.core.errors import SpecError, UsageError
from grader.exam.blueprint import Blueprint, parse, read_blueprint
from grader.exam.languages import languages, words

GOOD = {
    "id": "mid",
    "title": "Midterm",
    "duration": 30,
    "sections": [{"title": "One", "topics": ["shapes"], "count": 3, "difficulty": {1: 1, 2: 2}}],
}


def blueprint(**changed: object) -> Blueprint:
    """The good one with these keys changed."""
    return parse(yaml.safe_dump({**GOOD, **changed}), "mid.yaml")


def section(**changed: object) -> Blueprint:
    """The good one with these keys of its section changed."""
    return blueprint(sections=[{**GOOD["sections"][0], **changed}])  # type: ignore[index]


def test_ten_lines_are_enough() -> None:
    """Everything but id, title, duration and sections has a sensible value."""
    found = blueprint()
    assert (found.forms, found.language, found.paper, found.exclude_tags) == (
        "parallel",
        "en",
        "a4",
        ["trivia"],
    )
    assert found.scoring.rule == "number-right"
    exam = blueprint(date="2027-01-20", strings={"name": "Family name"}).exam(6.0)
    assert (exam.date, exam.strings["name"], exam.strings["page"], exam.total) == (
        "2027-01-20",
        "Family name",
        "Page",
        6.0,
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "Mid Term"}, '$.id: expected small letters, digits and dashes, got "Mid Term"'),
        ({"duration": 0}, "$.duration: expected minutes from 1 to 600, got 0"),
        ({"duration": "long"}, "$.duration: expected `int`, got `str`"),
        ({"colour": 1}, "$: object contains unknown field `colour`"),
        ({"language": "xx"}, '$.language: expected one of de, en, got "xx"'),
        ({"strings": {"nmae": "x"}}, '$.strings: unknown string "nmae"; known are name, number'),
        ({"instructions": "costs $5"}, "$.instructions: a $ without its partner"),
        ({"cut": 120}, "$.cut: expected percent from 0 to 100, got 120"),
        (
            {"grades": {"A": 50, "B": 80}},
            "$.grades: expected the least percentage of each grade, from the best",
        ),
        ({"sections": []}, "$.sections: expected at least one section"),
        ({"forms": "random"}, "$.forms: invalid enum value 'random'"),
        ({"title": "bell \x07"}, "mid.yaml"),
    ],
)
def test_what_a_blueprint_may_not_say(changed: dict[str, object], said: str) -> None:
    """File, key, what is allowed and what stands there."""
    with pytest.raises(SpecError) as caught:
        blueprint(**changed)
    assert str(caught.value).startswith("mid.yaml")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"count": 0}, "sections[0].count: expected at least one question"),
        ({"count": 4}, "sections[0].difficulty: the numbers add up to 3, count is 4"),
        ({"difficulty": {6: 3}}, "sections[0].difficulty: expected difficulties 1 to 5, got 6"),
        ({"topics": {"shapes": 2}}, "sections[0].topics: the numbers add up to 2, count is 3"),
        ({"questions": ["a", "b", "c", "d"]}, "sections[0].questions: 4 questions are named, count is 3"),
        ({"points": -1}, "sections[0].points: expected points above 0 with at most two decimals, got -1"),
        (
            {"topics": ["shapes"], "count": 300, "difficulty": {}},
            "$.sections: expected at most 200 questions",
        ),
    ],
)
def test_what_a_section_may_not_say(changed: dict[str, object], said: str) -> None:
    """The section is named by its place."""
    with pytest.raises(SpecError) as caught:
        section(**changed)
    assert said in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """A missing file, a folder, and broken YAML are plain sentences."""
    with pytest.raises(UsageError, match="there is no such blueprint"):
        read_blueprint(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="expected a blueprint"):
        read_blueprint(tmp_path)
    (tmp_path / "b.yaml").write_text("id: [")
    with pytest.raises(SpecError, match=r"b\.yaml:\d+: not YAML"):
        read_blueprint(tmp_path / "b.yaml")


def test_every_language_has_the_same_strings() -> None:
    """A form can be printed in any language that there is a file for."""
    assert languages() == ["de", "en"]
    assert words("de").keys() == words("en").keys()
    assert all(text.strip() for language in languages() for text in words(language).values())
