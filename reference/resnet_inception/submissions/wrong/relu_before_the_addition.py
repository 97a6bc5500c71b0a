# expect: failed resnet_inception.BasicBlock/relu-before-add
# mistake: BasicBlock: the second ReLU is applied to F(x) before the shortcut is added, and nothing after the sum
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, ROWS = 64, 16


class BasicBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, kernel_size=1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)
        else:
            self.proj = None
            self.bn_proj = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        if self.proj is not None:
            return out + self.bn_proj(self.proj(x))
        return out + x


class Inception(nn.Module):
    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3 = nn.Conv2d(cin, c3[0], 1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], 3, padding=1)
        self.reduce5 = nn.Conv2d(cin, c5[0], 1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.convp = nn.Conv2d(cin, cp, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        branch1 = F.relu(self.conv1(x))
        branch3 = F.relu(self.conv3(F.relu(self.reduce3(x))))
        branch5 = F.relu(self.conv5(F.relu(self.reduce5(x))))
        branchp = F.relu(self.convp(self.pool(x)))
        return torch.cat([branch1, branch3, branch5, branchp], dim=1)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    n = 9 * cin * cout + 9 * cout * cout + 4 * cout
    if stride != 1 or cin != cout:
        n += cin * cout + 2 * cout
    return n


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    def conv(cin, cout, k):
        return (cin * k * k + 1) * cout

    n = conv(cin, c1, 1) + conv(cin, cp, 1)
    if reduce:
        n += conv(cin, c3[0], 1) + conv(c3[0], c3[1], 3)
        n += conv(cin, c5[0], 1) + conv(c5[0], c5[1], 5)
    else:
        n += conv(cin, c3[1], 3) + conv(cin, c5[1], 5)
    return n


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
    h = x.requires_grad_()
    states = [h]
    for layer in layers:
        out = F.relu(layer(h))
        h = h + out if residual else out
        h.retain_grad()
        states.append(h)
    h.sum().backward()
    return np.array([s.grad.norm().item() for s in states])
