"""LeNet-5 twice: for small colour images in torch, and as in 1998, by hand in NumPy.

Net takes (N, 3, 32, 32) float32: two blocks [5×5 convolution, ReLU, 2×2 max-pooling] reduce an image to 16
maps of 5×5, three fully connected layers turn these 400 numbers into ten scores.

LeNet5Numpy takes (N, 1, 32, 32) float64. Its sub-sampling is trained, and a map of C3 sees only some maps of S2:

    x -C1-> (6, 28, 28) -S2-> (6, 14, 14) -C3-> (16, 10, 10) -S4-> (16, 5, 5) -C5-> (120,) -F6-> (84,) -F7-> (10,)

with tanh after every layer but F7. Layers store w and b under "C1.w", "C1.b", …, "F7.b": 60 850 parameters.

Sources: LeCun et al. 1998, "Gradient-based learning applied to document recognition", figure 2, section II.B and
table I; for the modern form (ReLU, max-pooling, dense C3, colour) the CIFAR-10 tutorial of PyTorch.
"""

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
    """Attributes conv1, pool, conv2, fc1, fc2, fc3; 62 006 trainable parameters, all in float32."""

    def __init__(self) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv1 = nn.Conv2d(3, 6, 5)              # (N, 3, 32, 32) → (N, 6, 28, 28);      456 parameters
        self.pool = nn.MaxPool2d(2, 2)               # used twice, it has no parameters
        self.conv2 = nn.Conv2d(6, 16, 5)             # (N, 6, 14, 14) → (N, 16, 10, 10);   2 416
        self.fc1 = nn.Linear(16 * 5 * 5, 120)        # 48 120
        self.fc2 = nn.Linear(120, 84)                # 10 164
        self.fc3 = nn.Linear(84, 10)                 # 850
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (logits, no softmax). x: (N, 3, 32, 32) float32, left as it is → (N, 10) float32."""
        # BEGIN SOLUTION
        x = self.pool(F.relu(self.conv1(x)))         # (N, 6, 14, 14)
        x = self.pool(F.relu(self.conv2(x)))         # (N, 16, 5, 5)
        x = torch.flatten(x, 1)                      # (N, 400): all but the batch axis, channel by channel
        x = F.relu(self.fc1(x))                      # (N, 120)
        x = F.relu(self.fc2(x))                      # (N, 84)
        return self.fc3(x)                           # (N, 10): cross_entropy applies the softmax itself
        # END SOLUTION


def subsample_forward(x, w, b):
    """Trained sub-sampling: out[n, c, i, j] = w[c] · (sum of the 2×2 block at (2i, 2j) of map c) + b[c].

    x: (N, C, H, W), H and W even; w, b: (C,), all float64 → (out (N, C, H/2, W/2), cache). No activation.
    """
    # BEGIN SOLUTION
    N, C, H, W = x.shape
    sums = x.reshape(N, C, H // 2, 2, W // 2, 2).sum(axis=(3, 5))          # (N, C, H/2, W/2)
    return w[:, None, None] * sums + b[:, None, None], (sums, w)
    # END SOLUTION


def subsample_backward(dout, cache):
    """Gradients of L from dout = ∂L/∂out (N, C, H/2, W/2) → (dx (N, C, H, W), dw (C,), db (C,))."""
    # BEGIN SOLUTION
    sums, w = cache
    dsums = dout * w[:, None, None]                                        # (N, C, H/2, W/2)
    dx = dsums.repeat(2, axis=2).repeat(2, axis=3)                         # each of the four gets the whole
    return dx, (dout * sums).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
    # END SOLUTION


# BEGIN SOLUTION
def c3_mask():
    """(16, 6, 1, 1) float64: 1 where map j of C3 sees map i of S2, else 0; 60 ones."""
    mask = np.zeros((16, 6, 1, 1))
    for j, seen in enumerate(C3_SEES):
        mask[j, list(seen)] = 1
    return mask


# END SOLUTION
class LeNet5Numpy:
    """LeNet-5 of 1998. `layers` has "conv2d_forward" and "conv2d_backward", as in the assignment convolution."""

    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        """Fresh parameters from np.random.default_rng(seed): dict of float64 arrays, "C1.w" to "F7.b".

        Weights are uniform on ±√(3/fan_in), variance 1/fan_in (LeCun et al. 1998, "Efficient BackProp"), those of
        C3 that are not in the table 0; S2.w and S4.w are 1/4, every bias is 0.
        """
        # BEGIN SOLUTION
        rng, mask = np.random.default_rng(seed), c3_mask()

        def draw(shape, fan_in):
            return rng.uniform(-1, 1, shape) * np.sqrt(3 / fan_in)

        params = {
            "C1.w": draw((6, 1, 5, 5), 25),                                # 156 with its biases
            "S2.w": np.full(6, 0.25),                                      # 12
            "C3.w": draw((16, 6, 5, 5), 25 * mask.sum(axis=1, keepdims=True)) * mask,    # 1 516 in 60 kernels
            "S4.w": np.full(16, 0.25),                                     # 32
            "C5.w": draw((120, 16, 5, 5), 400),                            # 48 120
            "F6.w": draw((120, 84), 120),                                  # 10 164
            "F7.w": draw((84, 10), 84),                                    # 850
        }
        outputs = {name[:2]: w.shape[1] if name[0] == "F" else len(w) for name, w in params.items()}
        return params | {f"{layer}.b": np.zeros(count) for layer, count in outputs.items()}
        # END SOLUTION

    def forward(self, x, params):
        """Scores (N, 10) and a cache. x: (N, 1, 32, 32). Kernels of C3 that are not in the table have no effect."""
        # BEGIN SOLUTION
        convolve, p = self.layers["conv2d_forward"], params
        u1, c1 = convolve(x, p["C1.w"], p["C1.b"])                         # (N, 6, 28, 28)
        h1 = np.tanh(u1)
        u2, s2 = subsample_forward(h1, p["S2.w"], p["S2.b"])               # (N, 6, 14, 14)
        h2 = np.tanh(u2)
        u3, c3 = convolve(h2, p["C3.w"] * c3_mask(), p["C3.b"])            # (N, 16, 10, 10)
        h3 = np.tanh(u3)
        u4, s4 = subsample_forward(h3, p["S4.w"], p["S4.b"])               # (N, 16, 5, 5)
        h4 = np.tanh(u4)
        u5, c5 = convolve(h4, p["C5.w"], p["C5.b"])                        # (N, 120, 1, 1)
        h5 = np.tanh(u5[:, :, 0, 0])                                       # (N, 120)
        h6 = np.tanh(h5 @ p["F6.w"] + p["F6.b"])                           # (N, 84)
        scores = h6 @ p["F7.w"] + p["F7.b"]                                # (N, 10)
        return scores, (h1, h2, h3, h4, h5, h6, c1, s2, c3, s4, c5, p["F6.w"], p["F7.w"])
        # END SOLUTION

    def backward(self, dscores, cache):
        """Gradients of L, dict name → array shaped like the parameter. dscores = ∂L/∂scores: (N, 10)."""
        # BEGIN SOLUTION
        h1, h2, h3, h4, h5, h6, c1, s2, c3, s4, c5, w6, w7 = cache
        back, g = self.layers["conv2d_backward"], {}
        g["F7.w"], g["F7.b"] = h6.T @ dscores, dscores.sum(axis=0)         # (84, 10), (10,)
        du = (dscores @ w7.T) * (1 - h6**2)                                # (N, 84): tanh' = 1 - tanh²
        g["F6.w"], g["F6.b"] = h5.T @ du, du.sum(axis=0)                   # (120, 84), (84,)
        du = (du @ w6.T) * (1 - h5**2)                                     # (N, 120)
        dh, g["C5.w"], g["C5.b"] = back(du[:, :, None, None], c5)          # (N, 16, 5, 5)
        dh, g["S4.w"], g["S4.b"] = subsample_backward(dh * (1 - h4**2), s4)    # (N, 16, 10, 10)
        dh, dw3, g["C3.b"] = back(dh * (1 - h3**2), c3)                    # (N, 6, 14, 14)
        g["C3.w"] = dw3 * c3_mask()                                        # what has no effect has no gradient
        dh, g["S2.w"], g["S2.b"] = subsample_backward(dh * (1 - h2**2), s2)    # (N, 6, 28, 28)
        _, g["C1.w"], g["C1.b"] = back(dh * (1 - h1**2), c1)
        return g
        # END SOLUTION
