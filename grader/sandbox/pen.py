"""The real sandbox: a pen per judge process, a session per submission, a process per check.

Theory of operation. The judge starts a pen (`forkserver`): bubblewrap around a fork server. Each submission
gets a `Space` in it, forked and confined, which imports the files once; each check is a fork of that. As
long as checks end by themselves and leave nothing behind, the Space serves the next one; otherwise it is
killed and made again from the remembered files, so a check's verdict never depends on another check. A pen
is replaced after 200 submissions, when its fork server misbehaves, and, where namespaces cannot be nested,
after each Space.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.sandbox import bwrap, cgroup
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.gpu.binding import Binding
from grader.sandbox.pen_session import PenSession
from grader.sandbox.space import Space

_RETIRE_AFTER = 200  # submissions


class Pen:
    """One judge process's sandbox. Start it from the main thread: bubblewrap dies with its starting thread.

    Attributes: nested: whether submissions get namespaces of their own; why: if not, why not; groups: where control
    groups are made; layers: what holds here; gpu: the devices inside; losses: fork servers that were killed under a
    submission, which has none of them within its reach.
    """

    def __init__(
        self,
        packages: Sequence[str],
        nested: bool | None,
        data: Path | None = None,
        cgroups: str = "",
        gpu: Binding | None = None,
    ) -> None:
        self._packages, self._data, self.gpu = tuple(packages), data, gpu
        self.groups = cgroup.find(cgroups)
        self.losses = 0
        self._session: PenSession | None = None
        self._ahead: ForkServer | None = None
        self.nested = nested is not False
        self._server = self._new(Limits().files + (1 << 20))
        ready = self._server.ready()
        self.nested, self.why = ready.nested, ready.why
        if nested and not ready.nested:
            self._server.close()
            raise SandboxError(f"nested user namespaces do not work here: {ready.why}")
        self.layers = _layers(self._server, self.groups.layer)

    @property
    def data(self) -> str:
        """Where submissions find the image set; empty without one."""
        return bwrap.DATA if self._data is not None else ""

    @classmethod
    def start(
        cls,
        packages: Sequence[str],
        nested: bool | None = None,
        data: Path | None = None,
        cgroups: str = "",
        gpu: Binding | None = None,
    ) -> Pen:
        """Start a pen with these distributions. `nested`: None tries, False forgoes namespaces, True insists.

        data: a folder that submissions may read, as /data. cgroups: see `cgroup.find`. gpu: leased devices, which exist
        in this pen alone.

        Raises SandboxError if a sandbox is impossible here or a package is not installed.
        """
        return cls(packages, nested, data, cgroups, gpu)

    def session(self) -> PenSession:
        """A session for one submission; the one before must be closed. Raises SandboxError."""
        if self._session is not None:
            raise SandboxError("one submission at a time: close the session before the next one")
        if self._server.broken or self._server.jobs >= _RETIRE_AFTER:
            self._replace(self._server.files)
        self._session = PenSession(self)
        return self._session

    def close(self) -> None:
        """End every process of this pen, and the open session. May be called twice."""
        if self._session is not None:
            self._session.close()
        for server in (self._server, self._ahead):
            if server is not None:
                server.close()
        self._ahead = None

    def __enter__(self) -> Pen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def space(self, limits: Limits, alone: bool) -> Space:
        """A confined process for a submission's files, from a fork server that is fit for it."""
        if not self.nested and (self._server.jobs or limits.files != self._server.files):
            self._replace(limits.files)
        try:
            space = self._server.space(limits, alone)
        except SandboxError:  # once more with a new one: the pen may have been killed from outside
            self._replace(limits.files)
            space = self._server.space(limits, alone)
        if not self.nested:
            self._ahead = self._new(limits.files)
        return space

    def collect(self) -> int | None:
        """End the current Space; the wait status of its first process."""
        try:
            status = self._server.collect()
        except SandboxError:  # the fork server is broken, which it remembers: it is replaced at the next use
            self.losses += self.nested
            return None
        if not self.nested:
            self._server.close()
        return status

    def released(self) -> None:
        """The session is closed."""
        self._session = None
        self.collect()

    def _replace(self, files: int) -> None:
        self._server.close()
        ahead, self._ahead = self._ahead, None
        if ahead is not None and (ahead.files != files or ahead.broken):
            ahead.close()
            ahead = None
        self._server = ahead or self._new(files)

    def _new(self, files: int) -> ForkServer:
        return ForkServer(self._packages, self.nested, files, self._data, self.groups, self.gpu)


def _layers(server: ForkServer, totals: str) -> tuple[str, ...]:
    ready = server.ready()
    found = [
        "bubblewrap",
        "unprivileged-user",
        "nested-namespaces" if ready.nested else "single-use-pens",
        "limits",
        totals,
    ]
    found += ["seccomp"] if server.filtered else []
    found += [f"landlock-{ready.landlock}"] if ready.landlock else []
    return tuple(found)
