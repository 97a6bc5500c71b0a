# expect: failed resnet_inception.BasicBlock/projection-only-for-channels
# mistake: BasicBlock: the projection is built only if the number of channels changes, so with stride 2 and equal channels x is added in its old size
from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WIDTH, ROWS = 64, 16  # units of a layer of the tower, examples in its batch


def conv3x3(cin, cout, stride=1):
    return nn.Conv2d(cin, cout, 3, stride, 1, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = conv3x3(cin, cout, stride)
        self.bn1 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU()
        self.conv2 = conv3x3(cout, cout)
        self.bn2 = nn.BatchNorm2d(cout)
        self.needs_projection = cin != cout
        if self.needs_projection:
            self.proj = nn.Conv2d(cin, cout, 1, stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x

        out = self.conv1(x)
        out = self.bn1(out)
        out = self.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)

        if self.needs_projection:
            identity = self.bn_proj(self.proj(x))

        out = out + identity
        return self.relu(out)


class Inception(nn.Module):
    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, kernel_size=1)
        self.reduce3 = nn.Conv2d(cin, c3[0], kernel_size=1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], kernel_size=3, padding="same")
        self.reduce5 = nn.Conv2d(cin, c5[0], kernel_size=1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], kernel_size=5, padding="same")
        self.convp = nn.Conv2d(cin, cp, kernel_size=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b1 = self.conv1(x)
        b2 = self.conv3(F.relu(self.reduce3(x)))
        b3 = self.conv5(F.relu(self.reduce5(x)))
        b4 = self.convp(F.max_pool2d(x, kernel_size=3, stride=1, padding=1))
        # relu commutes with cat
        return F.relu(torch.cat((b1, b2, b3, b4), dim=1))


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    """Weights + 2 numbers per channel for every batch norm."""
    total = 0
    total += 3 * 3 * cin * cout       # conv1
    total += 2 * cout                 # bn1
    total += 3 * 3 * cout * cout      # conv2
    total += 2 * cout                 # bn2
    if stride > 1 or cin != cout:
        total += cin * cout           # proj
        total += 2 * cout             # bn_proj
    return total


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    """Weights + biases."""
    total = 0
    total += cin * c1 + c1
    in3, in5 = cin, cin
    if reduce:
        in3, in5 = c3[0], c5[0]
        total += cin * in3 + in3
        total += cin * in5 + in5
    total += 9 * in3 * c3[1] + c3[1]
    total += 25 * in5 * c5[1] + c5[1]
    total += cin * cp + cp
    return total


def draw_tower(depth: int, seed: int) -> tuple[list[nn.Linear], torch.Tensor]:
    """`depth` layers nn.Linear(64, 64) and a batch x (16, 64), all float64. Given: nothing to write here.

    Weights and biases are uniform on ±1/√64: torch's default for nn.Linear, drawn by NumPy so that a seed
    means the same on every machine.
    """
    rng, bound = np.random.default_rng(seed), WIDTH**-0.5
    layers = []
    for _ in range(depth):
        layer = nn.Linear(WIDTH, WIDTH, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(rng.uniform(-bound, bound, (WIDTH, WIDTH))))
            layer.bias.copy_(torch.from_numpy(rng.uniform(-bound, bound, WIDTH)))
        layers.append(layer)
    return layers, torch.from_numpy(rng.normal(size=(ROWS, WIDTH)))


def gradient_norms(depth: int, residual: bool, seed: int = 0) -> np.ndarray:
    layers, x = draw_tower(depth, seed)
    x.requires_grad_()
    states = [x]
    for layer in layers:
        h = torch.relu(layer(states[-1]))
        if residual:
            h = states[-1] + h
        states.append(h)
    grads = torch.autograd.grad(states[-1].sum(), states)
    return np.array([float(g.pow(2).sum().sqrt()) for g in grads])
