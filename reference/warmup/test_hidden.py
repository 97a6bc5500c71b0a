"""Hidden checks of A0: rare labels, other fractions and seeds, leaks, constant columns, broken files."""

import struct

import numpy as np

from grader.checks import agree, as_reference, close, drive, ensure, points, pure, raises

SIZES_OF_SPLITS = [          # n, fractions
    (100, (0.8, 0.1, 0.1)), (100, (0.6, 0.2, 0.2)), (90, (0.5, 0.3, 0.2)), (10, (0.29, 0.29, 0.42)),
    (10, (0.41, 0.41, 0.18)), (1, (0.8, 0.1, 0.1)), (40, (1.0, 0.0, 0.0)),
]


def idx(shape, values, head=b"\x00\x00\x08"):
    """An IDX file: head (3 bytes), number of axes, big-endian sizes, values."""
    return head + struct.pack(f">B{len(shape)}I", len(shape), *shape) + bytes(values)


@points(1)
def test_one_hot_of_absent_classes(student, rng):
    """Classes that do not occur keep their columns; a single row, a single class and uint8 labels work."""
    agree(student.one_hot, np.array([2, 4, 2, 3]), 7)
    agree(student.one_hot, rng.integers(0, 10, size=30).astype(np.uint8), 10)
    agree(student.one_hot, np.array([3]), 5)
    agree(student.one_hot, np.array([0, 0, 0]), 1)


@points(1)
def test_one_hot_refuses_other_labels(student):
    """A label k or above, a negative label and labels in a column (N, 1) raise ValueError."""
    raises(ValueError, student.one_hot, np.array([0, 4, -1]), 4)
    raises(ValueError, student.one_hot, np.array([0, 4, 1]), 4)
    raises(ValueError, student.one_hot, np.array([0, 3, -1]), 4)
    raises(ValueError, student.one_hot, np.array([[0], [1], [2]]), 4)


def arrays(parts):
    """The parts of a split as arrays; lists are as good."""
    return [np.asarray(part) for part in parts]


@points(1)
def test_sizes_of_the_parts(student, rng):
    """Each part is within one example of n times its fraction, for other fractions and for n = 1."""
    for n, fractions in SIZES_OF_SPLITS:
        parts = arrays(student.train_val_test_split(n, fractions, int(rng.integers(1000))))
        ensure(np.unique(np.concatenate(parts)).size == n, "together the parts must hold all n examples")
        for part, fraction in zip(parts, fractions, strict=True):
            near = abs(part.size - n * fraction) < 1 + 1e-9
            ensure(near, "the size of each part must be within one of n times its fraction")


@points(1)
def test_seed_decides_the_split(student, rng):
    """The same seed gives the same parts, another seed other ones, and the data's own order is not kept."""
    seed = int(rng.integers(1, 10_000))
    calls = [(60, (0.5, 0.25, 0.25), s) for s in (seed, seed + 1, seed)]
    one, other, again = (arrays(outcome.get()) for outcome in student.train_val_test_split.batch(calls))
    ensure(all(map(np.array_equal, one, again)), "the same seed must give the same parts once more")
    ensure(one[0].tolist() != sorted(one[0]) or one[0].max() > one[0].size, "the examples must be shuffled")
    first = set(range(one[0].size))
    ensure(set(one[0].tolist()) != first, "the train set must not be just the first examples")
    ensure(set(one[0].tolist()) != set(other[0].tolist()), "another seed must give another train set")
    ensure(set(one[2].tolist()) != set(other[2].tolist()), "another seed must give another test set")


@points(1)
def test_fractions_add_up_to_one(student):
    """Fractions that miss the sum 1, or one below 0, raise ValueError; a rounding error in the sum does not."""
    raises(ValueError, student.train_val_test_split, 20, (0.6, 0.3, 0.2), 3)
    raises(ValueError, student.train_val_test_split, 20, (0.6, 0.2, 0.1), 3)
    raises(ValueError, student.train_val_test_split, 20, (0.9, 0.4, -0.3), 3)
    sizes = [len(part) for part in student.train_val_test_split(20, (0.7, 0.2, 0.1), 3)]
    close(sum(sizes), 20, what="the number of indices for fractions whose float sum is 0.9999999999999999")


@points(1)
def test_statistics_of_columns(student, rng):
    """Mean and deviation of each column: one row, bytes, float32, and a small spread around a large mean."""
    agree(student.standardize_fit, rng.normal(3.0, [1.0, 20.0, 0.1], size=(7, 3)))
    agree(student.standardize_fit, rng.normal(size=(4, 4)))
    agree(student.standardize_fit, rng.integers(0, 256, size=(9, 2)).astype(np.uint8))
    agree(student.standardize_fit, rng.integers(0, 9, size=(5, 3)).astype(np.float32), rtol=1e-6)
    far = np.array([1e8, 1.0]) + rng.choice([-3.0, -1.0, 2.0], size=(12, 2))
    agree(student.standardize_fit, far, rtol=1e-6)


@points(1)
def test_test_rows_do_not_leak(student, rng):
    """Rows are scaled by the mu and sigma given, whatever stands beside them; an earlier fit changes nothing."""
    train, test = rng.normal(5.0, [2.0, 0.5, 30.0], size=(8, 3)), rng.normal(-40.0, 9.0, size=(6, 3))
    mu, sigma = student.standardize_fit(train)
    student.standardize_fit(np.concatenate([train, test]))
    again = student.standardize_fit(train)
    as_reference((mu, sigma), of=student.standardize_fit, what="(mu, sigma) of the train rows")
    as_reference(again, of=student.standardize_fit, what="(mu, sigma) of the train rows, after another fit")
    mu, sigma = rng.normal(size=3), rng.uniform(0.5, 2.0, size=3)
    for what, X in (("train and test rows together", np.concatenate([train, test])), ("one row", test[:1])):
        Z = student.standardize_apply(X, mu, sigma)
        as_reference(Z, of=student.standardize_apply, what=f"Z of {what}")
    agree(student.standardize_apply, rng.integers(0, 256, size=(4, 3)).astype(np.uint8), mu, sigma)


@points(1)
def test_constant_column(student, rng):
    """A column without spread becomes 0 on the rows that were fitted, and stays finite and small on new ones."""
    rows, new = rng.normal(size=(6, 4)), rng.normal(size=(3, 4))
    rows[:, 1], rows[:, 3] = 0.7, 0.1                         # their float sums are rounded
    mu, sigma = rows.mean(axis=0), rows.std(axis=0)
    sigma[1] = sigma[3] = 0.0
    fitted = student.standardize_apply(rows, *student.standardize_fit(rows))
    later = student.standardize_apply(new, *student.standardize_fit(rows))
    for Z, X in ((student.standardize_apply(new, mu, sigma), new), (fitted, rows), (later, new)):
        Z = np.asarray(Z)
        ensure(Z.shape == X.shape, "the result must have the shape of X")
        as_reference(Z[:, [0, 2]], of=student.standardize_apply, what="Z of the columns with a spread")
        ensure(np.isfinite(Z).all(), "every value must be finite")
        flat, gap = np.abs(Z[:, [1, 3]]), np.abs(X[:, [1, 3]] - mu[[1, 3]])
        ensure(np.all(flat < 1e100), "no value in a constant column may be astronomically large")
        ensure(np.all(flat <= gap + 1e-6), "in a constant column |z| must be at most |x - mu|")


@points(1)
def test_rows_and_labels_stay_together(student, rng):
    """A generator shuffles X and y alike: every row once, beside its label, and in another order next time."""
    seed, n = int(rng.integers(1, 10_000)), 13
    X, y = rng.normal(size=(n, 2)), np.arange(n)                  # a row's label is its place in X
    g, fresh = drive.rng(student, seed), drive.rng(student, seed)
    epochs = [drive.items(student.iterate_minibatches(X, y, 5, source), most=40) for source in (g, g, fresh)]
    ensure([len(y_b) for _, y_b in epochs[0]] == [5, 5, 3], "13 rows in batches of 5 must come as 5, 5 and 3")
    rows = np.concatenate([X_b for X_b, _ in epochs[0]])
    first, second, again = (np.concatenate([y_b for _, y_b in pairs]).astype(int) for pairs in epochs)
    ensure(not np.array_equal(rows, X), "with a generator the rows of X must come in another order")
    ensure(not np.array_equal(first, y), "with a generator the labels must come in another order")
    ensure(sorted(first.tolist()) == list(range(n)), "every label must come once in an epoch")
    ensure(np.array_equal(rows, X[first]), "each row must keep its label: X and y need the same order")
    ensure(not np.array_equal(first, second), "the next epoch with the same generator must have a new order")
    ensure(np.array_equal(first, again), "two generators with the same seed must give the same epoch")


def epoch_of(student, *args):
    """A function that runs a whole epoch and bears the name of the student's."""
    def run():
        return drive.items(student.iterate_minibatches(*args), most=40)

    run.name = "iterate_minibatches"
    return run


@points(1)
def test_batch_sizes_at_the_edges(student, rng):
    """drop_last leaves out only an incomplete batch; images, N below the batch, one row left, wrong arguments."""
    images, targets = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 4))
    pairs = drive.items(student.iterate_minibatches(images, targets, 2), most=40)
    as_reference(pairs, of=student.iterate_minibatches, what="[(X_b, y_b), …] of images and targets (N, K)")
    X, y = rng.normal(size=(9, 2)), rng.integers(0, 4, size=9)
    cases = [(3, 8, False), (9, 4, False), (9, 3, True), (9, 4, True), (3, 8, True), (1, 1, False)]
    for n, batch, drop in cases:
        pairs = drive.items(student.iterate_minibatches(X[:n], y[:n], batch, drop_last=drop), most=40)
        what = f"[(X_b, y_b), …] with drop_last={drop}"
        as_reference(pairs, of=student.iterate_minibatches, what=what)
    raises(ValueError, epoch_of(student, X, y[:8], 4))
    raises(ValueError, epoch_of(student, X[:8], y, 4))
    raises(ValueError, epoch_of(student, X, y, -1))
    raises(ValueError, epoch_of(student, X, y, 0))


@points(1)
def test_idx_of_other_shapes(student, rng):
    """IDX files of one to four axes, with sizes above 255, give uint8 arrays of the shape in the header."""
    for shape in [(5,), (300,), (3, 4), (2, 3, 5), (2, 1, 3, 2), (1, 28, 28)]:
        agree(student.parse_idx, idx(shape, rng.integers(0, 256, size=int(np.prod(shape))).tolist()))


@points(1)
def test_broken_files_are_refused(student):
    """A file that is cut short, too long, of another type or with another magic number raises ValueError."""
    whole = idx((2, 3), range(6))
    raises(ValueError, student.parse_idx, whole[:-1])
    raises(ValueError, student.parse_idx, whole + b"\x00")
    raises(ValueError, student.parse_idx, idx((2, 3), range(6), head=b"\x00\x00\x09"))
    raises(ValueError, student.parse_idx, idx((2, 3), range(6), head=b"\x1f\x8b\x08"))
    raises(ValueError, student.parse_idx, whole[:9])
    raises(ValueError, student.parse_idx, b"")


@points(1)
def test_arguments_stay_as_they_are(student, rng):
    """No function changes its arguments or remembers an earlier call, and an epoch leaves X and y in order."""
    pure(student.one_hot, np.array([3, 1, 2]), 4)
    X, y = rng.normal(2.0, 3.0, size=(7, 3)), np.arange(7)
    pure(student.standardize_fit, X.copy())
    pure(student.standardize_apply, X.copy(), X.mean(axis=0), X.std(axis=0))
    pure(student.iterate_minibatches, X.copy(), y.copy(), 3)
    calls = [(X, y, 3, drive.rng(student, 5)), (X, y, 3, None)]
    shuffled, in_order = student.iterate_minibatches.batch(calls)
    drive.items(shuffled.get(), most=40)                      # both epochs run over the very same arrays
    pairs = drive.items(in_order.get(), most=40)
    as_reference(pairs, of=student.iterate_minibatches, what="an epoch in order, after a shuffled one")
