"""Wrong variants of augment and to_inputs, most frequent first."""

import numpy as np
import torch
import torch.nn.functional as F

from grader.checks import misconception

REAL = "real submission"
LIKELY = "a likely slip, without a slide that prints it"


def moved(x, rng, mode="reflect", where="mirror-last", draw=None, axis=-1, swap=False, order=None):
    """The right augmentation, image by image, with one part exchanged."""
    B = len(x)
    offsets, mirrored = draw(rng, B) if draw else (rng.integers(0, 9, size=(B, 2)), rng.random(B) < 0.5)
    out = torch.empty_like(x)
    for k, (image, (row, column)) in enumerate(zip(x, offsets[:, ::-1] if swap else offsets, strict=True)):
        if mirrored[k] and where == "mirror-first":
            image = image.flip(-1)
        options = {"value": 0.0} if mode == "constant" else {}
        view = F.pad(image[None], (4, 4, 4, 4), mode=mode, **options)[0, :, row : row + 32, column : column + 32]
        out[k] = view.flip(axis) if mirrored[k] and where == "mirror-last" else view
    return out


@misconception("cifar10.augment/one-shift-for-all", source=REAL,
    advice="Every image has offsets of its own, row k of rng.integers(0, 9, size=(B, 2)), not one shift for the "
    "batch.")
def one_shift(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 9, size=(B, 2))[[0] * B], rng.random(B) < 0.5))


@misconception("cifar10.augment/one-mirror-for-all", source=REAL,
    advice="Each image decides for itself whether it is mirrored: image k if rng.random(B)[k] < 0.5.")
def one_mirror(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 9, size=(B, 2)), (rng.random(B) < 0.5)[[0] * B]))


@misconception("cifar10.augment/zero-padding", source="He et al. 2016, section 4.2, pads with zeros",
    advice='Pad by reflection, F.pad(x, (4, 4, 4, 4), mode="reflect"): zeros would be grey bars at the edge.')
def zero_padding(x, rng):
    return moved(x, rng, mode="constant")


@misconception("cifar10.augment/edge-padding", source=LIKELY,
    advice='Pad by reflection (mode="reflect"); "replicate" repeats the outermost pixels instead.')
def edge_padding(x, rng):
    return moved(x, rng, mode="replicate")


@misconception("cifar10.augment/wraps-around", source="torch.roll",
    advice="torch.roll brings what leaves on one side in again on the other: pad by 4 with reflection and cut "
    "out 32×32.")
def wraps_around(x, rng):
    return moved(x, rng, mode="circular")


@misconception("cifar10.augment/upside-down", source=LIKELY,
    advice="Mirror left-right: that is the last axis. Upside down, a ship is no ship any more.")
def upside_down(x, rng):
    return moved(x, rng, axis=-2)


@misconception("cifar10.augment/mirrored-first", source=LIKELY,
    advice="Shift first, then mirror: mirrored first, an image of column offset c shows what belongs to 8 − c.")
def mirrored_first(x, rng):
    return moved(x, rng, where="mirror-first")


@misconception("cifar10.augment/rows-and-columns-swapped", source=LIKELY,
    advice="offsets[:, 0] shifts rows (the axis before the last), offsets[:, 1] columns (the last axis).")
def swapped(x, rng):
    return moved(x, rng, swap=True)


@misconception("cifar10.augment/no-mirror", source=REAL,
    advice="About half of the images are mirrored, those with rng.random(B) < 0.5.")
def no_mirror(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 9, size=(B, 2)), rng.random(B) < 0))


@misconception("cifar10.augment/all-mirrored", source=REAL,
    advice="Only those with rng.random(B) < 0.5 are mirrored, not all.")
def all_mirrored(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 9, size=(B, 2)), rng.random(B) < 1))


@misconception("cifar10.augment/others-mirrored", source=LIKELY,
    advice="Mirrored are those with rng.random(B) < 0.5; here it is the other half.")
def others_mirrored(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 9, size=(B, 2)), rng.random(B) >= 0.5))


@misconception("cifar10.augment/eight-not-reached",
    source="numpy documentation of Generator.integers: high is exclusive",
    advice="Offsets run from 0 to 8, nine values: rng.integers(0, 9, …), as the upper end is exclusive.")
def eight_not_reached(x, rng):
    return moved(x, rng, draw=lambda rng, B: (rng.integers(0, 8, size=(B, 2)), rng.random(B) < 0.5))


@misconception("cifar10.augment/mirror-drawn-first", source=LIKELY,
    advice="The draws come in this order: first rng.integers(0, 9, size=(B, 2)), then rng.random(B).")
def mirror_drawn_first(x, rng):
    def draw(rng, B):
        mirrored = rng.random(B) < 0.5
        return rng.integers(0, 9, size=(B, 2)), mirrored

    return moved(x, rng, draw=draw)


@misconception("cifar10.augment/drawn-one-by-one", source=REAL,
    advice="Draw all offsets at once, then all mirrors: two draws for a batch. One image at a time, the same "
    "generator gives other images.")
def drawn_one_by_one(x, rng):
    def draw(rng, B):
        pairs = [(rng.integers(0, 9, size=2), rng.random() < 0.5) for _ in range(B)]
        return np.stack([offset for offset, _ in pairs]), [mirror for _, mirror in pairs]

    return moved(x, rng, draw=draw)


@misconception("cifar10.augment/own-generator", source=REAL,
    advice="Draw from the generator that is handed in; np.random, torch.rand or a new default_rng() cannot be "
    "repeated.")
def own_generator(x, rng):
    return moved(x, np.random.default_rng(np.random.randint(1 << 30)))


@misconception("cifar10.augment/same-every-time", source=REAL,
    advice="Draw from the generator that is handed in: one made anew from a constant gives the same shifts in "
    "every epoch.")
def same_every_time(x, rng):
    return moved(x, np.random.default_rng(0))


@misconception("cifar10.augment/in-place", source=REAL,
    advice="Work on a copy: x belongs to the caller, and an image that was mirrored stays mirrored for the next "
    "epoch.")
def in_place(x, rng):
    x[:] = moved(x, rng)
    return x


# --- to_inputs
def inputs(images, shift=0.5, scale=0.25, most=255):
    return (torch.tensor(images, dtype=torch.float32) / most - shift) / scale


@misconception("cifar10.to_inputs/only-to-one", source="torchvision documentation of ToTensor",
    advice="Dividing by 255 is half of it: then subtract 0.5 and divide by 0.25, so that inputs lie around 0.")
def only_to_one(images):
    return inputs(images, 0.0, 1.0)


@misconception("cifar10.to_inputs/raw", source=REAL,
    advice="Pixels from 0 to 255 are far too large for a network: (x/255 − 0.5)/0.25.")
def raw(images):
    return inputs(images, 0.0, 1.0, 1.0)


@misconception("cifar10.to_inputs/minus-one-to-one", source="torchvision examples: Normalize(0.5, 0.5)",
    advice="Divide by 0.25, not by 0.5: inputs run from −2 to 2 here.")
def minus_one_to_one(images):
    return inputs(images, 0.5, 0.5)


@misconception("cifar10.to_inputs/not-scaled", source=REAL,
    advice="After subtracting 0.5 divide by 0.25.")
def not_scaled(images):
    return inputs(images, 0.5, 1.0)


@misconception("cifar10.to_inputs/multiplied", source=LIKELY,
    advice="Divide by 0.25 (times 4); multiplying by it makes inputs sixteen times too small.")
def multiplied(images):
    return inputs(images, 0.5, 4.0)


@misconception("cifar10.to_inputs/swapped", source=LIKELY,
    advice="0.5 is subtracted, 0.25 divides; here they have changed places.")
def mean_and_deviation_swapped(images):
    return inputs(images, 0.25, 0.5)


@misconception("cifar10.to_inputs/256", source=LIKELY,
    advice="The largest grey level is 255: divide by 255, not by 256.")
def by_256(images):
    return inputs(images, most=256)


@misconception("cifar10.to_inputs/own-statistics", source=REAL,
    advice="The two numbers are fixed, 0.5 and 0.25. Mean and deviation of the batch at hand make an image's "
    "inputs depend on its neighbours.")
def own_statistics(images):
    x = torch.tensor(images, dtype=torch.float32)
    return (x - x.mean()) / x.std()


@misconception("cifar10.to_inputs/float64", source="numpy divides into float64",
    advice="Inputs are float32, as weights are: torch refuses to multiply the two.")
def float64(images):
    return torch.from_numpy((images / 255 - 0.5) / 0.25)


@misconception("cifar10.to_inputs/wraps-around", source="numpy: uint8 − uint8 is uint8",
    advice="Convert to float before you subtract: in uint8, 3 − 128 is 131.")
def wrapped(images):
    return torch.from_numpy(images - np.uint8(128)).float() / 63.75


@misconception("cifar10.to_inputs/array", source=REAL,
    advice="The result is a torch tensor, not a numpy array: torch.from_numpy, or torch.tensor.")
def an_array(images):
    return inputs(images).numpy()


@misconception("cifar10.to_inputs/channels-last",
    source="torchvision documentation of ToTensor: (H, W, C) goes in",
    advice="The images are channels first already, (N, 3, 32, 32): no permute.")
def channels_last(images):
    return inputs(images).permute(0, 2, 3, 1)
