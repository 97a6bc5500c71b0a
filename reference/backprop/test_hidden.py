"""Hidden checks of A2: every gradient against differences of the student's own forward, and properties."""

from itertools import pairwise

import numpy as np
import pytest

from grader.checks import as_reference, close, ensure, gradcheck, loss_of, points, pure, raises, redraw


def draw_params(rng, sizes, scale=0.7):
    """Random weights and biases → list of (W (D, K), b (K,)) float64."""
    return [(rng.normal(0.0, scale, (d, k)), rng.normal(0.0, scale, k)) for d, k in pairwise(sizes)]


def clear_of_kinks(X, params):
    """Is every hidden ReLU more than 0.01 away from its kink?"""
    H = X
    for W, b in params[:-1]:
        U = H @ W + b
        if np.abs(U).min() < 1e-2:
            return False
        H = np.maximum(U, 0.0)
    return True


@points(16, partial=True)
@pytest.mark.parametrize(
    ("n", "sizes", "act"),
    [(5, [3, 4], "tanh"), (4, [3, 5, 2], "sigmoid"), (1, [2, 4, 3, 5], "tanh"), (6, [4, 2, 5, 3], "relu"),
     (6, [3, 4, 2, 5, 1], "sigmoid")],
)
def test_backward_matches_differences(student, rng, n, sizes, act):
    """Every dW and db fits centred differences of your own forward pass: 1-4 layers of different widths."""
    X, params = redraw(
        lambda: (rng.normal(size=(n, sizes[0])), draw_params(rng, sizes)),
        lambda drawn: act != "relu" or clear_of_kinks(*drawn),
    )
    dS = rng.normal(size=(n, sizes[-1]))                    # L = Σ dS ⊙ S is a loss with ∂L/∂S = dS

    _, cache = student.mlp_forward(X, params, act)
    grads = student.mlp_backward(dS, cache)
    ensure(len(grads) == len(params), "one (dW, db) for each layer")
    losses = loss_of(student.mlp_forward, X, params, act, weights=dS, pick=0)
    gradcheck(losses, named(params), named(grads), kinks=act == "relu")


def named(pairs):
    """[(W, b), …] → {"W0": W, "b0": b, …}."""
    flat = {}
    for i, (W, b) in enumerate(pairs):
        flat |= {f"W{i}": W, f"b{i}": b}
    return flat


@points(9)
def test_backward_shapes_and_values(student, rng):
    """Gradients have the right shapes and values, also for N = 1 or after another forward pass."""
    for n, sizes, act in [(1, [5, 3, 2], "relu"), (6, [4, 3, 5, 2], "tanh"), (3, [2, 4, 5, 6, 7], "sigmoid")]:
        X, params = rng.normal(size=(n, sizes[0])), draw_params(rng, sizes)
        dS = rng.normal(size=(n, sizes[-1]))
        _, cache = student.mlp_forward(X, params, act)
        student.mlp_forward(rng.normal(size=X.shape), draw_params(rng, sizes), act)
        grads = student.mlp_backward(dS, cache)
        as_reference(grads, of=student.mlp_backward, what=f"[(dW, db), …] of a {sizes} {act} net, N = {n}")


@points(5)
def test_rows_add_up(student, rng):
    """The gradient of a batch is the sum of the gradients of its rows, each with its own row of dS."""
    X, params, dS = rng.normal(size=(3, 4)), draw_params(rng, [4, 5, 2]), rng.normal(size=(3, 2))
    whole = student.mlp_backward(dS, student.mlp_forward(X, params, "sigmoid")[1])
    rows = []
    for x, delta in zip(X, dS, strict=True):
        _, cache = student.mlp_forward(x[None], params, "sigmoid")
        rows.append(student.mlp_backward(delta[None], cache))
    as_reference(whole, of=student.mlp_backward, what="[(dW, db), …] of the batch")
    for layer, (dW, db) in enumerate(whole):
        close(sum(row[layer][0] for row in rows), dW, what=f"the sum of the rows' dW, layer {layer + 1}")
        close(sum(row[layer][1] for row in rows), db, what=f"the sum of the rows' db, layer {layer + 1}")


@points(4)
def test_vanishing_gradient(student, rng):
    """Five sigmoid layers: ‖δ¹‖ ≤ 0.25⁴ · ∏ ‖Wˡ‖ · ‖δ⁵‖, read off db of a batch of one."""
    sizes = [7, 6, 5, 4, 3, 2]
    params = draw_params(rng, sizes, scale=1.0)
    _, cache = student.mlp_forward(rng.normal(size=(1, 7)), params, "sigmoid")
    grads = student.mlp_backward(rng.normal(size=(1, 2)), cache)
    first, last = np.linalg.norm(grads[0][1]), np.linalg.norm(grads[-1][1])
    bound = 0.25**4 * np.prod([np.linalg.norm(W, 2) for W, _ in params[1:]])
    ensure(first <= bound * last, "the gradient shrinks at least by 0.25 times the norm of W at every layer")
    as_reference([first, last], of=student.mlp_backward, what="[‖δ¹‖, ‖δ⁵‖]")


@points(10)
def test_train_step(student, rng):
    """Three steps in a row: the loss before each step and every new parameter."""
    X, y, params = rng.normal(size=(5, 3)), rng.integers(0, 4, size=5), draw_params(rng, [3, 6, 2, 4])
    for step in range(3):
        loss, params = student.mlp_train_step(X, y, params, "tanh", 0.5)
        as_reference((loss, params), of=student.mlp_train_step, what=f"(loss, params) of step {step + 1}")


@points(5)
def test_symmetry_is_never_broken(student, rng):
    """Zero weights leave the hidden layer where it is, and hidden units that start equal stay equal."""
    X, y = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
    zeros = [(np.zeros((3, 4)), np.zeros(4)), (np.zeros((4, 2)), np.zeros(2))]
    _, new = student.mlp_train_step(X, y, zeros, "sigmoid", 1.0)
    close(new[0][0], np.zeros((3, 4)), what="the hidden weights after one step from zero")
    as_reference(new, of=student.mlp_train_step, what="the parameters after one step from zero")
    equal = [(np.tile(rng.normal(size=(3, 1)), 4), np.zeros(4))]            # four equal columns
    equal += [(np.tile(rng.normal(size=2), (4, 1)), np.zeros(2))]           # four equal rows
    for _ in range(2):
        _, equal = student.mlp_train_step(X, y, equal, "sigmoid", 1.0)
    close(equal[0][0], np.tile(equal[0][0][:, :1], 4), what="the columns of the hidden weights")
    as_reference(equal, of=student.mlp_train_step, what="the parameters after two steps from equal units")


@points(5)
def test_arguments_stay_as_they_are(student, rng):
    """Forward, backward and training step leave X, dS and the parameters unchanged; a cache serves twice."""
    X, params, dS = rng.normal(size=(4, 3)), draw_params(rng, [3, 5, 2]), rng.normal(size=(4, 2))
    given = [(W.copy(), b.copy()) for W, b in params]
    (_, cache), after = student.mlp_forward.observed(X.copy(), given, "relu")
    ensure(np.array_equal(after[0], X), "mlp_forward leaves X as it is")
    for (W, b), (kept_W, kept_b) in zip(after[1], params, strict=True):
        same = np.array_equal(W, kept_W) and np.array_equal(b, kept_b)
        ensure(same, "mlp_forward leaves the parameters as they are")
    first, after = student.mlp_backward.observed(dS.copy(), cache)
    ensure(np.array_equal(after[0], dS), "mlp_backward leaves dS as it is")
    again = student.mlp_backward(dS, cache)
    for (dW, db), (again_W, again_b) in zip(first, again, strict=True):
        close(again_W, dW, what="dW from the same cache, the second time")
        close(again_b, db, what="db from the same cache, the second time")
    pure(student.mlp_train_step, X, rng.integers(0, 2, size=4), params, "relu", 0.1)
    pure(student.rel_error, X, X + 0.1)
    tiny_shapes = {"W1": (2, 3), "b1": (2,), "W2": (2, 2), "b2": (2,), "W3": (1, 2)}
    tiny = {name: rng.normal(size=shape) for name, shape in tiny_shapes.items()}
    pure(student.tiny_net_dw22, rng.normal(size=3), 0.5, tiny)


def spread(W, variance, kurtosis, what):
    """Mean 0 and this variance within five standard errors; kurtosis: 3 for a Gaussian, 1.8 for a uniform."""
    close(W.mean(), 0.0, atol=5 * np.sqrt(variance / W.size), what=f"mean of {what}")
    close(W.var(), variance, atol=5 * variance * np.sqrt((kurtosis - 1) / W.size), what=f"variance of {what}")


@points(8)
def test_init(student, rng):
    """mlp_init: shapes, zero biases, the scheme's distribution, the same weights for the same seed only."""
    sizes, seed = [40, 40, 40, 10], int(rng.integers(1, 100_000))
    normal, again = student.mlp_init(sizes, seed, "normal"), student.mlp_init(sizes, seed, "normal")
    xavier, zeros = student.mlp_init(sizes, seed, "xavier"), student.mlp_init(sizes, seed, "zeros")
    other = student.mlp_init(sizes, seed + 1, "normal")
    for params in (normal, xavier, zeros):
        ensure([W.shape for W, _ in params] == [(40, 40), (40, 40), (40, 10)], "W is (inputs, outputs)")
        ensure(all(W.dtype == b.dtype == np.float64 for W, b in params), "everything is float64")
        for _, b in params:
            close(b, np.zeros(b.shape[-1]), what="b")
    for layer, ((N, _), (U, _), (Z, _)) in enumerate(zip(normal, xavier, zeros, strict=True), start=1):
        fans = sum(N.shape)
        spread(N, 1.0, 3.0, f"W of layer {layer}, scheme normal")
        spread(U, 2 / fans, 1.8, f"W of layer {layer}, scheme xavier")
        ensure(np.abs(U).max() <= np.sqrt(6 / fans), "xavier weights stay within ±√(6/(D + K))")
        close(Z, np.zeros(Z.shape), what=f"W of layer {layer}, scheme zeros")
    ensure(not np.array_equal(normal[0][0], normal[1][0]), "two layers of equal shape have different weights")
    ensure(np.array_equal(normal[0][0], again[0][0]), "the same seed gives the same weights")
    ensure(not np.array_equal(normal[0][0], other[0][0]), "another seed gives other weights")
    raises(ValueError, student.mlp_init, [2, 2], 0, "kaiming?")


@points(4)
def test_numerical_gradient_edges(student, rng):
    """numerical_gradient leaves x unchanged bit for bit and works on 0-d, matrix and integer x."""
    def coupled(z):
        return float(np.sum(np.asarray(z) ** 3) + np.sum(z) ** 2)

    x = rng.normal(size=(3, 2))
    _, after = student.numerical_gradient.observed(coupled, x.copy(), 0.1)
    close(after[1], x, atol=1e-12, what="x after the call")
    ensure(np.array_equal(after[1], x), "x comes back unchanged in its last bits, too")
    for place in (np.array(rng.normal()), rng.integers(-3, 4, size=4)):
        grad = student.numerical_gradient(coupled, place)
        slope = 3.0 * place**2 + 2 * place.sum()
        close(grad, slope, rtol=1e-3, atol=1e-3, what=f"the gradient at a {place.ndim}-d x")
        ensure(np.asarray(grad).dtype == np.float64, "the gradient is float64 whatever x is")
