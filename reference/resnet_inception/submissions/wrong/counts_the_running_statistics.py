# expect: failed resnet_inception.block_params/state-dict
# mistake: block_params: sums over the state_dict, so running means, running variances and the batch counters are counted as parameters
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, ROWS = 64, 16  # units of a layer of the tower, examples in its batch


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.proj = self.bn_proj = None
        if stride != 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def shortcut(self, x):
        return x if self.proj is None else self.bn_proj(self.proj(x))

    def forward(self, x):
        y = self.conv1(x)
        y = F.relu(self.bn1(y))
        y = self.bn2(self.conv2(y))
        y = y + self.shortcut(x)
        return F.relu(y)


class Inception(nn.Module):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3, self.conv3 = nn.Conv2d(cin, c3[0], 1), nn.Conv2d(c3[0], c3[1], 3, padding=1)
        self.reduce5, self.conv5 = nn.Conv2d(cin, c5[0], 1), nn.Conv2d(c5[0], c5[1], 5, padding=2)
        self.convp = nn.Conv2d(cin, cp, 1)

    def forward(self, x):
        outs = [
            F.relu(self.conv1(x)),
            F.relu(self.conv3(F.relu(self.reduce3(x)))),
            F.relu(self.conv5(F.relu(self.reduce5(x)))),
            F.relu(self.convp(F.max_pool2d(x, 3, 1, 1))),
        ]
        return torch.cat(outs, dim=1)


def block_params(cin, cout, stride=1):
    # let torch do the counting
    net = BasicBlock(cin, cout, stride)
    return sum(t.numel() for t in net.state_dict().values())


def inception_params(cin, c1, c3, c5, cp, reduce=True):
    sizes = [(cin, c1, 1), (cin, cp, 1)]
    if reduce:
        sizes += [(cin, c3[0], 1), (c3[0], c3[1], 3), (cin, c5[0], 1), (c5[0], c5[1], 5)]
    else:
        sizes += [(cin, c3[1], 3), (cin, c5[1], 5)]
    return sum(i * o * k * k + o for i, o, k in sizes)


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


def gradient_norms(depth, residual, seed=0):
    layers, x = draw_tower(depth, seed)
    h = [x.requires_grad_()]
    for W in layers:
        f = F.relu(W(h[-1]))
        h.append(h[-1] + f if residual else f)
    return np.array([g.norm().item() for g in torch.autograd.grad(h[-1].sum(), h)])
