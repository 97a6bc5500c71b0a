"""Two ways to go deeper: the residual block of ResNet and the Inception module of GoogLeNet, in torch.

Images are batch first, channels first: (N, C, H, W), float32. Modules leave their input as it is.

Sources: He et al. 2016, "Deep residual learning for image recognition", section 3 (post-activation block,
projection shortcut "option B"); Szegedy et al. 2015, "Going deeper with convolutions", figure 2(b), table 1.
"""

import numpy as np
import torch
from torch import nn

WIDTH, ROWS = 64, 16  # units of a layer of the tower, examples in its batch


class BasicBlock(nn.Module):
    """ReLU(F(x) + shortcut(x)) with F = BN ∘ conv3×3 ∘ ReLU ∘ BN ∘ conv3×3; no convolution has a bias.

    Attributes conv1, bn1, conv2, bn2. If stride != 1 or cin != cout, and only then, the shortcut is bn_proj(proj(x)),
    proj a 1×1 convolution with the same stride; otherwise it is x itself.
    """

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)  # β of the BN is the bias
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.projects = stride != 1 or cin != cout
        if self.projects:
            self.proj = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, cin, H, W) float32, left as it is → (N, cout, ⌈H/stride⌉, ⌈W/stride⌉) float32."""
        # BEGIN SOLUTION
        y = torch.relu(self.bn1(self.conv1(x)))                          # (N, cout, H', W')
        y = self.bn2(self.conv2(y))                                      # (N, cout, H', W'): F(x), of either sign
        shortcut = self.bn_proj(self.proj(x)) if self.projects else x    # (N, cout, H', W')
        return torch.relu(y + shortcut)                                  # ReLU once, after the addition
        # END SOLUTION


class Inception(nn.Module):
    """Four branches side by side, each with ReLU after every convolution, concatenated along the channels.

    Attributes conv1 (1×1); reduce3 (1×1), conv3 (3×3); reduce5 (1×1), conv5 (5×5); convp (1×1, after a 3×3 max-pooling
    with stride 1). All convolutions have biases; no batch normalisation. c3 = (reduced, out), c5 likewise.
    """

    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3 = nn.Conv2d(cin, c3[0], 1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], 3, padding=1)               # padding keeps H and W, not the 1×1
        self.reduce5 = nn.Conv2d(cin, c5[0], 1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)                 # pads with -inf: the border never wins
        self.convp = nn.Conv2d(cin, cp, 1)
        # END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, cin, H, W) float32, left as it is → (N, c1 + c3[1] + c5[1] + cp, H, W) float32, in this order."""
        # BEGIN SOLUTION
        one = torch.relu(self.conv1(x))                                  # (N, c1, H, W)
        three = torch.relu(self.conv3(torch.relu(self.reduce3(x))))      # (N, c3[1], H, W)
        five = torch.relu(self.conv5(torch.relu(self.reduce5(x))))       # (N, c5[1], H, W)
        pooled = torch.relu(self.convp(self.pool(x)))                    # (N, cp, H, W)
        return torch.cat([one, three, five, pooled], dim=1)
        # END SOLUTION


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    """Trainable parameters of BasicBlock(cin, cout, stride): weights, and γ and β of each batch normalisation."""
    # BEGIN SOLUTION
    count = 9 * cin * cout + 9 * cout * cout + 2 * 2 * cout
    if stride != 1 or cin != cout:
        count += cin * cout + 2 * cout
    return count
    # END SOLUTION


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    """Weights and biases of Inception(cin, c1, c3, c5, cp).

    With reduce=False: of the same module without reduce3 and reduce5, where conv3 and conv5 read all cin channels.
    """
    # BEGIN SOLUTION
    count = (cin + 1) * c1 + (cin + 1) * cp
    for size, (reduced, out) in ((3, c3), (5, c5)):
        if reduce:
            count += (cin + 1) * reduced + (size * size * reduced + 1) * out
        else:
            count += (size * size * cin + 1) * out
    return count
    # END SOLUTION


def draw_tower(depth: int, seed: int) -> tuple[list[nn.Linear], torch.Tensor]:
    """`depth` layers nn.Linear(64, 64) and a batch x (16, 64), all float64. Given: nothing to write here.

    Weights and biases are uniform on ±1/√64: torch's default for nn.Linear, drawn by NumPy so that a seed
    means the same on every machine.
    """
    rng, bound = np.random.default_rng(seed), WIDTH**-0.5
    layers = []
    for _ in range(depth):
        layer = nn.Linear(WIDTH, WIDTH, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(rng.uniform(-bound, bound, (WIDTH, WIDTH))))
            layer.bias.copy_(torch.from_numpy(rng.uniform(-bound, bound, WIDTH)))
        layers.append(layer)
    return layers, torch.from_numpy(rng.normal(size=(ROWS, WIDTH)))


def gradient_norms(depth: int, residual: bool, seed: int = 0) -> np.ndarray:
    """‖∂L/∂hₗ‖ for l = 0, …, depth in the tower of draw_tower(depth, seed) → (depth + 1,) float64.

    h₀ = x; plain: hₗ = ReLU(Wₗ hₗ₋₁ + bₗ); residual: hₗ = hₗ₋₁ + ReLU(Wₗ hₗ₋₁ + bₗ). L is the sum of all
    entries of the last h, the norm is the root of the sum of squares over the whole (16, 64) gradient.
    """
    # BEGIN SOLUTION
    layers, x = draw_tower(depth, seed)
    states = [x.requires_grad_(True)]                                    # h₀ (16, 64)
    for layer in layers:
        branch = torch.relu(layer(states[-1]))                           # (16, 64)
        states.append(states[-1] + branch if residual else branch)
    grads = torch.autograd.grad(states[-1].sum(), states)                # depth + 1 times (16, 64)
    return np.array([float(g.norm()) for g in grads])
    # END SOLUTION
