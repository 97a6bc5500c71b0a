"""The reference of A8 against independent oracles: loops in numpy, torch's own data classes, hand-written steps."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PATH = Path(__file__).parents[2] / "reference" / "cifar10" / "solution.py"
spec = importlib.util.spec_from_file_location("a8_solution", PATH)
ref = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ref)


def images_of(n, seed=0):
    """n images (n, 3, 32, 32) uint8 whose red channel is their number, and labels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, size=(n, 3, 32, 32), dtype=np.uint8)
    images[:, 0] = np.arange(n)[:, None, None]
    return images, rng.integers(0, 10, size=n)


@pytest.fixture(name="root")
def folder_with_fifty_images(tmp_path):
    """train.npz with 50 images, test.npz with 9."""
    return write(tmp_path, images_of(50), images_of(9, 1))


def write(folder, train, test):
    """The folder, with both files in it."""
    folder.mkdir(exist_ok=True)
    for part, (images, labels) in (("train", train), ("test", test)):
        np.savez(folder / f"{part}.npz", images=images, labels=labels)
    return folder


def small_net(dropout=0.0, seed=0):
    """A net with batch norm for 32×32 images, ten scores."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 4, 5, 4),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(196, 10),
    )


def test_inputs_of_every_grey_level():
    """The 256 levels run from -2 to 2 in equal steps; the handout's four values are exact to float32."""
    levels = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16).repeat(3, axis=1)
    inputs = ref.to_inputs(levels)
    assert inputs.dtype == torch.float32
    np.testing.assert_allclose(inputs[0, 2].ravel(), np.linspace(-2, 2, 256), atol=1e-6)
    np.testing.assert_allclose(inputs[0, 0].ravel()[[0, 51, 204, 255]], [-2, -1.2, 1.2, 2], atol=1e-6)


@given(n=st.integers(1, 5), seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_augment_equals_numpy_reflection(n, seed):
    """Each image is a view of numpy's reflect-padded one, then flipped, from the two draws of the handout."""
    x = torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    before, rng = x.clone(), np.random.default_rng(seed)
    moved = ref.augment(x, rng)
    again = np.random.default_rng(seed)
    offsets, flips = again.integers(0, 9, size=(n, 2)), again.random(n) < 0.5
    for k in range(n):
        padded = np.pad(x[k].numpy(), ((0, 0), (4, 4), (4, 4)), mode="reflect")
        (row, column) = offsets[k]
        view = padded[:, row : row + 32, column : column + 32]
        np.testing.assert_array_equal(moved[k], view[:, :, ::-1] if flips[k] else view)
    assert torch.equal(x, before)
    assert rng.random() == again.random()  # both have drawn as much


def test_augment_worked_example():
    """The handout's row: offset 2 begins with c b a b c d; seed 7 gives the offsets (8, 5) and (6, 8)."""
    row = np.pad(np.array(list("abcdefgh")), 4, mode="reflect")
    assert "".join(row[:10]) == "edcbabcdef"
    assert "".join(row[2:8]) == "cbabcd"
    assert np.random.default_rng(7).integers(0, 9, size=(2, 2)).tolist() == [[8, 5], [6, 8]]


def test_loaders_share_the_images(root):
    """38 + 12 images of train.npz, disjoint and all there; test in its order; labels stay with their images."""
    (images, labels), (others, other_labels) = images_of(50), images_of(9, 1)
    train, val, test = ref.make_loaders(root, 16, 3, 12)
    assert [len(y) for _, y in train] == [16, 16, 6]
    assert len(train) == 3
    number = {
        name: torch.cat([x for x, _ in part])
        for name, part in (("train", train), ("val", val), ("test", test))
    }
    seen = {
        name: torch.round((x[:, 0, 0, 0] * 0.25 + 0.5) * 255).int().tolist() for name, x in number.items()
    }
    assert sorted(seen["train"] + seen["val"]) == list(range(50))
    assert len(seen["val"]) == 12
    assert seen["test"] == list(range(9))
    assert torch.cat([y for _, y in val]).tolist() == labels[seen["val"]].tolist()
    np.testing.assert_array_equal(number["val"], ref.to_inputs(images[seen["val"]]))
    np.testing.assert_array_equal(number["test"], ref.to_inputs(others))
    assert torch.cat([y for _, y in test]).tolist() == other_labels.tolist()


def test_loaders_repeat_by_seed(root):
    """The same seed repeats split, orders and shifts on two passes; each pass differs; another seed differs."""

    def passes(seed):
        np.random.seed(seed + 100)
        train, val, _ = ref.make_loaders(root, 7, seed, 10)
        return [[(x, y) for x, y in loader] for loader in (train, train, val)]

    one, two, other = passes(1), passes(1), passes(2)
    for a, b in zip(one, two, strict=True):
        assert all(torch.equal(x, u) and torch.equal(y, v) for (x, y), (u, v) in zip(a, b, strict=True))
    assert not torch.equal(one[0][0][0], one[1][0][0])
    assert not torch.equal(one[2][0][0], other[2][0][0])


def test_network_has_268930_parameters():
    """The sum over the layers by hand: nine taps a pair of maps, two numbers a map for each norm, 128·10 + 10."""
    pairs = [(3, 24), (24, 48), (48, 48), (48, 96), (96, 96), (96, 128)]
    by_hand = sum(9 * a * b + 2 * b for a, b in pairs) + 128 * 10 + 10
    assert sum(p.numel() for p in ref.CifarCNN().parameters()) == by_hand == 268_930


@pytest.mark.parametrize("n", [1, 5])
def test_network_equals_functional_layers(n):
    """The scores in eval mode are those of conv2d, max_pool2d, batch_norm and relu, one after the other."""
    torch.manual_seed(1)
    net, x, f = ref.CifarCNN().eval(), torch.randn(n, 3, 32, 32), nn.functional
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean)
            nn.init.uniform_(layer.weight)
    layers = [layer for layer in net.modules() if isinstance(layer, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
    h = x
    for place, pooled in enumerate([True, False, True, False, True, False]):
        conv, norm = layers[2 * place : 2 * place + 2]
        h = f.conv2d(h, conv.weight, padding=1)
        h = f.max_pool2d(h, 2) if pooled else h
        h = f.relu(f.batch_norm(h, norm.running_mean, norm.running_var, norm.weight, norm.bias))
    scores = h.amax(dim=(2, 3)) @ layers[-1].weight.T + layers[-1].bias
    found = net(x)
    assert found.shape == (n, 10)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_network_begins_at_ln_10(seed):
    """A fresh network's loss on noise is ln 10 within 0.1, in train mode; all parameters get a gradient."""
    torch.manual_seed(seed)
    net = ref.CifarCNN()
    loss = nn.functional.cross_entropy(net(torch.randn(64, 3, 32, 32)), torch.arange(64) % 10)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(np.log(10), abs=0.1)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_gradients_equal_central_differences():
    """In float64 the gradient of the loss agrees with centred differences in five entries of every parameter."""
    torch.manual_seed(0)
    net = ref.CifarCNN().double().eval()
    x, y, h = torch.randn(2, 3, 32, 32, dtype=torch.float64), torch.tensor([3, 8]), 1e-6
    nn.functional.cross_entropy(net(x), y).backward()
    rng = np.random.default_rng(1)
    for parameter in net.parameters():
        flat, gradient, numeric = parameter.data.view(-1), parameter.grad.view(-1), []
        places = rng.choice(flat.numel(), size=min(5, flat.numel()), replace=False)
        for place in places:
            losses = []
            for step in (h, -2 * h):
                flat[place] += step
                losses.append(float(nn.functional.cross_entropy(net(x), y).detach()))
            flat[place] += h
            numeric.append((losses[0] - losses[1]) / (2 * h))
        exact = gradient[places].numpy()
        error = np.linalg.norm(exact - numeric)
        assert error <= 1e-4 * (np.linalg.norm(exact) + np.linalg.norm(numeric)) + 1e-9


def test_one_epoch_equals_a_hand_written_one():
    """Weights after two epochs of SGD with momentum, in float64, equal v = 0.9 v + g, w = w - 0.1 v by autograd."""
    torch.manual_seed(2)
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 10)).double()
    x, y = torch.randn(11, 3, 2, 2, dtype=torch.float64), torch.arange(11) % 10
    weights = [p.detach().clone().requires_grad_(True) for p in net.parameters()]
    speeds = [torch.zeros_like(w) for w in weights]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(2):
        found = ref.train_one_epoch(net, DataLoader(TensorDataset(x, y), 4), optimizer)
        losses, rights = [], []
        for start in (0, 4, 8):
            part, target = x[start : start + 4].flatten(1), y[start : start + 4]
            scores = torch.tanh(part @ weights[0].T + weights[1]) @ weights[2].T + weights[3]
            each = scores.logsumexp(dim=1) - scores.gather(1, target[:, None])[:, 0]
            gradients = torch.autograd.grad(each.mean(), weights)
            losses += each.tolist()
            rights += (scores.argmax(1) == target).tolist()
            with torch.no_grad():
                for w, v, g in zip(weights, speeds, gradients, strict=True):
                    v.mul_(0.9).add_(g)
                    w.sub_(0.1 * v)
        assert found == pytest.approx((np.mean(losses), np.mean(rights)), rel=1e-10)
    for parameter, w in zip(net.parameters(), weights, strict=True):
        torch.testing.assert_close(parameter.detach(), w.detach(), rtol=1e-10, atol=1e-12)


def test_one_epoch_sets_train_mode():
    """A model that comes in eval mode learns its running statistics, and dropout is on."""
    net = small_net(0.5).eval()
    x, y = ref.to_inputs(images_of(12)[0]), torch.arange(12) % 10
    before = net[1].running_mean.clone()
    ref.train_one_epoch(net, [(x, y)], torch.optim.SGD(net.parameters(), lr=0.01))
    assert net.training
    assert not torch.equal(net[1].running_mean, before)


@given(n=st.integers(1, 13), batch=st.integers(1, 14), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_evaluate_does_not_depend_on_batches(n, batch, seed):
    """Mean loss and accuracy are those of all samples at once, for any batch size; nothing of the model changes."""
    net = small_net(0.5, seed).train()
    images, labels = images_of(n, seed)
    x, y = ref.to_inputs(images), torch.from_numpy(labels)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    loss, accuracy = ref.evaluate(net, DataLoader(TensorDataset(x, y), batch))
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    scores = net.eval()(x).detach().double()
    chances = torch.softmax(scores, dim=1)[torch.arange(n), y]
    assert loss == pytest.approx(float(-chances.log().mean()), rel=1e-5)
    assert accuracy == pytest.approx(float((scores.argmax(1) == y).double().mean()))
    assert isinstance(loss, float)


def test_worked_example_of_the_means():
    """Losses 1, 2 | 3, 4 | 10 in batches of 2, 2, 1: mean 4; mean of means 5; sum of means by samples 3."""
    parts = [np.array([1.0, 2]), np.array([3.0, 4]), np.array([10.0])]
    assert np.concatenate(parts).mean() == 4
    means = [part.mean() for part in parts]
    assert np.mean(means) == 5
    assert sum(means) / 5 == 3


def run(root, seed=3, epochs=3, dropout=0.3, report=None):
    """(history, weights) of a small net trained from weights that are always the same."""
    net = small_net(dropout)
    torch.manual_seed(np.random.randint(1000))  # what others have drawn must not matter
    return ref.fit(net, root, epochs, seed, report), net.state_dict()


def equal(one, two):
    """Same names, same values, bit for bit."""
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_fit_tells_what_it_writes(root):
    """Four lists of `epochs` numbers; report hears (epoch from 1, train_loss, val_loss, val_acc) after each."""
    told = []
    history, _ = run(root, report=lambda *numbers: told.append(numbers))
    assert list(history) == ["train_loss", "train_acc", "val_loss", "val_acc"]
    assert {len(values) for values in history.values()} == {3}
    rows = zip([1, 2, 3], *(history[key] for key in ("train_loss", "val_loss", "val_acc")), strict=True)
    assert told == list(rows)


def test_fit_repeats(root):
    """The same seed and weights give the same history and weights, with dropout; another seed gives others."""
    (history, weights), (again, same), (_, other) = run(root), run(root), run(root, seed=4)
    assert history == again
    assert equal(weights, same)
    assert not equal(weights, other)


def test_fit_splits(tmp_path):
    """Of 15 images exactly three change val_loss alone; all others change weights; test.npz changes nothing."""
    images, labels = images_of(15)
    base = run(write(tmp_path / "base", (images, labels), images_of(4, 1)), epochs=2)
    elsewhere = run(write(tmp_path / "test", (images, labels), images_of(6, 2)), epochs=2)
    assert elsewhere[0] == base[0]
    assert equal(elsewhere[1], base[1])
    held = 0
    for k in range(15):
        changed = images.copy()
        changed[k] = images_of(1, 50 + k)[0]
        history, weights = run(write(tmp_path / str(k), (changed, labels), images_of(4, 1)), epochs=2)
        if equal(weights, base[1]) and history["train_loss"] == base[0]["train_loss"]:
            held += 1
            assert history["val_loss"] != base[0]["val_loss"]
    assert held == 3


@pytest.mark.parametrize(("count", "epochs"), [(5, 1), (24, 4), (161, 2)])
def test_fit_of_few_images(tmp_path, count, epochs):
    """The schedule bears any number of steps, a single one included."""
    history, _ = run(write(tmp_path / "few", images_of(count), images_of(3, 1)), epochs=epochs)
    assert np.isfinite(np.array(list(history.values()))).all()


def test_curves_show_the_history():
    """Two axes, labelled; each with a line for train and for val over 1..E and a legend; the history stays."""
    rng = np.random.default_rng(0)
    history = {key: rng.random(5).tolist() for key in ("train_loss", "train_acc", "val_loss", "val_acc")}
    before = {key: list(values) for key, values in history.items()}
    figure = ref.plot_curves(history)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    for axes, kind in zip(figure.axes, ("loss", "acc"), strict=True):
        assert axes.get_xlabel() == "epoch"
        for line, part in zip(axes.get_lines(), ("train", "val"), strict=True):
            assert line.get_label() == part
            assert list(line.get_xdata()) == [1, 2, 3, 4, 5]
            assert list(line.get_ydata()) == history[f"{part}_{kind}"]
        assert len(axes.get_legend().get_texts()) == 2
    assert history == before


@pytest.mark.parametrize("n", [1, 9, 600])
def test_predictions_are_the_largest_scores(n):
    """int64 (N,), from eval mode whatever mode the model came in; more than one batch, in any order."""
    net, (images, _) = small_net(0.5).train(), images_of(min(n, 200))
    images = np.concatenate([images] * (n // len(images)))
    labels = ref.predict(net, images)
    assert labels.dtype == np.int64
    expected = net.eval()(ref.to_inputs(images)).detach().numpy().argmax(axis=1)
    np.testing.assert_array_equal(labels, expected)
    order = np.random.default_rng(0).permutation(n)
    np.testing.assert_array_equal(ref.predict(net.train(), images[order]), expected[order])


def test_network_learns_a_batch_by_heart():
    """30 of the 60 steps that the check allows are enough for 16 random images."""
    torch.manual_seed(0)
    net, x = ref.CifarCNN(), torch.randn(16, 3, 32, 32)
    y, adam = torch.arange(16) % 10, torch.optim.Adam(net.parameters(), lr=0.003)
    losses = [ref.train_one_epoch(net, [(x, y)], adam)[0] for _ in range(30)]
    assert losses[-1] < 0.05
