"""Hidden checks of `resnet_inception`: other shapes and batch sizes, both modes of BN, gradients, other seeds."""

import numpy as np
import pytest

from grader.checks import agree, as_reference, close, drive, points


def block_shapes(cin, cout, stride):
    """Name → shape of the parameters and running statistics of a block."""
    shapes = {"conv1.weight": (cout, cin, 3, 3), "conv2.weight": (cout, cout, 3, 3)}
    norms = ["bn1", "bn2"]
    if stride != 1 or cin != cout:
        shapes["proj.weight"] = (cout, cin, 1, 1)
        norms.append("bn_proj")
    parts = ("weight", "bias", "running_mean", "running_var")
    return shapes | {f"{norm}.{part}": (cout,) for norm in norms for part in parts}


def inception_shapes(cin, c1, c3, c5, cp):
    """Name → shape of the parameters of an Inception module."""
    sizes = {
        "conv1": (c1, cin, 1), "reduce3": (c3[0], cin, 1), "conv3": (c3[1], c3[0], 3),
        "reduce5": (c5[0], cin, 1), "conv5": (c5[1], c5[0], 5), "convp": (cp, cin, 1),
    }
    weights = {f"{name}.weight": (out, into, k, k) for name, (out, into, k) in sizes.items()}
    return weights | {f"{name}.bias": (out,) for name, (out, _, _) in sizes.items()}


def draw_state(rng, shapes):
    """Name → float32 array, scaled so that signals keep their size; variances and γ lie in [0.5, 1.5]."""
    state = {}
    for name, shape in shapes.items():
        if len(shape) > 1:
            bound = np.sqrt(3 / np.prod(shape[1:]))
            state[name] = rng.uniform(-bound, bound, shape).astype(np.float32)
        elif name.endswith("running_var") or (name.startswith("bn") and name.endswith("weight")):
            state[name] = rng.uniform(0.5, 1.5, shape).astype(np.float32)
        else:
            state[name] = rng.normal(0.0, 0.5, shape).astype(np.float32)
    return state


def draw_images(rng, *shape):
    """float32, standard normal."""
    return rng.normal(size=shape).astype(np.float32)


def made(build, args, what="names and shapes of the parameters"):
    """build(*args), whose parameters and running statistics must have the names and shapes of the handout."""
    net = build(*args)
    state = drive.state_dict(net)
    shapes = {name: list(np.shape(value)) for name, value in state.items() if "num_batches" not in name}
    as_reference(shapes, of=build, what=what)
    return net


def loaded(build, args, state):
    """build(*args) with this state."""
    net = made(build, args)
    drive.load_state_dict(net, state)
    return net


@points(6)
@pytest.mark.parametrize(
    ("args", "shape"),
    [
        ((4, 4, 1), (1, 5, 7)), ((3, 5, 2), (3, 7, 5)), ((4, 6, 1), (2, 4, 3)), ((5, 5, 2), (2, 6, 9)),
        ((6, 3, 3), (1, 8, 4)),
    ],
)
def test_block_on_other_shapes(student, rng, args, shape):
    """In eval mode the block is right for one image, odd and non-square maps, with and without a projection."""
    net = loaded(student.BasicBlock, args, draw_state(rng, block_shapes(*args)))
    n, h, w = shape
    out = drive.forward(net, draw_images(rng, n, args[0], h, w))
    as_reference(out, of=student.BasicBlock, what="output of the block", rtol=1e-4, atol=1e-5)


@points(5)
def test_block_in_train_and_eval_mode(student, rng):
    """In train mode BN uses the batch and moves its running statistics; in eval mode it uses and keeps them."""
    net = loaded(student.BasicBlock, (3, 4, 2), draw_state(rng, block_shapes(3, 4, 2)))
    images = draw_images(rng, 4, 3, 6, 6)
    for step in ("first", "second"):
        out = drive.forward(net, images, train=True)
        as_reference(out, of=student.BasicBlock, what=f"output in train mode, {step} time", rtol=1e-4, atol=1e-5)
    for when in ("after two batches in train mode", "after one more batch in eval mode"):
        state = drive.state_dict(net)
        moved = {name: value for name, value in state.items() if "running" in name}
        as_reference(moved, of=student.BasicBlock, what=f"running statistics {when}", rtol=1e-4, atol=1e-5)
        out = drive.forward(net, images[:1])
        as_reference(out, of=student.BasicBlock, what="output in eval mode", rtol=1e-4, atol=1e-5)


@points(6)
@pytest.mark.parametrize(("args", "train"), [((4, 4, 1), False), ((3, 5, 2), True)])
def test_block_gradients(student, rng, args, train):
    """Loss and gradients of all parameters and of the images are right, with and without a projection."""
    net = loaded(student.BasicBlock, args, draw_state(rng, block_shapes(*args)))
    images = draw_images(rng, 3, args[0], 6, 4)
    out = drive.forward(net, images, train=train)  # sets the mode, too
    as_reference(out, of=student.BasicBlock, what="output of the block", rtol=1e-4, atol=1e-5)
    side = 1 if args[2] == 1 else 2
    found = drive.gradients(net, images, draw_images(rng, 3, args[1], 6 // side, 4 // side), loss="mse")
    as_reference(found["loss"], of=student.BasicBlock, what="loss", rtol=1e-4)
    as_reference(found["inputs"], of=student.BasicBlock, what="gradient of the images", rtol=1e-3, atol=1e-5)
    as_reference(
        found["parameters"], of=student.BasicBlock, what="gradients of the parameters", rtol=1e-3, atol=1e-5
    )


@points(3)
def test_gradient_takes_the_shortcut(student, rng):
    """Where F is switched off (γ = β = 0), the gradient still reaches the images: through the shortcut alone."""
    zeros = {"bn2.weight": np.zeros(3, np.float32), "bn2.bias": np.zeros(3, np.float32)}
    net = loaded(student.BasicBlock, (3, 3), draw_state(rng, block_shapes(3, 3, 1)) | zeros)
    images, target = draw_images(rng, 2, 3, 4, 5), draw_images(rng, 2, 3, 4, 5)
    drive.forward(net, images)  # eval mode
    found = np.asarray(drive.gradients(net, images, target, loss="mse")["inputs"])
    want = 2 * (np.maximum(images, 0) - target) / target.size * (images > 0)
    close(found, want, rtol=1e-4, atol=1e-7, what="the gradient of the images")


@points(6)
@pytest.mark.parametrize(
    ("args", "shape"),
    [
        ((3, 2, (2, 4), (1, 3), 2), (1, 5, 7)), ((4, 1, (3, 2), (2, 2), 3), (3, 6, 4)),
        ((2, 2, (1, 2), (1, 2), 2), (2, 4, 4)), ((1, 1, (1, 1), (2, 1), 1), (1, 1, 2)),
    ],
)
def test_inception_on_other_shapes(student, rng, args, shape):
    """With given weights the module is right for one image, for narrow maps and for negative inputs."""
    net = loaded(student.Inception, args, draw_state(rng, inception_shapes(*args)))
    n, h, w = shape
    out = drive.forward(net, draw_images(rng, n, args[0], h, w) - np.float32(0.5))
    as_reference(out, of=student.Inception, what="output of the module", rtol=1e-4, atol=1e-5)


@points(4)
def test_inception_gradients(student, rng):
    """Loss and gradients of all six convolutions and of the images are right."""
    args = (3, 2, (2, 3), (2, 1), 2)
    net = loaded(student.Inception, args, draw_state(rng, inception_shapes(*args)))
    found = drive.gradients(net, draw_images(rng, 2, 3, 4, 5), draw_images(rng, 2, 8, 4, 5), loss="mse")
    as_reference(found["loss"], of=student.Inception, what="loss", rtol=1e-4)
    as_reference(found["inputs"], of=student.Inception, what="gradient of the images", rtol=1e-3, atol=1e-5)
    as_reference(
        found["parameters"], of=student.Inception, what="gradients of the parameters", rtol=1e-3, atol=1e-5
    )


@points(2)
def test_parameters_are_counted_for_any_width(student, rng):
    """block_params and inception_params are right for random widths, all strides, with and without reduction."""
    def draw():
        return int(rng.integers(1, 40))

    same = [(c, c, s) for c, s in zip(rng.integers(1, 40, 3).tolist(), (1, 2, 3), strict=True)]
    agree(student.block_params.batch, same + [(draw(), 40 + draw(), s) for s in (1, 2)])
    widths = [(draw(), draw(), (draw(), draw()), (draw(), draw()), draw()) for _ in range(4)]
    agree(student.inception_params.batch, [(*w, reduce) for w in widths for reduce in (True, False)])


@points(3)
def test_gradient_norms_of_other_towers(student, rng):
    """Depths from 1 to 30 and other seeds: all norms, from h₀ to the last, and the same ones when called again."""
    a, b, c = rng.choice(np.arange(1, 10_000), size=3, replace=False).tolist()
    cases = [(1, True, a), (1, False, a), (6, True, b), (6, False, b), (6, True, c), (30, False, c), (30, True, c)]
    for depth, residual, seed in [*cases, cases[2]]:
        norms = np.asarray(student.gradient_norms(depth, residual, seed))
        what = f"norms of the {'residual' if residual else 'plain'} tower, depth {depth}"
        as_reference(norms, of=student.gradient_norms, what=what, rtol=1e-6, atol=0)
