"""Everything as matrix products: patches in torch; in NumPy C5 on flattened maps, S as einsum, the cache a dict."""
import math

import numpy as np
import torch
from torch import nn


class Conv(nn.Module):
    def __init__(self, cin, cout, k):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(cout, cin, k, k))
        self.bias = nn.Parameter(torch.zeros(cout))
        nn.init.normal_(self.weight, std=math.sqrt(2 / (cin * k * k)))

    def forward(self, x):
        cout, _, k, _ = self.weight.shape
        h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
        columns = nn.functional.unfold(x, k)                              # (N, cin*k*k, h*w)
        out = self.weight.reshape(cout, -1) @ columns + self.bias[:, None]
        return out.reshape(x.shape[0], cout, h, w)


class Pool(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = Conv(3, 6, 5)
        self.pool = Pool()
        self.conv2 = Conv(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(self.conv1(x)).clamp(min=0)
        x = self.pool(self.conv2(x)).clamp(min=0)
        x = x.view(x.size(0), -1)
        x = self.fc1(x).clamp(min=0)
        x = self.fc2(x).clamp(min=0)
        return self.fc3(x)


# ------------------------------------------------------------------ NumPy

def subsample_forward(x, w, b):
    blocks = sum(x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1))
    return np.einsum("nchw,c->nchw", blocks, w) + b.reshape(1, -1, 1, 1), {"blocks": blocks, "w": w}


def subsample_backward(dout, cache):
    dx = np.kron(np.einsum("nchw,c->nchw", dout, cache["w"]), np.ones((2, 2)))
    return [dx, np.einsum("nchw,nchw->c", dout, cache["blocks"]), np.einsum("nchw->c", dout)]


ROWS = ["X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX",
        ".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX"]
SEES = np.array([[cross == "X" for cross in row] for row in ROWS]).T               # (16, 6)


class LeNet5Numpy:
    def __init__(self, layers):
        self.conv, self.conv_back = layers["conv2d_forward"], layers["conv2d_backward"]

    def init(self, seed):
        rng = np.random.default_rng(seed)
        shapes = {"F7": (84, 10), "F6": (120, 84), "C5": (120, 16, 5, 5), "C3": (16, 6, 5, 5), "C1": (6, 1, 5, 5)}
        params = {"S2.w": np.ones(6) / 4, "S4.w": np.ones(16) / 4, "S2.b": np.zeros(6), "S4.b": np.zeros(16)}
        for name, shape in shapes.items():
            dense = len(shape) == 2
            bound = math.sqrt(3 / (shape[0] if dense else np.prod(shape[1:])))
            params[name + ".w"] = rng.uniform(-bound, bound, size=shape)
            params[name + ".b"] = np.zeros(shape[1] if dense else shape[0])
        for j in range(16):
            params["C3.w"][j] *= math.sqrt(6 / SEES[j].sum())
            params["C3.w"][j, ~SEES[j]] = 0.0
        return params

    def forward(self, x, params):
        k = {"p": {name: params[name] for name in ("C5.w", "F6.w", "F7.w")}}
        out, k["c1"] = self.conv(x, params["C1.w"], params["C1.b"])
        k["a1"] = np.tanh(out)
        out, k["s2"] = subsample_forward(k["a1"], params["S2.w"], params["S2.b"])
        k["a2"] = np.tanh(out)
        kernels = np.where(SEES[:, :, None, None], params["C3.w"], 0.0)
        out, k["c3"] = self.conv(x=k["a2"], w=kernels, b=params["C3.b"], stride=1, pad=0)
        k["a3"] = np.tanh(out)
        out, k["s4"] = subsample_forward(k["a3"], params["S4.w"], params["S4.b"])
        k["a4"] = np.tanh(out).reshape(len(x), 400)
        k["a5"] = np.tanh(k["a4"] @ params["C5.w"].reshape(120, 400).T + params["C5.b"])
        k["a6"] = np.tanh(k["a5"] @ params["F6.w"] + params["F6.b"])
        return k["a6"] @ params["F7.w"] + params["F7.b"], k

    def backward(self, dscores, cache):
        k, grads = cache, {}
        grads["F7.w"], grads["F7.b"] = k["a6"].T @ dscores, np.ones(len(dscores)) @ dscores
        d = dscores @ k["p"]["F7.w"].T / np.cosh(np.arctanh(k["a6"])) ** 2
        grads["F6.w"], grads["F6.b"] = k["a5"].T @ d, np.ones(len(d)) @ d
        d = d @ k["p"]["F6.w"].T * (1 - k["a5"]) * (1 + k["a5"])
        grads["C5.w"], grads["C5.b"] = (d.T @ k["a4"]).reshape(120, 16, 5, 5), np.ones(len(d)) @ d
        d = d @ k["p"]["C5.w"].reshape(120, 400) * (1 - k["a4"] ** 2)
        d, grads["S4.w"], grads["S4.b"] = subsample_backward(d.reshape(-1, 16, 5, 5), k["s4"])
        d, dw, grads["C3.b"] = self.conv_back(d * (1 - k["a3"] ** 2), k["c3"])
        grads["C3.w"] = np.where(SEES[:, :, None, None], dw, 0.0)
        d, grads["S2.w"], grads["S2.b"] = subsample_backward(d * (1 - k["a2"] ** 2), k["s2"])
        _, grads["C1.w"], grads["C1.b"] = self.conv_back(d * (1 - k["a1"] ** 2), k["c1"])
        return grads
