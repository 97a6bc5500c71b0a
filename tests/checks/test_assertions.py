"""The comparisons that check authors use, each run on a right and on a wrong submission."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, ensure, pure, raises, redraw
from grader.checks.run import CheckFailed
from grader.checks.student import StudentMissing, StudentRaised

DOUBLE = "def f(x):\n    return x * 2"
TRIPLE = "def f(x):\n    return x * 3"


def agrees(student: Any, rng: Any) -> None:
    agree(student.f, rng.normal(size=(3, 2)))


def test_agree_passes_a_right_answer_and_returns_it(trial: Any) -> None:
    """Another way to the same values is right; the student's value is returned."""
    seen = []

    def body(student: Any, rng: Any) -> None:
        seen.append(agree(student.f, np.ones(2)))

    assert trial.judge(body, "def f(x):\n    return x + x", DOUBLE) is None
    assert seen[1].tolist() == [2.0, 2.0]


def test_agree_finds_a_wrong_answer(trial: Any) -> None:
    """The message names the function, the values stand apart, the leaves are kept for the diagnosis."""
    failed = trial.failure(agrees, TRIPLE, DOUBLE)
    assert failed.text.startswith("`f`: 6 of 6 values differ")
    assert failed.values.startswith("got ")
    assert failed.mismatch is not None
    assert failed.of == "f"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(x):\n    return (x * 2)[None]", "(1, 3, 2)"),
        ("def f(x):\n    return (x * 2).astype('f4')", "float32 where float64"),
        ("def f(x):\n    return None", "None where an array"),
        ("def f(x):\n    return (x * 2).tolist()", "a list of 3"),
        ("def f(x):\n    return object()", "an object of type `object`"),
        ("def f(x):\n    return x * float('nan')", "6 of 6 values are not finite"),
    ],
)
def test_agree_says_what_came_instead(trial: Any, source: str, words: str) -> None:
    """Shape, dtype, type and finiteness in words."""
    failed = trial.failure(agrees, source, DOUBLE)
    assert words in f"{failed.text}\n{failed.values}"
    assert "(3, 2)" not in failed.text


def test_agree_takes_tolerances_and_any_float(trial: Any) -> None:
    """rtol, atol and any_float reach the comparison; other keywords reach the student's function."""

    def body(student: Any, rng: Any) -> None:
        agree(student.f, np.ones(2), k=3, rtol=0.2)
        agree(student.g, np.ones(2), any_float=True)

    reference = "def f(x, k):\n    return x * k\ndef g(x):\n    return x"
    student = "def f(x, k):\n    return x * k * 1.1\ndef g(x):\n    return x.astype('f4')"
    assert trial.judge(body, student, reference) is None


def test_agree_lets_the_students_exceptions_through(trial: Any) -> None:
    """An exception is a verdict of its own, a missing name as well."""
    assert isinstance(trial.judge(agrees, "def f(x):\n    return 1 / 0", DOUBLE), StudentRaised)
    assert isinstance(trial.judge(agrees, "", DOUBLE), StudentMissing)


def batched(student: Any, rng: Any) -> None:
    agree(student.f.batch, [(n,) for n in range(6)])


SQUARE = "def f(n):\n    if n == 4: raise ValueError(n)\n    return n * n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(n):\n    return n * n", "must raise ValueError for some inputs; it returned"),
        ("def f(n):\n    if n == 4: raise KeyError(n)\n    return n * n", "it raised another error"),
        ("def f(n):\n    if n == 4: raise ValueError(n)\n    return n + n", "another value than expected"),
        (
            "def f(n):\n    if n == 4: raise ValueError(n)\n    return float(n * n)",
            "where an integer is expected",
        ),
        (
            "def f(n):\n    if n == 4: raise ValueError(n)\n    return bool(n) if n < 2 else n * n",
            "bool where an integer",
        ),
    ],
)
def test_agree_on_a_batch_judges_each_case(trial: Any, source: str, words: str) -> None:
    """Values and exceptions must be the reference's; the first wrong call is named among the values."""
    failed = trial.failure(batched, source, SQUARE)
    assert words in failed.text
    assert "f(" in failed.values


def test_agree_on_a_batch_lets_an_unexpected_exception_through(trial: Any) -> None:
    """An exception where the reference gives a value is the student's exception."""
    error = trial.judge(
        batched, "def f(n):\n    if n in (2, 4): raise ValueError(n)\n    return n * n", SQUARE
    )
    assert isinstance(error, (StudentRaised, CheckFailed))


def test_agree_on_a_batch_accepts_the_students_own_subclass(trial: Any) -> None:
    """A subclass of ValueError is a ValueError."""
    source = "class Bad(ValueError): ...\ndef f(n):\n    if n == 4: raise Bad(n)\n    return n * n"
    assert trial.judge(batched, source, SQUARE) is None


def test_agree_on_a_batch_of_unwritten_calls_is_missing(trial: Any) -> None:
    """NotImplementedError in each case is `missing`, as for a single call."""
    error = trial.judge(batched, "def f(n):\n    raise NotImplementedError", SQUARE)
    assert isinstance(error, StudentMissing)


def test_as_reference_compares_what_the_check_computed(trial: Any) -> None:
    """A value of several calls is judged against the same lines on the reference, under its own name."""

    def body(student: Any, rng: Any) -> None:
        value = student.f(np.ones(2)) + student.f(np.zeros(2))
        assert as_reference(value, of=student.f, what="the sum of both") is value

    assert trial.judge(body, "def f(x):\n    return x + x", DOUBLE) is None
    assert trial.failure(body, TRIPLE, DOUBLE).text.startswith("the sum of both: ")


def test_as_reference_lets_handles_agree(trial: Any) -> None:
    """A tuple with a cache in it is compared but for the cache, whatever its type."""

    def body(student: Any, rng: Any) -> None:
        as_reference(student.f(np.ones(2)), of="f")

    reference = "class C: ...\ndef f(x):\n    return x * 2, C()"
    assert trial.judge(body, "def f(x):\n    return x + x, {1: x}", reference) is None
    assert trial.judge(body, "def f(x):\n    return x + x, [x]", reference) is None
    assert "[0]" in trial.failure(body, "def f(x):\n    return x, 1", reference).text
    assert "fewer items" in trial.failure(body, "def f(x):\n    return [x + x]", reference).text


@pytest.mark.parametrize(
    ("actual", "expected", "right"),
    [
        (np.ones(3), 1.0, True),
        (np.ones((2, 2)), 1, True),
        (np.ones(3, np.float32), 1.0, True),
        (np.array([1, 1]), 1.0, True),
        (np.ones(3), np.ones(3), True),
        (np.ones(3), [1.0, 1.0, 1.0], True),
        (1.0, 1.0, True),
        (1.0 + 1e-8, 1.0, True),
        (16, 16, True),
        ([1.0, 2.0], [1.0, 2.0], True),
        (np.ones((1, 3)), np.ones(3), False),
        (np.ones(3), np.ones((1, 3)), False),
        (np.array([1.0, np.nan]), 1.0, False),
        (np.nan, np.nan, None),
        (np.array([np.nan]), np.array([np.nan]), None),
        (np.ones(3) + 1e-5, 1.0, False),
        (None, 1.0, False),
        ("1.0", 1.0, False),
        ([1.0, 1.0], 1.0, False),
        (16.0, 16, False),
    ],
)
def test_close(trial: Any, actual: Any, expected: Any, right: bool | None) -> None:
    """Shapes are equal or the expectation is a scalar; NaN equals nothing."""
    error = trial.run(lambda student, rng: close(actual, expected, what="it"), "")[1]
    if right is None:
        assert isinstance(error, CheckFailed), "docs: NaN never equals anything"
    else:
        assert (error is None) == right
    assert error is None or isinstance(error, CheckFailed)


def test_close_names_what_it_looked_at(trial: Any) -> None:
    """The given words, or the function that was called last."""
    failed = trial.failure(
        lambda student, rng: close(student.f(1.0), 9.0), DOUBLE, "def f(x):\n    return 9.0"
    )
    assert failed.text.startswith("`f`: ")
    failed = trial.failure(
        lambda student, rng: close(student.f(1.0), 9.0, what="twice"), DOUBLE, "def f(x):\n    return 9.0"
    )
    assert failed.text.startswith("twice: ")


def test_ensure_fails_with_its_sentence(trial: Any) -> None:
    """The sentence is all that the student sees."""
    body = lambda student, rng: ensure(student.f(1) < 3, "f(1) must be small")  # noqa: E731
    assert trial.judge(body, DOUBLE, DOUBLE) is None
    assert trial.failure(body, TRIPLE, DOUBLE).text == "f(1) must be small"
    for truth in (np.bool_(False), np.array([0]), [], None):
        assert isinstance(trial.run(lambda s, r, t=truth: ensure(t, "no"), "")[1], CheckFailed)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(x):\n    raise ValueError", None),
        ("class E(ValueError): ...\ndef f(x):\n    raise E", None),
        ("def f(x):\n    return x", "it returned a value"),
        ("def f(x):\n    raise KeyError", "it raised another error"),
        ("class ValueErrors(Exception): ...\ndef f(x):\n    raise ValueErrors", "it raised another error"),
    ],
)
def test_raises(trial: Any, source: str, words: str | None) -> None:
    """Matched by name along the type chain; by type or by name."""
    for kind in (ValueError, "ValueError"):
        error = trial.judge(lambda s, r, k=kind: raises(k, s.f, 1), source, "def f(x):\n    raise ValueError")
        if words is None:
            assert error is None
        else:
            assert isinstance(error, CheckFailed)
            assert words in error.text


def test_raises_of_an_unwritten_function_is_missing(trial: Any) -> None:
    """NotImplementedError is not the error that was asked for, and not a failure either."""
    body = lambda student, rng: raises(ValueError, student.f, 1)  # noqa: E731
    reference = "def f(x):\n    raise ValueError"
    assert isinstance(
        trial.judge(body, "def f(x):\n    raise NotImplementedError", reference), StudentMissing
    )
    assert isinstance(trial.judge(body, "", reference), StudentMissing)


def test_raises_works_on_handles(trial: Any) -> None:
    """The call may be a method of an object in the sandbox."""

    def body(student: Any, rng: Any) -> None:
        raises(ValueError, student.Net().load, 3)

    reference = "class Net:\n    def load(self, n):\n        raise ValueError"
    assert trial.judge(body, reference, reference) is None
    assert isinstance(trial.judge(body, "class Net:\n    def load(self, n): ...", reference), CheckFailed)


def purity(student: Any, rng: Any) -> None:
    pure(student.f, rng.normal(size=3), [np.zeros(2)], {"k": np.ones(2)})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("return x * 2", None),
        ("x[0] = 5; return x", "changes argument 1 in place"),
        ("x += 0.0; return x", None),
        ("x *= -1; x *= -1; return x", None),
        ("l[0][1] = 1; return x", "changes argument 2 in place"),
        ("l.append(1); return x", "changes argument 2 in place"),
        ("d['k'] -= 1; return x", "changes argument 3 in place"),
        ("d['new'] = 1; return x", "changes argument 3 in place"),
        ("l[0] = -l[0]; return x", "changes argument 2 in place"),
        ("calls.append(1); return x * len(calls)", "keeps state between calls"),
    ],
)
def test_pure(trial: Any, line: str, words: str | None) -> None:
    """Arguments stay bit for bit (the sign of zero, too), and a second call gives the same answer."""
    reference = "def f(x, l, d):\n    return x * 2"
    error = trial.judge(purity, f"calls = []\ndef f(x, l, d):\n    {line}", reference)
    if words is None:
        assert error is None
    else:
        assert isinstance(error, CheckFailed)
        assert words in error.text


def test_redraw_draws_until_it_fits(rng: np.random.Generator) -> None:
    """The first accepted draw; RuntimeError, the author's fault, after too many."""
    assert redraw(lambda: rng.normal(), lambda x: x > 1) > 1
    drawn = []
    with pytest.raises(RuntimeError, match="5 tries"):
        redraw(lambda: drawn.append(1), lambda x: False, tries=5)
    assert len(drawn) == 5


def test_a_check_that_compares_more_than_with_the_reference_is_an_error(trial: Any) -> None:
    """Bodies must make the same comparisons each time; otherwise no wrong value is compared with a wrong
    place.
    """

    def body(student: Any, rng: Any) -> None:
        for _ in range(student.n()):
            agree(student.f, 1)

    error = trial.judge(body, "def n():\n    return 3\n" + DOUBLE, "def n():\n    return 2\n" + DOUBLE)
    assert isinstance(error, RuntimeError)
