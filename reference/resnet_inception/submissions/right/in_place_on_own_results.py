"""In the manner of torchvision: in-place operations on own results, 1×1 convolutions run at once, one buffer."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


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


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super(BasicBlock, self).__init__()
        self.bn2 = nn.BatchNorm2d(num_features=cout)
        self.bn1 = nn.BatchNorm2d(num_features=cout)
        self.conv1 = nn.Conv2d(cin, cout, kernel_size=(3, 3), stride=(stride, stride), padding=(1, 1), bias=False)
        self.conv2 = nn.Conv2d(cout, cout, kernel_size=3, stride=1, padding="same", bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.proj = self.bn_proj = nn.Identity()
        if stride > 1 or cin != cout:
            self.proj = nn.Conv2d(cin, cout, kernel_size=1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out")

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.bn_proj(self.proj(x))
        return self.relu(out)


class Inception(nn.Module):
    def __init__(self, cin, c1, c3, c5, cp):
        super().__init__()
        (r3, o3), (r5, o5) = c3, c5
        self.conv1, self.convp = nn.Conv2d(cin, c1, 1), nn.Conv2d(cin, cp, 1)
        self.reduce3, self.reduce5 = nn.Conv2d(cin, r3, 1), nn.Conv2d(cin, r5, 1)
        self.conv3 = nn.Conv2d(r3, o3, 3, padding="same")
        self.conv5 = nn.Conv2d(r5, o5, 5, padding="same")
        self.widths = [c1, o3, o5, cp]

    def forward(self, x):
        # one convolution for the three branches that begin with a 1×1
        heads = [self.conv1, self.reduce3, self.reduce5]
        weight = torch.cat([layer.weight for layer in heads])
        bias = torch.cat([layer.bias for layer in heads])
        one, three, five = F.relu(F.conv2d(x, weight, bias)).split([len(layer.weight) for layer in heads], dim=1)
        pooled = F.max_pool2d(x, kernel_size=3, stride=1, padding=1)
        out = x.new_empty((x.shape[0], sum(self.widths), x.shape[2], x.shape[3]))
        start = 0
        for part in (one, self.conv3(three), self.conv5(five), self.convp(pooled)):
            out[:, start:start + part.shape[1]] = part
            start += part.shape[1]
        return F.relu(out)


def block_params(cin, cout, stride=1):
    return sum(p.numel() for p in BasicBlock(cin, cout, stride).parameters() if p.requires_grad)


def inception_params(cin, c1, c3, c5, cp, reduce=True):
    if reduce:
        return sum(p.numel() for p in Inception(cin, c1, c3, c5, cp).parameters())
    layers = [nn.Conv2d(cin, c1, 1), nn.Conv2d(cin, c3[1], 3), nn.Conv2d(cin, c5[1], 5), nn.Conv2d(cin, cp, 1)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def gradient_norms(depth, residual, seed=0):
    layers, h = draw_tower(depth, seed)
    h.requires_grad = True
    states = [h]
    for layer in layers:
        out = F.relu(layer(h))
        if residual:
            out = out + h
        out.retain_grad()
        states.append(out)
        h = out
    torch.sum(h).backward()
    return torch.stack([torch.norm(s.grad) for s in states])
