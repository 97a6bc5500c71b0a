"""Hidden checks of A4: other landscapes and shapes, laws of what is drawn, gradients by differences, no memory."""

import numpy as np
import pytest

from grader.checks import as_reference, close, drive, ensure, gradcheck, loss_of, points

HYPER = {"sgd": (1e-3,), "momentum": (1e-3, 0.7), "nesterov": (1e-3, 0.7), "rmsprop": (0.02, 0.8, 0.05),
         "adam": (0.05, 0.8, 0.95, 0.05)}


def rosenbrock(w):
    """Gradient of Σ 100 (w_{i+1} - w_i²)² + (1 - w_i)² over neighbouring entries; any shape → the same shape."""
    z = np.array(w, dtype=np.float64)
    flat, g = z.ravel(), np.zeros(z.size)
    ahead = flat[1:] - flat[:-1] ** 2
    g[1:] += 200.0 * ahead
    g[:-1] += -400.0 * flat[:-1] * ahead - 2.0 * (1.0 - flat[:-1])
    return g.reshape(z.shape)


def step(student, name, w, state, gradient, *hyper):
    """One step of any optimiser: Nesterov gets the function itself, the others its value at w."""
    if name == "nesterov":
        return student.nesterov(w, gradient, state, *hyper)
    return getattr(student, name)(w, gradient(w), state, *hyper)


@points(15, partial=True)
@pytest.mark.parametrize("name", list(HYPER))
def test_five_steps_on_rosenbrock(student, rng, name):
    """Five steps of each optimiser on a curved valley, for a matrix w and an ε that can be seen."""
    w, state, path = rng.uniform(0.5, 1.4, size=(3, 2)), {}, []
    for _ in range(5):
        w, state = step(student, name, w, state, rosenbrock, *HYPER[name])
        path.append(w)
    # the whole path in one comparison: two causes that agree on the first step are told apart
    as_reference(path, of=name, what=f"the new w after each of five steps of {name}")


@points(4)
@pytest.mark.parametrize("shape", [(), (4,), (2, 1, 3)])
def test_no_inertia_is_sgd(student, rng, shape):
    """With α = 0 momentum and Nesterov make the steps of SGD, whatever the shape of w, () included."""
    start = np.array(rng.normal(size=shape))
    curvature, plain = np.array(rng.uniform(0.5, 3.0, size=shape)), []
    for name in ("sgd", "momentum", "nesterov"):
        w, state = start, {}
        for number in range(3):
            hyper = (0.1,) if name == "sgd" else (0.1, 0.0)
            w, state = step(student, name, w, state, lambda z: np.asarray(curvature * np.array(z)), *hyper)
            as_reference(w, of=name, what=f"the new w after step {number + 1} of {name}")
            w = np.asarray(w)                    # a 0-d w stays an array
            plain += [w] if name == "sgd" else []
            close(w, plain[number], what=f"{name} with α = 0 against sgd")


@points(8, partial=True)
@pytest.mark.parametrize("name", ["momentum", "nesterov", "rmsprop", "adam"])
def test_state_is_all_that_is_remembered(student, rng, name):
    """A second parameter between the steps of the first, and a second run from {}, change nothing."""
    first, second = rng.uniform(0.5, 1.4, size=4), rng.uniform(0.5, 1.4, size=4)
    w, state, alone = first, {}, []
    for _ in range(3):
        w, state = step(student, name, w, state, rosenbrock, *HYPER[name])
        alone.append(w)
    w, state, v, other, same = first, {}, second, {}, True
    for number in range(3):
        w, state = step(student, name, w, state, rosenbrock, *HYPER[name])
        v, other = step(student, name, v, other, rosenbrock, *HYPER[name])
        same = same and np.allclose(w, alone[number], rtol=1e-9, atol=0.0, equal_nan=True)
    ensure(same, f"`{name}` must take the same steps when a second parameter is trained between them: "
                 "what it remembers is in `state` and nowhere else")


@points(6)
def test_arguments_stay_as_they_are(student, rng):
    """No function changes its arrays: w, g, x, γ, β, dout and the parameters come back unchanged."""
    w, g, x = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(5, 3))
    gamma, beta, dout = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(5, 3))
    for name in ("sgd", "momentum", "rmsprop", "adam"):
        _, after = getattr(student, name).observed(w, g, {}, *HYPER[name])
        unchanged(name, after[:2], (w, g))
    _, after = student.nesterov.observed(w, rosenbrock, {}, *HYPER["nesterov"])
    unchanged("nesterov", after[:1], (w,))
    state = {"mean": np.zeros(3), "var": np.ones(3)}
    (_, cache), after = student.batchnorm_forward.observed(x, gamma, beta, state, True)
    unchanged("batchnorm_forward", after[:3], (x, gamma, beta))
    once, after = student.batchnorm_backward.observed(dout, cache)
    unchanged("batchnorm_backward", after[:1], (dout,))
    twice = student.batchnorm_backward(dout, cache)
    equal = all(np.allclose(a, b) for a, b in zip(once, twice, strict=True))
    ensure(equal, "batchnorm_backward gives the same answer for the same cache twice")
    (_, mask), after = student.dropout_forward.observed(x, 0.5, True, drive.rng(student, 1))
    unchanged("dropout_forward", after[:1], (x,))
    _, after = student.dropout_backward.observed(dout, mask)
    unchanged("dropout_backward", after[:1], (dout,))
    params = [(rng.normal(size=(3, 2)), rng.normal(size=2)), (rng.normal(size=(2, 1)), rng.normal(size=1))]
    _, after = student.l2_penalty.observed(params, 0.1)
    unchanged("l2_penalty", [a for pair in after[0] for a in pair], [a for pair in params for a in pair])


def unchanged(name, after, before):
    """Every array is bit for bit what it was."""
    same = all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
    ensure(same, f"`{name}` must leave its arguments as they are")


@points(9, partial=True)
@pytest.mark.parametrize("scheme", ["lecun_uniform", "xavier_uniform", "he_normal"])
def test_init_laws(student, rng, scheme):
    """Each scheme has its mean, variance and range for the fans given, in any shape, and draws from rng alone."""
    init, seed = getattr(student, f"init_{scheme}"), int(rng.integers(1, 10**6))
    for fan_in, fan_out, shape in [(288, 432, (48, 32, 3, 3)), (60, 300, (60, 300))]:
        g = drive.rng(student, seed)
        W, more = init(fan_in, fan_out, shape, g), init(fan_in, fan_out, shape, g)
        ensure(W.shape == shape and W.dtype == np.float64, "the weights are float64 and have the shape asked")
        uniform = scheme != "he_normal"
        variance = {"lecun_uniform": 1 / fan_in, "xavier_uniform": 2 / (fan_in + fan_out)}.get(scheme, 2 / fan_in)
        error = 5 * np.sqrt((0.8 if uniform else 2.0) / W.size)          # kurtosis - 1: 1.8 - 1 or 3 - 1
        close(W.var() / variance, 1.0, rtol=0.0, atol=error, what="variance over the variance asked")
        close(W.mean() / np.sqrt(variance), 0.0, rtol=0.0, atol=5 / np.sqrt(W.size), what="mean over spread")
        if uniform:
            ensure(np.abs(W).max() <= np.sqrt(3 * variance) + 1e-12, "no weight lies outside the bounds")
        else:                                                            # 68.3 % of a Gaussian
            near = (np.abs(W) < np.sqrt(variance)).mean()
            error = 5 * np.sqrt(0.683 * 0.317 / W.size)
            close(near, 0.6827, rtol=0.0, atol=error, what="the share of weights within one spread")
        again = init(fan_in, fan_out, shape, drive.rng(student, seed))
        other = init(fan_in, fan_out, shape, drive.rng(student, seed + 1))
        ensure(np.array_equal(W, again), "generators of the same seed give the same weights")
        different = not np.array_equal(W, other) and not np.array_equal(W, more)
        ensure(different, "another seed gives other weights, and so does a second draw from one generator")


@points(9, partial=True)
@pytest.mark.parametrize(("n", "d"), [(5, 3), (4, 4), (3, 6)])
def test_batchnorm_gradients(student, rng, n, d):
    """dx, dγ and dβ fit centred differences of your own forward pass, and the rows of dx add up to 0."""
    x, dout = rng.normal(1.0, 2.0, size=(n, d)), rng.normal(size=(n, d))
    gamma, beta, state = rng.normal(size=d), rng.normal(size=d), {"mean": np.zeros(d), "var": np.ones(d)}
    _, cache = student.batchnorm_forward(x, gamma, beta, state, True, 0.1, 1e-3)
    dx, dgamma, dbeta = student.batchnorm_backward(dout, cache)
    losses = loss_of(student.batchnorm_forward, x, gamma, beta, state, True, 0.1, 1e-3, weights=dout, pick=0)
    gradcheck(losses, {"x": x, "γ": gamma, "β": beta}, {"x": dx, "γ": dgamma, "β": dbeta})
    close(dx.sum(axis=0), np.zeros(d), what="the sum of dx over the batch")


@points(6)
def test_batchnorm_running_statistics(student, rng):
    """Train mode updates state in place, (1-m) old + m batch; test mode uses it, row by row, and leaves it."""
    gamma, beta = rng.normal(size=4), rng.normal(size=4)
    old = {"mean": rng.normal(size=4), "var": rng.uniform(0.5, 2.0, size=4)}
    for n, m in [(6, 0.1), (3, 0.25)]:
        x = rng.normal(2.0, 3.0, size=(n, 4))
        given = {key: value.copy() for key, value in old.items()}
        _, after = student.batchnorm_forward.observed(x, gamma, beta, given, True, m, 1e-5)
        as_reference(after[3]["mean"], of="batchnorm_forward", what='the running state["mean"] after a batch')
        var = settled(after[3]["var"], (1 - m) * old["var"], m, x)
        as_reference(var, of="batchnorm_forward", what='the running state["var"] after a batch')
    x = rng.normal(2.0, 3.0, size=(5, 4))
    given = {key: value.copy() for key, value in old.items()}
    (out, _), after = student.batchnorm_forward.observed(x, gamma, beta, given, False, 0.1, 1e-5)
    loose = {"rtol": 1e-4, "atol": 1e-4}         # blind to where ε stands: that is judged elsewhere
    as_reference(out, of="batchnorm_forward", what="out in test mode", **loose)
    kept = all(np.array_equal(after[3][key], old[key]) for key in old)
    ensure(kept, "test mode must leave the running mean and variance as they are")
    alone, _ = student.batchnorm_forward(x[2:3], gamma, beta, given, False, 0.1, 1e-5)
    close(alone, out[2:3], what="a row in test mode without its neighbours")


def settled(var, rest, m, x):
    """The running variance as from the biased batch variance: the unbiased one, torch's, is right as well."""
    biased, unbiased = rest + m * x.var(axis=0), rest + m * x.var(axis=0, ddof=1)
    torchs = np.shape(var) == unbiased.shape and np.allclose(var, unbiased, rtol=1e-7, atol=1e-9)
    return biased if torchs else var


@points(4)
def test_batchnorm_without_spread(student, rng):
    """A batch of one and a column that is constant give β, finite gradients and finite running statistics."""
    gamma, beta = rng.normal(size=3), rng.normal(size=3)
    one, flat = rng.normal(size=(1, 3)), rng.normal(size=(4, 3))
    flat[:, 1] = 2.0
    for x in (one, flat):
        given = {"mean": np.zeros(3), "var": np.ones(3)}
        (out, cache), after = student.batchnorm_forward.observed(x, gamma, beta, given, True)
        ensure(np.isfinite(out).all(), "out is finite")
        still = np.ptp(x, axis=0) == 0
        close(out[:, still], np.tile(beta, (len(x), 1))[:, still], what="out where the batch has no spread")
        ensure(all(np.isfinite(after[3][key]).all() for key in ("mean", "var")), "`state` stays finite")
        grads = student.batchnorm_backward(rng.normal(size=x.shape), cache)
        ensure(all(np.isfinite(grad).all() for grad in grads), "dx, dγ and dβ are finite")


@points(5)
def test_dropout_law_and_backward(student, rng):
    """Each entry is dropped on its own with probability p_drop, by rng, and the gradient takes the same way."""
    p, seed, x = 0.3, int(rng.integers(1, 10**6)), rng.uniform(1.0, 2.0, size=(400, 250))
    g = drive.rng(student, seed)
    out, mask = student.dropout_forward(x, p, True, g)
    zero = out == 0
    ensure((zero != zero[:1]).any(), "each row has its own entries dropped")
    ensure((zero != zero[:, :1]).any(), "each column has its own entries dropped")
    close(zero.mean(), p, rtol=0.0, atol=5 * np.sqrt(p * (1 - p) / x.size), what="the share of zeros")
    factor = out / x
    close(factor.mean(), 1.0, rtol=0.0, atol=5 * np.sqrt(p / (1 - p) / x.size), what="the mean of out / x")
    again, _ = student.dropout_forward(x, p, True, drive.rng(student, seed))
    ensure(np.array_equal(zero, again == 0), "generators of the same seed drop the same entries")
    calls = student.dropout_forward.batch([(x[:2, :200], p, True, g)] * 30, pick=0)
    dropped = [call.get() == 0 for call in calls]
    ensure((dropped[0] != dropped[1]).any(), "two draws from one generator drop different entries")
    ensure(len({int(zeros.sum()) for zeros in dropped}) > 3, "how many are dropped is left to chance, too")
    dout = rng.uniform(1.0, 2.0, size=x.shape)
    dx = student.dropout_backward(dout, mask)
    way = np.array([(dx[zero] != 0).mean(), (dx[~zero] / (dout * factor)[~zero]).mean()])
    what = "[share of dropped entries with a gradient, mean of dx / (dout · out / x) over the others]"
    close(way, np.array([0.0, 1.0]), rtol=0.0, atol=0.01, what=what)
    close(dx, dout * factor, what="dx")
