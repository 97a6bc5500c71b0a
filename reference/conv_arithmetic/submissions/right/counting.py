"""By walking: window positions are counted, layers traced backwards, links read from a drawing."""
import numpy as np


def windows(length, span, step):
    positions = 0
    at = 0
    while at + span <= length:
        positions += 1
        at += step
    return positions


def conv_out(n, k, p=0, s=1, d=1):
    taps = [d * i for i in range(k)]
    found = windows(n + p + p, taps[-1] + 1, s)
    if found == 0:
        raise ValueError("the kernel is larger than the image")
    return found


def pool_out(n, k, s=None, p=0):
    if p > k // 2:
        raise ValueError("too much padding")
    found = windows(n + p + p, k, k if s is None else s)
    if found == 0:
        raise ValueError("the window is larger than the image")
    return found


def tconv_out(n, k, p=0, s=1, d=1, op=0):
    if not (op < s or op < d):
        raise ValueError("output padding")
    # paint every tap of every input pixel on a line and look how far the paint reaches
    reach = max(i * s + j * d for i in range(n) for j in range(k)) + 1 + op
    if reach <= 2 * p:
        raise ValueError("nothing left")
    return reach - 2 * p


def same_padding(k, d=1):
    for p in range(d * k + 1):
        if 2 * p == d * (k - 1):
            return p
    raise ValueError("no symmetric padding")


def receptive_field(layers):
    size = 1
    jump = 1
    for k, s, d in reversed(layers):
        size = (size - 1) * s + d * (k - 1) + 1
        jump = jump * s
    return [size, jump]


def conv_params(cin, cout, k, bias=True, groups=1):
    if cin % groups != 0 or cout % groups != 0:
        raise ValueError("groups")
    total = 0
    for _ in range(groups):
        total += (cin // groups) * (cout // groups) * k ** 2
    if bias:
        total += cout
    return total


def fc_params(n_in, n_out, bias=True):
    total = n_in * n_out
    if bias:
        total = total + n_out
    return total


def conv_macs(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    if cin % groups or cout % groups:
        raise ValueError("groups")
    per_pixel = k * k * (cin // groups)
    return sum(per_pixel for _ in range(cout * conv_out(h, k, p, s, d))) * conv_out(w, k, p, s, d)


DRAWING = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


def c3_connections():
    return np.array([[sign == "X" for sign in line] for line in DRAWING.split()])


def lenet5_table(f7="fc"):
    sizes = {"C1": (6, 28, 28), "S2": (6, 14, 14), "C3": (16, 10, 10), "S4": (16, 5, 5), "C5": (120, 1, 1),
             "F6": (84,), "F7": (10,)}
    numbers = [(25 + 1) * 6, 2 * 6, (25 * 3 + 1) * 6 + (25 * 4 + 1) * 9 + (25 * 6 + 1), 2 * 16,
               (25 * 16 + 1) * 120,
               (120 + 1) * 84, (84 + 1) * 10]
    table = [{"params": n, "out_shape": sizes[i], "name": i} for i, n in zip(sizes, numbers, strict=True)]
    if f7 == "none":
        table.pop()
    elif f7 != "fc":
        raise ValueError(f7)
    return table


def mlp_vs_cnn(h, w, c, units, k, filters):
    return [(h * w * c + 1) * units, (k * k * c + 1) * filters]
