# expect: failed lenet.Net/no-relu-after-convolutions
# mistake: Net: there is no ReLU after the two convolutions, only after fc1 and fc2
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
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2, stride=2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        x = x.flatten(start_dim=1)
        x = self.fc1(x).relu()
        x = self.fc2(x).relu()
        return self.fc3(x)


def subsample_forward(x, w, b):
    N, C, H, W = x.shape
    blocks = np.zeros((N, C, H // 2, W // 2))
    for di in (0, 1):
        for dj in (0, 1):
            blocks += x[:, :, di::2, dj::2]
    out = np.zeros_like(blocks)
    for c in range(C):
        out[:, c] = w[c] * blocks[:, c] + b[c]
    return out, (x.shape, blocks, w.copy())


def subsample_backward(dout, cache):
    shape, blocks, w = cache
    N, C, H, W = shape
    dx, dw, db = np.zeros(shape), np.zeros(C), np.zeros(C)
    for c in range(C):
        dw[c] = np.sum(dout[:, c] * blocks[:, c])
        db[c] = np.sum(dout[:, c])
        dx[:, c] = np.kron(w[c] * dout[:, c], np.ones((1, 2, 2)))
    return dx, dw, db


def c3_table():
    m = np.zeros((16, 6), dtype=bool)
    for j in range(16):
        for i in C3_SEES[j]:
            m[j, i] = True
    return m


def slope(h):
    return 1.0 - h * h


class LeNet5Numpy:
    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        rng = np.random.default_rng(seed)
        shapes = {
            "C1": (6, 1, 5, 5), "S2": (6,), "C3": (16, 6, 5, 5), "S4": (16,),
            "C5": (120, 16, 5, 5), "F6": (120, 84), "F7": (84, 10),
        }
        fan_in = {"C1": 25, "C5": 400, "F6": 120, "F7": 84}
        p = {}
        for name, shape in shapes.items():
            if name.startswith("S"):
                p[name + ".w"] = np.full(shape, 1 / 4)
            elif name == "C3":
                seen = c3_table()
                fan = 25 * seen.sum(axis=1)                       # 75, 100 or 150
                limit = np.sqrt(3 / fan)[:, None, None, None]
                p["C3.w"] = rng.uniform(-1, 1, shape) * limit * seen[:, :, None, None]
            else:
                limit = np.sqrt(3 / fan_in[name])
                p[name + ".w"] = rng.uniform(-limit, limit, shape)
            p[name + ".b"] = np.zeros(shape[1] if name.startswith("F") else shape[0])
        return p

    def forward(self, x, params):
        conv = self.layers["conv2d_forward"]
        N = x.shape[0]
        w3 = np.where(c3_table()[:, :, None, None], params["C3.w"], 0.0)

        u, cache1 = conv(x, params["C1.w"], params["C1.b"])
        h1 = np.tanh(u)
        u, cache2 = subsample_forward(h1, params["S2.w"], params["S2.b"])
        h2 = np.tanh(u)
        u, cache3 = conv(h2, w3, params["C3.b"])
        h3 = np.tanh(u)
        u, cache4 = subsample_forward(h3, params["S4.w"], params["S4.b"])
        h4 = np.tanh(u)

        # C5 sees all of its input: a matrix product
        flat = h4.reshape(N, 400)
        w5 = params["C5.w"].reshape(120, 400)
        h5 = np.tanh(flat @ w5.T + params["C5.b"])
        h6 = np.tanh(h5 @ params["F6.w"] + params["F6.b"])
        scores = h6 @ params["F7.w"] + params["F7.b"]

        hs = (h1, h2, h3, h4, h5, h6)
        weights = (w5.copy(), params["F6.w"].copy(), params["F7.w"].copy())
        return scores, (hs, weights, (cache1, cache2, cache3, cache4))

    def backward(self, dscores, cache):
        back = self.layers["conv2d_backward"]
        (h1, h2, h3, h4, h5, h6), (w5, w6, w7), (cache1, cache2, cache3, cache4) = cache
        N = dscores.shape[0]
        grads = {"F7.w": h6.T @ dscores, "F7.b": np.sum(dscores, axis=0)}

        du = dscores @ w7.T * slope(h6)
        grads["F6.w"], grads["F6.b"] = h5.T @ du, np.sum(du, axis=0)

        du = du @ w6.T * slope(h5)
        grads["C5.w"] = (du.T @ h4.reshape(N, 400)).reshape(120, 16, 5, 5)
        grads["C5.b"] = np.sum(du, axis=0)

        du = (du @ w5).reshape(h4.shape) * slope(h4)
        du, grads["S4.w"], grads["S4.b"] = subsample_backward(du, cache4)

        du, dw3, grads["C3.b"] = back(du * slope(h3), cache3)
        grads["C3.w"] = np.where(c3_table()[:, :, None, None], dw3, 0.0)

        du, grads["S2.w"], grads["S2.b"] = subsample_backward(du * slope(h2), cache2)
        _, grads["C1.w"], grads["C1.b"] = back(du * slope(h1), cache1)
        return grads
