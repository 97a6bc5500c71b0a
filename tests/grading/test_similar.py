"""Copies in disguise are found, independent work is not, and the places that match are told."""

from __future__ import annotations

import io
import itertools
import random
import textwrap
import time
import tokenize
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.similarity import DISGUISES, examples, half, handout, renamed
from grader.core.similar import Place
from grader.grading.similar.fingerprints import GRAM, WINDOW, grams, winnowed
from grader.grading.similar.lexer import logical_lines
from grader.grading.similar.normal import passages
from grader.grading.similar.pairs import pairs

ROOT = Path(__file__).parents[2]
RIGHT = ("plain_loops", "closures", "layer_objects", "solution")


@pytest.fixture(scope="module")
def backprop() -> dict[str, str]:
    """Four right submissions that were written independently."""
    found = examples("backprop")
    return {name: found[name] for name in RIGHT}


def names(text: str, *others: str) -> set[tuple[str, str]]:
    """Who is reported of `text` ("text") and the others ("0", "1", …), as files of the backprop assignment."""
    sources = {"text": text, **{str(number): other for number, other in enumerate(others)}}
    found = pairs({name: {"backprop.py": source} for name, source in sources.items()}, handout("backprop"))
    return {(pair.one, pair.other) for pair in found}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_copy_is_found(disguise: str, backprop: dict[str, str]) -> None:
    """Other names, numbers and type hints, another order of functions, unrolled loops: nothing of it hides a copy."""
    for name in RIGHT[:3]:
        assert names(DISGUISES[disguise](backprop[name]), backprop[name]) == {("0", "text")}, name


def test_half_a_copy_is_found(backprop: dict[str, str]) -> None:
    """Half of the functions from one, half from another: both sources may be reported, the first one is."""
    mixed = half(backprop["plain_loops"], backprop["solution"])
    assert ("0", "text") in names(mixed, backprop["plain_loops"], backprop["solution"])


def test_comments_blank_lines_and_docstrings_do_not_hide_a_copy(backprop: dict[str, str]) -> None:
    """Everything that the computer does not read may change, and the share stays whole."""
    source = backprop["closures"]
    noisy = "\n\n".join(f"{line}  # {number}" for number, line in enumerate(source.split("\n")))
    found = pairs({"a": {"x.py": source}, "b": {"y.py": '"""Mine."""\n' + noisy}})
    assert [(pair.one, pair.other, pair.share) for pair in found] == [("a", "b", 1.0)]


@pytest.mark.parametrize("slug", ["backprop", "conv_arithmetic", "lenet", "transposed_conv"])
def test_independent_right_submissions_are_not_reported(slug: str) -> None:
    """The same task, written by different hands, is not a pair."""
    right = {path.stem for path in (ROOT / "reference" / slug / "submissions" / "right").glob("*.py")}
    sources = {
        name: {f"{slug}.py": text} for name, text in examples(slug).items() if name in right | {"solution"}
    }
    assert len(sources) >= 3
    assert pairs(sources, handout(slug)) == ()


def test_the_handout_is_no_evidence() -> None:
    """Two stubs are the same text, and say nothing about who wrote what."""
    given_code = handout("backprop")
    stubs = {name: {f"{n}.py": text for n, text in enumerate(given_code)} for name in ("a", "b")}
    assert pairs(stubs, given_code) == ()
    assert len(pairs(stubs)) == 1


def idiom(number: int) -> str:
    """A function that many write the same way."""
    terms = " + ".join(f"x.sum(axis={axis}) / max(x.shape[{axis}], 1)" for axis in range(6))
    return f"def common(x):\n    return {terms} + {number}\n"


def own(number: int) -> str:
    """A function that no other number has."""
    rng = random.Random(number)
    steps = (
        f"    x = x {rng.choice('+-*/@%')} x.{''.join(rng.choices('abcdefgh', k=3))}(x, y{place * '[0]'})"
        for place in range(9)
    )
    return f"def own(x, y):\n{chr(10).join(steps)}\n    return x\n"


def test_what_much_of_the_class_writes_is_no_evidence() -> None:
    """An idiom alone makes no pair; the two that share more than it do."""
    sources = {f"{number:02d}": {"a.py": own(number) + idiom(number)} for number in range(40)}
    assert pairs(sources) == ()
    sources["copy"] = {"b.py": renamed(sources["07"]["a.py"])}
    assert [(pair.one, pair.other) for pair in pairs(sources)] == [("07", "copy")]


def test_a_solution_that_went_round_is_found_however_many_have_it(backprop: dict[str, str]) -> None:
    """Half of the class with one text is no idiom: whole copies are reported all the same."""
    ring = {f"ring{number}": {"a.py": backprop["closures"]} for number in range(12)}
    alone = {f"own{number}": {"a.py": own(number)} for number in range(12)}
    found = pairs(ring | alone)
    assert {(pair.one, pair.other) for pair in found} == set(itertools.combinations(sorted(ring), 2))
    assert {pair.share for pair in found} == {1.0}


def test_matches_tell_the_lines_of_both() -> None:
    """Each function is found where it stands, in whatever file, and nothing around it is."""
    function = textwrap.dedent(own(12345))
    one = {"a.py": "import math\n\n\n" + function + "\nrest = 1\n"}
    other = {"lib.py": "z = 2\n" + renamed(function), "main.py": "import lib\n"}
    (pair,) = pairs({"one": one, "other": other})
    (match,) = pair.matched
    assert match.one == Place("a.py", 4, 14)
    assert match.other == Place("lib.py", 2, 12)


def test_a_copy_that_no_longer_parses_is_found(backprop: dict[str, str]) -> None:
    """A bracket that was never closed, an odd string and stray characters cost their own lines, no more."""
    lines = backprop["plain_loops"].split("\n")
    lines[30:30] = ["broken = (1, [2,", "text = 'no end", "$ ? \x00 \\"]
    assert names("\n".join(lines), backprop["plain_loops"]) == {("0", "text")}


def test_the_order_of_submissions_and_files_changes_nothing(backprop: dict[str, str]) -> None:
    """Same texts, same pairs."""
    sources = {name: {"b.py": text, "a.py": own(5)} for name, text in backprop.items()}
    sources["copy"] = {"a.py": own(5), "b.py": renamed(backprop["closures"])}
    turned = {name: dict(reversed(files.items())) for name, files in reversed(sources.items())}
    assert pairs(sources) == pairs(turned) != ()


def test_a_thousand_equal_lines_cost_no_more_than_others() -> None:
    """Whoever repeats a line, or hands in a table, does not stop the comparison."""
    table = own(3) + "def table(x):\n" + "    x = f(x, [x, x], x + 1)\n" * 3000
    begun = time.process_time()
    (pair,) = pairs({"a": {"a.py": table}, "b": {"b.py": renamed(table)}})
    assert time.process_time() - begun < 3
    assert pair.matched[-1].one.last == table.count("\n")


def test_no_submissions_and_empty_ones() -> None:
    """Nothing is like nothing."""
    assert pairs({}) == ()
    assert pairs({"a": {}, "b": {"x.py": ""}, "c": {"x.py": "\n# nothing\n"}}) == ()


def test_the_lexer_agrees_with_tokenize() -> None:
    """On every example of an assignment and on this package: the same tokens, lines and logical lines."""
    paths = [*ROOT.glob("reference/backprop/**/*.py"), *ROOT.glob("grader/grading/**/*.py")]
    assert len(paths) > 30
    left_out = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        wanted: list[list[tuple[str, int]]] = [[]]
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE or token.string == ";":
                wanted.append([])
            elif token.type not in left_out:
                wanted[-1].append((token.string, token.start[0]))
        got = [[(token.text, token.line) for token in line.tokens] for line in logical_lines(text)]
        assert got == [line for line in wanted if line], path


@given(st.text(alphabet="ab1.'\"([{}])#\\\n\t :=,;→defclass", max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_stops_the_lexer(text: str) -> None:
    """Whatever was handed in has passages, and no line beyond its last."""
    last = text.count("\n") + 1
    assert all(1 <= line <= last for passage in passages(text) for line in passage.lines)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(x: int = 3, *y: list[int]) -> dict[str, int]:\n return x", "def g(a=1, *b):\n return a"),
        ("a: np.ndarray = np.zeros(3)", "b = np.zeros(4)"),
        ("return (a, b)", "return a, b"),
        ("x = ((a + b)) * c", "x = (a + b) * c"),
        ("f(a, b,)", "f(\n    a,\n    b\n)"),
        ("f = lambda a: a + 1", "g = lambda b: b + 2"),
        ("if a: b = 1; c = 2", "if a:\n    b = 1\n    c = 2"),
        ("self.one, self.two = a, b\nself.one(c)", "me.x, me.y = p, q\nme.x(r)"),
        ("'''Says.'''\nimport os\nx = f'{y}'", "x = 'z'"),
    ],
)
def test_what_does_not_count(one: str, other: str) -> None:
    """Type hints, redundant parentheses, trailing commas, layout, imports, docstrings, names of one's own."""
    first, second = ([word for part in passages(text) for word in part.words] for text in (one, other))
    assert first == second


def test_names_of_libraries_count() -> None:
    """`x.sum` cannot be renamed, so it tells more than a name."""
    assert passages("y = x.sum()")[0].words != passages("y = x.max()")[0].words
    assert passages("y = max(x)")[0].words != passages("y = min(x)")[0].words


def test_winnowing_finds_every_long_run() -> None:
    """Two texts that share GRAM + WINDOW - 1 words share a fingerprint; at most every word gives one."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        shared = rng.integers(1, 9, GRAM + WINDOW - 1, dtype=np.uint64)
        found = []
        for _ in range(2):
            before, after = (rng.integers(1, 9, int(rng.integers(0, 40)), dtype=np.uint64) for _ in range(2))
            hashes = grams(np.concatenate([before, shared, after]))
            found.append(set(hashes[winnowed(hashes)].tolist()))
        assert found[0] & found[1]
    assert len(winnowed(grams(np.ones(GRAM - 1, dtype=np.uint64)))) == 0
    assert len(winnowed(grams(np.ones(GRAM, dtype=np.uint64)))) == 1
