"""assignment.yaml: what it may say, and what is said of anything else: place, value, what is allowed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.assignment import AssignmentFile, parse
from grader.core.errors import SpecError

GOOD: dict[str, Any] = {"title": "T", "points": 10, "files": ["a.py"]}


def refusal(keys: object) -> str:
    with pytest.raises(SpecError) as caught:
        parse("tiny", keys)
    return str(caught.value)


def test_defaults() -> None:
    """Three keys are enough."""
    spec = parse("tiny", GOOD)
    assert (spec.slug, spec.points, spec.entry, spec.packages) == ("tiny", Fraction(10), "a.py", ("numpy",))
    assert spec.limits.cpu > 0
    assert spec.limits_of("test_x") == spec.limits


def test_a_check_inherits_what_it_does_not_override() -> None:
    """limits.checks.<id> changes single limits of the assignment's own."""
    limits = {"cpu": "5s", "memory": "1GiB", "checks": {"test_train": {"cpu": "30s"}}}
    spec = parse("tiny", {**GOOD, "limits": limits})
    assert (spec.limits.cpu, spec.limits.memory) == (5.0, 1 << 30)
    assert (spec.limits_of("test_train").cpu, spec.limits_of("test_train").memory) == (30.0, 1 << 30)
    assert spec.limits_of("test_other").cpu == 5.0


def test_manual_items() -> None:
    """Parts that a person marks have an id, a title and points."""
    spec = parse("tiny", {**GOOD, "manual": [{"id": "essay", "title": "Essay", "points": 3}]})
    assert spec.manual[0].points == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": 3}, ["$.title", "str", "int"]),
        ({"points": "ten"}, ["$.points", "int", "str"]),
        ({"points": 0}, ["$.points", "above 0", "0"]),
        ({"points": -5}, ["$.points", "above 0", "-5"]),
        ({"points": 1.5}, ["$.points", "int", "float"]),
        ({"points": True}, ["$.points", "int", "bool"]),
        ({"points": None}, ["$.points"]),
        ({"files": []}, ["$.files", "at least one"]),
        ({"files": "a.py"}, ["$.files", "array", "str"]),
        ({"files": [3]}, ["$.files[0]", "str", "int"]),
        ({"files": ["../a.py"]}, ["$.files", "plain file name", "../a.py"]),
        ({"files": ["x/a.py"]}, ["$.files", "plain file name"]),
        ({"files": [".."]}, ["$.files"]),
        ({"files": ["a.py", ".."]}, ["$.files", "plain file name"]),
        ({"files": ["a.py", "a.py"]}, ["$.files", "a.py"]),
        ({"files": ["data.txt"]}, ["$.files[0]", "Python file", "data.txt"]),
        ({"packages": {"numpy": 1}}, ["$.packages", "array"]),
        ({"limit": {}}, ["$.limit", "unknown key", "limits", "packages"]),
        ({"limits": {"cpu": 10}}, ["$.limits.cpu", "10s", "10"]),
        ({"limits": {"cpu": "0s"}}, ["$.limits.cpu", "0s"]),
        ({"limits": {"memory": "lots"}}, ["$.limits.memory", "2GiB", "lots"]),
        ({"limits": {"disk": "1GiB"}}, ["$.limits.disk", "cpu, wall, memory, processes, files, output"]),
        ({"limits": {"processes": "many"}}, ["$.limits.processes", "1 to 4096", "many"]),
        ({"limits": {"checks": ["test_x"]}}, ["$.limits.checks", "check ids"]),
        ({"limits": {"checks": {"test_x": "30s"}}}, ["$.limits.checks", "limits below it"]),
        ({"limits": {"checks": {"test_x": {"cpu": 3}}}}, ["$.limits.checks.test_x.cpu", "10s", "3"]),
        (
            {"limits": {"checks": {"test_x": {"cpuu": "3s"}}}},
            ["$.limits.checks.test_x.cpuu", "unknown limit"],
        ),
        ({"limits": [1]}, ["$.limits", "object", "array"]),
        ({"limits": None}, ["$.limits"]),
        ({"mutates": [1]}, ["$.mutates[0]"]),
        ({"manual": [{"id": "x"}]}, ["$.manual[0]", "title"]),
        (
            {"manual": [{"id": "x", "title": "y", "points": 1, "rubrik": ""}]},
            ["$.manual[0].rubrik", "unknown key", "rubric"],
        ),
        ({"manual": [{"id": "x", "title": "y", "points": -1}]}, ["$.manual[0].points", "-1"]),
        (
            {"manual": 2 * [{"id": "x", "title": "y", "points": 1}]},
            ["$.manual[1].id", "each id once", "x"],
        ),
    ],
)
def test_a_faulty_key_is_named(change: dict[str, Any], words: list[str]) -> None:
    """The path of the key, what was found, what is allowed."""
    text = refusal({**GOOD, **change})
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("name", ["title", "points", "files"])
def test_a_missing_key_is_named(name: str) -> None:
    """Three keys are required."""
    assert name in refusal({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("keys", [None, [], "text", 3, [GOOD], {1: 2}, {"title": "T", 3: 4}])
def test_something_other_than_keys_is_refused(keys: object) -> None:
    """An empty file, a list, a text, keys that are no text."""
    assert refusal(keys)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(AssignmentFile.__struct_fields__), ANYTHING)
def test_any_value_of_any_key_is_accepted_or_refused(name: str, value: object) -> None:
    """Nothing in the file raises anything but SpecError."""
    try:
        parse("tiny", {**GOOD, name: value})
    except SpecError as error:
        told = str(error)
        assert told


@given(ANYTHING, ANYTHING)
def test_any_limits_are_accepted_or_refused(one: object, two: object) -> None:
    """The same for what stands under limits."""
    for limits in ({"cpu": one, "checks": two}, {"checks": {"test_x": one}}, one):
        try:
            parse("tiny", {**GOOD, "limits": limits})
        except SpecError as error:
            told = str(error)
            assert told
