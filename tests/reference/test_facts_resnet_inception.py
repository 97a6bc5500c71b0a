"""The facts that questions on residual blocks and Inception use, against autograd and the reference's modules."""

import importlib.util
from itertools import product
from pathlib import Path

import pytest
import torch
from torch import nn

FOLDER = Path(__file__).parents[2] / "reference" / "resnet_inception"


def load(name):
    """A module of the folder by its path."""
    spec = importlib.util.spec_from_file_location(f"resnet_inception_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


def size(module, without=()):
    """Trainable parameters of a torch module, but of layers of these types."""
    parts = [one for one in module.modules() if not list(one.children()) and not isinstance(one, without)]
    return sum(parameter.numel() for part in parts for parameter in part.parameters())


@pytest.mark.parametrize(
    ("x", "w1", "w2", "dy"), list(product((-2.0, 3.0), (-0.5, 1.0), (0.0, 2.0), (1.0, -4.0)))
)
def test_residual_gradient_is_that_of_autograd(x, w1, w2, dy):
    """With the unit on and off, and with a branch of zeros, which passes dy on unchanged."""
    leaf = torch.tensor(x, requires_grad=True)
    (leaf + w2 * torch.relu(w1 * leaf)).backward(torch.tensor(dy))
    assert facts.residual_gradient(x, w1, w2, dy) == pytest.approx(leaf.grad.item())
    assert facts.residual_gradient(x, w1, 0, dy) == dy


@pytest.mark.parametrize("residual", [False, True])
def test_depth_factor_is_that_of_autograd(residual):
    """The product of the layers' slopes."""
    x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(7):
        y = y + 0.3 * y if residual else 0.3 * y
    y.backward()
    assert facts.depth_factor(0.3, 7, residual) == pytest.approx(x.grad.item())


@pytest.mark.parametrize(("cin", "cout", "stride"), [(4, 4, 1), (3, 5, 1), (4, 4, 2), (4, 8, 2)])
def test_block_parameters_are_those_of_the_module(cin, cout, stride):
    """With and without a projection, with and without the parameters of the normalisation."""
    block = ref.BasicBlock(cin, cout, stride)
    assert facts.block_params(cin, cout, stride) == ref.block_params(cin, cout, stride) == size(block)
    assert facts.block_params(cin, cout, stride, affine=False) == size(block, without=(nn.BatchNorm2d,))


def test_inception_channels_are_those_of_the_module():
    """The third module of GoogLeNet, 3a: 64 + 128 + 32 + 32 = 256."""
    widths = (64, (96, 128), (16, 32), 32)
    assert facts.inception_channels(*widths) == 256
    assert ref.Inception(192, *widths)(torch.zeros(1, 192, 7, 7)).shape == (1, 256, 7, 7)


def test_branch_weights_are_those_of_the_convolutions():
    """The two convolutions of a branch, and the one that they replace."""
    module = ref.Inception(24, 4, (6, 10), (3, 8), 5)
    assert facts.branch_weights(24, 5, 8, 3) == module.reduce5.weight.numel() + module.conv5.weight.numel()
    assert facts.branch_weights(24, 3, 10) == nn.Conv2d(24, 10, 3).weight.numel()


def test_depths_are_the_names_of_the_networks():
    """ResNet-18 and 34 with two convolutions per block, ResNet-50, 101 and 152 with three (table 1)."""
    assert [facts.resnet_depth(blocks, 2) for blocks in ((2, 2, 2, 2), (3, 4, 6, 3))] == [18, 34]
    assert [facts.resnet_depth(blocks) for blocks in ((3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3))] == [
        50,
        101,
        152,
    ]
