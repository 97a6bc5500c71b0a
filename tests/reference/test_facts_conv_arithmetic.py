"""The facts of `conv_arithmetic` that exam questions use, against torch."""

import importlib.util
import itertools
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

PATH = Path(__file__).parents[2] / "reference" / "conv_arithmetic" / "facts.py"
SPEC = importlib.util.spec_from_file_location("conv_arithmetic_facts", PATH)
facts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(facts)


def test_coverage_is_the_gradient_of_the_summed_output():
    """With weights 1 each pixel's gradient counts the windows that it lies in, for every small layer."""
    for n, k, p, s in itertools.product(range(1, 9), range(1, 6), range(3), range(1, 4)):
        if k > n + 2 * p:
            continue
        x = torch.zeros(1, 1, n, n, requires_grad=True)
        F.conv2d(x, torch.ones(1, 1, k, k), stride=s, padding=p).sum().backward()
        assert facts.coverage(n, k, p, s) == x.grad[0, 0].int().tolist(), (n, k, p, s)


def test_coverage_of_corners_and_edges():
    """3×3: padding 1 takes a corner from 1 window to 4, mid-edge from 3 to 6, next to the corner from 2 to 6."""
    bare, padded = facts.coverage(9, 3), facts.coverage(9, 3, 1)
    assert [bare[0][0], bare[0][4], bare[0][1]] == [1, 3, 2]
    assert [padded[0][0], padded[0][4], padded[0][1]] == [4, 6, 6]
    assert bare[4][4] == padded[4][4] == padded[1][1] == 9


def test_leftover_counts_pixels_that_do_not_matter():
    """Without padding exactly the last `leftover` pixels have no influence on any output, if k ≥ s."""
    for n, k, s in itertools.product(range(1, 12), range(1, 6), range(1, 6)):
        if n >= k >= s:
            x = torch.zeros(1, 1, n, requires_grad=True)
            F.conv1d(x, torch.ones(1, 1, k), stride=s).sum().backward()
            assert facts.leftover(n, k, 0, s) == int((x.grad == 0).sum()), (n, k, s)


def test_leftover_is_the_rest_of_the_division():
    """torch's length times the stride, and the rest, give back the moves that there is room for."""
    for n, k, p, s in itertools.product(range(1, 9), range(1, 6), range(3), range(1, 5)):
        if k <= n + 2 * p:
            out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), stride=s, padding=p).shape[-1]
            assert (out - 1) * s + facts.leftover(n, k, p, s) == n + 2 * p - k


def test_leftover_refuses_a_kernel_that_does_not_fit():
    """Where there is no window at all there is no rest either."""
    with pytest.raises(ValueError, match="does not fit"):
        facts.leftover(3, 6, 1, 2)


def test_writes_counts_the_inside_of_a_transposed_convolution():
    """Far from the border torch's transposed convolution of ones shows the same period."""
    for k, s in itertools.product(range(1, 9), range(1, 6)):
        n = 12
        out = F.conv_transpose1d(torch.ones(1, 1, n), torch.ones(1, 1, k), stride=s)[0, 0].int().tolist()
        assert out[8 * s : 9 * s] == facts.writes(k, s), (k, s)
        assert (len(set(facts.writes(k, s))) == 1) == (k % s == 0)


def test_seen_pixels_are_those_with_a_gradient():
    """For stacks of two layers with strides and dilations, every output pixel of the diagonal and beside it."""
    for first, second in itertools.product([(2, 2, 1), (3, 1, 1), (3, 2, 1), (3, 1, 2)], repeat=2):
        x = torch.zeros(1, 1, 13, 13, requires_grad=True)
        y = x
        for k, s, d in (first, second):
            y = F.conv2d(y, torch.ones(1, 1, k, k), stride=s, dilation=d)
        for i, j in ((0, 0), (1, 0)):
            (gradient,) = torch.autograd.grad(y[0, 0, i, j], x, retain_graph=True)
            assert facts.seen([first, second], 13, i, j) == (gradient[0, 0] > 0).int().tolist()
    with pytest.raises(IndexError, match="output 2 reads pixel 4 of 4"):
        facts.seen([(3, 1, 1)], 4, 0, 2)
