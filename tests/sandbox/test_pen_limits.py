"""Each limit holds for all processes of a check together, and costs that check alone."""

from __future__ import annotations

import dataclasses

import pytest

from grader.sandbox.session import Stopped

from .conftest import LIMITS, Call

SMALL = dataclasses.replace(LIMITS, cpu=0.6, wall=2.0, memory=64 << 20)
FAIR = "def ok():\n    return 1\n"
BOMBS = {
    "spin": ("def f():\n    while True: pass\n", "timeout", "cpu"),
    "sleep": ("import time\ndef f(): time.sleep(60)\n", "timeout", "wall"),
    "deaf": (
        "import signal\ndef f():\n    for s in range(1, 65):\n        try: signal.signal(s, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n    while True: pass\n",
        "timeout",
        "cpu",
    ),
    "children spin": (
        "import os, time\ndef f():\n    for _ in range(3):\n"
        "        if os.fork() == 0:\n            while True: pass\n"
        "    time.sleep(60)\n",
        "timeout",
        "cpu",
    ),
    "many short children": (
        "import os, time\ndef f():\n    while True:\n"
        "        if os.fork() == 0:\n"
        "            end = time.process_time() + .1\n"
        "            while time.process_time() < end: pass\n            os._exit(0)\n        os.wait()\n",
        "timeout",
        "cpu",
    ),
    "fork bomb": (
        "import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
        "timeout",
        "cpu",
    ),
    "shared memory": (
        "import mmap, time\ndef f():\n    m = mmap.mmap(-1, 400 << 20)\n"
        "    for i in range(0, 400 << 20, 4096): m[i] = 1\n"
        "    time.sleep(60)\n",
        "memory",
        "memory",
    ),
    "memory of many": (
        "import os, time\ndef f():\n    for _ in range(6):\n"
        "        if os.fork() == 0:\n            b = b'x' * (40 << 20)\n"
        "            time.sleep(60)\n    time.sleep(60)\n",
        "memory",
        "memory",
    ),
    "print": ("def f():\n    while True: print('x' * 1000)\n", "crashed", "output"),
    "segfault": ("import ctypes\ndef f(): ctypes.string_at(0)\n", "crashed", "signal"),
    "abort": ("import os\ndef f(): os.abort()\n", "crashed", "signal"),
    "exit": ("import os\ndef f(): os._exit(3)\n", "crashed", "exit"),
    "kills all": (
        "import os\ndef f():\n    try: os.kill(-1, 9)\n"
        "    except OSError: pass\n    os.kill(os.getpid(), 9)\n",
        "crashed",
        "signal",
    ),
    "junk": (
        "import os\ndef f():\n    for d in range(3, 64):\n"
        "        try: os.write(d, b'junk' * 100)\n"
        "        except OSError: pass\n",
        "crashed",
        "protocol",
    ),
    "a long length": (
        "import os, struct\ndef f():\n    for d in range(3, 64):\n"
        "        try: os.write(d, b'GRW1' + struct.pack('<Q', 1 << 40))\n"
        "        except OSError: pass\n",
        "crashed",
        "protocol",
    ),
    "dripping reply": (
        "import os, struct, time\ndef f():\n"
        "    data = b'GRW1' + struct.pack('<Q', 100_000) + bytes(100_000)\n"
        "    for i in range(len(data)):\n        for d in range(3, 8):\n"
        "            try: os.write(d, data[i:i+1])\n"
        "            except OSError: pass\n        time.sleep(.05)\n",
        "timeout",
        "wall",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_limit_stops_the_check_and_only_that(submit, name):
    """The bomb gets its verdict, again at every later call, and the next check of the submission passes."""
    source, status, reason = BOMBS[name]
    # on a busy machine CPU seconds take their time
    limits = SMALL if reason == "wall" else dataclasses.replace(SMALL, wall=30.0)
    session = submit(FAIR + source, limits)
    call = Call(session.open(limits, 1))
    with pytest.raises(Stopped) as stopped:
        call("f")
    assert (stopped.value.status, stopped.value.reason) == (status, reason), stopped.value
    with pytest.raises(Stopped):
        call("ok")
    call.channel.close()
    after = Call(session.open(limits, 1))
    assert after.value("ok") == 1
    after.channel.close()


def test_memory_of_one_process_is_a_memory_error(check):
    """An allocation above the limit fails inside, as Python's own exception."""
    call = check("import numpy as np\ndef f():\n    return np.ones(100 << 20)\n", SMALL)
    assert "MemoryError" in call("f")["raised"]["chain"]
    assert call("f")["raised"]


def test_memory_below_the_limit_is_given(check):
    """Half of what is allowed can be used."""
    call = check("import numpy as np\ndef f():\n    return float(np.ones(4 << 20).sum())\n", SMALL)
    assert call.value("f") == 4 << 20


def test_processes_are_counted_with_threads(check):
    """The ninth process or thread of eight is refused inside."""
    source = (
        "import threading, time\ndef f():\n    n = 0\n    try:\n        for _ in range(100):\n"
        "            threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); n += 1\n"
        "    except RuntimeError: pass\n    return n\n"
    )
    assert 5 <= check(source).value("f") <= 8


def test_disk_is_counted_in_bytes_and_inodes(check):
    """The temporary folders end at the limit (and a MiB for the hand-in); nothing else can be written."""
    call = check(
        "import os\n"
        "def fill(folder):\n    n = 0\n    try:\n        for i in range(100):\n"
        "            with open(f'{folder}/{i}', 'wb', 0) as f: n += f.write(bytes(1 << 20))\n"
        "    except OSError: pass\n    return n\n"
        "def nodes():\n    n = 0\n    try:\n"
        "        for n in range(100_000): open(f'/tmp/n{n}', 'w').close()\n"
        "    except OSError: return n\n"
    )
    assert call.value("fill", "/dev/shm") <= LIMITS.files + (1 << 20)
    assert 0 < call.value("fill", "/tmp") <= LIMITS.files + (1 << 20)
    assert call.value("nodes") < 5000
    for folder in ("/", "/usr/lib", "/pen", "/site", "/dev", "/proc"):
        assert call.value("fill", folder) == 0, folder


def test_one_check_may_have_more_than_the_others(submit):
    """A check's own limits hold: memory for one, and back to the smaller for the next."""
    session = submit("import numpy as np\ndef f():\n    return float(np.ones(16 << 20).sum())\n", SMALL)
    for limits, works in ((SMALL, False), (LIMITS, True), (SMALL, False)):
        call = Call(session.open(limits, 1))
        assert ("value" in call("f")) is works
        call.channel.close()
