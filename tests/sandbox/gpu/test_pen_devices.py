"""A pen with devices: its own nodes exist and can be used, no others; no other pen has them.

/dev/zero of this machine stands for the GPUs, under their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.core.gpu import GpuBudget
from grader.core.limits import Limits
from grader.pen import wire
from grader.sandbox import bwrap
from grader.sandbox.gpu.binding import Binding, binding
from grader.sandbox.gpu.devices import Device, Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.lease import acquire
from grader.sandbox.gpu.session import GpuSession
from grader.sandbox.pen import Pen
from grader.sandbox.session import Session, Stopped

A, B = Device("GPU-a", "Fake", 16 << 30), Device("GPU-b", "Fake", 16 << 30)
NODES = {"GPU-a": {"/dev/nvidia0": "/dev/zero"}, "GPU-b": {"/dev/nvidia1": "/dev/zero"}}
LOOK = b"""
import os, threading

def nodes():
    return sorted(name for name in os.listdir("/dev") if name.startswith("nvidia"))

def read(path):
    try:
        with open(path, "r+b", buffering=0) as file:
            return [file.write(b"x"), file.read(2)]
    except OSError as error:
        return type(error).__name__

def environment():
    return os.environ.get("CUDA_VISIBLE_DEVICES", "")

def name_a_thread():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "r+b", buffering=0) as file:
        file.write(b"cuda-EvtHandlr")  # without O_TRUNC, as the C library's pthread_setname_np
    with open("/proc/self/comm") as file:
        return file.read().strip()

def sys():
    return os.path.isdir("/sys/devices")

def spin():
    while True:
        pass
"""


def fake(busy: float = 0.0) -> Fake:
    return Fake(lambda t: Sample(busy, 0), [A, B], nodes=NODES)


@pytest.fixture(scope="module", params=[None, False], ids=["nested", "single-use"])
def gpu_pen(request: pytest.FixtureRequest) -> Iterator[Pen]:
    """A pen with GPU-a."""
    with Pen.start(["numpy"], request.param, gpu=binding(fake(), [A])) as pen:
        yield pen


def ask(session: Session, name: str, *args: object, limits: Limits | None = None) -> Any:
    channel = session.open(limits or Limits(), 0)
    request = {"id": 0, "op": "call", "name": name, "on": None, "args": args, "kwargs": {}, "keep": False}
    try:
        return wire.decode(channel.exchange(wire.encode({**request, "observed": False})))["value"]
    finally:
        channel.close()


def asked(pen: Pen, calls: Sequence[tuple[object, ...]]) -> list[Any]:
    session = pen.session()
    try:
        session.load({"look.py": LOOK}, "look.py", Limits())
        return [ask(session, *call) for call in calls]  # type: ignore[arg-type]
    finally:
        session.close()


def test_only_the_leased_device_exists(gpu_pen: Pen) -> None:
    """Its node is there, can be read and written, and is the one that CUDA is told of."""
    calls = [("nodes",), ("read", "/dev/nvidia0"), ("environment",), ("sys",)]
    assert asked(gpu_pen, calls) == [["nvidia0"], [1, b"\0\0"], "GPU-a", True]


def test_other_devices_cannot_be_written(gpu_pen: Pen) -> None:
    """What is opened for a GPU is its own nodes: /dev/full, which every pen has, and /sys, stay closed."""
    assert asked(
        gpu_pen, [("read", "/dev/full"), ("read", "/sys/kernel/mm/transparent_hugepage/enabled")]
    ) == [
        "PermissionError",
        "PermissionError",
    ]


def test_threads_can_be_named(gpu_pen: Pen) -> None:
    """CUDA writes to /proc/self/task/*/comm when it starts its threads."""
    assert asked(gpu_pen, [("name_a_thread",)]) == ["cuda-EvtHandlr"]


def test_without_devices_nothing_of_this_exists() -> None:
    """No node, no /sys, nothing of /proc can be written."""
    with Pen.start(["numpy"]) as pen:
        found = asked(pen, [("nodes",), ("environment",), ("sys",)])
        session = pen.session()
        session.load({"look.py": LOOK}, "look.py", Limits())
        channel = session.open(Limits(), 0)
        request = {"id": 0, "op": "call", "name": "name_a_thread", "on": None, "args": (), "kwargs": {}}
        said = wire.decode(channel.exchange(wire.encode({**request, "keep": False, "observed": False})))
        channel.close()
        session.close()
    assert found == [[], "", False]
    assert "PermissionError" in str(said)


def test_the_command_binds_what_a_device_needs() -> None:
    """bubblewrap is told of the leased nodes and of the driver's folders, after /dev is made."""
    shown = Binding({"/dev/nvidia3": "/dev/zero"}, ("/sys", "/opt/driver"), {"CUDA_VISIBLE_DEVICES": "GPU-a"})
    words = bwrap.command([], ["true"], 1 << 20, True, None, shown).direct()
    text = " ".join(words)
    assert "--dev-bind /dev/zero /dev/nvidia3" in text
    assert "--ro-bind /sys /sys" in text
    assert "--ro-bind /opt/driver /opt/driver" in text
    assert "--setenv CUDA_VISIBLE_DEVICES GPU-a" in text
    assert text.index("--dev /dev") < text.index("--dev-bind") < text.index("--remount-ro /dev")
    assert "/sys" not in bwrap.command([], ["true"], 1 << 20, True).direct()


def test_every_check_has_a_process_that_nothing_was_forked_into(gpu_pen: Pen) -> None:
    """CUDA does not survive a fork: in these pens the process that imports is the one that is called."""
    source = b"import os\nIMPORTED = os.getpid()\ndef same():\n    return IMPORTED == os.getpid()\n"
    session = gpu_pen.session()
    try:
        session.load({"a.py": source}, "a.py", Limits())
        assert [ask(session, "same") for _ in range(2)] == [True, True]
    finally:
        session.close()


def _spin(session: GpuSession) -> None:
    limits = Limits(wall=60, cpu=60)
    session.load({"look.py": LOOK}, "look.py", limits)
    ask(session, "spin", limits=limits)


def test_a_budget_holds_against_code_that_runs(gpu_pen: Pen, tmp_path: Path) -> None:
    """The judge's meter, not the student's process, ends a check; the verdict names what was exceeded."""
    devices = fake(busy=1.0)
    lease = acquire(devices, [A], 1, tmp_path)
    session = GpuSession(gpu_pen.session(), devices, lease, GpuBudget(seconds=0.3, wall=60))
    try:
        with pytest.raises(Stopped) as caught:
            _spin(session)  # on a very slow machine the import takes it all
    finally:
        session.close()
        lease.release()
    assert (caught.value.status, caught.value.reason) == ("timeout", "gpu_seconds")
    assert session.meter.seconds > 0.3
