# expect: failed lenet.LeNet5Numpy/gradient-not-masked
# mistake: backward: the gradient of C3.w is handed on as the convolution gives it, so kernels without a cross in the table get gradients that are not 0
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# table I of the paper: map j of C3 sees the maps C3_SEES[j] of S2
C3_SEES = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def subsample_forward(x, w, b):
    N, C, H, W = x.shape
    s = x.reshape(N, C, H // 2, 2, W // 2, 2).sum(axis=(3, 5))
    out = w[:, None, None] * s + b[:, None, None]
    return out, (s, w)


def subsample_backward(dout, cache):
    s, w = cache
    db = dout.sum(axis=(0, 2, 3))
    dw = (dout * s).sum(axis=(0, 2, 3))
    ds = dout * w[:, None, None]
    dx = np.kron(ds, np.ones((2, 2)))
    return dx, dw, db


# 1.0 where map j of C3 is connected to map i of S2
SEEN = np.zeros((16, 6, 1, 1))
for j, seen in enumerate(C3_SEES):
    SEEN[j, list(seen)] = 1.0


class LeNet5Numpy:
    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        rng = np.random.default_rng(seed)

        def draw(shape, fan_in):
            bound = np.sqrt(3.0 / fan_in)
            return rng.uniform(-bound, bound, size=shape)

        params = {}
        params["C1.w"] = draw((6, 1, 5, 5), 25)
        params["S2.w"] = np.full(6, 0.25)
        params["C3.w"] = np.zeros((16, 6, 5, 5))
        for j, seen in enumerate(C3_SEES):
            params["C3.w"][j, list(seen)] = draw((len(seen), 5, 5), 25 * len(seen))
        params["S4.w"] = np.full(16, 0.25)
        params["C5.w"] = draw((120, 16, 5, 5), 400)
        params["F6.w"] = draw((120, 84), 120)
        params["F7.w"] = draw((84, 10), 84)
        for name, size in [("C1", 6), ("S2", 6), ("C3", 16), ("S4", 16), ("C5", 120), ("F6", 84), ("F7", 10)]:
            params[name + ".b"] = np.zeros(size)
        return params

    def forward(self, x, params):
        conv = self.layers["conv2d_forward"]
        p = params
        u1, c1 = conv(x, p["C1.w"], p["C1.b"])
        h1 = np.tanh(u1)
        u2, c2 = subsample_forward(h1, p["S2.w"], p["S2.b"])
        h2 = np.tanh(u2)
        u3, c3 = conv(h2, p["C3.w"] * SEEN, p["C3.b"])
        h3 = np.tanh(u3)
        u4, c4 = subsample_forward(h3, p["S4.w"], p["S4.b"])
        h4 = np.tanh(u4)
        u5, c5 = conv(h4, p["C5.w"], p["C5.b"])
        h5 = np.tanh(u5.reshape(len(x), 120))
        h6 = np.tanh(h5 @ p["F6.w"] + p["F6.b"])
        scores = h6 @ p["F7.w"] + p["F7.b"]
        cache = (c1, h1, c2, h2, c3, h3, c4, h4, c5, h5, h6, p["F6.w"], p["F7.w"])
        return scores, cache

    def backward(self, dscores, cache):
        backward_conv = self.layers["conv2d_backward"]
        c1, h1, c2, h2, c3, h3, c4, h4, c5, h5, h6, W6, W7 = cache
        grads = {}
        grads["F7.w"] = h6.T @ dscores
        grads["F7.b"] = dscores.sum(axis=0)
        d = (dscores @ W7.T) * (1 - h6**2)
        grads["F6.w"] = h5.T @ d
        grads["F6.b"] = d.sum(axis=0)
        d = (d @ W6.T) * (1 - h5**2)
        d, grads["C5.w"], grads["C5.b"] = backward_conv(d.reshape(-1, 120, 1, 1), c5)
        d = d * (1 - h4**2)
        d, grads["S4.w"], grads["S4.b"] = subsample_backward(d, c4)
        d = d * (1 - h3**2)
        d, grads["C3.w"], grads["C3.b"] = backward_conv(d, c3)
        d = d * (1 - h2**2)
        d, grads["S2.w"], grads["S2.b"] = subsample_backward(d, c2)
        d = d * (1 - h1**2)
        _, grads["C1.w"], grads["C1.b"] = backward_conv(d, c1)
        return grads
