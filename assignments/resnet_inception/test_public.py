"""Public checks of `resnet_inception`: names, the worked examples of the handout, one forward pass of each module."""

import numpy as np

from grader.checks import agree, as_reference, close, drive, ensure, points


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


@points(3)
def test_block_has_the_names_of_the_handout(student):
    """BasicBlock has conv1, bn1, conv2, bn2, and proj, bn_proj only where the shape changes."""
    for args in [(4, 4), (4, 6, 2), (4, 6), (4, 4, 2)]:
        made(student.BasicBlock, args, what=f"names and shapes of the parameters of BasicBlock{args}")


@points(3)
def test_block_without_f_is_relu(student, rng):
    """If γ and β of the last BN are 0, F(x) is 0 and the block gives ReLU(x): the shortcut is the identity."""
    zeros = {"bn2.weight": np.zeros(4, np.float32), "bn2.bias": np.zeros(4, np.float32)}
    net = loaded(student.BasicBlock, (4, 4), draw_state(rng, block_shapes(4, 4, 1)) | zeros)
    images = draw_images(rng, 2, 4, 5, 6)
    close(np.asarray(drive.forward(net, images)), np.maximum(images, 0), rtol=0, atol=1e-6, what="the block")


@points(4)
def test_block_with_stride_2(student, rng):
    """A block from 3 to 5 channels with stride 2 halves 8×6 images; the values are right in eval mode."""
    net = loaded(student.BasicBlock, (3, 5, 2), draw_state(rng, block_shapes(3, 5, 2)))
    out = drive.forward(net, draw_images(rng, 2, 3, 8, 6))
    as_reference(out, of=student.BasicBlock, what="output of BasicBlock(3, 5, 2)", rtol=1e-4, atol=1e-5)


@points(2)
def test_block_params_of_resnet18(student):
    """BasicBlock(64, 64) has 73 984 parameters, BasicBlock(64, 128, 2) has 230 144."""
    agree(student.block_params, 64, 64)
    agree(student.block_params, 64, 128, 2)
    agree(student.block_params, 64, 64, 2)


@points(3)
def test_inception_has_the_names_of_the_handout(student):
    """Inception has conv1, reduce3, conv3, reduce5, conv5 and convp with biases, and nothing else to train."""
    for args in [(6, 4, (2, 5), (1, 3), 2), (3, 2, (4, 2), (3, 2), 2)]:
        made(student.Inception, args, what=f"names and shapes of the parameters of Inception{args}")


@points(4)
def test_inception_keeps_the_order_of_its_branches(student, rng):
    """With zero weights and biases 1, 2, 3, 4, the channels are 1, 1, 2, 2, 3, 3, 4, 4 all over the maps."""
    args = (3, 2, (3, 2), (1, 2), 2)
    state = {name: np.zeros(shape, np.float32) for name, shape in inception_shapes(*args).items()}
    for value, name in enumerate(("conv1", "conv3", "conv5", "convp"), start=1):
        state[f"{name}.bias"][:] = value
    net = loaded(student.Inception, args, state)
    out = np.asarray(drive.forward(net, draw_images(rng, 2, 3, 7, 6)))
    want = np.ones((2, 8, 7, 6)) * np.repeat([1.0, 2.0, 3.0, 4.0], 2)[:, None, None]
    close(out, want, what="the concatenated branches")


@points(2)
def test_inception_params_of_googlenet(student):
    """Inception 3a of GoogLeNet has 163 696 parameters; without the two reductions there were 393 472."""
    agree(student.inception_params, 192, 64, (96, 128), (16, 32), 32)
    agree(student.inception_params, 192, 64, (96, 128), (16, 32), 32, False)


@points(4)
def test_gradients_survive_fifty_layers(student):
    """The table of the handout for depth 3; at depth 50 the residual tower's gradient is 1000 times the plain one's."""
    plain, residual = (np.asarray(student.gradient_norms(3, how)) for how in (False, True))
    as_reference(plain, of=student.gradient_norms, what="norms of the plain tower, depth 3", rtol=1e-6, atol=0)
    as_reference(residual, of=student.gradient_norms, what="norms of the residual tower, depth 3", rtol=1e-6, atol=0)
    plain, residual = (np.asarray(student.gradient_norms(50, how)) for how in (False, True))
    ensure(plain.shape == residual.shape == (51,), "depth 50 gives 51 norms, that of h₀ included")
    ensure(0 < plain[0] < 1e-12, "the plain tower of depth 50 leaves next to nothing at h₀, but not zero")
    ensure(residual[0] >= 1e3 * plain[0], "at h₀ the residual tower's gradient is at least 1000 times the plain one's")
