"""What exam questions on recurrent networks need, in plain Python: no torch.

D inputs, H hidden units. torch keeps two biases per gate, one for x and one for h; one is enough.
Sources: torch.nn.RNN, LSTM, GRU; Gers, Schmidhuber and Cummins 2000; Pascanu, Mikolov and Bengio 2013.
"""

import math

_BLOCKS = {"rnn": 1, "gru": 3, "lstm": 4}


def cell_params(kind, D, H, biases=1):
    """Trainable parameters of one recurrent layer: blocks · (H·(H + D) + biases·H).

    kind: "rnn" (1 block), "gru" (3) or "lstm" (4); biases: 1, or 2 as torch has them.
    """
    return _BLOCKS[kind] * (H * (H + D) + biases * H)


def lstm_cell(i, f, g, o, c):
    """(h_next, c_next) of one LSTM unit from its gates: c_next = f·c + i·g, h_next = o·tanh(c_next)."""
    c_next = f * c + i * g
    return o * math.tanh(c_next), c_next


def carried(f, steps):
    """∂c_T/∂c_0 along the cell state alone, with a forget gate that stays at f for `steps` steps: f^steps."""
    return f**steps


def gru_mix(z, n, h):
    """New state of a GRU unit in torch's form: (1 - z)·n + z·h."""
    return (1 - z) * n + z * h


def clipped(gradients, max_norm):
    """Numbers scaled so that their common norm √(Σ g²) is at most max_norm: list of float."""
    norm = math.sqrt(sum(one * one for one in gradients))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [one * factor for one in gradients]


def shared_weight_gradient(w, x, h0, dh):
    """∂L/∂w of h_t = w·h_(t-1) + x_t over all steps of the list x, with dh = ∂L/∂h at the last step: a sum over t."""
    states = [h0]
    for one in x:
        states.append(w * states[-1] + one)
    steps = len(x)
    return sum(dh * w ** (steps - t) * states[t - 1] for t in range(1, steps + 1))
