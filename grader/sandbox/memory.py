"""Memory of one import or check, all its processes together: held by its control group, or sampled.

Both count on the scale of the limit: bytes above what the fork server had. Pages that are inherited and unchanged are
free; an inherited page that is written to is a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from grader.sandbox import watch
from grader.sandbox.group import Group

_STEP = 1 << 20  # growth in bytes that is worth another exact look
_RUNNER_AND_CHECK = 2  # processes of a check that starts none


class Meter(Protocol):
    """Two implementations: `Held` and `Sampled`."""

    def over(self) -> bool:
        """Is the limit exceeded, or was something killed for it?"""

    def killed(self, by_signal: bool) -> bool:
        """Was it for want of memory that a process ended; by_signal: it was SIGKILL."""

    def note(self, numbers: Mapping[str, int]) -> None:
        """What /proc/<pid>/status says of the check's process."""

    def peak(self) -> int:
        """Most bytes so far."""


class Held:
    """By a control group: the kernel holds the limit and counts the peak.

    Files in the temporary folders lie in memory, too, but have a limit of their own: the kernel's is higher by that
    much, and at every look they are taken off. inside: a process that sees the folders.
    """

    def __init__(self, group: Group, allowed: int, files: int, inside: int) -> None:
        self._group, self._allowed, self._inside = group, allowed, inside
        self._kills = group.kills()  # first: version 2 kills at once where more than the new limit is in use
        self._fits = group.hold(allowed + files)
        group.anew()

    def over(self) -> bool:
        if not self._fits or self.killed(True):
            return True
        if self._group.now() <= self._allowed:
            return False
        return self._group.used() - watch.stored(self._inside) > self._allowed

    def killed(self, by_signal: bool) -> bool:
        return self._group.kills() > self._kills

    def note(self, numbers: Mapping[str, int]) -> None:
        pass

    def peak(self) -> int:
        return self._group.peak()


class Sampled:
    """By looks at the tree of processes: cheap ones at upper bounds, exact ones where it matters.

    Pages of a submission that are shared among k processes and the fork server count k / (k + 1) in the sum of their
    proportional sets: so much of the base is taken off. shared: whether the fork server is outside of the tree.
    """

    def __init__(self, root: int, base: int, allowed: int, shared: bool) -> None:
        self._root, self._base, self._allowed, self._shared = root, base, allowed, shared
        self._near = False
        self._most = self._looked = 0

    def over(self) -> bool:
        pids = watch.tree(self._root)
        bound = watch.resident(pids)
        close = bound > self._allowed // 2  # only then the exact count is worth its price
        if not close and (len(pids) <= _RUNNER_AND_CHECK or bound < self._looked + _STEP):
            return False
        self._looked = max(bound + bound // 8, self._looked)
        used = watch.proportional(pids, self._base)
        own = used - self._base * len(pids) // (len(pids) + self._shared)
        self._most, self._near = max(self._most, own), used > 0.8 * self._allowed
        return used > self._allowed

    def killed(self, by_signal: bool) -> bool:
        return by_signal and self._near

    def note(self, numbers: Mapping[str, int]) -> None:
        if "VmHWM" in numbers:
            self._most = max(self._most, numbers["VmHWM"] - numbers.get("RssFile", 0) - self._base)

    def peak(self) -> int:
        return self._most
