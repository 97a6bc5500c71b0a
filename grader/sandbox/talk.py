"""One request and its reply with a process that may be hostile, dead or silent.

The judge never blocks on the other end: it sends and receives as far as the socket takes it, drains what is
printed, and looks at the budget every tick. A fast reply costs one poll.
"""

from __future__ import annotations

import os
import select
import socket
import time

from grader.pen import wire
from grader.sandbox.session import Stopped
from grader.sandbox.watch import Watch

_TICK = 0.05  # seconds
_KEPT = 64 << 10  # bytes of output
_CHUNK = 1 << 16


class HungUp(Exception):
    """The other end closed or died before its reply; how it died is for the caller to find out."""


class Printed:
    """The reading end of an output pipe: the first 64 KiB are kept, all of it is counted.

    Attributes: descriptor: to poll; total: bytes so far; open: whether somebody may still write.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor, self.total, self.open = descriptor, 0, True
        self._kept = bytearray()

    def drain(self) -> None:
        """Read what is there without waiting, at most 1 MiB at once: a flood must not hold the judge."""
        for _ in range(16):
            if not self.open:
                return
            try:
                part = os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                return
            self.open = bool(part)
            self.total += len(part)
            self._kept += part[: _KEPT - len(self._kept)]

    def text(self) -> str:
        """The kept beginning, undecodable bytes replaced."""
        self.drain()
        return self._kept.decode("utf-8", "replace")

    def close(self) -> None:
        """Read the rest and close; reading afterwards gives what was kept."""
        if self.descriptor >= 0:
            self.drain()
            os.close(self.descriptor)
        self.descriptor, self.open = -1, False


class Line:
    """A socket to a process, its output, and a descriptor that becomes readable when the process dies."""

    def __init__(self, channel: socket.socket, printed: Printed, death: int) -> None:
        channel.setblocking(False)
        self.channel, self.printed, self._death = channel, printed, death
        self._tick = (
            time.monotonic() + _TICK
        )  # outlives an exchange: many quick ones must not hide from the watch
        self._poll = select.poll()
        for descriptor in (channel.fileno(), printed.descriptor, death):
            self._poll.register(descriptor, select.POLLIN)

    def exchange(self, body: bytes, watch: Watch) -> bytes:
        """Send a body, wait for the reply's. Raises Stopped for a limit or a bad frame, HungUp for an end."""
        sending = memoryview(wire.frame(body))
        sending = sending[self._send(sending) :]
        reply = _Reply()
        while True:
            if time.monotonic() >= self._tick:
                if (exceeded := watch.exceeded()) is not None:
                    raise exceeded
                self._tick = time.monotonic() + _TICK
            self._poll.modify(self.channel.fileno(), select.POLLIN | (select.POLLOUT if sending else 0))
            ready = dict(self._poll.poll(_TICK * 1000))
            heard = ready.get(self.channel.fileno(), 0)
            if self.printed.descriptor in ready:
                self._drain(watch.limits.output)
            if heard & select.POLLOUT:
                sending = sending[self._send(sending) :]
            if heard & ~select.POLLOUT and reply.read(self.channel):
                if sending:
                    raise Stopped("crashed", "protocol", "a reply before the request was read")
                return reply.body()
            if self._death in ready and not heard & select.POLLIN:
                raise HungUp

    def _send(self, data: memoryview) -> int:
        try:
            return self.channel.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0
        except OSError:  # closed or reset
            raise HungUp from None

    def _drain(self, limit: int) -> None:
        self.printed.drain()
        if self.printed.total > limit:
            raise Stopped("crashed", "output", f"more than {limit} bytes printed")
        if not self.printed.open:
            self._poll.unregister(self.printed.descriptor)


class _Reply:
    """A frame on its way in."""

    def __init__(self) -> None:
        self._head = b""
        self._body: bytearray | None = None
        self._filled = 0

    def read(self, channel: socket.socket) -> bool:
        """Take what has arrived; True when the frame is complete. Raises HungUp, Stopped."""
        try:
            if self._body is None:
                return self._begin(channel)
            count = channel.recv_into(memoryview(self._body)[self._filled :])
        except BlockingIOError:
            return False
        except ConnectionError:
            raise HungUp from None
        if count == 0:
            raise HungUp
        self._filled += count
        return self._filled == len(self._body)

    def body(self) -> bytes:
        return bytes(self._body or b"")

    def _begin(self, channel: socket.socket) -> bool:
        part = channel.recv(_CHUNK if not self._head else wire.HEADER - len(self._head))
        if not part:
            raise HungUp
        self._head += part
        if len(self._head) < wire.HEADER:
            return False
        try:
            length = wire.body_length(self._head[: wire.HEADER], wire.MAX_BODY)
        except wire.WireError as error:
            raise Stopped("crashed", "protocol", str(error)) from None
        rest = self._head[wire.HEADER :]
        if len(rest) > length:
            raise Stopped("crashed", "protocol", "more than one reply")
        self._body = bytearray(length)
        self._body[: len(rest)] = rest
        self._filled = len(rest)
        return self._filled == length
