"""A LeNet-5 for small colour images, in torch.

Images are (N, 3, 32, 32), class scores (N, 10). Two blocks [5×5 convolution, ReLU, 2×2 max-pooling] reduce
an image to 16 maps of 5×5; three fully connected layers turn these 400 numbers into ten scores.

Sources: LeCun et al. 1998, "Gradient-based learning applied to document recognition", figure 2, for the
sizes; for the modern form (ReLU, max-pooling, dense C3, colour) the CIFAR-10 tutorial of PyTorch.
"""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    """Attributes conv1, pool, conv2, fc1, fc2, fc3; 62 006 trainable parameters, all in float32."""

    def __init__(self) -> None:
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (logits, no softmax). x: (N, 3, 32, 32) float32, left as it is → (N, 10) float32."""
        raise NotImplementedError("forward: not written yet")
