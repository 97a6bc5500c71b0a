"""The life of a submission in the real sandbox: load, check, close; what one check may know of another."""

from __future__ import annotations

import dataclasses
import os
import resource
import time

import numpy as np
import pytest

from grader.core.errors import SandboxError
from grader.pen import wire
from grader.sandbox.pen import Pen
from grader.sandbox.session import Stopped

from .conftest import ENTRY, LIMITS, Call


def test_a_call_comes_back_as_data(check):
    """An array goes in, the student's array comes out, bit for bit."""
    call = check("def twice(x):\n    return 2 * x\n")
    np.testing.assert_array_equal(
        call.value("twice", np.arange(6.0).reshape(2, 3)), np.arange(0, 12, 2).reshape(2, 3)
    )


def test_checks_do_not_share_module_state(submit):
    """What one check assigns in the module is not there in the next."""
    session = submit("seen = []\ndef f():\n    seen.append(1)\n    return len(seen)\n")
    for _ in range(3):
        call = Call(session.open(LIMITS, 1))
        assert call.value("f") == 1
        assert call.value("f") == 2
        call.channel.close()


def test_output_of_import_and_check_are_apart(submit):
    """The session has what the import printed, the channel what its check printed, without repetition."""
    session = submit(
        "import sys\nprint('import', end='')\ndef f():\n"
        "    print('check', end='')\n    print('err', file=sys.stderr)\n"
    )
    call = Call(session.open(LIMITS, 1))
    call("f")
    assert session.output() == "import"
    assert sorted(call.channel.output()) == sorted("checkerr\n")


def test_long_output_is_cut_but_does_not_stop(check):
    """More than 64 KiB printed: the beginning is kept and the call still answers."""
    call = check("def f():\n    print('x' * 200_000)\n    return 1\n")
    assert call.value("f") == 1
    assert call.channel.output() == "x" * (64 << 10)


def test_seed_decides_random_numbers(submit):
    """The same seed gives the same draws of random and numpy.random, another seed others."""
    session = submit(
        "import random, numpy as np\ndef f():\n    return [random.random(), float(np.random.rand())]\n"
    )
    draws = []
    for seed in (5, 5, 6):
        call = Call(session.open(LIMITS, seed))
        draws.append(call.value("f"))
        call.channel.close()
    assert draws[0] == draws[1]
    assert draws[0][0] != draws[2][0]
    assert draws[0][1] != draws[2][1]


def test_order_of_sets_is_the_same_everywhere(submit):
    """String hashes do not differ between pens."""
    source = "def f():\n    return list({'a', 'bb', 'ccc', 'dddd', 'eeeee'})\n"
    seen = [Call(submit(source).open(LIMITS, 1)).value("f")]
    with Pen.start(["numpy"]) as other:
        seen.append(Call(submit(source, where=other).open(LIMITS, 1)).value("f"))
        submit(source)  # closes the session in the pen that ends here
    assert seen[0] == seen[1]


def test_failed_import_is_a_report_not_an_exception(pen):
    """A syntax error is told in the import report; opening a check is then impossible."""
    session = pen.session()
    try:
        report = wire.decode(session.load({ENTRY: b"def f(:\n"}, ENTRY, LIMITS))
        assert report["ok"] is False
        assert report["raised"]["type"] == "SyntaxError"
        with pytest.raises(Stopped):
            session.open(LIMITS, 1)
    finally:
        session.close()


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [
        ("import os\nos._exit(0)\n", "crashed", "exit"),
        ("import ctypes\nctypes.string_at(0)\n", "crashed", "signal"),
        ("while True: pass\n", "timeout", "cpu"),
        ("import time\ntime.sleep(60)\n", "timeout", "wall"),
        ("while True: print('x' * 10000)\n", "crashed", "output"),
        ("import os\nos.closerange(3, 256)\nimport time\ntime.sleep(9)\n", "crashed", "protocol"),
    ],
)
def test_an_import_that_does_not_return(pen, source, status, reason):
    """Import that exits, crashes, hangs or floods: a verdict, and the next submission is served."""
    limits = dataclasses.replace(LIMITS, cpu=0.5, wall=1.5)
    session = pen.session()
    with pytest.raises(Stopped) as stopped:
        session.load({ENTRY: source.encode()}, ENTRY, limits)
    session.close()
    assert (stopped.value.status, stopped.value.reason) == (status, reason)
    session = pen.session()
    assert wire.decode(session.load({ENTRY: b"x = 1\n"}, ENTRY, limits))["ok"]
    session.close()


def test_helper_files_and_data_lie_beside_the_hand_in(pen):
    """A second module can be imported and a data file opened by its bare name."""
    session = pen.session()
    files = {
        ENTRY: b"import helper\ndef f():\n    return helper.N, open('data/a.txt').read()\n",
        "helper.py": b"N = 3\n",
    }
    session.load({**files, "data/a.txt": b"hello"}, ENTRY, LIMITS)
    assert Call(session.open(LIMITS, 1)).value("f") == (3, "hello")
    session.close()


def test_a_hand_in_does_not_use_up_the_disk(pen):
    """A hand-in larger than the limit for written files is placed."""
    session = pen.session()
    source = "import os\ndef f():\n    return os.path.getsize('big')\n"
    session.load({ENTRY: source.encode(), "big": bytes(12 << 20)}, ENTRY, LIMITS)
    assert Call(session.open(LIMITS, 1)).value("f") == 12 << 20
    session.close()


def test_ordinary_things_work(check):
    """What students' code may well do: /dev/null, a temporary file, a thread, a pool, a subprocess."""
    call = check(
        "import multiprocessing, os, subprocess, sys, tempfile, threading\n"
        "def square(x):\n    return x * x\n"
        "def f():\n    open('/dev/null', 'w').write('x')\n"
        "    with tempfile.NamedTemporaryFile() as file:\n        file.write(b'x')\n"
        "    worker = threading.Thread(target=square, args=(2,))\n    worker.start()\n    worker.join()\n"
        "    with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "        squares = pool.map(square, range(4))\n"
        "    child = [sys.executable, '-I', '-S', '-c', 'print(7)']\n"
        "    return squares, subprocess.run(child, capture_output=True, text=True).stdout\n"
    )
    assert call.value("f") == ([0, 1, 4, 9], "7\n")


def test_a_pen_retires(monkeypatch, submit):
    """After its number of submissions the fork server is replaced, unseen by the next session."""
    monkeypatch.setattr("grader.sandbox.pen._RETIRE_AFTER", 2)
    with Pen.start(["numpy"]) as pen:
        first = pen._server
        for _ in range(3):
            session = pen.session()
            session.load({ENTRY: b"x = 1\n"}, ENTRY, LIMITS)
            session.close()
        assert pen._server is not first


def test_a_killed_pen_is_replaced(submit):
    """A fork server that dies between two submissions is replaced at the next one."""
    with Pen.start(["numpy"]) as pen:
        pen._server._process.kill()
        session = pen.session()
        assert wire.decode(session.load({ENTRY: b"x = 1\n"}, ENTRY, LIMITS))["ok"]
        session.close()


def test_two_sessions_at_once_are_refused(pen):
    """One submission at a time in a pen."""
    session = pen.session()
    with pytest.raises(SandboxError):
        pen.session()
    session.close()


def test_unknown_package_is_the_graders_error():
    """An assignment that lists what is not installed cannot be graded; no verdict."""
    with pytest.raises(SandboxError, match="not installed"):
        Pen.start(["numpy", "surely-not-a-package-of-anybody"])


def test_time_without_a_processor_is_told_from_waiting(check):
    """Wall time less what is excused: nearly nothing beside a spin, however busy the machine, and all of a sleep."""
    call = check(
        "import time\ndef spin():\n    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end: pass\ndef sleep():\n    time.sleep(0.3)\n"
    )
    if call.channel.excused_seconds() is None:
        pytest.skip("not run: this kernel does not say how long a thread queued")
    unseen = {}
    for name in ("spin", "sleep"):
        before, cpu, wall = call.channel.excused_seconds(), call.channel.cpu_seconds(), time.monotonic()
        call(name)
        wall, cpu = time.monotonic() - wall, call.channel.cpu_seconds() - cpu
        unseen[name] = wall - (call.channel.excused_seconds() - before) - cpu
    assert unseen["spin"] < 0.1
    assert 0.25 < unseen["sleep"] < 0.4
    call.channel.close()
    assert call.channel.excused_seconds() is None


def test_measured_counts_a_spin(check):
    """CPU time is what the kernel counted, and is there before the channel closes."""
    call = check(
        "import time\ndef f():\n    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end: pass\n"
    )
    call("f")
    assert 0.3 <= call.channel.cpu_seconds() < 0.6
    measured = call.channel.close()
    assert 0.3 <= measured.cpu_seconds < 0.6
    assert measured.wall_seconds >= 0.3
    assert call.channel.close() == measured


def test_measured_sees_the_peak(check):
    """The peak stays after the memory is given back."""
    call = check("import numpy as np\ndef f():\n    np.ones(10_000_000).sum()\n")
    before, _ = call.channel.memory_bytes()
    call("f")
    now, peak = call.channel.memory_bytes()
    assert peak - before > 70_000_000
    assert now - before < 40_000_000
    assert 70_000_000 < call.channel.close().peak_bytes < 120_000_000


def test_a_large_value_travels_both_ways(check):
    """32 MB in and out, far more than a socket's buffer."""
    call = check("def f(x):\n    return x + 1\n")
    x = np.arange(4_000_000.0)
    np.testing.assert_array_equal(call.value("f", x), x + 1)


def test_a_grader_with_many_open_files_starts_pens():
    """Descriptors keep their numbers in a pen, and may be above those that `select` knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip(f"no more than {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        with Pen.start(["numpy"]) as pen:
            session = pen.session()
            session.load({ENTRY: b"def f():\n    return 7\n"}, ENTRY, LIMITS)
            assert Call(session.open(LIMITS, 1)).value("f") == 7
            session.close()
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
