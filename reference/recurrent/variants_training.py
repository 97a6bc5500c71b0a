"""Wrong variants of training on windows of text; misconceptions.py gives each its name and advice."""

import torch
import torch.nn.functional as F

from grader.checks import stateful

from . import solution as ref
from .variants_charrnn import without_history


# --- train_step
def _mean(logits, y):
    return F.cross_entropy(logits.flatten(0, 1), y.flatten())


def _descend(model, lr):
    with torch.no_grad():
        for weight in model.parameters():
            weight -= lr * weight.grad


def _step(model, x, y, state, lr, loss_of=_mean, cut=without_history, descend=_descend, clear=True, **backward):
    """The right step with one part exchanged."""
    logits, state = model(x, state)
    loss = loss_of(logits, y)
    if clear:
        model.zero_grad()
    loss.backward(**backward)
    descend(model, lr)
    return loss.item(), cut(state)


def step_without_zero_grad(model, x, y, state, lr):
    return _step(model, x, y, state, lr, clear=False)


def step_without_detach(model, x, y, state, lr):
    return _step(model, x, y, state, lr, cut=lambda state: state)


def step_retains_graph(model, x, y, state, lr):
    return _step(model, x, y, state, lr, cut=lambda state: state, retain_graph=True)


def _keeps_cell_attached():
    def hidden_alone(state):
        return state.detach() if isinstance(state, torch.Tensor) else (state[0].detach(), state[1])

    def train_step(model, x, y, state, lr):  # its name is in the traceback, by which an error is laid at its door
        return _step(model, x, y, state, lr, cut=hidden_alone)

    return train_step


step_keeps_cell_attached = _keeps_cell_attached()


def step_detaches_the_tuple(model, x, y, state, lr):
    return _step(model, x, y, state, lr, cut=lambda state: state.detach())


def step_ignores_state(model, x, y, state, lr):
    return _step(model, x, y, None, lr)


def step_gives_old_state(model, x, y, state, lr):
    return _step(model, x, y, state, lr)[0], state


def step_gives_no_state(model, x, y, state, lr):
    return _step(model, x, y, state, lr)[0], None


def step_views_scores(model, x, y, state, lr):
    def viewed(logits, y):
        n, t, v = logits.shape
        return F.cross_entropy(logits.reshape(n, v, t), y)

    return _step(model, x, y, state, lr, viewed)


def step_views_a_slice(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: F.cross_entropy(logits.flatten(0, 1), y.view(-1)))


def step_mixes_rows(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: _mean(logits.transpose(0, 1), y))


def step_softmax_twice(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: _mean(torch.softmax(logits, dim=-1), y))


def step_sums(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: _mean(logits, y) * y.numel())


def step_sums_over_time(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: _mean(logits, y) * y.shape[1])


def step_last_loss_only(model, x, y, state, lr):
    return _step(model, x, y, state, lr, lambda logits, y: F.cross_entropy(logits[:, -1], y[:, -1]))


def step_without_update(model, x, y, state, lr):
    return _step(model, x, y, state, lr, descend=lambda model, lr: None)


def step_uphill(model, x, y, state, lr):
    return _step(model, x, y, state, lr, descend=lambda model, lr: _descend(model, -lr))


def step_loss_afterwards(model, x, y, state, lr):
    _, after = _step(model, x, y, state, lr)
    with torch.no_grad():
        return _mean(model(x, state)[0], y).item(), after


def step_own_rate(model, x, y, state, lr):
    return _step(model, x, y, state, 0.01)


def step_cuts_at_the_start(model, x, y, state, lr):
    return _step(model, x, y, None if state is None else without_history(state), lr, cut=lambda state: state)


# --- train_pass
def _windows(tokens, length):
    x, y = tokens[:, :-1], tokens[:, 1:]
    return [(x[:, k : k + length], y[:, k : k + length]) for k in range(0, x.shape[1], length)]


def _pass(model, windows, lr, state=None):
    losses = []
    for x, y in windows:
        loss, state = ref.train_step(model, x, y, state, lr)
        losses.append(loss)
    return losses, state


def pass_forgets_state(model, tokens, length, lr):
    return [ref.train_step(model, x, y, None, lr)[0] for x, y in _windows(tokens, length)]


def pass_drops_the_rest(model, tokens, length, lr):
    whole = [(x, y) for x, y in _windows(tokens, length) if x.shape[1] == length]
    return _pass(model, whole, lr)[0]


def pass_predicts_itself(model, tokens, length, lr):
    return _pass(model, [(x, x) for x, _ in _windows(tokens, length)], lr)[0]


def pass_loses_borders(model, tokens, length, lr):
    parts = [tokens[:, k : k + length] for k in range(0, tokens.shape[1], length)]
    return _pass(model, [(part[:, :-1], part[:, 1:]) for part in parts if part.shape[1] > 1], lr)[0]


def pass_one_window_too_many(model, tokens, length, lr):
    starts = range(0, tokens.shape[1], length)
    windows = [(tokens[:, k : k + length], tokens[:, k + 1 : k + length + 1]) for k in starts]
    return _pass(model, [(x[:, : y.shape[1]], y) for x, y in windows], lr)[0]


def pass_slides(model, tokens, length, lr):
    steps = tokens.shape[1] - length
    windows = [(tokens[:, k : k + length], tokens[:, k + 1 : k + length + 1]) for k in range(steps)]
    return _pass(model, windows, lr)[0]


def pass_one_update(model, tokens, length, lr):
    state, losses = None, []
    for x, y in _windows(tokens, length):
        logits, state = model(x, state)
        losses.append(_mean(logits, y))
    model.zero_grad()
    sum(losses).backward()
    _descend(model, lr)
    return [loss.item() for loss in losses]


def pass_mean_loss(model, tokens, length, lr):
    losses, _ = _pass(model, _windows(tokens, length), lr)
    return sum(losses) / len(losses)


def pass_in_reverse(model, tokens, length, lr):
    return _pass(model, _windows(tokens, length)[::-1], lr)[0]


@stateful
def pass_keeps_state():
    kept = {}

    def train_pass(model, tokens, length, lr):
        state = kept.get("state")
        losses, kept["state"] = _pass(model, _windows(tokens, length), lr, state)
        return losses

    return train_pass
