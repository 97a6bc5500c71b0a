"""What a submission can see and do: looked at from inside, with the system's own calls."""

from __future__ import annotations

import os

import pytest

from grader.sandbox.pen import Pen

from .conftest import LIMITS, Call


def test_status_shows_no_rights(check):
    """No capability, no new privileges, a syscall filter in force, one thread."""
    call = check("def f():\n    return open('/proc/self/status').read()\n")
    status = dict(line.split(":\t", 1) for line in call.value("f").splitlines() if ":\t" in line)
    assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Uid"].split() == ["1000"] * 4


def test_for_the_host_it_is_not_root(check):
    """The host sees the process as an unprivileged user."""
    call = check("def f():\n    pass\n")
    assert os.stat(f"/proc/{call.channel.pid}").st_uid != 0


def test_a_submission_has_a_process_group_of_its_own(submit):
    """A signal to its whole group, which crosses PID namespaces, does not reach the fork server."""
    session = submit("def f():\n    pass\n")
    first = session._space.pid
    assert os.getpgid(first) == os.getsid(first) == first
    call = Call(session.open(LIMITS, 1))
    assert os.getpgid(call.channel.pid) == first
    call.channel.close()


def test_only_the_allowed_folders_exist(check):
    """No home, no /etc but the loader's cache, no course, no installed packages besides those listed."""
    call = check(
        "import os\ndef ls(p):\n    try: return sorted(os.listdir(p))\n    except OSError: return []\n"
        "def walk(word):\n"
        "    found = [(p, n) for p, d, f in os.walk('/') for n in d + f]\n"
        "    return [p for p, n in found if n == word and not p.startswith('/proc')]\n"
    )
    assert call.value("ls", "/etc") == ["ld.so.cache"]
    assert set(call.value("ls", "/site")) == {n for n in call.value("ls", "/site") if n.startswith("numpy")}
    assert call.value("ls", "/home") == []
    assert call.value("ls", "/bin") == call.value("ls", "/usr/bin") == []
    for word in ("reference", "assignments", "pytest", "passwd", "torch", "bash", "sh"):
        assert call.value("walk", word) == [], word


def test_packages_that_are_not_listed_do_not_exist(check):
    """torch, scipy and pytest are installed for the judge, and absent here."""
    call = check(
        "def f(name):\n    try: __import__(name)\n"
        "    except ModuleNotFoundError: return 'absent'\n    return 'there'\n"
    )
    assert [
        call.value("f", name)
        for name in ("torch", "scipy", "pytest", "grader", "click", "pip", "wire", "jail")
    ] == ["absent"] * 8
    assert call.value("f", "numpy") == "there"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('1.1.1.1', 53), 1)",
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
        "import socket; socket.getaddrinfo('example.com', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import os; os.kill(1, 0); open('/proc/1/mem', 'wb')",
        "import os; os.setuid(0)",
        "import os; os.chroot('/tmp')",
        "import os; os.sethostname('x') if hasattr(os, 'sethostname') else os.chroot('/')",
        "import os; os.nice(-5)",
        "import os; os.mknod('/tmp/d', 0o20600, os.makedev(1, 3))",
        "import os; os.execv('/usr/bin/env', ['env'])",
        "import resource as r; r.setrlimit(r.RLIMIT_DATA, (-1, -1))",
        "import resource as r; r.setrlimit(r.RLIMIT_CPU, (-1, -1))",
        "open('/root/x', 'w')",
        "open('/proc/sys/kernel/hostname', 'w')",
        "open('/pen/server.py', 'a')",
        "import os; os.listdir('/proc/%d/root/home' % (os.getppid() + 1))",
    ],
)
def test_refused_with_an_os_error(check, attempt):
    """The attempt ends in OSError (or ValueError, from setrlimit)."""
    body = "\n    ".join(attempt.split("; "))
    call = check(f"def f():\n    {body}\n")
    reply = call("f")
    assert {"OSError", "ValueError"} & set(reply.get("raised", {}).get("chain", [])), reply


def test_system_calls_are_refused(check):
    """ptrace, namespaces, mounts, keys, BPF, io_uring, perf, System V memory: EPERM or ENOSYS."""
    call = check(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def f(n, *args):\n    r = libc.syscall(n, *args)\n    return r, ctypes.get_errno()\n"
    )
    ptrace, mount, unshare, clone3, keyctl, bpf, uring, perf, shmget, userfault = (
        101, 165, 272, 435, 250, 321, 425, 298, 29, 323
    )  # fmt: skip
    if os.uname().machine != "x86_64":
        pytest.skip("numbers of x86-64")
    for number in (ptrace, mount, unshare, keyctl, bpf, uring, perf, shmget, userfault):
        assert call.value("f", number, 0, 0, 0, 0) == (-1, 1), number
    assert call.value("f", clone3, 0, 0) == (-1, 38)
    assert call.value("f", 56, 0x10000000 | 17, 0, 0, 0, 0) == (-1, 1)  # clone with a new user namespace


def test_only_its_own_processes_are_visible(check):
    """The process list holds the first process of the submission and the check itself."""
    call = check(
        "import os\ndef f():\n"
        "    return sorted(int(p) for p in os.listdir('/proc') if p.isdigit()), os.getpid()\n"
    )
    pids, own = call.value("f")
    assert pids == [1, own]


def test_environment_holds_nothing_of_the_judges(check, monkeypatch):
    """Only the fixed variables of the pen are set, and where the hand-in lies."""
    call = check("import os\ndef f():\n    return dict(os.environ)\n")
    assert call.value("f").keys() <= {
        "HOME", "TMPDIR", "PATH", "LANG", "PYTHONHASHSEED", "MPLBACKEND", "MPLCONFIGDIR", "PWD", "LC_CTYPE",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
        "GRADER_HANDIN",
    }  # fmt: skip


def test_descriptors_are_only_the_three_and_the_channel(check):
    """Nothing of the fork server or of other checks is open."""
    call = check("import os\ndef f():\n    return len(os.listdir('/proc/self/fd')) - 1\n")
    assert call.value("f") == 4


def test_torch_trains_and_is_seeded(submit):
    """With torch listed: present, warmed, one thread, seeded, private memory small."""
    source = (
        "import torch\n"
        "def draw():\n    return float(torch.rand(()))\n"
        "def train():\n    m = torch.nn.Linear(4, 2); o = torch.optim.Adam(m.parameters())\n"
        "    loss = m(torch.ones(3, 4)).square().mean(); loss.backward(); o.step(); return float(loss)\n"
        "def threads():\n    return torch.get_num_threads()\n"
        "def private():\n    rollup = open('/proc/self/smaps_rollup')\n"
        "    return sum(int(l.split()[1]) for l in rollup if l.startswith('Private'))\n"
    )
    with Pen.start(["numpy", "torch"]) as pen:
        session = submit(source, where=pen)
        first = Call(session.open(LIMITS, 3))
        draw, loss = first.value("draw"), first.value("train")
        assert first.value("threads") == 1
        assert first.value("private") < 20_000  # kB
        first.channel.close()
        second = Call(session.open(LIMITS, 3))
        assert (second.value("draw"), second.value("train")) == (draw, loss)
        session.close()
