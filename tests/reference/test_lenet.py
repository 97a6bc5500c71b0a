"""The reference of `lenet` against loops in numpy, central differences and the lectures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

PATH = Path(__file__).parents[2] / "reference" / "lenet" / "solution.py"
SPEC = importlib.util.spec_from_file_location("lenet_solution", PATH)
ref = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ref)


@pytest.fixture(name="net")
def seeded_net():
    """A network with reproducible weights."""
    torch.manual_seed(3)
    return ref.Net()


def images(n, seed=0):
    """(n, 3, 32, 32) float32, standard normal."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, 3, 32, 32)).astype(np.float32))


def convolve(x, kernels, bias):
    """Cross-correlation without padding, tap by tap. (N, C, H, W), (F, C, k, k) → (N, F, H', W')."""
    k = kernels.shape[2]
    h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
    out = np.zeros((len(x), len(kernels), h, w)) + bias[:, None, None]
    for i in range(k):
        for j in range(k):
            out += np.einsum("nchw,fc->nfhw", x[:, :, i : i + h, j : j + w], kernels[:, :, i, j])
    return out


def pooled(x):
    """Maximum of each 2×2 block, block by block."""
    out = np.zeros((*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(2, 3))
    return out


def scores_by_hand(net, x):
    """The forward pass in numpy float64, from the slide's listing."""
    w = {name: value.double().numpy() for name, value in net.state_dict().items()}
    h = np.asarray(x, dtype=np.float64)
    for name in ("conv1", "conv2"):
        h = pooled(np.maximum(convolve(h, w[f"{name}.weight"], w[f"{name}.bias"]), 0))
    h = h.reshape(len(h), 16 * 5 * 5)
    for name in ("fc1", "fc2"):
        h = np.maximum(h @ w[f"{name}.weight"].T + w[f"{name}.bias"], 0)
    return h @ w["fc3.weight"].T + w["fc3.bias"]


def test_attributes_and_parameters(net):
    """The six attributes exist, and 456 + 2 416 + 48 120 + 10 164 + 850 = 62 006 parameters."""
    layers = [net.conv1, net.conv2, net.fc1, net.fc2, net.fc3]
    counts = [sum(p.numel() for p in layer.parameters()) for layer in layers]
    assert counts == [456, 2416, 48120, 10164, 850]
    assert sum(p.numel() for p in net.parameters()) == 62006
    assert isinstance(net.pool, nn.MaxPool2d)
    assert list(net.state_dict()) == [
        f"{name}.{kind}" for name in ("conv1", "conv2", "fc1", "fc2", "fc3") for kind in ("weight", "bias")
    ]


@pytest.mark.parametrize("n", [1, 2, 7])
def test_forward_equals_loops_in_numpy(net, n):
    """The scores of any batch are those of the forward pass written out in numpy."""
    x = images(n)
    got = net(x).detach().numpy()
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, scores_by_hand(net, x), rtol=1e-4, atol=1e-6)


def test_forward_leaves_the_images_unchanged(net):
    """The input tensor is the same after a forward and a backward pass."""
    x = images(3)
    before = x.clone()
    net(x).sum().backward()
    assert torch.equal(x, before)


def test_scores_are_not_probabilities(net):
    """Scores are negative here and there, and rows do not sum to one."""
    scores = net(images(8)).detach()
    assert (scores < 0).any()
    assert not torch.allclose(scores.sum(dim=1), torch.ones(8), atol=1e-2)


def test_gradients_equal_central_differences(net):
    """In float64 the gradient of every layer agrees with centred differences of the loss, h = 1e-5."""
    net.double()
    x, y, h = images(2).double(), torch.tensor([3, 8]), 1e-5
    nn.functional.cross_entropy(net(x), y).backward()
    rng = np.random.default_rng(1)
    for parameter in net.parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        places = rng.choice(flat.numel(), size=min(10, flat.numel()), replace=False)
        numeric = []
        for place in places:
            losses = []
            for step in (h, -2 * h):
                flat[place] += step
                losses.append(float(nn.functional.cross_entropy(net(x), y).detach()))
            flat[place] += h
            numeric.append((losses[0] - losses[1]) / (2 * h))
        a, b = gradient[places].numpy(), np.array(numeric)
        assert np.linalg.norm(a - b) <= 1e-4 * (np.linalg.norm(a) + np.linalg.norm(b)) + 1e-10


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_learns_32_images_by_heart(seed):
    """60 of the 100 steps that the check allows are enough for 32 random images with random labels."""
    torch.manual_seed(seed)
    net, x = ref.Net(), images(32, seed)
    y = torch.from_numpy(np.random.default_rng(seed).integers(0, 10, size=32))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    assert (net(x).argmax(dim=1) == y).float().mean() >= 0.99


def test_the_other_slide_has_65886_parameters():
    """With 128 units in fc1, as one of the slides prints it, the network would have 65 886 parameters."""
    assert 456 + 2416 + (400 + 1) * 128 + (128 + 1) * 84 + 850 == 65886
