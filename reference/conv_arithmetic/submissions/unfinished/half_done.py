# expect: missing
import numpy as np  # noqa: F401


def conv_out(n, k, p=0, s=1, d=1):
    eff = d * (k - 1) + 1
    if eff > n + 2 * p:
        raise ValueError("output size <= 0")
    return (n - eff + 2 * p) // s + 1


def pool_out(n, k, s=None, p=0):
    if s is None:
        s = k
    if p > k / 2:
        raise ValueError("pad should be at most half of kernel size")
    if n + 2 * p < k:
        raise ValueError("output size <= 0")
    return (n - k + 2 * p) // s + 1


def tconv_out(n, k, p=0, s=1, d=1, op=0):
    if op >= s and op >= d:
        raise ValueError("output padding too big")
    result = s * (n - 1) + d * (k - 1) + 1 + op - 2 * p
    if result <= 0:
        raise ValueError("output size <= 0")
    return result


def same_padding(k, d=1):
    need = (k - 1) * d
    if need % 2 == 1:
        raise ValueError("cannot pad evenly")
    return need // 2


def receptive_field(layers):
    raise NotImplementedError("not written yet")


def conv_params(cin, cout, k, bias=True, groups=1):
    raise NotImplementedError("not written yet")


def fc_params(n_in, n_out, bias=True):
    raise NotImplementedError("not written yet")


def conv_macs(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    raise NotImplementedError("not written yet")


def c3_connections():
    raise NotImplementedError("not written yet")


def lenet5_table(f7="fc"):
    raise NotImplementedError("not written yet")


def mlp_vs_cnn(h, w, c, units, k, filters):
    raise NotImplementedError("not written yet")
