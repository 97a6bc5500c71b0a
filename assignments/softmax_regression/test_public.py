"""Public checks of A1: the lectures' worked examples, and squares whose shapes give no warning."""

import numpy as np

from grader.checks import agree, as_reference, close, ensure, points, raises


@points(3)
def test_scores(student, rng):
    """Scores are X W + b, one row an example; a bias is the weight of an input that is always 1."""
    for n, d, k in [(5, 3, 2), (1, 4, 3), (4, 4, 4), (3, 5, 1)]:
        X, W, b = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k)
        S = agree(student.linear_forward, X, W, b)
        ones = np.hstack([X, np.ones((n, 1))])                               # (n, d + 1)
        appended = student.linear_forward(ones, np.vstack([W, b]), np.zeros(k))
        close(appended, S, what="[X, 1] times W with b as its last row")


@points(4)
def test_line(student, rng):
    """The line through the handout's four points, through points that lie on a line, and through others."""
    w, b = student.fit_least_squares(np.arange(4.0), np.array([1.0, 2.0, 2.0, 5.0]))
    as_reference((w, b), of=student.fit_least_squares, what="(w, b) of the handout's example")
    x = np.array([-2.0, 0.5, 1.0, 3.0, 7.0])
    w, b = student.fit_least_squares(x, 4.0 - 3.0 * x)
    close(w, -3.0, what="the slope of points on a line")
    close(b, 4.0, what="the intercept of points on a line")
    for n in (2, 9):
        w, b = student.fit_least_squares(rng.normal(3.0, 2.0, size=n), rng.normal(1.0, 2.0, size=n))
        as_reference((w, b), of=student.fit_least_squares, what=f"(w, b) of {n} random points")


@points(3)
def test_powers(student, rng):
    """poly_features has the columns x⁰, x¹ … x^d, in this order, and d = 0 leaves the ones."""
    agree(student.poly_features, np.array([2.0, -1.0, 0.0]), 3)
    for n, d in [(4, 3), (5, 1), (1, 4), (3, 0)]:
        agree(student.poly_features, rng.normal(size=n), d)


@points(3)
def test_mean_squared_error(student, rng):
    """mse is the mean over all entries; two shapes that differ are an error, not a broadcast."""
    agree(student.mse, np.array([1.0, 2.0, 2.0, 5.0]), np.array([0.7, 1.9, 3.1, 4.3]))
    for shape in [(6,), (4, 3), (1,)]:
        agree(student.mse, rng.normal(size=shape), rng.normal(size=shape))
    raises(ValueError, student.mse, rng.normal(size=4), rng.normal(size=(4, 1)))


@points(5)
def test_softmax(student, rng):
    """Softmax of (2, 1, 0.1); rows sum to one; a constant added to a row changes nothing; N = K as well."""
    agree(student.softmax, np.array([[2.0, 1.0, 0.1]]))
    for n, k in [(4, 4), (1, 6), (5, 3)]:              # the square first: nothing raises there
        S = rng.normal(0.0, 2.0, size=(n, k))
        P = agree(student.softmax, S)
        close(P.sum(axis=1), np.ones(n), what="the sum of each row")
        close(student.softmax(S + rng.normal(size=(n, 1))), P, what="softmax(S + c)")


@points(5)
def test_cross_entropy_of_the_lectures(student):
    """-ln 0.8 is 0.2231, scores that are all equal cost ln K, and a mean is over the rows."""
    cross_entropy = student.cross_entropy
    P, y = np.array([[0.1, 0.8, 0.1]]), np.array([1])
    close(cross_entropy(P, y, False), -np.log(0.8), atol=1e-6, what="the loss of p = 0.8")
    three = np.array([[0.1, 0.8, 0.1], [0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
    as_reference(
        cross_entropy(three, np.array([1, 0, 0]), False), of=cross_entropy, rtol=1e-5, atol=1e-6,
        what="the mean loss of three rows of probabilities",
    )
    for n, k in [(3, 2), (4, 4), (5, 12)]:
        loss = cross_entropy(np.zeros((n, k)), np.zeros(n, dtype=np.int64), True)
        close(loss, np.log(k), what=f"the loss of {k} equal scores")
    loss = cross_entropy(np.array([[2.0, 1.0, 0.1], [0.0, 3.0, -1.0]]), np.array([2, 1]), True)
    as_reference(loss, of=cross_entropy, what="the mean loss of two rows of scores")


@points(6)
def test_gradient_by_the_scores(student, rng):
    """(softmax(S) - onehot(y))/N: for (2, 1, 0.1), for N = K, one row, many classes and absent ones."""
    agree(student.softmax_ce_backward, rng.normal(size=(3, 6)), np.array([1, 0, 1]))
    agree(student.softmax_ce_backward, np.array([[2.0, 1.0, 0.1]]), np.array([0]))
    for n, k in [(5, 3), (4, 4), (1, 5), (6, 11)]:
        agree(student.softmax_ce_backward, rng.normal(size=(n, k)), rng.integers(0, k, size=n))


@points(4)
def test_loss_and_gradients(student, rng):
    """(loss, dW, db) of random problems: squares, one row, a single input, a class that no label names."""
    for n, d, k in [(6, 4, 3), (3, 3, 3), (1, 4, 2), (5, 1, 4), (8, 3, 11)]:
        X, y = rng.normal(size=(n, d)), rng.integers(0, k, size=n)
        W, b = rng.normal(size=(d, k)), rng.normal(size=k)
        agree(student.logreg_grads, X, y, W, b)
    X, W, b = rng.normal(size=(4, 2)), rng.normal(size=(2, 5)), rng.normal(size=5)
    agree(student.logreg_grads, X, np.array([0, 2, 2, 1]), W, b)


@points(4)
def test_step_in_place(student, rng):
    """sgd_step changes the arrays themselves: what stands twice in params is updated twice; grads stay."""
    lr = float(rng.uniform(0.1, 0.5))
    params, grads = ([rng.normal(size=shape) for shape in [(3, 2), (2,), (4,)]] for _ in range(2))
    for _ in range(2):
        _, (params, after, _) = student.sgd_step.observed(params, grads, lr)
        as_reference(params, of=student.sgd_step, what="params after the step")
        for grad, kept in zip(after, grads, strict=True):
            ensure(np.array_equal(grad, kept), "sgd_step leaves grads as they are")
    tied = rng.normal(size=(2, 3))
    _, (params, _, _) = student.sgd_step.observed([tied, tied], [rng.normal(size=(2, 3)) for _ in "ab"], lr)
    as_reference(params, of=student.sgd_step, what="an array that stands twice in params")


@points(3)
def test_epoch_of_full_batches(student, rng):
    """One epoch of three batches of two rows: new parameters and the mean loss."""
    X, y = rng.normal(size=(6, 3)), np.array([0, 3, 1, 1, 2, 0])
    W, b = rng.normal(size=(3, 4)), rng.normal(size=4)
    agree(student.softmax_regression_epoch, X, y, W, b, 0.5, 2)
