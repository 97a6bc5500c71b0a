"""Public checks of `lenet`: names, sizes, a forward pass, a training. The grader runs these and more."""

import numpy as np

from grader.checks import as_reference, close, drive, ensure, points

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


@points(5)
def test_parameters_have_the_names_and_shapes_of_the_slide(student):
    """The parameters are those of conv1, conv2, fc1 (120 units), fc2 and fc3: 62 006 numbers in all."""
    shapes = {name: list(np.shape(value)) for name, value in drive.state_dict(student.Net()).items()}
    total = sum(int(np.prod(shape)) for shape in shapes.values())
    as_reference(shapes, of=student.Net, what="names and shapes of the parameters")
    close(total, 62006, what="number of parameters")


@points(2)
def test_pool_takes_the_maximum(student):
    """`pool` is a 2×2 max-pooling with stride 2: the 4×4 example of the lecture gives 5, 9, 8, 6."""
    table = [[5, 3, 1, 9], [2, 4, 5, 6], [7, 8, 5, 6], [1, 3, 4, 5]]
    pool = student.Net().attribute("pool")
    pooled = drive.forward(pool, np.array(table, dtype=np.float32)[None, None])
    close(np.asarray(pooled), np.array([[[[5.0, 9.0], [8.0, 6.0]]]]), what="pooled 4×4 example")


@points(4)
def test_scores_of_four_images(student, rng):
    """With given weights, four images get the ten scores each that the network of the slide computes."""
    net = loaded(student, draw_weights(rng))
    scores = drive.forward(net, draw_images(rng, 4))
    as_reference(scores, of=student.Net, what="scores of four images", rtol=1e-4, atol=1e-5)


@points(5, claims=[])
def test_net_learns_32_images_by_heart(student, rng):
    """100 steps of Adam on 32 random images with random labels leave at most one in a hundred wrong."""
    images, labels = draw_images(rng, 32), rng.integers(0, 10, size=32)
    net = student.Net()
    drive.train(net, images, labels, steps=100, lr=0.002, optimizer="adam", loss="cross_entropy")
    guesses = np.argmax(np.asarray(drive.forward(net, images)), axis=1)
    ensure(np.mean(guesses == labels) >= 0.99, "at least 99 % of the 32 images are fitted")
