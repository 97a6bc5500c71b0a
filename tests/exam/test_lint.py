"""The lint finds what an exam must not have, and nothing in sound templates; its worker holds limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from grader.core.errors import SpecError, UsageError
from grader.exam.bank import misconceptions, open_bank
from grader.exam.functions import Functions
from grader.exam.lint import Finding, lint, unknown_misconceptions
from grader.exam.skeleton import create
from grader.exam.statistics import chi2_tail, uniform_p
from grader.exam.template import parse
from grader.exam.worker import Work, limited

from .conftest import AREA, question
from .test_draw import WORDS

BOTH_SIDES = (
    "[" + ", ".join(f'{{id: "d{k}", expr: "n + {k}", says: "."}}' for k in (-3, -2, -1, 1, 2, 3)) + "]"
)


@pytest.fixture
def linted(functions: Functions) -> Callable[..., Finding]:
    """linted(seeds, **changed): the finding of the changed question."""
    return lambda seeds=300, text=AREA, **changed: lint(question(text, **changed), functions, seeds)


def test_a_sound_template_has_no_findings(linted: Callable[..., Finding]) -> None:
    """Many variants, no collision, no habit of the key."""
    found = linted(key="n", distractors=BOTH_SIDES)
    assert found.problems == []
    assert (found.collisions, found.redraw_rate) == (0, 0.0)
    assert found.variants > 200


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"distractors": BOTH_SIDES.replace("n +", "n * m + 9 +")},
            "smallest or largest option in",
        ),
        ({"key": "shapes.area(n, q)"}, "area.md.j2:8: key: `q` is not known here"),
        ({"where": "z > 3"}, "area.md.j2:7: where: `z` is not known here"),
        ({"let": "{a: b, b: n}"}, "`b` is not known here"),
        ({"explain": "<< nobody >>"}, "`nobody` is not known here"),
        ({"explain": "$<< n >>"}, "a $ without its partner"),
        ({"distractors": "[]"}, "distinct options in 61 draws"),
        ({"params": "{n: 5..6, m: [6, 7, 8]}", "where": "m < 8"}, "never drawn: m = 8"),
        ({"lint": "{allow: {key-funny: because}}"}, 'there is no rule "key-funny"'),
    ],
)
def test_what_is_wrong_is_said(linted: Callable[..., Finding], changed: Any, says: str) -> None:
    """Each with the file, and where there is one the line."""
    text = "\n".join(linted(**changed).problems)
    assert says in text


def test_longest_keys_are_found_in_words(linted: Callable[..., Finding]) -> None:
    """A true statement that is always the longest gives itself away, unless there is a reason."""
    text = WORDS.replace(
        "It is zero or one.", "It is zero on the left of zero and one on the right."
    ).replace("It is never negative.", "It is never negative since the function never falls.")
    assert "the key is the longest option in 100% of the draws" in linted(text=text).problems[0]
    assert linted(text=text, lint='{allow: {key-longest: "it has to say more"}}').problems == []


def test_misconceptions_of_words_are_registered(root: Path) -> None:
    """Each id of a false statement has its sentence in question_bank/misconceptions.yaml."""
    (root / "question_bank" / "misconceptions.yaml").write_text(
        "slope-one: The slope is taken as one everywhere.\n"
    )
    known = misconceptions(root)
    problems = unknown_misconceptions(parse(WORDS, "relu.md.j2"), known)
    assert [problem.split('"')[1] for problem in problems] == [
        "slope-half",
        "slope-none",
        "slope-x",
        "slope-y",
    ]
    (root / "question_bank" / "misconceptions.yaml").write_text("- a list\n")
    with pytest.raises(SpecError, match="expected ids, each with a sentence"):
        misconceptions(root)


def test_the_skeleton_lints(root: Path, functions: Functions) -> None:
    """What `grader new question` writes is sound as it is; nothing is overwritten, odd names are refused."""
    path = create(root, "demo/first-one")
    (template,) = open_bank(root).templates
    assert lint(template, functions, 1000).problems == []
    for name in ("demo/first-one", "demo", "Demo/x", "../x/y", "demo/"):
        with pytest.raises(UsageError):
            create(root, name)
    assert path.exists()


def test_the_bank_tells_broken_files_from_sound_ones(root: Path) -> None:
    """One broken file does not hide the others; name, folder and id belong together; ids are unique."""
    create(root, "demo/good")
    for name, text in {
        "no-matter.md.j2": "just text",
        "no-yaml.md.j2": "---\nid: [\n---\nstem",
        "other-name.md.j2": AREA,
        "not-utf8.md.j2": "",
    }.items():
        (root / "question_bank" / "demo" / name).write_text(text)
    (root / "question_bank" / "demo" / "not-utf8.md.j2").write_bytes(b"\xff\xfe")
    bank = open_bank(root)
    assert [template.id for template in bank.templates] == ["good"]
    said = dict(bank.broken)
    assert "expected front matter" in said["question_bank/demo/no-matter.md.j2"]
    assert "no-yaml.md.j2:3: not YAML" in said["question_bank/demo/no-yaml.md.j2"]
    assert 'expected "other-name" as the file is called' in said["question_bank/demo/other-name.md.j2"]
    assert "is not UTF-8" in said["question_bank/demo/not-utf8.md.j2"]
    with pytest.raises(UsageError, match='no topic "x"; known are demo'):
        bank.only("x")
    with pytest.raises(UsageError, match='no question "x"'):
        bank.only(ids=["x"])
    create(root, "other/good")
    said = dict(open_bank(root).broken)
    assert 'id: "good" is used in question_bank/demo/good' in said["question_bank/other/good.md.j2"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"difficulty": "9"}, "area.md.j2:4: difficulty: expected 1 to 5, got 9"),
        ({"difficulty": "hard"}, "area.md.j2:4: $.difficulty: expected `int`"),
        ({"minutes": "0"}, "minutes: expected minutes above 0"),
        ({"colour": "red"}, "colour: unknown key; allowed are id, topic"),
        ({"params": "{n: 20...64}"}, "area.md.j2:6: params.n: expected a range such as"),
        ({"explain": ""}, "explain: expected a sentence or two"),
        ({"key": ""}, "expected `key:` for a computed question"),
        ({"distractors": ""}, "distractors: expected `misconceptions`"),
        ({"options": "1"}, "options: expected 2 to 8"),
        ({"id": "Area 5"}, "id: expected small letters"),
    ],
)
def test_front_matter_is_checked_key_by_key(changed: Any, says: str) -> None:
    """Place, value, what is allowed."""
    with pytest.raises(SpecError) as error:
        question(AREA, **changed)
    assert says in str(error.value)


def test_words_need_enough_statements() -> None:
    """Two true and five false ones, and a misconception for each false one."""
    with pytest.raises(SpecError, match="expected at least 5 statements, got 4"):
        parse("\n".join(line for line in WORDS.split("\n") if "slope-one" not in line), "w")
    with pytest.raises(SpecError, match="every false statement needs its `misconception:`"):
        parse(WORDS.replace("misconception: slope-x, ", ""), "w")


def test_an_endless_loop_is_stopped_with_its_place(functions: Functions) -> None:
    """CPU and memory limits hold; the others' results are there."""
    loop = question(key="9 ** 9 ** 9 ** 9")  # never comes back to Python
    memory = question(key="len([0] * (n * 10**9))")
    sound = question(key="n", distractors=BOTH_SIDES)
    work = [Work(lambda one=one: lint(one, functions, 40), one.path) for one in (loop, sound, memory)]  # type: ignore[misc]
    first, second, third = limited(work, cpu=1.0, memory=1 << 28, jobs=2)
    assert isinstance(first, SpecError)
    assert "area.md.j2:8: key: " in str(first)
    assert second.problems == []
    assert "MemoryError" in "".join(third.problems) or isinstance(third, SpecError)


def test_a_process_that_dies_is_a_finding() -> None:
    """Killed from outside, or ended by itself: the file is named."""
    import os

    (found,) = limited([Work(lambda: os._exit(3), "bank/x.md.j2")])
    assert "bank/x.md.j2: the evaluation was stopped" in str(found)


@given(st.floats(0, 200), st.integers(1, 12))
def test_the_tail_of_chi2_is_scipys(x: float, degrees: int) -> None:
    """For every number of options that a question may have."""
    assert math.isclose(chi2_tail(x, degrees), stats.chi2.sf(x, degrees), rel_tol=1e-9, abs_tol=1e-15)


@given(st.lists(st.integers(0, 300), min_size=2, max_size=8))
def test_uniformity_is_scipys(counts: list[int]) -> None:
    """Pearson's test against equal expectations."""
    expected = stats.chisquare(counts).pvalue if sum(counts) else 1.0
    assert math.isclose(uniform_p(counts), expected, rel_tol=1e-9, abs_tol=1e-12)
