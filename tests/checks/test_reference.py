"""Loading a reference folder, and variants of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.checks.reference import load
from grader.core.errors import SpecError

SOLUTION = """
COUNT = []

def inner(x):
    return x + 1

def outer(x):
    COUNT.append(x)
    return inner(x) * 2

class Net:
    def forward(self, x):
        return inner(x)
"""
MISCONCEPTIONS = """
from grader.checks import misconception
from . import solution as ref

@misconception("toy.inner/minus", advice="Add, do not subtract.")
def minus(x):
    return ref.inner(x) - 2

@misconception("toy.Net/lazy", advice="Do something.")
class Lazy:
    def forward(self, x):
        return x
"""


def folder(path: Path, solution: str = SOLUTION, misconceptions: str | None = MISCONCEPTIONS) -> Path:
    path.mkdir(exist_ok=True)
    (path / "solution.py").write_text(solution)
    if misconceptions is not None:
        (path / "misconceptions.py").write_text(misconceptions)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load(path)
    return str(caught.value)


def test_misconceptions_come_in_order(tmp_path: Path) -> None:
    """The cards in the order of the file; loading again does not add any."""
    for _ in range(2):
        loaded = load(folder(tmp_path / "toy"))
        assert [card.id for card, _ in loaded.misconceptions] == ["toy.inner/minus", "toy.Net/lazy"]
    assert load(folder(tmp_path / "plain", misconceptions=None)).misconceptions == ()


def test_misconceptions_may_stand_in_several_files(tmp_path: Path) -> None:
    """What misconceptions.py imports declares its own, in the order of the imports, each time it is loaded."""
    path = folder(
        tmp_path / "toy", misconceptions="from . import variants_net, variants_inner  # noqa: F401\n"
    )
    first, _, second = MISCONCEPTIONS.partition('@misconception("toy.Net')
    (path / "variants_inner.py").write_text(first)
    (path / "variants_net.py").write_text(first.partition("@")[0] + '@misconception("toy.Net' + second)
    for _ in range(2):
        assert [card.id for card, _ in load(path).misconceptions] == ["toy.Net/lazy", "toy.inner/minus"]


def test_a_variant_replaces_one_name_for_its_callers(tmp_path: Path) -> None:
    """`outer` of the variant calls the wrong `inner`; the reference itself stays right, and so does its
    state.
    """
    loaded = load(folder(tmp_path / "toy"))
    (minus, code), (lazy, net) = loaded.misconceptions
    variant = loaded.variant(minus, code)
    assert (variant.inner(1), variant.outer(1), variant.Net().forward(1)) == (0, 0, 0)
    assert (loaded.module.inner(1), loaded.module.outer(1)) == (2, 4)
    assert variant.COUNT is not loaded.module.COUNT
    assert loaded.variant(lazy, net).Net().forward(5) == 5


def test_two_folders_of_one_name_do_not_mix(tmp_path: Path) -> None:
    """Two courses may have the same slug; each misconception sees its own solution."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = load(folder(tmp_path / "a" / "toy"))
    second = load(folder(tmp_path / "b" / "toy", SOLUTION.replace("x + 1", "x + 100")))
    assert [loaded.misconceptions[0][1](0) for loaded in (first, second)] == [-1, 98]


def test_names_of_code_cover_functions_and_methods(tmp_path: Path) -> None:
    """Which top-level name a code object belongs to."""
    loaded = load(folder(tmp_path / "toy"))
    names = loaded.names_of_code()
    assert names[loaded.module.inner.__code__] == "inner"
    assert names[loaded.module.Net.forward.__code__] == "Net"


@pytest.mark.parametrize(
    ("solution", "misconceptions", "words"),
    [
        ("def f(:\n", None, ["solution.py:1:", "invalid syntax"]),
        ("x = 1\nx / 0\n", None, ["solution.py:2:", "ZeroDivisionError"]),
        (
            SOLUTION,
            "from . import solution\n\nsolution.nothing\n",
            ["misconceptions.py:3:", "AttributeError"],
        ),
        (
            SOLUTION,
            MISCONCEPTIONS.replace("toy.inner", "toy.other"),
            ["misconceptions.py", "toy.other/minus", "no `other`"],
        ),
        (SOLUTION, MISCONCEPTIONS + MISCONCEPTIONS, ["misconceptions.py", "toy.inner/minus", "twice"]),
        (
            SOLUTION,
            MISCONCEPTIONS.replace("toy.inner/minus", "minus"),
            ['misconception "minus"', "expected an id like"],
        ),
    ],
)
def test_a_faulty_reference_is_named(
    tmp_path: Path, solution: str, misconceptions: str | None, words: list[str]
) -> None:
    """File and line of the fault."""
    text = refusal(folder(tmp_path / "toy", solution, misconceptions))
    for word in words:
        assert word in text, text


def test_a_missing_solution_is_named(tmp_path: Path) -> None:
    """The path and what is expected there."""
    assert "solution.py: expected this file" in refusal(tmp_path)


def test_a_stateful_variant_starts_anew(tmp_path: Path) -> None:
    """Each variant of the module has a memory of its own."""
    source = """
from grader.checks import misconception, stateful

@misconception("toy.inner/remembers", advice="Forget.")
@stateful
def remembers():
    seen = []
    def inner(x):
        seen.append(x)
        return len(seen)
    return inner
"""
    loaded = load(folder(tmp_path / "toy", misconceptions=source))
    ((card, wrong),) = loaded.misconceptions
    for _ in range(2):
        made = loaded.variant(card, wrong)
        assert [made.inner(5), made.inner(5)] == [1, 2]
