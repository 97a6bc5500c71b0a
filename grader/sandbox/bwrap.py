"""The bubblewrap command of one pen: what is visible inside, and what is not.

Visible, read-only: the C library, the Python of the judge at its own path (its rpath is absolute) without
its site-packages, the pen's folder, the packages and the image set that the assignment lists. Writable:
/tmp and /dev/shm, in memory. Nothing else exists
there: no /etc, no home, no course, no shell. Source: bwrap(1).
"""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import grader.pen
from grader.core.errors import SandboxError
from grader.sandbox.gpu.binding import Binding

PEN = "/pen"
SITE = "/site"
DATA = "/data"
UID = 1000  # inside; outside it is an unused one, or that of the user who grades
TOKEN = "@"  # "@3" in the command stands for the third source, which the launcher may have to move
INSTALL = "install bubblewrap (apt install bubblewrap, dnf install bubblewrap)"
_ENVIRONMENT = {
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # so that the order of a set is the same in every pen
    "MPLCONFIGDIR": "/tmp",
    "MPLBACKEND": "agg",
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")},
}


@dataclass(frozen=True, slots=True)
class Command:
    """Attributes: arguments: of bwrap, with tokens; sources: the paths that the tokens stand for."""

    arguments: tuple[str, ...]
    sources: tuple[str, ...]

    def direct(self) -> list[str]:
        """The command for a user who may read all sources where they are."""
        return [self.sources[int(a[1:])] if a.startswith(TOKEN) else a for a in self.arguments]


def command(
    places: Sequence[Path],
    program: Sequence[str],
    files: int,
    nested: bool,
    data: Path | None = None,
    gpu: Binding | None = None,
) -> Command:
    """The command that runs `program` in a pen with these packages and `files` bytes of temporary space.

    data: a folder to be read as /data. gpu: the devices that exist inside. With `nested` false no further user
    namespace may be made inside.
    Raises SandboxError without bubblewrap.
    """
    arguments = [executable(), "--unshare-all", "--unshare-user", "--uid", str(UID), "--gid", str(UID)]
    arguments += [
        "--hostname",
        "pen",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
    ]
    if not nested and "--disable-userns" in _help():
        arguments.append("--disable-userns")
    for name, value in {**_ENVIRONMENT, **(gpu.environment if gpu is not None else {})}.items():
        arguments += ["--setenv", name, value]
    binds = {**_system(), PEN: str(Path(grader.pen.__file__).resolve().parent)}
    binds |= {f"{SITE}/{place.name}": str(place) for place in places}
    if data is not None:
        binds[DATA] = str(data)
    if gpu is not None:
        binds |= {folder: folder for folder in gpu.folders if not _within(folder, binds)}
    sources: list[str] = []
    for target, source in binds.items():
        arguments += ["--ro-bind", f"{TOKEN}{len(sources)}", target]
        sources.append(source)
    for target, link in _links().items():
        arguments += ["--symlink", link, target]
    for folder in _masked(tuple(_system())):
        arguments += ["--tmpfs", folder, "--remount-ro", folder]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        arguments += ["--size", str(files), "--tmpfs", folder]
    for target, source in (gpu.nodes if gpu is not None else {}).items():
        arguments += ["--dev-bind", f"{TOKEN}{len(sources)}", target]
        sources.append(source)
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--", *program]
    return Command(tuple(arguments), tuple(sources))


def _within(folder: str, targets: Iterable[str]) -> bool:
    """Is this folder visible already?"""
    return any(folder == target or folder.startswith(f"{target}/") for target in targets)


def interpreter() -> str:
    """The real Python binary behind the judge's virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def executable() -> str:
    """Path of bwrap. Raises SandboxError."""
    found = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin") or shutil.which("bwrap")
    if found is None:
        raise SandboxError(f"bubblewrap is not installed; {INSTALL}")
    return found


@functools.cache
def _help() -> str:
    return subprocess.run([executable(), "--help"], capture_output=True, text=True, check=False).stdout


@functools.cache
def _system() -> dict[str, str]:
    """Target → source of the C library and of Python."""
    machine = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
    folders = (
        [machine, "/usr/lib64"] if os.path.isfile(f"{machine}/libc.so.6") else ["/usr/lib", "/usr/lib64"]
    )
    folders += [folder for folder in ("/lib", "/lib64") if not os.path.islink(folder)]
    prefix = os.path.realpath(sys.base_prefix)
    if prefix == "/usr":
        folders.append(sysconfig.get_path("stdlib"))
    else:
        folders += [f"{prefix}/lib", f"{prefix}/lib64"]
    kept = [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]
    kept = [folder for folder in kept if not any(folder.startswith(other + "/") for other in kept)]
    return {path: path for path in [*kept, interpreter(), "/etc/ld.so.cache"] if os.path.exists(path)}


def _links() -> dict[str, str]:
    """/lib and /lib64 where the system has them as links into /usr."""
    return {folder: os.readlink(folder) for folder in ("/lib", "/lib64") if os.path.islink(folder)}


@functools.cache
def _masked(targets: tuple[str, ...]) -> list[str]:
    """Folders of installed packages that a mounted system folder brings along."""
    found = {
        os.path.realpath(folder) for folder in site.getsitepackages([sys.base_prefix, sys.base_exec_prefix])
    }
    for target in targets:
        for kind in ("site-packages", "dist-packages"):
            found |= {
                str(path) for pattern in (kind, f"python*/{kind}") for path in Path(target).glob(pattern)
            }
    inside = [f for f in found if any(f.startswith(target + "/") for target in targets) and os.path.isdir(f)]
    return sorted(inside)
