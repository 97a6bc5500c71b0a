"""What exam questions on convolution and pooling need beyond the reference; NumPy alone.

Images and kernels are float64 arrays of two axes (rows, columns). Cross-correlation takes a kernel as it is, true
convolution turns it by 180° first.
"""

import numpy as np

_KERNELS = {  # the lecture of IDRIS (S2 L98-104) and, for sobel and prewitt, of Cnam (S1 L685), without their factors
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "edge": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "laplace": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "box": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "gauss": [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    "sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "prewitt": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
}


def rotated(k):
    """The kernel turned by 180°: what a cross-correlation needs to compute the true convolution with k. Same shape."""
    return np.ascontiguousarray(np.asarray(k, dtype=np.float64)[::-1, ::-1])


def mirrored(k):
    """The kernel reversed from left to right, rows as they are. Same shape."""
    return np.ascontiguousarray(np.asarray(k, dtype=np.float64)[:, ::-1])


def only_agreeing(kernels):
    """The one kernel of a list with which convolution and cross-correlation agree for every image.

    They agree where the kernel equals itself turned by 180°. Raises ValueError unless that is so for exactly one.
    """
    found = [np.asarray(k, dtype=np.float64) for k in kernels if np.array_equal(rotated(k), k)]
    if len(found) != 1:
        raise ValueError(f"expected one kernel that a turn by 180° leaves as it is, got {len(found)}")
    return found[0]


def classic_kernel(name):
    """A well-known 3×3 kernel, integers in float64. Raises KeyError for an unknown name."""
    return np.array(_KERNELS[name], dtype=np.float64)


def kernel_with_response(patch, response, names):
    """The one of these classic kernels whose cross-correlation with the 3×3 patch is `response`.

    Raises ValueError unless it is exactly one.
    """
    found = [name for name in names if float((classic_kernel(name) * patch).sum()) == response]
    if len(found) != 1:
        raise ValueError(f"expected one kernel with the response {response}, got {len(found)}")
    return classic_kernel(found[0])


def responses(patch, names):
    """Cross-correlation of a 3×3 patch with each of these classic kernels: list of int."""
    return [int((classic_kernel(name) * patch).sum()) for name in names]


def maxpool_after_shift(x, k, down=0, right=0):
    """Maximum of the central k×k window after the content of x has moved `down` rows and `right` columns.

    x: (n, n), n - k even; at most (n - k)/2 pixels, so that no new pixel enters the window → int.
    """
    margin = (len(x) - k) // 2
    if max(abs(down), abs(right)) > margin:
        raise ValueError(f"only {margin} pixels are known on each side of the window")
    top, left = margin - down, margin - right         # what stands in the window now, stood there before
    return int(np.asarray(x)[top : top + k, left : left + k].max())


_GLYPHS = {  # 7 × 7 images, # is 1; none of them equals a mirrored, turned or transposed one of itself
    "F": "....... .#####. .#..... .####.. .#..... .#..... .......",
    "P": "....... .####.. .#..#.. .####.. .#..... .#..... .......",
    "J": "....... ...###. ....#.. ....#.. .#..#.. ..##... .......",
    "4": "....... .#..... .#..#.. .#####. ....#.. ....#.. .......",
    "flag": "....... .#..... .####.. .#####. .####.. .#..... .#.....",
    "7": "....... .#####. .....#. ....#.. ...#... ...#... .......",
}


def glyph(name):
    """A small drawing of zeros and ones: (7, 7) float64. Raises KeyError for an unknown name."""
    return np.array([[float(mark == "#") for mark in row] for row in _GLYPHS[name].split()])


def box(top, left, height, width, n=8):
    """An n×n image of zeros with a block of ones: float64."""
    image = np.zeros((n, n))
    image[top : top + height, left : left + width] = 1.0
    return image


def positive_map(x, k):
    """The feature map of an image: cross-correlation with the kernel (stride 1, no padding), then ReLU; float64."""
    x, k = np.asarray(x, dtype=np.float64), np.asarray(k, dtype=np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return np.maximum(np.einsum("ijab,ab->ij", windows, k), 0.0)


def directed_kernel(direction):
    """The Prewitt kernel that is positive where the image becomes brighter to the "right", "left", "down" or "up"."""
    prewitt = classic_kernel("prewitt")
    turned = {"right": prewitt, "left": prewitt[:, ::-1], "down": prewitt.T, "up": prewitt.T[::-1]}
    return np.ascontiguousarray(turned[direction])


def kernel_of_map(x, y, kernels):
    """The one of these kernels with which `positive_map` makes y of x. Raises ValueError unless it is exactly one."""
    found = [k for k in kernels if np.array_equal(positive_map(x, k), y)]
    if len(found) != 1:
        raise ValueError(f"expected one kernel that gives this map, got {len(found)}")
    return found[0]
