"""Which layers of the sandbox hold on this machine, why not, and what mends it: tried for real."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox import bwrap, cgroup, filter
from grader.sandbox.cgroup import Groups
from grader.sandbox.pen import Pen

_ESSENTIAL = frozenset({"bubblewrap", "user namespaces", "ordinary user", "no rights", "no network"})
_ENTRY = "look.py"
_LOOK = b"""
import os, resource, socket
def look():
    try:
        socket.create_connection(("192.0.2.1", 9), 0.5)
        network = "connected"
    except OSError as error:
        network = type(error).__name__
    names = ("DATA", "NPROC", "FSIZE", "CPU", "NOFILE")
    limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))[0] for name in names}
    status = open("/proc/self/status").read()
    return {"status": status, "network": network, "limits": limits, "uid": os.getuid()}
"""
_APPARMOR = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_PROFILE = """this system's AppArmor lets only named programs have user namespaces; as root, write
  abi <abi/4.0>,
  include <tunables/global>
  profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }
to /etc/apparmor.d/bwrap and run: apparmor_parser -r /etc/apparmor.d/bwrap"""
_SYSCTL = "set kernel.unprivileged_userns_clone=1 and user.max_user_namespaces to some thousands with sysctl"
_CONTAINER = "in a container: run as an ordinary user and start it with --security-opt seccomp=unconfined"


@dataclass(frozen=True, slots=True)
class Layer:
    """Attributes: holds: does it work here; why: what was seen; mend: what to do, empty if it holds."""

    name: str
    holds: bool
    why: str
    mend: str = ""


def probe() -> list[Layer]:
    """All layers, in the order in which they are put on. Starts a pen; takes a second."""
    try:
        layers = [Layer("bubblewrap", True, bwrap.executable())]
    except SandboxError as error:
        return [Layer("bubblewrap", False, str(error), bwrap.INSTALL)]
    try:
        with Pen.start(["numpy"]) as pen:
            return layers + _inside(pen)
    except SandboxError as error:
        return [*layers, Layer("user namespaces", False, str(error), _mend(str(error)))]


def can_grade(layers: list[Layer]) -> bool:
    """Do the layers hold without which no submission may run?"""
    return {layer.name for layer in layers if layer.holds} >= _ESSENTIAL


def require() -> None:
    """Raise SandboxError with the reason and the remedy if no submission can be confined here."""
    for layer in probe():
        if not layer.holds and layer.name in _ESSENTIAL:
            raise SandboxError(f"no sandbox here: {layer.name}: {layer.why}\n{layer.mend}")


def _inside(pen: Pen) -> list[Layer]:
    """What a submission sees, and what the pen says of itself."""
    session = pen.session()
    try:
        session.load({_ENTRY: _LOOK}, _ENTRY, Limits())
        channel = session.open(Limits(), 0)
        request = {"id": 0, "op": "call", "name": "look", "on": None, "args": (), "kwargs": {}, "keep": False}
        seen: dict[str, Any] = wire.decode(channel.exchange(wire.encode({**request, "observed": False})))[
            "value"
        ]
        outside = os.stat(f"/proc/{channel.pid}").st_uid
        channel.close()
    finally:
        session.close()
    return _judged(pen, seen, outside)


def _judged(pen: Pen, seen: dict[str, Any], outside: int) -> list[Layer]:
    """The layers by what the submission saw; `outside` is its user id for the host."""
    status = dict(line.split(":\t", 1) for line in seen["status"].splitlines() if ":\t" in line)
    powerless = int(status["CapEff"], 16) == 0 and status["NoNewPrivs"] == "1"
    limits = ", ".join(f"{name} {value}" for name, value in seen["limits"].items())
    return [
        Layer("user namespaces", True, "a pen was started"),
        Layer("ordinary user", outside != 0, f"user {outside} for the host, {seen['uid']} inside"),
        _nested(pen),
        Layer("no rights", powerless, "no capability, no new ones"),
        _seccomp(status.get("Seccomp", "0") == "2"),
        _landlock(pen),
        Layer("no network", seen["network"] != "connected", f"connecting gives {seen['network']}"),
        Layer("limits", all(value > 0 for value in seen["limits"].values()), limits),
        _cgroup(pen.groups),
    ]


def _cgroup(groups: Groups) -> Layer:
    if groups.kind is not None:
        return Layer("cgroup", True, f"{groups.layer} {groups.why}: memory and processes of each submission")
    return Layer("cgroup", False, f"totals are sampled; {groups.why}", cgroup.MEND)


def _nested(pen: Pen) -> Layer:
    if pen.nested:
        return Layer("nested namespaces", True, "each submission has its own")
    return Layer(
        "nested namespaces",
        False,
        f"{pen.why}; a pen serves one submission",
        "slower, the verdicts are the same",
    )


def _landlock(pen: Pen) -> Layer:
    found = next((layer for layer in pen.layers if layer.startswith("landlock")), "")
    if found:
        return Layer("landlock", True, found)
    return Layer("landlock", False, "the kernel has none", "Linux 5.13 or newer")


def _seccomp(holds: bool) -> Layer:
    if holds:
        return Layer("seccomp", True, f"{len(filter.DENIED)} system calls are refused")
    return Layer("seccomp", False, "no filter was compiled", "install libseccomp and pyseccomp")


def _mend(said: str) -> str:
    """The remedy for what bubblewrap said."""
    if "not installed" in said:
        return "install the package into the environment that runs the grader"
    try:
        with open(_APPARMOR) as file:
            if file.read().strip() == "1":
                return _PROFILE
    except OSError:  # no such restriction on this system
        pass
    return f"{_SYSCTL}; {_CONTAINER}"
