"""Hidden checks of A1: gradients against differences, huge scores, a partial batch, training, speed."""

import math

import numpy as np
import pytest

from grader.checks import (
    agree,
    as_reference,
    close,
    ensure,
    faster_than,
    gradcheck,
    loss_of,
    points,
    pure,
    raises,
)
from grader.datasets import digits8x8


def draw(rng, n, d, k):
    """A random problem → X (n, d), y (n,), W (d, k), b (k,)."""
    return rng.normal(size=(n, d)), rng.integers(0, k, size=n), rng.normal(size=(d, k)), rng.normal(size=k)


@points(3)
def test_line_is_the_best(student, rng):
    """The errors of the fitted line sum to zero, weighted by x as well; equal x raise ValueError."""
    for n in (3, 8):
        x, y = rng.normal(5.0, 1.0, size=n), rng.normal(-2.0, 3.0, size=n)
        w, b = student.fit_least_squares(x, y)
        error = y - (w * x + b)                                              # (n,)
        close(error.sum(), 0.0, atol=1e-7, what="the sum of the errors")
        close((error * x).sum(), 0.0, atol=1e-6, what="the sum of error times x")
    raises(ValueError, student.fit_least_squares, np.full(4, 2.0), rng.normal(size=4))


@points(3)
def test_polynomials(student, rng):
    """Integer x gives float64 powers without overflow; a higher degree never fits the same points worse."""
    agree(student.poly_features, np.array([10, -3, 0, 2]), 21)
    x, y = np.sort(rng.uniform(-1.0, 1.0, size=9)), rng.normal(size=9)
    errors = []
    for d in range(5):
        F = student.poly_features(x, d)                                      # (9, d + 1)
        as_reference(F, of=student.poly_features, what=f"poly_features(x, {d})")
        errors.append(float(np.sum((y - F @ np.linalg.lstsq(F, y, rcond=None)[0]) ** 2)))
    ensure(np.all(np.diff(errors) <= 1e-9), "one more power never makes the best fit of these points worse")


@points(7)
def test_huge_scores(student, rng):
    """Scores of ±10⁴, and rows of very different size: softmax, loss and gradient stay finite and exact."""
    tall = rng.normal(size=(4, 3)) + np.array([[1e4], [-1e4], [0.0], [700.0]])
    wide = np.array([[1e4, -1e4, 0.0], [-1e4, 9999.0, 1e4], [0.5, 0.0, -1.0]])
    for S in (tall, wide):
        agree(student.softmax, S)
        for y in (np.array([0, 1, 2, 1])[: len(S)], np.array([2, 0, 0, 2])[: len(S)]):
            agree(student.cross_entropy, S, y, True)
            agree(student.softmax_ce_backward, S, y)


@points(5)
def test_cross_entropy(student, rng):
    """The loss from scores and from probabilities: N = K, one row, twelve classes; never below zero."""
    for n, k in [(6, 3), (4, 4), (1, 5), (5, 12)]:
        S, y = rng.normal(0.0, 1.0, size=(n, k)), rng.integers(0, k, size=n)
        E = np.exp(np.clip(S, -1.5, 1.5))
        P = E / E.sum(axis=1, keepdims=True)
        losses = [student.cross_entropy(S, y, True), student.cross_entropy(P, y, False)]
        as_reference(                                                # a guard of 1e-8 in the log is fine
            losses, of=student.cross_entropy, rtol=1e-5, atol=1e-6, what="[loss from S, loss from P]",
        )
        ensure(min(losses) >= 0, "the loss is not negative")


@points(8)
@pytest.mark.parametrize(("n", "d", "k"), [(5, 4, 3), (1, 3, 5), (4, 4, 4), (7, 2, 11)])
def test_gradients_match_differences(student, rng, n, d, k):
    """dS, dW and db fit centred differences of your own losses; each row of dS sums to zero."""
    X, y, W, b = draw(rng, n, d, k)
    S = rng.normal(size=(n, k))
    dS = student.softmax_ce_backward(S, y)
    close(dS.sum(axis=1), np.zeros(n), what="the sum of each row of dS")
    gradcheck(loss_of(student.cross_entropy, S, y, True, weights=np.ones(())), {"S": S}, {"S": dS})
    _, dW, db = student.logreg_grads(X, y, W, b)
    losses = loss_of(student.logreg_grads, X, y, W, b, weights=np.ones(()), pick=0)
    gradcheck(losses, {"W": W, "b": b}, {"W": dW, "b": db})


@points(7)
def test_epoch_with_a_partial_batch(student, rng):
    """Three steps for seven rows in batches of three, in the given order, twice in a row."""
    X, y, W, b = draw(rng, 7, 3, 4)
    for epoch in (1, 2):
        W, b, loss = student.softmax_regression_epoch(X, y, W, b, 0.7, 3)
        as_reference((W, b, loss), of=student.softmax_regression_epoch, what=f"(W, b, loss) of epoch {epoch}")


@points(3)
def test_epoch_of_any_batch_size(student, rng):
    """Batches of one row, all rows in one batch, a batch larger than the data."""
    X, y, W, b = draw(rng, 5, 2, 3)
    for batch in (1, 5, 8):
        agree(student.softmax_regression_epoch, X, y, W, b, 0.3, batch)


@points(5)
def test_arguments_stay_as_they_are(student, rng):
    """All functions but sgd_step leave their arguments unchanged and answer the same call alike."""
    X, y, W, b = draw(rng, 5, 3, 4)
    S, x = rng.normal(size=(5, 4)), rng.normal(size=5)
    pure(student.softmax, S)
    pure(student.cross_entropy, S, y, True)
    pure(student.cross_entropy, np.full((5, 4), 0.25), y, False)
    pure(student.softmax_ce_backward, S, y)
    pure(student.linear_forward, X, W, b)
    pure(student.logreg_grads, X, y, W, b)
    pure(student.softmax_regression_epoch, X, y, W, b, 0.5, 2)
    pure(student.fit_least_squares, x, rng.normal(size=5))
    pure(student.poly_features, x, 3)
    pure(student.mse, x, rng.normal(size=5))


@points(2)
def test_xor_is_out_of_reach(student, rng):
    """Trained on XOR, the loss comes down to ln 2 and no further, and at most 3 of 4 points are right."""
    X, y = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    W, b, losses = rng.normal(size=(2, 2)), rng.normal(size=2), []
    for _ in range(40):
        W, b, loss = student.softmax_regression_epoch(X, y, W, b, 1.0, 4)
        losses.append(loss)
    as_reference(losses, of=student.softmax_regression_epoch, what="the losses of 40 steps")
    ensure(min(losses) >= math.log(2) - 1e-9, "no scores that are linear in x bring the mean loss below ln 2")
    close(losses[-1], math.log(2), atol=1e-3, what="the loss after 40 steps")
    right = (student.linear_forward(X, W, b).argmax(axis=1) == y).mean()
    ensure(right <= 0.75, "at most 3 of the 4 points are right")


@points(4, claims=[])
def test_handwritten_digits(student, rng):
    """Trained on three quarters of 1797 handwritten digits, at least 93 % of the others are recognised."""
    data = digits8x8()
    X, y = data.images.reshape(-1, 64) / 16.0, data.labels                   # (1797, 64), (1797,)
    others = np.arange(len(y)) % 4 == 0      # a random split would scatter by 1 %, this one has 96.8 ± 0.3 %
    order = rng.permutation(np.flatnonzero(~others))
    W, b = rng.normal(0.0, 0.1, size=(64, 10)), np.zeros(10)
    for _ in range(15):
        W, b, _ = student.softmax_regression_epoch(X[order], y[order], W, b, 0.5, 32)
    P = student.softmax(student.linear_forward(X[others], W, b))
    right = (P.argmax(axis=1) == y[others]).mean()
    ensure(right >= 0.93, "at least 93 % of the digits left out are recognised")


def scalar_loop(X, y, W, b):
    """logreg_grads without numpy's loops: what a vectorised one is measured against."""
    X, y, W, b = X.tolist(), y.tolist(), W.tolist(), b.tolist()
    D, K, loss = len(W), len(b), 0.0
    dW, db = [[0.0] * K for _ in range(D)], [0.0] * K
    for row, label in zip(X, y, strict=True):
        scores = [b[k] + sum(row[d] * W[d][k] for d in range(D)) for k in range(K)]
        total = sum(map(math.exp, scores))
        loss -= scores[label] - math.log(total)
        for k in range(K):
            delta = (math.exp(scores[k]) / total - (k == label)) / len(X)
            db[k] += delta
            for d in range(D):
                dW[d][k] += row[d] * delta
    return loss / len(X), dW, db


@points(3, claims=["softmax_regression.logreg_grads/loops"])
def test_speed(student, rng):
    """logreg_grads lets numpy loop: at least ten times as fast as plain Python on a thousand rows."""
    faster_than(scalar_loop, 10, student.logreg_grads, lambda rng: draw(rng, 1000, 50, 10))
