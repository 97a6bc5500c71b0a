"""The reference of `warmup` against torch, scipy, scikit-learn's digits, closed forms and the lectures' tables."""

import importlib.util
import math
import struct
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grader.datasets import digits8x8

PATH = Path(__file__).parents[2] / "reference" / "warmup" / "solution.py"
SPEC = importlib.util.spec_from_file_location("warmup_solution", PATH)
ref = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ref)

LAWS = settings(derandomize=True, database=None, max_examples=60, deadline=None)


def idx_file(array):
    """The IDX file of a uint8 array, written with struct alone."""
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + bytes(array.ravel().tolist())


def test_the_pets_of_the_lecture():
    """Cat, dog, turtle, fish, cat have the five rows that the slide prints."""
    table = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    Y = ref.one_hot(np.array([0, 1, 2, 3, 0]), 4)
    assert Y.tolist() == table
    assert Y.dtype == np.float64


@LAWS
@given(st.integers(1, 12), st.data())
def test_one_hot_is_torchs(k, data):
    """Any labels below k give torch's one_hot, in every integer dtype; argmax brings the labels back."""
    y = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=1, max_size=20)))
    expected = torch.nn.functional.one_hot(torch.tensor(y), k).numpy()
    for dtype in (np.int64, np.int32, np.uint8):
        Y = ref.one_hot(y.astype(dtype), k)
        assert np.array_equal(Y, expected)
        assert np.array_equal(Y.argmax(axis=1), y)


@pytest.mark.parametrize("y", [[0, 4], [-1, 0], [[0], [1]], 2, [[0, 1]]])
def test_one_hot_refuses(y):
    """Labels outside 0..k-1 and any number of axes but one raise ValueError."""
    with pytest.raises(ValueError, match="y: expected"):
        ref.one_hot(np.array(y), 4)


@LAWS
@given(
    n=st.integers(1, 300),
    weights=st.lists(st.integers(0, 20), min_size=3, max_size=3).filter(any),
    seed=st.integers(0, 2**32),
)
def test_a_split_is_a_partition_near_its_shares(n, weights, seed):
    """Whatever the fractions: every index once, each size within one of n·f, the same parts for the same seed."""
    fractions = tuple(weight / sum(weights) for weight in weights)
    parts = ref.train_val_test_split(n, fractions, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert all(abs(len(part) - n * f) <= 1 + 1e-9 for part, f in zip(parts, fractions, strict=True))
    assert all(map(np.array_equal, parts, ref.train_val_test_split(n, fractions, seed)))


def test_every_example_is_as_likely_to_be_tested():
    """Over 4000 seeds each of 10 examples is in the test set as often as 20 % say: χ² at p > 1e-6."""
    counts = np.zeros(10)
    for seed in range(4000):
        counts[ref.train_val_test_split(10, (0.6, 0.2, 0.2), seed)[2]] += 1
    assert counts.sum() == 8000
    assert scipy.stats.chisquare(counts).pvalue > 1e-6


@pytest.mark.parametrize("fractions", [(0.6, 0.2, 0.1), (0.6, 0.3, 0.2), (0.9, 0.4, -0.3), (0.0, 0.0, 0.0)])
def test_split_refuses_other_fractions(fractions):
    """A sum other than 1 or a negative fraction raises ValueError."""
    with pytest.raises(ValueError, match="fractions"):
        ref.train_val_test_split(20, fractions, 0)


def test_split_forgives_a_rounding_error():
    """0.7 + 0.2 + 0.1 is not 1 in floating point and splits 20 into 14, 4 and 2 all the same."""
    assert sum((0.7, 0.2, 0.1)) != 1
    assert [len(part) for part in ref.train_val_test_split(20, (0.7, 0.2, 0.1), 0)] == [14, 4, 2]


def test_the_four_pets_of_the_handout():
    """Weights 2, 4, 4, 10 and ages 1, 3, 3, 1 have means 5 and 2, deviations 3 and 1."""
    X = np.array([[2, 1], [4, 3], [4, 3], [10, 1]])
    mu, sigma = ref.standardize_fit(X)
    assert mu.tolist() == [5, 2]
    assert sigma.tolist() == [3, 1]
    np.testing.assert_allclose(
        ref.standardize_apply(X, mu, sigma), [[-1, -1], [-1 / 3, 1], [-1 / 3, 1], [5 / 3, -1]]
    )


def test_statistics_are_torchs_and_scipys():
    """mu, sigma and Z agree with torch (correction=0) and scipy's zscore."""
    X = np.random.default_rng(0).normal(3.0, [1.0, 20.0, 0.1], size=(9, 3))
    mu, sigma = ref.standardize_fit(X)
    t = torch.tensor(X)
    np.testing.assert_allclose(mu, t.mean(0).numpy(), rtol=1e-13)
    np.testing.assert_allclose(sigma, t.std(0, correction=0).numpy(), rtol=1e-12)
    np.testing.assert_allclose(ref.standardize_apply(X, mu, sigma), scipy.stats.zscore(X, ddof=0), rtol=1e-10)


@LAWS
@given(
    arrays(
        np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(-1e6, 1e6, width=32)
    )
)
def test_fitted_rows_have_mean_zero_and_deviation_one_or_zero(X):
    """For any table Z is finite; a column has deviation 1, or is constant and becomes 0."""
    mu, sigma = ref.standardize_fit(X)
    Z = ref.standardize_apply(X, mu, sigma)
    assert np.isfinite(Z).all()
    constant = np.ptp(X, axis=0) == 0
    assert np.array_equal(sigma == 0, constant)
    np.testing.assert_allclose(Z[:, constant], 0, atol=1e-9)
    spread = sigma > 1e-6 * np.maximum(np.abs(mu), 1e-3)
    np.testing.assert_allclose(Z.mean(axis=0)[spread], 0, atol=1e-6)
    np.testing.assert_allclose(Z.std(axis=0)[spread], 1, rtol=1e-6)


def test_rounded_constants_are_constants():
    """Equal values whose float mean is rounded (np.std gives 1e-17) have sigma 0, and a new value stays finite."""
    X = np.full((6, 2), 0.7)
    assert X.std(axis=0).any()
    mu, sigma = ref.standardize_fit(X)
    assert not sigma.any()
    np.testing.assert_allclose(ref.standardize_apply(X, mu, sigma), 0, atol=1e-15)
    np.testing.assert_allclose(ref.standardize_apply(X + 1, mu, sigma), 1)


def test_a_large_mean_costs_no_digits():
    """Around 1e8 the deviation is the one around 0, where mean(x²) - mean(x)² loses every digit."""
    small = np.random.default_rng(1).integers(-3, 4, size=(50, 1)).astype(float)
    _, sigma = ref.standardize_fit(small + 1e8)
    np.testing.assert_allclose(sigma, small.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64, np.float64])
def test_results_are_float64(dtype):
    """Whatever number type comes in, mu, sigma and Z are float64."""
    X = np.arange(12).reshape(4, 3).astype(dtype)
    mu, sigma = ref.standardize_fit(X)
    assert mu.dtype == sigma.dtype == ref.standardize_apply(X, mu, sigma).dtype == np.float64
    assert mu.shape == sigma.shape == (3,)


def test_test_rows_do_not_change_the_train_rows():
    """Z of a train row is the same alone, among its own, and with test rows appended."""
    rng = np.random.default_rng(2)
    train, test = rng.normal(size=(6, 3)), rng.normal(100.0, 1.0, size=(4, 3))
    mu, sigma = ref.standardize_fit(train)
    together = ref.standardize_apply(np.concatenate([train, test]), mu, sigma)
    np.testing.assert_array_equal(together[:6], ref.standardize_apply(train, mu, sigma))
    np.testing.assert_array_equal(together[:1], ref.standardize_apply(train[:1], mu, sigma))


@LAWS
@given(
    n=st.integers(1, 40), batch=st.integers(1, 45), drop=st.booleans(), seed=st.none() | st.integers(0, 99)
)
def test_batches_are_those_of_torchs_loader(n, batch, drop, seed):
    """Sizes and rows agree with torch's DataLoader over the same order; ⌈N/B⌉ batches, or ⌊N/B⌋ with drop_last."""
    X, y = np.arange(n)[:, None] + np.array([0.0, 0.5]), np.arange(n)
    rng = None if seed is None else np.random.default_rng(seed)
    order = np.arange(n) if seed is None else np.random.default_rng(seed).permutation(n)
    data = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(y))
    loader = torch.utils.data.DataLoader(data, batch, sampler=order.tolist(), drop_last=drop)
    pairs = list(ref.iterate_minibatches(X, y, batch, rng, drop))
    assert len(pairs) == (n // batch if drop else math.ceil(n / batch)) == len(loader)
    for (X_b, y_b), (X_t, y_t) in zip(pairs, loader, strict=True):
        assert np.array_equal(X_b, X_t.numpy())
        assert np.array_equal(y_b, y_t.numpy())


def test_the_figures_of_the_handout():
    """60000 rows in batches of 128 are 469 updates an epoch, 468 with drop_last; 10 in fours are 4, 4 and 2."""
    X = np.zeros((60000, 1), dtype=np.uint8)
    assert len(list(ref.iterate_minibatches(X, X, 128))) == 469
    assert len(list(ref.iterate_minibatches(X, X, 128, drop_last=True))) == 468
    assert [len(y) for _, y in ref.iterate_minibatches(X[:10], X[:10], 4)] == [4, 4, 2]


def test_two_epochs_differ_and_keep_pairs_together():
    """The generator goes on between epochs; each row stays with its label, and images keep their axes."""
    X, y, rng = np.arange(20).reshape(20, 1, 1) * np.ones((20, 2, 3)), np.arange(20), np.random.default_rng(3)
    epochs = [list(ref.iterate_minibatches(X, y, 6, rng)) for _ in range(2)]
    for pairs in epochs:
        assert sorted(np.concatenate([y_b for _, y_b in pairs]).tolist()) == list(range(20))
        for X_b, y_b in pairs:
            assert X_b.shape == (len(y_b), 2, 3)
            assert (X_b == y_b[:, None, None]).all()
    assert not np.array_equal(epochs[0][0][1], epochs[1][0][1])


@pytest.mark.parametrize(("rows", "labels", "batch"), [(5, 4, 2), (4, 5, 2), (4, 4, 0), (4, 4, -1)])
def test_an_impossible_epoch_is_refused(rows, labels, batch):
    """Different lengths, and batches below one row, raise ValueError at the first item."""
    with pytest.raises(ValueError, match="rows"):
        next(ref.iterate_minibatches(np.zeros((rows, 1)), np.zeros(labels), batch))


def test_the_hex_dump_of_the_handout():
    """The 28 bytes printed in the handout are the two images printed beside them."""
    text = "00000803 00000002 00000002 00000003 0001020a141e 030405fdfeff"
    images = ref.parse_idx(bytes.fromhex(text))
    assert images.tolist() == [[[0, 1, 2], [10, 20, 30]], [[3, 4, 5], [253, 254, 255]]]


@LAWS
@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=5, max_side=6)))
def test_idx_comes_back_as_it_was_written(array):
    """Writing any uint8 array and parsing it gives the array; a byte more or less raises ValueError."""
    data = idx_file(array)
    read = ref.parse_idx(data)
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)
    for broken in (data[:-1], data + b"\0"):
        with pytest.raises(ValueError, match="values"):
            ref.parse_idx(broken)


def test_idx_of_real_digits():
    """The 1797 digits of 8×8 pixels survive the format; 1797 needs two bytes of the size."""
    digits = digits8x8()
    assert np.array_equal(ref.parse_idx(idx_file(digits.images)), digits.images)
    assert np.array_equal(ref.parse_idx(idx_file(digits.labels.astype(np.uint8))), digits.labels)


@pytest.mark.parametrize("cut", range(16))
def test_a_header_cut_anywhere_is_refused(cut):
    """An IDX file that ends within its 16 bytes of header raises ValueError, never IndexError or struct.error."""
    with pytest.raises(ValueError, match="expected"):
        ref.parse_idx(idx_file(np.zeros((2, 2, 3), dtype=np.uint8))[:cut])


@pytest.mark.parametrize(
    "head", [b"\x00\x00\x09\x01", b"\x00\x00\x0d\x01", b"\x1f\x8b\x08\x01", b"\x00\x01\x08\x01"]
)
def test_other_magic_numbers_are_refused(head):
    """Other types and other first bytes raise ValueError, although the number of bytes fits."""
    with pytest.raises(ValueError, match="magic"):
        ref.parse_idx(head + b"\x00\x00\x00\x02ab")
