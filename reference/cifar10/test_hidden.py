"""Hidden checks of `cifar10`: reproducible loaders, modes, what may not change, who sees which images, accuracy."""

from pathlib import Path

import numpy as np
import torch

from grader.checks import as_reference, close, drive, ensure, points, training
from grader.checks.student import StudentRaised


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
    """(inputs, labels) of one pass, as arrays."""
    inputs, labels = zip(*drive.items(loader, most), strict=True)
    return np.concatenate(list(map(np.asarray, inputs))), np.concatenate(list(map(np.asarray, labels)))


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


def same(first, second):
    """Are two dicts of arrays or tensors equal, bit for bit?"""
    return first.keys() == second.keys() and all(
        np.array_equal(np.asarray(first[name]), np.asarray(second[name]), equal_nan=True) for name in first)


@points(2)
def test_augment_of_other_batches(student, rng):
    """`augment` of one image, of many, and of images that are a view into a larger tensor."""
    for n in (1, 17):
        x = torch.from_numpy(rng.normal(size=(2 * n, 3, 32, 32)).astype(np.float32))[::2]
        moved = student.augment(x, drive.rng(student, int(rng.integers(1 << 30))))
        as_reference(moved, of=student.augment, what=f"{n} augmented images")


def place_of(image, original):
    """(row, column, mirrored) of a normalised (32, 32) view into an original padded by 4, or None if it is none."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(original, 4, mode="reflect"), (32, 32))
    for mirrored in (False, True):
        sought = image[:, ::-1] if mirrored else image
        # one row of pixels rules nearly every place out
        close_by = np.argwhere(np.abs(windows[:, :, 0] - sought[0]).max(axis=2) < 1e-3)
        for row, column in close_by:
            if np.abs(windows[row, column] - sought).max() < 1e-3:
                return int(row), int(column), mirrored
    return None


@points(8)
def test_train_loader_shuffles_and_augments(student, rng):
    """Train comes in a new order, shifted and mirrored anew, on every pass; the same seed repeats it all."""
    images, labels = numbered(rng, 60)
    root = drive.folder(student, train=(images, labels), test=numbered(rng, 5))
    seed, other, *globals_ = (int(value) for value in rng.choice(10_000, size=5, replace=False))
    passes = []
    for number, global_seed in zip((seed, seed, other), globals_, strict=True):
        drive.seed(student, global_seed)  # what others have drawn before must not matter
        train, val, _ = student.make_loaders(root, 16, number, 15)
        passes.append([gathered(train), gathered(train), gathered(val)])
    sizes = [[len(y) for _, y in part] for part in passes]
    as_reference(sizes, of=student.make_loaders, what="images in train, in train again, in val")
    first, second, held = ([numbers_of(x) for x, _ in part] for part in zip(*passes, strict=True))
    ensure(list(first[0]) != list(np.sort(first[0])), "train must be shuffled")
    ensure(list(first[0]) != list(second[0]), "the order of train must be another on the second pass")
    ensure(sorted(first[0]) == sorted(second[0]), "the second pass must have the same images in train")
    ensure(list(first[0]) != list(first[2]), "another seed must give another order of train")
    ensure(set(held[0]) != set(held[2]), "another seed must keep other images for validation")
    ensure(set(held[0]) == set(held[1]), "the same seed must keep the same images for validation")
    in_order = all(list(one[0]) == list(one[1]) for one in (first, second, held))
    ensure(in_order, "the same seed must give the same order, whatever was drawn before")
    repeated = all(np.array_equal(a, b) for one, two in zip(passes[0], passes[1], strict=True)
                   for a, b in zip(one, two, strict=True))
    ensure(repeated, "the same seed must give the same shifts and mirrors, whatever was drawn before")
    places = []
    for x, y in passes[0][:2]:
        chosen = np.clip(numbers_of(x), 0, 59)
        ensure(np.array_equal(y, labels[chosen]), "every image must keep its label")
        found = [place_of(view[1], normalised(images[k])[1]) for view, k in zip(x, chosen, strict=True)]
        ensure(None not in found, "every image of train must be one of train.npz, moved by `augment`")
        places.append({int(k): place for k, place in zip(chosen, found, strict=True)})
    seen = [place for one in places for place in one.values() if place]
    # 90 draws: 81 places, mirrored or not; five standard deviations
    ensure(len({place[:2] for place in seen}) > 25, "images of train must be shifted, each by its own offsets")
    ensure(abs(sum(place[2] for place in seen) - 45) < 24, "about half of the images of train must be mirrored")
    ensure(places[0] != places[1], "images of train must be augmented anew on every pass")


@points(4)
def test_every_parameter_learns(student, rng):
    """Every parameter gets a gradient, the scores depend on the image, and on nothing but the image in eval mode."""
    net = student.CifarCNN()
    x = torch.from_numpy(rng.normal(size=(5, 3, 32, 32)).astype(np.float32))
    y = rng.integers(0, 10, size=5)
    drive.train(net, x, y, steps=2, lr=0.003)  # a last layer that begins with zeros lets no gradient through
    found = drive.gradients(net, x, y)
    names = [name for name, _ in drive.items(net.named_parameters(), 5000)]
    ensure(2 * len(found["parameters"]) > len(names), "the gradient must get further back than the last layers")
    ensure(sorted(found["parameters"]) == sorted(names), "every parameter must get a gradient")
    depends = found["inputs"] is not None and np.any(np.asarray(found["inputs"]) != 0)
    ensure(depends, "the scores must depend on the image")
    together, again = (np.asarray(drive.forward(net, x)) for _ in range(2))
    close(again, together, atol=1e-6, what="scores in eval mode, the second time", of="CifarCNN")
    alone = np.asarray(drive.forward(net, x[[3, 1]].clone()))
    what = "scores of two of the images, in eval mode"
    close(alone, together[[3, 1]], rtol=1e-4, atol=1e-4, what=what, of="CifarCNN")


@points(3, claims=["cifar10.CifarCNN/softmax"])
def test_network_learns_a_batch_by_heart(student, rng):
    """60 steps of Adam on 16 random images bring their loss below 0.05."""
    net = student.CifarCNN()
    x, y = rng.normal(size=(16, 3, 32, 32)).astype(np.float32), rng.integers(0, 10, size=16)
    losses = drive.train(net, x, y, steps=60, lr=0.003, optimizer="adam")
    scores = torch.from_numpy(np.asarray(drive.forward(net, x), dtype=np.float64))
    after = float(torch.nn.functional.cross_entropy(scores, torch.from_numpy(y)))
    # with dropout the losses of the last steps stay above that of eval mode
    ensure(min([after, *losses[-5:]]) < 0.05, "the loss of 16 images must fall below 0.05 in 60 steps")


TRAINS = [("Conv2d", 3, 4, 3), ("BatchNorm2d", 4), ("ReLU",), ("Flatten",), ("Dropout", 0.5), ("Linear", 64, 10)]


@points(9)
def test_two_epochs_with_norm_and_dropout(student, rng):
    """Two epochs in a row of SGD with momentum, of a net with batch norm and dropout: results, weights, statistics."""
    net = small_net(student, rng, TRAINS)
    x, y = rng.normal(size=(14, 3, 6, 6)).astype(np.float32), rng.integers(0, 10, size=14)
    optimizer = drive.optimizer(net, "sgd", lr=0.1, momentum=0.9)
    for batch, mode in ((4, True), (6, False)):
        net.train(mode)  # an evaluation leaves eval mode
        drive.seed(student, int(rng.integers(1 << 30)))
        found = student.train_one_epoch(net, drive.loader(student, x, y, batch), optimizer)
        what = "weights and running statistics"
        as_reference(drive.state_dict(net), of=student.train_one_epoch, what=what, rtol=1e-3, atol=1e-5)
        as_reference(found, of=student.train_one_epoch, what="(mean loss, accuracy)", rtol=1e-3, atol=1e-5)


def listens(net, student):
    """A list that gets (in train mode, gradients are recorded, images in the batch) at each forward pass of `net`."""
    probe = drive.sequential(student, [("Linear", 1, 1)])
    heard, one = [], torch.ones(1, 1)

    def hook(module, args, output):
        try:
            drive.gradients(probe, one, one, loss="mse")
            recorded = True
        except StudentRaised:  # torch refuses backward() under no_grad
            recorded = False
        heard.append((drive.training(net), recorded, len(output)))

    net.register_forward_hook(hook)
    return heard


@points(6)
def test_evaluate_only_looks(student, rng):
    """`evaluate` works in eval mode and without gradients, and changes no weight and no running statistic."""
    net = small_net(student, rng, TRAINS)
    x, y = rng.normal(size=(11, 3, 6, 6)).astype(np.float32), rng.integers(0, 10, size=11)
    before = drive.state_dict(net)
    for batch, mode in ((4, False), (5, True), (11, True)):
        net.train(mode)
        found = student.evaluate(net, drive.loader(student, x, y, batch))
        what = f"(mean loss, accuracy) of 11 samples in batches of {batch}"
        as_reference(found, of=student.evaluate, what=what, rtol=1e-4, atol=1e-5)
        ensure(same(before, drive.state_dict(net)), "`evaluate` must change neither weights nor running statistics")
    net.train()
    heard = listens(net, student)
    student.evaluate(net, drive.loader(student, x, y, 6))
    ensure(not any(mode for mode, _, _ in heard), "`evaluate` must put the model into eval mode")
    ensure(not any(recorded for _, recorded, _ in heard), "`evaluate` must record no gradients (torch.no_grad)")


FITS = [("Conv2d", 3, 4, 5, 4), ("BatchNorm2d", 4), ("ReLU",), ("Flatten",), ("Dropout", 0.3), ("Linear", 196, 10)]
SPLITS = [f"cifar10.fit/{name}" for name in (
    "test-as-validation", "validates-on-training", "trains-on-validation", "trains-on-test", "tenth-held")]
SPLITS += [f"cifar10.{name}" for name in (
    "evaluate/eval-mode-missing", "make_loaders/val-in-train", "make_loaders/val-is-test")]
LEARNS = [f"cifar10.fit/{name}" for name in (
    "history-kept", "rate-10", "rate-tiny", "unseeded", "own-seed", "seed-of-the-clock")]


@points(6, claims=SPLITS)
def test_fit_splits_the_training_images(student, rng):
    """Of 15 images, 12 are trained on and 3 only looked at for val_loss; what test.npz holds changes nothing."""
    (images, labels), others = numbered(rng, 15), numbered(rng, 4)
    state = drive.state_dict(small_net(student, rng, FITS))
    altered = rng.integers(0, 256, size=(15, 3, 32, 32), dtype=np.uint8)

    def fitted(train, test):
        net = drive.sequential(student, FITS)
        drive.load_state_dict(net, state)
        drive.seed(student, 1)
        history = student.fit(net, drive.folder(student, train=train, test=test), 2, 7)
        table = {key: [float(value) for value in values] for key, values in history.items()}
        return table["train_loss"], table["val_loss"], drive.state_dict(net)

    loss, val_loss, weights = fitted((images, labels), others)
    other = fitted((images, labels), numbered(rng, 6))
    ensure(other[0] == loss and same(other[2], weights), "`fit` must not train on test.npz")
    ensure(other[1] == val_loss, "`fit` must not validate on test.npz")
    statistics = ("running_mean", "running_var", "num_batches_tracked")
    trained, touched, looked_at = [], [], []
    for k in range(15):
        changed = images.copy()
        changed[k] = altered[k]
        found = fitted((changed, labels), others)
        one, other = ({name: value for name, value in state.items() if not name.endswith(statistics)}
                      for state in (found[2], weights))
        trained.append(found[0] != loss or not same(one, other))
        touched.append(not same(found[2], weights))
        looked_at.append(found[1] != val_loss)
    close(sum(trained), 12, what="number of images, of 15, that train_loss and weights depend on", of="fit")
    close(sum(touched), 12, what="number of images, of 15, that running statistics depend on", of="evaluate")
    only = all(seen for seen, used in zip(looked_at, trained, strict=True) if not used)
    ensure(only, "every image that is not trained on must count in val_loss")


@points(4, claims=LEARNS)
def test_fit_learns_and_repeats(student, rng):
    """On images of ten plain colours the loss falls below ln 10; the same seed gives the same numbers again."""
    colours = rng.permutation(np.stack(np.meshgrid([40, 210], [40, 210], [40, 125, 210]), axis=-1).reshape(-1, 3))[:10]
    labels = rng.integers(0, 10, size=400)
    noise = rng.integers(-30, 31, size=(400, 3, 32, 32))
    images = np.clip(colours[labels][:, :, None, None] + noise, 0, 255).astype(np.uint8)
    root = drive.folder(student, train=(images, labels), test=(images[:5], labels[:5]))
    plain, noisy = ([layer for layer in FITS if layer[0] not in left_out] for left_out in ("Dropout", ""))
    runs = []
    for layers, seeds in ((plain, ((3, 10), (3, 11))), (noisy, ((3, 10), (3, 11), (4, 10)))):
        state = drive.state_dict(small_net(student, rng, layers))
        for seed, global_seed in seeds:
            net = drive.sequential(student, layers)
            drive.load_state_dict(net, state)
            drive.seed(student, global_seed)  # what others have drawn before must not matter
            history = student.fit(net, root, 4, seed)
            table = {str(key): np.array([float(value) for value in values]) for key, values in history.items()}
            runs.append((table, drive.state_dict(net)))
    as_reference([len(table["train_loss"]) for table, _ in runs], of=student.fit, what="lengths of five histories")
    losses = runs[0][0]["train_loss"]
    learns = losses[-1] < min(losses[0], np.log(10))
    ensure(np.isfinite(losses).all() and (learns or losses.max() < 5), "train_loss must not explode")
    ensure(learns, "train_loss must fall, and below ln 10")
    for one, two, kind in ((*runs[:2], "a model"), (*runs[2:4], "a model with dropout")):
        repeated = same(one[0], two[0]) and same(one[1], two[1])
        ensure(repeated, f"the same seed must give {kind} the same history and weights, whatever was drawn before")
    ensure(not same(runs[2][1], runs[4][1]), "another seed must give other weights")


PREDICTS = [("Conv2d", 3, 4, 5, 4), ("BatchNorm2d", 4), ("ReLU",), ("Flatten",), ("Dropout", 0.5), ("Linear", 196, 10)]


@points(5)
def test_predictions_depend_on_the_image_alone(student, rng):
    """One image, 128 or 300 at once, in any order, after training or not: an image has one label; the model stays."""
    net = small_net(student, rng, PREDICTS)
    images = rng.integers(0, 256, size=(300, 3, 32, 32), dtype=np.uint8)
    before = drive.state_dict(net)
    net.train()
    labels = student.predict(net, images)
    as_reference(labels, of=student.predict, what="labels of 300 images")
    net.train()
    as_reference(student.predict(net, images[:128]), of=student.predict, what="labels of the first 128 of them")
    alone = [student.predict(net, images[k : k + 1]) for k in range(4)]
    as_reference(alone, of=student.predict, what="labels of four images, one at a time")
    order = rng.permutation(300)
    shuffled = student.predict(net, images[order])
    as_reference(shuffled, of=student.predict, what="labels of the same images in another order")
    ensure(same(before, drive.state_dict(net)), "`predict` must change neither weights nor running statistics")
    heard = listens(net, student)
    student.predict(net, images)
    ensure(not any(recorded for _, recorded, _ in heard), "`predict` must record no gradients (torch.no_grad)")


@points(25, claims=[])
def test_accuracy_on_hidden_images(student, rng, data, files, gpu):
    """After `fit` on all training images, or with checkpoint.pt, new images are told apart as by the reference."""
    asked = training.measured(Path(__file__).with_name("thresholds.json"), data.name, gpu)
    images, labels = data.hidden(2000, rng)
    rules = {"classes": data.classes, "threshold": asked.threshold,
             "steps": {0.75: "3/4", 0.6: "1/2", 0.45: "1/4"}}
    seeds = tuple(int(seed) for seed in rng.integers(1 << 30, size=2))
    if "checkpoint.pt" in files:
        net = student.CifarCNN()
        drive.load_checkpoint(net, "checkpoint.pt")
        if data.checkpoint_counts:
            training.checkpoint_reaches(net, student.predict, images, labels, **rules)
            return
        training.self_reported(net, student.predict, images, labels, data.classes)

    def train(seed):
        drive.seed(student, seed)
        net = student.CifarCNN()
        student.fit(net, data.root, asked.epochs, seed, training.report(asked.epochs))
        return net

    training.reaches(train, student.predict, images, labels, seeds=seeds, **rules)
