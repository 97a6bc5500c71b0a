"""Exclusive leases: one lock file per device UUID, which the kernel frees when its holder dies.

A lock is `flock`; what the file says (who, since when, or why the device is set aside) is for people and for the
next holder, the lock alone decides. All graders of a machine must use one folder: /run/lock or /tmp, or what
GRADER_GPU_LOCKS names (containers that share a device must share it). Sources: flock(2); proc(5),
fs.protected_regular, for why an existing file is opened without O_CREAT.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from grader.core.errors import UsageError
from grader.core.gpu import WAITING
from grader.core.text import one_line
from grader.sandbox.gpu.devices import Device, DeviceLost, Devices, NoDevices, Sample

FOLDER_VARIABLE = "GRADER_GPU_LOCKS"
SLACK = 64 << 20  # bytes by which a device may differ from its base and still count as given back
_POLL = 0.2  # seconds
_READ = 4096


@dataclass(frozen=True, slots=True)
class Lease:
    """Devices that are ours until `release`.

    Attributes:
        devices: what is leased. base: bytes that were taken on each before us; others: the processes that were there.
    """

    devices: tuple[Device, ...]
    base: Mapping[str, int]
    others: Mapping[str, frozenset[int]]
    _locks: tuple[int, ...] = field(repr=False)

    def settle(
        self, devices: Devices, seconds: float = 30.0, sleep: Callable[[float], object] = time.sleep
    ) -> dict[str, str]:
        """Wait until the devices are as they were; gives those that are not after all, each with the reason."""
        end = devices.now() + seconds
        while True:
            left: dict[str, str] = {}
            lost = False
            for uuid, base in self.base.items():
                try:
                    why = _unsettled(devices, uuid, base, self.others[uuid])
                except DeviceLost as error:
                    why, lost = str(error), True  # no wait brings it back
                left |= {uuid: why} if why else {}
            if not left or lost or devices.now() >= end:
                return left
            sleep(_POLL)

    def release(self, aside: Mapping[str, str] = MappingProxyType({})) -> None:
        """Give the devices to whoever waits; aside: those that nobody may have until they are as they were, and why."""
        for device, lock in zip(self.devices, self._locks, strict=True):
            if device.uuid in aside:
                others = sorted(self.others[device.uuid])
                _write(lock, aside=aside[device.uuid], base=self.base[device.uuid], others=others)
            os.close(lock)


def acquire(
    devices: Devices,
    usable: Sequence[Device],
    count: int,
    folder: Path | None = None,
    told: Callable[[str], None] = lambda text: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Lease:
    """Lease `count` of the usable devices; waits, and tells for whom, while others have them.

    All or none are taken, so that two graders never wait for each other. One that does not answer is passed over.
    Raises NoDevices if too few are left that are not set aside, DeviceLost if those that do not answer are the reason.
    """
    folder = folder or locks_folder()
    said = ""
    while True:
        tried = _try(devices, usable, count, folder)
        if len(tried.taken) == count:
            return _begin(usable, tried)
        _close(tried.taken)
        if len(tried.taken) + len(tried.held) < count:
            if tried.lost is not None:
                raise tried.lost
            raise NoDevices("; ".join(tried.aside) or f"{count} GPUs are asked for, {len(usable)} are here")
        text = f"{WAITING}: {'; '.join(tried.held)}"
        if text != said:
            told(text)
            said = text
        sleep(_POLL)


@dataclass(slots=True)
class _Tried:
    """One round: locks that we have and what their devices showed, and why we have no others, in words."""

    taken: dict[str, int] = field(default_factory=dict)
    looks: dict[str, Sample] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    lost: DeviceLost | None = None


def _try(devices: Devices, usable: Sequence[Device], count: int, folder: Path) -> _Tried:
    """Lock as many of the devices as are asked for, if they are to be had now."""
    tried = _Tried()
    try:
        for device in usable:
            lock = _open(folder / device.uuid)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                tried.held.append(f"{device.uuid}: {_holder(lock)}")
                os.close(lock)
                continue
            tried.taken[device.uuid] = lock
            if why := _still_aside(devices, device.uuid, lock):
                tried.aside.append(f"{device.uuid} is set aside: {why}")
                os.close(tried.taken.pop(device.uuid))
                continue
            try:
                tried.looks[device.uuid] = devices.sample(device.uuid)
            except DeviceLost as error:
                tried.lost = error
                os.close(tried.taken.pop(device.uuid))
            if len(tried.taken) == count:
                break
    except BaseException:
        _close(tried.taken)
        raise
    return tried


def locks_folder() -> Path:
    """The folder of the lock files, made if need be; anyone may add one, nobody may remove another's."""
    given = os.environ.get(FOLDER_VARIABLE)
    shared = Path("/run/lock")
    with suppress(OSError):
        if not given and shared.stat().st_mode & 0o1777 == 0o1777:
            given = str(shared / "grader-gpu")
    folder = Path(given or "/tmp/grader-gpu")
    try:
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o1777)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise UsageError(
                f"{folder}: expected a folder for the GPUs' lock files; name one with {FOLDER_VARIABLE}"
            )
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}; name a folder with {FOLDER_VARIABLE}") from None
    return folder


def _begin(usable: Sequence[Device], tried: _Tried) -> Lease:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    for lock in tried.taken.values():
        _write(lock, pid=os.getpid(), user=_user(), since=since)
    return Lease(
        tuple(one for one in usable if one.uuid in tried.taken),
        {uuid: tried.looks[uuid].used for uuid in tried.taken},
        {uuid: frozenset(tried.looks[uuid].processes) for uuid in tried.taken},
        tuple(tried.taken[one.uuid] for one in usable if one.uuid in tried.taken),
    )


def _unsettled(devices: Devices, uuid: str, base: int, others: frozenset[int]) -> str:
    """What keeps a device from being lent again; empty if nothing does. Raises DeviceLost."""
    look = devices.sample(uuid)
    if strangers := sorted(look.processes.keys() - others):
        return f"{uuid}: process {strangers[0]} is still on it"
    if look.used > base + SLACK:
        return f"{uuid}: {(look.used - base) >> 20} MiB were not given back"
    return ""


def _still_aside(devices: Devices, uuid: str, lock: int) -> str:
    """Why a device that was set aside still is; it is taken up again once it is as it was."""
    note = _read(lock)
    if not note.get("aside"):
        return ""
    base, others = note.get("base"), note.get("others")
    there = (
        frozenset(one for one in others if type(one) is int) if isinstance(others, list) else frozenset[int]()
    )
    try:
        return _unsettled(devices, uuid, base if isinstance(base, int) else 0, there)
    except DeviceLost as error:
        return str(error)


def _holder(lock: int) -> str:
    note = _read(lock)
    if "pid" not in note:
        return "held by another grader"
    return one_line(f"held by {note.get('user')} (process {note['pid']}) since {note.get('since')}")


def _open(path: Path) -> int:
    """The lock file, made if need be, writable for all: whoever has the lock writes its name."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        while True:
            with suppress(FileNotFoundError):
                return os.open(path, flags)
            with suppress(FileExistsError):
                made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
                os.fchmod(made, 0o666)  # whatever the umask
                return made
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a folder with {FOLDER_VARIABLE}") from None


def _write(lock: int, **note: object) -> None:
    data = json.dumps(note).encode()
    with suppress(OSError):  # a full disk: the lock holds without a name
        os.ftruncate(lock, 0)
        os.pwrite(lock, data, 0)


def _read(lock: int) -> dict[str, object]:
    try:
        found = json.loads(os.pread(lock, _READ, 0))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _close(locks: Mapping[str, int]) -> None:
    for lock in locks.values():
        os.close(lock)


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
