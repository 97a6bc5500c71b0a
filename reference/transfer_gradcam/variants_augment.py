"""Augmentation gone wrong; names and advice are in cards_augment.py."""

import numpy as np

from . import solution as ref


def _cut(padded, corners, size):
    """Cuts of this height and width, one for each image, at its first row and column."""
    H, W = size
    return np.stack([image[:, r : r + H, c : c + W] for image, (r, c) in zip(padded, corners, strict=True)])


def _padded(x, pad, mode="constant"):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode=mode)


def _chosen(x, rng):
    return (rng.random(len(x)) < 0.5)[:, None, None, None]


def flip_vertical(x, rng):
    return np.where(_chosen(x, rng), x[:, :, ::-1], x)


def flip_both(x, rng):
    return np.where(_chosen(x, rng), x[:, :, ::-1, ::-1], x)


def flip_channels(x, rng):
    return np.where(_chosen(x, rng), x[:, ::-1], x)


def flip_batch(x, rng):
    return x[..., ::-1].copy() if rng.random() < 0.5 else x.copy()


def flip_all(x, rng):
    return x[..., ::-1].copy()


def flip_the_others(x, rng):
    return np.where(_chosen(x, rng), x, x[..., ::-1])


def flip_in_place(x, rng):
    chosen = rng.random(len(x)) < 0.5
    x[chosen] = x[chosen][..., ::-1].copy()
    return x


def flip_global(x, rng):
    chosen = np.random.rand(len(x)) < 0.5
    return np.where(chosen[:, None, None, None], x[..., ::-1], x)


def flip_coins(x, rng):
    chosen = rng.integers(0, 2, size=len(x)) == 1
    return np.where(chosen[:, None, None, None], x[..., ::-1], x)


def flip_own_generator(x, rng):
    return ref.hflip(x, np.random.default_rng(0))


def flip_reorders(x, rng):
    chosen = rng.random(len(x)) < 0.5
    return np.concatenate([x[~chosen], x[chosen][..., ::-1]])


def flip_both_versions(x, rng):
    chosen = rng.random(len(x)) < 0.5
    return np.concatenate([x, x[chosen][..., ::-1]])


def crop_one_place(x, pad, rng):
    corner = rng.integers(0, 2 * pad + 1, size=2)
    return _cut(_padded(x, pad), [corner] * len(x), x.shape[2:])


def crop_wraps(x, pad, rng):
    shifts = rng.integers(0, 2 * pad + 1, size=(len(x), 2)) - pad
    return np.stack([np.roll(image, (-r, -c), axis=(1, 2)) for image, (r, c) in zip(x, shifts, strict=True)])


def crop_edge(x, pad, rng):
    return _cut(_padded(x, pad, "edge"), rng.integers(0, 2 * pad + 1, size=(len(x), 2)), x.shape[2:])


def crop_reflects(x, pad, rng):
    return _cut(_padded(x, pad, "symmetric"), rng.integers(0, 2 * pad + 1, size=(len(x), 2)), x.shape[2:])


def crop_swapped(x, pad, rng):
    return _cut(_padded(x, pad), rng.integers(0, 2 * pad + 1, size=(len(x), 2))[:, ::-1], x.shape[2:])


def crop_half_range(x, pad, rng):
    return _cut(_padded(x, pad), rng.integers(0, pad + 1, size=(len(x), 2)), x.shape[2:])


def crop_last_place_missing(x, pad, rng):
    return _cut(_padded(x, pad), rng.integers(0, max(2 * pad, 1), size=(len(x), 2)), x.shape[2:])


def crop_same_shift(x, pad, rng):
    shifts = rng.integers(0, 2 * pad + 1, size=len(x))
    return _cut(_padded(x, pad), np.stack([shifts, shifts], axis=1), x.shape[2:])


def crop_other_way(x, pad, rng):
    return _cut(_padded(x, pad), 2 * pad - rng.integers(0, 2 * pad + 1, size=(len(x), 2)), x.shape[2:])


def crop_stays_large(x, pad, rng):
    rng.integers(0, 2 * pad + 1, size=(len(x), 2))
    return _padded(x, pad)


def crop_square(x, pad, rng):
    return _cut(_padded(x, pad), rng.integers(0, 2 * pad + 1, size=(len(x), 2)), (x.shape[2], x.shape[2]))


def crop_strips_padding(x, pad, rng):
    padded, corners = _padded(x, pad), rng.integers(0, 2 * pad + 1, size=(len(x), 2)) - pad
    moved = np.stack([np.roll(image, (-r, -c), axis=(1, 2)) for image, (r, c) in zip(padded, corners, strict=True)])
    return moved[:, :, pad:-pad, pad:-pad]


def crop_rows_then_columns(x, pad, rng):
    corners = rng.integers(0, 2 * pad + 1, size=(2, len(x))).T
    return _cut(_padded(x, pad), corners, x.shape[2:])


def crop_global(x, pad, rng):
    return _cut(_padded(x, pad), np.random.randint(0, 2 * pad + 1, size=(len(x), 2)), x.shape[2:])


def crop_own_generator(x, pad, rng):
    return ref.random_crop(x, pad, np.random.default_rng(0))


def rotate_clockwise(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    turns = rng.integers(0, 4, size=len(x))
    return np.stack([np.rot90(image, -k, axes=(1, 2)) for image, k in zip(x, turns, strict=True)])


def rotate_batch(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    return np.rot90(x, rng.integers(0, 4), axes=(2, 3))


def rotate_channels(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    return np.stack([np.rot90(image, k) for image, k in zip(x, rng.integers(0, 4, size=len(x)), strict=True)])


def rotate_transposes(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    turns = rng.integers(0, 4, size=len(x))
    return np.stack([image.swapaxes(1, 2) if k % 2 else image for image, k in zip(x, turns, strict=True)])


def rotate_once(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    return np.rot90(x, axes=(2, 3))


def rotate_never_thrice(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    turns = rng.integers(0, 3, size=len(x))
    return np.stack([np.rot90(image, k, axes=(1, 2)) for image, k in zip(x, turns, strict=True)])


def rotate_not_square(x, rng):
    out, turns = np.zeros_like(x), rng.integers(0, 4, size=len(x))
    for image, new, k in zip(x, out, turns, strict=True):
        turned = np.rot90(image, k, axes=(1, 2))
        H, W = min(x.shape[2], turned.shape[1]), min(x.shape[3], turned.shape[2])
        new[:, :H, :W] = turned[:, :H, :W]
    return out


def rotate_in_place(x, rng):
    x[:] = ref.rotate90(x, rng)
    return x


def rotate_global(x, rng):
    if x.shape[2] != x.shape[3]:
        raise ValueError("not square")
    turns = np.random.randint(0, 4, size=len(x))
    return np.stack([np.rot90(image, k, axes=(1, 2)) for image, k in zip(x, turns, strict=True)])


def rotate_own_generator(x, rng):
    return ref.rotate90(x, np.random.default_rng(0))


def noise_variance(x, std, rng):
    return ref.add_noise(x, np.sqrt(std), rng)


def noise_squared(x, std, rng):
    return ref.add_noise(x, std**2, rng)


def noise_uniform(x, std, rng):
    return (x + std * rng.random(x.shape)).astype(np.float32)


def noise_clipped(x, std, rng):
    return np.clip(ref.add_noise(x, std, rng), 0, 1)


def noise_same_for_channels(x, std, rng):
    return (x + std * rng.standard_normal((len(x), 1, *x.shape[2:]))).astype(np.float32)


def noise_same_for_images(x, std, rng):
    return (x + std * rng.standard_normal(x.shape[1:])).astype(np.float32)


def noise_one_number(x, std, rng):
    return (x + std * rng.standard_normal((len(x), 1, 1, 1))).astype(np.float32)


def noise_float64(x, std, rng):
    return x + std * rng.standard_normal(x.shape)


def noise_in_place(x, std, rng):
    x += (std * rng.standard_normal(x.shape)).astype(np.float32)
    return x


def noise_multiplies(x, std, rng):
    return (x * (1 + std * rng.standard_normal(x.shape))).astype(np.float32)


def noise_unscaled(x, std, rng):
    return (x + rng.standard_normal(x.shape)).astype(np.float32)


def noise_global(x, std, rng):
    return (x + std * np.random.randn(*x.shape)).astype(np.float32)


def noise_own_generator(x, std, rng):
    return ref.add_noise(x, std, np.random.default_rng(0))


def augment_noise_first(x, y, pad, std, rng):
    return ref.random_crop(ref.hflip(ref.add_noise(x, std, rng), rng), pad, rng), y


def augment_noise_before_crop(x, y, pad, std, rng):
    return ref.random_crop(ref.add_noise(ref.hflip(x, rng), std, rng), pad, rng), y


def augment_crop_first(x, y, pad, std, rng):
    return ref.add_noise(ref.hflip(ref.random_crop(x, pad, rng), rng), std, rng), y


def augment_turns(x, y, pad, std, rng):
    return ref.add_noise(ref.rotate90(ref.random_crop(ref.hflip(x, rng), pad, rng), rng), std, rng), y


def augment_shuffles(x, y, pad, std, rng):
    images, order = ref.augment(x, y, pad, std, rng)[0], rng.permutation(len(x))
    return images[order], y[order]


def augment_shuffles_labels(x, y, pad, std, rng):
    return ref.augment(x, y, pad, std, rng)[0], y[rng.permutation(len(y))]


def augment_doubles(x, y, pad, std, rng):
    return np.concatenate([x, ref.augment(x, y, pad, std, rng)[0]]), np.concatenate([y, y])


def augment_no_noise(x, y, pad, std, rng):
    return ref.random_crop(ref.hflip(x, rng), pad, rng), y


def augment_no_labels(x, y, pad, std, rng):
    return ref.augment(x, y, pad, std, rng)[0]


def augment_generator_each(x, y, pad, std, rng):
    seed = int(rng.integers(1000))
    one, two, three = (np.random.default_rng(seed) for _ in range(3))
    return ref.add_noise(ref.random_crop(ref.hflip(x, one), pad, two), std, three), y
