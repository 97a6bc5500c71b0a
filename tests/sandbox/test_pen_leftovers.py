"""What a check leaves behind never reaches the next one, and nothing outlives the judge."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest

from grader.sandbox import watch
from grader.sandbox.pen import Pen
from grader.sandbox.session import Stopped

from .conftest import ENTRY, LIMITS, Call

DAEMON = (
    "import os, time\n"
    "def leave():\n    if os.fork() == 0:\n        os.setsid()\n"
    "        if os.fork() == 0:\n            time.sleep(60)\n"
    "        os._exit(0)\n    os.wait()\n"
    "def pids():\n    return sum(p.isdigit() for p in os.listdir('/proc'))\n"
)


def test_a_daemon_does_not_meet_the_next_check(submit):
    """A process that detaches itself is killed before the next check starts."""
    session = submit(DAEMON)
    call = Call(session.open(LIMITS, 1))
    call("leave")
    assert call.value("pids") == 3
    call.channel.close()
    call = Call(session.open(LIMITS, 1))
    assert call.value("pids") == 2
    call.channel.close()


@pytest.mark.parametrize(
    "how", ["open('/tmp/note', 'w')", "open('/dev/shm/note', 'w')", "open('state', 'w')"]
)
def test_files_do_not_meet_the_next_check(submit, how):
    """A file that a check writes, new or over an old one, is undone for the next."""
    session = submit(
        "open('state', 'w').write('a')\n"
        f"def write():\n    with {how} as f: f.write('b')\n"
        "def read():\n    import glob\n"
        "    return sorted(glob.glob('/tmp/*') + glob.glob('/dev/shm/*')), open('state').read()\n"
    )
    call = Call(session.open(LIMITS, 1))
    before = call.value("read")
    call("write")
    assert call.value("read") != before
    call.channel.close()
    call = Call(session.open(LIMITS, 1))
    assert call.value("read") == before
    call.channel.close()


def test_a_file_open_since_the_import_starts_anew(submit):
    """Forks would share the reading position; each check sees the file from where the import left it."""
    session = submit("open('d', 'w').write('abcdef')\nfile = open('d')\ndef f():\n    return file.read(3)\n")
    for _ in range(2):
        call = Call(session.open(LIMITS, 1))
        assert call.value("f") == "abc"
        call.channel.close()


def test_threads_of_the_import_live_in_every_check(submit):
    """A submission that starts a thread at import finds it alive in each check."""
    session = submit(
        "import threading, queue\nq, r = queue.Queue(), queue.Queue()\n"
        "def work():\n    while True: r.put(q.get() * 2)\n"
        "threading.Thread(target=work, daemon=True).start()\ndef f(x):\n"
        "    q.put(x)\n    return r.get(timeout=5)\n"
        "def die():\n    import os\n    os._exit(5)\ndef boom():\n"
        "    import ctypes\n    ctypes.string_at(0)\n"
    )
    for _ in range(2):
        call = Call(session.open(LIMITS, 1))
        assert call.value("f", 4) == 8
        call.channel.close()
    for name, reason in (("die", "exit"), ("boom", "signal")):
        call = Call(session.open(LIMITS, 1))
        with pytest.raises(Stopped) as stopped:
            call(name)
        assert stopped.value.reason == reason
        call.channel.close()


def test_a_check_that_spoils_its_runner_costs_itself(submit):
    """Signals to process 1, and its resource limits: the next check passes all the same."""
    session = submit(
        "import os, signal, resource\ndef ok():\n    return 1\n"
        "def f():\n    for s in range(1, 65):\n        try: os.kill(1, s)\n"
        "        except OSError: pass\n    return 1\n"
    )
    call = Call(session.open(LIMITS, 1))
    with contextlib.suppress(Stopped):
        call("f")
    call.channel.close()
    call = Call(session.open(LIMITS, 1))
    assert call.value("ok") == 1
    call.channel.close()


def test_an_import_that_takes_over_the_runner_is_only_its_own_loss(pen):
    """A forged runner that answers by itself gets a verdict; the next submission is served as ever."""
    session = pen.session()
    source = (
        b"import os, time\nfor d in range(3, 64):\n    try: os.write(d, b'GRW1' + bytes(8))\n"
        b"    except OSError: pass\ntime.sleep(9)\n"
    )
    with pytest.raises(Stopped):
        session.load({ENTRY: source}, ENTRY, LIMITS)
    session.close()
    session = pen.session()
    session.load({ENTRY: b"def f():\n    return 1\n"}, ENTRY, LIMITS)
    assert Call(session.open(LIMITS, 1)).value("f") == 1
    session.close()


def test_a_maze_of_folders_does_not_hold_the_judge(submit):
    """Folders nested a thousand deep, links in a circle, many files: thrown away with the namespace."""
    session = submit(
        "import os\n"
        "def deep():\n    for _ in range(1000):\n        os.mkdir('d')\n        os.chdir('d')\n"
        "def many():\n    for i in range(3000): os.symlink('/tmp', f'/tmp/{i}')\n"
        "def look():\n    return len(os.listdir('/tmp'))\n"
    )
    for name in ("deep", "many"):
        call = Call(session.open(LIMITS, 1))
        assert call.value(name) is None
        call.channel.close()
        call = Call(session.open(LIMITS, 1))
        assert call.value("look") == 1
        call.channel.close()


def test_limits_of_the_runner_cannot_be_lowered(submit):
    """A check may change its own limits and niceness, not those of the process that forks the next."""
    session = submit(
        "import os, resource\n"
        "def own():\n    os.sched_setaffinity(0, os.sched_getaffinity(0))\n    os.nice(1)\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))\n"
        "def other(n):\n    try:\n        [lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (99, 99)),\n"
        "         lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),\n"
        "         lambda: os.sched_setaffinity(1, [0])][n]()\n"
        "    except PermissionError: return 'refused'\n"
    )
    call = Call(session.open(LIMITS, 1))
    assert [call.value("other", n) for n in range(3)] == ["refused"] * 3
    assert call.value("own") is None
    call.channel.close()


def test_no_descriptor_of_the_judge_stays_open(submit, pen):
    """Sessions, checks, crashes: afterwards the judge has as many descriptors as before."""
    source = "import os\ndef ok(): pass\ndef die(): os._exit(1)\n"
    submit(source).close()
    before = len(os.listdir("/proc/self/fd"))
    for name in ("ok", "die", "ok"):
        session = pen.session()
        session.load({ENTRY: source.encode()}, ENTRY, LIMITS)
        with contextlib.suppress(Stopped):
            Call(session.open(LIMITS, 1))(name)
        session.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_single_use_pens_give_the_same(submit):
    """Without nested namespaces: same values, daemons gone, crash contained, limits hold."""
    with Pen.start(["numpy"], nested=False) as pen:
        assert not pen.nested
        for _ in range(2):
            session = submit(
                DAEMON + "def crash():\n    os._exit(1)\ndef spin():\n    while True: pass\n", where=pen
            )
            call = Call(session.open(LIMITS, 1))
            base = call.value("pids")
            call("leave")
            call.channel.close()
            for name, reason in (("crash", "exit"), ("spin", "cpu")):
                call = Call(session.open(dataclasses.replace(LIMITS, cpu=0.5), 1))
                assert call.value("pids") == base
                with pytest.raises(Stopped) as stopped:
                    call(name)
                assert stopped.value.reason == reason
                call.channel.close()
            session.close()


def test_closing_leaves_no_process():
    """After Pen.close no descendant of this process remains besides those from before."""
    before = set(watch.tree(os.getpid()))
    pen = Pen.start(["numpy"])
    session = pen.session()
    session.load({ENTRY: DAEMON.encode()}, ENTRY, LIMITS)
    Call(session.open(LIMITS, 1))("leave")
    pen.close()
    session.close()
    assert set(watch.tree(os.getpid())) <= before


@pytest.mark.parametrize("nested", [None, False])
def test_a_killed_judge_leaves_nothing(tmp_path, nested):
    """kill -9 of the judge in the middle of a check: all processes end and no folder remains."""
    script = tmp_path / "judge.py"
    script.write_text(
        "from grader.core.limits import Limits\nfrom grader.sandbox import watch\n"
        f"from grader.sandbox.pen import Pen\nimport os, time\npen = Pen.start(['numpy'], {nested})\n"
        "s = pen.session()\n"
        "s.load({'a.py': b'import os, time\\nif os.fork() == 0: time.sleep(99)'}, 'a.py', Limits())\n"
        "c = s.open(Limits(), 1)\nprint(*watch.tree(os.getpid()), flush=True)\ntime.sleep(60)\n"
    )
    folders = set(os.listdir("/tmp"))
    judge = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    )
    assert judge.stdout is not None
    pids = [int(word) for word in judge.stdout.readline().split()]
    assert len(pids) >= 6
    judge.send_signal(signal.SIGKILL)
    judge.wait()
    judge.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(map(_runs, pids)):
        time.sleep(0.02)
    assert [pid for pid in pids if _runs(pid)] == []
    assert {name for name in set(os.listdir("/tmp")) - folders if "bwrap" in name or "pen" in name} == set()


def _runs(pid: int) -> bool:
    """Is there such a process, other than one that is dead and waits to be collected by the system?"""
    try:
        with open(f"/proc/{pid}/stat") as text:
            return text.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
