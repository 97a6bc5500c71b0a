"""The kernel's layers around one submission, put on by the process itself before it sees a student's file.

Order matters: id maps, mounts, limits, capabilities, no_new_privs, Landlock, and the syscall filter last,
because it refuses what the earlier steps need. Only the standard library and the C library's own wrappers
are used.
Sources: user_namespaces(7), capabilities(7), landlock(7), seccomp(2), setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # keeps the interpreter's lock: needed around a fork
_libc.syscall.restype = _held.syscall.restype = ctypes.c_long

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID = 0x0002_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000
# no network one: the pen has none to use, and another empty one costs 0.3 ms
_NAMESPACES = _NEWNS | _NEWIPC | _NEWUSER | _NEWPID
_CLONE = {"x86_64": 56, "aarch64": 220}
_NOSUID_NODEV, _NOEXEC = 2 | 4, 8
_PDEATHSIG, _DUMPABLE, _SECCOMP, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT = 1, 4, 22, 24, 38, 47
_SUBREAPER = 36
_CAPABILITY_VERSION_3 = 0x2008_0522
_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_READ = 0b1101  # execute, read file, read folder
_MAKE_DEVICE = 1 << 6 | 1 << 11
_WRITE_FILE, _READ_WRITE, _DEVICE_CALLS = 0b10, 0b110, 1 << 15  # the last one since version 5
_THREADS = "/proc/self/task"
MAX_INODES = 4096
STACK = 64 << 20
OPEN_FILES = 256


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a submission: bytes of data in one process, processes at a time, bytes in a file, seconds."""

    data: int
    processes: int
    files: int
    cpu: int


def fork(namespaces: bool) -> int:
    """Fork; with `namespaces` the child is process 1 of its own user, process, mount and IPC namespaces.

    One raw clone saves a fork (18 ms with torch loaded) against unshare and fork. Allowed because one
    thread runs.
    """
    if not namespaces:
        return os.fork()
    number = _CLONE.get(platform.machine())
    if number is None:
        raise OSError(f"no number of clone known on {platform.machine()}")
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(
        _held.syscall(
            ctypes.c_long(number), ctypes.c_ulong(_NAMESPACES | signal.SIGCHLD), None, None, None, None
        )
    )
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    error = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return pid


def settle(uid: int, gid: int, files: int) -> None:
    """In the new namespaces: keep the ids, mount an own /proc, /tmp and /dev/shm of at most `files` bytes."""
    _write("setgroups", "deny")
    _write("uid_map", f"{uid} {uid} 1")
    _write("gid_map", f"{gid} {gid} 1")
    size = f"size={files},nr_inodes={MAX_INODES},mode=0700"
    _mount("proc", "/proc", _NOSUID_NODEV | _NOEXEC, "")
    _mount("tmpfs", "/tmp", _NOSUID_NODEV, size)
    _mount("tmpfs", "/dev/shm", _NOSUID_NODEV, size)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends."""
    _prctl(_PDEATHSIG, signal.SIGKILL)


def confine(bounds: Bounds, bpf: bytes, landlock: bool, nodes: Sequence[str] = ()) -> None:
    """Limits, no capabilities, no new privileges, Landlock, the syscall filter: for good. Raises OSError.

    nodes: of GPUs, which may be written and called.
    """
    limit(bounds)
    _write("oom_score_adj", "1000")  # when the machine runs short, this goes before the judge and the pen
    _prctl(_SUBREAPER, 1)
    _drop_capabilities()
    _prctl(_NO_NEW_PRIVS, 1)
    if landlock:
        _landlock(nodes)
    else:
        _prctl(_DUMPABLE, 0)  # else a check could write to the runner's memory through /proc/1/mem
    if bpf:
        _filter(bpf)


def keep_to_own_threads(nodes: Sequence[str]) -> None:
    """With GPUs: of all that is below /proc only this process's own threads may be written from here on.

    CUDA names them, and fails where it may not; their folder is known only now, so this is a second layer. With
    Landlock it also puts the process that waits for this one out of reach. Raises OSError.
    """
    if landlock_version():
        os.open(_THREADS, os.O_PATH)  # stays open: what the kernel forgets of /proc loses its rule
        _landlock(nodes, _THREADS)
    else:
        _prctl(_DUMPABLE, 1)  # the files of its own threads would be root's; who waits for it stays closed


def limit(bounds: Bounds) -> None:
    """Limits of this process, except CPU: it serves many checks, and the judge watches its import."""
    hard = resource.RLIM_INFINITY
    for which, value in (
        (resource.RLIMIT_DATA, bounds.data),
        (resource.RLIMIT_NPROC, bounds.processes),
        (resource.RLIMIT_FSIZE, bounds.files),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_STACK, STACK),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 1 << 16),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, ceiling = resource.getrlimit(which)
        value = value if ceiling == hard else min(value, ceiling)
        resource.setrlimit(which, (value, value))


def limit_check(bounds: Bounds) -> None:
    """Lower the limits for one check; its CPU seconds count from now, the judge counts them more finely."""
    limit(bounds)
    cpu = int(time.process_time()) + bounds.cpu
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))


def landlock_version() -> int:
    """Version of the kernel's Landlock interface, 0 if there is none."""
    return max(0, int(_libc.syscall(_RULESET, None, ctypes.c_size_t(0), 1)))


def _landlock(nodes: Sequence[str], threads: str = "/proc") -> None:
    """Read all of the pen, write to the temporary folders only; no TCP, no signals or sockets to outside.

    With GPUs also write to and call their nodes, and write below `threads`.
    """
    version = landlock_version()
    if not version:
        raise OSError("Landlock is gone")
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    every = (1 << bits) - 1
    attributes = struct.pack("<QQQ", every, 0b11, 0b11)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = int(_libc.syscall(_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    if ruleset < 0:
        raise _error("landlock_create_ruleset")
    writable = every & ~_MAKE_DEVICE
    rules = [("/", _READ), ("/tmp", writable), ("/dev/shm", writable), ("/dev/null", _READ_WRITE)]
    if nodes:
        rules += [(node, _READ_WRITE | _DEVICE_CALLS & every) for node in nodes] + [(threads, _WRITE_FILE)]
    for path, rights in rules:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", rights, place)
        if _libc.syscall(_ADD_RULE, ruleset, 1, rule, 0):
            raise _error(f"landlock_add_rule {path}")
        os.close(place)
    if _libc.syscall(_RESTRICT, ruleset, 0):
        raise _error("landlock_restrict_self")
    os.close(ruleset)


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the first number that the kernel does not know, or no right to drop because none is held
    _libc.prctl(_AMBIENT, 4, 0, 0, 0)
    if _libc.capset(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0), bytes(24)):
        raise _error("capset")


def _filter(bpf: bytes) -> None:
    program = ctypes.create_string_buffer(bpf, len(bpf))
    header = struct.pack("@HP", len(bpf) // 8, ctypes.addressof(program))  # struct sock_fprog
    if _libc.prctl(_SECCOMP, 2, header, 0, 0):
        raise _error("seccomp")


def _write(name: str, text: str) -> None:
    descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def _mount(kind: str, target: str, flags: int, options: str) -> None:
    if _libc.mount(kind.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()):
        raise _error(f"mount {target}")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise _error(f"prctl {option}")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
