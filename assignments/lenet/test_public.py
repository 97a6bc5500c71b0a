"""Public checks of `lenet`: names, sizes, forward passes, a training, gradients. The grader runs these and more."""

import numpy as np

from grader.checks import agree, as_reference, close, drive, ensure, gradcheck, loss_of, points

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


@points(2)
def test_subsample_worked_example(student, rng):
    """Sub-sampling takes the sums of 2×2 blocks times w[c] plus b[c]: the example of the handout, then two maps."""
    table = np.array([[5, 3, 1, 9], [2, 4, 5, 6], [7, 8, 5, 6], [1, 3, 4, 5]], dtype=np.float64)[None, None]
    cases = [(table, np.array([0.5]), np.array([1.0])),
             (rng.normal(size=(3, 2, 4, 6)), np.array([2.0, -1.0]), np.array([0.5, 3.0]))]
    agree(student.subsample_forward.batch, cases, pick=0)


@points(3)
def test_subsample_backward_fits_differences(student, rng):
    """The gradients of the sub-sampling, by x, w and b, fit the differences of your own forward pass."""
    for n, c, h, w in [(2, 3, 4, 6), (1, 2, 2, 4)]:
        arrays = {"x": rng.normal(size=(n, c, h, w)), "w": rng.normal(size=c), "b": rng.normal(size=c)}
        dout = rng.normal(size=(n, c, h // 2, w // 2))
        _, cache = student.subsample_forward(*arrays.values())
        grads = student.subsample_backward(dout, cache)
        ensure(len(grads) == 3, "subsample_backward gives dx, dw, db")
        losses = loss_of(student.subsample_forward, *arrays.values(), weights=dout, pick=0)
        gradcheck(losses, arrays, dict(zip(arrays, grads, strict=True)))


@points(2)
def test_lenet5_has_60850_parameters(student):
    """`init` gives 14 float64 arrays with the names and shapes of the handout; 60 kernels of C3 are not 0."""
    params = student.LeNet5Numpy(layers_of_the_grader()).init(7)
    as_reference(sizes(params), of="init", what="names, shapes and dtypes of the parameters")
    links = int(np.sum(np.any(params["C3.w"] != 0, axis=(2, 3))))
    close(links, 60, what="kernels of C3 that are not 0", of="init")
    total = sum(array.size for array in params.values()) - 25 * (6 * 16 - links)
    close(total, 60850, what="number of parameters", of="init")


@points(3)
def test_lenet5_scores_of_two_images(student, rng):
    """With given parameters, two grey images get the ten scores that the network of the handout computes."""
    net = student.LeNet5Numpy(layers_of_the_grader())
    scores, _ = net.forward(rng.normal(size=(2, 1, 32, 32)), draw_params(rng))
    as_reference(scores, of="forward", what="scores of two images")


@points(2)
def test_lenet5_gradients_fit_differences(student, rng):
    """Along a random direction in each of the seven layers, the gradients fit the differences of your own scores."""
    net, x, params, dscores = (student.LeNet5Numpy(layers_of_the_grader()), rng.normal(size=(1, 1, 32, 32)),
                               draw_params(rng), rng.normal(size=(1, 10)))
    towards = {name: rng.normal(size=array.shape) for name, array in params.items()}
    grads = net.backward(dscores, net.forward(x, params)[1])
    as_reference(sizes(grads), of="backward", what="names, shapes and dtypes of the gradients")
    for layer in WEIGHTS:
        norm = np.sqrt(np.sum(towards[f"{layer}.w"] ** 2) + np.sum(towards[f"{layer}.b"] ** 2))
        towards[f"{layer}.w"], towards[f"{layer}.b"] = towards[f"{layer}.w"] / norm, towards[f"{layer}.b"] / norm

    def loss_at(point):
        steps = {layer: float(point[layer]) for layer in WEIGHTS}
        moved = {name: array + steps[name[:2]] * towards[name] for name, array in params.items()}
        return float(np.sum(dscores * net.forward(x, moved)[0]))

    slopes = {layer: np.array(sum(np.sum(grads[name] * towards[name]) for name in (f"{layer}.w", f"{layer}.b")))
              for layer in WEIGHTS}
    gradcheck(lambda at: [loss_at(point) for point in at], {layer: np.array(0.0) for layer in WEIGHTS}, slopes)
