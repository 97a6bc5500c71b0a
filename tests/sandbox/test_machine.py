"""What `grader doctor` says of the machine itself."""

from __future__ import annotations

import errno
import os
import time

import pytest

from grader.sandbox import machine, watch


@pytest.mark.parametrize("found", ["123456 0 7\n", "9 8 7\n"])
def test_a_kernel_that_counts(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    """Seconds run and queued; a thread that has never queued is no sign of anything."""
    monkeypatch.setattr(watch, "_read", lambda path: found)
    ran, queued = watch.scheduled("1") or (0.0, 0.0)
    assert (ran, queued) == tuple(int(part) / 1e9 for part in found.split()[:2])
    assert machine.queueing().holds


def _missing(path: str) -> str:
    raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)


@pytest.mark.parametrize("read", [_missing, lambda path: "0 0 0\n"], ids=["missing", "zeros"])
def test_a_kernel_that_does_not(monkeypatch: pytest.MonkeyPatch, read: object) -> None:
    """The file, what its absence means for checks of speed, and what to do are named."""
    monkeypatch.setattr(watch, "_read", read)
    assert watch.scheduled("thread-self") is None
    layer = machine.queueing()
    assert not layer.holds
    assert all(word in layer.why for word in ("/proc/<pid>/schedstat", "faster_than", "k times as fast"))
    assert "CONFIG_SCHEDSTATS" in layer.mend


def test_this_kernel() -> None:
    """Where it counts, what a thread has run grows with its work."""
    before = watch.scheduled("thread-self")
    if before is None:
        pytest.skip("this kernel has no /proc/<pid>/schedstat that counts")
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass
    after = watch.scheduled("thread-self")
    assert after is not None
    assert after[0] > before[0]
