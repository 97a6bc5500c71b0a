"""The syscall filter, compiled here by libseccomp and handed to the pen as a program in memory.

A deny-list: what a numeric program has no use for and what reaches beyond its own process. Unknown names
(older library, other machine) are skipped. Sources: seccomp(2), and the lists of Docker's and Flatpak's
default profiles.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import Any

_TRACING = (
    "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd perf_event_open"
)
_MOUNTS = (
    "mount umount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick "
    "pivot_root chroot unshare setns sethostname setdomainname quotactl quotactl_fd statmount listmount"
)
_KERNEL = (
    "bpf userfaultfd io_uring_setup io_uring_enter io_uring_register init_module finit_module delete_module "
    "create_module kexec_load kexec_file_load reboot syslog acct swapon swapoff iopl ioperm modify_ldt vm86 "
    "vm86old uselib sysfs ustat lookup_dcookie nfsservctl personality vhangup fanotify_init fanotify_mark "
    "vmsplice remap_file_pages"
)
_SHARED = "shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink"
_KEYS = "add_key request_key keyctl name_to_handle_at open_by_handle_at setgroups"
_CLOCK = "settimeofday clock_settime clock_adjtime adjtimex"
_PAGES = "mbind migrate_pages move_pages set_mempolicy"
DENIED = tuple(" ".join((_TRACING, _MOUNTS, _KERNEL, _SHARED, _KEYS, _CLOCK, _PAGES)).split())
_NEW_NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
# the argument of that number names a process; 0, oneself, is allowed: no check may change its runner
_OTHERS = {
    "prlimit64": 0,
    "setpriority": 1,
    "sched_setaffinity": 0,
    "sched_setscheduler": 0,
    "sched_setattr": 0,
    "sched_setparam": 0,
}
_PUSH_INPUT, _LINUX_CONSOLE = 0x5412, 0x541C  # ioctls that type into a terminal
_AF_UNIX = 1  # multiprocessing talks through these


@functools.cache
def program() -> bytes:
    """The filter as BPF instructions for this machine. Raises ImportError or OSError without libseccomp."""
    import pyseccomp as seccomp  # late: `probe` reports its absence

    rules: Any = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        try:
            rules.add_rule(refuse, name)
        except (OSError, ValueError, RuntimeError):  # not a call of this machine
            continue
    rules.add_rule(
        seccomp.ERRNO(errno.ENOSYS), "clone3"
    )  # libc falls back to clone, whose flags a filter can read
    for flag in _NEW_NAMESPACES:
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for name, position in _OTHERS.items():
        rules.add_rule(refuse, name, seccomp.Arg(position, seccomp.NE, 0))
    for request in (_PUSH_INPUT, _LINUX_CONSOLE):
        rules.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    rules.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.NE, _AF_UNIX))
    with open(os.memfd_create("filter"), "w+b") as memory:
        rules.export_bpf(memory)
        memory.flush()
        return os.pread(memory.fileno(), 1 << 20, 0)


def descriptor() -> int:
    """A new descriptor of the program, to be inherited by a pen; -1 if this machine cannot compile one."""
    try:
        code = program()
    except (ImportError, OSError, RuntimeError):
        return -1
    memory = os.memfd_create("filter")
    os.write(memory, code)
    return memory
