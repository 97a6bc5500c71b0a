"""One running pen: bubblewrap around a fork server that has numpy (and torch, if listed) imported.

The control socket carries one JSON message a packet. What the fork server says is trusted, it has seen no
student's code; so anything unexpected from it means that the pen itself is broken, and it is replaced.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.sandbox import bwrap, cgroup, filter, orphans, packages
from grader.sandbox.cgroup import Groups
from grader.sandbox.gpu.binding import Binding
from grader.sandbox.space import Space

_READY_SECONDS = 180.0  # a cold import of torch on a busy machine
_END_SECONDS = 10.0
_CLOSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Ready:
    """What a fork server says of itself: nested namespaces or why not, own bytes, Landlock's version."""

    nested: bool
    why: str
    anonymous: int
    landlock: int


class ForkServer:
    """A pen's process. Attributes: jobs: submissions served; broken: why not to use it again, or empty."""

    def __init__(
        self,
        names: Sequence[str],
        nested: bool,
        files: int,
        data: Path | None = None,
        groups: Groups = cgroup.NONE,
        gpu: Binding | None = None,
    ) -> None:
        self._groups = groups
        bwrap.executable()
        allowed = packages.allow_list(names)
        self.jobs, self.broken, self.files = 0, "", files
        self._space: Space | None = None
        self._ready: Ready | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        bpf = filter.descriptor()
        self.filtered = bpf >= 0
        setup = {
            "control": theirs.fileno(),
            "filter": bpf,
            "nested": nested,
            "site": bwrap.SITE,
            "packages": allowed.modules,
            "files": files,
            "nodes": list(gpu.nodes) if gpu is not None else [],
        }
        # -I would ignore PYTHONHASHSEED; the environment is bwrap's anyway
        program = [bwrap.interpreter(), "-s", "-S", "-P", "-B", bwrap.PEN, "zygote", json.dumps(setup)]
        self._errors = os.memfd_create("errors")
        try:
            self._process = self._launch(
                bwrap.command(allowed.places, program, files, nested, data, gpu), theirs.fileno(), bpf
            )
        finally:
            theirs.close()
            if bpf >= 0:
                os.close(bpf)
        self._end = os.pidfd_open(self._process.pid)

    def ready(self) -> Ready:
        """Wait until the imports are done. Raises SandboxError with what bubblewrap or Python said."""
        if self._ready is None:
            said = self._hear(_READY_SECONDS, "start")
            if said.get("ready") is not True or said["threads"] != 1 or said["failed"]:
                reason = said.get("failed") or f"{said.get('threads')} threads before the first fork"
                self.close()
                raise SandboxError(f"the sandbox could not import what the assignment lists: {reason}")
            self._ready = Ready(said["nested"], said["why"], said["anonymous"], said["landlock"])
        return self._ready

    def space(self, limits: Limits, alone: bool) -> Space:
        """Fork a process for one submission, confined and waiting for its files. Raises SandboxError."""
        ready = self.ready()
        self.collect()
        self.jobs += 1
        top = None if ready.nested else self._process.pid
        self._space = Space(self._control, limits, ready.anonymous, alone, top, self._groups)
        try:
            self._space.begin()
        except SandboxError as error:
            self.broken = str(error)
            raise
        return self._space

    def collect(self) -> int | None:
        """End the current submission, if any, and return the wait status of its first process."""
        space, self._space = self._space, None
        if space is None:
            return None
        space.kill()
        try:
            said = self._hear(_END_SECONDS, "end of a submission")
        except SandboxError:
            space.leave_group()
            raise
        if said.get("threads") != 1 or type(said.get("status")) is not int:
            self.broken = f"unexpected report {said}"
        space.over(said.get("status"), said.get("cpu", 0.0))
        return space.status

    def close(self) -> None:
        """Kill everything inside and wait until it is gone. May be called twice."""
        self.broken = self.broken or "closed"
        if self._errors < 0:
            return
        if self._space is not None:
            self._space.kill()
            self._space.leave_group()
        if self._ready is not None:  # let it end in order: bwrap then collects its own children
            self._control.shutdown(socket.SHUT_WR)
            self._wait_for_hangup(_CLOSE_SECONDS)
        try:
            self._process.wait(_CLOSE_SECONDS if self._ready else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        orphans.end_adopted()
        self._wait_for_hangup(_END_SECONDS)
        os.close(self._end)
        self._control.close()
        os.close(self._errors)
        self._errors = -1

    def _launch(self, command: bwrap.Command, *inherited: int) -> subprocess.Popen[bytes]:
        arguments = command.direct()
        if os.geteuid() == 0:
            spec = {"sources": command.sources, "arguments": command.arguments}
            script = str(Path(__file__).with_name("launcher.py"))
            arguments = [sys.executable, "-I", "-S", script, json.dumps(spec)]
        orphans.adopt()
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            pass_fds=[descriptor for descriptor in inherited if descriptor >= 0],
            cwd="/",
            start_new_session=True,  # an interrupt from the keyboard is for the judge to handle
            env={},
        )

    def _hear(self, seconds: float, what: str) -> dict[str, Any]:
        """The next message, or SandboxError if there is none in time or bubblewrap has ended."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._end, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(seconds * 1000)]
        if not ready:
            self.broken = f"silent for {seconds:g} s at the {what}"
            self.close()
            raise SandboxError(f"the fork server was {self.broken}")
        try:
            said = json.loads(self._control.recv(1 << 16, socket.MSG_DONTWAIT) or b"null")
        except (OSError, ValueError):
            said = None
        if not isinstance(said, dict):
            reason = os.pread(self._errors, 2000, 0).decode(errors="replace").strip()
            self.broken = f"ended at the {what}: {reason or 'no message'}"
            self.close()
            raise SandboxError(f"the sandbox {self.broken}")
        return said

    def _wait_for_hangup(self, seconds: float) -> None:
        """Until the fork server's end of the control socket is closed by its death."""
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        while (left := deadline - time.monotonic()) > 0:
            try:
                if poll.poll(left * 1000) and not self._control.recv(1 << 16):
                    return
            except OSError:
                return
