"""Mathematics that would not print is found before an exam is built."""

from __future__ import annotations

from grader.exam.functions import Functions
from grader.exam.mathematics import faults, unprintable
from tests.exam.conftest import question


def test_faults_are_found_among_sound_texts() -> None:
    """An unknown command is named; sound formulas, old names of symbols and code are not."""
    sound = [
        r"$x \odot y \otimes z \oplus w$",
        r"$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$",
        r"$$\sum_{i=1}^n \frac{\partial L}{\partial w_i} \ddot{x} \lfloor y \rfloor$$",
        "`dot.circle` and $5 \\cdot 3$, #not-a-function and @nobody",
        "# no heading\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    ]
    broken = r"the rate $\nosuchcommand{3}$"
    found = faults([*sound, broken])
    assert list(found) == [broken]
    assert "pandoc does not understand" in found[broken]


def test_the_lint_names_the_file(functions: Functions) -> None:
    """Each template has its own problems, in order; one that cannot be drawn has none here: the draws tell it."""
    good, bad = question(), question(explain=r"It is $\undefinedthing{2}$.")
    undrawable = question(key="shapes.nothing(n)")
    assert unprintable([good, undrawable, bad], functions) == [
        [],
        [],
        [r"bank/area.md.j2: pandoc does not understand this mathematics: It is $\undefinedthing{2}$."],
    ]
