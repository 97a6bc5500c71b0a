"""Wrong variants of the GRU; misconceptions.py gives each its name and advice."""

import numpy as np

from . import solution as ref

sigmoid, tanh = ref.sigmoid, np.tanh


# --- gru_step_forward
def _gru(x, h, Wx, Wh, bx, bh, candidate=None, mix=None, order=(0, 1, 2), squash=tanh):
    X = np.split(x @ Wx + bx, 3, axis=1)
    S = np.split(h @ Wh + bh, 3, axis=1)
    Xr, Xz, Xn = (X[place] for place in order)
    Sr, Sz, Sn = (S[place] for place in order)
    r, z = sigmoid(Xr + Sr), sigmoid(Xz + Sz)
    n = squash(Xn + r * Sn if candidate is None else candidate(Xn, Sn, r))
    h_next = (1.0 - z) * n + z * h if mix is None else mix(z, n, h)
    return h_next, (x, h, Wx, Wh, r, z, n, Sn)


def gru_update_flipped(*args):
    return _gru(*args, mix=lambda z, n, h: z * n + (1.0 - z) * h)


def gru_reset_before(x, h, Wx, Wh, bx, bh):
    blocks = np.split(Wh, 3, axis=1)
    last = np.split(bh, 3)[2]
    return _gru(x, h, Wx, Wh, bx, bh, candidate=lambda Xn, Sn, r: Xn + (r * h) @ blocks[2] + last)


def gru_bias_outside_reset(x, h, Wx, Wh, bx, bh):
    last = np.split(bh, 3)[2]
    return _gru(x, h, Wx, Wh, bx, bh, candidate=lambda Xn, Sn, r: Xn + r * (Sn - last) + last)


def gru_reset_unused(*args):
    return _gru(*args, candidate=lambda Xn, Sn, r: Xn + Sn)


def gru_reset_on_everything(*args):
    return _gru(*args, candidate=lambda Xn, Sn, r: r * (Xn + Sn))


def gru_reset_on_input(*args):
    return _gru(*args, candidate=lambda Xn, Sn, r: r * Xn + Sn)


def gru_order_zrn(*args):
    return _gru(*args, order=(1, 0, 2))


def gru_sigmoid_candidate(*args):
    return _gru(*args, squash=sigmoid)


def gru_old_state_lost(*args):
    return _gru(*args, mix=lambda z, n, h: (1.0 - z) * n)


def gru_in_place(x, h, Wx, Wh, bx, bh):
    h_next, cache = ref.gru_step_forward(x, h.copy(), Wx, Wh, bx, bh)
    h[...] = h_next
    return h_next, cache


# --- gru_step_backward
def _gru_back(dh_next, cache, direct=None, dn=None, dr=None, dz=None, inner=None):
    x, h, Wx, Wh, r, z, n, Sn = cache
    dn = dh_next * (1.0 - z) * (1.0 - n**2) if dn is None else dn(dh_next, z, n)
    dr = dn * Sn * r * (1.0 - r) if dr is None else dr(dn, Sn, r, h)
    dz = dh_next * (h - n) * z * (1.0 - z) if dz is None else dz(dh_next, h, n, z)
    dX = np.concatenate([dr, dz, dn], axis=1)
    dS = np.concatenate([dr, dz, dn * r if inner is None else inner(dn, r)], axis=1)
    straight = dh_next * z if direct is None else direct(dh_next, z)
    return dX @ Wx.T, straight + dS @ Wh.T, x.T @ dX, h.T @ dS, dX.sum(axis=0), dS.sum(axis=0)


def gru_back_without_direct_way(*args):
    return _gru_back(*args, direct=lambda dh_next, z: 0.0)


def gru_back_only_direct_way(dh_next, cache):
    dx, _, *rest = ref.gru_step_backward(dh_next, cache)
    return dx, dh_next * cache[5], *rest


def gru_back_without_reset(*args):
    return _gru_back(*args, inner=lambda dn, r: dn)


def gru_back_update_sign(*args):
    return _gru_back(*args, dz=lambda dh_next, h, n, z: dh_next * (n - h) * z * (1.0 - z))


def gru_back_update_half(*args):
    return _gru_back(*args, dz=lambda dh_next, h, n, z: dh_next * h * z * (1.0 - z))


def gru_back_no_candidate_slope(*args):
    return _gru_back(*args, dn=lambda dh_next, z, n: dh_next * (1.0 - z))


def gru_back_candidate_takes_all(*args):
    return _gru_back(*args, dn=lambda dh_next, z, n: dh_next * (1.0 - n**2))


def gru_back_reset_by_state(*args):
    return _gru_back(*args, dr=lambda dn, Sn, r, h: dn * h * r * (1.0 - r))


def gru_back_no_gate_slopes(*args):
    return _gru_back(
        *args, dr=lambda dn, Sn, r, h: dn * Sn, dz=lambda dh_next, h, n, z: dh_next * (h - n)
    )


def gru_back_one_bias(dh_next, cache):
    *rest, dbx, _ = ref.gru_step_backward(dh_next, cache)
    return *rest, dbx, dbx


def gru_back_bias_row(dh_next, cache):
    *rest, dbx, dbh = ref.gru_step_backward(dh_next, cache)
    return *rest, dbx[None], dbh[None]


def gru_back_squeezed(*args):
    return tuple(np.squeeze(grad) for grad in ref.gru_step_backward(*args))


def gru_back_in_place(dh_next, cache):
    result = ref.gru_step_backward(dh_next, cache)
    dh_next *= cache[5]
    return result
