"""Control groups: found, made, held and removed; where none can be had, that is said and totals are sampled."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.core.errors import SandboxError, UsageError
from grader.sandbox import cgroup, group, probe, watch
from grader.sandbox.group import V2, Group
from grader.sandbox.memory import Held
from grader.sandbox.pen import Pen
from grader.sandbox.session import Stopped

from .conftest import ENTRY, LIMITS, Call

MIB = 1 << 20
SMALL = dataclasses.replace(LIMITS, cpu=60.0, wall=60.0, memory=64 * MIB, files=16 * MIB)
HERE = cgroup.find("auto")
BOMBS = {
    "shared": "m = mmap.mmap(-1, 600 << 20)\n    for i in range(0, 600 << 20, 4096): m[i] = 1\n    time.sleep(60)",
    "many": "if all([os.fork(), os.fork(), os.fork()]): time.sleep(60)\n"
    "    held = [bytearray(b'x' * (1 << 20)) for _ in range(40)]\n    time.sleep(60)",
}
needs_groups = pytest.mark.skipif(HERE.kind is None, reason=f"no control groups here: {HERE.why}")


@pytest.fixture(scope="module", params=["auto", "off"])
def pen(request):
    """A pen with control groups, where there are some, and one without."""
    with Pen.start(["numpy"], cgroups=request.param) as started:
        yield started


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_over_memory_is_stopped_in_both_modes(pen, bomb):
    """The verdict says memory, the peak is above the limit, and the next check of the submission passes."""
    source = f"import mmap, os, time\ndef f():\n    {BOMBS[bomb]}\ndef ok():\n    return 1\n"
    session = pen.session()
    session.load({ENTRY: source.encode()}, ENTRY, SMALL)
    call = Call(session.open(SMALL, 1))
    with pytest.raises(Stopped) as stopped:
        call("f")
    measured = call.channel.close()
    assert (stopped.value.status, stopped.value.reason) == ("memory", "memory")
    assert measured.peak_bytes >= 0.9 * SMALL.memory
    if pen.groups.kind is not None:  # the kernel holds it, however seldom the judge looks
        assert measured.peak_bytes <= SMALL.memory + SMALL.files + pen._server.ready().anonymous + 2 * MIB
    assert Call(session.open(SMALL, 1)).value("ok") == 1
    session.close()


@pytest.mark.parametrize("held", ["mmap.mmap(-1, 180 << 20)", "bytearray(180 << 20)"], ids=["shared", "heap"])
def test_an_import_too_big_for_a_check_is_a_matter_of_memory_in_both_modes(pen, held):
    """What the import holds counts in every check; also where the kernel kills for it as the limit is set."""
    source = f"import mmap, time\nheld = {held}\nfor i in range(0, 180 << 20, 4096): held[i] = 1\n"
    source += "def f():\n    time.sleep(60)\n"
    session = pen.session()
    session.load({ENTRY: source.encode()}, ENTRY, dataclasses.replace(SMALL, memory=256 * MIB))
    with pytest.raises(Stopped) as stopped:
        Call(session.open(SMALL, 1))("f")
    assert stopped.value.status == "memory"
    session.close()


def test_files_are_no_memory_in_both_modes(pen):
    """Temporary files have a limit of their own: full folders leave the memory as it is."""
    source = (
        "import numpy as np\ndef f():\n    open('/tmp/a', 'wb').write(bytes(15 << 20))\n"
        "    return float(np.ones(6 << 20).sum())\n"
    )
    session = pen.session()
    session.load({ENTRY: source.encode()}, ENTRY, SMALL)
    assert Call(session.open(SMALL, 1)).value("f") == 6 << 20
    session.close()


def test_a_fork_bomb_ends_in_both_modes(pen):
    """No more processes than the limit allows at any time, and all of them are gone afterwards."""
    source = "import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass\n"
    limits = dataclasses.replace(SMALL, cpu=0.6, processes=8)
    session = pen.session()
    session.load({ENTRY: source.encode()}, ENTRY, limits)
    with pytest.raises(Stopped) as stopped:
        Call(session.open(limits, 1))("f")
    assert stopped.value.status == "timeout"
    session.close()
    assert len(watch.tree(pen._server._process.pid)) == 3


def test_the_mode_is_named(pen):
    """By the layers of results, and by doctor with a reason."""
    layer = probe._cgroup(pen.groups)
    assert pen.groups.layer in pen.layers
    assert layer.holds is (pen.groups.kind is not None)
    assert layer.why
    assert bool(layer.mend) is not layer.holds


@needs_groups
def test_what_is_shared_with_the_fork_server_is_free():
    """The group of a submission that does nothing has a small part of what the fork server has."""
    with Pen.start(["numpy"], cgroups="auto") as pen:
        session = pen.session()
        session.load({ENTRY: b"def f(): pass\n"}, ENTRY, LIMITS)
        call = Call(session.open(LIMITS, 1))
        call("f")
        own = session._space._group.used()
        assert own < pen._server.ready().anonymous / 2
        assert call.channel.close().peak_bytes < pen._server.ready().anonymous / 2
        session.close()


@needs_groups
def test_no_group_remains(submit):
    """After a submission, a crash and a killed fork server."""
    with Pen.start(["numpy"]) as pen:
        for source in (b"x = 1\n", b"import os\nos.fork()\nos._exit(1)\n"):
            session = pen.session()
            with contextlib.suppress(Stopped):
                session.load({ENTRY: source}, ENTRY, LIMITS)
            session.close()
        session = pen.session()
        session.load({ENTRY: b"x = 1\n"}, ENTRY, LIMITS)
        os.kill(pen._server._process.pid, signal.SIGKILL)
        session.close()
    assert [name for name in _names() if name.startswith(f"grader-{os.getpid()}-")] == []


@needs_groups
def test_groups_of_a_killed_grader_are_removed_by_the_next(monkeypatch):
    """They are empty then; a group of a living process, or one just made, is left alone."""
    program = (
        "from grader.sandbox import cgroup\nimport time\ngroup = cgroup.find('auto').make(1 << 30, 9)\n"
        "print('made', flush=True)\ntime.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "made\n"
    name = f"grader-{other.pid}-"
    monkeypatch.setattr(cgroup, "_YOUNG", 0.0)
    cgroup._sweep(HERE)
    assert any(one.startswith(name) for one in _names())
    other.kill()
    other.wait()
    other.stdout.close()
    monkeypatch.setattr(cgroup, "_YOUNG", 1000.0)
    cgroup._sweep(HERE)
    assert any(one.startswith(name) for one in _names())
    monkeypatch.setattr(cgroup, "_YOUNG", 0.0)
    time.sleep(0.01)
    cgroup._sweep(HERE)
    assert not any(one.startswith(name) for one in _names())


def test_a_mode_that_cannot_be_had_is_refused(monkeypatch):
    """An unknown word, and a version that this machine does not offer, with the reason."""
    with pytest.raises(UsageError, match="expected one of auto, v2, v1, off"):
        cgroup.find("yes")
    monkeypatch.setenv("GRADER_CGROUPS", "off")
    assert cgroup.find().kind is None
    monkeypatch.setattr(cgroup, "_mounts", lambda controller: iter(()))
    cgroup._find.cache_clear()
    try:
        with pytest.raises(SandboxError, match="GRADER_CGROUPS=v2: not mounted"):
            cgroup.find("v2")
        assert cgroup.find("auto").why == "v2: not mounted; v1: memory and pids not mounted"
    finally:
        cgroup._find.cache_clear()


def test_version_2_on_a_stand_in(monkeypatch, tmp_path):
    """What is read and written in a delegated tree of version 2; plain files stand for the kernel's."""
    top = tmp_path / "scope"
    top.mkdir()
    (top / "cgroup.controllers").write_text("cpu memory pids\n")
    (top / "cgroup.subtree_control").write_text("")
    made: list[Path] = []
    mkdir, rmdir = os.mkdir, os.rmdir

    def make(path):
        mkdir(path)
        made.append(Path(path))
        for name, text in _FILES.items():
            (made[-1] / name).write_text(text)

    def remove(path):
        for name in _FILES:
            (Path(path) / name).unlink(missing_ok=True)
        rmdir(path)

    monkeypatch.setattr(os, "mkdir", make)
    monkeypatch.setattr(os, "rmdir", remove)
    monkeypatch.setattr(cgroup, "_folder", lambda controller: str(top))
    assert "not delegated" in cgroup._version_2().why
    monkeypatch.setattr(cgroup, "_delegated", lambda folder: folder == str(top))
    found = cgroup._version_2()
    assert (found.layer, found.folders) == ("cgroup-v2", (str(top),))
    assert (top / "cgroup.subtree_control").read_text() == "+memory +pids"
    group = found.make(64 * MIB, 12)
    assert group is not None
    group.enter(77)
    wrote = {name: (made[-1] / name).read_text() for name in _FILES}
    assert wrote["memory.max"] == str(64 * MIB)
    assert (wrote["memory.swap.max"], wrote["memory.oom.group"], wrote["pids.max"]) == ("0", "1", "12")
    assert wrote["cgroup.procs"] == "77"
    assert (group.used(), group.kills()) == (70 * MIB - (5 - 2) * MIB, 3)
    group.end()
    assert not made[-1].exists()
    assert group.kills() == 3
    (top / "cgroup.controllers").write_text("cpu\n")
    assert "memory and pids not available" in cgroup._version_2().why


_FILES = {
    "memory.max": "",
    "memory.swap.max": "",
    "memory.oom.group": "",
    "memory.current": str(70 * MIB),
    "memory.peak": str(80 * MIB),
    "memory.stat": f"anon 1\nfile {5 * MIB}\nshmem {2 * MIB}\n",
    "memory.events": "oom 4\noom_kill 3\noom_group_kill 1\n",
    "pids.max": "",
    "cgroup.procs": "",
}


def test_a_kill_as_the_limit_is_set_counts(monkeypatch, tmp_path):
    """Version 2 kills at once where more than the new limit is in use: that is a matter of memory, too."""

    def write(path, text):
        Path(path).write_text(text)
        (tmp_path / "memory.events").write_text("oom_kill 2\n")

    (tmp_path / "memory.events").write_text("oom_kill 1\n")
    monkeypatch.setattr(group, "write", write)
    assert Held(Group(V2, (str(tmp_path),)), 64 * MIB, 16 * MIB, os.getpid()).killed(True)


def test_a_scope_of_a_users_systemd_is_asked_for(monkeypatch, tmp_path):
    """It bears no mark: systemd must call it delegated, and mean the same group."""
    scope = f"/user.slice/user@{os.getuid()}.service/app.slice/run-1.scope"
    top = f"/sys/fs/cgroup{scope}"
    asked = tmp_path / "systemctl"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not cgroup._delegated(top)
    for answer, group_there, holds in (("yes", scope, True), ("no", scope, False), ("yes", "/other", False)):
        asked.write_text(f"#!/bin/sh\necho Delegate={answer}\necho ControlGroup={group_there}\n")
        asked.chmod(0o755)
        assert cgroup._delegated(top) is holds
    assert not cgroup._delegated("/sys/fs/cgroup/system.slice/run-1.scope")


def test_a_group_that_cannot_be_made_is_the_graders_error(tmp_path):
    """The message names the file; no verdict comes of it."""
    with pytest.raises(SandboxError, match=r"no control group can be made: .*absent"):
        Group.make(V2, (str(tmp_path / "absent" / "group"),), MIB, 1)


def _names() -> list[str]:
    return [name for folder in HERE.folders for name in os.listdir(folder)]
