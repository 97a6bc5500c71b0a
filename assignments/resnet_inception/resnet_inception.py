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
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, cin, H, W) float32, left as it is → (N, cout, ⌈H/stride⌉, ⌈W/stride⌉) float32."""
        raise NotImplementedError("forward: not written yet")


class Inception(nn.Module):
    """Four branches side by side, each with ReLU after every convolution, concatenated along the channels.

    Attributes conv1 (1×1); reduce3 (1×1), conv3 (3×3); reduce5 (1×1), conv5 (5×5); convp (1×1, after a 3×3 max-pooling
    with stride 1). All convolutions have biases; no batch normalisation. c3 = (reduced, out), c5 likewise.
    """

    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        raise NotImplementedError("__init__: not written yet")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (N, cin, H, W) float32, left as it is → (N, c1 + c3[1] + c5[1] + cp, H, W) float32, in this order."""
        raise NotImplementedError("forward: not written yet")


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    """Trainable parameters of BasicBlock(cin, cout, stride): weights, and γ and β of each batch normalisation."""
    raise NotImplementedError("block_params: not written yet")


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    """Weights and biases of Inception(cin, c1, c3, c5, cp).

    With reduce=False: of the same module without reduce3 and reduce5, where conv3 and conv5 read all cin channels.
    """
    raise NotImplementedError("inception_params: not written yet")


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
    raise NotImplementedError("gradient_norms: not written yet")
