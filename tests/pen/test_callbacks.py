"""Functions of the judge that the student's code calls, and drivers that work on its modules."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grader.checks import drive
from grader.checks.run import Run
from grader.checks.student import StudentRaised
from grader.core.limits import Limits
from grader.sandbox.plain import PlainSession
from grader.sandbox.session import Stopped

StudentOf = Callable[[str], Any]


def test_a_function_of_the_judge_is_called_back(student_of: StudentOf) -> None:
    """The judge sees every call in order and its value reaches the student's code, arrays as arrays."""
    seen = []

    def f(x: Any, scale: float = 1.0) -> Any:
        seen.append(x.copy())
        return scale * x.sum()

    student = student_of("def g(f, x):\n    return [f(x), f(x + 1, scale=2.0), f is f]")
    assert student.g(f, np.arange(3.0)) == [3.0, 12.0, True]
    assert [x.tolist() for x in seen] == [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]


def test_an_error_in_a_callback_is_the_students_to_see(student_of: StudentOf) -> None:
    """The judge's function fails on a strange argument: the student's code gets an exception and may catch
    it.
    """
    source = """
        def g(f):
            try:
                f("text")
            except Exception as error:
                return type(error).__name__
        def h(f):
            return f(None)
    """
    student = student_of(source)
    assert student.g(lambda x: x / 2) == "CallbackError"
    with pytest.raises(StudentRaised, match="CallbackError"):
        student.h(lambda x: x / 2)
    assert student.g(lambda x: None) is None


def test_a_callback_may_call_the_student(student_of: StudentOf) -> None:
    """The judge's function uses another function of the submission while the first one waits."""
    student = student_of("def f(g, n):\n    return g(n) + 1\ndef h(n):\n    return n * 10")
    assert student.f(lambda n: student.h(n), 4) == 41
    assert student.f(lambda n: student.f(lambda m: student.h(m), n + 1), 1) == 22


def test_a_callback_comes_back_as_itself(student_of: StudentOf) -> None:
    """A judge's function that the student returns is the judge's own function."""
    mine = lambda x: x  # noqa: E731  (identity is the point)
    assert student_of("def f(g):\n    return [g, g]").f(mine) == [mine, mine]


@pytest.fixture
def apart() -> Iterator[StudentOf]:
    """apart(source) is a `student` in a process of its own: here the judge's exceptions cannot pass
    through its code.
    """
    session = PlainSession(["numpy"])

    def load(source: str) -> Any:
        session.load({"answer.py": textwrap.dedent(source).encode()}, "answer.py", Limits())
        return Run(session.open(Limits(), 1), 1).student

    yield load
    session.close()


def test_endless_recursion_through_a_callback_is_stopped(apart: StudentOf) -> None:
    """Student and judge calling each other end as a broken protocol, not as a dead judge."""
    student = apart("def f(g):\n    return g()")

    def again() -> Any:
        return student.f(again)

    with pytest.raises(Stopped) as caught:
        student.f(again)
    assert caught.value.reason == "protocol"


def test_a_flood_of_callbacks_is_stopped(apart: StudentOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the allowed number of calls the protocol counts as broken, whatever the student's code
    catches.
    """
    monkeypatch.setattr("grader.checks.student.MAX_CALLBACKS", 50)
    source = "def f(g):\n    while True:\n        try: g()\n        except BaseException: pass"
    with pytest.raises(Stopped) as caught:
        apart(source).f(lambda: 0)
    assert (caught.value.status, caught.value.reason) == ("crashed", "protocol")


def test_a_generator_in_the_sandbox_draws_as_anywhere(student_of: StudentOf) -> None:
    """`drive.rng` gives `default_rng(seed)`; the handle's methods go on where the function stopped drawing."""
    student = student_of("def f(rng):\n    return rng.normal(size=3)")
    wanted = np.random.default_rng(5)
    handle = drive.rng(student, 5)
    np.testing.assert_array_equal(student.f(handle), wanted.normal(size=3))
    assert handle.random() == wanted.random()


def test_items_reads_a_generator_and_stops_at_the_most(student_of: StudentOf) -> None:
    """An endless one ends; a list stays as it is; an error inside is that of the function that made it."""
    student = student_of(
        "def endless():\n    n = 0\n    while True:\n        yield n\n        n += 1\n"
        "def plain():\n    return [1, 2]\n"
        "def breaks():\n    yield 1\n    raise KeyError('x')\n"
    )
    assert drive.items(student.endless(), 3) == [0, 1, 2]
    assert drive.items(student.plain(), 3) == [1, 2]
    broken = student.breaks()
    with pytest.raises(StudentRaised, match="breaks raised KeyError"):
        drive.items(broken, 3)
    assert student.trace_.calls[-1][0] == "breaks"


NET = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 3)
            self.drop = nn.Dropout(0.5)

        def forward(self, x):
            return self.drop(self.linear(x))
"""


@pytest.mark.slow
def test_drivers_work_on_a_module_in_place(student_of: StudentOf, rng: np.random.Generator) -> None:
    """forward, state_dict, load_state_dict, gradients and train on a handle; arrays become tensors."""
    torch = pytest.importorskip("torch")
    net = student_of(NET).Net()
    x, y = rng.normal(size=(6, 4)).astype(np.float32), rng.integers(0, 3, size=6)
    state = drive.state_dict(net)
    assert {name: tuple(value.shape) for name, value in state.items()} == {
        "linear.weight": (3, 4),
        "linear.bias": (3,),
    }
    plain = torch.from_numpy(x) @ state["linear.weight"].T + state["linear.bias"]
    torch.testing.assert_close(drive.forward(net, x), plain)
    assert not torch.allclose(drive.forward(net, torch.from_numpy(x), train=True), plain)
    drive.load_state_dict(net, {name: torch.zeros_like(value) for name, value in state.items()})
    assert drive.forward(net, x).abs().max() == 0
    with pytest.raises(StudentRaised):
        drive.load_state_dict(net, {"linear.weight": torch.zeros(1)})
    drive.load_state_dict(net, state)
    found = drive.gradients(net, x, y)
    assert set(found) == {"loss", "inputs", "parameters"}
    assert found["inputs"].shape == (6, 4)
    for options in ({"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adamw"}, {}):
        losses = drive.train(net, x, y, steps=30, lr=0.05, **options)
        assert len(losses) == 30
        assert all(isinstance(loss, float) for loss in losses)
    assert drive.train(net, x, rng.normal(size=(6, 3)).astype(np.float32), steps=1, lr=0.1, loss="mse")


def test_a_driver_wants_a_module(student_of: StudentOf) -> None:
    """Plain data instead of a handle is a TypeError of the check, which blames the student's constructor."""
    with pytest.raises(TypeError, match="module"):
        drive.forward({"not": "a handle"}, np.zeros(2))
