"""A layer class and numpy integers everywhere; also right, if less simple."""
import numpy as np


class Axis:
    """One axis of a layer."""

    def __init__(self, kernel, padding, stride, dilation):
        self.taps = np.arange(kernel) * dilation
        self.padding = np.int64(padding)
        self.stride = np.int64(stride)

    def starts(self, length):
        last = length + 2 * self.padding - self.taps[-1]
        return np.arange(0, max(last, 0), self.stride)


def length_of(axis, n):
    count = len(axis.starts(n))
    if not count:
        raise ValueError("empty output")
    return np.int64(count)


def conv_out(n, k, p=0, s=1, d=1):
    return length_of(Axis(k, p, s, d), n)


def pool_out(n, k, s=None, p=0):
    if p * 2 > k:
        raise ValueError("padding")
    return length_of(Axis(k, p, s or k, 1), n)


def tconv_out(n, k, p=0, s=1, d=1, op=0):
    if op >= s and op >= d:
        raise ValueError("op")
    full = np.add.outer(np.arange(n) * s, np.arange(k) * d).max() + 1
    cut = full + op - 2 * p
    if cut <= 0:
        raise ValueError("empty output")
    return np.int32(cut)


def same_padding(k, d=1):
    half, odd = np.divmod(d * (k - 1), 2)
    if odd:
        raise ValueError("odd")
    return half


def receptive_field(layers):
    if not layers:
        return 1, 1
    k, s, d = np.array(layers, dtype=np.int64).T
    jumps = np.concatenate([[1], np.cumprod(s)])
    return 1 + np.sum(d * (k - 1) * jumps[:-1]), jumps[-1]


def conv_params(cin, cout, k, bias=True, groups=1):
    if np.gcd(cin, groups) != groups or np.gcd(cout, groups) != groups:
        raise ValueError("groups")
    shapes = [(cout, cin // groups, k, k)] + ([(cout,)] if bias else [])
    return np.sum([np.prod(shape) for shape in shapes])


def fc_params(n_in, n_out, bias=True):
    return np.int64(n_in + (1 if bias else 0)) * n_out


def conv_macs(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    axis = Axis(k, p, s, d)
    return length_of(axis, h) * length_of(axis, w) * conv_params(cin, cout, k, groups=groups, bias=False)


def c3_connections():
    runs = [range(j, j + 3) for j in range(6)] + [range(j, j + 4) for j in range(6)]
    runs += [(0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), range(6)]
    return np.stack([np.isin(np.arange(6), np.mod(run, 6)) for run in runs], axis=1)


def lenet5_table(f7="fc"):
    if f7 != "fc" and f7 != "none":
        raise ValueError("f7")
    kernels = c3_connections().sum()
    rows = []

    def add(name, shape, params):
        rows.append(dict(name=name, out_shape=list(shape), params=params))

    add("C1", (6, 28, 28), conv_params(1, 6, 5))
    add("S2", (6, 14, 14), np.int64(12))
    add("C3", (16, 10, 10), kernels * 25 + 16)
    add("S4", (16, 5, 5), np.int64(32))
    add("C5", (120, 1, 1), conv_params(16, 120, 5))
    add("F6", (84,), fc_params(120, 84))
    if f7 == "fc":
        add("F7", (10,), fc_params(84, 10))
    return rows


def mlp_vs_cnn(h, w, c, units, k, filters):
    return fc_params(np.prod([h, w, c]), units), conv_params(c, filters, k)
