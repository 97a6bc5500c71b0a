"""A control group for each submission, where the system lets us make one: memory and processes of all of it together.

Three cases. Version 2, delegated: systemd has marked our group (``systemd-run --user --scope -p Delegate=yes``), or
the whole tree that we see is ours, as in a container. Version 1 with writable memory and pids controllers. Neither:
totals are sampled (`grader.sandbox.memory`). Charged to a group is what its processes touch first: pages that a
submission shares with the fork server stay the fork server's until it writes to them.
Sources: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst of Linux; systemd's CGROUP_DELEGATION.md.
"""

from __future__ import annotations

import errno
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from grader.core.errors import SandboxError, UsageError
from grader.sandbox.group import V1, V2, Group, Kind, write

ENVIRONMENT = "GRADER_CGROUPS"
MODES = ("auto", "v2", "v1", "off")
MEND = (
    "not needed: sampling holds the totals. To have one: systemd-run --user --scope -p Delegate=yes grader …\n"
    "(root: the same without --user)"
)
_JUDGES = "grader-judges"  # where version 2 wants the processes of a group that has groups below it
_PREFIX = "grader-"
_ASKED = 10.0  # seconds: systemd may be busy
_YOUNG = 60.0  # seconds: a group without processes may be about to get some


@dataclass(frozen=True, slots=True)
class Groups:
    """Where the groups of submissions are made.

    Attributes:
        kind: files of version 1 or 2, None without groups; why: what was found.
        folders: the parent in each hierarchy: one for version 2, memory's and pids' for version 1.
    """

    kind: Kind | None
    why: str
    folders: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        """What results call it."""
        return self.kind.name if self.kind else "sampling"

    def make(self, memory: int, processes: int) -> Group | None:
        """A group of at most so many bytes and processes; None where there are none. Raises SandboxError."""
        if self.kind is None:
            return None
        name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
        return Group.make(self.kind, tuple(f"{folder}/{name}" for folder in self.folders), memory, processes)


def _counting() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


_numbers = _counting()
NONE = Groups(None, "switched off")


def find(mode: str = "") -> Groups:
    """What this process may use; `mode` is one of MODES, empty: what the environment says. Raises UsageError."""
    mode = mode or os.environ.get(ENVIRONMENT, "auto")
    if mode not in MODES:
        raise UsageError(f'{ENVIRONMENT}: expected one of {", ".join(MODES)}, got "{mode}"')
    return _find(mode, os.getpid())


@functools.cache
def _find(mode: str, pid: int) -> Groups:
    if mode == "off":
        return NONE
    said = []
    for name, look in (("v2", _version_2), ("v1", _version_1)):
        if mode in ("auto", name):
            found = look()
            if found.kind is not None:
                _sweep(found)
                return found
            said.append(f"{name}: {found.why}")
    if mode != "auto":
        raise SandboxError(f"{ENVIRONMENT}={mode}: {said[0].partition(': ')[2]}")
    return Groups(None, "; ".join(said))


def _version_2() -> Groups:
    own = _folder("")
    if own is None:
        return Groups(None, "not mounted")
    top = os.path.dirname(own) if os.path.basename(own) == _JUDGES else own
    missing = {"memory", "pids"} - set(_read(f"{top}/cgroup.controllers").split())
    if missing:
        return Groups(None, f"{' and '.join(sorted(missing))} not available in {top}")
    if not (_whole_tree(top) or _delegated(top)):
        return Groups(None, f"{top} is not delegated to the grader")
    try:
        _enable(top)
    except OSError as error:
        return Groups(None, f"{top}: {error.strerror}")
    return _tried(V2, (top,))


def _version_1() -> Groups:
    folders = tuple(folder for folder in map(_folder, ("memory", "pids")) if folder is not None)
    if len(folders) < 2:
        return Groups(None, "memory and pids not mounted")
    return _tried(V1, folders)


def _tried(kind: Kind, folders: tuple[str, ...]) -> Groups:
    """The answer after a group was really made, entered by a process and removed."""
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    pid = os.posix_spawn(sys.executable, [sys.executable, "-ISc", "import time; time.sleep(60)"], {})
    try:
        group = Group.make(kind, tuple(f"{folder}/{name}" for folder in folders), 1 << 30, 64)
        try:
            group.enter(pid)
        finally:
            group.end()
    except SandboxError as error:
        return Groups(None, str(error))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return Groups(kind, f"below {folders[0]}", folders)


def _enable(top: str) -> None:
    """Have groups below `top` count memory and processes: for that it may have no process itself."""
    for _ in range(5):  # a process may be started meanwhile
        try:
            write(f"{top}/cgroup.subtree_control", "+memory +pids")
            return
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        with suppress(FileExistsError):
            os.mkdir(f"{top}/{_JUDGES}")
        for pid in _read(f"{top}/cgroup.procs").split():
            with suppress(ProcessLookupError):
                write(f"{top}/{_JUDGES}/cgroup.procs", pid)
    raise OSError(errno.EBUSY, "other processes keep it busy")


def _whole_tree(top: str) -> bool:
    return any(top == point for point, _ in _mounts(""))


def _delegated(top: str) -> bool:
    """Is the group marked as ours? systemd of a user marks none (seen with 252): it is asked."""
    for name in ("user.delegate", "trusted.delegate"):
        with suppress(OSError):
            if os.getxattr(top, name) == b"1":
                return True
    return _delegated_to_user(top)


def _delegated_to_user(top: str) -> bool:
    if f"/user@{os.getuid()}.service/" not in top:
        return False
    show = ["systemctl", "--user", "show", "-p", "Delegate", "-p", "ControlGroup", "--"]
    command = [*show, os.path.basename(top)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_ASKED, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):  # no systemctl here, or no word from systemd
        return False
    facts = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    group = facts.get("ControlGroup", "")
    return facts.get("Delegate") == "yes" and group != "" and top.endswith(group)


def _folder(controller: str) -> str | None:
    """This process's own group in the hierarchy of a controller of version 1, or, for "", of version 2."""
    for line in _read("/proc/self/cgroup").splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            for point, root in _mounts(controller):
                if path == root or root == "/" or path.startswith(f"{root}/"):
                    inside = path if root == "/" else path[len(root) :]
                    return os.path.normpath(f"{point}/{inside.lstrip('/')}")
    return None


def _mounts(controller: str) -> Iterator[tuple[str, str]]:
    """(where it is mounted, the group that is mounted there)."""
    for line in _read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        ours = controller in options.split(",") if controller else True
        if ours and kind == ("cgroup" if controller else "cgroup2"):
            yield before.split()[4], before.split()[3]


def _sweep(groups: Groups) -> None:
    """Remove the groups of graders that were killed; one with processes cannot be removed."""
    for folder in groups.folders:
        for entry in os.scandir(folder):
            pid = entry.name.removeprefix(_PREFIX).partition("-")[0]
            if not entry.name.startswith(_PREFIX) or not pid.isdigit() or os.path.exists(f"/proc/{pid}"):
                continue
            with suppress(OSError):
                if time.time() - entry.stat().st_mtime > _YOUNG:
                    os.rmdir(entry.path)


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
