"""`student`: what a check sees of a submission.

Attributes are calls through the pipe, results are plain data or handles. One class serves the sandboxed
submission, the reference and each variant: only the channel behind it differs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.loopback import Loopback
from grader.checks.trace import Trace
from grader.checks.values import describe
from grader.pen import wire
from grader.sandbox.session import Channel, Stopped

MAX_CALLBACKS = 200_000  # per check; a flood beyond that breaks the protocol
MAX_CALLBACK_DEPTH = 16
_NAME_CHARS = 100
_OBJECT = "the returned object"  # its type's name is the student's choice: not for messages


class StudentRaised(Exception):
    """The student's code raised; `error` is what the sandbox told about it, as plain data."""

    def __init__(self, function: str, error: Mapping[str, Any]) -> None:
        self.function = function
        self.type = _text(error.get("type"), _NAME_CHARS) or "Exception"
        chain = error.get("chain")
        self.chain = tuple(_text(name, _NAME_CHARS) for name in chain[:16]) if isinstance(chain, list) else ()
        self.text = _text(error.get("text"), 500)
        self.frames: tuple[tuple[str, int, str, str], ...] = tuple(_frames(error.get("frames")))
        self.syntax = error.get("syntax") if isinstance(error.get("syntax"), dict) else None
        super().__init__(f"{function} raised {self.type}")


class StudentMissing(Exception):
    """The function is not there, or raises NotImplementedError: not written yet."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"{function}: {reason}")
        self.function, self.reason = function, reason


class BadResult(Exception):
    """What the function returned cannot be sent; the text says why."""

    def __init__(self, function: str, why: str) -> None:
        super().__init__(f"`{function}` returned {why}")
        self.function, self.why = function, why


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a batch came to: a value, or the exception that it ended in."""

    value: Any = None
    error: StudentRaised | StudentMissing | Stopped | None = None

    def get(self) -> Any:
        """The value; raises the error if there is one."""
        if self.error is not None:
            raise self.error
        return self.value


class Student:
    """The submission as an object: `student.f(...)` calls its function `f`.

    Attributes:
        channel_: where the requests go; trace_: where the calls are recorded.
    """

    def __init__(self, channel: Channel, trace: Trace) -> None:
        self.channel_, self.trace_ = channel, trace
        if isinstance(channel, Loopback):
            channel.answer = lambda body: self._continue(self._decoded(body))
        self._ids = itertools.count(1)
        self._callbacks: list[Callable[..., Any]] = []
        self._calls_back = 0
        self._depth = 0
        self._called = ""  # the function that the request on its way is about
        self._parts: tuple[list[Any], dict[int, Any]] = ([], {})
        self._room = 0  # results that a batch may send in parts; outside of a batch there are none

    def __getattr__(self, name: str) -> Function:
        if name.startswith("__"):
            raise AttributeError(name)
        return Function(self, name)

    def has(self, name: str) -> bool:
        """Is there such a name in the submission?"""
        return bool(self.request_("has", name))

    def read(self, name: str) -> Any:
        """The value of a module constant."""
        return self.request_("read", name)

    def seed_(self, seed: int) -> None:
        """Seed the generators of the student's process anew: each case starts alike. Raises Stopped."""
        try:
            self.exchange_("seed", "", (seed,))
        except (StudentRaised, StudentMissing, BadResult):
            raise Stopped("crashed", "protocol", "the process could not be seeded") from None
        self.trace_.calls.clear()

    def request_(
        self,
        op: str,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Any:
        """One request, one value. Raises StudentRaised, StudentMissing, BadResult or Stopped."""
        place = len(self.trace_.calls)
        reply = self.exchange_(op, name, args, kwargs, **more)
        self.trace_.calls[place] = (self.trace_.calls[place][0], describe(reply.get("value")))
        if more.get("observed"):
            return reply["value"], reply.get("args")
        return reply["value"]

    def exchange_(
        self,
        op: str,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        about: str = "",
        **more: Any,
    ) -> dict[str, Any]:
        """Send a request, answer callbacks meanwhile, return the reply; `about` is the function that messages name.

        Raises as `request_`.
        """
        number = next(self._ids)
        request = {"id": number, "op": op, "name": name, "args": tuple(args), "kwargs": dict(kwargs or {})}
        request |= {"on": None, "observed": False, "keep": False, "pick": None, **more}
        about = self._called = about or name
        self.trace_.calls.append((about, ""))
        body, parts = self.channel_.exchange(wire.encode(request, self._export)), 0
        reply = self._decoded(body)
        while "callback" in reply or "part" in reply:
            parts += len(body) if "part" in reply else 0
            if parts > wire.MAX_BODY:  # each part may be that long, and all of them are kept
                raise BadResult(about, f"more than {wire.MAX_BODY >> 20} MiB in one batch")
            body = self.channel_.exchange(self._continue(reply))
            reply = self._decoded(body)
        if reply.get("id") != number:
            raise Stopped("crashed", "protocol", "a reply to a call that was not made")
        return self._checked(about, reply)

    def _continue(self, message: dict[str, Any]) -> bytes:
        """What the sandbox waits for before it can finish its reply: a callback's result, or leave to go on."""
        if "callback" in message:
            return self._answer(message)
        _collect(message, self._parts, self._room)
        return wire.encode({"more": True})

    def _decoded(self, body: bytes) -> dict[str, Any]:
        try:
            reply = wire.decode(body, self._resolve)
        except wire.WireError as error:
            raise Stopped("crashed", "protocol", str(error)) from None
        if type(reply) is not dict:
            raise Stopped("crashed", "protocol", "a reply of another shape")
        return reply

    def _checked(self, name: str, reply: dict[str, Any]) -> dict[str, Any]:
        if "raised" in reply and type(reply["raised"]) is dict:
            raise raised(name, reply["raised"])
        if "bad" in reply:
            raise BadResult(name, _text(reply["bad"], 200))
        if "absent" in reply:
            raise StudentMissing(name, "name_absent")
        if "value" not in reply and "values" not in reply:
            raise Stopped("crashed", "protocol", "a reply without a value")
        return reply

    def _answer(self, message: dict[str, Any]) -> bytes:
        """Evaluate a judge's function for the student's code; what goes wrong there is told, not raised."""
        self._calls_back += 1
        if self._calls_back > MAX_CALLBACKS or self._depth >= MAX_CALLBACK_DEPTH:
            raise Stopped("crashed", "protocol", "too many calls of the function that was passed in")
        number, args, kwargs = message["callback"], message.get("args"), message.get("kwargs")
        if type(number) is not int or not 0 <= number < len(self._callbacks) or type(args) is not tuple:
            raise Stopped("crashed", "protocol", "a call of a function that was never passed in")
        self._depth += 1
        try:
            value = self._callbacks[number](*args, **(kwargs or {}))
            return wire.encode({"return": value, "error": None}, self._export)
        except Stopped:
            raise
        except Exception as error:
            return wire.encode(
                {
                    "return": None,
                    "error": f"the function that was passed in got {_kinds(args)}: {type(error).__name__}",
                }
            )
        finally:
            self._depth -= 1

    def _export(self, value: object) -> dict[str, Any]:
        if isinstance(value, Handle):
            if value.student_ is not self:
                raise TypeError("a handle belongs to the check and the student that gave it")
            return {"h": value.number_, "k": ""}
        if isinstance(value, (Function, Batch)):
            raise TypeError(f"student.{value.name} cannot be an argument; pass a Python function")
        if callable(value):
            self._callbacks.append(value)
            return {"f": len(self._callbacks) - 1}
        raise TypeError(f"a check cannot send an object of type {type(value).__name__}")

    def _resolve(self, tag: str, payload: Any) -> Any:
        if tag == "h" and type(payload[0]) is int and type(payload[1]) is str:
            return Handle(self, payload[0], _text(payload[1], 80), self._called)
        if tag == "f" and type(payload) is int and 0 <= payload < len(self._callbacks):
            return self._callbacks[payload]
        raise wire.WireError("an unknown object")


class Function:
    """One function of the submission."""

    def __init__(self, student: Student, name: str) -> None:
        self.student_, self.name = student, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student_.request_("call", self.name, args, kwargs)

    def observed(self, *args: Any, **kwargs: Any) -> tuple[Any, tuple[Any, ...]]:
        """(result, the arguments as they are after the call)."""
        value, after = self.student_.request_("call", self.name, args, kwargs, observed=True)
        if type(after) is not tuple or len(after) != len(args):
            raise Stopped("crashed", "protocol", "a reply without the arguments")
        return value, after

    def handle(self, *args: Any, **kwargs: Any) -> Any:
        """Call, and keep the result in the sandbox even if it is plain data."""
        return self.student_.request_("call", self.name, args, kwargs, keep=True)

    @property
    def batch(self) -> Batch:
        """Many calls in one round trip."""
        return Batch(self.student_, self.name)


class Batch:
    """`student.f.batch(cases)`: one outcome per argument tuple; those before a crash are kept."""

    def __init__(self, student: Student, name: str) -> None:
        self.student_, self.name = student, name

    def __call__(self, cases: Sequence[Sequence[Any]], pick: int | None = None) -> list[Outcome]:
        if not cases:
            return []
        columns = [list(column) for column in zip(*cases, strict=True)]
        student = self.student_
        values: list[Any] = []
        failed: dict[int, Any] = {}
        student._parts, student._room = (values, failed), len(cases)
        place = len(student.trace_.calls)
        try:
            reply = student.exchange_("batch", self.name, columns=columns, pick=pick)
            _collect(
                {"part": reply.get("values"), "raised_at": reply.get("raised_at")},
                (values, failed),
                len(cases),
            )
        except Stopped as stopped:
            if not values:
                raise
            rest = [Outcome(error=stopped)] * (len(cases) - len(values))
            return self._outcomes(values, failed) + rest
        finally:
            student._room = 0
        student.trace_.calls[place] = (self.name, f"{len(values)} results")
        if len(values) != len(cases):
            raise Stopped("crashed", "protocol", f"{len(values)} results for {len(cases)} calls")
        return self._outcomes(values, failed)

    def _outcomes(self, values: list[Any], failed: dict[int, Any]) -> list[Outcome]:
        return [
            Outcome(error=raised(self.name, failed[index])) if index in failed else Outcome(value)
            for index, value in enumerate(values)
        ]


class Handle:
    """An object that lives in the sandbox; `of_` gave it. Everything of it is asked for through the pipe."""

    is_handle = True

    def __init__(self, student: Student, number: int, kind: str, of: str) -> None:
        self.student_, self.number_, self.kind, self.of_ = student, number, kind, of

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.student_.request_("apply", _OBJECT, args, kwargs, on=self)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.student_.request_("method", name, args, kwargs, on=self)

    def __getitem__(self, key: Any) -> Any:
        return self.student_.request_("item", _OBJECT, (key,), on=self)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"an object of type `{self.kind}` where a sequence is expected")

    def attribute(self, name: str) -> Any:
        """The value of an attribute."""
        return self.student_.request_("read", name, on=self)

    def value(self) -> Any:
        """The object as plain data, if it can travel."""
        return self.student_.request_("value", _OBJECT, on=self)


def raised(function: str, error: Any) -> StudentRaised | StudentMissing:
    """The exception for what the sandbox told: NotImplementedError means not written yet."""
    told = StudentRaised(function, error if isinstance(error, dict) else {})
    if "NotImplementedError" in told.chain:
        return StudentMissing(function, "not_written")
    return told


def _collect(reply: dict[str, Any], into: tuple[list[Any], dict[int, Any]], room: int) -> None:
    values, failed = into
    part, errors = reply.get("part"), reply.get("raised_at")
    if (
        type(part) is not list
        or type(errors) is not dict
        or not all(len(key) < 10 and key.isdecimal() for key in errors)
    ):
        raise Stopped("crashed", "protocol", "a batch of another shape")
    if len(values) + len(part) > room:
        raise Stopped("crashed", "protocol", "more results than calls")
    failed.update({len(values) + int(index): error for index, error in errors.items()})
    values.extend(part)


def _frames(frames: Any) -> Iterator[tuple[str, int, str, str]]:
    for frame in frames[:8] if isinstance(frames, list) else ():
        if isinstance(frame, dict) and type(frame.get("line")) is int:
            texts = [_text(frame.get(key), 200) for key in ("file", "function", "source")]
            yield texts[0], frame["line"], texts[1], texts[2]


def _kinds(args: Sequence[Any]) -> str:
    return ", ".join(describe(arg) for arg in args[:4]) or "no argument"


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""
