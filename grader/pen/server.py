"""The student's end of the pipe: answers the judge's requests against the imported module.

Strict alternation: each request gets exactly one reply, unless the student's code calls a judge's function
meanwhile; then that call goes out first and the server reads until its answer has come. The same class, without a
pipe, runs the reference and its variants inside the judge: one mechanism for grading, diagnosis and audit.
"""

from __future__ import annotations

import contextlib
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from . import drivers, wire
from .seeds import seed_generators
from .submission import describe

_FLUSH_SECONDS = 0.05  # a batch sends what it has after this long, so that a crash loses little


class Callback:
    """A function of the judge, as the student's code sees it."""

    def __init__(self, server: Server, number: int) -> None:
        self._server, self._number = server, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._server.call_judge(self._number, args, kwargs)


class CallbackError(Exception):
    """The judge's function could not be evaluated at the given argument."""


class Server:
    """Answers one request body with one reply body.

    Attributes:
        module: the student's module (or the reference, or a variant of it).
        ask: sends a body to the judge and returns the next body from it; used by callbacks and long batches.
        folder: where the student's files lie, to tell their frames from ours.
    """

    def __init__(self, module: types.ModuleType, ask: Callable[[bytes], bytes], folder: str) -> None:
        self.module, self.ask, self.folder = module, ask, folder
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}  # id of a kept object → its number

    def handle(self, body: bytes) -> bytes:
        """The reply to one request."""
        request = wire.decode(body, self._resolve)
        try:
            reply = self._perform(request)
        except wire.BadValue as error:
            reply = {"bad": str(error)}
        except BaseException as error:
            reply = {"raised": describe(error, self.folder)}
        return self._reply(request["id"], reply)

    def call_judge(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Have the judge evaluate callback `number`; meanwhile answer what it asks."""
        message = {"callback": number, "args": args, "kwargs": kwargs}
        answer = self.ask(wire.encode(message, self._export))
        while True:
            reply = wire.decode(answer, self._resolve)
            if "op" not in reply:
                break
            answer = self.ask(self.handle(answer))
        if reply.get("error") is not None:
            raise CallbackError(reply["error"])
        return reply["return"]

    def _reply(self, number: int, reply: dict[str, Any]) -> bytes:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):  # the student may have replaced or closed it
                stream.flush()
        try:
            return wire.encode({"id": number, **reply}, self._export)
        except wire.BadValue as error:
            return wire.encode({"id": number, "bad": str(error)})
        except BaseException as error:  # an object whose conversion raises
            return wire.encode({"id": number, "raised": describe(error, self.folder)})

    def _perform(self, request: dict[str, Any]) -> dict[str, Any]:
        op, name = request["op"], request["name"]
        if op == "has":
            return {"value": hasattr(self.module, name)}
        if op == "seed":
            seed_generators(request["args"][0])
            return {"value": None}
        if op == "nudge":
            return {"value": self._nudge(request)}
        if op == "batch":
            return self._batch(request)
        if op == "drive":
            value = drivers.DRIVERS[name](*request["args"], **request["kwargs"])
            return {"value": _Kept(value) if request["keep"] else value}
        if op == "value":
            return {"value": request["on"]}
        if op == "item":
            return {"value": request["on"][request["args"][0]]}
        if op == "read" and request["on"] is None and not hasattr(self.module, name):
            return {"absent": name}
        if op == "read":
            return {"value": getattr(self.module if request["on"] is None else request["on"], name)}
        function = self._function(op, request["on"], name)
        if function is None:
            return {"absent": name}
        result = function(*request["args"], **request["kwargs"])
        if request["keep"]:
            result = _Kept(result)
        return {"value": result, "args": request["args"]} if request["observed"] else {"value": result}

    def _function(self, op: str, on: Any, name: str) -> Any:
        if op == "apply":
            return on
        if op == "method":
            return getattr(on, name)
        return getattr(self.module, name, None)

    def _batch(self, request: dict[str, Any]) -> dict[str, Any]:
        """Columns in, columns out.

        `columns` holds one list per argument; the reply has the values in order, exceptions by index.
        """
        function = self._function("call", None, request["name"])
        if function is None:
            return {"absent": request["name"]}
        pick = request["pick"]
        values: list[Any] = []
        raised: dict[str, Any] = {}
        last = time.monotonic()
        for args in zip(*request["columns"], strict=True):
            try:
                value = function(*args)
                values.append(value if pick is None else value[pick])
            except BaseException as error:
                raised[str(len(values))] = describe(error, self.folder)  # counted from the start of this part
                values.append(None)
            if time.monotonic() - last > _FLUSH_SECONDS:
                self.ask(self._reply(request["id"], {"part": values, "raised_at": raised}))
                values, raised, last = [], {}, time.monotonic()
            if len(raised) > 20_000:
                raise wire.BadValue("more than 20000 exceptions in one batch")
        return {"values": values, "raised_at": raised}

    def _nudge(self, request: dict[str, Any]) -> Any:
        """Σ weights ⊙ f(args) with one entry of one target array moved by +h and by −h, for every entry in turn.

        The targets are arrays of `args`, the same objects: that is what aliasing on the wire is for.
        """
        function = getattr(self.module, request["name"])
        pick, weights, h = request["how"]
        sums: list[float] = []
        for target in request["targets"]:
            for index in np.ndindex(target.shape):
                kept = target[index]
                for moved in (kept + h, kept - h):
                    target[index] = moved
                    value = function(*request["args"], **request["kwargs"])
                    sums.append(float(np.sum(weights * (value if pick is None else value[pick]))))
                target[index] = kept
        return np.array(sums)

    def _export(self, value: object) -> dict[str, Any]:
        kept = value.value if isinstance(value, _Kept) else value
        if isinstance(kept, Callback):
            return {"f": kept._number}
        number = self._numbers.get(id(kept))
        if number is None:
            number = self._numbers[id(kept)] = len(self._objects)
            self._objects[number] = kept
        return {"h": number, "k": type(kept).__name__[:80]}

    def _resolve(self, tag: str, payload: Any) -> Any:
        if tag == "h" and type(payload[0]) is int and payload[0] in self._objects:
            return self._objects[payload[0]]
        if tag == "f" and type(payload) is int:
            return Callback(self, payload)
        raise wire.WireError("a handle that was never issued")


class _Kept:
    """Marks a result that stays here even though it could travel."""

    def __init__(self, value: object) -> None:
        self.value = value


def serve(
    read: Callable[[], bytes | None],
    write: Callable[[bytes], None],
    module: types.ModuleType,
    seed: int,
    folder: str = "/tmp",
) -> None:
    """Seed the generators, then answer requests until `read` gives None."""

    def ask(body: bytes) -> bytes:
        write(body)
        answer = read()
        if answer is None:
            raise SystemExit(0)
        return answer

    seed_generators(seed)
    server = Server(module, ask, folder)
    while (body := read()) is not None:
        write(server.handle(body))


def rehearse() -> None:
    """Answer some requests in the fork server: what Python specialises on the way is then there before the fork.

    A function that is first run in a child makes the child copy the pages of its bytecode, for every check again.
    """
    module = types.ModuleType("rehearsal")
    module.__dict__.update(same=lambda *args: args if len(args) > 1 else args[0])
    server = Server(module, bytes, "/nowhere")
    more: dict[str, Any] = {"on": None, "observed": False, "keep": False, "pick": None, "kwargs": {}}
    values: tuple[Any, ...] = (np.ones((3, 4)), [1, 2.5, "x"], {"k": (np.float64(1.0), None, True)})
    for number in range(40):
        request = {"id": number, "op": "call", "name": "same", "args": values, **more}
        server.handle(wire.encode(request))
        server.handle(wire.encode({**request, "op": "batch", "columns": [[1, 2], [values[0], values[0]]]}))
        server.handle(wire.encode({**request, "args": ()}))
        seed_generators(number)
