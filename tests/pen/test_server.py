"""Requests and replies in one process: `Student` on one side, `Server` on the other, every byte through
the wire.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.checks.student import BadResult, Handle, StudentMissing, StudentRaised
from grader.pen import wire
from grader.pen.server import Server

StudentOf = Callable[[str], Any]

BOX = """
    class Box:
        shared = []

        def __init__(self, items=()):
            self.items = list(items)

        def add(self, item, times=1):
            self.items += [item] * times
            return self

        def __call__(self, x):
            return [x, *self.items]

        def __getitem__(self, index):
            return self.items[index]

    def make(*items):
        return Box(items)

    def size(box):
        return len(box.items)

    def same(a, b):
        return a is b

    def pair():
        box = Box()
        return box, [box]

    def numbers():
        return [1, 2, 3]
    LIMIT = 3
    TABLE = {1: "one"}
"""


def test_a_call_returns_plain_data(student_of: StudentOf) -> None:
    """Positional and keyword arguments arrive, the value comes back with its type."""
    student = student_of("def f(a, *, b=1):\n    return (a, [b], {'k': a * 2})")
    assert student.f(2, b=5) == (2, [5], {"k": 4})
    assert student.f("x") == ("x", [1], {"k": "xx"})


def test_names_are_looked_up(student_of: StudentOf) -> None:
    """`has` says what is there, `read` gives a constant, an absent name is missing."""
    student = student_of(BOX)
    assert student.has("make")
    assert not student.has("nothing")
    assert student.read("LIMIT") == 3
    for call in (
        lambda: student.read("nothing"),
        lambda: student.nothing(1),
        lambda: student.nothing.batch([(1,)]),
    ):
        with pytest.raises(StudentMissing) as caught:
            call()
        assert caught.value.reason == "name_absent"


def test_not_implemented_is_not_written_yet(student_of: StudentOf) -> None:
    """NotImplementedError, or a subclass of it, is `missing`, in a batch as well."""
    student = student_of("class Later(NotImplementedError): ...\ndef f(x):\n    raise Later('soon')")
    with pytest.raises(StudentMissing) as caught:
        student.f(1)
    assert caught.value.reason == "not_written"
    assert isinstance(student.f.batch([(1,)])[0].error, StudentMissing)


def test_an_exception_arrives_as_plain_data(student_of: StudentOf) -> None:
    """Type, type chain, text and the student's own frames; nothing of ours."""
    student = student_of(
        "class Own(ValueError): ...\ndef g(x):\n    raise Own('no ' + x)\ndef f(x):\n    return g(x)"
    )
    with pytest.raises(StudentRaised) as caught:
        student.f("way")
    assert (caught.value.type, caught.value.text) == ("Own", "no way")
    assert caught.value.chain[:3] == ("Own", "ValueError", "Exception")
    assert [(file, line, name) for file, line, name, _ in caught.value.frames] == [
        ("answer.py", 5, "f"),
        ("answer.py", 3, "g"),
    ]


@pytest.mark.parametrize(
    "error",
    [
        "class E(Exception):\n    def __str__(self): raise RuntimeError('worse')",
        "class E(Exception):\n    def __str__(self): return 3",
        "class E(Exception):\n    def __str__(self): return 'x' * 10**6",
        "class E(BaseException): ...",
        "E = KeyboardInterrupt",
        "E = SystemExit",
        "E = GeneratorExit",
        "class M(type):\n    __name__ = 'y' * 10**5\nclass E(Exception, metaclass=M): ...",
    ],
)
def test_an_unfriendly_exception_is_told_all_the_same(student_of: StudentOf, error: str) -> None:
    """__str__ that raises, lies or floods, and exceptions that are no Exception, are StudentRaised with
    bounded text.
    """
    student = student_of(f"{error}\ndef f():\n    raise E()\ndef g():\n    return 1")
    with pytest.raises(StudentRaised) as caught:
        student.f()
    assert len(caught.value.text) <= 500
    assert len(caught.value.type) <= 100
    assert student.g() == 1


def test_output_streams_may_be_replaced(student_of: StudentOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """sys.stdout = None, or an object whose flush raises, does not stop the answers."""
    import sys

    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    student = student_of(
        """
        import sys
        class Bad:
            def write(self, text): raise OSError
            def flush(self): raise SystemExit
        def spoil():
            sys.stdout, sys.stderr = Bad(), None
            return 1
        def f():
            return 2
        """
    )
    assert [student.spoil(), student.f()] == [1, 2]


def test_a_value_that_cannot_travel_becomes_a_handle(student_of: StudentOf) -> None:
    """Called, asked for attributes, methods, items; passed back; fetched if it is plain data after all."""
    student = student_of(BOX)
    box = student.make(1, 2)
    assert isinstance(box, Handle)
    assert box.kind == "Box"
    assert student.size(box) == 2
    assert box.attribute("items") == [1, 2]
    assert box[1] == 2
    assert box(9) == [9, 1, 2]
    assert box.add(5, times=2).attribute("items") == [1, 2, 5, 5]
    kept = student.numbers.handle()
    assert isinstance(kept, Handle)
    assert (kept.kind, kept.value(), kept[0]) == ("list", [1, 2, 3], 1)
    assert isinstance(student.read("TABLE"), Handle)
    assert student.read("TABLE")[1] == "one"


def test_the_same_object_has_the_same_number(student_of: StudentOf) -> None:
    """A handle given twice is one object, in a result, in arguments, and over several calls."""
    student = student_of(BOX)
    first, inside = student.pair()
    assert first.number_ == inside[0].number_
    assert first.add(1).number_ == first.number_
    assert student.same(first, inside[0])
    assert not student.same(first, student.make())


def test_a_handle_of_an_error_raises_as_the_student_does(student_of: StudentOf) -> None:
    """A missing attribute, an index out of range and a wrong call are the student's exceptions."""
    box = student_of(BOX).make()
    for ask, kind in [
        (lambda: box.attribute("none"), "AttributeError"),
        (lambda: box[7], "IndexError"),
        (lambda: box.missing(), "AttributeError"),
        (lambda: box.add(), "TypeError"),
        (lambda: box.value(), None),
    ]:
        if kind is None:
            assert isinstance(ask(), Handle)
            continue
        with pytest.raises(StudentRaised) as caught:
            ask()
        assert caught.value.type == kind


def test_a_handle_is_no_sequence(student_of: StudentOf) -> None:
    """Iterating over one is a TypeError that names its type, never an endless loop through __getitem__."""
    with pytest.raises(TypeError, match="`Box`"):
        list(student_of(BOX).make())


def test_a_handle_belongs_to_its_student(student_of: StudentOf) -> None:
    """A handle of one run is refused by another."""
    with pytest.raises(TypeError, match="belongs to"):
        student_of(BOX).size(student_of(BOX).make())


def test_observed_gives_the_arguments_after_the_call(student_of: StudentOf) -> None:
    """In-place changes are seen; aliasing between the arguments is kept; the judge's own array stays."""
    student = student_of("def f(x, y, z):\n    x[0] = 9.0\n    z.append(y is x)")
    mine = np.zeros(2)
    result, (x, y, z) = student.f.observed(mine, mine, [])
    assert result is None
    assert x.tolist() == [9.0, 0.0]
    assert y is x
    assert z == [True]
    assert mine.tolist() == [0.0, 0.0]


def test_a_batch_gives_one_outcome_a_case(student_of: StudentOf) -> None:
    """Values and exceptions in the order of the cases; `get` raises the exception."""
    outcomes = student_of("def f(a, b):\n    return [a // b, a % b]").f.batch([(7, 2), (1, 0), (9, 3)])
    assert [outcome.value for outcome in outcomes] == [[3, 1], None, [3, 0]]
    assert outcomes[1].error.type == "ZeroDivisionError"
    with pytest.raises(StudentRaised):
        outcomes[1].get()
    assert outcomes[2].get() == [3, 0]


def test_a_batch_may_pick_one_item(student_of: StudentOf) -> None:
    """`pick=0` sends item 0 of each result; a result without items is that case's exception."""
    outcomes = student_of("def f(a):\n    return (a, object()) if a else a").f.batch(
        [(1,), (0,), (3,)], pick=0
    )
    assert [outcome.value for outcome in outcomes] == [1, None, 3]
    assert outcomes[1].error.type == "TypeError"


def test_an_empty_batch_calls_nothing(student_of: StudentOf) -> None:
    """No cases, no outcomes, no round trip."""
    assert student_of("").f.batch([]) == []


def test_a_long_batch_arrives_in_parts(student_of: StudentOf) -> None:
    """A batch that takes time is sent piecewise; indices of values and exceptions stay right."""
    source = (
        "import time\ndef f(a):\n    time.sleep(0.02)\n    if a % 5 == 0: raise ValueError(a)\n    return a"
    )
    outcomes = student_of(source).f.batch([(a,) for a in range(12)])
    assert [o.value for o in outcomes] == [None if a % 5 == 0 else a for a in range(12)]
    assert [o.error.text for o in outcomes if o.error] == ["0", "5", "10"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import numpy as np\ndef f():\n    return np.array(['a'])", "dtype <U1"),
        ("def f():\n    x = []\n    x.append(x)\n    return x", "contains itself"),
        ("def f():\n    return 10**5000", "more than 4300 digits"),
        (
            "import numpy as np\ndef f():\n    return np.broadcast_to(0.0, (1 << 13, 1 << 13))",
            "MiB of arrays",
        ),
    ],
)
def test_a_result_that_cannot_be_sent_is_said_in_words(
    student_of: StudentOf, source: str, words: str
) -> None:
    """BadResult names the function and the reason; the next call works."""
    student = student_of(source + "\ndef g():\n    return 1")
    with pytest.raises(BadResult, match=words) as caught:
        student.f()
    assert caught.value.function == "f"
    assert student.g() == 1


@pytest.mark.parametrize(
    "kind",
    [
        "class L(list):\n    def __iter__(self): raise KeyError('i')\n    def __len__(self): return -1",
        "class L(dict):\n    def items(self): raise KeyError('i')\n"
        "    def __iter__(self): raise KeyError('i')",
        "import numpy as np\nclass L(np.ndarray):\n    def __new__(cls, *a): return np.zeros(2).view(cls)\n"
        "    @property\n    def dtype(self): raise KeyError('i')",
        "class L(tuple):\n    def __iter__(self): raise KeyError('i')",
        "class L(int):\n    def __int__(self): raise KeyError('i')\n"
        "    def __index__(self): raise KeyError('i')",
    ],
)
def test_a_result_that_raises_while_it_is_read_is_the_students(student_of: StudentOf, kind: str) -> None:
    """Lying containers end in the student's exception or in plain data; the server goes on."""
    student = student_of(kind + "\ndef f():\n    return [L()]\ndef g():\n    return 1")
    with contextlib.suppress(StudentRaised, BadResult):
        student.f()
    assert student.g() == 1


def test_a_handle_never_issued_is_refused_by_the_server() -> None:
    """The sandboxed end resolves only numbers that it gave out."""
    import types

    server = Server(types.ModuleType("m"), lambda body: body, "/tmp")
    request = {
        "id": 1,
        "op": "value",
        "name": "",
        "args": (),
        "kwargs": {},
        "on": None,
        "observed": False,
        "keep": False,
    }
    good = wire.encode(request)
    for number in (b"5", b"-1", b"true", b'"a"', b"[]", b"{}"):
        with pytest.raises(wire.WireError):
            server.handle(_with_handle(good, number))


def _with_handle(good: bytes, number: bytes) -> bytes:
    head = good[4:].replace(b'"on":null', b'"on":{"h":' + number + b',"k":""}')
    return len(head).to_bytes(4, "little") + head
