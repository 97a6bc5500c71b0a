"""Convolutions as sums over kernel taps, a batch normalisation of one's own, the chain rule of the tower in NumPy."""
import numpy as np
import torch
from torch import nn


def draw_tower(depth, seed):
    rng, bound = np.random.default_rng(seed), 64**-0.5
    layers = []
    for _ in range(depth):
        layer = nn.Linear(64, 64, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(rng.uniform(-bound, bound, (64, 64))))
            layer.bias.copy_(torch.from_numpy(rng.uniform(-bound, bound, 64)))
        layers.append(layer)
    return layers, torch.from_numpy(rng.normal(size=(16, 64)))


class Taps(nn.Module):
    """A k×k convolution with padding k // 2, one matrix product for each tap of the kernel."""

    def __init__(self, cin, cout, k, stride=1, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, k, k) / (k * cin**0.5))
        self.bias = nn.Parameter(torch.zeros(cout)) if bias else None
        self.k, self.stride = k, stride

    def forward(self, x):
        n, c, h, w = x.shape
        p, s = self.k // 2, self.stride
        padded = torch.cat([x.new_zeros(n, c, p, w), x, x.new_zeros(n, c, p, w)], dim=2)
        side = x.new_zeros(n, c, h + 2 * p, p)
        padded = torch.cat([side, padded, side], dim=3)
        high, wide = (h + s - 1) // s, (w + s - 1) // s
        out = 0
        for i in range(self.k):
            for j in range(self.k):
                seen = padded[:, :, i : i + s * (high - 1) + 1 : s, j : j + s * (wide - 1) + 1 : s]
                out = out + torch.einsum("nchw,dc->ndhw", seen, self.weight[:, :, i, j])
        return out if self.bias is None else out + self.bias.view(1, -1, 1, 1)


class Normalise(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
            count = x.numel() / x.shape[1]
            with torch.no_grad():
                self.running_mean += 0.1 * (mean - self.running_mean)
                self.running_var += 0.1 * (var * count / (count - 1) - self.running_var)
        unit = (x - mean[:, None, None]) * torch.rsqrt(var + 1e-5)[:, None, None]
        return unit * self.weight[:, None, None] + self.bias[:, None, None]


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1, self.bn1 = Taps(cin, cout, 3, stride, bias=False), Normalise(cout)
        self.conv2, self.bn2 = Taps(cout, cout, 3, bias=False), Normalise(cout)
        self.proj = None
        if (stride, cin) != (1, cout):
            self.proj, self.bn_proj = Taps(cin, cout, 1, stride, bias=False), Normalise(cout)

    def forward(self, x):
        shortcut = x if self.proj is None else self.bn_proj(self.proj(x))
        first = self.bn1(self.conv1(x)).clamp(min=0)
        return (shortcut + self.bn2(self.conv2(first))).clamp(min=0)


class Inception(nn.Module):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__()
        self.conv1 = Taps(cin, c1, 1)
        self.reduce3, self.conv3 = Taps(cin, c3[0], 1), Taps(c3[0], c3[1], 3)
        self.reduce5, self.conv5 = Taps(cin, c5[0], 1), Taps(c5[0], c5[1], 5)
        self.convp = Taps(cin, cp, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        padded = torch.full((n, c, h + 2, w + 2), -torch.inf)
        padded[:, :, 1:-1, 1:-1] = x
        windows = [padded[:, :, i : i + h, j : j + w] for i in range(3) for j in range(3)]
        pooled = torch.stack(windows).amax(dim=0)
        three, five = self.reduce3(x).clamp(min=0), self.reduce5(x).clamp(min=0)
        parts = [self.conv1(x), self.conv3(three), self.conv5(five), self.convp(pooled)]
        return torch.cat([part.movedim(1, 0) for part in parts]).movedim(0, 1).clamp(min=0)


def block_params(cin, cout, stride=1):
    kernels = [(cin, cout, 9), (cout, cout, 9)]
    if stride != 1 or cin != cout:
        kernels += [(cin, cout, 1)]
    return sum(a * b * k + 2 * b for a, b, k in kernels)


def inception_params(cin, c1, c3, c5, cp, reduce=True):
    kernels = [(cin, c1, 1), (cin, cp, 1)]
    if reduce:
        kernels += [(cin, c3[0], 1), (*c3, 9), (cin, c5[0], 1), (*c5, 25)]
    else:
        kernels += [(cin, c3[1], 9), (cin, c5[1], 25)]
    return sum(b * (a * k + 1) for a, b, k in kernels)


def gradient_norms(depth, residual, seed=0):
    layers, x = draw_tower(depth, seed)
    h, open_gates = x.numpy(), []
    for layer in layers:
        u = h @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        open_gates.append(u > 0)
        h = np.maximum(u, 0) + (h if residual else 0)
    g = np.ones_like(h)
    norms = [np.sqrt((g**2).sum())]
    for layer, gate in zip(layers[::-1], open_gates[::-1]):
        g = (g * gate) @ layer.weight.detach().numpy() + (g if residual else 0)
        norms.insert(0, np.sqrt((g**2).sum()))
    return norms
