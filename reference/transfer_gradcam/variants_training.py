"""Optimisers and training gone wrong; names and advice are in cards_transfer.py."""

import torch
import torch.nn.functional as F

from . import solution as ref


def prepare_early(model, until, k, lr):
    ref.replace_head(model, k)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    ref.freeze(model, until)
    return optimizer


def prepare_old_head(model, until, k, lr):
    ref.freeze(model, until)
    optimizer = torch.optim.Adam(ref.trainable(model), lr=lr)
    ref.replace_head(model, k)
    return optimizer


def prepare_sgd(model, until, k, lr):
    ref.prepare(model, until, k, lr)
    return torch.optim.SGD(ref.trainable(model), lr=lr)


def prepare_without_lr(model, until, k, lr):
    ref.prepare(model, until, k, lr)
    return torch.optim.Adam(ref.trainable(model))


def prepare_nothing_frozen(model, until, k, lr):
    ref.replace_head(model, k)
    return torch.optim.Adam(ref.trainable(model), lr=lr)


def prepare_no_head(model, until, k, lr):
    ref.freeze(model, until)
    return torch.optim.Adam(ref.trainable(model), lr=lr)


def prepare_head_only(model, until, k, lr):
    ref.prepare(model, until, k, lr)
    return torch.optim.Adam(list(model.children())[-1].parameters(), lr=lr)


def prepare_model(model, until, k, lr):
    ref.prepare(model, until, k, lr)
    return model


def _fitted(model, optimizer, x, y, steps, loss_of=F.cross_entropy, clear=True):
    losses = []
    for _ in range(steps):
        loss = loss_of(model(x), y)
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def fit_eval(model, optimizer, x, y, steps):
    return _fitted(model.eval(), optimizer, x, y, steps)


def fit_accumulates(model, optimizer, x, y, steps):
    return _fitted(model.train(), optimizer, x, y, steps, clear=False)


def fit_sum(model, optimizer, x, y, steps):
    return _fitted(model.train(), optimizer, x, y, steps, lambda s, t: F.cross_entropy(s, t, reduction="sum"))


def fit_softmax(model, optimizer, x, y, steps):
    return _fitted(model.train(), optimizer, x, y, steps, lambda s, t: F.cross_entropy(s.softmax(dim=1), t))


def fit_after(model, optimizer, x, y, steps):
    model.train()
    losses = _fitted(model, optimizer, x, y, steps)
    with torch.no_grad():
        return [*losses[1:], F.cross_entropy(model(x), y).item()]


def fit_no_step(model, optimizer, x, y, steps):
    model.train()
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


def fit_own_optimizer(model, optimizer, x, y, steps):
    return _fitted(model.train(), torch.optim.Adam(model.parameters()), x, y, steps)


def fit_image_by_image(model, optimizer, x, y, steps):
    model.train()
    losses = []
    for step in range(steps):
        i = step % len(x)
        losses += _fitted(model, optimizer, x[i : i + 2], y[i : i + 2], 1)
    return losses


def fit_scales_in_place(model, optimizer, x, y, steps):
    x -= x.mean()
    return _fitted(model.train(), optimizer, x, y, steps)


def fit_mean(model, optimizer, x, y, steps):
    losses = ref.fit(model, optimizer, x, y, steps)
    return sum(losses) / len(losses)


def fit_mse(model, optimizer, x, y, steps):
    def squares(scores, labels):
        return F.mse_loss(scores, F.one_hot(labels, scores.shape[1]).float())

    return _fitted(model.train(), optimizer, x, y, steps, squares)
