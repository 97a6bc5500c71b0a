# expect: failed resnet_inception.Inception/pool-after-projection
# mistake: Inception: the pooling branch runs the 1x1 convolution with its ReLU first and pools its result, instead of pooling x first
# second mistake: gradient_norms: takes the norm of every row of the gradient and averages over the 16 rows, instead of one norm over the whole matrix
import numpy as np
import torch
from torch import nn

WIDTH, ROWS = 64, 16  # units of a layer of the tower, examples in its batch


class BasicBlock(nn.Module):
    """see He et al. figure 2"""

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.proj is None:
            out = out + x
        else:
            out = out + self.bn_proj(self.proj(x))
        return self.relu(out)


class Inception(nn.Module):
    """see Szegedy et al. figure 2(b)"""

    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3 = nn.Conv2d(cin, c3[0], 1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], 3, padding=1)
        self.reduce5 = nn.Conv2d(cin, c5[0], 1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 5, padding=2)
        self.convp = nn.Conv2d(cin, cp, 1)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.relu(self.conv1(x))
        b = self.relu(self.conv3(self.relu(self.reduce3(x))))
        c = self.relu(self.conv5(self.relu(self.reduce5(x))))
        d = self.pool(self.relu(self.convp(x)))
        return torch.cat([a, b, c, d], dim=1)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    weights = 9 * cin * cout + 9 * cout * cout
    norms = 2
    if not (stride == 1 and cin == cout):
        weights += cin * cout
        norms += 1
    return weights + norms * 2 * cout


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    count = lambda i, o, k: o * (i * k**2 + 1)
    total = count(cin, c1, 1) + count(cin, cp, 1)
    for (small, out), k in ((c3, 3), (c5, 5)):
        total += count(cin, small, 1) + count(small, out, k) if reduce else count(cin, out, k)
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
    hs = [x]
    for layer in layers:
        f = torch.relu(layer(hs[-1]))
        hs.append(hs[-1] + f if residual else f)
        hs[-1].retain_grad()
    hs[-1].sum().backward()
    norms = [h.grad.norm(dim=1).mean().item() for h in hs]   # mean over the batch
    return np.array(norms)
