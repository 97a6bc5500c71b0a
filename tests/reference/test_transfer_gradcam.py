"""The reference of `transfer_gradcam` against loops, closed forms, differences, SciPy and the handout's numbers."""

import copy
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d
from torch import nn

from grader.datasets import shapes10

ROOT = Path(__file__).parents[2]
CHECKPOINT = ROOT / "assignments" / "transfer_gradcam" / "pretrained.npz"
SPEC = importlib.util.spec_from_file_location(
    "transfer_gradcam_solution", ROOT / "reference" / "transfer_gradcam" / "solution.py"
)
ref = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ref)

SEEDS = st.integers(0, 10**6)


def numbered(n, c, h, w):
    """Images of the numbers 1, 2, 3, …, float32."""
    return np.arange(1, n * c * h * w + 1, dtype=np.float32).reshape(n, c, h, w)


def awake(net, seed=1):
    """The network with parameters and running statistics drawn anew."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                low = 0.5 if name.endswith("running_var") else -0.5
                value.copy_(torch.rand(value.shape, generator=generator, dtype=value.dtype) + low)
    return net


def snapshot(net):
    """Name → copy of parameters and buffers."""
    return {name: value.clone() for name, value in net.state_dict().items()}


def changed(net, before):
    """Names of what is not bit for bit as before."""
    return {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}


# --- augmentation


def test_the_examples_of_the_handout():
    """Flips, crops and turns of counted pixels are those printed in the handout."""
    flipped = ref.hflip(numbered(4, 1, 2, 3), np.random.default_rng(8))
    assert flipped[:2, 0].tolist() == [[[3, 2, 1], [6, 5, 4]], [[7, 8, 9], [10, 11, 12]]]
    crops = ref.random_crop(numbered(2, 1, 3, 3), 1, np.random.default_rng(0))[:, 0].tolist()
    assert crops == [[[4, 5, 6], [7, 8, 9], [0, 0, 0]], [[0, 10, 11], [0, 13, 14], [0, 16, 17]]]
    turned = ref.rotate90(numbered(4, 1, 2, 2), np.random.default_rng(8))[:, 0].tolist()
    assert turned == [[[4, 3], [2, 1]], [[6, 8], [5, 7]], [[9, 10], [11, 12]], [[15, 13], [16, 14]]]


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 5), h=st.integers(1, 5), w=st.integers(1, 5), pad=st.integers(0, 3))
def test_crops_pixel_by_pixel(seed, n, h, w, pad):
    """Each pixel of a crop is that of the image at a shifted place, or 0 outside of it."""
    x = numbered(n, 2, h, w)
    places = np.random.default_rng(seed).integers(0, 2 * pad + 1, size=(n, 2)) - pad
    crops = ref.random_crop(x, pad, np.random.default_rng(seed))
    for i, (down, right) in enumerate(places):
        for r in range(h):
            for c in range(w):
                inside = 0 <= r + down < h and 0 <= c + right < w
                pixel = x[i, :, r + down, c + right] if inside else np.zeros(2)
                np.testing.assert_array_equal(crops[i, :, r, c], pixel)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 6), h=st.integers(1, 5))
def test_turns_and_flips_pixel_by_pixel(seed, n, h):
    """A quarter turn moves the pixel at (r, c) to (h - 1 - c, r); a flip moves it to (r, h - 1 - c)."""
    x = numbered(n, 2, h, h)
    turns = np.random.default_rng(seed).integers(0, 4, size=n)
    flips = np.random.default_rng(seed).random(n) < 0.5
    turned, flipped = (f(x, np.random.default_rng(seed)) for f in (ref.rotate90, ref.hflip))
    for i in range(n):
        for r in range(h):
            for c in range(h):
                row, column = r, c
                for _ in range(turns[i]):
                    row, column = h - 1 - column, row
                np.testing.assert_array_equal(turned[i, :, row, column], x[i, :, r, c])
                np.testing.assert_array_equal(flipped[i, :, r, h - 1 - c if flips[i] else c], x[i, :, r, c])


def test_noise_has_mean_zero_and_the_deviation_asked():
    """Over 120 000 pixels mean and standard deviation lie within five standard errors; the dtype stays float32."""
    x = np.full((10, 3, 40, 100), 0.5, dtype=np.float32)
    noise = ref.add_noise(x, 0.3, np.random.default_rng(1)) - x
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(x.size)
    assert abs(noise.std() - 0.3) < 5 * 0.3 / np.sqrt(2 * x.size)


def test_about_half_of_the_images_are_mirrored():
    """Of 10 000 images between 47.5 and 52.5 % are mirrored: five standard errors."""
    flipped = ref.hflip(numbered(10_000, 1, 1, 2), np.random.default_rng(2))
    share = np.mean(flipped[:, 0, 0, 0] > flipped[:, 0, 0, 1])
    assert abs(share - 0.5) < 0.025


def test_augment_is_its_three_steps_with_one_generator():
    """augment gives what flip, crop and noise give one after the other, leaves x alone and keeps the labels."""
    x, y, rng = numbered(6, 3, 4, 5), np.arange(6), np.random.default_rng(3)
    before = x.copy()
    images, labels = ref.augment(x, y, 2, 0.1, np.random.default_rng(3))
    expected = ref.add_noise(ref.random_crop(ref.hflip(x, rng), 2, rng), 0.1, rng)
    np.testing.assert_array_equal(images, expected)
    np.testing.assert_array_equal(labels, y)
    np.testing.assert_array_equal(x, before)


def test_images_that_are_not_square_are_not_turned():
    """rotate90 raises ValueError if height and width differ."""
    with pytest.raises(ValueError, match="square"):
        ref.rotate90(numbered(2, 1, 2, 3), np.random.default_rng(0))


# --- transfer


@pytest.mark.parametrize(("until", "count"), [("block1", 1), ("block2", 2), ("block3", 3)])
def test_training_moves_only_what_is_not_frozen(until, count):
    """After five steps of an Adam over all parameters the frozen blocks are bit-identical, all else has moved."""
    torch.manual_seed(0)
    net = ref.freeze(awake(ref.ShapeNet(4)), until)
    before = snapshot(net)
    x, y = torch.rand(6, 3, 16, 16), torch.tensor([0, 1, 2, 3, 0, 1])
    ref.fit(net, torch.optim.Adam(net.parameters(), lr=0.05), x, y, 5)
    free = {name for name in before if name.split(".")[0] not in {f"block{i + 1}" for i in range(count)}}
    assert changed(net, before) == free


def test_frozen_norms_use_their_running_statistics():
    """In train mode the frozen block gives what the formula of batch normalisation gives with stored statistics."""
    net = awake(ref.ShapeNet(4)).double()
    ref.freeze(net, "block1").train()
    x = torch.rand(3, 3, 8, 8, dtype=torch.float64)
    conv, norm = net.block1[0], net.block1[1]
    u = nn.functional.conv2d(x, conv.weight, padding=1)
    mean, var, gamma, beta = (
        v[:, None, None] for v in (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    expected = nn.functional.max_pool2d(torch.relu((u - mean) / torch.sqrt(var + 1e-5) * gamma + beta), 2)
    torch.testing.assert_close(net.block1(x), expected, rtol=1e-12, atol=1e-12)
    assert net.block2.training


def test_a_frozen_network_can_be_copied():
    """A copy of a frozen network is frozen as well: its statistics stay when it is trained."""
    net = copy.deepcopy(ref.freeze(awake(ref.ShapeNet(4)), "block2"))
    before = snapshot(net)
    net.train()(torch.rand(4, 3, 8, 8))
    assert not any(name.startswith(("block1", "block2")) for name in changed(net, before))


@pytest.mark.parametrize(
    ("net", "name"), [(ref.ShapeNet(4), "fc"), (ref.OneConv(2, 3), "fc"), (ref.DeepHead(3), "head.3")]
)
def test_the_last_linear_layer_is_new(net, name):
    """The last linear layer has k outputs, torch's initial weights, and requires a gradient; all else is the same."""
    before = snapshot(awake(net).requires_grad_(False))
    ref.replace_head(net, 7)
    head = net.get_submodule(name)
    assert head.out_features == 7
    assert head.weight.abs().max() <= 1 / np.sqrt(head.in_features)
    assert [tuple(p.shape) for p in ref.trainable(net)] == [(7, head.in_features), (7,)]
    rest = {key: value for key, value in net.state_dict().items() if not key.startswith(name)}
    assert all(torch.equal(value, before[key]) for key, value in rest.items())
    assert net.state_dict().keys() == before.keys()


def test_what_cannot_be_found_is_refused():
    """An unknown child and a model without a linear layer raise ValueError, and freeze nothing."""
    net = ref.ShapeNet(3)
    with pytest.raises(ValueError, match="block9"):
        ref.freeze(net, "block9")
    assert len(ref.trainable(net)) == len(list(net.parameters()))
    with pytest.raises(ValueError, match="Linear"):
        ref.replace_head(nn.Sequential(nn.ReLU()), 3)


def test_fit_is_adam_by_hand():
    """Losses and weights of a linear head on fixed features follow Adam's formula (Kingma and Ba 2015, algorithm 1)."""
    net = awake(ref.ShapeNet(5)).double()
    optimizer = ref.prepare(net, "block3", 3, 0.1)
    net.double()
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    assert (
        [id(p) for p in held] == [id(p) for p in ref.trainable(net)] == [id(net.fc.weight), id(net.fc.bias)]
    )
    x, y = torch.rand(5, 3, 8, 8, dtype=torch.float64), torch.tensor([0, 1, 2, 1, 0])
    with torch.no_grad():
        maps = net.block3(net.block2(net.block1(x)))
    features = np.c_[maps.mean(dim=(2, 3)).numpy(), np.ones(5)]  # (5, 65), the last one for the bias
    W = np.c_[net.fc.weight.detach().numpy(), net.fc.bias.detach().numpy()]  # (3, 65)
    m, v, losses = np.zeros_like(W), np.zeros_like(W), []
    for t in range(1, 5):
        p = np.exp(features @ W.T)
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[np.arange(5), y]).mean())
        p[np.arange(5), y] -= 1
        g = p.T @ features / 5
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        W = W - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(ref.fit(net, optimizer, x, y, 4), losses, rtol=1e-5)
    np.testing.assert_allclose(net.fc.weight.detach().numpy(), W[:, :-1], rtol=1e-4, atol=1e-5)


# --- Grad-CAM


def test_the_worked_example_of_the_handout():
    """Two maps of 1×2 and weights 2, -2 give (2, 0)."""
    net = ref.OneConv(2, 1).double()
    for p in net.parameters():
        p.data.zero_()
    net.conv.weight.data[0, 0, 1, 1] = net.conv.weight.data[1, 1, 1, 1] = 1.0  # maps 1, 2 are colours 1, 2
    net.fc.weight.data[:] = torch.tensor([[2.0, -2.0]])
    x = torch.tensor([[[[3.0, 1.0]], [[1.0, 2.0]], [[9.0, 9.0]]]], dtype=torch.float64)
    assert ref.grad_cam(net, x, "conv", 0).tolist() == [[2.0, 0.0]]


@pytest.mark.parametrize("target", [0, 1, 2])
def test_closed_form_with_scipy(target):
    """For one convolution the map is ReLU(Σ w_k A_k) / (HW), A_k by SciPy's correlation."""
    net, x = awake(ref.OneConv(4, 3)).double(), np.random.default_rng(4).normal(size=(3, 5, 6))
    kernels, bias = net.conv.weight.detach().numpy(), net.conv.bias.detach().numpy()
    maps = [
        sum(correlate2d(x[c], w[c], mode="same") for c in range(3)) + b
        for w, b in zip(kernels, bias, strict=True)
    ]
    w = net.fc.weight.detach().numpy()[target]
    expected = np.maximum(np.tensordot(w, np.array(maps), axes=1), 0) / 30
    cam = ref.grad_cam(net, torch.from_numpy(x[None]), "conv", target)
    np.testing.assert_allclose(cam.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_weights_by_central_differences(layer):
    """The weights are mean differences of the score when the layer's output moves, also where gradients vary."""
    net = awake(ref.DeepHead(3)).double().eval()
    x, target, h = torch.from_numpy(np.random.default_rng(5).normal(size=(1, 1, 8, 12))), 1, 1e-5
    with torch.no_grad():
        A = net.features[: layer + 1](net.stem(x))
        slopes = torch.zeros_like(A)
        for index in np.ndindex(*A.shape):
            step = torch.zeros_like(A)
            step[index] = h
            up, down = (net.head(net.features[layer + 1 :](A + sign * step))[0, target] for sign in (1, -1))
            slopes[index] = (up - down) / (2 * h)
    expected = np.maximum((slopes.numpy().mean(axis=(2, 3), keepdims=True) * A.numpy()).sum(axis=1)[0], 0)
    cam = ref.grad_cam(net.train(), x, f"features.{layer}", target)
    np.testing.assert_allclose(cam.numpy(), expected, rtol=1e-6, atol=1e-9)
    assert not cam.requires_grad


def test_no_trace_is_left():
    """Weights, statistics, modes, hooks, gradients and image are as before; a frozen model gives the same map."""
    net, x = awake(ref.DeepHead(3)).train(), torch.rand(1, 1, 8, 12)
    net.head.eval()
    before, image, modes = snapshot(net), x.clone(), [module.training for module in net.modules()]
    cam = ref.grad_cam(net, x, "features.3", 2)
    assert changed(net, before) == set()
    assert [module.training for module in net.modules()] == modes
    assert all(p.grad is None and p.requires_grad for p in net.parameters())
    assert not any(module._forward_hooks for module in net.modules())
    assert torch.equal(x, image)
    assert not x.requires_grad
    assert torch.equal(ref.grad_cam(ref.freeze(net, "head"), x, "features.3", 2), cam)


def test_upsampling_by_hand():
    """Bilinear weights, place by place: pixel i of H lies at (i + 1/2) h/H - 1/2 of the small map."""
    assert ref.upsample_cam(torch.tensor([[0.0, 4.0]]), (1, 4)).tolist() == [[0.0, 1.0, 3.0, 4.0]]
    cam = torch.from_numpy(np.random.default_rng(6).random((3, 4)))

    def weights(small, large):
        """(large, small): how much of each small pixel is in each large one."""
        out = np.zeros((large, small))
        for i in range(large):
            place = min(max((i + 0.5) * small / large - 0.5, 0), small - 1)
            low = min(int(place), small - 1)
            out[i, low] += 1 - (place - low)
            out[i, min(low + 1, small - 1)] += place - low
        return out

    for H, W in [(9, 8), (3, 4), (7, 5)]:
        expected = weights(3, H) @ cam.numpy() @ weights(4, W).T
        np.testing.assert_allclose(ref.upsample_cam(cam, (H, W)).numpy(), expected, rtol=1e-12)


# --- the checkpoint


def test_the_checkpoint_fits_and_knows_its_five_shapes():
    """It is small, has the names and shapes of ShapeNet(5), and names 90 % of new images of the classes 0 to 4."""
    assert CHECKPOINT.stat().st_size <= 300_000
    with np.load(CHECKPOINT) as arrays:
        state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    net = ref.ShapeNet(5)
    net.load_state_dict(state)
    images, labels = shapes10.draw(500, 99)
    known = labels < 5
    with torch.no_grad():
        guesses = net.eval()(torch.from_numpy(images[known] / np.float32(255))).argmax(dim=1)
    assert np.mean(guesses.numpy() == labels[known]) >= 0.9
