"""Hidden checks of `transfer_gradcam`: other shapes, ten steps of training, deep layers, traces, new classes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from grader.checks import agree, as_reference, close, drive, ensure, points, pure, raises
from grader.datasets import shapes10

CHECKPOINT = Path(__file__).parents[2] / "assignments" / "transfer_gradcam" / "pretrained.npz"
DEEP = {
    "stem.weight": (4, 1, 3, 3), "stem.bias": (4,),
    "features.0.weight": (4,), "features.0.bias": (4,), "features.0.running_mean": (4,), "features.0.running_var": (4,),
    "features.2.weight": (5, 4, 3, 3), "features.2.bias": (5,),
    "head.1.weight": (6, 75), "head.1.bias": (6,), "head.3.weight": (3, 6), "head.3.bias": (3,),
}


def block(name, cin, cout):
    """Name → shape of one block of ShapeNet."""
    norm = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.0.weight": (cout, cin, 3, 3)} | {f"{name}.1.{part}": (cout,) for part in norm}


def shape_net(classes):
    """Name → shape of ShapeNet(classes)."""
    head = {"fc.weight": (classes, 64), "fc.bias": (classes,)}
    return block("block1", 3, 16) | block("block2", 16, 32) | block("block3", 32, 64) | head


def draw_state(rng, shapes):
    """Name → float32 array; variances and factors of batch norms lie in [0.5, 1.5]."""
    state = {}
    for name, shape in shapes.items():
        fan_in = np.prod(shape[1:])
        low, high = (-np.sqrt(3 / fan_in), np.sqrt(3 / fan_in)) if len(shape) > 1 else (-0.5, 0.5)
        if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
            low, high = 0.5, 1.5
        state[name] = rng.uniform(low, high, shape).astype(np.float32)
    return state


def loaded(net, state):
    """The network with this state."""
    drive.load_state_dict(net, state)
    return net


def deep_head(student, rng):
    """DeepHead(3) in float64, in eval mode."""
    net = loaded(student.DeepHead(3), draw_state(rng, DEEP))
    return net.double().eval()


def draw_images(rng, *shape):
    """float32, uniform between 0 and 1."""
    return rng.uniform(0.0, 1.0, shape).astype(np.float32)


@points(3)
def test_augmentation_works_on_a_copy(student, rng):
    """Augmentation leaves images and labels unchanged, and gives float32 of the same shape, for one image, too."""
    for shape in [(3, 2, 5, 5), (1, 1, 4, 4)]:
        x, y = draw_images(rng, *shape), rng.integers(0, 9, shape[0])
        more = {"hflip": (), "random_crop": (1,), "rotate90": (), "add_noise": (0.5,), "augment": (y, 1, 0.1)}
        for name, args in more.items():
            function = getattr(student, name)
            found, after = function.observed(x, *args, drive.rng(student, 0))
            images = found[0] if name == "augment" else found
            close(after[0], x, rtol=0, atol=0, what="the images that were passed in", of=function)
            as_reference([list(images.shape), str(images.dtype)], of=function, what="shape and dtype")
            if name == "augment":
                close(after[1], y, rtol=0, atol=0, what="the labels that were passed in", of=function)


@points(4, partial=True)
@pytest.mark.parametrize("name", ["hflip", "random_crop", "rotate90", "add_noise"])
def test_each_image_has_its_own_draw(student, rng, name):
    """Images of several shapes come out as the draws say, and rotate90 refuses images that are not square."""
    function, more = getattr(student, name), {"random_crop": (3,), "add_noise": (0.04,)}.get(name, ())
    sizes = [(16, 3, 5, 5), (1, 1, 4, 4)] if name == "rotate90" else [(16, 3, 5, 4), (1, 1, 4, 6)]
    for size in sizes:
        x, g = draw_images(rng, *size), drive.rng(student, int(rng.integers(10**6)))
        for time in ("first", "second"):
            as_reference(function(x, *more, g), of=function, what=f"{time} batch", atol=1e-6)
    if name == "rotate90":
        raises(ValueError, function, draw_images(rng, 2, 1, 3, 4), drive.rng(student, 1))
    if name == "random_crop":
        as_reference(function(x, 0, drive.rng(student, 1)), of=function, what="crops with pad 0")


@points(3)
def test_labels_stay_with_their_images(student, rng):
    """augment flips, then crops, then adds noise, with one generator, and each image keeps its place and its label."""
    x, y = draw_images(rng, 7, 3, 6, 6), rng.integers(0, 9, 7)
    g = drive.rng(student, int(rng.integers(10**6)))
    for time in ("first", "second"):
        found = student.augment(x, y, 2, 0.1, g)
        ensure(isinstance(found, (tuple, list)) and len(found) == 2, "augment gives images and labels")
        as_reference(found[0], of=student.augment, what=f"images of the {time} batch", atol=1e-6)
        as_reference(found[1], of=student.augment, what=f"labels of the {time} batch")


@points(2)
def test_last_linear_layer_is_replaced(student, rng):
    """replace_head finds head.3 as the last nn.Linear, keeps its inputs, draws fresh weights, and leaves the rest."""
    state = draw_state(rng, DEEP)
    net = loaded(student.DeepHead(3), state)
    student.freeze(net, "head")
    student.replace_head(net, 2)
    after = drive.state_dict(net)
    as_reference({name: list(value.shape) for name, value in after.items()}, of=student.replace_head, what="shapes")
    body = {name: value for name, value in after.items() if not name.startswith("head.3.")}
    as_reference(body, of=student.replace_head, what="weights and statistics of the body")
    as_reference([list(p.shape) for p in drive.items(student.trainable(net), 99)], of=student.trainable,
                 what="trainable after all was frozen and the head replaced")
    weight = np.asarray(after["head.3.weight"])
    ensure(not np.allclose(weight, state["head.3.weight"][:2]), "the new head does not copy the old one's weights")
    ensure(weight.std() > 0, "the weights of the new head are drawn at random, not all alike")


@points(5)
@pytest.mark.parametrize("until", ["block2", "block1", "block3"])
def test_frozen_part_stays_as_it_is(student, rng, until):
    """Ten steps of training leave what is frozen as it was, bit for bit, running statistics too; all else learns."""
    state = draw_state(rng, shape_net(5))
    net = loaded(student.ShapeNet(5), state)
    student.freeze(net, until)
    drive.train(net, draw_images(rng, 6, 3, 8, 8), rng.integers(0, 5, 6), steps=10, lr=0.05, optimizer="adam")
    after = drive.state_dict(net)
    moved = [name for name, value in state.items() if not np.array_equal(np.asarray(after[name]), value)]
    frozen = ["block1", "block2", "block3"][: int(until[-1])]
    weights = [name for name in moved if name.split(".")[0] in frozen and "running" not in name]
    close(len(weights), 0, what="number of frozen weights and biases that change", of=student.freeze)
    drift = [name for name in moved if name.split(".")[0] in frozen and "running" in name]
    close(len(drift), 0, what="number of running statistics of the frozen part that change", of=student.freeze)
    as_reference(moved, of=student.freeze, what="what ten steps change")


@points(3)
def test_frozen_part_computes_in_eval_mode(student, rng):
    """In train mode the frozen part computes as in eval mode, the rest as in train mode; an unknown name is refused."""
    x = draw_images(rng, 4, 3, 8, 8)
    net = loaded(student.ShapeNet(5), draw_state(rng, shape_net(5)))
    raises(ValueError, student.freeze, net, "block4")
    for until in ("block1", "block3"):
        student.freeze(net, until)
        before = drive.state_dict(net)
        scores = drive.forward(net, x, train=True)
        after = drive.state_dict(net)
        moved = [name for name in before if not np.array_equal(np.asarray(after[name]), np.asarray(before[name]))]
        as_reference([name for name in moved if "running" in name], of=student.freeze,
                     what=f"statistics that one batch in train mode changes, frozen until {until}")
        what = f"scores in train mode, frozen until {until}"
        as_reference(scores, of=student.freeze, what=what, rtol=1e-3, atol=1e-4)
    tested = drive.forward(net, x)
    close(np.asarray(scores), np.asarray(tested), rtol=1e-5, atol=1e-6, what="scores in both modes", of=student.freeze)


@points(3)
def test_fit_trains_what_the_optimiser_holds(student, rng):
    """Six steps of fit from given weights give the right losses and weights, and leave images and labels unchanged."""
    net = student.DeepHead(5)
    optimizer = student.prepare(net, "stem", 3, 0.02)
    state = draw_state(rng, DEEP)
    loaded(net, state).eval()
    x, y = torch.from_numpy(draw_images(rng, 8, 1, 8, 12)), torch.from_numpy(rng.integers(0, 3, 8))
    losses, after = student.fit.observed(net, optimizer, x, y, 6)
    losses = [float(loss) for loss in losses] if isinstance(losses, (list, tuple)) else losses
    as_reference(losses, of=student.fit, what="losses", rtol=2e-3, atol=1e-4)
    close(after[2], x, rtol=0, atol=0, what="the images that were passed in", of=student.fit)
    close(after[3], y, rtol=0, atol=0, what="the labels that were passed in", of=student.fit)
    found = {name: value for name, value in drive.state_dict(net).items() if name in state}
    as_reference(found, of=student.fit, what="weights and statistics after six steps", rtol=1e-2, atol=1e-2)


@points(4)
@pytest.mark.parametrize("layer", ["features.3", "features.2", "stem"])
def test_cam_of_deep_layers(student, rng, layer):
    """For each layer and class the map weighs the layer's output by the score's mean gradient and is not negative."""
    net = deep_head(student, rng)
    for target in (2, 0, 1):
        x = torch.from_numpy(rng.normal(size=(1, 1, 8, 12)))
        cam = student.grad_cam(net, x, layer, target)
        as_reference(cam, of=student.grad_cam, what=f"map of {layer}")
        ensure(bool((np.asarray(cam) >= 0).all()), "no entry of the map is negative")


@points(3)
def test_cam_leaves_no_trace(student, rng):
    """grad_cam leaves image, weights, statistics, modes and hooks as they were, and no gradient for a step."""
    net = student.ShapeNet(5)
    optimizer = student.prepare(net, "block1", 3, 0.1)
    net = loaded(net, draw_state(rng, shape_net(3))).train()
    net.get_submodule("block2").eval()
    x = torch.from_numpy(draw_images(rng, 1, 3, 16, 16))
    before = drive.state_dict(net)
    pure(student.grad_cam, net, x, "block3", 1)
    for name in ("block3", "fc"):
        layer = net.get_submodule(name)
        hooks = [drive.items(layer.attribute(f"_{kind}_hooks"), 9) for kind in ("forward", "backward")]
        as_reference([len(found) for found in hooks], of=student.grad_cam, what=f"hooks on {name} afterwards")
    modes = {name: net.get_submodule(name).attribute("training") for name in ("", "block2", "block3")}
    as_reference(modes, of=student.grad_cam, what="train mode of the network, block2, block3 afterwards")
    as_reference(drive.state_dict(net), of=student.grad_cam, what="weights and statistics")
    optimizer.step()
    after = drive.state_dict(net)
    moved = [name for name in before if not np.array_equal(np.asarray(after[name]), np.asarray(before[name]))]
    close(len(moved), 0, what="number of parameters that a step after grad_cam moves", of=student.grad_cam)


@points(2)
def test_cam_of_a_frozen_model(student, rng):
    """Frozen or not, in train or in eval mode, the network gives the same map."""
    state, x = draw_state(rng, DEEP), torch.from_numpy(draw_images(rng, 1, 1, 8, 12))
    free = loaded(student.DeepHead(3), state)
    expected = student.grad_cam(free.eval(), x, "features.2", 2)
    frozen = loaded(student.DeepHead(3), state)
    student.freeze(frozen, "head")
    learns = sorted(drive.gradients(frozen, x, np.array([1]))["parameters"])
    as_reference(learns, of=student.freeze, what="parameters that learn in the frozen network")
    cam = student.grad_cam(frozen.train(), x, "features.2", 2)
    as_reference(cam, of=student.grad_cam, what="map of the frozen network", rtol=1e-4, atol=1e-6)
    close(cam, expected, rtol=1e-4, atol=1e-6, what="map of the frozen network against the other")
    learns = sorted(drive.gradients(frozen, x, np.array([1]))["parameters"])
    as_reference(learns, of=student.grad_cam, what="parameters that learn after the map")


@points(1)
def test_upsampling_in_both_directions(student, rng):
    """Maps of any shape become any height and width, keep their dtype, and stay as they are."""
    for (h, w), size in [((3, 5), (12, 20)), ((4, 4), (4, 4)), ((2, 6), (7, 6)), ((1, 1), (3, 2))]:
        cam = torch.from_numpy(rng.uniform(0, 3, (h, w)))
        agree(student.upsample_cam, cam, size)
    pure(student.upsample_cam, cam, (5, 4))


def five_others(rng, drawn, count):
    """count images of the classes 5 to 9, (count, 3, 32, 32) float32 in [0, 1], and their labels, 0 to 4."""
    images, labels = shapes10.draw(drawn, int(rng.integers(2**31)))
    chosen = np.flatnonzero(labels >= 5)[:count]
    return torch.from_numpy(images[chosen] / np.float32(255)), torch.from_numpy(labels[chosen] - 5)


@points(3, claims=[])
def test_borrowed_features_beat_training_from_scratch(student, rng):
    """Frozen until block2, the trained network learns five new shapes from 200 images: right on 65 % of 500 others.

    Measured with the reference, five draws, 30 steps at 0.01: 0.794 0.766 0.808 0.808 0.804, mean 0.796, s 0.018; mean
    minus 7.9 s is 0.656. From scratch on the same images: 0.256 (s 0.055) after 30 steps, 0.612 (s 0.013) after 60.
    """
    with np.load(CHECKPOINT) as arrays:
        net = loaded(student.ShapeNet(5), dict(arrays))
    x, y = five_others(rng, 500, 200)
    optimizer = student.prepare(net, "block2", 5, 0.01)
    student.fit(net, optimizer, x, y, 30)
    x, y = five_others(rng, 1000, 500)
    guesses = np.argmax(np.asarray(drive.forward(net, x)), axis=1)
    ensure(np.mean(guesses == np.asarray(y)) >= 0.65, "65 % of the images that the network has not seen are named")
