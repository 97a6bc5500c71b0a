"""One image at a time, modules for everything; in NumPy plain loops and C3 map by map; slow but right."""
import numpy as np
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=6, kernel_size=(5, 5), stride=1, padding=0)
        self.conv2 = nn.Conv2d(in_channels=6, out_channels=16, kernel_size=(5, 5), stride=1, padding=0)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.flatten = nn.Flatten(start_dim=0)
        self.fc3 = nn.Linear(84, classes)
        self.fc2 = nn.Linear(120, 84)
        self.fc1 = nn.Linear(self.conv2.out_channels * 25, 120)
        for layer in (self.fc1, self.fc2, self.fc3):
            nn.init.xavier_uniform_(layer.weight)

    def one(self, image):
        maps = self.relu(self.pool(self.conv1(image[None])))
        maps = self.relu(self.pool(self.conv2(maps)))
        vector = self.flatten(maps)
        for layer in [self.fc1, self.fc2]:
            vector = torch.maximum(layer(vector), torch.zeros(()))
        return self.fc3(vector)

    def forward(self, batch):
        return torch.stack([self.one(image) for image in batch])


def subsample_forward(x, w, b):
    n, c, height, width = x.shape
    out = np.empty((n, c, height // 2, width // 2), order="F")
    for i in range(height // 2):
        for j in range(width // 2):
            block = x[:, :, 2 * i:2 * i + 2, 2 * j:2 * j + 2]
            out[:, :, i, j] = w * block.sum(axis=(2, 3)) + b
    return out, (x.copy(), w.copy())


def subsample_backward(dout, cache):
    x, w = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(w)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            d = dout[:, :, i // 2, j // 2]
            dx[:, :, i, j] = w * d
            dw += (d * x[:, :, i, j]).sum(axis=0)
            if i % 2 == 0 and j % 2 == 0:
                db += d.sum(axis=0)
    return dx, dw, db


def neighbours(j):
    """The maps of S2 that map j of C3 sees."""
    if j < 6:
        return [(j + k) % 6 for k in range(3)]
    if j < 12:
        return [(j + k) % 6 for k in range(4)]
    if j == 15:
        return list(range(6))
    return [(j - 12 + k) % 6 for k in (0, 1, 3, 4)]


class Trace:
    """What one image leaves behind on its way forwards; it stays in the sandbox."""


class LeNet5Numpy:
    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        rng = np.random.default_rng([seed, 5])
        params = {}
        for name, count, fan_in in [("C1", 6, 25), ("C5", 120, 400)]:
            shape = (count, fan_in // 25, 5, 5)
            params[name + ".w"] = (2 * rng.random(shape) - 1) * (3 / fan_in) ** 0.5
            params[name + ".b"] = np.zeros(count)
        params["C3.w"], params["C3.b"] = np.zeros((16, 6, 5, 5)), np.zeros(16)
        for j in range(16):
            for i in neighbours(j):
                params["C3.w"][j, i] = (2 * rng.random((5, 5)) - 1) * (3 / 25 / len(neighbours(j))) ** 0.5
        for name, d, k in [("F6", 120, 84), ("F7", 84, 10)]:
            params[name + ".w"], params[name + ".b"] = (2 * rng.random((d, k)) - 1) * (3 / d) ** 0.5, np.zeros(k)
        for name, maps in [("S2", 6), ("S4", 16)]:
            params[name + ".w"], params[name + ".b"] = np.full(maps, 0.25), np.zeros(maps)
        return params

    def one(self, image, p):
        conv, t = self.layers["conv2d_forward"], Trace()
        t.p = {name: array.copy() for name, array in p.items()}
        u, t.c1 = conv(image, p["C1.w"], p["C1.b"])
        t.h1 = np.tanh(u)
        u, t.s2 = subsample_forward(t.h1, p["S2.w"], p["S2.b"])
        t.h2 = np.tanh(u)
        t.c3, maps = [], []
        for j in range(16):
            sees = neighbours(j)
            u, cache = conv(t.h2[:, sees], p["C3.w"][j:j + 1, sees], p["C3.b"][j:j + 1])
            maps.append(u[0, 0])
            t.c3.append(cache)
        t.h3 = np.tanh(np.stack(maps))[None]
        u, t.s4 = subsample_forward(t.h3, p["S4.w"], p["S4.b"])
        t.h4 = np.tanh(u)
        t.h5 = np.tanh(np.tensordot(p["C5.w"], t.h4[0], axes=3) + p["C5.b"])
        t.h6 = np.tanh(t.h5 @ p["F6.w"] + p["F6.b"])
        return t.h6 @ p["F7.w"] + p["F7.b"], t

    def forward(self, x, params):
        answers = [self.one(x[n:n + 1], params) for n in range(len(x))]
        return np.array([scores for scores, _ in answers]), [trace for _, trace in answers]

    def backward(self, dscores, cache):
        total = {}
        for d, trace in zip(dscores, cache, strict=True):
            for name, grad in self.one_back(d, trace).items():
                total[name] = grad if name not in total else total[name] + grad
        return total

    def one_back(self, d, t):
        back, g = self.layers["conv2d_backward"], {}
        g["F7.w"], g["F7.b"] = np.outer(t.h6, d), d
        d = (t.p["F7.w"] @ d) * (1 - t.h6 * t.h6)
        g["F6.w"], g["F6.b"] = np.outer(t.h5, d), d
        d = (t.p["F6.w"] @ d) * (1 - t.h5 * t.h5)
        g["C5.w"], g["C5.b"] = np.multiply.outer(d, t.h4[0]), d
        d = np.tensordot(d, t.p["C5.w"], axes=1)[None] * (1 - t.h4 * t.h4)
        d, g["S4.w"], g["S4.b"] = subsample_backward(d, t.s4)
        d = d * (1 - t.h3 * t.h3)
        g["C3.w"], g["C3.b"], dh2 = np.zeros((16, 6, 5, 5)), np.zeros(16), np.zeros_like(t.h2)
        for j in range(16):
            sees = neighbours(j)
            dx, dw, db = back(d[:, j:j + 1], t.c3[j])
            dh2[:, sees] += dx
            g["C3.w"][j, sees] = dw[0]
            g["C3.b"][j] = db[0]
        d, g["S2.w"], g["S2.b"] = subsample_backward(dh2 * (1 - t.h2 * t.h2), t.s2)
        _, g["C1.w"], g["C1.b"] = back(d * (1 - t.h1 * t.h1), t.c1)
        return g
