"""One submission in a pen: imported once, a process per check, made again whenever a check leaves traces."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox import space as spaces
from grader.sandbox import watch
from grader.sandbox.channel import Owner, PenChannel, explain
from grader.sandbox.session import Measured, Stopped
from grader.sandbox.space import Space
from grader.sandbox.talk import HungUp
from grader.sandbox.watch import Beside, Watch

if TYPE_CHECKING:
    from grader.sandbox.pen import Pen

_ENDED_SECONDS = 1.0


class PenSession:
    """Implements `grader.sandbox.session.Session`: one submission in the pen.

    Attributes: beside: what else may be exceeded while the submission's code runs, looked at with the limits.
    """

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self.layers, self.data = pen.layers, pen.data
        self._space: Space | None = None
        self._channel: PenChannel | None = None
        self._request: bytes | None = None
        self._report: dict[str, Any] = {}
        self._failed: Stopped | None = None
        self._alone = pen.gpu is not None  # CUDA does not survive a fork
        self._closed = False
        self.beside: Beside | None = None
        self._printed = ""
        self._import: Watch | None = None
        self._import_wall = 0.0

    def load(self, files: Mapping[str, bytes], entry: str, limits: Limits) -> bytes:
        """Place the files, import `entry`, return the import report's body. Raises Stopped, SandboxError."""
        if self._request is not None or self._closed:
            raise ValueError("a session loads one submission")
        self._request = wire.encode({"files": dict(files), "entry": entry})
        self._hand_in = (
            1 + (sum(map(len, files.values())) >> 20)
        ) << 20  # whole MiB, on top of what may be written
        self._limits = dataclasses.replace(limits, files=limits.files + self._hand_in)
        try:
            body = self._enter()
            self._report = _decoded(body)
        except Stopped as stopped:
            self._failed = stopped
            raise
        assert self._space is not None
        if not self._alone:
            self._alone = self._space.restless()
            if self._alone:
                self._leave()
        return body

    def open(self, limits: Limits, seed: int) -> PenChannel:
        """Start one check in a process of its own. Raises Stopped, SandboxError."""
        if self._failed is not None:
            raise self._failed
        if self._request is None or self._channel is not None or self._closed:
            raise ValueError("load the submission first, and close the channel of the check before")
        if not self._report.get("ok"):
            raise Stopped("crashed", "exit", "there is no module: the import failed")
        wanted = _both(self._limits, dataclasses.replace(limits, files=limits.files + self._hand_in))
        if self._space is None or wanted != self._limits:
            self._limits = wanted
            self._again()
        try:
            return self._start(limits, seed)
        except HungUp:  # an earlier check has spoilt the process it was forked from
            self._again()
        try:
            return self._start(limits, seed)
        except HungUp:
            raise explain(self._autopsy(), self._watch) from None

    def output(self) -> str:
        """What the (first) import printed."""
        return self._printed

    def imported(self) -> Measured:
        """What the (last) import used; what has died was counted when it did."""
        budget = self._import
        if budget is None:
            return Measured(0.0, 0.0, 0)
        if self._space is not None:  # it has said why it failed, and still stands
            for pid in watch.tree(self._space.pid):
                budget.memory.note(watch.status(pid))
        return Measured(self._import_wall, budget.cpu(), budget.memory.peak())

    def close(self) -> None:
        """Remove everything of the submission. May be called twice."""
        if self._channel is not None:
            self._channel.close()
        if not self._closed:
            self._closed = True
            self._space = None
            self._pen.released()

    def _enter(self) -> bytes:
        """A new Space with the submission imported; the report's body."""
        assert self._request is not None
        self._space = space = self._pen.space(self._limits, self._alone)
        space.beside = self.beside
        try:
            body = space.load(self._request)
        except HungUp:
            self._note(space)
            status = self._autopsy()
            assert space.watch is not None
            raise explain(status, space.watch) from None
        except Stopped:
            self._note(space)
            self._leave()
            raise
        self._note(space)
        if not self._alone:
            space.remember()
        return body

    def _note(self, space: Space) -> None:
        self._printed = self._printed or space.printed.text()
        assert space.watch is not None
        self._import, self._import_wall = space.watch, space.watch.wall()

    def _again(self) -> None:
        """Import once more; it must end as it did the first time."""
        self._leave()
        report = _decoded(self._enter())
        if report.get("ok") != self._report.get("ok"):
            self._leave()
            raise Stopped("crashed", "exit", "the import ended differently the second time")

    def _start(self, limits: Limits, seed: int) -> PenChannel:
        assert self._space is not None
        space = self._space
        space.beside = self.beside
        self._watch = space.budget(limits)
        channel, printed = space.order(seed, limits)
        pid = spaces.sender(channel, limits.wall)
        try:
            if pid is None:
                raise HungUp
            self._channel = PenChannel(
                channel, printed, pid, self._watch, Owner(self._fate, self._leave, self._finished)
            )
        except (HungUp, ProcessLookupError):
            channel.close()
            printed.close()
            raise HungUp from None
        return self._channel

    def _fate(self) -> int | None:
        """Wait status of the check's process: the runner's word, or the fork server's where all is dead."""
        status = None if self._alone or self._space is None else self._space.ended(_ENDED_SECONDS)
        return status if status is not None else self._autopsy()

    def _autopsy(self) -> int | None:
        """End the Space; its first process's wait status, None if it was us who had to kill it."""
        died = self._space is not None and self._space.died(_ENDED_SECONDS)
        self._space = None
        status = self._pen.collect()
        return status if died else None

    def _finished(self, clean: bool) -> None:
        self._channel = None
        space = self._space
        if space is None:
            return
        reported = clean and not self._alone and space.ended(_ENDED_SECONDS) is not None
        if not reported or space.strangers() or space.touched():
            self._leave()

    def _leave(self) -> None:
        if self._space is not None:
            self._space = None
            self._pen.collect()


def _decoded(body: bytes) -> dict[str, Any]:
    """The import report; it comes from a process that has run the student's code. Raises Stopped."""
    try:
        report = wire.decode(body)
    except wire.WireError as error:
        raise Stopped("crashed", "protocol", str(error)) from None
    if not isinstance(report, dict):
        raise Stopped("crashed", "protocol", "an import report of another kind")
    return report


def _both(first: Limits, second: Limits) -> Limits:
    """The larger of the limits that hold for a whole Space; the others stay as they were for the import."""
    names = ("memory", "processes", "files")
    return dataclasses.replace(
        first, **{name: max(getattr(first, name), getattr(second, name)) for name in names}
    )
