# expect: failed resnet_inception.BasicBlock/relu-before-add
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, ROWS = 64, 16


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.need_proj = stride != 1 or cin != cout
        if self.need_proj:
            self.proj = nn.Conv2d(cin, cout, kernel_size=1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def forward(self, x):
        identity = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        if self.need_proj:
            identity = self.bn_proj(self.proj(x))
        out = F.relu(out)
        out = out + identity
        return out


class Inception(nn.Module):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, kernel_size=1)
        self.reduce3 = nn.Conv2d(cin, c3[0], kernel_size=1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], kernel_size=3, padding=1)
        self.reduce5 = nn.Conv2d(cin, c5[0], kernel_size=1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], kernel_size=5, padding=2)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.convp = nn.Conv2d(cin, cp, kernel_size=1)

    def forward(self, x):
        b1 = F.relu(self.conv1(x))
        b2 = F.relu(self.conv3(F.relu(self.reduce3(x))))
        b3 = F.relu(self.conv5(F.relu(self.reduce5(x))))
        b4 = F.relu(self.convp(self.pool(x)))
        return torch.cat((b1, b2, b3, b4), 1)


def block_params(cin, cout, stride=1):
    total = cin * cout * 3 * 3 + cout * cout * 3 * 3
    total += 2 * cout + 2 * cout
    if stride != 1 or cin != cout:
        total += cin * cout + 2 * cout
    return total


def inception_params(cin, c1, c3, c5, cp, reduce=True):
    total = cin * c1 + c1
    if reduce:
        total += cin * c3[0] + c3[0] + c3[0] * c3[1] * 9 + c3[1]
        total += cin * c5[0] + c5[0] + c5[0] * c5[1] * 25 + c5[1]
    else:
        total += cin * c3[1] * 9 + c3[1]
        total += cin * c5[1] * 25 + c5[1]
    total += cin * cp + cp
    return total


def draw_tower(depth, seed):
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
    x.requires_grad_(True)
    hs = [x]
    h = x
    for layer in layers:
        if residual:
            h = h + F.relu(layer(h))
        else:
            h = F.relu(layer(h))
        h.retain_grad()
        hs.append(h)
    h.sum().backward()
    return np.array([hh.grad.norm().item() for hh in hs])
