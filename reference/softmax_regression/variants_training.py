"""Wrong variants of gradients, step and epoch; misconceptions.py gives each its name and advice."""

import numpy as np

from grader.checks import stateful

from . import solution as ref


# --- logreg_grads
def grads_bias_not_summed(X, y, W, b):
    S = ref.linear_forward(X, W, b)
    loss, dW, _ = ref.logreg_grads(X, y, W, b)
    return loss, dW, ref.softmax_ce_backward(S, y)


def grads_bias_keepdims(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, dW, db[None]


def grads_bias_mean(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, dW, db / len(y)


def grads_bias_over_classes(X, y, W, b):
    S = ref.linear_forward(X, W, b)
    loss, dW, _ = ref.logreg_grads(X, y, W, b)
    return loss, dW, ref.softmax_ce_backward(S, y).sum(axis=1)


def grads_no_bias(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, dW, np.zeros_like(db)


def grads_transposed(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, np.ascontiguousarray(dW.T), db


def grads_no_transpose(X, y, W, b):
    loss, _, db = ref.logreg_grads(X, y, W, b)
    return loss, X @ ref.softmax_ce_backward(ref.linear_forward(X, W, b), y), db


def grads_mean_twice(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, dW / len(y), db / len(y)


def grads_weights_mean_twice(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss, dW / len(y), db


def grads_summed_loss(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss * len(y), dW, db


def grads_scores_without_bias(X, y, W, b):
    return ref.logreg_grads(X, y, W, np.zeros_like(b))


def grads_probabilities_as_logits(X, y, W, b):
    P = ref.softmax(ref.linear_forward(X, W, b))
    _, dW, db = ref.logreg_grads(X, y, W, b)
    return ref.cross_entropy(P, y, True), dW, db


def grads_softmax_twice(X, y, W, b):
    P = ref.softmax(ref.linear_forward(X, W, b))
    dS = ref.softmax_ce_backward(P, y)
    return ref.cross_entropy(P, y, True), X.T @ dS, dS.sum(axis=0)


def grads_loss_last(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return dW, db, loss


def grads_weight_decay(X, y, W, b):
    loss, dW, db = ref.logreg_grads(X, y, W, b)
    return loss + 0.005 * float(np.sum(W * W)), dW + 0.01 * W, db


def grads_in_python(X, y, W, b):
    loss, dW, db = 0.0, [[0.0] * W.shape[1] for _ in range(W.shape[0])], [0.0] * W.shape[1]
    for i in range(len(X)):
        scores = [b[k] + sum(X[i, d] * W[d, k] for d in range(W.shape[0])) for k in range(W.shape[1])]
        top = max(scores)
        parts = [float(np.exp(score - top)) for score in scores]
        total = sum(parts)
        loss += float(np.log(total)) - (scores[y[i]] - top)
        for k in range(W.shape[1]):
            delta = (parts[k] / total - (k == y[i])) / len(X)
            db[k] += delta
            for d in range(W.shape[0]):
                dW[d][k] += X[i, d] * delta
    return float(loss / len(X)), np.array(dW), np.array(db)


# --- sgd_step
def step_rebinds(params, grads, lr):
    for theta, grad in zip(params, grads, strict=True):
        theta = theta - lr * grad


def step_replaces_entries(params, grads, lr):
    for i in range(len(params)):
        params[i] = params[i] - lr * grads[i]


def step_ascent(params, grads, lr):
    ref.sgd_step(params, grads, -lr)


def step_scales_grads(params, grads, lr):
    for theta, grad in zip(params, grads, strict=True):
        grad *= lr
        theta -= grad


def step_first_only(params, grads, lr):
    ref.sgd_step(params[:1], grads[:1], lr)


def step_no_rate(params, grads, lr):
    ref.sgd_step(params, grads, 1.0)


@stateful
def step_momentum():
    velocity = {}  # one for each shape, kept between calls

    def step(params, grads, lr):
        for theta, grad in zip(params, grads, strict=True):
            velocity[theta.shape] = 0.9 * velocity.get(theta.shape, 0.0) + grad
            theta -= lr * velocity[theta.shape]

    return step


# --- softmax_regression_epoch
def batches(N, batch):
    """The slices of one pass, the last one as short as it is."""
    return [slice(start, min(start + batch, N)) for start in range(0, N, batch)]


def epoch_over(X, y, W, b, lr, slices):
    """The reference's epoch over these slices → (W, b, [loss of each slice])."""
    W, b, losses = W.copy(), b.copy(), []
    for rows in slices:
        loss, dW, db = ref.logreg_grads(X[rows], y[rows], W, b)
        ref.sgd_step([W, b], [dW, db], lr)
        losses.append(loss)
    return W, b, losses


def weighted(losses, slices):
    """Mean of the batches' losses, each weighted by its rows."""
    sizes = [rows.stop - rows.start for rows in slices]
    return float(np.dot(losses, sizes) / max(sum(sizes), 1))


def epoch_drops_last(X, y, W, b, lr, batch):
    slices = [rows for rows in batches(len(X), batch) if rows.stop - rows.start == batch]
    W, b, losses = epoch_over(X, y, W, b, lr, slices)
    return W, b, weighted(losses, slices)


def epoch_nominal_size(X, y, W, b, lr, batch):
    W, b, total = W.copy(), b.copy(), 0.0
    for rows in batches(len(X), batch):
        loss, dW, db = ref.logreg_grads(X[rows], y[rows], W, b)
        share = len(X[rows]) / batch
        ref.sgd_step([W, b], [share * dW, share * db], lr)
        total += loss * len(X[rows])
    return W, b, total / len(X)


def epoch_mean_of_means(X, y, W, b, lr, batch):
    W, b, losses = epoch_over(X, y, W, b, lr, batches(len(X), batch))
    return W, b, float(np.mean(losses))


def epoch_sum_of_losses(X, y, W, b, lr, batch):
    W, b, losses = epoch_over(X, y, W, b, lr, batches(len(X), batch))
    return W, b, float(np.sum(losses))


def epoch_last_loss(X, y, W, b, lr, batch):
    W, b, losses = epoch_over(X, y, W, b, lr, batches(len(X), batch))
    return W, b, losses[-1]


def epoch_loss_after(X, y, W, b, lr, batch):
    W, b, _ = ref.softmax_regression_epoch(X, y, W, b, lr, batch)
    return W, b, ref.logreg_grads(X, y, W, b)[0]


def epoch_loss_before(X, y, W, b, lr, batch):
    new_W, new_b, _ = ref.softmax_regression_epoch(X, y, W, b, lr, batch)
    return new_W, new_b, ref.logreg_grads(X, y, W, b)[0]


def epoch_shuffles(X, y, W, b, lr, batch):
    order = np.random.default_rng(0).permutation(len(X))
    return ref.softmax_regression_epoch(X[order], y[order], W, b, lr, batch)


def epoch_in_place(X, y, W, b, lr, batch):
    new_W, new_b, loss = ref.softmax_regression_epoch(X, y, W, b, lr, batch)
    W[:], b[:] = new_W, new_b
    return W, b, loss


def epoch_one_step(X, y, W, b, lr, batch):
    return ref.softmax_regression_epoch(X, y, W, b, lr, len(X))


def epoch_single_rows(X, y, W, b, lr, batch):
    return ref.softmax_regression_epoch(X, y, W, b, lr, 1)


def epoch_old_gradients(X, y, W, b, lr, batch):
    new, total = [W.copy(), b.copy()], 0.0
    for rows in batches(len(X), batch):
        loss, dW, db = ref.logreg_grads(X[rows], y[rows], W, b)
        ref.sgd_step(new, [dW, db], lr)
        total += loss * len(X[rows])
    return *new, total / len(X)


def epoch_first_batch(X, y, W, b, lr, batch):
    W, b, losses = epoch_over(X, y, W, b, lr, batches(len(X), batch)[:1])
    return W, b, losses[0]


def epoch_empty_batch(X, y, W, b, lr, batch):
    slices = [slice(i * batch, (i + 1) * batch) for i in range(len(X) // batch + 1)]
    W, b, losses = epoch_over(X, y, W, b, lr, slices)
    return W, b, float(np.dot(losses, [len(X[rows]) for rows in slices]) / len(X))


def epoch_sliding(X, y, W, b, lr, batch):
    slices = [slice(i, min(i + batch, len(X))) for i in range(len(X))]
    W, b, losses = epoch_over(X, y, W, b, lr, slices)
    return W, b, weighted(losses, slices)


def epoch_rate_over_batch(X, y, W, b, lr, batch):
    return ref.softmax_regression_epoch(X, y, W, b, lr / batch, batch)


def epoch_bias_stays(X, y, W, b, lr, batch):
    W, total = W.copy(), 0.0
    for rows in batches(len(X), batch):
        loss, dW, _ = ref.logreg_grads(X[rows], y[rows], W, b)
        ref.sgd_step([W], [dW], lr)
        total += loss * len(X[rows])
    return W, b.copy(), total / len(X)


def epoch_fixed_size(X, y, W, b, lr, batch):
    slices = batches(1797, batch)
    W, b, losses = epoch_over(X, y, W, b, lr, slices)
    return W, b, float(np.dot(losses, [len(X[rows]) for rows in slices]) / 1797)


def epoch_loss_first(X, y, W, b, lr, batch):
    W, b, loss = ref.softmax_regression_epoch(X, y, W, b, lr, batch)
    return loss, W, b


def epoch_ascent(X, y, W, b, lr, batch):
    return ref.softmax_regression_epoch(X, y, W, b, -lr, batch)
