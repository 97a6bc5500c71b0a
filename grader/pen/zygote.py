"""The fork server: imports what an assignment needs once, then forks one process per submission.

It never runs a student's code and holds no secret: what it says on the control socket (one JSON message
each) is trusted, and job bytes pass it by on a socket of their own. One submission at a time. Rules that
measurements taught: one thread before every fork (a second one hangs the children), the first optimiser
step imports 800 modules of torch, and `torch.cuda` is never touched.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import select
import socket
import sys
from typing import Any, NoReturn

from . import hugepages, jail, orders

# what students' code imports most, so that no check pays for it; numpy loads some of its parts late
_COMMON = (
    "abc array bisect collections contextlib copy csv dataclasses decimal enum fractions functools heapq io "
    "itertools json math operator pathlib pickle pprint queue re statistics string struct tempfile textwrap "
    "threading time traceback types typing warnings weakref "
    "numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.random numpy.testing numpy.lib.stride_tricks"
)


def main(arguments: list[str]) -> None:
    """Import, say that we are ready, then serve jobs until the control socket closes."""
    setup: dict[str, Any] = json.loads(arguments[0])
    control = socket.socket(fileno=setup["control"])
    heard = select.poll()  # `select` knows no descriptor above 1023
    heard.register(control, select.POLLIN)
    if heard.poll(0):
        return  # nobody speaks first but a judge that is gone, and bwrap may have started too late to go with it
    bpf = os.pread(setup["filter"], 1 << 20, 0) if setup["filter"] >= 0 else b""
    why = _refusal(setup["files"]) if setup["nested"] else "not asked for"
    sys.path.append(setup["site"])
    failed = warm(setup["packages"])
    from . import runner, server  # need numpy, which the line above has put within reach

    server.rehearse()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a crash loses no line
    gc.collect()
    gc.freeze()
    hugepages.collapse()
    status = _status()
    jobs = _Server(control, bpf, not why, status["VmData"], runner.run, setup["nodes"])
    jobs.say(
        ready=True,
        nested=not why,
        why=why,
        failed=failed,
        anonymous=status["RssAnon"],
        threads=status["Threads"],
        landlock=jail.landlock_version(),
    )
    while jobs.job():
        pass


class _Server:
    """One control socket and what every job inherits."""

    def __init__(
        self, control: socket.socket, bpf: bytes, nested: bool, data: int, run: Any, nodes: list[str]
    ) -> None:
        self.control, self.bpf, self.nested, self.data, self.run = control, bpf, nested, data, run
        self.nodes = nodes
        self.landlock = jail.landlock_version() > 0
        self.uid, self.gid = os.getuid(), os.getgid()

    def say(self, **message: Any) -> None:
        self.control.send(json.dumps(message).encode())

    def job(self) -> bool:
        """Serve one submission from fork to end; False when the judge is gone."""
        message, descriptors, _, _ = socket.recv_fds(self.control, 1 << 16, 2)
        if not message:
            return False
        job = json.loads(message)
        try:
            child = jail.fork(self.nested)
        except OSError as error:
            self.say(refused=str(error))
            return True
        if child == 0:
            self._become(job, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status, usage = os.wait4(child, 0)
        self.say(
            status=status,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss << 10,
            threads=_status()["Threads"],
        )
        return True

    def _become(self, job: dict[str, Any], job_descriptor: int, output: int) -> NoReturn:
        try:
            jail.die_with_parent()
            os.setsid()  # kill(0, …) reaches a whole process group, across PID namespaces
            channel = socket.socket(fileno=job_descriptor)
            channel.sendall(orders.HELLO)
            if channel.recv(1) != orders.GO:
                os._exit(orders.SETUP_FAILED)
            if self.nested:
                jail.settle(self.uid, self.gid, job["files"])
            os.dup2(output, 1)
            os.dup2(output, 2)
            keep = channel.fileno()
            os.closerange(3, keep)
            os.closerange(keep + 1, 1 << 16)
            os.makedirs(orders.FOLDER)
            os.chdir(orders.FOLDER)
            bounds = jail.Bounds(self.data + job["memory"], job["processes"], job["files"], job["cpu"])
            jail.confine(bounds, self.bpf, self.landlock, self.nodes)
            if job["alone"] and (child := os.fork()):
                channel.close()
                _end_like(child)
            if job["alone"] and self.nodes:
                jail.keep_to_own_threads(self.nodes)
            channel.sendall(orders.CONFINED)
        except BaseException as error:
            os.write(output, f"{type(error).__name__}: {error}".encode())
            os._exit(orders.SETUP_FAILED)
        try:
            self.run(channel, self.data, job["alone"])
        finally:
            os._exit(1)


def _end_like(child: int) -> NoReturn:
    """Wait for the child as process 1 does, collecting everything, and end with its status."""
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _refusal(files: int) -> str:
    """Why a submission cannot have its own namespaces here; empty if it can. Found by trying."""
    uid, gid = os.getuid(), os.getgid()
    reading, writing = os.pipe()
    try:
        child = jail.fork(namespaces=True)
    except OSError as error:
        return str(error)
    if child == 0:
        try:
            jail.settle(uid, gid, files)
        except BaseException as error:
            os.write(writing, str(error).encode() or b"?")
        finally:
            os._exit(0)
    os.close(writing)
    why = os.read(reading, 1000).decode(errors="replace")
    os.close(reading)
    os.waitpid(child, 0)
    return why


def warm(packages: list[str]) -> dict[str, str]:
    """Import numpy and the packages of the assignment, use them once; gives what did not import, and why."""
    for name in _COMMON.split():
        importlib.import_module(name)
    import numpy as np

    failed: dict[str, str] = {}
    for name in packages:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    from . import wire

    square = np.ones((16, 16)) + np.eye(16)
    wire.decode(wire.encode(np.linalg.solve(square @ square, np.random.default_rng(0).normal(size=16))))
    np.random.seed(0)
    random.seed(0)
    if "torch" in sys.modules:
        _warm_torch(sys.modules["torch"])
    if "matplotlib" in sys.modules:
        _warm_matplotlib()
    return failed


def _warm_torch(torch: Any) -> None:
    """One training step on one thread; CPU only."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(72, 4))
    optimiser = torch.optim.Adam(model.parameters())
    loss = torch.nn.functional.cross_entropy(model(torch.ones(2, 1, 8, 8)), torch.tensor([0, 1]))
    loss.backward()
    optimiser.step()


def _warm_matplotlib() -> None:
    """Read the fonts and draw once, to memory: no display, no files."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], label="line")
    axes.set(xlabel="x", ylabel="y", title="t")
    axes.legend()
    figure.canvas.draw()
    plt.close(figure)


def _status() -> dict[str, int]:
    """Numbers of /proc/self/status: sizes in bytes, counts as they are."""
    numbers: dict[str, int] = {}
    with open("/proc/self/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            words = value.split()
            if words and words[0].isdigit():
                numbers[name] = int(words[0]) << (10 if words[-1] == "kB" else 0)
    return numbers
