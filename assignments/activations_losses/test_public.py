"""Public checks of A3: the forward passes, and the lecture's numbers."""

import numpy as np

from grader.checks import agree, as_reference, close, ensure, points


def draw_inputs(rng):
    """Arrays with one to four axes, a batch of one among them → list of argument tuples."""
    return [(rng.normal(0.0, 2.0, shape),) for shape in [(5,), (2, 3), (1, 4), (2, 3, 2, 2)]]


@points(3)
def test_sigmoid_and_tanh(student, rng):
    """sigmoid and tanh give the right values entry by entry, for any number of axes."""
    agree(student.sigmoid.batch, [(np.array([0.0, np.log(3.0), -np.log(3.0)]),)], pick=0)     # ½, ¾, ¼
    agree(student.sigmoid.batch, draw_inputs(rng), pick=0)
    agree(student.tanh.batch, draw_inputs(rng), pick=0)


@points(3)
def test_slopes_of_sigmoid_and_tanh(student, rng):
    """The sigmoid's slope is ¼ at zero, tanh's is 1, and both fade to either side."""
    x = np.array([[0.0, 0.5, -1.0], [2.0, -3.0, 4.0]])
    for f, back, top in [
        (student.sigmoid, student.sigmoid_backward, 0.25),
        (student.tanh, student.tanh_backward, 1.0),
    ]:
        slope = as_reference(back(np.ones((2, 3)), f(x)[1]), of=back, what=f"`{back.name}` of ones")
        close(slope[0, 0], top, what="the slope at zero")
        as_reference(back(rng.normal(size=(2, 3)), f(x)[1]), of=back, what=f"`{back.name}`")


@points(4)
def test_relu_family(student, rng):
    """relu, leaky_relu and elu give the right values, with their default slope or α and with another."""
    x = np.array([[-2.0, -0.5, 0.0], [0.5, 3.0, -4.0]])
    agree(student.relu.batch, [(x,), *draw_inputs(rng)], pick=0)
    agree(student.leaky_relu.batch, [(x,), *draw_inputs(rng)], pick=0)
    agree(student.leaky_relu.batch, [(x, 0.3), (rng.normal(size=(1, 4)), 0.01)], pick=0)
    agree(student.elu.batch, [(x,), *draw_inputs(rng)], pick=0)
    agree(student.elu.batch, [(x, 2.0), (rng.normal(size=(1, 4)), 0.5)], pick=0)


@points(2)
def test_maxout(student, rng):
    """maxout is the larger of two linear pieces, for each row and each unit."""
    corners = np.array([[-2.0], [0.5], [3.0]])                              # with these pieces it is |x|
    plus, minus, zero = np.array([[1.0]]), np.array([[-1.0]]), np.zeros(1)
    agree(student.maxout.batch, [(corners, plus, zero, minus, zero)], pick=0)
    for n, d, k in [(4, 3, 2), (1, 2, 5), (3, 4, 1)]:
        pieces = [rng.normal(size=(d, k)), rng.normal(size=k), rng.normal(size=(d, k)), rng.normal(size=k)]
        agree(student.maxout.batch, [(rng.normal(size=(n, d)), *pieces)], pick=0)


@points(4)
def test_regression_losses(student, rng):
    """mse, mae and huber of the handout's example and of other shapes: means over all entries."""
    yhat, y = np.array([1.0, 3.0, 4.0, 8.0]), np.array([2.0, 2.5, 1.0, 10.0])
    drawn = [(rng.normal(size=shape), rng.normal(size=shape)) for shape in [(4, 3), (1, 5), (2, 1), (2, 3, 2)]]
    agree(student.mse.batch, [(yhat, y), *drawn], pick=0)                   # 3.5625
    agree(student.mae.batch, [(yhat, y), *drawn], pick=0)                   # 1.625
    agree(student.huber.batch, [(yhat, y), *drawn], pick=0)                 # 1.15625
    agree(student.huber.batch, [(yhat, y, 2.0), (yhat, y, 0.75), (*drawn[0], 0.25)], pick=0)


@points(3)
def test_msle_is_asymmetric(student, rng):
    """Against 100, msle makes 50 worse (0.480) than 150 (0.164); it takes natural logarithms."""
    cases = [(np.array([50.0]), np.array([100.0])), (np.array([150.0]), np.array([100.0]))]
    cases += [(rng.uniform(0.05, 9.0, shape), rng.uniform(0.05, 9.0, shape)) for shape in [(4,), (3, 2), (1, 5)]]
    below, above = [outcome.get() for outcome in agree(student.msle.batch, cases, pick=0)][:2]
    ensure(below > above, "a prediction 50 too low costs more than one 50 too high")


@points(3)
def test_bce(student, rng):
    """bce of 0.8 for a positive is -ln 0.8 = 0.223; labels may be soft and arrays have any shape."""
    cases = [(np.array([0.8]), np.array([1.0])), (np.array([0.8, 0.4]), np.array([1.0, 0.0]))]
    cases += [(rng.uniform(0.05, 0.95, (3, 4)), rng.integers(0, 2, (3, 4)).astype(float))]
    cases += [(rng.uniform(0.05, 0.95, (1, 3)), rng.uniform(size=(1, 3)))]
    agree(student.bce.batch, cases, pick=0)


@points(4)
def test_cross_entropy_takes_logits(student, rng):
    """Cross-entropy of logits (2, 1, 0.1) and class 0 is -ln 0.659; of K equal logits it is ln K."""
    cases = [(np.array([[2.0, 1.0, 0.1]]), np.array([0])), (np.zeros((2, 10)), np.array([3, 9]))]
    cases += [(rng.normal(size=(n, k)), rng.integers(0, k, size=n)) for n, k in [(5, 3), (1, 4), (4, 4)]]
    agree(student.cross_entropy.batch, cases, pick=0)
