"""Public checks of `cifar10`: inputs, augmentation, loaders, the network, one epoch, evaluation, history, curves."""

import numpy as np
import torch

from grader.checks import agree, as_reference, close, drive, ensure, points, pure


def numbered(rng, n):
    """n images whose red channel is flat and says which one it is (0..n-1 ≤ 255), and labels: what both files hold."""
    images = rng.integers(0, 256, size=(n, 3, 32, 32), dtype=np.uint8)
    images[:, 0] = np.arange(n, dtype=np.uint8)[:, None, None]
    return images, rng.integers(0, 10, size=n)


def normalised(images):
    """What `to_inputs` should give, as an array."""
    return ((images / 255 - 0.5) / 0.25).astype(np.float32)


def numbers_of(x):
    """Which images these inputs are: shifts and mirrors leave a flat channel as it is."""
    red = np.asarray(x, dtype=np.float64)[:, 0].mean(axis=(1, 2))
    return np.rint((red * 0.25 + 0.5) * 255).astype(int)


def gathered(loader, most=60):
    """(sizes of the batches, inputs, labels) of one pass, the last two put together as arrays."""
    batches = drive.items(loader, most)
    ensure(len(batches) > 0, "a loader must give at least one batch on every pass")
    if not batches:
        return [], np.zeros((0, 3, 32, 32), np.float32), np.zeros(0, np.int64)
    inputs, labels = zip(*batches, strict=True)
    return [len(y) for y in labels], np.concatenate(list(map(np.asarray, inputs))), np.concatenate(
        list(map(np.asarray, labels)))


def some_of(x):
    """Every third row and fourth column of the images: enough to see what has moved where."""
    kind = [str(getattr(x, "dtype", type(x).__name__)), list(np.shape(x))]
    return [kind, np.asarray(x)[:, ::2, ::3, ::4] if np.ndim(x) == 4 else None]


def kinds(x, y):
    """What the two parts of a batch are: dtype, and the shape without the batch axis."""
    return [str(getattr(part, "dtype", type(part).__name__)) for part in (x, y)] + [list(np.shape(x))[1:], np.ndim(y)]


def small_net(student, rng, layers):
    """An nn.Sequential with drawn weights; running variances are positive."""
    net = drive.sequential(student, layers)
    state = {}
    for name, value in drive.state_dict(net).items():
        shape = np.shape(value)
        if name.endswith("num_batches_tracked"):
            state[name] = np.array(0)
        elif name.endswith("running_var"):
            state[name] = rng.uniform(0.5, 2.0, shape).astype(np.float32)
        else:
            fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 4
            state[name] = rng.normal(0.0, np.sqrt(1 / fan_in), shape).astype(np.float32)
    drive.load_state_dict(net, state)
    return net


@points(3)
def test_inputs_are_normalised(student, rng):
    """`to_inputs` maps 0, 51, 204, 255 to −2, −1.2, 1.2, 2, in float32 and in the shape of the images."""
    example = np.array([0, 51, 204, 255], dtype=np.uint8).repeat(768).reshape(1, 3, 32, 32)
    agree(student.to_inputs, example, atol=1e-5)
    images = rng.integers(0, 256, size=(3, 3, 32, 32), dtype=np.uint8)
    agree(student.to_inputs, images, atol=1e-5)
    pure(student.to_inputs, images)


@points(6)
def test_augment_moves_every_image_on_its_own(student, rng):
    """`augment` shifts each image by its own offsets, mirrors about half of them, and leaves x as it is."""
    x = torch.from_numpy(rng.normal(size=(6, 3, 32, 32)).astype(np.float32))
    seed = int(rng.integers(1 << 30))
    moved, after = student.augment.observed(x.clone(), drive.rng(student, seed))
    as_reference(some_of(moved), of=student.augment, what="six augmented images")
    ensure(np.array_equal(after[0], x), "`augment` must leave x as it is")
    generator = drive.rng(student, seed)
    twice = [some_of(student.augment(x, generator)) for _ in range(2)]
    as_reference(twice, of=student.augment, what="the same images, twice from one generator")


@points(7)
def test_loaders_share_out_the_images(student, rng):
    """Train and val share the images of train.npz without overlap, test has those of test.npz in their order."""
    images, labels = numbered(rng, 50)
    others = numbered(rng, 9)
    root = drive.folder(student, train=(images, labels), test=others)
    loaders = student.make_loaders(root, 16, int(rng.integers(1000)), 12)
    ensure(len(loaders) == 3, "`make_loaders` must give three, train, val, test")
    (sizes, x, y), (_, val_x, val_y), (_, test_x, test_y) = map(gathered, loaders)
    as_reference(kinds(x, y), of=student.make_loaders, what="dtypes and shapes of the batches of train")
    as_reference([len(y), len(val_y), len(test_y)], of=student.make_loaders, what="images in train, val and test")
    as_reference(sizes, of=student.make_loaders, what="sizes of the batches of train")
    chosen, held = numbers_of(x), numbers_of(val_x)
    ensure(not set(chosen) & set(held), "no image may be both in train and in val")
    close(np.sort(np.concatenate([chosen, held])), np.arange(50), what="the numbers of all images", of="make_loaders")
    close(y, labels[np.clip(chosen, 0, 49)], what="labels of train", of="make_loaders")
    close(val_y, labels[np.clip(held, 0, 49)], what="labels of val", of="make_loaders")
    ensure(list(numbers_of(test_x)) == list(range(9)), "test must keep the order of the file")
    for part, found, wanted in (("val", val_x, images[np.clip(held, 0, 49)]), ("test", test_x, others[0])):
        as_they_are = np.allclose(found, normalised(wanted), atol=1e-4)
        ensure(as_they_are, f"the images of {part} must be those of the file, neither shifted nor mirrored")
    close(test_y, others[1], what="labels of test", of="make_loaders")
    again = [gathered(loader)[0] for loader in loaders]
    as_reference(list(map(sum, again)), of=student.make_loaders, what="images in train, val and test on a second pass")


@points(5)
def test_scores_of_the_network(student, rng):
    """Any batch gives raw scores (N, 10) in float32, no probabilities, from at most 1 000 000 parameters."""
    net = student.CifarCNN()
    total = sum(int(np.prod(np.shape(value))) for value in drive.items(net.parameters(), 5000))
    ensure(total <= 1_000_000, "the network may have at most 1 000 000 parameters")
    for n in (12, 1):
        x = torch.from_numpy(rng.normal(size=(n, 3, 32, 32)).astype(np.float32))
        scores = drive.forward(net, x)
        kind = [list(np.shape(scores)), str(scores.dtype)]
        as_reference(kind, of=student.CifarCNN, what="[shape, dtype] of the scores")
        scores = np.asarray(scores, dtype=np.float64)
        ensure(np.isfinite(scores).all(), "the scores must be finite")
        ensure(not np.allclose(scores.sum(axis=1), 1, atol=1e-3), "the ten scores of an image must not sum to 1")
        ensure(not np.allclose(np.exp(scores).sum(axis=1), 1, atol=1e-3), "the scores must not be log-probabilities")
        ensure(scores.min() != 0 or scores.max() == 0, "negative scores must stay negative: no ReLU at the end")


@points(3)
def test_loss_begins_at_ln_10(student, rng, data):
    """A fresh network knows nothing: its loss on 64 training images is ln 10, give or take 0.3."""
    chosen = rng.permutation(len(data.train[1]))[:64]
    x, y = torch.from_numpy(normalised(data.train[0][chosen])), torch.from_numpy(data.train[1][chosen])
    loss = drive.gradients(student.CifarCNN(), x, y)["loss"]
    ensure(abs(loss - np.log(10)) <= 0.3, "the loss of a fresh network must lie between 2.0 and 2.6")


@points(7)
def test_one_epoch_of_a_small_net(student, rng):
    """From given weights an epoch of SGD gives the right weights, mean loss and accuracy; the last batch is small."""
    layers = [("Conv2d", 3, 4, 3), ("ReLU",), ("Flatten",), ("Linear", 64, 10)]
    net = small_net(student, rng, layers)
    x, y = rng.normal(size=(11, 3, 6, 6)).astype(np.float32), rng.integers(0, 10, size=11)
    optimizer = drive.optimizer(net, "sgd", lr=0.2)
    found = student.train_one_epoch(net, drive.loader(student, x, y, 4), optimizer)
    as_reference(drive.state_dict(net), of=student.train_one_epoch, what="the weights", rtol=1e-4, atol=1e-5)
    as_reference(found, of=student.train_one_epoch, what="(mean loss, accuracy)", rtol=1e-4, atol=1e-5)


@points(4)
def test_evaluation_of_a_small_net(student, rng):
    """`evaluate` gives mean loss and accuracy over all samples, however they are cut into batches."""
    net = small_net(student, rng, [("Flatten",), ("Linear", 27, 10)])
    x, y = rng.normal(size=(13, 3, 3, 3)).astype(np.float32), rng.integers(0, 10, size=13)
    for n, batch in ((13, 5), (13, 13), (6, 1)):
        found = student.evaluate(net, drive.loader(student, x[:n], y[:n], batch))
        what = f"(mean loss, accuracy) of {n} samples in batches of {batch}"
        as_reference(found, of=student.evaluate, what=what, rtol=1e-4, atol=1e-5)


@points(5)
def test_fit_writes_a_history(student, rng):
    """`fit` gives four lists with a number for each epoch, tells `report` the same, and changes the model."""
    layers = [("Conv2d", 3, 4, 5, 4), ("ReLU",), ("Flatten",), ("Linear", 196, 10)]
    net = small_net(student, rng, layers)
    root = drive.folder(student, train=numbered(rng, 23), test=numbered(rng, 4))
    before, told = drive.state_dict(net), []
    history = student.fit(net, root, 3, 5, lambda *numbers: told.append([float(number) for number in numbers]))
    lengths = {str(key): len(values) for key, values in history.items()}
    as_reference(lengths, of=student.fit, what="names and lengths of the lists")
    table = {key: np.array([float(value) for value in values]) for key, values in history.items()}
    ensure(all(np.isfinite(values).all() for values in table.values()), "all numbers of the history must be finite")
    rates = np.concatenate([table["train_acc"], table["val_acc"]])
    ensure(np.all((rates >= 0) & (rates <= 1)), "accuracies must lie between 0 and 1")
    what = "{} must be a share of {} images: of 23 images in train.npz, 4 are for validation"
    for key, count in (("train_acc", 19), ("val_acc", 4)):
        counted = count * table[key]
        ensure(np.allclose(counted, np.rint(counted), atol=1e-4), what.format(key, count))
    as_reference([len(numbers) for numbers in told], of=student.fit, what="numbers in each call of report")
    wanted = np.stack([np.arange(1.0, 4.0), table["train_loss"], table["val_loss"], table["val_acc"]], axis=1)
    close(np.array(told), wanted, rtol=1e-5, atol=1e-6, what="what report was told", of="fit")
    after = drive.state_dict(net)
    moved = any(not np.array_equal(before[name], after[name]) for name in before)
    ensure(moved, "`fit` must train the very model that it is given")


def lines_of(figure):
    """{"loss": {"train": [x, y], "val": [x, y]}, "accuracy": …} of what a figure shows, as far as it is labelled."""
    found = {}
    for axes in drive.figure(figure)["axes"]:
        words = f"{axes['ylabel']} {axes['title']}".lower()
        kind = "loss" if "loss" in words else "accuracy" if "acc" in words else ""
        for line in axes["lines"] if kind else []:
            for part in ("train", "val"):
                if part in line["label"].lower():
                    found.setdefault(kind, {})[part] = [list(map(float, line[axis])) for axis in "xy"]
    return found


@points(4)
def test_curves_have_axes_labels_and_lines(student, rng):
    """The figure has axes for loss and for accuracy, labelled, with lines for train and val over epochs 1 to E."""
    for epochs in (4, 1):
        keys = ("train_loss", "train_acc", "val_loss", "val_acc")
        history = {key: [float(value) for value in rng.random(epochs)] for key in keys}
        figure, after = student.plot_curves.observed(history)
        axes = drive.figure(figure)["axes"]
        names = [" ".join(line["label"] for line in one["lines"]).lower() for one in axes]
        labelled = [one for one, name in zip(axes, names, strict=True) if "train" in name or "val" in name]
        ensure(labelled, "lines must be labelled train and val")
        ensure(len(labelled) >= 2, "loss and accuracy must have axes of their own")
        as_reference(lines_of(figure), of=student.plot_curves, what="the lines of the axes for loss and accuracy")
        ensure(all("epoch" in one["xlabel"].lower() for one in labelled), "the x axes must be labelled epoch")
        ensure(all(len(one["legend"]) >= 2 for one in labelled), "each axes must show a legend")
        ensure(after[0] == history, "`plot_curves` must leave the history as it is")


PREDICTS = [("Conv2d", 3, 4, 5, 4), ("BatchNorm2d", 4), ("ReLU",), ("Flatten",), ("Dropout", 0.5), ("Linear", 196, 10)]


@points(4)
def test_predictions_are_labels(student, rng):
    """`predict` gives the most likely class of each image as an int64 array (N,), whatever mode the model was in."""
    net = small_net(student, rng, PREDICTS)
    images = rng.integers(0, 256, size=(9, 3, 32, 32), dtype=np.uint8)
    for mode in (False, True):
        net.train(mode)
        labels, after = student.predict.observed(net, images.copy())
        as_reference(labels, of=student.predict, what="labels of nine images")
        ensure(np.array_equal(after[1], images), "`predict` must leave the images as they are")
