"""Public checks of A4: the lecture's formulas on one small valley, its numbers, and the two modes of each layer."""

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, drive, ensure, points, raises

HYPER = {"sgd": (0.05,), "momentum": (0.05, 0.9), "rmsprop": (0.1, 0.9, 1e-8), "adam": (0.1, 0.9, 0.999, 1e-8)}


@points(8, partial=True)
@pytest.mark.parametrize("name", list(HYPER))
def test_five_steps_in_a_valley(student, name):
    """Five steps down f(w) = ½(w₁² + 10 w₂² + 0.1 w₃²) from (1, 1, -2), the handout's worked example."""
    w, state, curvature = np.array([1.0, 1.0, -2.0]), {}, np.array([1.0, 10.0, 0.1])
    for step in range(5):
        w, state = getattr(student, name)(w, curvature * w, state, *HYPER[name])
        as_reference(w, of=name, what=f"the new w after step {step + 1} of {name}")


@points(4)
def test_adam_steps_by_the_sign(student, rng):
    """While the gradient stays the same, every step of Adam is -lr·sign(g), however large or small g is."""
    w, state = rng.normal(size=5), {}
    g = np.array([3.0, -0.02, 500.0, 0.0, -1.0])
    for step in range(4):
        moved, state = student.adam(w, g, state, 0.01, 0.9, 0.999, 1e-8)
        close(moved - w, -0.01 * np.sign(g), rtol=1e-5, atol=1e-12, what=f"step {step + 1}, new w minus old w")
        w = moved


@points(6)
def test_nesterov_looks_ahead(student, rng):
    """Nesterov asks for one gradient a step, at w + αu, and goes from w by the new u."""
    w, state, asked = rng.normal(size=3), {}, []
    curvature = rng.uniform(0.5, 5.0, size=3)

    def gradient(z):
        asked.append(np.array(z))
        return curvature * np.array(z)

    for step in range(4):
        w, state = student.nesterov(w, gradient, state, 0.1, 0.8)
        ensure(len(asked) == step + 1, "nesterov calls grad_fn exactly once a step")
        seen = {"where grad_fn was called": asked[-1], "new w": w}
        as_reference(seen, of="nesterov", what=f"step {step + 1}")


@points(5)
def test_learning_rate_decays(student, rng):
    """The three schedules at t = 0, 1, … and the lecture's settings: η₀ = 0.1, r = 0.1, λ = 0.1, tᵤ = 10."""
    eta0, rate, times = float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.2, 0.8)), [0, 1, 4, 5, 6, 9, 10, 11, 25]
    agree(student.lr_inverse.batch, [(0.1, 0.1, t) for t in times] + [(eta0, rate, t) for t in times])
    agree(student.lr_exp.batch, [(0.1, 0.1, t) for t in times] + [(eta0, rate, t) for t in times])
    agree(student.lr_step.batch, [(0.1, 0.5, 10, t) for t in times] + [(eta0, rate, 3, t) for t in times])


@points(4)
@pytest.mark.parametrize("scheme", ["lecun_uniform", "he_normal"])
def test_twenty_layers(student, rng, scheme):
    """Through 20 layers of width 512 the spread stays within [0.5, 2]: LeCun if linear, He after ReLU."""
    g = drive.rng(student, int(rng.integers(1, 10**6)))
    W = getattr(student, f"init_{scheme}")(512, 512, (512, 512), g).astype(np.float32)
    H, spreads = rng.normal(size=(64, 512)).astype(np.float32), []
    for _ in range(20):
        signs = rng.choice(np.array([-1.0, 1.0], dtype=np.float32), size=(64, 512))
        U = (H * signs) @ W                      # random signs make one draw of W a net of its own for every row
        H = np.maximum(U, 0.0) if scheme == "he_normal" else U
        spreads.append(np.sqrt(np.mean(U.astype(np.float64) ** 2) / (2.0 if scheme == "he_normal" else 1.0)))
    what = "log₂ of the spread, layer by layer"
    close(np.log2(np.maximum(spreads, 1e-300)), 0.0, rtol=0.0, atol=1.0, what=what)


@points(7)
def test_batchnorm_formula(student, rng):
    """Batch norm: mean 0 and variance σ²/(σ²+ε) over the batch, γ and β, and ε under the root in both modes."""
    def fresh():
        return {"mean": np.zeros(3), "var": np.ones(3)}

    x = rng.normal(4.0, [0.5, 1.0, 3.0], size=(6, 3))
    still = {"mean": np.array([1.0, 2.0, 3.0]), "var": np.array([0.0, 1.0, 4.0])}
    plain = (np.ones(3), np.zeros(3))
    trained, _ = student.batchnorm_forward(x, *plain, fresh(), True, 0.1, 0.1)
    tested, _ = student.batchnorm_forward(np.array([[2.0, 3.0, 4.0]]), *plain, still, False, 0.1, 1e-5)
    modes = {"train, ε = 0.1": trained, "test, x - mean = 1, var = (0, 1, 4), ε = 1e-5": tested}
    as_reference(modes, of="batchnorm_forward", what="out with γ = 1, β = 0, mode by mode")
    close(trained.mean(axis=0), np.zeros(3), what="the means of out over the batch")
    close(trained.var(axis=0), x.var(axis=0) / (x.var(axis=0) + 0.1), what="the variances of out over the batch")
    out, _ = student.batchnorm_forward(x, rng.normal(size=3), rng.normal(size=3), fresh(), True)
    as_reference(out, of="batchnorm_forward", what="out in train mode with other γ and β")


@points(5)
def test_dropout_convention(student, rng):
    """p_drop is the probability to drop, what is kept grows by 1/(1-p_drop), and test mode changes nothing."""
    p, x = 0.25, rng.uniform(1.0, 2.0, size=(60, 50))
    g = drive.rng(student, int(rng.integers(1, 10**6)))
    out, _ = student.dropout_forward(x, p, True, g)
    tested, _ = student.dropout_forward(x, p, False, None)
    everything, _ = student.dropout_forward(x, 0.0, True, g)
    alike = all(one.shape == x.shape and one.dtype == np.float64 for one in (out, tested, everything))
    ensure(alike, "out is float64 and has the shape of x")
    kept = (out / x)[out != 0]
    close(
        np.array([(out == 0).mean(), kept.mean(), (tested / x).mean()]),
        np.array([p, 1 / (1 - p), 1.0]),
        rtol=0.0,
        atol=5 * np.sqrt(p * (1 - p) / x.size),
        what="[share of zeros, mean of out / x over the others, mean of out / x in test mode]",
    )
    close(np.ptp(kept), 0.0, what="the range of out / x over what was kept")
    close(np.abs(tested - x).max(), 0.0, what="the largest change in test mode")
    close(np.abs(everything - x).max(), 0.0, what="the largest change with p_drop = 0")
    raises(ValueError, student.dropout_forward, x, 1.0, True, g)
    raises(ValueError, student.dropout_forward, x, -0.1, True, g)


@points(5)
def test_l2_penalty(student, rng):
    """R = α Σ‖W‖² and its gradient 2αW; the biases count neither in R nor in the gradient."""
    handout = [(np.array([[1.0, -2.0], [0.0, 3.0]]), np.array([5.0, -5.0]))]
    handout += [(np.array([[2.0], [1.0]]), np.array([7.0]))]
    agree(student.l2_penalty, handout, 0.1)
    drawn = [(rng.normal(size=(d, k)), rng.normal(size=k)) for d, k in [(3, 4), (4, 4), (4, 2)]]
    agree(student.l2_penalty, drawn, float(rng.uniform(0.01, 0.5)))
