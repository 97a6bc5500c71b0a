"""Sizes, parameters and costs of convolutional layers, in exact integers.

Letters, along one axis: n input length, k kernel, p padding on *each* side, s stride, d dilation.
Images are (C, H, W). Every count is a Python int; every impossible layer is a ValueError.

Sources: Dumoulin & Visin 2016, "A guide to convolution arithmetic"; the shape formulas of torch.nn.Conv2d,
MaxPool2d and ConvTranspose2d; LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section II.B and table I.
"""

import numpy as np


def conv_out(n: int, k: int, p: int = 0, s: int = 1, d: int = 1) -> int:
    """Output length of a convolution: ⌊(n + 2p − d(k−1) − 1) / s⌋ + 1.

    All arguments are integers, n, k, s, d ≥ 1 and p ≥ 0. Source: torch.nn.Conv2d.
    Raises ValueError if the dilated kernel does not fit into the padded input (no output pixel at all).
    """
    # BEGIN SOLUTION
    span = d * (k - 1) + 1                           # input pixels from the first to the last tap
    if span > n + 2 * p:
        raise ValueError(f"a kernel spanning {span} does not fit into {n} + 2·{p} pixels")
    return (n + 2 * p - span) // s + 1               # moves that are left, plus the place where it starts
    # END SOLUTION


def pool_out(n: int, k: int, s: int | None = None, p: int = 0) -> int:
    """Output length of a pooling window of k, incomplete windows dropped. s=None means s = k (no overlap).

    Source: torch.nn.MaxPool2d with ceil_mode=False.
    Raises ValueError if p > k/2 (a window could lie in the padding alone) or if the window does not fit.
    """
    # BEGIN SOLUTION
    if 2 * p > k:
        raise ValueError(f"padding {p} is more than half of the window {k}")
    return conv_out(n, k, p, k if s is None else s)
    # END SOLUTION


def tconv_out(n: int, k: int, p: int = 0, s: int = 1, d: int = 1, op: int = 0) -> int:
    """Output length of a transposed convolution: (n−1)s − 2p + d(k−1) + op + 1.

    op (output padding) adds pixels on one side, to choose among the s input lengths that a convolution maps
    to the same output. Source: torch.nn.ConvTranspose2d.
    Raises ValueError unless op < max(s, d), and if the result is not positive.
    """
    # BEGIN SOLUTION
    if op >= max(s, d):
        raise ValueError(f"output padding {op} must be smaller than the stride {s} or the dilation {d}")
    out = (n - 1) * s - 2 * p + d * (k - 1) + op + 1
    if out < 1:
        raise ValueError(f"padding {p} removes the whole output")
    return out
    # END SOLUTION


def same_padding(k: int, d: int = 1) -> int:
    """Padding per side that keeps the length at stride 1: d(k−1)/2.

    Raises ValueError if d(k−1) is odd: no symmetric padding exists then.
    """
    # BEGIN SOLUTION
    total = d * (k - 1)                              # pixels that a convolution takes away
    if total % 2:
        raise ValueError(f"kernel {k} with dilation {d} needs {total} pixels, which two sides cannot share")
    return total // 2
    # END SOLUTION


def receptive_field(layers: list[tuple[int, int, int]]) -> tuple[int, int]:
    """(rf, jump) of one output pixel after `layers`, a list of (k, s, d) from the input to the output.

    rf: input pixels, along one axis, that can change the output pixel. jump: distance, in input pixels,
    between two neighbouring output pixels. No layer at all: (1, 1). Convolution and pooling count alike.
    """
    # BEGIN SOLUTION
    rf, jump = 1, 1
    for k, s, d in layers:
        rf += d * (k - 1) * jump                     # taps are `jump` apart: strides of *earlier* layers only
        jump *= s
    return rf, jump
    # END SOLUTION


def conv_params(cin: int, cout: int, k: int, bias: bool = True, groups: int = 1) -> int:
    """Trainable parameters of a convolution with kernels (cout, cin/groups, k, k) and one bias per filter.

    Raises ValueError unless groups divides both cin and cout.
    """
    # BEGIN SOLUTION
    if cin % groups or cout % groups:
        raise ValueError(f"{groups} groups do not divide {cin} input and {cout} output channels")
    return cout * (cin // groups * k * k + bool(bias))
    # END SOLUTION


def fc_params(n_in: int, n_out: int, bias: bool = True) -> int:
    """Trainable parameters of a fully connected layer: W (n_in, n_out) and b (n_out,)."""
    # BEGIN SOLUTION
    return n_out * (n_in + bool(bias))
    # END SOLUTION


def conv_macs(
    cin: int, cout: int, k: int, h: int, w: int, p: int = 0, s: int = 1, d: int = 1, groups: int = 1
) -> int:
    """Multiplications (= multiply-accumulates, bias not counted) of a convolution of one (cin, h, w) image.

    Raises ValueError where `conv_out` or `conv_params` would.
    """
    # BEGIN SOLUTION
    positions = conv_out(h, k, p, s, d) * conv_out(w, k, p, s, d)
    return positions * conv_params(cin, cout, k, bias=False, groups=groups)   # each weight, once a position
    # END SOLUTION


def c3_connections() -> np.ndarray:
    """(6, 16) bool: does map i of S2 feed map j of C3? Source: LeCun et al. 1998, table I.

    Maps 0–5 see 3 neighbouring maps, 6–11 see 4 (both wrap around: after map 5 comes map 0),
    12–14 see two separated pairs, 15 sees all.
    """
    # BEGIN SOLUTION
    table = np.zeros((6, 16), dtype=bool)            # (S2 map, C3 map)
    for j in range(6):
        table[(j + np.arange(3)) % 6, j] = True
        table[(j + np.arange(4)) % 6, 6 + j] = True
    for j, pairs in ((12, (0, 1, 3, 4)), (13, (1, 2, 4, 5)), (14, (0, 2, 3, 5))):
        table[pairs, j] = True
    table[:, 15] = True
    return table                                     # 6·3 + 9·4 + 6 = 60 links
    # END SOLUTION


def lenet5_table(f7: str = "fc") -> list[dict]:
    """LeNet-5 layer by layer, in order: dicts with name "C1" … "F7", out_shape and params (int).

    out_shape is (C, H, W) for C1 to C5 and (units,) for F6 and F7; the input is (1, 32, 32).
    f7="fc": the output is a fully connected layer. f7="none": the table ends with F6, as in the paper, whose
    output units have no trained parameters. Raises ValueError for any other f7.
    """
    # BEGIN SOLUTION
    if f7 not in ("fc", "none"):
        raise ValueError(f'f7 is "fc" or "none", not {f7!r}')
    c1 = conv_out(32, 5)                             # 28
    s2 = pool_out(c1, 2)                             # 14
    c3 = conv_out(s2, 5)                             # 10
    s4 = pool_out(c3, 2)                             # 5
    c5 = conv_out(s4, 5)                             # 1
    links = int(c3_connections().sum())              # 60 kernels of 5×5, not 6·16
    rows = [
        ("C1", (6, c1, c1), conv_params(1, 6, 5)),           # 156
        ("S2", (6, s2, s2), 2 * 6),                          # coefficient and bias per map
        ("C3", (16, c3, c3), 5 * 5 * links + 16),            # 1516
        ("S4", (16, s4, s4), 2 * 16),                        # 32
        ("C5", (120, c5, c5), conv_params(16, 120, 5)),      # 48120 (a slide prints 48210)
        ("F6", (84,), fc_params(120, 84)),                   # 10164
        ("F7", (10,), fc_params(84, 10)),                    # 850
    ]
    kept = rows if f7 == "fc" else rows[:-1]         # 60850 or 60000 in total
    return [{"name": name, "out_shape": shape, "params": params} for name, shape, params in kept]
    # END SOLUTION


def mlp_vs_cnn(h: int, w: int, c: int, units: int, k: int, filters: int) -> tuple[int, int]:
    """Parameters, with biases, of a first layer on (c, h, w) images: (`units` neurons, k×k `filters`)."""
    # BEGIN SOLUTION
    return fc_params(h * w * c, units), conv_params(c, filters, k)
    # END SOLUTION
