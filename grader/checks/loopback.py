"""The reference, or a variant of it, behind the same channel as a submission: served in the judge's own process."""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Mapping

from grader.core.limits import Limits
from grader.pen import wire
from grader.pen.seeds import seed_generators
from grader.pen.server import Server
from grader.sandbox.session import Measured


class Loopback:
    """A `Channel` without a process: requests are answered by a `Server` on the given module.

    A callback goes out as the reply of `exchange`, and its answer comes in by the next `exchange`, as on the
    real pipe; so the server runs the student's function in a nested call and `answer` is what the judge would
    have sent.
    """

    def __init__(self, module: types.ModuleType, seed: int, folder: str) -> None:
        seed_generators(seed)
        self.answer: Callable[[bytes], bytes] | None = None
        self._server = Server(module, self._ask, folder)

    def exchange(self, body: bytes) -> bytes:
        return self._server.handle(body)

    def _ask(self, body: bytes) -> bytes:
        assert self.answer is not None
        return self.answer(body)

    def cpu_seconds(self) -> float:
        return time.process_time()

    def excused_seconds(self) -> float | None:
        return None

    def memory_bytes(self) -> tuple[int, int]:
        return 0, 0

    def output(self) -> str:
        return ""

    def close(self) -> Measured:
        return Measured(0.0, 0.0, 0)


class ModuleSession:
    """A `Session` whose submission is a module of this process: how audit grades a variant as if it were handed in."""

    layers: tuple[str, ...] = ()

    def __init__(self, module: types.ModuleType, folder: str, data: str = "") -> None:
        self._module, self._folder, self.data = module, folder, data

    def load(self, files: Mapping[str, bytes], entry: str, limits: Limits) -> bytes:
        return wire.encode({"ok": True, "threads": 1, "raised": None})

    def open(self, limits: Limits, seed: int) -> Loopback:
        return Loopback(self._module, seed, self._folder)

    def output(self) -> str:
        return ""

    def imported(self) -> Measured:
        return Measured(0.0, 0.0, 0)

    def close(self) -> None:
        pass
