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
