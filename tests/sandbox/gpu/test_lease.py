"""Leases of devices: exclusive, freed by a death, told to who waits, never given while the device is not as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.sandbox.gpu.devices import Device, DeviceLost, NoDevices, Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.lease import acquire, locks_folder

A, B = Device("GPU-a", "Fake", 16 << 30), Device("GPU-b", "Fake", 16 << 30)
IDLE = Sample(0.0, 100)
HOLD = """
import sys, time
from pathlib import Path
from grader.sandbox.gpu.devices import Device, Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.lease import acquire
one = Device("GPU-a", "Fake", 1 << 30)
lease = acquire(Fake(lambda t: Sample(0.0, 0), [one]), [one], 1, Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


class Stalled(Exception):
    """Ends a wait in a test."""


def stalled(seconds: float) -> None:
    raise Stalled


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another grader's process, which holds GPU-a."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_waiter_is_told_for_whom_and_since_when(other: subprocess.Popen[str], tmp_path: Path) -> None:
    """Once, not at every look."""
    told: list[str] = []
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise Stalled

    with pytest.raises(Stalled):
        acquire(Fake(lambda t: IDLE, [A]), [A], 1, tmp_path, told.append, sleep)
    assert len(told) == 1
    assert all(word in told[0] for word in ("GPU-a", f"process {other.pid}", "since 20")), told


def test_the_kernel_frees_what_a_dead_grader_held(other: subprocess.Popen[str], tmp_path: Path) -> None:
    """kill -9 of a real process: the next one gets the device without anybody's help."""
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    lease = acquire(Fake(lambda t: IDLE, [A]), [A], 1, tmp_path, sleep=stalled)
    assert lease.devices == (A,)
    lease.release()


def test_several_devices_serve_several(other: subprocess.Popen[str], tmp_path: Path) -> None:
    """Where one is held, the other is taken; two at once are not to be had then, and none is kept meanwhile."""
    fake = Fake(lambda t: IDLE, [A, B])
    with pytest.raises(Stalled):
        acquire(fake, [A, B], 2, tmp_path, sleep=stalled)
    lease = acquire(fake, [A, B], 1, tmp_path, sleep=stalled)
    assert lease.devices == (B,)
    lease.release()


def test_a_released_device_is_free(tmp_path: Path) -> None:
    """Two leases in a row, and both devices at once."""
    fake = Fake(lambda t: IDLE, [A, B])
    for _ in range(2):
        lease = acquire(fake, [A, B], 2, tmp_path, sleep=stalled)
        assert lease.devices == (A, B)
        lease.release()


def test_settling_waits_until_memory_is_back(tmp_path: Path) -> None:
    """The driver gives memory back a moment after the processes have ended."""
    now = [0.0]
    trace = lambda t: IDLE if t < 1 or t > 3 else Sample(0.0, 5 << 30, {4711: 5 << 30})  # noqa: E731
    fake = Fake(trace, [A], clock=lambda: now[0])
    lease = acquire(fake, [A], 1, tmp_path, sleep=stalled)
    now[0] = 2.0

    def sleep(seconds: float) -> None:
        now[0] += seconds

    assert lease.settle(fake, sleep=sleep) == {}
    assert 3 < now[0] < 4
    lease.release()


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Sample(0.0, 100, {4711: 0}), "process 4711 is still on it"),
        (Sample(0.0, 3 << 30), "3071 MiB were not given back"),
        (None, "GPU is lost"),
    ],
)
def test_a_device_that_does_not_come_back_is_set_aside(
    tmp_path: Path, after: Sample | None, words: str
) -> None:
    """Nobody gets it until it is as it was; then it is lent again."""
    now = [0.0]
    fake = Fake(lambda t: after if 1 < t < 100 else IDLE, [A], clock=lambda: now[0])
    lease = acquire(fake, [A], 1, tmp_path, sleep=stalled)
    now[0] = 2.0

    def sleep(seconds: float) -> None:
        now[0] += 5.0

    left = lease.settle(fake, sleep=sleep)
    assert words in left["GPU-a"]
    lease.release(left)
    with pytest.raises(NoDevices, match="GPU-a is set aside"):
        acquire(fake, [A], 1, tmp_path, sleep=stalled)
    now[0] = 101.0
    acquire(fake, [A], 1, tmp_path, sleep=stalled).release()


def test_processes_of_others_do_not_count_against_us(tmp_path: Path) -> None:
    """A display server was there before the lease and stays."""
    fake = Fake(lambda t: Sample(0.1, 100, {7: 100}), [A])
    lease = acquire(fake, [A], 1, tmp_path, sleep=stalled)
    assert lease.settle(fake, seconds=0.0) == {}
    lease.release()


def test_processes_of_others_do_not_keep_a_device_aside(tmp_path: Path) -> None:
    """What was on it before the lease may stay on it for ever; what came with the lease must go."""
    daemon, ours = Sample(0.1, 100, {7: 100}), Sample(0.1, 100, {7: 100, 4711: 0})
    looks = iter([daemon, ours, ours, daemon, daemon])
    fake = Fake(lambda t: next(looks), [A])
    lease = acquire(fake, [A], 1, tmp_path, sleep=stalled)
    lease.release(lease.settle(fake, seconds=0.0))
    with pytest.raises(NoDevices, match="process 4711 is still on it"):
        acquire(fake, [A], 1, tmp_path, sleep=stalled)
    acquire(fake, [A], 1, tmp_path, sleep=stalled).release()


def test_a_lost_device_does_not_stop_the_others(tmp_path: Path) -> None:
    """One that does not answer is passed over, and its lock with it."""
    fake = Fake({"GPU-a": lambda t: None, "GPU-b": lambda t: IDLE}, [A, B])
    lease = acquire(fake, [A, B], 1, tmp_path, sleep=stalled)
    assert lease.devices == (B,)
    with pytest.raises(DeviceLost, match="GPU-a"):
        acquire(fake, [A], 1, tmp_path, sleep=stalled)
    lease.release()
    with pytest.raises(DeviceLost, match="GPU-a"):
        acquire(fake, [A, B], 2, tmp_path, sleep=stalled)
    acquire(fake, [B], 1, tmp_path, sleep=stalled).release()


def test_a_device_that_is_lost_at_the_start_is_not_kept(tmp_path: Path) -> None:
    """The lock goes with the error."""
    gone = [True]
    fake = Fake(lambda t: None if gone[0] else IDLE, [A])
    with pytest.raises(DeviceLost):
        acquire(fake, [A], 1, tmp_path, sleep=stalled)
    gone[0] = False
    acquire(fake, [A], 1, tmp_path, sleep=stalled).release()


def test_more_devices_than_there_are_is_no_wait(tmp_path: Path) -> None:
    """Who asks for two where one is set up is told at once."""
    with pytest.raises(NoDevices, match="2 GPUs are asked for, 1 are here"):
        acquire(Fake(lambda t: IDLE, [A]), [A], 2, tmp_path, sleep=stalled)


def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    """The folder is open to all users: a link must not make the grader write elsewhere."""
    target = tmp_path / "precious"
    target.write_text("kept")
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "GPU-a").symlink_to(target)
    with pytest.raises(UsageError, match="GRADER_GPU_LOCKS"):
        acquire(Fake(lambda t: IDLE, [A]), [A], 1, locks, sleep=stalled)
    assert target.read_text() == "kept"


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GRADER_GPU_LOCKS, which containers share; a file there is refused."""
    monkeypatch.setenv("GRADER_GPU_LOCKS", str(tmp_path / "locks"))
    assert locks_folder() == tmp_path / "locks"
    assert (tmp_path / "locks").stat().st_mode & 0o1777 == 0o1777
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADER_GPU_LOCKS", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="expected a folder"):
        locks_folder()


def test_a_lock_file_of_rubbish_is_only_a_lock(tmp_path: Path) -> None:
    """What a file says is for people; anything may stand in it."""
    for text in ("", "\x00\xff", "[1, 2]", '{"pid": null}', '{"aside": "x", "base": "y"}'):
        (tmp_path / "GPU-a").write_text(text)
        started = time.monotonic()
        acquire(Fake(lambda t: IDLE, [A]), [A], 1, tmp_path, sleep=stalled).release()
        assert time.monotonic() - started < 60
