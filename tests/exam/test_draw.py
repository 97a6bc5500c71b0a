"""Draws: reproducible, distinct, explained; every fault of a file is named with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.errors import SpecError
from grader.exam.draw import Deck

from .conftest import AREA

WORDS = """\
---
id: relu
topic: act
difficulty: 1
minutes: 1
right:
  - {text: It is zero or one., says: "Left and right of zero."}
  - {text: It is never negative., says: "Zero or one."}
wrong:
  - {text: It is always one., misconception: slope-one, says: "Left of zero it is 0."}
  - {text: It is the input., misconception: slope-x, says: "That is ReLU itself."}
  - {text: It is the output., misconception: slope-y, says: "That is ReLU itself."}
  - {text: It is one half., misconception: slope-half, says: "Nowhere."}
  - {text: It is undefined., misconception: slope-none, says: "At zero only."}
explain: The slope is 0 left of zero and 1 right of it.
---
What is true of the derivative of ReLU?
"""


@given(seed=st.integers(0, 2**62))
@settings(max_examples=60)
def test_a_draw_is_a_sound_question(deck_of_area: Deck, seed: int) -> None:
    """For any seed: four options, all different, one key, which is right; the same seed gives the same question."""
    item = deck_of_area.draw(seed)
    assert item == deck_of_area.draw(seed)
    texts = [option.text for option in item.options]
    assert len(set(texts)) == len(texts) == 4
    n, m = item.params["n"], item.params["m"]
    assert item.options[item.key].value == n * m
    assert [option.misconception is None for option in item.options].index(True) == item.key
    assert n != m
    assert f"${n}$ by ${m}$" in item.stem
    assert f"= {n * m}$, that is ${n * m}$" in item.explain


@pytest.fixture(scope="module")
def deck_of_area(tmp_path_factory: pytest.TempPathFactory) -> Deck:
    from grader.exam.functions import Functions

    from .conftest import MISCONCEPTIONS, SOLUTION, question

    folder = tmp_path_factory.mktemp("reference") / "shapes"
    folder.mkdir()
    (folder / "solution.py").write_text(SOLUTION)
    (folder / "misconceptions.py").write_text(MISCONCEPTIONS)
    return Deck(question(), Functions(folder.parent))


def test_distractors_are_the_misconceptions_of_what_the_key_calls(deck: Callable[..., Deck]) -> None:
    """Those of `area`, also where the key calls it through another function; never those of `double`."""
    direct = {option.misconception for seed in range(20) for option in deck().draw(seed).options}
    assert direct == {None, "shapes.area/added", "shapes.area/perimeter", "shapes.area/square"}
    says = {option.misconception: option.says for option in deck().draw(0).options}
    assert says["shapes.area/added"] == "Multiply the sides."
    through = deck(key="shapes.half(n)", where="", options="2").draw(0)
    assert all(
        (option.misconception or "shapes.area/").startswith("shapes.area/") for option in through.options
    )


def test_chosen_and_local_distractors(deck: Callable[..., Deck]) -> None:
    """A list takes only the ids that it names, and wrong answers of this question alone."""
    chosen = '[shapes.area/added, {id: n-only, expr: n, says: "Both sides."}, {id: m-only, expr: m, says: "Both."}]'
    item = deck(distractors=chosen).draw(3)
    assert {option.misconception for option in item.options} == {
        None,
        "shapes.area/added",
        "n-only",
        "m-only",
    }


def test_options_that_coincide_are_drawn_again(deck: Callable[..., Deck]) -> None:
    """A wrong answer that equals the key or another one is dropped; with too few left, the draw is repeated."""
    local = '[{id: a, expr: "n + m", says: "."}, {id: b, expr: "m + 7", says: "."}, {id: c, expr: "1", says: "."}]'
    items = [deck(distractors=local, params="{n: 5..9, m: 6..9}", where="").draw(seed) for seed in range(60)]
    assert all(item.params["n"] != 7 for item in items)  # there a and b are one
    assert sum(item.redraws for item in items) > 0


def test_too_few_options_are_listed(deck: Callable[..., Deck]) -> None:
    """A template that cannot give enough says which options it had, and whose they are."""
    local = '[{id: same, expr: "n * m", says: "."}, {id: sum, expr: "n + m", says: "."}]'
    with pytest.raises(SpecError) as error:
        deck(distractors=local).draw(0)
    text = str(error.value)
    assert text.startswith("bank/area.md.j2:9: distractors: 2 distinct options in 61 draws, 4 are needed")
    assert "(key)" in text
    assert "(sum)" in text


def test_the_key_is_anywhere(deck: Callable[..., Deck]) -> None:
    """All four positions, and with mistakes on both sides all ranks, come about equally often."""
    local = (
        "[" + ", ".join(f'{{id: "d{k}", expr: "n + {k}", says: "."}}' for k in (-3, -2, -1, 1, 2, 3)) + "]"
    )
    items = [deck(key="n", distractors=local).draw(seed) for seed in range(400)]
    for counts in (Counter(item.key for item in items), Counter(item.rank for item in items)):
        assert set(counts) == {0, 1, 2, 3}
        assert min(counts.values()) > 60


def test_templates_of_one_seed_are_independent(deck: Callable[..., Deck]) -> None:
    """The same seed puts the keys of different templates in different places."""
    ids = [f"area-{number}" for number in range(60)]
    places = Counter(deck(id=name).draw(5).key for name in ids)
    assert max(places.values()) < 30


def test_words_take_one_true_and_three_false(deck: Callable[..., Deck]) -> None:
    """And the other way round when the wrong statement is asked for."""
    items = [deck(WORDS).draw(seed) for seed in range(60)]
    assert {item.options[item.key].text for item in items} == {"It is zero or one.", "It is never negative."}
    assert {o.misconception for item in items for o in item.options if o.misconception} == {
        "slope-one", "slope-x", "slope-y", "slope-half", "slope-none",
    }  # fmt: skip
    turned = WORDS.replace("right:", "ask: wrong\nright:").replace(
        "wrong:\n  - {text: It is always",
        '  - {text: It jumps., says: "At zero."}\nwrong:\n  - {text: It is always',
    )
    item = deck(turned).draw(1)
    assert item.options[item.key].misconception is None
    assert item.options[item.key].text.startswith("It is ")
    assert len({option.text for option in item.options}) == 4


def test_strata_fix_parameters_and_difficulty(deck: Callable[..., Deck]) -> None:
    """A stratum replaces parameters, condition and difficulty; an unknown one is named with those that there are."""
    strata = (
        "[{id: small, params: {n: 5..6}, difficulty: 1}, {id: large, params: {n: 19..20}, where: n > 19}]"
    )
    found = deck(strata=strata)
    small, large = found.draw(1, "small"), found.draw(1, "large")
    assert (small.difficulty, large.difficulty) == (1, 2)
    assert small.params["n"] in (5, 6)
    assert large.params["n"] == 20
    assert {found.draw(seed).stratum for seed in range(20)} == {"small", "large"}
    with pytest.raises(SpecError, match='there is no "medium"; known are small, large'):
        found.draw(1, "medium")


def test_facts_serve_where_a_solution_imports_torch(deck: Callable[..., Deck]) -> None:
    """Keys never import torch: `heavy.seven` comes from facts.py, `heavy.never` is not known."""
    local = "[" + ", ".join(f'{{id: "d{k}", expr: "{k}", says: "."}}' for k in (1, 2, 3)) + "]"
    assert deck(key="heavy.seven()", distractors=local).draw(0).options
    with pytest.raises(SpecError, match=r"area\.md\.j2:8: key: .*never"):
        deck(key="heavy.never(3)", distractors=local).draw(0)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"key": "shapes.area(n, q)"}, "area.md.j2:8: key: .*'q' is undefined"),
        ({"key": "shapes.volume(n)"}, "area.md.j2:8: key: .*has no attribute 'volume'"),
        ({"key": "shapes._product(n, m)"}, "area.md.j2:8: key: .*_product"),
        ({"key": "n / 0"}, "area.md.j2:8: key: ZeroDivisionError"),
        ({"key": "str(n).__class__.__mro__"}, "area.md.j2:8: key: .*__class__"),
        ({"key": "shapes.area.__globals__"}, "area.md.j2:8: key: .*__globals__"),
        (
            {"key": "shapes.double(X).tofile('/tmp/x')", "params": "{X: 'vector(2, 1..3)'}", "where": ""},
            "key: .*tofile",
        ),
        ({"key": "n +"}, "area.md.j2:8: key: .*in `n \\+`"),
        ({"key": "[n, 'x']"}, "an option cannot be of type list"),
        ({"where": "n > 100"}, "area.md.j2:7: where: holds for none of 2000 draws"),
        ({"explain": "$n"}, "area.md.j2:10: explain: a \\$ without its partner"),
        ({"explain": "<< undefined_name >>"}, "area.md.j2:10: explain: 'undefined_name' is undefined"),
        ({"distractors": "[shapes.area/none]"}, '"shapes.area/none" is no misconception of the key'),
    ],
)
def test_faults_are_named_with_file_and_line(deck: Callable[..., Deck], changed: Any, says: str) -> None:
    """Unknown names, attribute walks, files written by arrays, conditions that never hold, broken mathematics."""
    with pytest.raises(SpecError, match=says):
        deck(AREA, **changed).draw(0)
