"""From blueprint to slots: the mix that was asked for, no fact twice, and what is said when the bank is too small."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import SpecError
from grader.exam.assembly import Candidate, assemble, match, minutes, sample
from grader.exam.bank import Bank
from grader.exam.blueprint import Blueprint, parse
from tests.exam.conftest import question


def bank(*rows: tuple[str, str, int, str, float]) -> Bank:
    """Templates (id, topic, difficulty, family, minutes)."""
    return Bank(
        tuple(
            question(
                id=name,
                topic=topic,
                difficulty=str(level),
                minutes=str(time),
                **({"family": family} if family else {}),
            )
            for name, topic, level, family, time in rows
        )
    )


BANK = bank(
    ("a1", "a", 1, "", 1.0),
    ("a2", "a", 2, "twins", 1.0),
    ("a3", "a", 2, "twins", 2.0),
    ("a4", "a", 3, "", 2.0),
    ("b1", "b", 1, "", 1.0),
    ("b2", "b", 2, "", 1.0),
    ("b3", "b", 2, "", 1.0),
    ("b4", "b", 3, "twins", 3.0),
)


def plan(*sections: str, **keys: str) -> Blueprint:
    """A blueprint with these sections, each the inside of a YAML mapping."""
    lines = [f"{key}: {value}" for key, value in {"id": "x", "title": "X", "duration": "30", **keys}.items()]
    return parse(
        "\n".join([*lines, "sections:", *(f"  - {{title: S, {one}}}" for one in sections)]), "x.yaml"
    )


def assembled(blueprint: Blueprint, seed: int = 0, used: tuple[str, ...] = ()) -> list[str]:
    slots = assemble(blueprint, BANK, used, np.random.default_rng(seed))
    assert [slot.number for slot in slots] == list(range(1, len(slots) + 1))
    return [slot.candidate.template.id for slot in slots]


def test_the_mix_is_what_was_asked_for() -> None:
    """Counts per topic and difficulty hold for every seed; other seeds give other templates."""
    blueprint = plan(
        "topics: {a: 2, b: 2}, count: 4, difficulty: {1: 2, 2: 1, 3: 1}", "topics: [b], count: 1"
    )
    found = set()
    for seed in range(30):
        slots = assemble(blueprint, BANK, (), np.random.default_rng(seed))
        first = [slot.candidate for slot in slots if slot.section == 0]
        assert Counter(one.template.file.topic for one in first) == {"a": 2, "b": 2}
        assert Counter(one.difficulty for one in first) == {1: 2, 2: 1, 3: 1}
        enemies = [slot.candidate.enemies for slot in slots]
        assert len(set(enemies)) == len(enemies)
        found.add(tuple(slot.candidate.template.id for slot in slots))
    assert len(found) > 2


def test_enemies_never_meet_even_if_only_one_choice_is_left() -> None:
    """a2, a3 and b4 ask one fact: where b4 is the only one of its cell, the other section must do without a2 and a3."""
    for seed in range(20):
        names = assembled(plan("topics: [a], count: 2", "topics: [b], count: 1, difficulty: {3: 1}"), seed)
        assert sorted(names) == ["a1", "a4", "b4"]
    with pytest.raises(SpecError, match="questions of one family count once"):
        assembled(
            plan("topics: [b], count: 1, difficulty: {3: 1}", "topics: [a], count: 1, difficulty: {2: 1}")
        )


def test_too_few_questions_are_counted() -> None:
    """The message says how many there are, per topic and difficulty."""
    with pytest.raises(SpecError) as caught:
        assembled(plan("topics: [a, b], count: 9, difficulty: {1: 5, 2: 4}"))
    said = str(caught.value)
    assert "sections[0] asks for 9 questions (5 of difficulty 1, 4 of difficulty 2)" in said
    assert "a: 1 of difficulty 1, 1 of difficulty 2, 1 of difficulty 3" in said
    assert "b: 1 of difficulty 1, 2 of difficulty 2, 1 of difficulty 3" in said


def test_named_used_and_tagged_questions() -> None:
    """A named question is in; one of an earlier exam, or with an excluded tag, is not, unless it is named."""
    assert "a4" in assembled(plan("topics: [a], count: 2, questions: [a4]"))
    for seed in range(10):
        assert "b2" not in assembled(plan("topics: [b], count: 3"), seed, ("b2",))
    with pytest.raises(SpecError, match='there is no topic "c"; known are a, b'):
        assembled(plan("topics: [c], count: 1"))
    with pytest.raises(SpecError, match='there is no question "zz"; see: grader exam list'):
        assembled(plan("topics: [a], count: 1, questions: [zz]"))
    with pytest.raises(SpecError, match='"a4" has difficulty 3, which `difficulty:` does not ask for'):
        assembled(plan("topics: [a], count: 1, questions: [a4], difficulty: {1: 1}"))
    tagged = Bank((question(id="t1", tags="[trivia]"), question(id="t2")))
    wanted = plan("topics: [shapes], count: 1")
    chosen = {
        assemble(wanted, tagged, (), np.random.default_rng(seed))[0].candidate.template.id
        for seed in range(9)
    }
    assert chosen == {"t2"}


def test_sampled_forms_have_the_same_cells_and_time() -> None:
    """Each student's templates differ, their topics, difficulties and (nearly) minutes do not."""
    pool = bank(*((f"q{n}", "a", 1 + n % 2, "", 1.0 + 0.05 * (n % 3)) for n in range(12)))
    slots = assemble(
        plan("topics: [a], count: 4, difficulty: {1: 2, 2: 2}"), pool, (), np.random.default_rng(1)
    )
    forms = [sample(slots, pool, (), np.random.default_rng(seed)) for seed in range(20)]
    assert len({tuple(slot.candidate.template.id for slot in form) for form in forms}) > 5
    for form in forms:
        assert [slot.candidate.cell for slot in form] == [slot.candidate.cell for slot in slots]
        assert abs(minutes(form) - minutes(slots)) <= 0.05 * minutes(slots)
    uneven = bank(("x", "a", 1, "", 1.0), ("y", "a", 1, "", 9.0))
    one = assemble(plan("topics: [a], count: 1, questions: [x]"), uneven, (), np.random.default_rng(0))
    only_y = Bank(uneven.templates[1:])
    with pytest.raises(SpecError, match="none within 5% of 1 minutes"):
        sample(one, only_y, (), np.random.default_rng(0))


@given(st.lists(st.lists(st.integers(0, 7), max_size=5), max_size=7), st.integers(0, 2**32))
def test_a_match_is_found_exactly_if_there_is_one(places: list[list[int]], seed: int) -> None:
    """Against brute force: different candidates for all places, or None when no such choice exists."""
    pool = [
        Candidate(template, "", 1)
        for template in bank(*((f"m{n}", "a", 1, "", 1.0) for n in range(8))).templates
    ]
    found = match([[pool[index] for index in place] for place in places], np.random.default_rng(seed))

    def possible(left: list[list[int]], taken: frozenset[int]) -> bool:
        return not left or any(possible(left[1:], taken | {one}) for one in left[0] if one not in taken)

    assert (found is not None) == possible(places, frozenset())
    if found is not None:
        assert len({one.template.id for one in found}) == len(places)
        assert all(
            one.template.id in {f"m{index}" for index in place}
            for one, place in zip(found, places, strict=True)
        )
