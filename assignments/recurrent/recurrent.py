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
    raise NotImplementedError("rnn_step: not written yet")


def rnn_step_backward(dh_next, cache):
    """One step back. dh_next: (N, H) → (dx (N, D), dh (N, H), dWx (D, H), dWh (H, H), db (H,)).

    δ = dh_next ⊙ (1 - h_next²) is the gradient by the pre-activation; the rest is a linear layer's way back.
    """
    raise NotImplementedError("rnn_step_backward: not written yet")


def rnn_forward(x, h0, Wx, Wh, b):
    """All steps, the same weights at each. x: (N, T, D), h0: (N, H) → (h (N, T, H), cache).

    h[:, t] is the state after x[:, t]; h0 itself is not part of the result.
    """
    raise NotImplementedError("rnn_forward: not written yet")


def rnn_backward(dh, cache):
    """Back-propagation through time. dh: (N, T, H) → (dx (N, T, D), dh0 (N, H), dWx, dWh, db).

    dh[:, t] is what the loss sends to h[:, t] directly; what later steps send is added here. The weights serve
    at every step, so their gradients are sums over t. Source: Werbos 1990.
    """
    raise NotImplementedError("rnn_backward: not written yet")


# --- the LSTM
def lstm_step_forward(x, h, c, Wx, Wh, b):
    """One step. x: (N, D), h, c: (N, H), Wx: (D, 4H), Wh: (H, 4H), b: (4H,) → (h_next, c_next, cache).

    The four blocks of H columns are i, f, g, o: c_next = f ⊙ c + i ⊙ g, h_next = o ⊙ tanh(c_next), with
    i, f, o = sigmoid and g = tanh of their blocks. Source: Gers, Schmidhuber and Cummins 2000; torch.nn.LSTMCell.
    """
    raise NotImplementedError("lstm_step_forward: not written yet")


def lstm_step_backward(dh_next, dc_next, cache):
    """One step back. dh_next, dc_next: (N, H) → (dx, dh, dc, dWx, dWh, db), each shaped as in the forward step.

    c_next is reached on two ways, directly and through h_next = o ⊙ tanh(c_next): their gradients add up.
    """
    raise NotImplementedError("lstm_step_backward: not written yet")


def lstm_forward(x, h0, c0, Wx, Wh, b):
    """All steps. x: (N, T, D), h0, c0: (N, H) → (h (N, T, H), c (N, T, H)), the states after each step."""
    raise NotImplementedError("lstm_forward: not written yet")


# --- the GRU
def gru_step_forward(x, h, Wx, Wh, bx, bh):
    """One step. x: (N, D), h: (N, H), Wx: (D, 3H), Wh: (H, 3H), bx, bh: (3H,) → (h_next (N, H), cache).

    The three blocks are r, z, n. With X = x Wx + bx and S = h Wh + bh: r = sigmoid(Xr + Sr), z = sigmoid(Xz + Sz),
    n = tanh(Xn + r ⊙ Sn), h_next = (1 - z) ⊙ n + z ⊙ h. Source: Cho et al. 2014, in torch.nn.GRUCell's form.
    """
    raise NotImplementedError("gru_step_forward: not written yet")


def gru_step_backward(dh_next, cache):
    """One step back. dh_next: (N, H) → (dx, dh, dWx, dWh, dbx, dbh), each shaped as in the forward step.

    h reaches h_next through all three blocks of S and directly, with the factor z.
    """
    raise NotImplementedError("gru_step_backward: not written yet")


# --- clipping
def clip_gradients(grads, max_norm):
    """Gradients of at most this global norm. grads: list of arrays of any shapes, max_norm > 0 → list of arrays.

    The norm is √(Σ entries²) over all arrays together. Above max_norm all arrays shrink by the same factor
    max_norm / norm; else they keep their values. Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    raise NotImplementedError("clip_gradients: not written yet")


# --- a character RNN in torch
class CharRNN(nn.Module):
    """Scores for the next character. Three attributes: embedding (V, H), rnn (an nn.RNN or nn.LSTM), head (H → V).

    vocabulary: V, the number of characters; hidden: H; kind: "rnn" or "lstm". Source: Mikolov et al. 2010, the task.
    """

    def __init__(self, vocabulary: int, hidden: int, kind: str = "lstm") -> None:
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, tokens, state=None):
        """tokens: (N, T) int64, in 0..V-1 → (logits (N, T, V) float32, the state after the last step).

        The state is as torch's layer has it: h (1, N, H) for "rnn", (h, c) of two such for "lstm"; None: zeros.
        """
        raise NotImplementedError("forward: not written yet")


def train_step(model, x, y, state, lr):
    """One step of gradient descent on one window. x, y: (N, T) int64, y the characters to predict → (loss, state).

    loss: float, the mean cross-entropy of the N·T predictions, before the step; each weight w becomes w - lr ∂loss/∂w.
    state: that of the model after the window, its way back cut off (truncated BPTT). Source: Williams and Peng 1990.
    """
    raise NotImplementedError("train_step: not written yet")


def train_pass(model, tokens, length, lr):
    """Once through all sequences, window by window. tokens: (N, L + 1) int64 → list of losses, one per window.

    From each of the first L characters the next is predicted. The windows are of `length` steps, the last one may be
    shorter; the state starts at None and is handed on from window to window.
    """
    raise NotImplementedError("train_pass: not written yet")
