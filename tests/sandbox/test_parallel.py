"""What honest submissions do with more than one process or thread works inside the limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.core.limits import Limits
from grader.sandbox.pen import Pen, PenSession

from .conftest import Call

ROOMY = Limits(cpu=120.0, wall=300.0)  # for busy machines; memory, processes and files as courses have them
PROCESSES = b"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import shared_memory
import numpy as np
import helper

class Pair:
    def __init__(self, x): self.x = x

def square(x): return x * x

def double(pair): return Pair(helper.twice(pair.x))

def pool(how):
    with multiprocessing.get_context(how).Pool(2) as p:
        return p.map(square, range(4)), [pair.x for pair in p.map(double, [Pair(1), Pair(2)])]

def _put(q, x): q.put(2 * x)

def process(how):
    context = multiprocessing.get_context(how)
    q = context.Queue()
    p = context.Process(target=_put, args=(q, 21))
    p.start()
    value = q.get()
    p.join()
    return value, p.exitcode

def _fill(name):
    block = shared_memory.SharedMemory(name=name)
    np.ndarray((1000,), buffer=block.buf)[:] = 7.0
    block.close()

def shared(how):
    block = shared_memory.SharedMemory(create=True, size=8000)
    try:
        p = multiprocessing.get_context(how).Process(target=_fill, args=(block.name,))
        p.start()
        p.join()
        return float(np.ndarray((1000,), buffer=block.buf).sum())
    finally:
        block.close()
        block.unlink()

def executor(how):
    if how == "threads":
        with ThreadPoolExecutor(3) as e: return list(e.map(square, range(4)))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(how)) as e:
        return list(e.map(square, range(4)))
"""
TORCH = b"""
import torch
from torch.utils.data import DataLoader, Dataset

class Squares(Dataset):
    def __len__(self): return 32
    def __getitem__(self, i): return torch.full((1000,), float(i)) ** 2

def load(how):
    batches = DataLoader(Squares(), batch_size=4, num_workers=2, multiprocessing_context=how or None)
    return sum(float(batch[:, 0].sum()) for batch in batches)

def train(n):
    torch.set_num_threads(n)
    net = torch.nn.Sequential(torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
    x, losses = torch.ones(256, 512), []
    for _ in range(3):
        optimizer.zero_grad()
        loss = ((net(x) - 1) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.get_num_threads(), losses[-1] < losses[0]
"""


@pytest.fixture(scope="module", params=[None, False], ids=["nested", "single-use"])
def numpy_pen(request: pytest.FixtureRequest) -> Iterator[Pen]:
    """A pen with numpy, of each kind."""
    with Pen.start(["numpy"], request.param) as pen:
        yield pen


@pytest.fixture(scope="module")
def torch_pen() -> Iterator[Pen]:
    """A pen with torch."""
    with Pen.start(["numpy", "torch"]) as pen:
        yield pen


@pytest.fixture
def called(request: pytest.FixtureRequest) -> Iterator[object]:
    """called(pen, source, name, argument) is the value of one call in a check of its own."""
    sessions: list[PenSession] = []

    def call(pen: Pen, source: bytes, name: str, argument: object) -> object:
        session = pen.session()
        sessions.append(session)
        files = {"answer.py": source, "helper.py": b"def twice(x): return 2 * x\n"}
        session.load(files, "answer.py", ROOMY)
        return Call(session.open(ROOMY, 1)).value(name, argument)

    yield call
    for session in sessions:
        session.close()


@pytest.mark.parametrize("how", ["fork", "spawn"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pool", ([0, 1, 4, 9], [2, 4])),
        ("process", (42, 0)),
        ("shared", 7000.0),
        ("executor", [0, 1, 4, 9]),
    ],
)
def test_multiprocessing(numpy_pen, called, how, name, value):
    """Pools, processes with queues, shared memory and executors, forked or started afresh."""
    assert called(numpy_pen, PROCESSES, name, how) == value


def test_threads_of_an_executor(numpy_pen, called):
    """A pool of threads."""
    assert called(numpy_pen, PROCESSES, "executor", "threads") == [0, 1, 4, 9]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["", "fork", "spawn"])
def test_workers_of_a_data_loader(torch_pen, called, how):
    """Two workers bring every item once; started afresh they import torch again."""
    assert called(torch_pen, TORCH, "load", how) == sum(i * i for i in range(32))


@pytest.mark.slow
def test_two_threads_of_torch(torch_pen, called):
    """A submission may train on more threads than the one that it gets."""
    assert called(torch_pen, TORCH, "train", 2) == (2, True)
