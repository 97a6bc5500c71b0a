# expect: failed lenet.Net/squeezed
# mistake: Net: forward squeezes its result, so a single image gives (10,) instead of (1, 10)
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
    """LeNet as on the slide, 62006 parameters"""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.conv1 = nn.Conv2d(3, 6, kernel_size=(5, 5))
        self.conv2 = nn.Conv2d(6, 16, kernel_size=(5, 5))
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = F.relu(self.conv1(x))        # N, 6, 28, 28
        out = self.pool(out)               # N, 6, 14, 14
        out = F.relu(self.conv2(out))      # N, 16, 10, 10
        out = self.pool(out)               # N, 16, 5, 5
        out = out.view(-1, 16 * 5 * 5)     # N, 400
        out = F.relu(self.fc1(out))
        out = F.relu(self.fc2(out))
        out = self.fc3(out)
        return out.squeeze()


def subsample_forward(x, w, b):
    """Sum of the 2x2 blocks, scaled and shifted per map."""
    N, C, H, W = x.shape
    block_sum = np.zeros((N, C, H // 2, W // 2))
    for di in (0, 1):
        for dj in (0, 1):
            block_sum += x[:, :, di::2, dj::2]
    out = np.zeros_like(block_sum)
    for c in range(C):
        out[:, c] = w[c] * block_sum[:, c] + b[c]
    return out, (x.shape, block_sum, w.copy())


def subsample_backward(dout, cache):
    shape, block_sum, w = cache
    N, C, H, W = shape
    dx, dw, db = np.zeros(shape), np.zeros(C), np.zeros(C)
    for c in range(C):
        dw[c] = np.sum(dout[:, c] * block_sum[:, c])
        db[c] = np.sum(dout[:, c])
        dx[:, c] = np.kron(w[c] * dout[:, c], np.ones((1, 2, 2)))
    return dx, dw, db


def connections():
    m = np.zeros((16, 6), dtype=bool)
    for j in range(16):
        for i in C3_SEES[j]:
            m[j, i] = True
    return m


def dtanh(h):
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
                seen = connections()
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
        w3 = np.where(connections()[:, :, None, None], params["C3.w"], 0.0)

        u, cache1 = conv(x, params["C1.w"], params["C1.b"])
        a1 = np.tanh(u)
        u, cache2 = subsample_forward(a1, params["S2.w"], params["S2.b"])
        a2 = np.tanh(u)
        u, cache3 = conv(a2, w3, params["C3.b"])
        a3 = np.tanh(u)
        u, cache4 = subsample_forward(a3, params["S4.w"], params["S4.b"])
        a4 = np.tanh(u)

        # C5 sees all of its input: a matrix product
        flat = a4.reshape(N, 400)
        w5 = params["C5.w"].reshape(120, 400)
        a5 = np.tanh(flat @ w5.T + params["C5.b"])
        a6 = np.tanh(a5 @ params["F6.w"] + params["F6.b"])
        scores = a6 @ params["F7.w"] + params["F7.b"]

        activations = (a1, a2, a3, a4, a5, a6)
        weights = (w5.copy(), params["F6.w"].copy(), params["F7.w"].copy())
        return scores, (activations, weights, (cache1, cache2, cache3, cache4))

    def backward(self, dscores, cache):
        conv_backward = self.layers["conv2d_backward"]
        (a1, a2, a3, a4, a5, a6), (w5, w6, w7), (cache1, cache2, cache3, cache4) = cache
        N = dscores.shape[0]
        grads = {"F7.w": a6.T @ dscores, "F7.b": np.sum(dscores, axis=0)}

        delta = dscores @ w7.T * dtanh(a6)
        grads["F6.w"], grads["F6.b"] = a5.T @ delta, np.sum(delta, axis=0)

        delta = delta @ w6.T * dtanh(a5)
        grads["C5.w"] = (delta.T @ a4.reshape(N, 400)).reshape(120, 16, 5, 5)
        grads["C5.b"] = np.sum(delta, axis=0)

        delta = (delta @ w5).reshape(a4.shape) * dtanh(a4)
        delta, grads["S4.w"], grads["S4.b"] = subsample_backward(delta, cache4)

        delta, dw3, grads["C3.b"] = conv_backward(delta * dtanh(a3), cache3)
        grads["C3.w"] = np.where(connections()[:, :, None, None], dw3, 0.0)

        delta, grads["S2.w"], grads["S2.b"] = subsample_backward(delta * dtanh(a2), cache2)
        _, grads["C1.w"], grads["C1.b"] = conv_backward(delta * dtanh(a1), cache1)
        return grads
