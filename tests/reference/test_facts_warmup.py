"""The exam facts of `warmup` against its solution and torch's DataLoader."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parents[2] / "reference" / "warmup"


def load(name):
    """The module reference/warmup/<name>.py."""
    spec = importlib.util.spec_from_file_location(f"warmup_{name}_under_test", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


@pytest.mark.parametrize(("n", "batch"), [(10, 5), (11, 5), (9, 5), (3, 5), (7, 1), (64, 64)])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_are_those_of_the_iterator_and_of_torch(n, batch, drop_last):
    """Number of batches and rows of the last one agree with iterate_minibatches and with torch's DataLoader."""
    X = np.arange(n)
    sizes = [len(rows) for rows, _ in ref.iterate_minibatches(X, X, batch, None, drop_last)]
    loader = torch.utils.data.DataLoader(list(range(n)), batch, drop_last=drop_last)
    assert len(sizes) == len(loader) == facts.batches_per_epoch(n, batch, drop_last)
    if not drop_last:
        assert sizes[-1] == facts.last_batch_rows(n, batch)


def test_nested_split():
    """20 % of 1000 rows leave 800, of which 10 % are 80; the sizes are those of the reference with 0.72, 0.08, 0.2."""
    sizes = facts.nested_split(1000, 20, 10)
    assert sizes == (720, 80, 200)
    assert sizes == tuple(map(len, ref.train_val_test_split(1000, (0.72, 0.08, 0.2), 0)))
    with pytest.raises(ValueError, match="no whole numbers"):
        facts.nested_split(999, 20, 10)


@pytest.mark.parametrize("shape", [(5,), (2, 28, 28), (3, 4)])
def test_idx_bytes(shape):
    """A file of that many bytes is what the reference's parse_idx reads; one byte less it refuses."""
    header = b"\x00\x00\x08" + bytes([len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
    data = header.ljust(facts.idx_bytes(shape), b"\x07")
    assert ref.parse_idx(data).shape == shape
    with pytest.raises(ValueError, match="expected"):
        ref.parse_idx(data[:-1])


def test_one_hot_bytes():
    """one_hot_bytes is the size of the reference's float64 table."""
    assert ref.one_hot(np.array([0, 2, 1, 1]), 5).nbytes == facts.one_hot_bytes(4, 5, 8)
