# expect: failed lenet.LeNet5Numpy/squeezed
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

C3_SEES = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def subsample_forward(x, w, b):
    total = x[:, :, 0::2, 0::2] + x[:, :, 0::2, 1::2] + x[:, :, 1::2, 0::2] + x[:, :, 1::2, 1::2]
    out = total * w.reshape(1, -1, 1, 1) + b.reshape(1, -1, 1, 1)
    cache = (total, w)
    return out, cache


def subsample_backward(dout, cache):
    total, w = cache
    g = dout * w.reshape(1, -1, 1, 1)
    dx = np.zeros((g.shape[0], g.shape[1], 2 * g.shape[2], 2 * g.shape[3]))
    for i in range(2):
        for j in range(2):
            dx[:, :, i::2, j::2] = g
    dw = np.sum(dout * total, axis=(0, 2, 3))
    db = np.sum(dout, axis=(0, 2, 3))
    return dx, dw, db


class LeNet5Numpy:
    def __init__(self, layers):
        self.layers = layers
        self.mask = np.zeros((16, 6, 5, 5))
        for j in range(16):
            for i in C3_SEES[j]:
                self.mask[j, i] = 1.0

    def init(self, seed):
        rng = np.random.default_rng(seed)
        p = {}
        a = np.sqrt(3 / 25)
        p["C1.w"] = rng.uniform(-a, a, size=(6, 1, 5, 5))
        p["C1.b"] = np.zeros(6)
        p["S2.w"] = 0.25 * np.ones(6)
        p["S2.b"] = np.zeros(6)
        p["C3.w"] = np.zeros((16, 6, 5, 5))
        for j in range(16):
            a = np.sqrt(3 / (25 * len(C3_SEES[j])))
            p["C3.w"][j] = rng.uniform(-a, a, size=(6, 5, 5))
        p["C3.w"] = p["C3.w"] * self.mask
        p["C3.b"] = np.zeros(16)
        p["S4.w"] = 0.25 * np.ones(16)
        p["S4.b"] = np.zeros(16)
        a = np.sqrt(3 / 400)
        p["C5.w"] = rng.uniform(-a, a, size=(120, 16, 5, 5))
        p["C5.b"] = np.zeros(120)
        a = np.sqrt(3 / 120)
        p["F6.w"] = rng.uniform(-a, a, size=(120, 84))
        p["F6.b"] = np.zeros(84)
        a = np.sqrt(3 / 84)
        p["F7.w"] = rng.uniform(-a, a, size=(84, 10))
        p["F7.b"] = np.zeros(10)
        return p

    def forward(self, x, params):
        conv = self.layers["conv2d_forward"]
        z1, cc1 = conv(x, params["C1.w"], params["C1.b"])
        a1 = np.tanh(z1)
        z2, cc2 = subsample_forward(a1, params["S2.w"], params["S2.b"])
        a2 = np.tanh(z2)
        z3, cc3 = conv(a2, params["C3.w"] * self.mask, params["C3.b"])
        a3 = np.tanh(z3)
        z4, cc4 = subsample_forward(a3, params["S4.w"], params["S4.b"])
        a4 = np.tanh(z4)
        z5, cc5 = conv(a4, params["C5.w"], params["C5.b"])
        a5 = np.tanh(np.squeeze(z5))
        z6 = a5.dot(params["F6.w"]) + params["F6.b"]
        a6 = np.tanh(z6)
        scores = a6.dot(params["F7.w"]) + params["F7.b"]
        cache = (a1, a2, a3, a4, a5, a6, cc1, cc2, cc3, cc4, cc5, params)
        return scores, cache

    def backward(self, dscores, cache):
        a1, a2, a3, a4, a5, a6, cc1, cc2, cc3, cc4, cc5, params = cache
        conv_back = self.layers["conv2d_backward"]
        grads = {}
        grads["F7.w"] = a6.T.dot(dscores)
        grads["F7.b"] = dscores.sum(axis=0)
        dz6 = dscores.dot(params["F7.w"].T) * (1 - a6 ** 2)
        grads["F6.w"] = a5.reshape(-1, 120).T.dot(dz6.reshape(-1, 84))
        grads["F6.b"] = dz6.sum(axis=0)
        dz5 = dz6.dot(params["F6.w"].T) * (1 - a5 ** 2)
        da4, grads["C5.w"], grads["C5.b"] = conv_back(dz5.reshape(-1, 120, 1, 1), cc5)
        dz4 = da4 * (1 - a4 ** 2)
        da3, grads["S4.w"], grads["S4.b"] = subsample_backward(dz4, cc4)
        dz3 = da3 * (1 - a3 ** 2)
        da2, dw3, grads["C3.b"] = conv_back(dz3, cc3)
        grads["C3.w"] = dw3 * self.mask
        dz2 = da2 * (1 - a2 ** 2)
        da1, grads["S2.w"], grads["S2.b"] = subsample_backward(dz2, cc2)
        dz1 = da1 * (1 - a1 ** 2)
        _, grads["C1.w"], grads["C1.b"] = conv_back(dz1, cc1)
        return grads
