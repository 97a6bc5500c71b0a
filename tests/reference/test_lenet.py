"""The reference of `lenet` against loops in numpy, torch's autograd, central differences and the lectures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
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


# --- the part in NumPy

NAMES = [f"{layer}.{kind}" for layer in ("C1", "S2", "C3", "S4", "C5", "F6", "F7") for kind in "wb"]


def torch_layers():
    """conv2d_forward and conv2d_backward by torch, whose cache is the graph."""

    def conv2d_forward(x, w, b):
        leaves = [torch.tensor(array, requires_grad=True) for array in (x, w, b)]
        out = nn.functional.conv2d(*leaves)
        return out.detach().numpy(), (out, leaves)

    def conv2d_backward(dout, cache):
        out, leaves = cache
        grads = torch.autograd.grad(out, leaves, torch.tensor(dout), retain_graph=True)
        return tuple(grad.numpy() for grad in grads)

    return {"conv2d_forward": conv2d_forward, "conv2d_backward": conv2d_backward}


@pytest.fixture(name="lenet5")
def lenet5_with_torch_layers():
    """LeNet5Numpy on convolutions by torch."""
    return ref.LeNet5Numpy(torch_layers())


def draw(n, seed=0):
    """Images, parameters that are 0 nowhere, and a gradient by the scores, all float64."""
    rng = np.random.default_rng(seed)
    params = {name: array + 0.05 * rng.normal(size=array.shape) for name, array in init_params(seed).items()}
    return rng.normal(size=(n, 1, 32, 32)), params, rng.normal(size=(n, 10))


def init_params(seed):
    """Fresh parameters; `init` needs no layers."""
    return ref.LeNet5Numpy({}).init(seed)


def crosses():
    """Table I of the paper, row by row as printed there: (16, 6) bool."""
    rows = ["X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX"]
    rows += [".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX"]
    return np.array([[cell == "X" for cell in row] for row in rows]).T


def scores_by_torch(x, params):
    """The network written with torch functions: pooling as 4 · mean, C3 with a mask, C5 as a convolution."""
    p, f = params, nn.functional
    h = torch.tanh(f.conv2d(x, p["C1.w"], p["C1.b"]))
    h = torch.tanh(4 * f.avg_pool2d(h, 2) * p["S2.w"].view(1, -1, 1, 1) + p["S2.b"].view(1, -1, 1, 1))
    h = torch.tanh(f.conv2d(h, p["C3.w"] * torch.tensor(crosses())[:, :, None, None], p["C3.b"]))
    h = torch.tanh(4 * f.avg_pool2d(h, 2) * p["S4.w"].view(1, -1, 1, 1) + p["S4.b"].view(1, -1, 1, 1))
    h = torch.tanh(f.conv2d(h, p["C5.w"], p["C5.b"])).flatten(1)
    h = torch.tanh(f.linear(h, p["F6.w"].T, p["F6.b"]))
    return f.linear(h, p["F7.w"].T, p["F7.b"])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_lenet5_equals_torch_autograd(lenet5, n):
    """Scores and all fourteen gradients agree with torch's autograd in float64, also where C3 is masked."""
    x, params, dscores = draw(n, seed=n)
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    wanted = scores_by_torch(torch.tensor(x), leaves)
    (wanted * torch.tensor(dscores)).sum().backward()
    scores, cache = lenet5.forward(x, params)
    grads = lenet5.backward(dscores, cache)
    np.testing.assert_allclose(scores, wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
    assert scores.dtype == np.float64
    assert sorted(grads) == sorted(NAMES)
    for name, leaf in leaves.items():
        assert grads[name].shape == params[name].shape
        np.testing.assert_allclose(grads[name], leaf.grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_lenet5_gradients_equal_central_differences(lenet5, name):
    """Five entries of every parameter: the gradient is the centred difference of L, h = 1e-5."""
    x, params, dscores = draw(2)
    grad = lenet5.backward(dscores, lenet5.forward(x, params)[1])[name].reshape(-1)
    numeric = np.zeros(5)
    places = np.random.default_rng(4).choice(grad.size, size=5, replace=False)
    for k, place in enumerate(places):
        for step in (1e-5, -1e-5):
            moved = {key: array.copy() for key, array in params.items()}
            moved[name].reshape(-1)[place] += step
            numeric[k] += np.sum(dscores * lenet5.forward(x, moved)[0]) / (2 * step)
    error = np.linalg.norm(grad[places] - numeric)
    assert error <= 1e-6 * (np.linalg.norm(grad[places]) + np.linalg.norm(numeric)) + 1e-9


def test_lenet5_with_the_reference_of_convolution():
    """The layers of the assignment `convolution` fit in as they are and give the same scores and gradients."""
    spec = importlib.util.spec_from_file_location(
        "a6_solution", PATH.parents[1] / "convolution" / "solution.py"
    )
    a6 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(a6)
    own = ref.LeNet5Numpy({name: getattr(a6, name) for name in ("conv2d_forward", "conv2d_backward")})
    other = ref.LeNet5Numpy(torch_layers())
    x, params, dscores = draw(2)
    found = [
        (net.forward(x, params)[0], net.backward(dscores, net.forward(x, params)[1])) for net in (own, other)
    ]
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-10)
    for name in NAMES:
        np.testing.assert_allclose(found[0][1][name], found[1][1][name], rtol=1e-9, atol=1e-12)


def test_parameters_of_1998():
    """156 + 12 + 1 516 + 32 + 48 120 + 10 164 + 850 = 60 850, in 60 kernels of C3, as the paper's table says."""
    params = init_params(0)
    assert list(map(sum, zip(*crosses().astype(int), strict=True))) == [10] * 6
    np.testing.assert_array_equal(np.any(params["C3.w"] != 0, axis=(2, 3)), crosses())
    np.testing.assert_array_equal(ref.c3_mask()[:, :, 0, 0], crosses())
    counts = {
        layer: params[f"{layer}.w"].size + params[f"{layer}.b"].size
        for layer in ("C1", "S2", "S4", "C5", "F6", "F7")
    }
    assert counts == {"C1": 156, "S2": 12, "S4": 32, "C5": 48120, "F6": 10164, "F7": 850}
    c3 = np.count_nonzero(params["C3.w"]) + params["C3.b"].size
    assert c3 == 1516
    assert sum(counts.values()) + c3 == 60850


def test_init_follows_its_law():
    """Uniform on ±√(3/fan_in), from the seed alone; the signal is alive in every layer and scores are of order one."""
    params, again, other = init_params(3), init_params(3), init_params(4)
    for name, fan_in in [("C1.w", 25), ("C5.w", 400), ("F6.w", 120), ("F7.w", 84)]:
        assert abs(params[name]).max() <= np.sqrt(3 / fan_in)
        assert params[name].var() * fan_in == pytest.approx(1, abs=5 * np.sqrt(0.8 / params[name].size))
        np.testing.assert_array_equal(params[name], again[name])
        assert not np.array_equal(params[name], other[name])
    for count in (3, 4, 6):
        drawn = params["C3.w"][crosses().sum(axis=1) == count]
        assert abs(drawn).max() <= np.sqrt(3 / (25 * count))
        assert drawn[drawn != 0].var() * 25 * count == pytest.approx(1, abs=0.25)
    x, _, _ = draw(4)
    scores, _ = ref.LeNet5Numpy(torch_layers()).forward(x, params)
    assert 0.05 < scores.std() < 3


def test_subsample_worked_example():
    """The handout's table: sums 14, 21, 19, 20, times 0.5 plus 1; and the way back for dout = 1, 2, 3, 4."""
    table = np.array([[5.0, 3, 1, 9], [2, 4, 5, 6], [7, 8, 5, 6], [1, 3, 4, 5]])[None, None]
    out, cache = ref.subsample_forward(table, np.array([0.5]), np.array([1.0]))
    np.testing.assert_array_equal(out[0, 0], [[8, 11.5], [10.5, 11]])
    dx, dw, db = ref.subsample_backward(np.array([[[[1.0, 2], [3, 4]]]]), cache)
    np.testing.assert_array_equal(dx[0, 0], np.kron([[0.5, 1], [1.5, 2]], np.ones((2, 2))))
    assert (dw.tolist(), db.tolist()) == ([193.0], [10.0])


@given(
    n=st.integers(1, 3),
    c=st.integers(1, 4),
    h=st.integers(1, 4),
    w=st.integers(1, 4),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_subsample_is_a_grouped_convolution(n, c, h, w, seed):
    """It equals a convolution with 2×2 kernels of one value, stride 2 and a group for each map; so do its gradients."""
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(n, c, 2 * h, 2 * w)), rng.normal(size=c), rng.normal(size=c)
    x, weight, bias = (torch.tensor(array, requires_grad=True) for array in arrays)
    kernels = weight.view(c, 1, 1, 1).expand(c, 1, 2, 2)
    wanted = nn.functional.conv2d(x, kernels, bias, stride=2, groups=c)
    dout = rng.normal(size=(n, c, h, w))
    wanted.backward(torch.tensor(dout))
    out, cache = ref.subsample_forward(*arrays)
    np.testing.assert_allclose(out, wanted.detach().numpy(), rtol=1e-9, atol=1e-12)
    for got, leaf in zip(ref.subsample_backward(dout, cache), (x, weight, bias), strict=True):
        np.testing.assert_allclose(got, leaf.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_lenet5_is_pure_and_its_cache_lasts(lenet5):
    """Arguments stay as they are; backward gives the same after another forward pass, and the second time."""
    x, params, dscores = draw(2)
    before = x.copy(), {name: array.copy() for name, array in params.items()}, dscores.copy()
    _, cache = lenet5.forward(x, params)
    first = lenet5.backward(dscores, cache)
    lenet5.forward(*draw(1, seed=9)[:2])
    again = lenet5.backward(dscores, cache)
    for name in NAMES:
        np.testing.assert_array_equal(first[name], again[name])
        np.testing.assert_array_equal(params[name], before[1][name])
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(dscores, before[2])


def test_lenet5_learns_ten_images_by_heart(lenet5):
    """Sixty steps of plain gradient descent bring the cross-entropy of ten random images from ln 10 below 0.2."""
    x, labels = np.random.default_rng(0).normal(size=(10, 1, 32, 32)), np.arange(10)
    params, losses = lenet5.init(0), []
    for _ in range(60):
        scores, cache = lenet5.forward(x, params)
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        losses.append(-np.log(chances[labels, labels]).mean())
        grads = lenet5.backward((chances - np.eye(10)) / 10, cache)
        params = {name: array - 0.5 * grads[name] for name, array in params.items()}
    assert losses[0] == pytest.approx(np.log(10), abs=0.5)
    assert losses[-1] < 0.2
    assert np.count_nonzero(params["C3.w"]) == 60 * 25
