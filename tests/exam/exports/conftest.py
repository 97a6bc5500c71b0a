"""Three forms with everything that is hard to write: two share questions, all have their own order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from grader.exam.form import Exam, Form, FormOption, FormQuestion, Scoring, Section, Taker
from grader.exam.item import Figure
from grader.exam.languages import words

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="120" viewBox="0 0 240 120">'
    '<rect width="240" height="120" fill="white"/>'
    '<path d="M10 110 C 60 20, 120 90, 230 {end}" fill="none" stroke="black" stroke-width="2"/>'
    '<text x="20" y="24" font-family="DejaVu Sans Mono">loss {end}</text></svg>'
)
NAMES = ("*bold* O'Brien =cmd() $x$ #h [link](x)", "Müller, Åse", "مريم <b>&amp;")
HARD = r"""What does `x["a"] = {1: 2} # ~ % :: \n` do if a < b && c > "d" ]]> \frac? Grüße, مرحبا!

~~~python
x = {"a": [1, 2]}   # <b> & ]]> ~=#:%
//y = 2

z = "\n{}"
~~~

$$W = \begin{pmatrix} 1 & -2 \\ 3 & 4 \end{pmatrix}, \quad \hat{y} = \sum_{j=1}^{n} \frac{e^{z_j}}{\sqrt{2}}$$

| layer | $C_{in}$ |
|:------|---------:|
| conv  | $3^2$    |
| ~~fc~~ | 1       |

1. first
2. *second*

> Quoted, once.
"""


def figure(end: int) -> Figure:
    """A drawing; its words need escaping, too."""
    return Figure(svg=SVG.replace("{end}", str(end)), alt=f'A "loss" < 1 & falling to {end}')


def question(
    number: int, slot: int, stem: str, texts: tuple[str, ...], key: int, **more: Any
) -> FormQuestion:
    """A question; each option says why."""
    options = tuple(
        FormOption(
            text=text,
            value=place,
            misconception=None if place == key else f"wrong/{place}",
            says="" if place == key else f"No: $x_{place} < 1$ & {{{place}}}",
        )
        for place, text in enumerate(texts)
    )
    given = dict(
        number=number, slot=slot, section=0 if slot < 3 else 1, template=f"topic-{slot}", topic=f"topic{slot}",
        family="", stratum="all", difficulty=2, minutes=1.0, points=1.0, source="0" * 64, seed="1f", params={},
        stem=stem, figure=None, options=options, permutation=tuple(range(len(texts))), key=key,
        explain=f"Because $a^{slot} = b$ & \"so\"",
    )  # fmt: skip
    return FormQuestion(**(given | more))


def with_figures(number: int, slot: int) -> FormQuestion:
    """A figure below the stem, and each option a picture."""
    one = question(number, slot, "Which curve is it?", ("a", "b", "c"), 2, figure=figure(60), points=2.5)
    shown = [figure(end) for end in (20, 50, 90)]
    return msgspec.structs.replace(
        one,
        options=tuple(
            msgspec.structs.replace(option, text=drawn.alt, figure=drawn)
            for option, drawn in zip(one.options, shown, strict=True)
        ),
    )


def form(
    code: str, name: str, questions: tuple[FormQuestion, ...], scoring: Scoring, minutes: int = 90
) -> Form:
    """A form of the exam."""
    exam = Exam(
        id="midterm-1", title='Deep Learning: A/B & "C" <1>', date="2026-11-24", minutes=90, language="en",
        paper="a4", instructions="**No** phones, $n \\le 1$ pen.", total=6.5, scoring=scoring,
        sections=(
            Section(title="Shapes & sizes", instructions="Count *well*."), Section(title="Curves", instructions=""),
        ),
        strings=words("en"),
        grades={}, cut=None,
    )  # fmt: skip
    taker = Taker(
        id=f"s{code}", name=name, file_name=f"s{code}", extra_time=25 if minutes > 90 else 0, minutes=minutes,
        large_print=False, accessible=False,
    )  # fmt: skip
    return Form(code=code, taker=taker, exam=exam, questions=questions, engine="e", bank="b")


def make(scoring: Scoring | None = None) -> list[Form]:
    """Three forms, not in the order of their codes; slot 1 has two variants, slot 2 three, 3 and 4 one."""
    scoring = scoring or Scoring()
    shapes = ("$\\frac{1}{2}$", "`a<b` {x}", "~0=1#2:%50%", "[1, 2] \\\\ ä ب")
    hard = [
        question(1, 1, HARD.replace("first", which), shapes, key) for which, key in (("one", 1), ("two", 3))
    ]
    sides = [question(2, 2, f"How long is ${n} \\cdot 2$?", ("4", "5"), n % 2, points=2) for n in (1, 2, 3)]
    last = question(4, 4, "Last, with `code`: $x$?", ("yes", "no", "maybe", "$\\bar{x}$", "none"), 4)
    first = (hard[0], sides[0], with_figures(3, 3), last)
    second = (hard[1], sides[1], with_figures(3, 3), last)
    third = (hard[0], sides[2], with_figures(3, 3), last)
    return [
        form("300003", NAMES[2], third, scoring),
        form("100001", NAMES[0], first, scoring),
        form("200002", NAMES[1], second, scoring, minutes=113),
    ]


def unzipped(data: bytes) -> Mapping[str, bytes]:
    """The files of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="session")
def forms() -> list[Form]:
    return make()


@pytest.fixture(scope="session")
def penalised() -> list[Form]:
    return make(Scoring(rule="formula"))
