# expect: missing
"""LeNet-5 twice: for small colour images in torch, and as in 1998, by hand in NumPy.

Net takes (N, 3, 32, 32) float32: two blocks [5×5 convolution, ReLU, 2×2 max-pooling] reduce an image to 16
maps of 5×5, three fully connected layers turn these 400 numbers into ten scores.

LeNet5Numpy takes (N, 1, 32, 32) float64. Its sub-sampling is trained, and a map of C3 sees only some maps of S2:

    x -C1-> (6, 28, 28) -S2-> (6, 14, 14) -C3-> (16, 10, 10) -S4-> (16, 5, 5) -C5-> (120,) -F6-> (84,) -F7-> (10,)

with tanh after every layer but F7. Layers store w and b under "C1.w", "C1.b", …, "F7.b": 60 850 parameters.

Sources: LeCun et al. 1998, "Gradient-based learning applied to document recognition", figure 2, section II.B and
table I; for the modern form (ReLU, max-pooling, dense C3, colour) the CIFAR-10 tutorial of PyTorch.
"""

import torch
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
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (logits, no softmax). x: (N, 3, 32, 32) float32, left as it is → (N, 10) float32."""
        raise NotImplementedError("forward: not written yet")


def subsample_forward(x, w, b):
    """Trained sub-sampling: out[n, c, i, j] = w[c] · (sum of the 2×2 block at (2i, 2j) of map c) + b[c].

    x: (N, C, H, W), H and W even; w, b: (C,), all float64 → (out (N, C, H/2, W/2), cache). No activation.
    """
    raise NotImplementedError("subsample_forward: not written yet")


def subsample_backward(dout, cache):
    """Gradients of L from dout = ∂L/∂out (N, C, H/2, W/2) → (dx (N, C, H, W), dw (C,), db (C,))."""
    raise NotImplementedError("subsample_backward: not written yet")


class LeNet5Numpy:
    """LeNet-5 of 1998. `layers` has "conv2d_forward" and "conv2d_backward", as in the assignment convolution."""

    def __init__(self, layers):
        self.layers = layers

    def init(self, seed):
        """Fresh parameters from np.random.default_rng(seed): dict of float64 arrays, "C1.w" to "F7.b".

        Weights are uniform on ±√(3/fan_in), variance 1/fan_in (LeCun et al. 1998, "Efficient BackProp"), those of
        C3 that are not in the table 0; S2.w and S4.w are 1/4, every bias is 0.
        """
        raise NotImplementedError("init: not written yet")

    def forward(self, x, params):
        """Scores (N, 10) and a cache. x: (N, 1, 32, 32). Kernels of C3 that are not in the table have no effect."""
        raise NotImplementedError("forward: not written yet")

    def backward(self, dscores, cache):
        """Gradients of L, dict name → array shaped like the parameter. dscores = ∂L/∂scores: (N, 10)."""
        raise NotImplementedError("backward: not written yet")
