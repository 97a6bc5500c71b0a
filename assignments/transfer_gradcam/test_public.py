"""Public checks of `transfer_gradcam`: the handout's examples, freezing, the optimiser, a heat map in closed form."""

import numpy as np
import torch

from grader.checks import agree, as_reference, close, drive, points


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


def numbered(n, c, h, w):
    """Images of the numbers 1, 2, 3, …: (n, c, h, w) float32."""
    return np.arange(1, n * c * h * w + 1, dtype=np.float32).reshape(n, c, h, w)


@points(2)
def test_hflip_mirrors_left_and_right(student):
    """hflip mirrors the columns of the images for which rng.random(N) is below 1/2: the example of the handout."""
    as_reference(student.hflip(numbered(4, 1, 2, 3), drive.rng(student, 8)), of=student.hflip, what="flipped images")


@points(3)
def test_random_crop_shifts_each_image_on_its_own(student, rng):
    """random_crop pads with zeros and cuts each image at its own row and column: the handout's example, then others."""
    as_reference(student.random_crop(numbered(2, 1, 3, 3), 1, drive.rng(student, 0)), of=student.random_crop)
    x, seed = rng.uniform(0.1, 1.0, (5, 3, 4, 6)).astype(np.float32), int(rng.integers(10**6))
    as_reference(student.random_crop(x, 2, drive.rng(student, seed)), of=student.random_crop, what="crops with pad 2")


@points(2)
def test_rotate90_turns_counter_clockwise(student):
    """rotate90 turns each image counter-clockwise, 0 to 3 times: the example of the handout."""
    turned = student.rotate90(numbered(4, 1, 2, 2), drive.rng(student, 8))
    as_reference(turned, of=student.rotate90, what="turned images")


@points(2)
def test_add_noise_has_the_standard_deviation_asked(student, rng):
    """add_noise adds std · rng.standard_normal(x.shape), clips nothing and gives float32."""
    x, seed = rng.uniform(0.0, 1.0, (3, 2, 4, 5)).astype(np.float32), int(rng.integers(10**6))
    noisy = student.add_noise(x, 0.25, drive.rng(student, seed))
    as_reference(noisy, of=student.add_noise, what="noisy images", atol=1e-6)


@points(2)
def test_new_head_and_old_body(student, rng):
    """replace_head gives ShapeNet an fc with 7 outputs for the same 64 inputs, and changes nothing else."""
    net = loaded(student.ShapeNet(5), draw_state(rng, shape_net(5)))
    student.replace_head(net, 7)
    state = drive.state_dict(net)
    as_reference({name: list(value.shape) for name, value in state.items()}, of=student.replace_head,
                 what="names and shapes")
    body = {name: value for name, value in state.items() if not name.startswith("fc.")}
    as_reference(body, of=student.replace_head, what="the body's weights and statistics")


@points(4)
def test_freeze_leaves_the_rest_trainable(student, rng):
    """Of ShapeNet frozen until block2, trainable gives the five parameters of block3 and fc, in order; before, all."""
    net = loaded(student.ShapeNet(5), draw_state(rng, shape_net(5)))
    as_reference(drive.items(student.trainable(net), 99), of=student.trainable, what="trainable before freezing")
    student.freeze(net, "block2")
    x, y = rng.normal(size=(4, 3, 8, 8)).astype(np.float32), rng.integers(0, 5, 4)
    learns = sorted(drive.gradients(net, x, y)["parameters"])
    as_reference(learns, of=student.freeze, what="names of the parameters that get a gradient")
    as_reference(drive.items(student.trainable(net), 99), of=student.trainable, what="trainable after freezing")


@points(3)
def test_optimiser_holds_only_what_learns(student, rng):
    """The optimiser of prepare is Adam with the rate asked; it holds block3 and the new head, and nothing frozen."""
    net = loaded(student.ShapeNet(5), draw_state(rng, shape_net(5)))
    optimizer = student.prepare(net, "block2", 4, 0.02)
    head = list(drive.state_dict(net)["fc.weight"].shape)
    as_reference(head, of=student.prepare, what="shape of the head's weights")
    groups = optimizer.attribute("param_groups")
    held = [parameter for group in groups for parameter in group["params"]]
    as_reference([list(parameter.shape) for parameter in held], of=student.prepare, what="shapes in the optimiser")
    as_reference(held[:3], of=student.prepare, what="block3 in the optimiser")
    as_reference([group["lr"] for group in groups][:1], of=student.prepare, what="learning rate")
    as_reference(optimizer.kind, of=student.prepare, what="class of the optimiser")


@points(4)
def test_cam_of_a_single_convolution(student, rng):
    """For convolution, global average, linear layer the map is ReLU(Σ w_k A_k) / (H·W), A the convolution's output."""
    state = {"conv.weight": rng.normal(size=(4, 3, 3, 3)), "conv.bias": rng.normal(size=4),
             "fc.weight": rng.normal(size=(3, 4)), "fc.bias": rng.normal(size=3)}
    state = {name: torch.from_numpy(value) for name, value in state.items()}
    net = loaded(student.OneConv(4, 3).double(), state)
    x, target = torch.from_numpy(rng.normal(size=(1, 3, 5, 7))), int(rng.integers(3))
    maps = torch.nn.functional.conv2d(x, state["conv.weight"], state["conv.bias"], padding=1)[0]
    expected = torch.relu((state["fc.weight"][target, :, None, None] * maps).sum(dim=0)) / (5 * 7)
    cam = student.grad_cam(net, x, "conv", target)
    close(cam, expected, what="map of 5×7")
    as_reference(cam, of=student.grad_cam, what="map of 5×7")


@points(2)
def test_upsampled_map(student, rng):
    """upsample_cam interpolates bilinearly with align_corners=False: 0, 4 becomes 0, 1, 3, 4."""
    agree(student.upsample_cam, torch.tensor([[0.0, 4.0]], dtype=torch.float64), (1, 4))
    agree(student.upsample_cam, torch.from_numpy(rng.uniform(0, 5, (2, 3))), (5, 9))
