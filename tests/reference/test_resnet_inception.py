"""The reference of `resnet_inception` against loops in NumPy, autograd, central differences and closed forms."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

PATH = Path(__file__).parents[2] / "reference" / "resnet_inception" / "solution.py"
SPEC = importlib.util.spec_from_file_location("resnet_inception_solution", PATH)
ref = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ref)

SHAPES = [(4, 4, 1), (3, 5, 2), (4, 6, 1), (5, 5, 2), (2, 3, 3)]
WIDTHS = st.integers(1, 12)


def images(*shape, seed=0):
    """float64, standard normal."""
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def awake(module, seed=1):
    """The module in float64 and eval mode, every parameter and running statistic drawn anew."""
    rng = np.random.default_rng(seed)
    state = module.double().eval().state_dict()
    for name, value in state.items():
        if value.dtype == torch.float64:
            low, high = (0.5, 1.5) if name.endswith("running_var") else (-0.7, 0.7)
            value.copy_(torch.from_numpy(rng.uniform(low, high, tuple(value.shape))))
    return module


def convolved(x, layer):
    """Cross-correlation with zero padding, place by place. (N, C, H, W) → (N, F, H', W')."""
    w = layer.weight.detach().numpy()
    k, s, p = layer.kernel_size[0], layer.stride[0], layer.padding[0]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    high, wide = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
    out = np.zeros((len(x), len(w), high, wide))
    for i in range(high):
        for j in range(wide):
            window = x[:, None, :, s * i : s * i + k, s * j : s * j + k]
            out[:, :, i, j] = (window * w[None]).sum(axis=(2, 3, 4))
    return out if layer.bias is None else out + layer.bias.detach().numpy()[:, None, None]


def normalised(x, norm, batch=False):
    """Batch normalisation over N, H, W with running statistics, or with those of the batch."""
    mean, var = norm.running_mean.numpy(), norm.running_var.numpy()
    if batch:
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    gamma, beta = (p.detach().numpy()[:, None, None] for p in (norm.weight, norm.bias))
    return (x - mean[:, None, None]) / np.sqrt(var + 1e-5)[:, None, None] * gamma + beta


def block_by_hand(net, x, batch=False):
    """The block in NumPy, from the handout's formula."""
    y = np.maximum(normalised(convolved(x, net.conv1), net.bn1, batch), 0)
    y = normalised(convolved(y, net.conv2), net.bn2, batch)
    side = normalised(convolved(x, net.proj), net.bn_proj, batch) if hasattr(net, "proj") else x
    return np.maximum(y + side, 0)


def inception_by_hand(net, x):
    """The module in NumPy; the pooling takes the maximum over the neighbours that exist."""
    pooled = np.empty_like(x)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            near = x[:, :, max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
            pooled[:, :, i, j] = near.max(axis=(2, 3))
    three, five = (np.maximum(convolved(x, layer), 0) for layer in (net.reduce3, net.reduce5))
    pairs = [(x, net.conv1), (three, net.conv3), (five, net.conv5), (pooled, net.convp)]
    return np.concatenate([np.maximum(convolved(u, layer), 0) for u, layer in pairs], axis=1)


def assert_differences_agree(module, x, seed=2, h=1e-6):
    """Autograd's gradients of Σ weights ⊙ module(x) are centred differences, at ten entries of each array.

    h = 1e-6, so that few steps cross a kink of ReLU.
    """
    rng = np.random.default_rng(seed)
    x = x.clone().requires_grad_(True)
    weights = images(*module(x).shape, seed=seed)
    (weights * module(x)).sum().backward()
    for tensor in [x, *module.parameters()]:
        flat, gradient = tensor.data.view(-1), tensor.grad.view(-1)
        places = rng.choice(flat.numel(), size=min(10, flat.numel()), replace=False)
        numeric = []
        for place in places:
            kept, losses = float(flat[place]), []
            for moved in (kept + h, kept - h):
                flat[place] = moved
                losses.append(float((weights * module(x)).sum().detach()))
            flat[place] = kept
            numeric.append((losses[0] - losses[1]) / (2 * h))
        a, b = gradient[places].numpy(), np.array(numeric)
        assert np.linalg.norm(a - b) <= 1e-4 * (np.linalg.norm(a) + np.linalg.norm(b)) + 1e-8


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("args", SHAPES)
def test_block_equals_loops_in_numpy(args, n):
    """The block's values in eval mode are those of its formula, written out place by place."""
    net, x = awake(ref.BasicBlock(*args)), images(n, args[0], 7, 5)
    got = net(x).detach().numpy()
    assert got.shape == (n, args[1], -(-7 // args[2]), -(-5 // args[2]))
    np.testing.assert_allclose(got, block_by_hand(net, x.numpy()), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("args", SHAPES)
def test_block_in_train_mode_uses_the_batch(args):
    """In train mode the statistics are those of the batch, and the running ones move by a tenth."""
    net, x = awake(ref.BasicBlock(*args)).train(), images(3, args[0], 5, 6)
    before = net.bn1.running_mean.clone()
    want = block_by_hand(net, x.numpy(), batch=True)
    np.testing.assert_allclose(net(x).detach().numpy(), want, rtol=1e-9, atol=1e-11)
    mean = convolved(x.numpy(), net.conv1).mean(axis=(0, 2, 3))
    np.testing.assert_allclose(net.bn1.running_mean.numpy(), 0.9 * before.numpy() + 0.1 * mean)


@pytest.mark.parametrize("args", SHAPES)
@pytest.mark.parametrize("train", [False, True])
def test_block_gradients_equal_differences(args, train):
    """The block's gradients by its input and parameters agree with centred differences in both modes."""
    net = awake(ref.BasicBlock(*args))
    for norm in net.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.train(train)
    assert_differences_agree(net, images(2, args[0], 5, 4))


def test_block_without_f_is_relu_and_passes_the_gradient():
    """With γ = β = 0 in bn2 the block is ReLU, and its derivative by x is 1 where x > 0."""
    net, x = awake(ref.BasicBlock(3, 3)), images(2, 3, 4, 5).requires_grad_(True)
    nn.init.zeros_(net.bn2.weight)
    nn.init.zeros_(net.bn2.bias)
    out = net(x)
    out.sum().backward()
    torch.testing.assert_close(out, x.clamp(min=0))
    torch.testing.assert_close(x.grad, (x > 0).double())


@pytest.mark.parametrize("module", [ref.BasicBlock(3, 4, 2), ref.Inception(3, 2, (2, 3), (1, 2), 2)])
def test_modules_leave_their_input_and_keep_float32(module):
    """float32 in, float32 out, and the images are what they were."""
    x = images(2, 3, 6, 6).float()
    before = x.clone()
    assert module(x).dtype == torch.float32
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("args", "shape"), [((3, 2, (2, 4), (1, 3), 2), (1, 5, 7)), ((2, 1, (3, 2), (2, 2), 3), (2, 1, 2))]
)
def test_inception_equals_loops_in_numpy(args, shape):
    """The four branches in their order, for negative inputs and for maps smaller than the kernels."""
    net, (n, h, w) = awake(ref.Inception(*args)), shape
    x = images(n, args[0], h, w) - 1
    got = net(x).detach().numpy()
    assert got.shape == (n, args[1] + args[2][1] + args[3][1] + args[4], h, w)
    np.testing.assert_allclose(got, inception_by_hand(net, x.numpy()), rtol=1e-10, atol=1e-12)


def test_inception_gradients_equal_differences():
    """Gradients by input and parameters agree with centred differences."""
    assert_differences_agree(awake(ref.Inception(3, 2, (2, 3), (2, 1), 2)), images(2, 3, 4, 5))


@settings(max_examples=25, deadline=None)
@given(WIDTHS, WIDTHS, st.integers(1, 3))
def test_block_params_counts_the_block(cin, cout, stride):
    """The formula is the number of trainable parameters of the module, for any width and stride."""
    net = ref.BasicBlock(cin, cout, stride)
    assert ref.block_params(cin, cout, stride) == sum(p.numel() for p in net.parameters())


@settings(max_examples=25, deadline=None)
@given(WIDTHS, WIDTHS, st.tuples(WIDTHS, WIDTHS), st.tuples(WIDTHS, WIDTHS), WIDTHS)
def test_inception_params_counts_the_module(cin, c1, c3, c5, cp):
    """The formula is the number of parameters of the module, and of four plain convolutions without reduction."""
    net = ref.Inception(cin, c1, c3, c5, cp)
    assert ref.inception_params(cin, c1, c3, c5, cp) == sum(p.numel() for p in net.parameters())
    naive = [nn.Conv2d(cin, out, k) for out, k in ((c1, 1), (c3[1], 3), (c5[1], 5), (cp, 1))]
    count = sum(p.numel() for layer in naive for p in layer.parameters())
    assert ref.inception_params(cin, c1, c3, c5, cp, reduce=False) == count


def test_the_numbers_of_the_handout():
    """ResNet-18's blocks, GoogLeNet's 3a with its 159K weights and 128 million operations, and the saving."""
    assert ref.block_params(64, 64) == 73_984
    assert ref.block_params(64, 128, 2) == 230_144
    module = (192, 64, (96, 128), (16, 32), 32)
    assert ref.inception_params(*module) == 163_696
    assert ref.inception_params(*module, reduce=False) == 393_472
    weights = 163_696 - (64 + 96 + 128 + 16 + 32 + 32)
    assert round(weights / 1024 - 0.5) == 159
    assert round(weights * 28 * 28 / 1e6) == 128


def chain_rule(depth, residual, seed):
    """The norms by hand: g ← (g ⊙ [u > 0]) W, plus g itself around a residual layer."""
    layers, x = ref.draw_tower(depth, seed)
    h, gates = x.numpy(), []
    for layer in layers:
        u = h @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        gates.append(u > 0)
        h = residual * h + np.maximum(u, 0)
    grads = [np.ones_like(h)]
    for layer, gate in zip(layers[::-1], gates[::-1], strict=True):
        grads.insert(0, (grads[0] * gate) @ layer.weight.detach().numpy() + residual * grads[0])
    return np.array([np.linalg.norm(g) for g in grads])


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("depth", [1, 4, 50])
def test_gradient_norms_equal_the_chain_rule(depth, residual):
    """The norms are those of back-propagation written out in NumPy; the last is √(16·64)."""
    got = ref.gradient_norms(depth, residual, 5)
    assert got.shape == (depth + 1,)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, chain_rule(depth, residual, 5), rtol=1e-9)
    assert got[-1] == pytest.approx(32.0, rel=1e-14)


def test_the_table_of_the_handout():
    """Depth 3 and depth 50 for seed 0, as printed."""
    plain, residual = ref.gradient_norms(3, False), ref.gradient_norms(3, True)
    np.testing.assert_allclose(plain, [3.181013, 7.820201, 14.807861, 32], atol=6e-7)
    np.testing.assert_allclose(residual, [51.830475, 45.946064, 38.836895, 32], atol=6e-7)
    assert ref.gradient_norms(50, False)[0] == pytest.approx(3.1e-19, rel=0.02)
    assert ref.gradient_norms(50, True)[0] == pytest.approx(1.7e6, rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_a_plain_layer_takes_six_tenths(seed):
    """Plain layers shrink the gradient by about 1/√6 each, residual ones never: the ratio passes 1000 by far."""
    plain, residual = ref.gradient_norms(50, False, seed), ref.gradient_norms(50, True, seed)
    assert (plain[0] / plain[-1]) ** (1 / 50) == pytest.approx(6**-0.5, rel=0.05)
    assert (residual[:-1] >= residual[1:]).all()
    assert residual[0] / plain[0] > 1e3


def test_the_tower_has_the_default_distribution_of_torch():
    """Weights and biases lie within ±1/8, with the variance 1/(3·64) of torch's own nn.Linear."""
    layers, x = ref.draw_tower(20, 0)
    drawn = torch.cat([layer.weight.detach().flatten() for layer in layers])
    torch.manual_seed(0)
    default = torch.cat([nn.Linear(64, 64).weight.detach().flatten() for _ in range(20)])
    assert drawn.abs().max() <= 1 / 8
    assert default.abs().max() <= 1 / 8
    assert float(drawn.var()) == pytest.approx(1 / 192, rel=0.02)
    assert float(default.var()) == pytest.approx(1 / 192, rel=0.02)
    assert tuple(x.shape) == (16, 64)
    assert x.dtype == torch.float64


def test_with_bn_the_plain_gradient_explodes():
    """With BN before each ReLU, plain gradients grow 10⁴-fold over 50 layers, residual ones tenfold."""
    grown = {}
    for residual in (False, True):
        torch.manual_seed(0)
        states = [torch.randn(64, 64, dtype=torch.float64, requires_grad=True)]
        for _ in range(50):
            layer = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()).double()
            states.append(residual * states[-1] + layer(states[-1]))
        weights = torch.randn(64, 64, dtype=torch.float64)
        grads = torch.autograd.grad((states[-1] * weights).sum(), [states[0], states[-1]])
        grown[residual] = float(grads[0].norm() / grads[1].norm())
    assert 3e3 < grown[False] < 1e5
    assert 3 < grown[True] < 50
