import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def _block(cin, cout):
    """(N, cin, H, W) → (N, cout, H/2, W/2)."""
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(), nn.MaxPool2d(2)
    )


class ShapeNet(nn.Module):
    """Given. Children block1, block2, block3, fc; pretrained.npz fits ShapeNet(5). (N, 3, 32, 32) → (N, classes)."""

    def __init__(self, classes):
        super().__init__()
        self.block1, self.block2, self.block3 = _block(3, 16), _block(16, 32), _block(32, 64)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        maps = self.block3(self.block2(self.block1(x)))      # (N, 64, 4, 4)
        return self.fc(maps.mean(dim=(2, 3)))                # scores, no softmax


class OneConv(nn.Module):
    """Given. One convolution, global average pooling, one linear layer. (N, 3, H, W) → (N, classes)."""

    def __init__(self, channels, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, padding=1)     # (N, channels, H, W)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(self.conv(x).mean(dim=(2, 3)))


class DeepHead(nn.Module):
    """Given. Its last linear layer is called head.3; layers for heat maps: features.0 … features.4.
    (N, 1, 8, 12) → (N, classes)."""

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)            # (N, 4, 8, 12)
        self.features = nn.Sequential(nn.BatchNorm2d(4), nn.Tanh(), nn.Conv2d(4, 5, 3, stride=2), nn.Tanh())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(75, 6), nn.ReLU(), nn.Linear(6, classes))

    def forward(self, x):
        return self.head(self.features(self.stem(x)))           # features: (N, 5, 3, 5)


def hflip(x, rng):
    out = np.empty_like(x)
    draws = rng.random(x.shape[0])
    for n in range(x.shape[0]):
        for col in range(x.shape[3]):
            src = x.shape[3] - 1 - col if draws[n] < 0.5 else col
            out[n, :, :, col] = x[n, :, :, src]
    return out


def random_crop(x, pad, rng):
    n, c, h, w = x.shape
    offsets = rng.integers(0, 2 * pad + 1, size=(n, 2))
    out = np.zeros_like(x)
    for i in range(n):
        dr, dc = offsets[i] - pad
        for row in range(h):
            for col in range(w):
                if 0 <= row + dr < h and 0 <= col + dc < w:
                    out[i, :, row, col] = x[i, :, row + dr, col + dc]
    return out


def rotate90(x, rng):
    n, c, h, w = x.shape
    if h != w:
        raise ValueError("square images only")
    out = x.copy()
    for i, k in enumerate(rng.integers(0, 4, size=n)):
        for _ in range(k):
            out[i] = out[i].transpose(0, 2, 1)[:, ::-1].copy()
    return out


def add_noise(x, std, rng):
    noise = rng.normal(0.0, std, size=x.shape)
    return x + noise.astype(x.dtype)


def augment(x, y, pad, std, rng):
    out = hflip(x, rng)
    out = random_crop(out, pad, rng)
    out = add_noise(out, std, rng)
    return [out, y.copy()]


def freeze(model, until):
    names = [name for name, _ in model.named_children()]
    if until not in names:
        raise ValueError(until)
    for name, child in model.named_children():
        for p in child.parameters():
            p.requires_grad = False
        for m in child.modules():
            m.eval()
        for m in child.modules():
            m.train = lambda mode=True, m=m: m  # can never be switched back
        if name == until:
            break
    return model


def replace_head(model, k):
    last = None
    for name, m in model.named_modules():
        if isinstance(m, nn.Linear):
            last = name
    if last is None:
        raise ValueError("no linear layer")
    parts = last.split(".")
    parent = model
    for part in parts[:-1]:
        parent = getattr(parent, part)
    old = getattr(parent, parts[-1])
    setattr(parent, parts[-1], nn.Linear(old.in_features, k, bias=True))


def trainable(model):
    found = []
    for p in model.parameters():
        if p.requires_grad:
            found.append(p)
    return found


def prepare(model, until, k, lr):
    freeze(model, until)
    replace_head(model, k)
    return torch.optim.Adam([{"params": [p]} for p in trainable(model)], lr=lr)


def fit(model, optimizer, x, y, steps):
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for step in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def grad_cam(model, x, layer, target):
    net = copy.deepcopy(model)  # nothing of the original can be touched
    for m in net.modules():
        m.training = False
    for p in net.parameters():
        p.requires_grad = True
    seen = {}

    def remember(module, inputs, output):
        output.retain_grad()
        seen["maps"] = output

    dict(net.named_modules())[layer].register_forward_hook(remember)
    net(x)[0, target].backward()
    maps = seen["maps"]
    grad = maps.grad
    h, w = maps.shape[2:]
    cam = torch.zeros(h, w, dtype=maps.dtype)
    for k in range(maps.shape[1]):
        weight = grad[0, k].sum() / (h * w)
        cam = cam + weight * maps[0, k].detach()
    return torch.clamp(cam, min=0)


def upsample_cam(cam, size):
    h, w = cam.shape
    H, W = size
    out = torch.zeros(H, W, dtype=cam.dtype)
    for i in range(H):
        for j in range(W):
            r = min(max((i + 0.5) * h / H - 0.5, 0), h - 1)
            c = min(max((j + 0.5) * w / W - 0.5, 0), w - 1)
            r0, c0 = int(r), int(c)
            r1, c1 = min(r0 + 1, h - 1), min(c0 + 1, w - 1)
            a, b = r - r0, c - c0
            top = (1 - b) * cam[r0, c0] + b * cam[r0, c1]
            bottom = (1 - b) * cam[r1, c0] + b * cam[r1, c1]
            out[i, j] = (1 - a) * top + a * bottom
    return out
