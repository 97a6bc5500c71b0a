"""The stand that measures on real devices, tried on a fake one: what it reports of a program."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench.gpu import figures, programs
from bench.gpu.stand import Stand
from grader.core.gpu import GpuBudget
from grader.sandbox.gpu.binding import binding
from grader.sandbox.gpu.devices import Device, Sample
from grader.sandbox.gpu.fake import Fake
from grader.sandbox.gpu.lease import acquire
from grader.sandbox.pen import Pen

ONE = Device("GPU-1", "Tester 3000", 16 << 30)
PROGRAM = """
def twice(x):
    return [x, x]

def spin():
    while True:
        pass
"""


def test_a_program_gives_its_value_or_how_it_was_stopped(tmp_path: Path) -> None:
    """With the figures of the meter."""
    fake = Fake(lambda t: Sample(1.0, 5), [ONE], nodes={"GPU-1": {"/dev/nvidia0": "/dev/zero"}})
    lease = acquire(fake, [ONE], 1, tmp_path)
    with Pen.start(["numpy"], gpu=binding(fake, [ONE])) as pen:
        stand = Stand(fake, lease, pen, 0.0)
        ran = stand.run(PROGRAM, "twice", 3)
        stopped = stand.run(PROGRAM, "spin", budget=GpuBudget(seconds=0.5, wall=60.0))
    lease.release()
    assert (ran.value, ran.stopped, ran.peak) == ([3, 3], None, 0)
    assert stopped.stopped is not None
    assert stopped.stopped.reason == "gpu_seconds"
    assert stopped.gpu_seconds > 0.5


@pytest.mark.parametrize("name", [name for name in vars(programs) if name.isupper()])
def test_the_programs_are_python(name: str) -> None:
    """They run on a device only; at least they can be read anywhere."""
    assert ast.parse(getattr(programs, name)).body


def test_every_figure_has_a_name() -> None:
    """What `python -m bench.gpu` takes as arguments."""
    assert set(figures.ALL) == {*figures.ALONE, "honest_training"}
