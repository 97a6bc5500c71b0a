"""Run by root only, as a script of its own: give up root for good, then become bwrap.

``bwrap --unshare-user`` started by root only looks dropped: for the host it is still user 0 and reads
folders of mode 0700. So the sources are mounted where an unused user can reach them (in a mount namespace
of our own: nothing to clean up), the ids are changed to that user's, and only then bwrap starts. Standard
library only. argv[1]: JSON with sources (paths) and arguments (of bwrap, "@3" for the third source).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import stat
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _BIND, _REC, _PRIVATE, _NOSUID_NODEV = 0x20000, 4096, 16384, 1 << 18, 2 | 4


def main() -> None:
    """Stage the sources, drop root, become bwrap.

    Our life is not tied to the judge's here: a bwrap that is killed in its first milliseconds leaves a child that
    waits for ever. It ties itself, and the fork server looks whether the judge has gone before that.
    """
    spec = json.loads(sys.argv[1])
    user = unused_user(_mapped(), os.getpid())
    places = stage(spec["sources"])
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)  # drops all capabilities as well
    os.chdir("/")
    arguments = [places[int(a[1:])] if a.startswith("@") else a for a in spec["arguments"]]
    os.execve(arguments[0], arguments, {})


def stage(sources: list[str]) -> list[str]:
    """Mount each source below a folder that anyone may enter, seen by this process and its children only."""
    _check(_libc.unshare(_NEWNS), "unshare")
    _mount("none", "/", "", _REC | _PRIVATE, "")
    opened = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in sources]
    root = next(folder for folder in ("/mnt", "/media", "/srv", "/tmp") if os.path.isdir(folder))
    _mount("tmpfs", root, "tmpfs", _NOSUID_NODEV, "mode=0755,size=1m")
    places = []
    for number, descriptor in enumerate(opened):
        place = f"{root}/{number}"
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(f"/proc/self/fd/{descriptor}", place, "", _BIND | _REC, "")
        places.append(place)
    return places


def unused_user(mapped: range, salt: int) -> int:
    """A user id without name and process; `salt` differs between pens. Raises SystemExit if there is none."""
    span = range(
        max(mapped.start, 200_000 if len(mapped) > 5_000_000 else 20_000), min(mapped.stop, 2_000_000_000)
    )
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile
                taken.add(os.stat(f"/proc/{name}").st_uid)
    for attempt in range(1000 if span else 0):
        user = span[(salt + attempt) % len(span)]
        if user not in taken:
            return user
    sys.exit("no unused user id is mapped into this container; run the grader as an ordinary user")


def _mapped() -> range:
    """The longest range of user ids that exist in this user namespace."""
    with open("/proc/self/uid_map") as file:
        lines = [[int(word) for word in line.split()] for line in file]
    first, _, count = max(lines, key=lambda line: line[2])
    return range(first, first + count)


def _mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    _check(
        _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()),
        f"mount {target}",
    )


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(
            number, f"{what}: {os.strerror(number)} (the judge runs as root without CAP_SYS_ADMIN?)"
        )


if __name__ == "__main__":
    main()
