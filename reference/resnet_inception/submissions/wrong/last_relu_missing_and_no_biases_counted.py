# expect: failed resnet_inception.BasicBlock/no-final-relu
# mistake: BasicBlock: the sum of F(x) and the shortcut is returned without the final ReLU
# second mistake: inception_params: counts only the weights of the convolutions and leaves all biases out
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, ROWS = 64, 16


class BasicBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.has_proj = (stride != 1) or (cin != cout)
        if self.has_proj:
            self.proj = nn.Conv2d(cin, cout, 1, stride, 0, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        # shortcut
        if self.has_proj:
            x = self.bn_proj(self.proj(x))
        return out + x


class Inception(nn.Module):
    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, 1)

        self.reduce3 = nn.Conv2d(cin, c3[0], 1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], 3, 1, 1)

        self.reduce5 = nn.Conv2d(cin, c5[0], 1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 5, 1, 2)

        self.pool = nn.MaxPool2d(3, 1, 1)
        self.convp = nn.Conv2d(cin, cp, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x1 = F.relu(self.conv1(x))
        x3 = F.relu(self.reduce3(x))
        x3 = F.relu(self.conv3(x3))
        x5 = F.relu(self.reduce5(x))
        x5 = F.relu(self.conv5(x5))
        xp = self.pool(x)
        xp = F.relu(self.convp(xp))
        return torch.cat((x1, x3, x5, xp), dim=-3)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    convs = 9 * cout * (cin + cout)
    bns = 4 * cout
    projection = cout * (cin + 2) if (stride != 1 or cin != cout) else 0
    return convs + bns + projection


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    branch1 = 1 * 1 * cin * c1
    if reduce:
        branch3 = 1 * 1 * cin * c3[0] + 3 * 3 * c3[0] * c3[1]
        branch5 = 1 * 1 * cin * c5[0] + 5 * 5 * c5[0] * c5[1]
    else:
        branch3 = 3 * 3 * cin * c3[1]
        branch5 = 5 * 5 * cin * c5[1]
    pool = 1 * 1 * cin * cp
    return branch1 + branch3 + branch5 + pool


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
    x.requires_grad = True
    h, history = x, [x]
    for layer in layers:
        update = F.relu(layer(h))
        h = update + h if residual else update
        h.retain_grad()
        history.append(h)
    h.sum().backward()
    return np.array([np.linalg.norm(s.grad.numpy()) for s in history])
