# expect: failed conv_arithmetic.conv_macs/input-size
import numpy as np


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
    field = 1
    step = 1
    for layer in layers:
        kernel, stride, dilation = layer
        field = field + (kernel - 1) * dilation * step
        step = step * stride
    return (field, step)


def conv_params(cin, cout, k, bias=True, groups=1):
    if cin % groups != 0 or cout % groups != 0:
        raise ValueError("groups must divide the channels")
    weights = k * k * cin * cout // groups
    biases = cout if bias else 0
    return weights + biases


def fc_params(n_in, n_out, bias=True):
    weights = n_in * n_out
    biases = n_out if bias else 0
    return weights + biases


def conv_macs(cin, cout, k, h, w, p=0, s=1, d=1, groups=1):
    h_out = conv_out(h, k, p, s, d)
    w_out = conv_out(w, k, p, s, d)
    weights = conv_params(cin, cout, k, False, groups)
    if h_out < 1 or w_out < 1:
        raise ValueError("no output")
    return weights * h * w


def c3_connections():
    connected = {
        0: [0, 1, 2], 1: [1, 2, 3], 2: [2, 3, 4], 3: [3, 4, 5], 4: [4, 5, 0], 5: [5, 0, 1],
        6: [0, 1, 2, 3], 7: [1, 2, 3, 4], 8: [2, 3, 4, 5],
        9: [3, 4, 5, 0], 10: [4, 5, 0, 1], 11: [5, 0, 1, 2],
        12: [0, 1, 3, 4], 13: [1, 2, 4, 5], 14: [0, 2, 3, 5], 15: [0, 1, 2, 3, 4, 5],
    }
    matrix = np.zeros((6, 16)).astype(bool)
    for c3_map in connected:
        for s2_map in connected[c3_map]:
            matrix[s2_map, c3_map] = True
    return matrix


def lenet5_table(f7="fc"):
    if f7 not in ["fc", "none"]:
        raise ValueError("unknown f7")
    table = []
    table.append({"name": "C1", "out_shape": (6, 28, 28), "params": 156})
    table.append({"name": "S2", "out_shape": (6, 14, 14), "params": 12})
    table.append({"name": "C3", "out_shape": (16, 10, 10), "params": 1516})
    table.append({"name": "S4", "out_shape": (16, 5, 5), "params": 32})
    table.append({"name": "C5", "out_shape": (120, 1, 1), "params": 48120})
    table.append({"name": "F6", "out_shape": (84,), "params": 10164})
    if f7 == "fc":
        table.append({"name": "F7", "out_shape": (10,), "params": 850})
    return table


def mlp_vs_cnn(h, w, c, units, k, filters):
    mlp = (h * w * c + 1) * units
    cnn = (k * k * c + 1) * filters
    return (mlp, cnn)
