"""Wrong variants of the mini-batches and of the IDX reader; misconceptions.py names them."""

import math
import struct

import numpy as np

from . import solution as ref


# --- iterate_minibatches: an epoch from an order of rows, and what may go wrong with it
def slices(X, y, batch, order):
    for start in range(0, len(order), batch):
        yield X[order[start:start + batch]], y[order[start:start + batch]]


def order_of(X, y, batch, rng, drop_last=False):
    """The reference's order of rows, with its complaints."""
    pairs = ref.iterate_minibatches(np.arange(len(X)), np.arange(len(y)), batch, rng, drop_last)
    return np.concatenate([np.arange(0), *(rows for rows, _ in pairs)])


def drops_last(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X, y, batch, rng, True)


def labels_stay(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    for start in range(0, len(order), batch):
        yield X[order[start:start + batch]], y[start:min(start + batch, len(order))]


def two_permutations(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    other = order_of(X, y, batch, rng, drop_last)
    for start in range(0, len(order), batch):
        yield X[order[start:start + batch]], y[other[start:start + batch]]


def rng_ignored(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X, y, batch, None, drop_last)


def own_generator(X, y, batch, rng=None, drop_last=False):
    own = None if rng is None else np.random.default_rng(0)
    return ref.iterate_minibatches(X, y, batch, own, drop_last)


def global_generator(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X, y, batch, None if rng is None else np.random, drop_last)


def always_shuffles(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X, y, batch, np.random if rng is None else rng, drop_last)


def with_replacement(X, y, batch, rng=None, drop_last=False):
    for X_b, y_b in ref.iterate_minibatches(X, y, batch, None, drop_last):
        rows = None if rng is None else rng.integers(0, len(X), size=len(X_b))
        yield (X_b, y_b) if rows is None else (X[rows], y[rows])


def drop_last_ignored(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X, y, batch, rng, False)


def drops_full_batch(X, y, batch, rng=None, drop_last=False):
    pairs = list(ref.iterate_minibatches(X, y, batch, rng, False))
    yield from pairs[:-1] if drop_last else pairs


def fills_up(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    return slices(X, y, batch, np.resize(order, math.ceil(len(order) / batch) * batch))


def last_window(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    for start in range(0, len(order), batch):
        rows = order[max(0, min(start, len(order) - batch)):][:batch]
        yield X[rows], y[rows]


def number_of_batches(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    for rows in np.array_split(order, batch):
        yield X[rows], y[rows]


def balanced(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng, drop_last)
    for rows in np.array_split(order, math.ceil(len(order) / batch)) if len(order) else ():
        yield X[rows], y[rows]


def one_row_short(X, y, batch, rng=None, drop_last=False):
    for X_b, y_b in ref.iterate_minibatches(X, y, batch, rng, drop_last):
        yield (X_b[:-1], y_b[:-1]) if len(X_b) == batch else (X_b, y_b)


def empty_last(X, y, batch, rng=None, drop_last=False):
    yield from ref.iterate_minibatches(X, y, batch, rng, drop_last)
    if len(X) % batch == 0:
        yield X[:0], y[:0]


def flattens(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(np.reshape(X, (len(X), -1)), y, batch, rng, drop_last)


def squeezes(X, y, batch, rng=None, drop_last=False):
    for X_b, y_b in ref.iterate_minibatches(X, y, batch, rng, drop_last):
        yield (X_b[0], y_b[0]) if len(X_b) == 1 else (X_b, y_b)


def column_of_labels(X, y, batch, rng=None, drop_last=False):
    column = y.reshape(-1, 1) if y.ndim == 1 else y
    return ref.iterate_minibatches(X, column, batch, rng, drop_last)


def batches_float32(X, y, batch, rng=None, drop_last=False):
    return ref.iterate_minibatches(X.astype(np.float32), y, batch, rng, drop_last)


def shuffles_in_place(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng)
    X[...], y[...] = X[order], y[order]
    yield from ref.iterate_minibatches(X, y, batch, None, drop_last)


def lengths_unchecked(X, y, batch, rng=None, drop_last=False):
    n = min(len(X), len(y))
    return ref.iterate_minibatches(X[:n], y[:n], batch, rng, drop_last)


def negative_batch(X, y, batch, rng=None, drop_last=False):
    if len(X) == len(y) and batch < 0:
        return iter(())
    return ref.iterate_minibatches(X, y, batch, rng, drop_last)


def sixty_thousand(X, y, batch, rng=None, drop_last=False):
    order = order_of(X, y, batch, rng)
    for start in range(0, 60000, batch):
        yield X[order[start:start + batch]], y[order[start:start + batch]]


# --- parse_idx
def header(data, order=">"):
    """(shape, bytes of header), after the reference's complaints; sizes in the given byte order."""
    ref.parse_idx(data)
    return struct.unpack(f"{order}{data[3]}I", data[4:4 + 4 * data[3]]), 4 + 4 * data[3]


def little_endian(data):
    shape, start = header(data, "<")
    if math.prod(shape) != len(data) - start:
        raise ValueError("size")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def three_sizes(data):
    shape = struct.unpack(">3I", data[4:16])
    return np.frombuffer(data, np.uint8, offset=16).reshape(shape)


def mnist_shape(data):
    _, start = header(data)
    values = np.frombuffer(data, np.uint8, offset=start)
    return values if data[3] == 1 else values.reshape(-1, 28, 28)


def flat(data):
    return ref.parse_idx(data).ravel()


def rows_flattened(data):
    images = ref.parse_idx(data)
    return images if images.ndim == 1 else images.reshape(len(images), -1)


def first_axis_fastest(data):
    images = ref.parse_idx(data)
    return images.ravel().reshape(images.shape, order="F")


def scaled(data):
    return ref.parse_idx(data) / 255.0


def as_float(data):
    return ref.parse_idx(data).astype(np.float64)


def signed(data):
    return ref.parse_idx(data).view(np.int8)


def last_byte_of_size(data):
    _, start = header(data)
    shape = tuple(data[7:start:4])
    if math.prod(shape) > len(data) - start:
        raise ValueError("size")
    return np.frombuffer(data, np.uint8, math.prod(shape), start).reshape(shape)


def only_mnist_magic(data):
    if data[:4] not in (b"\x00\x00\x08\x03", b"\x00\x00\x08\x01"):
        raise ValueError("magic")
    return ref.parse_idx(data)


def rest_ignored(data):
    axes = data[3] if len(data) > 3 else 0
    size = math.prod(struct.unpack(f">{axes}I", data[4:4 + 4 * axes])) if len(data) >= 4 + 4 * axes else 0
    return ref.parse_idx(data[:4 + 4 * axes + size])


def missing_are_zero(data):
    axes = data[3] if len(data) > 3 else 0
    whole = len(data) >= 4 + 4 * axes > 4
    size = math.prod(struct.unpack(f">{axes}I", data[4:4 + 4 * axes])) if whole else 0
    return ref.parse_idx(data.ljust(4 + 4 * axes + size, b"\x00") if whole else data)


def type_ignored(data):
    return ref.parse_idx(b"\x00\x00\x08" + data[3:] if len(data) > 3 else data)


def magic_ignored(data):
    return ref.parse_idx(b"\x00\x00" + data[2:] if len(data) > 3 else data)


def other_errors(data):
    try:
        return ref.parse_idx(data)
    except ValueError:
        struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
        raise
