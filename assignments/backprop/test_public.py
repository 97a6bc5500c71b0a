"""Public checks of A2: the lecture's worked examples, and the traps whose shapes give no warning."""

from itertools import pairwise

import numpy as np

from grader.checks import agree, as_reference, close, ensure, points


def draw_params(rng, sizes):
    """Random parameters, weights and biases of standard deviation 0.7 → list of (W (D, K), b (K,))."""
    return [(rng.normal(0.0, 0.7, (d, k)), rng.normal(0.0, 0.7, k)) for d, k in pairwise(sizes)]


@points(3)
def test_sixteen_parameters(student):
    """The lecture's 3-2-2-1 net has 16 parameters (no output bias), and other widths add up as well."""
    agree(student.count_params, [784, 300, 100, 10])
    close(student.count_params([3, 2, 2, 1], False), 16, what="count_params([3, 2, 2, 1], output_bias=False)")
    agree(student.count_params, [7, 4], False)


@points(8)
def test_tiny_net_slide_gradient(student, rng):
    """∂L/∂w²₂₂ of the 3-2-2-1 net is ∂L/∂S · w³₂ · f'(h²₂) · a¹₂, in the lecture's column convention."""
    handout = {
        "W1": np.array([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]]), "b1": np.array([0.5, -0.5]),
        "W2": np.array([[1.0, -2.0], [0.5, 1.5]]), "b2": np.array([0.0, -1.0]),
        "W3": np.array([[2.0, -1.0]]),
    }
    agree(student.tiny_net_dw22, np.array([1.0, 2.0, 0.5]), 1.0, handout)
    shapes = {"W1": (2, 3), "b1": (2,), "W2": (2, 2), "b2": (2,), "W3": (1, 2)}
    for _ in range(3):
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        agree(student.tiny_net_dw22, rng.normal(size=3), float(rng.normal()), params)


@points(6)
def test_forward_logits(student, rng):
    """The logits are right for one to four layers, every activation, and a batch of one."""
    deep = (6, [2, 5, 3, 4, 7], "relu")
    for n, sizes, act in [(5, [3, 4], "relu"), (5, [3, 4, 2], "sigmoid"), (1, [4, 2, 5, 3], "tanh"), deep]:
        S, _ = student.mlp_forward(rng.normal(size=(n, sizes[0])), draw_params(rng, sizes), act)
        as_reference(S, of=student.mlp_forward, what=f"S of a {'-'.join(map(str, sizes))} {act} net, N = {n}")


@points(9)
def test_backward_square_net(student, rng):
    """Gradients of a net where N and all widths are equal: here no shape warns of a wrong transpose."""
    for act in ("sigmoid", "tanh", "relu"):
        X, params, dS = rng.normal(size=(4, 4)), draw_params(rng, [4, 4, 4, 4]), rng.normal(size=(4, 4))
        _, cache = student.mlp_forward(X, params, act)
        grads = student.mlp_backward(dS, cache)
        as_reference(grads, of=student.mlp_backward, what=f"[(dW, db), …] of a 4-4-4-4 {act} net, N = 4")


@points(6)
def test_numerical_gradient_is_centred(student, rng):
    """numerical_gradient moves one entry at a time by ±h, two calls an entry: x³ has the answer 3x² + h²."""
    x, h, seen = rng.normal(size=(2, 3)), 0.1, []

    def bowl(z):
        seen.append(np.array(z))
        return float(np.sum(z**3) + np.sum(z) ** 2)

    grad = student.numerical_gradient(bowl, x.copy(), h)
    close(grad, 3 * x**2 + h**2 + 2 * x.sum(), atol=1e-8, what="the centred difference with h = 0.1")
    ensure(len(seen) <= 2 * x.size + 1, "f is called twice for each entry of x")
    moved = [int((np.abs(z - x) > 1e-9).sum()) for z in seen]
    ensure(max(moved, default=0) <= 1, "each call of f has at most one entry of x moved")


@points(4)
def test_rel_error(student, rng):
    """rel_error is ‖a-b‖/(‖a‖+‖b‖) over all entries: symmetric, blind to scale, and 0 for two zero arrays."""
    agree(student.rel_error, np.array([3.0, 0.0]), np.array([3.0, 4.0]))          # 4 / (3 + 5)
    agree(student.rel_error, np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([[3.0, 1.5], [0.1, 2.0]]))
    a = rng.normal(size=(4, 3))
    b = a + 1e-4 * rng.normal(size=(4, 3))
    error = agree(student.rel_error, a, b)
    close(student.rel_error(1e6 * a, 1e6 * b), error, what="the error of the scaled arrays")
    close(student.rel_error(b, a), error, what="the error with a and b swapped")
    close(student.rel_error(np.zeros((2, 2)), np.zeros((2, 2))), 0.0, what="the error of two zero arrays")


@points(8)
def test_train_xor(student, rng):
    """train_xor gets 4 of 4 points right for 5 of 5 seeds, and another seed gives another net."""
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    first = []
    for seed in rng.choice(10_000, size=5, replace=False):
        H = X
        params = student.train_xor(int(seed))
        ensure(len(params) >= 2, "the net has a hidden layer")
        ensure(np.any(params[0][0] != params[0][0][:, :1]), "the hidden units are not all copies of one unit")
        for depth, (W, b) in enumerate(params, start=1):
            U = H @ W + b                                                    # (4, K)
            H = np.tanh(U) if depth < len(params) else U
        ensure(H.shape == (4, 2), "the net has two logits")
        close((H.argmax(axis=1) == y).astype(float), 1.0, what="XOR's four points, 1 for each right answer")
        first.append(params[0][0])
    ensure(not any(np.array_equal(first[0], W) for W in first[1:]), "two seeds give two different nets")
