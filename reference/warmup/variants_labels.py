"""Wrong variants of the labels and of the split; misconceptions.py names them."""

import numpy as np

from . import solution as ref


# --- one_hot
def classes_from_max(y, k):
    return ref.one_hot(y, int(y.max()) + 1)


def classes_from_unique(y, k):
    present, place = np.unique(y, return_inverse=True)
    return ref.one_hot(place, len(present))


def ten_classes(y, k):
    return ref.one_hot(y, 10)


def index_error(y, k):
    return np.eye(k)[y]


def negative_wraps(y, k):
    if np.ndim(y) != 1 or y.max() >= k:
        raise ValueError("y")
    return np.eye(k)[y]


def rows_without_one(y, k):
    return (np.reshape(y, (-1, 1)) == np.arange(k)).astype(float)


def column_accepted(y, k):
    return ref.one_hot(np.ravel(y), k)


def counts_from_one(y, k):
    return ref.one_hot((y.astype(int) - 1) % k, k)


def shifted_to_zero(y, k):
    return ref.one_hot(y - y.min(), k)


def every_row_alike(y, k):
    Y = ref.one_hot(y, k)
    Y[:, y] = 1.0
    return Y


def one_hot_transposed(y, k):
    return ref.one_hot(y, k).T


def one_hot_as(dtype):
    return lambda y, k: ref.one_hot(y, k).astype(dtype)


# --- train_val_test_split
def split_overlaps(n, fractions, seed):
    train, val, test = ref.train_val_test_split(n, fractions, seed)
    rng = np.random.default_rng(seed)
    return train, rng.permutation(n)[:len(val)], rng.permutation(n)[:len(test)]


def split_with_replacement(n, fractions, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(0, n, size=len(part)) for part in ref.train_val_test_split(n, fractions, seed))


def split_loses_the_rest(n, fractions, seed):
    order = np.concatenate(ref.train_val_test_split(n, fractions, seed))
    a, b, c = (int(n * fraction) for fraction in fractions)
    return order[:a], order[a:a + b], order[a + b:a + b + c]


def split_floors_twice(n, fractions, seed):
    order = np.concatenate(ref.train_val_test_split(n, fractions, seed))
    a, b = int(n * fractions[0]), int(n * fractions[1])
    return order[:a], order[a:a + b], order[a + b:]


def split_ceils_twice(n, fractions, seed):
    order = np.concatenate(ref.train_val_test_split(n, fractions, seed))
    a, b = int(np.ceil(n * fractions[0])), int(np.ceil(n * fractions[1]))
    return order[:a], order[a:a + b], order[a + b:]


def split_float_cut(n, fractions, seed):
    order = np.concatenate(ref.train_val_test_split(n, fractions, seed))
    return order[:n * fractions[0]], None, None


def split_in_order(n, fractions, seed):
    parts = ref.train_val_test_split(n, fractions, seed)
    return tuple(np.split(np.arange(n), np.cumsum([len(part) for part in parts])[:2]))


def split_cuts_first(n, fractions, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.permutation(part) for part in split_in_order(n, fractions, seed))


def split_test_is_fixed(n, fractions, seed):
    _, _, test = split_in_order(n, fractions, seed)
    rest = np.random.default_rng(seed).permutation(n - len(test))
    cut = len(ref.train_val_test_split(n, fractions, seed)[0])
    return rest[:cut], rest[cut:], test


def split_unseeded(n, fractions, seed):
    return ref.train_val_test_split(n, fractions, int(np.random.randint(2**31)))


def split_seed_ignored(n, fractions, seed):
    return ref.train_val_test_split(n, fractions, 0)


def split_parts_swapped(n, fractions, seed):
    train, val, test = ref.train_val_test_split(n, fractions, seed)
    return train, test, val


def split_eighty_ten_ten(n, fractions, seed):
    ref.train_val_test_split(n, fractions, seed)
    return ref.train_val_test_split(n, (0.8, 0.1, 0.1), seed)


def split_counts_from_one(n, fractions, seed):
    return tuple(part + 1 for part in ref.train_val_test_split(n, fractions, seed))


def split_masks(n, fractions, seed):
    return tuple(np.isin(np.arange(n), part) for part in ref.train_val_test_split(n, fractions, seed))


def split_columns(n, fractions, seed):
    return tuple(part.reshape(-1, 1) for part in ref.train_val_test_split(n, fractions, seed))


def split_sum_unchecked(n, fractions, seed):
    order = np.random.default_rng(seed).permutation(n)
    first, second = round(n * fractions[0]), round(n * (fractions[0] + fractions[1]))
    return order[:first], order[first:second], order[second:]


def split_exact_sum(n, fractions, seed):
    if sum(fractions) != 1:
        raise ValueError("fractions")
    return ref.train_val_test_split(n, fractions, seed)


def split_negative_accepted(n, fractions, seed):
    if abs(sum(fractions) - 1) > 1e-9:
        raise ValueError("fractions")
    return split_sum_unchecked(n, fractions, seed)


def split_only_above_one(n, fractions, seed):
    if min(fractions) < 0 or sum(fractions) > 1 + 1e-9:
        raise ValueError("fractions")
    return split_sum_unchecked(n, fractions, seed)


def split_legacy_generator(n, fractions, seed):
    parts = ref.train_val_test_split(n, fractions, seed)
    order = np.random.RandomState(seed).permutation(n)
    return tuple(np.split(order, np.cumsum([len(part) for part in parts])[:2]))
