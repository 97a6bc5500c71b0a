# expect: failed resnet_inception.Inception/no-relu-after-reduction
# mistake: Inception: the 1x1 reductions feed the 3x3 and the 5x5 convolution directly, without a ReLU in between
import numpy as np
import torch
from torch import nn

WIDTH, ROWS = 64, 16


class BasicBlock(nn.Module):
    """conv-bn-relu-conv-bn + shortcut, relu"""

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, (3, 3), stride=(stride, stride), padding=(1, 1), bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, (3, 3), padding=(1, 1), bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        same = stride == 1 and cin == cout
        self.proj = nn.Identity() if same else nn.Conv2d(cin, cout, (1, 1), stride=(stride, stride), bias=False)
        self.bn_proj = nn.Identity() if same else nn.BatchNorm2d(cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        residual = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        shortcut = self.bn_proj(self.proj(x))
        return torch.relu(residual + shortcut)


class Inception(nn.Module):
    """1x1 | 1x1 -> 3x3 | 1x1 -> 5x5 | pool -> 1x1"""

    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        red3, out3 = c3
        red5, out5 = c5
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3 = nn.Conv2d(cin, red3, 1)
        self.conv3 = nn.Conv2d(red3, out3, 3, padding=1)
        self.reduce5 = nn.Conv2d(cin, red5, 1)
        self.conv5 = nn.Conv2d(red5, out5, 5, padding=2)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.convp = nn.Conv2d(cin, cp, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = torch.relu(self.conv1(x))
        three = torch.relu(self.conv3(self.reduce3(x)))
        five = torch.relu(self.conv5(self.reduce5(x)))
        pooled = torch.relu(self.convp(self.maxpool(x)))
        return torch.cat([one, three, five, pooled], 1)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    block = BasicBlock(cin, cout, stride)
    return sum(p.numel() for p in block.parameters())


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    if reduce:
        return sum(p.numel() for p in Inception(cin, c1, c3, c5, cp).parameters())
    convs = [nn.Conv2d(cin, c1, 1), nn.Conv2d(cin, c3[1], 3), nn.Conv2d(cin, c5[1], 5), nn.Conv2d(cin, cp, 1)]
    return sum(p.numel() for conv in convs for p in conv.parameters())


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

    h = x
    h.requires_grad_(True)
    hs = [h]
    for l in range(depth):
        f = torch.relu(layers[l](h))
        if residual:
            h = h + f
        else:
            h = f
        h.retain_grad()
        hs.append(h)

    L = torch.sum(h)
    L.backward()

    norms = np.zeros(depth + 1)
    for l in range(depth + 1):
        norms[l] = np.sqrt(np.sum(hs[l].grad.numpy() ** 2))
    return norms
