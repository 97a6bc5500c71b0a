"""Wrong variants of bilinear upsampling, most frequent first."""

import numpy as np

from . import solution as ref
from .cards import LIKELY, REAL, wrong


def _mixed(x, factor, align_corners, places):
    """Bilinear with another rule for one axis: places(n, factor, align_corners) → matrix (factor·n, n)."""
    A, B = places(x.shape[2], factor, align_corners), places(x.shape[3], factor, align_corners)
    return A @ x @ B.T


def _place(n, factor, align_corners):
    """Where each output pixel looks, as in the handout. → (factor·n,)."""
    i = np.arange(factor * n)
    return i * (n - 1) / max(factor * n - 1, 1) if align_corners else np.clip((i + 0.5) / factor - 0.5, 0, n - 1)


def _matrix(places, n):
    """Rows 1 - t at ⌊r⌋ and t at ⌊r⌋ + 1, indices clipped to the axis."""
    low = np.floor(places).astype(int)
    t = places - low
    A, i = np.zeros((len(places), n)), np.arange(len(places))
    A[i, np.clip(low, 0, n - 1)] += 1.0 - t
    A[i, np.clip(low + 1, 0, n - 1)] += t
    return A


def _framed(x, factor, mode):
    """Half-pixel interpolation of x with a frame one pixel wide around it."""
    big = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode=mode)
    A, B = (ref.interpolation_matrix(n, factor, False) for n in big.shape[2:])
    return A[factor:-factor] @ big @ B[factor:-factor].T


@wrong(
    "upsample_bilinear/modes-swapped",
    advice="The two modes are swapped: align_corners=True maps first pixel to first and last to "
    "last; False treats pixels as little squares and looks at (i + 0.5)/factor - 0.5.",
    source="S4 L2820 names no convention",
)
def bilinear_modes_swapped(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, not align_corners)


@wrong(
    "upsample_bilinear/always-aligned",
    advice="Only align_corners=True maps corner to corner; with False an output pixel looks at (i "
    "+ 0.5)/factor - 0.5.",
    source="S4 L2820 names no convention",
)
def bilinear_always_aligned(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, True)


@wrong(
    "upsample_bilinear/never-aligned",
    advice="align_corners=True needs its own rule, i·(n-1)/(factor·n-1): the corners of both "
    "images coincide.",
    source="S4 L2820 names no convention",
)
def bilinear_never_aligned(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, False)


@wrong(
    "upsample_bilinear/no-half-pixel",
    advice="Without aligned corners the centres of pixels count: (i + 0.5)/factor - 0.5. i/factor "
    "moves the image by a part of a pixel.",
    source="the old resize of TensorFlow 1 did this",
)
def bilinear_no_half_pixel(x, factor, align_corners=False):
    if align_corners:
        return ref.upsample_bilinear(x, factor, True)
    return _mixed(x, factor, False, lambda n, f, _: _matrix(np.arange(f * n) / f, n))


@wrong(
    "upsample_bilinear/extrapolates",
    advice="Near the border (i + 0.5)/factor - 0.5 leaves the image: clip the place to 0 … n-1 "
    "before you take t, or t is negative or above 1.",
    source="PyTorch: area_pixel_compute_source_index clips at 0",
)
def bilinear_extrapolates(x, factor, align_corners=False):
    def rule(n, f, _):
        place = (np.arange(f * n) + 0.5) / f - 0.5
        low = np.clip(np.floor(place), 0, max(n - 2, 0)).astype(int)
        t = place - low
        A, i = np.zeros((f * n, n)), np.arange(f * n)
        A[i, low] += 1.0 - t
        A[i, np.minimum(low + 1, n - 1)] += t
        return A

    return ref.upsample_bilinear(x, factor, True) if align_corners else _mixed(x, factor, False, rule)


@wrong(
    "upsample_bilinear/extrapolates-in-front",
    advice="In front of the first pixel's centre (i + 0.5)/factor - 0.5 is negative: clip the place itself to 0, not "
    "only the index, or the first pixel weighs more than 1 and the second less than 0.",
    source="real submission",
)
def bilinear_extrapolates_in_front(x, factor, align_corners=False):
    def rule(n, f, _):
        place = (np.arange(f * n) + 0.5) / f - 0.5
        low = np.clip(np.floor(place), 0, n - 1).astype(int)
        t = place - low
        A, i = np.zeros((f * n, n)), np.arange(f * n)
        A[i, low] += 1.0 - t
        A[i, np.minimum(low + 1, n - 1)] += t
        return A

    return ref.upsample_bilinear(x, factor, True) if align_corners else _mixed(x, factor, False, rule)


@wrong(
    "upsample_bilinear/wraps",
    advice="x[-1] is the other end of the image: clip the place (or the index) to 0 … n-1 at the "
    "border.",
    source=LIKELY,
)
def bilinear_wraps(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, True) if align_corners else _framed(x, factor, "wrap")


@wrong(
    "upsample_bilinear/dark-border",
    advice="Outside of the image there are no zeros to mix in: clip the place to 0 … n-1, so that "
    "the border pixel goes on.",
    source=LIKELY,
)
def bilinear_dark_border(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, True) if align_corners else _framed(x, factor, "constant")


@wrong(
    "upsample_bilinear/weights-swapped",
    advice="The nearer pixel has the larger weight: 1 - t for ⌊r⌋ and t for ⌊r⌋ + 1.",
    source=LIKELY,
)
def bilinear_weights_swapped(x, factor, align_corners=False):
    def rule(n, f, aligned):
        place, i = _place(n, f, aligned), np.arange(f * n)
        low = np.floor(place).astype(int)
        A, t = np.zeros((f * n, n)), place - low
        A[i, low] += t
        A[i, np.minimum(low + 1, n - 1)] += 1.0 - t
        return A

    return _mixed(x, factor, align_corners, rule)


@wrong(
    "upsample_bilinear/one-row",
    advice="One output row only: (n-1)/(factor·n-1) is 0/0. There is one place to look at, r = 0.",
    source="PyTorch: area_pixel_compute_scale",
)
def bilinear_one_row(x, factor, align_corners=False):
    if align_corners:
        for n in x.shape[2:]:
            (n - 1) / (factor * n - 1)             # 0 / 0 for one pixel at factor 1
    return ref.upsample_bilinear(x, factor, align_corners)


@wrong(
    "upsample_bilinear/short-step",
    advice="factor·n points have factor·n - 1 steps between them: divide by factor·n - 1, so that "
    "last meets last.",
    source=LIKELY,
)
def bilinear_short_step(x, factor, align_corners=False):
    if not align_corners:
        return ref.upsample_bilinear(x, factor, False)
    return _mixed(x, factor, True, lambda n, f, _: _matrix(np.arange(f * n) * (n - 1) / (f * n), n))


@wrong(
    "upsample_bilinear/aligned-like-indices",
    advice="i/factor aligns the first corner only. For the last one, too, the step is "
    "(n-1)/(factor·n-1).",
    source=LIKELY,
)
def bilinear_aligned_like_indices(x, factor, align_corners=False):
    if not align_corners:
        return ref.upsample_bilinear(x, factor, False)
    return _mixed(x, factor, True, lambda n, f, _: _matrix(np.minimum(np.arange(f * n) / f, n - 1), n))


@wrong(
    "upsample_bilinear/rounded",
    advice="This takes the nearest pixel; bilinear mixes the two nearest along each axis.",
    source="S4 L2820 shows both",
)
def bilinear_rounded(x, factor, align_corners=False):
    def rule(n, f, aligned):
        return _matrix(np.floor(_place(n, f, aligned) + 0.5), n)

    return _mixed(x, factor, align_corners, rule)


@wrong(
    "upsample_bilinear/rows-only",
    advice="Interpolate along both axes, rows and columns; here the columns are only copied.",
    source=LIKELY,
)
def bilinear_rows_only(x, factor, align_corners=False):
    A = ref.interpolation_matrix(x.shape[2], factor, align_corners)
    return A @ x.repeat(factor, axis=3)


@wrong(
    "upsample_bilinear/height-for-width",
    advice="Each axis has its own length: the columns need W where the rows need H.",
    source=REAL,
)
def bilinear_height_for_width(x, factor, align_corners=False):
    A = ref.interpolation_matrix(x.shape[2], factor, align_corners)
    return A @ x @ A.T


@wrong(
    "upsample_bilinear/always-two",
    advice="The factor is an argument: 2 is only the lecture's example.",
    source=REAL,
)
def bilinear_always_two(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, 2, align_corners)


@wrong(
    "upsample_bilinear/float32",
    advice="Stay in float64, the dtype of x.",
    source=LIKELY,
)
def bilinear_in_float32(x, factor, align_corners=False):
    return ref.upsample_bilinear(x, factor, align_corners).astype(np.float32)
