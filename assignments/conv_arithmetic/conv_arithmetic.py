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
    raise NotImplementedError("conv_out: not written yet")


def pool_out(n: int, k: int, s: int | None = None, p: int = 0) -> int:
    """Output length of a pooling window of k, incomplete windows dropped. s=None means s = k (no overlap).

    Source: torch.nn.MaxPool2d with ceil_mode=False.
    Raises ValueError if p > k/2 (a window could lie in the padding alone) or if the window does not fit.
    """
    raise NotImplementedError("pool_out: not written yet")


def tconv_out(n: int, k: int, p: int = 0, s: int = 1, d: int = 1, op: int = 0) -> int:
    """Output length of a transposed convolution: (n−1)s − 2p + d(k−1) + op + 1.

    op (output padding) adds pixels on one side, to choose among the s input lengths that a convolution maps
    to the same output. Source: torch.nn.ConvTranspose2d.
    Raises ValueError unless op < max(s, d), and if the result is not positive.
    """
    raise NotImplementedError("tconv_out: not written yet")


def same_padding(k: int, d: int = 1) -> int:
    """Padding per side that keeps the length at stride 1: d(k−1)/2.

    Raises ValueError if d(k−1) is odd: no symmetric padding exists then.
    """
    raise NotImplementedError("same_padding: not written yet")


def receptive_field(layers: list[tuple[int, int, int]]) -> tuple[int, int]:
    """(rf, jump) of one output pixel after `layers`, a list of (k, s, d) from the input to the output.

    rf: input pixels, along one axis, that can change the output pixel. jump: distance, in input pixels,
    between two neighbouring output pixels. No layer at all: (1, 1). Convolution and pooling count alike.
    """
    raise NotImplementedError("receptive_field: not written yet")


def conv_params(cin: int, cout: int, k: int, bias: bool = True, groups: int = 1) -> int:
    """Trainable parameters of a convolution with kernels (cout, cin/groups, k, k) and one bias per filter.

    Raises ValueError unless groups divides both cin and cout.
    """
    raise NotImplementedError("conv_params: not written yet")


def fc_params(n_in: int, n_out: int, bias: bool = True) -> int:
    """Trainable parameters of a fully connected layer: W (n_in, n_out) and b (n_out,)."""
    raise NotImplementedError("fc_params: not written yet")


def conv_macs(
    cin: int, cout: int, k: int, h: int, w: int, p: int = 0, s: int = 1, d: int = 1, groups: int = 1
) -> int:
    """Multiplications (= multiply-accumulates, bias not counted) of a convolution of one (cin, h, w) image.

    Raises ValueError where `conv_out` or `conv_params` would.
    """
    raise NotImplementedError("conv_macs: not written yet")


def c3_connections() -> np.ndarray:
    """(6, 16) bool: does map i of S2 feed map j of C3? Source: LeCun et al. 1998, table I.

    Maps 0–5 see 3 neighbouring maps, 6–11 see 4 (both wrap around: after map 5 comes map 0),
    12–14 see two separated pairs, 15 sees all.
    """
    raise NotImplementedError("c3_connections: not written yet")


def lenet5_table(f7: str = "fc") -> list[dict]:
    """LeNet-5 layer by layer, in order: dicts with name "C1" … "F7", out_shape and params (int).

    out_shape is (C, H, W) for C1 to C5 and (units,) for F6 and F7; the input is (1, 32, 32).
    f7="fc": the output is a fully connected layer. f7="none": the table ends with F6, as in the paper, whose
    output units have no trained parameters. Raises ValueError for any other f7.
    """
    raise NotImplementedError("lenet5_table: not written yet")


def mlp_vs_cnn(h: int, w: int, c: int, units: int, k: int, filters: int) -> tuple[int, int]:
    """Parameters, with biases, of a first layer on (c, h, w) images: (`units` neurons, k×k `filters`)."""
    raise NotImplementedError("mlp_vs_cnn: not written yet")
