# expect: failed resnet_inception.gradient_norms/relu-after-add
# mistake: gradient_norms: in the residual tower the ReLU is taken of the sum, relu(h + Wh + b), as at the end of a BasicBlock, instead of h + relu(Wh + b)
import numpy as np
import torch
from torch import nn

WIDTH, ROWS = 64, 16  # units of a layer of the tower, examples in its batch

relu = torch.relu


class BasicBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(num_features=cout)
        self.conv2 = nn.Conv2d(cout, cout, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(num_features=cout)

        if stride == 1 and cin == cout:
            self.proj, self.bn_proj = nn.Identity(), nn.Identity()
        else:
            self.proj = nn.Conv2d(cin, cout, kernel_size=1, stride=stride, padding=0, bias=False)
            self.bn_proj = nn.BatchNorm2d(num_features=cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        f = self.conv1(x)
        f = self.bn1(f)
        f = relu(f)
        f = self.conv2(f)
        f = self.bn2(f)
        f += self.bn_proj(self.proj(x))
        return relu(f)


class Inception(nn.Module):
    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, kernel_size=1)
        self.reduce3 = nn.Conv2d(cin, c3[0], kernel_size=1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], kernel_size=3, padding=1)
        self.reduce5 = nn.Conv2d(cin, c5[0], kernel_size=1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], kernel_size=5, padding=2)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.convp = nn.Conv2d(cin, cp, kernel_size=1)

    def branch_pool(self, x):
        return relu(self.convp(self.maxpool(x)))

    def branch_5(self, x):
        return relu(self.conv5(relu(self.reduce5(x))))

    def branch_3(self, x):
        return relu(self.conv3(relu(self.reduce3(x))))

    def branch_1(self, x):
        return relu(self.conv1(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.branch_1(x), self.branch_3(x), self.branch_5(x), self.branch_pool(x)), dim=1)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    return sum(p.numel() for p in BasicBlock(cin, cout, stride).parameters() if p.requires_grad)


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    r3, o3 = c3
    r5, o5 = c5
    biases = c1 + o3 + o5 + cp
    weights = cin * (c1 + cp)
    if reduce:
        biases += r3 + r5
        weights += cin * r3 + 9 * r3 * o3 + cin * r5 + 25 * r5 * o5
    else:
        weights += 9 * cin * o3 + 25 * cin * o5
    return weights + biases


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
    x.requires_grad_(True)
    states = [x]
    for layer in layers:
        h = states[-1]
        z = layer(h)
        if residual:
            z = z + h
        states.append(relu(z))
    loss = states[-1].sum()
    grads = torch.autograd.grad(loss, states)
    return torch.stack([torch.sqrt((g ** 2).sum()) for g in grads]).numpy()
