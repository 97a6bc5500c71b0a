# expect: failed resnet_inception.inception_params/naive-reads-reduced-channels
# mistake: inception_params: with reduce=False the two reductions are left out, but conv3 and conv5 are still counted with the reduced number of input channels
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, ROWS = 64, 16


class BasicBlock(nn.Module):
    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        # Faltungen ohne Bias, danach kommt ja BN
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(cout, cout, 3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.bn2 = nn.BatchNorm2d(cout)
        self.abkuerzung = stride != 1 or cin != cout
        if self.abkuerzung:
            self.proj = nn.Conv2d(cin, cout, 1, stride=stride, bias=False)
            self.bn_proj = nn.BatchNorm2d(cout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.bn1(self.conv1(x))
        z = z.clamp(min=0)
        z = self.bn2(self.conv2(z))
        s = self.bn_proj(self.proj(x)) if self.abkuerzung else x
        return (z + s).clamp(min=0)


class Inception(nn.Module):
    def __init__(self, cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(cin, c1, 1)
        self.reduce3 = nn.Conv2d(cin, c3[0], 1)
        self.conv3 = nn.Conv2d(c3[0], c3[1], 3, padding=1)
        self.reduce5 = nn.Conv2d(cin, c5[0], 1)
        self.conv5 = nn.Conv2d(c5[0], c5[1], 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.convp = nn.Conv2d(cin, cp, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        zweige = []
        zweige.append(F.relu(self.conv1(x)))

        z = F.relu(self.reduce3(x))
        zweige.append(F.relu(self.conv3(z)))

        z = F.relu(self.reduce5(x))
        zweige.append(F.relu(self.conv5(z)))

        z = self.pool(x)
        zweige.append(F.relu(self.convp(z)))
        return torch.cat(zweige, dim=1)


def block_params(cin: int, cout: int, stride: int = 1) -> int:
    anzahl = 9 * cin * cout + 9 * cout**2      # conv1, conv2
    anzahl += 2 * 2 * cout                     # gamma, beta
    if stride != 1 or cin != cout:
        anzahl += cin * cout + 2 * cout
    return anzahl


def inception_params(
    cin: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], cp: int, reduce: bool = True
) -> int:
    conv1 = cin * c1 + c1
    reduce3 = cin * c3[0] + c3[0]
    conv3 = 9 * c3[0] * c3[1] + c3[1]
    reduce5 = cin * c5[0] + c5[0]
    conv5 = 25 * c5[0] * c5[1] + c5[1]
    convp = cin * cp + cp
    alles = conv1 + reduce3 + conv3 + reduce5 + conv5 + convp
    if not reduce:
        alles -= reduce3 + reduce5
    return alles


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
    schichten, x = draw_tower(depth, seed)
    x.requires_grad_()
    zustand = x
    zustaende = [x]
    for schicht in schichten:
        neu = F.relu(schicht(zustand))
        zustand = zustand + neu if residual else neu
        zustand.retain_grad()
        zustaende.append(zustand)
    zustand.sum().backward()
    return np.array([torch.linalg.norm(z.grad).item() for z in zustaende])
