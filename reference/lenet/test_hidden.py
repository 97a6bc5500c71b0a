"""Hidden checks of `lenet`: batch sizes, independence of the images, raw scores, gradients, digits; the NumPy part."""

import numpy as np
import pytest

from grader.checks import as_reference, close, drive, ensure, points, pure
from grader.datasets import digits8x8

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


def enlarged(images):
    """(n, 8, 8) with values 0..16 → (n, 3, 32, 32) float32 in [0, 1]: each pixel 4×4 times, three equal channels."""
    grey = (images / 16).astype(np.float32).repeat(4, axis=1).repeat(4, axis=2)
    return np.repeat(grey[:, None], 3, axis=1)


@points(2, claims=[])
def test_net_learns_to_read_digits(student, rng):
    """Trained on 1400 handwritten digits, the network reads at least 70 % of 397 others."""
    images, labels = digits8x8()
    order = rng.permutation(len(images))
    train, test = order[:1400], order[1400:]
    net = student.Net()
    for start in range(0, 1400, 100):
        batch = train[start : start + 100]
        drive.train(net, enlarged(images[batch]), labels[batch], steps=8, lr=0.002, optimizer="adam")
    guesses = np.argmax(np.asarray(drive.forward(net, enlarged(images[test]))), axis=1)
    # five seeds of the reference: mean 0.939, deviation 0.028; 0.939 - 7.9 · 0.028 = 0.72
    ensure(np.mean(guesses == labels[test]) >= 0.70, "at least 70 % of the new digits are read")


# --- the part in NumPy

WEIGHTS = {"C1": (6, 1, 5, 5), "S2": (6,), "C3": (16, 6, 5, 5), "S4": (16,), "C5": (120, 16, 5, 5), "F6": (120, 84),
           "F7": (84, 10)}


def layers_of_the_grader():
    """conv2d_forward and conv2d_backward of the assignment `convolution`, by torch; a cache is just a number."""
    kept = []

    def conv2d_forward(x, w, b, stride=1, pad=0, dilation=1):
        import torch  # only here: the checks themselves do not need it
        dtype = np.result_type(x, w, b)
        leaves = [torch.tensor(np.asarray(array, dtype), requires_grad=True) for array in (x, w, b)]
        kept.append((torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad, dilation=dilation), leaves))
        return kept[-1][0].detach().numpy(), len(kept) - 1

    def conv2d_backward(dout, cache):
        import torch
        out, leaves = kept[cache]
        grads = torch.autograd.grad(out, leaves, torch.tensor(dout, dtype=out.dtype), retain_graph=True)
        return tuple(grad.numpy() for grad in grads)

    return {"conv2d_forward": conv2d_forward, "conv2d_backward": conv2d_backward}


def draw_params(rng):
    """Name → float64 array; no weight is 0, not even those of C3 that are not in the table."""
    params = {}
    for layer, shape in WEIGHTS.items():
        fan_in = shape[0] if layer in ("F6", "F7") else np.prod(shape[1:])
        params[f"{layer}.w"] = rng.normal(size=shape) * np.sqrt(1 / fan_in)
        params[f"{layer}.b"] = rng.normal(0.0, 0.2, shape[1] if layer in ("F6", "F7") else shape[0])
    for layer in ("S2", "S4"):
        params[f"{layer}.w"] = rng.uniform(0.3, 0.6, WEIGHTS[layer]) * rng.choice([-1, 1], WEIGHTS[layer])
    return params


def sizes(arrays):
    """Name → [shape, dtype] of a dict of arrays."""
    return {name: [list(np.shape(array)), str(getattr(array, "dtype", ""))] for name, array in arrays.items()}


C3_SEES = [(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5),
           (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)]
LINKED = np.array([[i in seen for i in range(6)] for seen in C3_SEES])    # (16, 6)


def observed(net, method, *args):
    """(result, arguments after the call) of a method."""
    return net.student_.request_("method", method, args, on=net, observed=True)


def unchanged(after, given):
    """Are the arrays, or the dict of arrays, the same, bit for bit?"""
    if isinstance(given, dict):
        return after.keys() == given.keys() and all(np.array_equal(after[name], given[name]) for name in given)
    return np.array_equal(after, given)


@points(2)
def test_subsample_values(student, rng):
    """Sub-sampling and its gradients on images of any even height and width, one image, as many maps as columns."""
    for n, c, h, w in [(2, 4, 6, 8), (1, 3, 4, 2), (3, 3, 2, 6)]:
        out, cache = student.subsample_forward(rng.normal(size=(n, c, h, w)), rng.normal(size=c), rng.normal(size=c))
        as_reference(out, of=student.subsample_forward, what="sub-sampled maps")
        grads = student.subsample_backward(rng.normal(size=(n, c, h // 2, w // 2)), cache)
        as_reference(grads, of=student.subsample_backward, what="(dx, dw, db)")


@points(1)
def test_subsample_leaves_its_arguments(student, rng):
    """Both functions of the sub-sampling leave their arguments as they are; a cache serves twice."""
    args = rng.normal(size=(2, 3, 4, 4)), rng.normal(size=3), rng.normal(size=3)
    pure(student.subsample_forward, *args)
    _, cache = student.subsample_forward(*args)
    student.subsample_forward(*(2 * array for array in args))
    dout = rng.normal(size=(2, 3, 2, 2))
    first, after = student.subsample_backward.observed(dout.copy(), cache)
    ensure(unchanged(after[0], dout), "`subsample_backward` must leave dout as it is")
    as_reference(first, of=student.subsample_backward, what="(dx, dw, db) after another forward pass")
    again = student.subsample_backward(dout, cache)
    as_reference(again, of=student.subsample_backward, what="(dx, dw, db), the second time from the same cache")


@points(2)
def test_init_draws(student, rng):
    """`init` draws each layer within its bounds and with its variance, 0 where C3 sees nothing, from the seed alone."""
    net, (seed, other) = student.LeNet5Numpy(layers_of_the_grader()), rng.choice(10_000, size=2, replace=False)
    params, again, third = net.init(int(seed)), net.init(int(seed)), net.init(int(other))
    as_reference(sizes(params), of="init", what="names, shapes and dtypes of the parameters")
    fans = {"C1.w": 25, "C3.w": 25 * LINKED.sum(axis=1)[:, None, None, None], "C5.w": 400, "F6.w": 120, "F7.w": 84}
    close(params["C3.w"][~LINKED], 0.0, what="the kernels of C3 that are not in the table", of="init")
    for name, fan_in in fans.items():
        units = params[name] * np.sqrt(fan_in / 3)                          # uniform on [-1, 1]
        for part in [units[LINKED.sum(axis=1) == k][:, :] for k in (3, 4, 6)] if name == "C3.w" else [units]:
            drawn = part[part != 0]
            ensure(np.max(np.abs(drawn), initial=0) <= 1 + 1e-9, f"{name} stays within ±√(3/fan_in)")
            spread = 5 * np.sqrt(0.8 / max(drawn.size, 1))                  # 5 σ of the variance of a uniform law
            ensure(abs(3 * np.mean(drawn**2) - 1) <= spread, f"the variance of {name} is 1/fan_in")
            ensure(abs(np.mean(drawn)) <= 5 / np.sqrt(3 * drawn.size), f"the mean of {name} is 0")
    for name in ("S2.w", "S4.w"):
        close(params[name], 0.25, what=name, of="init")
    for layer in WEIGHTS:
        close(params[f"{layer}.b"], 0.0, what=f"{layer}.b", of="init")
    ensure(unchanged(again, params), "the same seed gives the same parameters")
    ensure(not np.array_equal(third["C5.w"], params["C5.w"]), "another seed gives other parameters")


@points(2)
@pytest.mark.parametrize("n", [1, 3])
def test_lenet5_scores_of_any_batch(student, rng, n):
    """With given parameters the scores of a batch of one and of three images are right, in float64."""
    net = student.LeNet5Numpy(layers_of_the_grader())
    scores, _ = net.forward(rng.normal(size=(n, 1, 32, 32)), draw_params(rng))
    as_reference(scores, of="forward", what="scores of a batch")


@points(4)
@pytest.mark.parametrize("n", [2, 1])
def test_lenet5_gradients(student, rng, n):
    """The gradients of all fourteen parameters are right, for two images and for one."""
    net = student.LeNet5Numpy(layers_of_the_grader())
    _, cache = net.forward(rng.normal(size=(n, 1, 32, 32)), draw_params(rng))
    grads = net.backward(rng.normal(size=(n, 10)), cache)
    as_reference(grads, of="backward", what="gradients")


@points(2)
def test_c3_sees_what_the_table_says(student, rng):
    """Kernels of C3 that are not in the table change no score, and their gradient is exactly 0."""
    net, x, params = student.LeNet5Numpy(layers_of_the_grader()), rng.normal(size=(1, 1, 32, 32)), draw_params(rng)
    other = params | {"C3.w": np.where(LINKED[:, :, None, None], params["C3.w"], rng.normal(size=(16, 6, 5, 5)))}
    scores, cache = net.forward(x, params)
    moved, _ = net.forward(x, other)
    close(moved, scores, what="scores with other values where C3 sees nothing", of="forward")
    grads = net.backward(rng.normal(size=(1, 10)), cache)
    as_reference(np.any(grads["C3.w"] != 0, axis=(2, 3)), of="backward", what="where the gradient of C3.w is not 0")


@points(3)
def test_lenet5_keeps_nothing(student, rng):
    """Images, parameters and dscores stay as they are; a cache serves after another batch, and twice."""
    net, x, params = student.LeNet5Numpy(layers_of_the_grader()), rng.normal(size=(2, 1, 32, 32)), draw_params(rng)
    dscores = rng.normal(size=(2, 10))
    (_, cache), after = observed(net, "forward", x, params)
    ensure(unchanged(after[0], x), "`forward` must leave the images as they are")
    ensure(unchanged(after[1], params), "`forward` must leave the parameters as they are")
    net.forward(rng.normal(size=(2, 1, 32, 32)), draw_params(rng))
    first, after = observed(net, "backward", dscores, cache)
    ensure(unchanged(after[0], dscores), "`backward` must leave dscores as it is")
    as_reference(first, of="backward", what="gradients after the forward pass of another batch")
    again = net.backward(dscores, cache)
    as_reference(again, of="backward", what="gradients, the second time from the same cache")
