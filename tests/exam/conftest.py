"""A small course with a reference, its misconceptions and an empty bank; questions from text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.exam.draw import Deck
from grader.exam.functions import Functions
from grader.exam.template import Template, parse

SOLUTION = """
import numpy as np

def area(n, m):
    return _product(n, m)

def half(n):
    return area(n, 1) / 2

def _product(n, m):
    return n * m

def double(X):
    return 2 * X
"""
MISCONCEPTIONS = """
from grader.checks import misconception
from . import solution as ref

@misconception("shapes.area/added", advice="Multiply the sides.")
def added(n, m):
    return n + m

@misconception("shapes.area/perimeter", advice="That is the way around.")
def perimeter(n, m):
    return 2 * (n + m)

@misconception("shapes.area/refuses", advice="Zero is a side, too.")
def refuses(n, m):
    raise ValueError(n)

@misconception("shapes.area/square", advice="The sides differ.")
def square(n, m):
    return n * n

@misconception("shapes.double/halved", advice="Twice, not half.")
def halved(X):
    return X / 2
"""
TORCH = "import torch\n\ndef never(x):\n    return x\n"
FACTS = 'def seven():\n    """Seven."""\n    return 7\n'
AREA = """\
---
id: area
topic: shapes
difficulty: 2
minutes: 1.5
params: {n: 5..20, m: 6..30}
where: n != m
key: shapes.area(n, m)
distractors: misconceptions
explain: It is $<< n >> \\cdot << m >> = << n * m >>$, that is << key >>.
---
How large is a rectangle of $<< n >>$ by $<< m >>$?
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with the references `shapes` and `heavy` (which imports torch, and has facts)."""
    for slug, source in (("shapes", SOLUTION), ("heavy", TORCH)):
        (tmp_path / "reference" / slug).mkdir(parents=True)
        (tmp_path / "reference" / slug / "solution.py").write_text(source)
    (tmp_path / "reference" / "shapes" / "misconceptions.py").write_text(MISCONCEPTIONS)
    (tmp_path / "reference" / "heavy" / "facts.py").write_text(FACTS)
    (tmp_path / "assignments").mkdir()
    (tmp_path / "question_bank").mkdir()
    return tmp_path


@pytest.fixture
def functions(root: Path) -> Functions:
    return Functions(root / "reference")


def question(text: str = AREA, **changed: str) -> Template:
    """The template of this text; `key="…"` replaces the line of a key of the front matter, "" removes it."""
    lines = text.split("\n")
    for key, value in changed.items():
        at = next((i for i, line in enumerate(lines) if line.startswith(f"{key}:")), 1)
        old = lines[at].startswith(f"{key}:")
        lines[at : at + old] = [f"{key}: {value}"] if value else []
    return parse("\n".join(lines), "bank/area.md.j2")


@pytest.fixture
def deck(functions: Functions) -> Callable[..., Deck]:
    """deck(text, **changed) draws from a question."""
    return lambda text=AREA, **changed: Deck(question(text, **changed), functions)
