"""Hidden checks of A3: gradients against differences of the student's own forward, kinks, ties, large numbers."""

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, ensure, gradcheck, loss_of, points, pure, redraw

OPTIONS = {"leaky_relu": (0.3,), "elu": (1.7,)}           # what they are called with besides x


def clear_of_zero(x):
    """Is every entry more than 0.01 away from a kink at zero?"""
    return np.abs(x).min() > 1e-2


def like(array, shape):
    """Is this a float64 array of that shape?"""
    return isinstance(array, np.ndarray) and array.dtype == np.float64 and array.shape == shape


def same_bits(a, b):
    """Are the two arrays equal in every bit?"""
    return isinstance(a, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


@points(10, partial=True)
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "elu"])
def test_activation_gradients(student, rng, name):
    """Each `_backward` fits centred differences of your own forward, weighted by any dout, also for N = 1."""
    forward, backward = getattr(student, name), getattr(student, name + "_backward")
    options = OPTIONS.get(name, ())
    for shape in [(4, 3), (1, 5), (2, 2, 3)]:
        x = redraw(lambda shape=shape: rng.normal(0.0, 1.5, shape), clear_of_zero)
        dout = rng.normal(size=shape)
        (_, cache), after = forward.observed(x, *options)
        ensure(same_bits(after[0], x), f"{name} leaves x as it is")       # else the differences mean nothing
        dx = backward(dout, cache)
        ensure(like(dx, shape), f"{name}_backward gives a float64 array of the shape of x")
        losses, place = loss_of(forward, x, *options, weights=dout, pick=0), f"x in {name}"
        gradcheck(losses, {place: x}, {place: dx}, kinks=True)


def draw_maxout(rng, n, d, k):
    """Arguments of maxout whose pieces differ by more than 0.01 in every entry."""
    def draw():
        return (rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=k), rng.normal(size=(d, k)),
                rng.normal(size=k))

    return redraw(draw, lambda a: clear_of_zero(a[0] @ (a[1] - a[3]) + a[2] - a[4]))


@points(5)
def test_maxout_gradients(student, rng):
    """dx, dW1, db1, dW2 and db2 of maxout fit centred differences, for square pieces, others and N = 1."""
    for n, d, k in [(3, 3, 3), (4, 2, 3), (1, 3, 2)]:
        args, dout = draw_maxout(rng, n, d, k), rng.normal(size=(n, k))
        names = [f"{letter} in maxout" for letter in ("x", "W1", "b1", "W2", "b2")]
        grads = student.maxout_backward(dout, student.maxout(*args)[1])
        ensure(len(grads) == 5, "five gradients come back")
        fits = all(like(grad, arg.shape) for grad, arg in zip(grads, args, strict=True))
        ensure(fits, "each gradient is a float64 array of the shape of what it belongs to")
        losses = loss_of(student.maxout, *args, weights=dout, pick=0)
        gradcheck(losses, dict(zip(names, args, strict=True)), dict(zip(names, grads, strict=True)), kinks=True)


@points(2)
def test_maxout_ties(student, rng):
    """Where both pieces of maxout are equal, their shares of the gradient add up to dout."""
    x, W, b, dout = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 2))
    x[1] = 0.0                                            # with equal biases, row 1 alone is a tie
    _, _, db1, _, db2 = student.maxout_backward(dout, student.maxout(x, W, b, -2.0 * W, b)[1])
    close(db1 + db2, dout.sum(axis=0), what="db1 + db2 with a tie in one row")
    x = rng.normal(size=(4, 3))
    dx, dW1, db1, dW2, db2 = student.maxout_backward(dout, student.maxout(x, W, b, W, b)[1])
    close(dx, dout @ W.T, what="dx of two equal pieces")
    close(dW1 + dW2, x.T @ dout, what="dW1 + dW2 of two equal pieces")
    close(db1 + db2, dout.sum(axis=0), what="db1 + db2 of two equal pieces")


@points(3)
def test_large_inputs(student, rng):
    """sigmoid, tanh and elu and their gradients stay finite and right for x from -1000 to 1000."""
    x = np.array([[-1000.0, -750.0, -30.0], [0.5, 30.0, 1000.0]])
    dout = rng.normal(size=x.shape)
    for name in ["sigmoid", "tanh", "elu"]:
        forward, backward = getattr(student, name), getattr(student, name + "_backward")
        out, cache = forward(x)
        as_reference(out, of=forward, what=f"`{name}` of large inputs")
        as_reference(backward(dout, cache), of=backward, what=f"`{name}_backward` after large inputs")


@points(4)
def test_activations_leave_their_arguments(student, rng):
    """Activations and their gradients change no argument; a cache serves twice, also after other forward passes."""
    x, other, dout = redraw(lambda: rng.normal(size=(3, 4, 3)), clear_of_zero)
    for name in ["relu", "leaky_relu", "elu", "sigmoid", "tanh"]:
        forward, backward = getattr(student, name), getattr(student, name + "_backward")
        (_, cache), after = forward.observed(x)
        ensure(same_bits(after[0], x), f"{name} leaves x as it is")
        pure(backward, dout, cache)
        before = backward(dout, cache)
        forward(other)
        close(backward(dout, cache), before, what=f"`{name}_backward` after another forward pass")
    pieces = draw_maxout(rng, 4, 3, 3)
    (_, cache), after = student.maxout.observed(*pieces)
    ensure(all(map(same_bits, after, pieces)), "maxout leaves its arguments as they are")
    pure(student.maxout_backward, dout, cache)
    before = student.maxout_backward(dout, cache)
    student.maxout(*draw_maxout(rng, 4, 3, 3))
    for grad, old in zip(student.maxout_backward(dout, cache), before, strict=True):
        close(grad, old, what="a gradient by `maxout_backward` after another forward pass")


@points(2)
def test_losses_leave_their_arguments(student, rng):
    """Every loss leaves predictions and targets unchanged and gives the same answer twice."""
    yhat, y = rng.uniform(0.1, 0.9, (4, 3)), rng.uniform(0.1, 0.9, (4, 3))
    for loss in [student.mse, student.mae, student.msle, student.huber, student.bce, student.bce_with_logits]:
        pure(loss, yhat, y)
    pure(student.cross_entropy, rng.normal(size=(4, 3)), rng.integers(0, 3, size=4))


LOSSES = ["mse", "mae", "msle", "huber", "bce", "bce_with_logits", "cross_entropy"]


def draw_loss(rng, name, shape):
    """Predictions and targets of this shape for that loss, clear of kinks → (yhat, y)."""
    if name == "cross_entropy":
        n = shape[0]
        k = int(np.prod(shape[1:], initial=1)) + 1
        return rng.normal(0.0, 1.5, (n, k)), rng.integers(0, k, size=n)
    if name == "bce_with_logits":
        return rng.normal(0.0, 2.0, shape), rng.choice([0.0, 1.0, 0.3], shape)
    if name == "bce":
        return rng.uniform(0.05, 0.95, shape), rng.choice([0.0, 1.0, 0.3], shape)
    if name == "msle":
        return rng.uniform(0.3, 5.0, shape), rng.uniform(0.3, 5.0, shape)
    return redraw(
        lambda: (rng.normal(size=shape), rng.normal(size=shape)),
        lambda pair: clear_of_zero(pair[0] - pair[1]) and clear_of_zero(np.abs(pair[0] - pair[1]) - 0.7),
    )


@points(7, partial=True)
@pytest.mark.parametrize("name", LOSSES)
def test_loss_gradients(student, rng, name):
    """The gradient that a loss returns fits centred differences of that very loss, for any shape and N = 1."""
    loss = getattr(student, name)
    options = (0.7,) if name == "huber" else ()
    for shape in [(4, 3), (1, 2), (3,)]:
        yhat, y = draw_loss(rng, name, shape)
        (_, dyhat), after = loss.observed(yhat, y, *options)
        ensure(same_bits(after[0], yhat), f"{name} leaves the predictions as they are")
        ensure(like(dyhat, yhat.shape), f"{name} gives a gradient, float64, of the shape of the predictions")
        losses = loss_of(loss, yhat, y, *options, weights=np.ones(()), pick=0)
        place = f"{name} by its predictions"
        gradcheck(losses, {place: yhat}, {place: dyhat}, kinks=name in ("mae", "huber"))


@points(2)
def test_huber_is_smooth_at_delta(student, rng):
    """huber joins its parabola to its lines at ±δ without a step, in value and in slope, for every δ."""
    nothing, far = np.zeros(1), 1e-9
    for delta in [float(rng.uniform(0.3, 0.8)), float(rng.uniform(2.0, 4.0))]:
        for sign in (1.0, -1.0):
            inside, outside = np.array([sign * (delta - far)]), np.array([sign * (delta + far)])
            near, beyond = student.huber(inside, nothing, delta), student.huber(outside, nothing, delta)
            close(beyond[0], near[0], atol=1e-7, what="the loss just outside δ, against just inside")
            close(beyond[1], near[1], atol=1e-7, what="the slope just outside δ, against just inside")
    agree(student.huber, rng.normal(0.0, 3.0, (5, 2)), rng.normal(0.0, 3.0, (5, 2)), 1.6)


@points(1)
def test_mae_subgradient(student, rng):
    """mae's gradient is ±1/n with the sign of the error; where the error is 0 it lies in [-1/n, 1/n]."""
    y = rng.normal(size=(2, 3))
    yhat = y + np.array([[0.0, 0.4, -1.3], [2.0, -0.1, 0.0]])
    loss, slope = student.mae(yhat, y)
    close(loss, 3.8 / 6, what="the loss")
    close(slope[yhat != y], np.sign((yhat - y)[yhat != y]) / 6, what="the gradient where the error is not 0")
    ensure(np.all(np.abs(slope[yhat == y]) <= 1 / 6 + 1e-12), "the gradient at an error of 0 is in [-1/n, 1/n]")


@points(2)
def test_bce_at_zero_and_one(student, rng):
    """bce at probabilities of 0 and 1: logarithms are at least -100, and the gradient is finite."""
    p, y = np.array([[0.0, 1.0, 0.0], [1.0, 1e-30, 0.5]]), np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    loss, slope = student.bce(p, y)
    as_reference(loss, of=student.bce, what="the loss at probabilities of 0 and 1")
    ensure(np.isfinite(slope).all(), "the gradient is finite at probabilities of 0 and 1")
    agree(student.bce.batch, [(p[:1, :2], y[:1, :2])], pick=0)


@points(3)
def test_bce_with_logits(student, rng):
    """bce_with_logits is the cross-entropy of σ(s), and exact for logits up to ±1000, with its gradient."""
    agree(student.bce_with_logits, rng.normal(0.0, 2.0, (3, 2)), rng.uniform(size=(3, 2)))
    agree(student.bce_with_logits, np.array([40.0, -40.0, 60.0]), np.array([0.0, 1.0, 1.0]))
    agree(student.bce_with_logits, np.array([[1000.0, -1000.0, 1000.0, -1000.0]]), np.array([[0.0, 1.0, 1.0, 0.0]]))


@points(3)
def test_cross_entropy_of_large_logits(student, rng):
    """Cross-entropy of logits at ±1000 is exact, blind to a shift of a row, and its gradient's rows sum to 0."""
    S, y = rng.normal(size=(4, 3)), rng.integers(0, 3, size=4)
    loss, dS = student.cross_entropy(S, y)
    close(dS.sum(axis=1), 0.0, what="the sum of each row of the gradient")
    shifted, _ = student.cross_entropy(S + np.array([[1000.0], [-1000.0], [5.0], [0.0]]), y)
    close(shifted, loss, what="the loss after shifting rows of the logits")
    agree(student.cross_entropy, np.array([[1000.0, -1000.0, 0.0], [0.0, 50.0, 1000.0]]), np.array([1, 2]))
