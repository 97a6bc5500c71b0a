"""A process that lies on the pipe: its replies end as Stopped or as bounded words, never in the judge."""

from __future__ import annotations

import pytest

from grader.checks.run import Run
from grader.checks.student import StudentRaised
from grader.pen import wire
from grader.sandbox.session import Stopped


class Liar:
    """A channel that answers every request with the same body."""

    def __init__(self, reply: object, raw: bytes | None = None) -> None:
        self.body = wire.encode(reply) if raw is None else raw

    def exchange(self, body: bytes) -> bytes:
        return self.body


@pytest.mark.parametrize(
    "reply",
    [
        None,
        [],
        {},
        {"id": 1},
        {"id": 2, "value": 1},
        {"id": "1", "value": 1},
        {"value": 1},
        {"callback": 0, "args": (), "kwargs": {}},
        {"callback": "0", "args": ()},
        {"callback": -1, "args": ()},
        {"callback": 0},
        {"part": 3, "raised_at": {}},
        {"part": [], "raised_at": {"x": 1}},
        {"part": [], "raised_at": {"9" * 5000: 1}},
        {"part": []},
    ],
)
def test_replies_of_another_shape_break_the_protocol(reply: object) -> None:
    """Whatever a process that lies sends as the answer to a call ends as Stopped (crashed, protocol)."""
    with pytest.raises(Stopped) as caught:
        Run(Liar(reply), 1).student.f(1)
    assert (caught.value.status, caught.value.reason) == ("crashed", "protocol")


@pytest.mark.parametrize(
    "reply",
    [
        {"id": 1, "raised": {}},
        {
            "id": 1,
            "raised": {
                "type": 3,
                "chain": "x",
                "text": [],
                "frames": [1, {"line": "x"}, {"line": 1}],
                "syntax": 5,
            },
        },
        {
            "id": 1,
            "raised": {
                "type": "x" * 10**5,
                "chain": ["y" * 10**4] * 100,
                "text": "z" * 10**6,
                "frames": [{}] * 99,
            },
        },
    ],
)
def test_a_lying_exception_is_bounded(reply: object) -> None:
    """An exception's description of any shape becomes StudentRaised with short texts."""
    with pytest.raises(StudentRaised) as caught:
        Run(Liar(reply), 1).student.f(1)
    error = caught.value
    assert len(error.type) <= 100
    assert len(error.text) <= 500
    assert len(error.chain) <= 16
    assert all(len(name) <= 100 for name in error.chain)


@pytest.mark.parametrize("raw", [b"", b"\0" * 4, b"noise noise noise"])
def test_noise_breaks_the_protocol(raw: bytes) -> None:
    """Bytes that are no body end as Stopped, not as an exception of the judge."""
    with pytest.raises(Stopped):
        Run(Liar(None, raw), 1).student.f(1)


@pytest.mark.parametrize(
    "reply",
    [
        {"id": 1, "values": 3, "raised_at": {}},
        {"id": 1, "values": [1], "raised_at": {}},
        {"id": 1, "values": [1, 2, 3], "raised_at": {}},
        {"id": 1, "values": [1, 2], "raised_at": []},
        {"id": 1, "value": 1},
    ],
)
def test_batches_of_another_length_break_the_protocol(reply: object) -> None:
    """Two cases, two outcomes; anything else is no answer."""
    with pytest.raises(Stopped):
        Run(Liar(reply), 1).student.f.batch([(1,), (2,)])


def test_observed_without_arguments_breaks_the_protocol() -> None:
    """A reply to `observed` must bring as many arguments as were sent."""
    for args in (None, [], (1, 2)):
        with pytest.raises(Stopped):
            Run(Liar({"id": 1, "value": 0, "args": args}), 1).student.f.observed(1)
