"""Hidden checks of `lenet`: batch sizes, independence of the images, raw scores, gradients."""

import numpy as np
import pytest

from grader.checks import as_reference, close, drive, points

SHAPES = {
    "conv1.weight": (6, 3, 5, 5), "conv1.bias": (6,),
    "conv2.weight": (16, 6, 5, 5), "conv2.bias": (16,),
    "fc1.weight": (120, 400), "fc1.bias": (120,),
    "fc2.weight": (84, 120), "fc2.bias": (84,),
    "fc3.weight": (10, 84), "fc3.bias": (10,),
}


def draw_weights(rng):
    """Name → float32 array, with a variance that keeps signals alive through all five layers."""
    weights = {}
    for name, shape in SHAPES.items():
        scale = np.sqrt(3 / np.prod(shape[1:])) if len(shape) > 1 else 0.2
        weights[name] = rng.uniform(-scale, scale, shape).astype(np.float32)
    return weights


def draw_images(rng, n):
    """(n, 3, 32, 32) float32, standard normal."""
    return rng.normal(size=(n, 3, 32, 32)).astype(np.float32)


def loaded(student, weights):
    """A network with these weights. Its parameters must have the names and shapes of the slide."""
    net = student.Net()
    shapes = {name: list(np.shape(value)) for name, value in drive.state_dict(net).items()}
    as_reference(shapes, of=student.Net, what="names and shapes of the parameters")
    drive.load_state_dict(net, weights)
    return net


@points(9)
@pytest.mark.parametrize("n", [2, 1, 7])
def test_scores_for_any_batch_size(student, rng, n):
    """With given weights the scores are right for a batch of one, of two and of an odd number of images."""
    net = loaded(student, draw_weights(rng))
    scores = drive.forward(net, draw_images(rng, n))
    as_reference(scores, of=student.Net, what="scores of a batch", rtol=1e-4, atol=1e-5)


@points(5)
def test_an_image_is_scored_on_its_own(student, rng):
    """The scores of an image depend neither on its neighbours in the batch nor on train or eval mode."""
    net = loaded(student, draw_weights(rng))
    images, chosen = draw_images(rng, 5), [3, 1]
    alone = np.asarray(drive.forward(net, images[chosen]))
    together = np.asarray(drive.forward(net, images))
    training = np.asarray(drive.forward(net, images, train=True))
    close(alone, together[chosen], rtol=1e-4, atol=1e-5, what="scores in a smaller batch, in another order")
    close(training, together, rtol=1e-4, atol=1e-5, what="scores in train mode")


@points(4)
def test_scores_are_logits(student, rng):
    """The outputs are raw scores of either sign: adding 1 to the last bias adds 1 to each of them."""
    weights, images = draw_weights(rng), draw_images(rng, 6)
    net = loaded(student, weights)
    before = np.asarray(drive.forward(net, images))
    drive.load_state_dict(net, weights | {"fc3.bias": weights["fc3.bias"] + np.float32(1)})
    after = np.asarray(drive.forward(net, images))
    close(after - before, 1.0, rtol=0, atol=1e-5, what="change of the scores")


@points(6)
def test_gradients_reach_every_layer(student, rng):
    """Loss and gradients of all parameters and of the images are right; the images stay unchanged."""
    net = loaded(student, draw_weights(rng))
    found = drive.gradients(net, draw_images(rng, 3), rng.integers(0, 10, size=3), loss="cross_entropy")
    as_reference(found["loss"], of=student.Net, what="loss", rtol=1e-4)
    as_reference(found["parameters"], of=student.Net, what="gradients of parameters", rtol=1e-3, atol=1e-5)
    as_reference(found["inputs"], of=student.Net, what="gradient of the images", rtol=1e-3, atol=1e-5)
