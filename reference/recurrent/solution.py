"""Recurrent networks: a plain RNN through time, LSTM and GRU steps and clipping in NumPy, a character RNN in torch.

Row-major, batch first: x (N, D) at one step, (N, T, D) for a sequence; states h, c (N, H); everything float64.
dA stands for ∂L/∂A and has the shape of A. A cache is whatever the way back needs, any object of your choice.
Functions leave their arguments as they found them. In the torch part characters are int64 tensors (N, T), all else
is float32, and the two training functions change the weights of the model that they are given, nothing else.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def sigmoid(z):
    """1 / (1 + exp(-z)), entry by entry, without overflow. Given: nothing to write here."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


# --- the plain RNN
def rnn_step(x, h, Wx, Wh, b):
    """One step. x: (N, D), h: (N, H), Wx: (D, H), Wh: (H, H), b: (H,) → (h_next (N, H), cache).

    h_next = tanh(x Wx + h Wh + b). Source: Elman 1990; torch.nn.RNNCell, whose two biases add up to b.
    """
    # BEGIN SOLUTION
    h_next = np.tanh(x @ Wx + h @ Wh + b)                                # (N, H)
    return h_next, (x, h, Wx, Wh, h_next)
    # END SOLUTION


def rnn_step_backward(dh_next, cache):
    """One step back. dh_next: (N, H) → (dx (N, D), dh (N, H), dWx (D, H), dWh (H, H), db (H,)).

    δ = dh_next ⊙ (1 - h_next²) is the gradient by the pre-activation; the rest is a linear layer's way back.
    """
    # BEGIN SOLUTION
    x, h, Wx, Wh, h_next = cache
    delta = dh_next * (1.0 - h_next**2)                                  # (N, H)
    return delta @ Wx.T, delta @ Wh.T, x.T @ delta, h.T @ delta, delta.sum(axis=0)
    # END SOLUTION


def rnn_forward(x, h0, Wx, Wh, b):
    """All steps, the same weights at each. x: (N, T, D), h0: (N, H) → (h (N, T, H), cache).

    h[:, t] is the state after x[:, t]; h0 itself is not part of the result.
    """
    # BEGIN SOLUTION
    state, states, caches = h0, [], []
    for t in range(x.shape[1]):
        state, cache = rnn_step(x[:, t], state, Wx, Wh, b)               # (N, H)
        states.append(state)
        caches.append(cache)
    return np.stack(states, axis=1), caches
    # END SOLUTION


def rnn_backward(dh, cache):
    """Back-propagation through time. dh: (N, T, H) → (dx (N, T, D), dh0 (N, H), dWx, dWh, db).

    dh[:, t] is what the loss sends to h[:, t] directly; what later steps send is added here. The weights serve
    at every step, so their gradients are sums over t. Source: Werbos 1990.
    """
    # BEGIN SOLUTION
    dx, carry, sums = [], np.zeros(dh[:, 0].shape), None                 # carry: from step t + 1, (N, H)
    for t in reversed(range(dh.shape[1])):
        dx_t, carry, *parts = rnn_step_backward(dh[:, t] + carry, cache[t])
        dx.append(dx_t)                                                  # (N, D)
        sums = parts if sums is None else [total + part for total, part in zip(sums, parts, strict=True)]
    return np.stack(dx[::-1], axis=1), carry, *sums
    # END SOLUTION


# --- the LSTM
def lstm_step_forward(x, h, c, Wx, Wh, b):
    """One step. x: (N, D), h, c: (N, H), Wx: (D, 4H), Wh: (H, 4H), b: (4H,) → (h_next, c_next, cache).

    The four blocks of H columns are i, f, g, o: c_next = f ⊙ c + i ⊙ g, h_next = o ⊙ tanh(c_next), with
    i, f, o = sigmoid and g = tanh of their blocks. Source: Gers, Schmidhuber and Cummins 2000; torch.nn.LSTMCell.
    """
    # BEGIN SOLUTION
    U = x @ Wx + h @ Wh + b                                              # (N, 4H)
    ui, uf, ug, uo = np.split(U, 4, axis=1)                              # four of (N, H)
    i, f, g, o = sigmoid(ui), sigmoid(uf), np.tanh(ug), sigmoid(uo)
    c_next = f * c + i * g                                               # (N, H)
    squashed = np.tanh(c_next)                                           # (N, H)
    return o * squashed, c_next, (x, h, c, Wx, Wh, i, f, g, o, squashed)
    # END SOLUTION


def lstm_step_backward(dh_next, dc_next, cache):
    """One step back. dh_next, dc_next: (N, H) → (dx, dh, dc, dWx, dWh, db), each shaped as in the forward step.

    c_next is reached on two ways, directly and through h_next = o ⊙ tanh(c_next): their gradients add up.
    """
    # BEGIN SOLUTION
    x, h, c, Wx, Wh, i, f, g, o, squashed = cache
    total = dc_next + dh_next * o * (1.0 - squashed**2)                  # ∂L/∂c_next on both ways (N, H)
    dU = np.concatenate(
        [
            total * g * i * (1.0 - i),
            total * c * f * (1.0 - f),
            total * i * (1.0 - g**2),
            dh_next * squashed * o * (1.0 - o),
        ],
        axis=1,
    )                                                                    # (N, 4H)
    return dU @ Wx.T, dU @ Wh.T, total * f, x.T @ dU, h.T @ dU, dU.sum(axis=0)
    # END SOLUTION


def lstm_forward(x, h0, c0, Wx, Wh, b):
    """All steps. x: (N, T, D), h0, c0: (N, H) → (h (N, T, H), c (N, T, H)), the states after each step."""
    # BEGIN SOLUTION
    h, c, hs, cs = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)
    # END SOLUTION


# --- the GRU
def gru_step_forward(x, h, Wx, Wh, bx, bh):
    """One step. x: (N, D), h: (N, H), Wx: (D, 3H), Wh: (H, 3H), bx, bh: (3H,) → (h_next (N, H), cache).

    The three blocks are r, z, n. With X = x Wx + bx and S = h Wh + bh: r = sigmoid(Xr + Sr), z = sigmoid(Xz + Sz),
    n = tanh(Xn + r ⊙ Sn), h_next = (1 - z) ⊙ n + z ⊙ h. Source: Cho et al. 2014, in torch.nn.GRUCell's form.
    """
    # BEGIN SOLUTION
    Xr, Xz, Xn = np.split(x @ Wx + bx, 3, axis=1)                        # three of (N, H)
    Sr, Sz, Sn = np.split(h @ Wh + bh, 3, axis=1)
    r, z = sigmoid(Xr + Sr), sigmoid(Xz + Sz)
    n = np.tanh(Xn + r * Sn)
    return (1.0 - z) * n + z * h, (x, h, Wx, Wh, r, z, n, Sn)
    # END SOLUTION


def gru_step_backward(dh_next, cache):
    """One step back. dh_next: (N, H) → (dx, dh, dWx, dWh, dbx, dbh), each shaped as in the forward step.

    h reaches h_next through all three blocks of S and directly, with the factor z.
    """
    # BEGIN SOLUTION
    x, h, Wx, Wh, r, z, n, Sn = cache
    dn = dh_next * (1.0 - z) * (1.0 - n**2)                              # by Xn + r ⊙ Sn (N, H)
    dr = dn * Sn * r * (1.0 - r)                                         # by Xr + Sr
    dz = dh_next * (h - n) * z * (1.0 - z)                               # by Xz + Sz
    dX = np.concatenate([dr, dz, dn], axis=1)                            # (N, 3H)
    dS = np.concatenate([dr, dz, dn * r], axis=1)                        # (N, 3H)
    return dX @ Wx.T, dh_next * z + dS @ Wh.T, x.T @ dX, h.T @ dS, dX.sum(axis=0), dS.sum(axis=0)
    # END SOLUTION


# --- clipping
def clip_gradients(grads, max_norm):
    """Gradients of at most this global norm. grads: list of arrays of any shapes, max_norm > 0 → list of arrays.

    The norm is √(Σ entries²) over all arrays together. Above max_norm all arrays shrink by the same factor
    max_norm / norm; else they keep their values. Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    # BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [grad * factor for grad in grads]
    # END SOLUTION


# --- a character RNN in torch
class CharRNN(nn.Module):
    """Scores for the next character. Three attributes: embedding (V, H), rnn (an nn.RNN or nn.LSTM), head (H → V).

    vocabulary: V, the number of characters; hidden: H; kind: "rnn" or "lstm". Source: Mikolov et al. 2010, the task.
    """

    def __init__(self, vocabulary: int, hidden: int, kind: str = "lstm") -> None:
        super().__init__()
        # BEGIN SOLUTION
        layer = {"rnn": nn.RNN, "lstm": nn.LSTM}[kind]
        self.embedding = nn.Embedding(vocabulary, hidden)                # (N, T) → (N, T, H)
        self.rnn = layer(hidden, hidden, batch_first=True)               # (N, T, H) → (N, T, H) and the state
        self.head = nn.Linear(hidden, vocabulary)                        # (N, T, H) → (N, T, V)
        # END SOLUTION

    def forward(self, tokens, state=None):
        """tokens: (N, T) int64, in 0..V-1 → (logits (N, T, V) float32, the state after the last step).

        The state is as torch's layer has it: h (1, N, H) for "rnn", (h, c) of two such for "lstm"; None: zeros.
        """
        # BEGIN SOLUTION
        states, state = self.rnn(self.embedding(tokens), state)          # (N, T, H)
        return self.head(states), state
        # END SOLUTION


def train_step(model, x, y, state, lr):
    """One step of gradient descent on one window. x, y: (N, T) int64, y the characters to predict → (loss, state).

    loss: float, the mean cross-entropy of the N·T predictions, before the step; each weight w becomes w - lr ∂loss/∂w.
    state: that of the model after the window, its way back cut off (truncated BPTT). Source: Williams and Peng 1990.
    """
    # BEGIN SOLUTION
    logits, state = model(x, state)                                      # (N, T, V)
    loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())            # (N·T, V) against (N·T,)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= lr * weight.grad
    cut = state.detach() if isinstance(state, torch.Tensor) else tuple(part.detach() for part in state)
    return loss.item(), cut
    # END SOLUTION


def train_pass(model, tokens, length, lr):
    """Once through all sequences, window by window. tokens: (N, L + 1) int64 → list of losses, one per window.

    From each of the first L characters the next is predicted. The windows are of `length` steps, the last one may be
    shorter; the state starts at None and is handed on from window to window.
    """
    # BEGIN SOLUTION
    x, y, state, losses = tokens[:, :-1], tokens[:, 1:], None, []        # (N, L) each
    for start in range(0, x.shape[1], length):
        window = slice(start, start + length)
        loss, state = train_step(model, x[:, window], y[:, window], state, lr)
        losses.append(loss)
    return losses
    # END SOLUTION
