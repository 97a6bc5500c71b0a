"""Fixtures: one real pen for the whole run, and a submission from source text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox.channel import PenChannel
from grader.sandbox.pen import Pen, PenSession

ENTRY = "answer.py"
LIMITS = Limits(cpu=5.0, wall=10.0, memory=256 << 20, processes=8, files=8 << 20, output=1 << 20)


@dataclass(frozen=True)
class Call:
    """A channel with the judge's words made short."""

    channel: PenChannel

    def __call__(self, name: str, *args: object) -> Any:
        """The reply to a call, decoded: a dict with `value`, or `raised`."""
        request = {"id": 1, "op": "call", "name": name, "on": None, "args": args, "kwargs": {}}
        return wire.decode(self.channel.exchange(wire.encode({**request, "keep": False, "observed": False})))

    def value(self, name: str, *args: object) -> Any:
        """The value that the call returned."""
        reply = self(name, *args)
        assert "value" in reply, reply
        return reply["value"]


@pytest.fixture(scope="session")
def pen() -> Iterator[Pen]:
    """A pen with numpy only."""
    with Pen.start(["numpy"]) as started:
        yield started


@pytest.fixture
def submit(pen: Pen) -> Iterator[Callable[..., PenSession]]:
    """submit(source) loads a submission; its session is closed at the end."""
    sessions: list[PenSession] = []

    def load(source: str, limits: Limits = LIMITS, where: Pen = pen, **more: bytes) -> PenSession:
        for session in sessions:
            session.close()
        sessions.append(where.session())
        sessions[-1].load({ENTRY: source.encode(), **more}, ENTRY, limits)
        return sessions[-1]

    yield load
    for session in sessions:
        session.close()


@pytest.fixture
def check(submit: Callable[..., PenSession]) -> Callable[..., Call]:
    """check(source) is a first check of a submission."""

    def start(source: str, limits: Limits = LIMITS, seed: int = 1) -> Call:
        return Call(submit(source, limits).open(limits, seed))

    return start
