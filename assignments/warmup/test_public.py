"""Public checks of A0: the lectures' tables, a small split, one epoch, and two images of six pixels."""

import struct

import numpy as np

from grader.checks import agree, as_reference, drive, ensure, points


@points(1)
def test_pets_table(student):
    """The lecture's pets (cat, dog, turtle, fish, cat) become five rows of four numbers with a single 1 each."""
    agree(student.one_hot, np.array([0, 1, 2, 3, 0]), 4)
    agree(student.one_hot, np.array([1, 0, 1]), 2)


@points(2)
def test_split_is_a_partition(student, rng):
    """Train, validation and test share no index, and together they hold each of 0 … n-1 once."""
    for n, fractions in [(20, (0.6, 0.2, 0.2)), (50, (0.5, 0.3, 0.2)), (13, (0.8, 0.1, 0.1))]:
        parts = student.train_val_test_split(n, fractions, int(rng.integers(1000)))
        ensure(len(parts) == 3, "the result must be three parts: train, validation, test")
        parts = [np.asarray(part) for part in parts]
        ensure(all(part.ndim == 1 for part in parts), "each part must have a single axis, (size,)")
        kinds = {part.dtype.kind for part in parts if part.size}
        ensure(kinds <= {"i", "u"}, "the parts must hold integer indices")
        ensure(all(np.unique(part).size == part.size for part in parts), "no part may hold an index twice")
        union = np.concatenate(parts)
        ensure(np.unique(union).size == union.size, "no index may be in two parts")
        ensure(union.min() >= 0 and union.max() < n, "all indices must be between 0 and n-1")
        ensure(union.size == n, "no example may be lost: the three parts together must hold all n")


@points(1)
def test_mean_and_deviation_of_four_pets(student):
    """Standardising the handout's table of four pets: means 5 and 2, deviations 3 and 1, then the rows."""
    X = np.array([[2.0, 1.0], [4.0, 3.0], [4.0, 3.0], [10.0, 1.0]])             # (pets, [kg, years])
    agree(student.standardize_fit, X)
    agree(student.standardize_apply, X, np.array([5.0, 2.0]), np.array([3.0, 1.0]))


@points(2)
def test_last_batch_is_kept(student, rng):
    """Without a generator the rows come in order, ⌈N/B⌉ batches, and the last one may be smaller."""
    for n, batch in [(10, 4), (7, 3), (6, 3)]:
        X, y = rng.normal(size=(n, 3)), rng.integers(0, 5, size=n)
        pairs = drive.items(student.iterate_minibatches(X, y, batch), most=40)
        what = f"[(X_b, y_b), …] of {n} rows, batch = {batch}"
        as_reference(pairs, of=student.iterate_minibatches, what=what)


@points(1)
def test_two_tiny_images(student):
    """parse_idx reads a file of two labels, and the handout's two images of 2×3 pixels."""
    agree(student.parse_idx, struct.pack(">BBBBI", 0, 0, 8, 1, 2) + bytes([7, 3]))
    images = bytes([0, 1, 2, 10, 20, 30, 3, 4, 5, 253, 254, 255])
    agree(student.parse_idx, struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 2, 3) + images)
