"""Wrong variants of the LSTM; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref

sigmoid, tanh = ref.sigmoid, np.tanh


# --- sigmoid
def sigmoid_overflows(z):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(z) / (1.0 + np.exp(z))


def _reordered(blocks, order):
    """The columns of an array in blocks of H, in another order."""
    parts = np.split(blocks, len(order), axis=-1)
    return np.concatenate([parts[place] for place in order], axis=-1)


# --- lstm_step_forward
def _lstm(x, h, c, Wx, Wh, b, split=None, squash=tanh, cell=None, out=None):
    """The step with one of its parts replaced; its cache serves the reference's way back."""
    U = x @ Wx + h @ Wh + b
    ui, uf, ug, uo = np.split(U, 4, axis=1) if split is None else split(U)
    i, f, g, o = sigmoid(ui), sigmoid(uf), squash(ug), sigmoid(uo)
    c_next = f * c + i * g if cell is None else cell(i, f, g, c)
    h_next = o * tanh(c_next) if out is None else out(o, c_next)
    return h_next, c_next, (x, h, c, Wx, Wh, i, f, g, o, tanh(c_next))


def lstm_order_ifog(*args):
    return _lstm(*args, split=lambda U: [np.split(U, 4, axis=1)[place] for place in (0, 1, 3, 2)])


def lstm_order_igfo(*args):
    return _lstm(*args, split=lambda U: [np.split(U, 4, axis=1)[place] for place in (0, 2, 1, 3)])


def lstm_order_fiog(*args):
    return _lstm(*args, split=lambda U: [np.split(U, 4, axis=1)[place] for place in (1, 0, 3, 2)])


def lstm_interleaved(*args):
    return _lstm(*args, split=lambda U: [U[:, start::4] for start in range(4)])


def lstm_no_tanh_on_cell(*args):
    return _lstm(*args, out=lambda o, c_next: o * c_next)


def lstm_sigmoid_candidate(*args):
    return _lstm(*args, squash=sigmoid)


def lstm_no_forget_gate(*args):
    return _lstm(*args, cell=lambda i, f, g, c: c + i * g)


def lstm_forgets_f(*args):
    return _lstm(*args, cell=lambda i, f, g, c: (1.0 - f) * c + i * g)


def lstm_gates_exchanged(*args):
    return _lstm(*args, cell=lambda i, f, g, c: i * c + f * g)


def lstm_coupled_gates(*args):
    return _lstm(*args, cell=lambda i, f, g, c: f * c + (1.0 - f) * g)


def lstm_old_cell_out(*args):
    return _lstm(*args, out=lambda o, c_next: o * tanh(args[2]))


def lstm_forget_bias_one(x, h, c, Wx, Wh, b):
    width = len(b) // 4
    return ref.lstm_step_forward(x, h, c, Wx, Wh, b + np.repeat([0.0, 1.0, 0.0, 0.0], width))


def lstm_returns_c_first(*args):
    h_next, c_next, cache = ref.lstm_step_forward(*args)
    return c_next, h_next, cache


def lstm_takes_c_first(x, h, c, Wx, Wh, b):
    return ref.lstm_step_forward(x, c, h, Wx, Wh, b)


def lstm_in_place(x, h, c, Wx, Wh, b):
    h_next, c_next, cache = ref.lstm_step_forward(x, h.copy(), c.copy(), Wx, Wh, b)
    c[...] = c_next
    return h_next, c_next, cache


# --- lstm_step_backward
def _lstm_back(dh_next, dc_next, cache, total=None, **gate):
    """The way back with one of its formulas replaced: `total`, or one of di, df, dg, do, dc by the same name."""
    x, h, c, Wx, Wh, i, f, g, o, squashed = cache
    v = {"dh": dh_next, "dc": dc_next, "x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "s": squashed}
    v["all"] = total(v) if total else dc_next + dh_next * o * (1.0 - squashed**2)
    formulas = {
        "di": lambda v: v["all"] * v["g"] * v["i"] * (1.0 - v["i"]),
        "df": lambda v: v["all"] * v["c"] * v["f"] * (1.0 - v["f"]),
        "dg": lambda v: v["all"] * v["i"] * (1.0 - v["g"] ** 2),
        "do": lambda v: v["dh"] * v["s"] * v["o"] * (1.0 - v["o"]),
        "to_c": lambda v: v["all"] * v["f"],
        **gate,
    }
    dU = np.concatenate([formulas[name](v) for name in ("di", "df", "dg", "do")], axis=1)
    return dU @ Wx.T, dU @ Wh.T, formulas["to_c"](v), x.T @ dU, h.T @ dU, dU.sum(axis=0)


def lstm_back_without_dc(dh_next, dc_next, cache):
    return ref.lstm_step_backward(dh_next, np.zeros_like(dc_next), cache)


def lstm_back_without_dh(*args):
    return _lstm_back(*args, total=lambda v: v["dc"])


def lstm_back_no_tanh_slope(*args):
    return _lstm_back(*args, total=lambda v: v["dc"] + v["dh"] * v["o"])


def lstm_back_slope_of_old_cell(*args):
    return _lstm_back(*args, total=lambda v: v["dc"] + v["dh"] * v["o"] * (1.0 - tanh(v["c"]) ** 2))


def lstm_back_no_output_gate(*args):
    return _lstm_back(*args, total=lambda v: v["dc"] + v["dh"] * (1.0 - v["s"] ** 2))


def lstm_back_cell_without_f(*args):
    return _lstm_back(*args, to_c=lambda v: v["all"])


def lstm_back_only_direct_dc(*args):
    return _lstm_back(*args, to_c=lambda v: v["dc"] * v["f"])


def lstm_back_output_of_cell(*args):
    return _lstm_back(*args, do=lambda v: v["dh"] * (v["f"] * v["c"] + v["i"] * v["g"]) * v["o"] * (1.0 - v["o"]))


def lstm_back_forget_new_cell(*args):
    return _lstm_back(
        *args, df=lambda v: v["all"] * (v["f"] * v["c"] + v["i"] * v["g"]) * v["f"] * (1.0 - v["f"])
    )


def lstm_back_sigmoid_candidate(*args):
    return _lstm_back(*args, dg=lambda v: v["all"] * v["i"] * v["g"] * (1.0 - v["g"]))


def lstm_back_no_gate_slopes(*args):
    return _lstm_back(
        *args,
        di=lambda v: v["all"] * v["g"],
        df=lambda v: v["all"] * v["c"],
        do=lambda v: v["dh"] * v["s"],
        dg=lambda v: v["all"] * v["i"],
    )


def lstm_back_order(dh_next, dc_next, cache):
    *_, i, f, g, o, squashed = cache
    x, h, c, Wx, Wh = cache[:5]
    *_, db = ref.lstm_step_backward(dh_next, dc_next, cache)
    total = dc_next + dh_next * o * (1.0 - squashed**2)
    dU = np.concatenate(
        [
            total * g * i * (1.0 - i),
            total * c * f * (1.0 - f),
            dh_next * squashed * o * (1.0 - o),
            total * i * (1.0 - g**2),
        ],
        axis=1,
    )
    return dU @ Wx.T, dU @ Wh.T, total * f, x.T @ dU, h.T @ dU, _reordered(db, (0, 1, 3, 2))


def lstm_back_bias_row(*args):
    *rest, db = ref.lstm_step_backward(*args)
    return *rest, db[None]


def lstm_back_squeezed(*args):
    return tuple(np.squeeze(grad) for grad in ref.lstm_step_backward(*args))


def lstm_back_in_place(dh_next, dc_next, cache):
    result = ref.lstm_step_backward(dh_next, dc_next, cache)
    *_, o, squashed = cache
    dc_next += dh_next * o * (1.0 - squashed**2)
    return result


# --- lstm_forward
def _unrolled(x, h0, c0, Wx, Wh, b, start=lambda h, c: (h, c), carry=lambda h, c, h0, c0: (h, c)):
    hs, cs = [], []
    h, c = start(h0, c0)
    for t in range(x.shape[1]):
        h_next, c_next, _ = ref.lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h_next)
        cs.append(c_next)
        h, c = carry(h_next, c_next, h0, c0)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


def unrolled_cell_not_carried(*args):
    return _unrolled(*args, carry=lambda h, c, h0, c0: (h, c0))


def unrolled_state_not_carried(*args):
    return _unrolled(*args, carry=lambda h, c, h0, c0: (h0, c))


def unrolled_nothing_carried(*args):
    return _unrolled(*args, carry=lambda h, c, h0, c0: (h0, c0))


def unrolled_swapped_in_the_loop(*args):
    return _unrolled(*args, carry=lambda h, c, h0, c0: (c, h))


def unrolled_from_zeros(*args):
    return _unrolled(*args, start=lambda h, c: (np.zeros_like(h), np.zeros_like(c)))


def unrolled_starts_swapped(*args):
    return _unrolled(*args, start=lambda h, c: (c, h))


def unrolled_returns_c_first(*args):
    return ref.lstm_forward(*args)[::-1]


def unrolled_last_cell(*args):
    h, c = ref.lstm_forward(*args)
    return h, c[:, -1]


def unrolled_time_first(*args):
    return tuple(states.transpose(1, 0, 2) for states in ref.lstm_forward(*args))
