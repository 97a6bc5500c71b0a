"""The reference of `conv_arithmetic` against torch's layers, autograd's support and the lectures."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

PATH = Path(__file__).parents[2] / "reference" / "conv_arithmetic" / "solution.py"
SPEC = importlib.util.spec_from_file_location("conv_arithmetic_solution", PATH)
ref = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ref)

LENET = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1), (5, 1, 1)]  # (k, s, d) of C1, S2, C3, S4, C5


def length_or_none(call, *args):
    """The length that `call` gives, or None where it refuses with the expected error type."""
    try:
        out = call(*args)
    except (ValueError, RuntimeError):
        return None
    return out if isinstance(out, int) else out.shape[-1]


def parameters(module):
    """Number of trainable parameters of a torch module."""
    return sum(p.numel() for p in module.parameters())


def test_conv_out_equals_torch_everywhere():
    """All 13 440 small convolutions have torch's length; the 1 288 that torch refuses raise ValueError."""
    impossible = 0
    for k, p, s, d in itertools.product(range(1, 8), range(4), range(1, 5), range(1, 4)):
        layer = nn.Conv1d(1, 1, k, stride=s, padding=p, dilation=d, device="meta")
        for n in range(1, 41):
            want = length_or_none(layer, torch.empty(1, 1, n, device="meta"))
            impossible += want is None
            assert length_or_none(ref.conv_out, n, k, p, s, d) == want, (n, k, p, s, d)
    assert impossible == 1288


def test_conv_out_counts_the_windows():
    """The length is the number of window positions that lie inside the padded input, counted one by one."""
    for n, k, p, s, d in itertools.product(range(1, 10), range(1, 5), range(3), range(1, 4), range(1, 4)):
        starts = [i for i in range(0, n + 2 * p, s) if i + d * (k - 1) < n + 2 * p]
        assert length_or_none(ref.conv_out, n, k, p, s, d) == (len(starts) or None)


def test_pool_out_equals_torch_everywhere():
    """Pooling lengths are torch's, with and without a stride, and torch refuses the same layers."""
    for k, s, p in itertools.product(range(1, 5), (None, 1, 2, 3, 5), range(4)):
        for n in range(1, 13):
            want = length_or_none(nn.MaxPool1d(k, s, p), torch.zeros(1, 1, n))
            assert length_or_none(ref.pool_out, n, k, s, p) == want, (n, k, s, p)


def test_tconv_out_equals_torch_everywhere():
    """Transposed convolutions have torch's length, and torch refuses the same layers."""
    axes = ((1, 2, 5, 8), range(1, 5), range(4), range(1, 4), range(1, 4), range(3))
    for n, k, p, s, d, op in itertools.product(*axes):
        layer = nn.ConvTranspose1d(1, 1, k, stride=s, padding=p, dilation=d, output_padding=op)
        want = length_or_none(layer, torch.zeros(1, 1, n))
        assert length_or_none(ref.tconv_out, n, k, p, s, d, op) == want, (n, k, p, s, d, op)


def test_tconv_out_inverts_conv_out():
    """The right output padding brings back every length that a convolution maps to the same output."""
    for n, k, p, s, d in itertools.product(range(5, 20), range(1, 4), range(2), range(1, 4), range(1, 3)):
        rest = (n + 2 * p - d * (k - 1) - 1) % s
        assert ref.tconv_out(ref.conv_out(n, k, p, s, d), k, p, s, d, rest) == n


def test_dilation_is_a_larger_kernel():
    """A dilated kernel has the output length of a dense kernel with the same span."""
    for n, k, p, s, d in itertools.product(range(13, 30), range(1, 5), range(2), range(1, 4), range(1, 4)):
        assert ref.conv_out(n, k, p, s, d) == ref.conv_out(n, d * (k - 1) + 1, p, s)


def test_same_padding_keeps_every_length():
    """The padding keeps the length at stride 1; where it raises, no padding does."""
    for k, d in itertools.product(range(1, 12), range(1, 6)):
        p = length_or_none(ref.same_padding, k, d)
        keeping = [q for q in range(60) if ref.conv_out(60, k, q, 1, d) == 60]
        assert keeping == ([] if p is None else [p])


def support(layers, n):
    """Input pixels on which the first two outputs depend, from autograd through all-one kernels."""
    x = torch.zeros(1, 1, n, dtype=torch.float64, requires_grad=True)
    out = x
    for k, s, d in layers:
        out = nn.functional.conv1d(out, torch.ones(1, 1, k, dtype=torch.float64), stride=s, dilation=d)
    found = []
    for i in (0, 1):
        (grad,) = torch.autograd.grad(out[0, 0, i], x, retain_graph=True)
        found.append(torch.nonzero(grad[0, 0]).flatten())
    return found


def test_receptive_field_equals_the_support_of_the_gradient():
    """rf is the extent of the non-zero gradient ∂out/∂in; jump is its shift from one output to the next."""
    rng = np.random.default_rng(5)
    drawn = [rng.integers(1, (6, 4, 4), size=(depth, 3)).tolist() for depth in (2, 3, 3, 4, 4)]
    stacks = [LENET, [(7, 4, 3)], *drawn]
    for layers in stacks:
        rf, jump = ref.receptive_field(layers)
        first, second = support(layers, rf + 2 * jump)
        assert int(first[-1] - first[0]) + 1 == rf
        assert int(second[0] - first[0]) == jump


def test_receptive_field_values():
    """LeNet grows 5, 6, 14, 16, 32 with jumps 1, 2, 2, 4, 4; no layer sees one pixel."""
    got = [ref.receptive_field(LENET[:depth]) for depth in range(6)]
    assert got == [(1, 1), (5, 1), (6, 2), (14, 2), (16, 4), (32, 4)]


@pytest.mark.parametrize("bias", [True, False])
def test_conv_params_equals_torch(bias):
    """Convolutions have torch's number of parameters, and torch refuses the same groups."""
    for cin, cout, k, groups in itertools.product(range(1, 9), range(1, 9), (1, 2, 5), range(1, 5)):
        try:
            want = parameters(nn.Conv2d(cin, cout, k, bias=bias, groups=groups, device="meta"))
        except ValueError:
            want = None
        assert length_or_none(ref.conv_params, cin, cout, k, bias, groups) == want


def test_fc_params_and_mlp_vs_cnn_equal_torch():
    """Fully connected layers and first layers on images have torch's number of parameters."""
    for n, m, bias in itertools.product((1, 7, 84), (1, 10), (True, False)):
        assert ref.fc_params(n, m, bias) == parameters(nn.Linear(n, m, bias=bias, device="meta"))
    want = (parameters(nn.Linear(6 * 5 * 3, 9, device="meta")), parameters(nn.Conv2d(3, 8, 4, device="meta")))
    assert ref.mlp_vs_cnn(6, 5, 3, 9, 4, 8) == want


def test_conv_macs_counts_products():
    """The number of products equals the sum of a convolution of ones with kernels of ones."""
    for cin, cout, k, h, w, p, s, d, groups in [
        (1, 6, 5, 32, 32, 0, 1, 1, 1),
        (4, 6, 3, 9, 12, 0, 2, 2, 2),
        (6, 6, 2, 7, 5, 0, 3, 1, 6),
        (3, 2, 1, 4, 6, 1, 1, 1, 1),
    ]:
        x = torch.ones(1, cin, h + 2 * p, w + 2 * p, dtype=torch.float64)  # padding is multiplied too
        kernels = torch.ones(cout, cin // groups, k, k, dtype=torch.float64)
        out = nn.functional.conv2d(x, kernels, stride=s, dilation=d, groups=groups)
        assert ref.conv_macs(cin, cout, k, h, w, p, s, d, groups) == int(out.sum())
    assert ref.conv_macs(1, 6, 5, 32, 32) == 117600


def test_c3_connections_is_table_one_of_the_paper():
    """Every C3 map sees the S2 maps listed in the paper: 60 links, of different sets."""
    paper = [
        "012",
        "123",
        "234",
        "345",
        "045",
        "015",
        "0123",
        "1234",
        "2345",
        "0345",
        "0145",
        "0125",
        "0134",
        "1245",
        "0235",
        "012345",
    ]
    table = ref.c3_connections()
    assert table.shape == (6, 16)
    assert table.dtype == bool
    assert ["".join(map(str, np.flatnonzero(column))) for column in table.T] == paper
    assert table.sum() == 60
    assert list(table.sum(axis=1)) == [10] * 6


def test_lenet5_table_values():
    """Shapes and parameters are the lecture's, with C5 corrected; the totals are 60 850 and 60 000."""
    rows = ref.lenet5_table()
    assert [row["params"] for row in rows] == [156, 12, 1516, 32, 48120, 10164, 850]
    assert [row["out_shape"] for row in rows] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
        (120, 1, 1),
        (84,),
        (10,),
    ]
    assert sum(row["params"] for row in rows) == 60850
    assert ref.lenet5_table("none") == rows[:-1]
    assert sum(row["params"] for row in rows[:-1]) == 60000
    with pytest.raises(ValueError, match="f7"):
        ref.lenet5_table("rbf")


def test_networks_of_the_second_lecture():
    """The two printed torch networks have 62 006 (fc1 = 120) and 65 886 (fc1 = 128) parameters."""
    convolutions = ref.conv_params(3, 6, 5) + ref.conv_params(6, 16, 5)
    totals = [
        convolutions + ref.fc_params(400, width) + ref.fc_params(width, 84) + ref.fc_params(84, 10)
        for width in (120, 128)
    ]
    assert totals == [62006, 65886]


def test_lecture_values():
    """The numbers printed in the lectures: 28, 99, 49, 5, 38 535 424 and 4 821 600."""
    sizes = [ref.conv_out(32, 5), ref.conv_out(200, 3, s=2), ref.conv_out(99, 3, s=2), ref.conv_out(5, 3, 1)]
    assert sizes == [28, 99, 49, 5]
    assert ref.mlp_vs_cnn(224, 224, 3, 256, 5, 256)[0] == 38_535_424
    assert ref.fc_params(32 * 32, 28 * 28 * 6) == 4_821_600
    assert ref.conv_params(3, 1, 5, bias=False) == 75
