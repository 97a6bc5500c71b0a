"""What exam questions ask about windows beyond the assignment: who sees a pixel, what is left over.

Letters as in solution.py: n input length, k kernel, p padding on each side, s stride.
"""


def coverage(n, k, p=0, s=1):
    """In how many k×k windows each pixel of an n×n image lies: n rows of n integers.

    A window that begins at a, counted from the first pixel, holds the pixels a to a+k−1; it begins at −p, s−p, 2s−p,
    … and must end inside the padding. Source: torch.nn.Conv2d; with weights 1 it is the gradient of the summed output.
    """
    starts = range(-p, n + p - k + 1, s)
    line = [sum(a <= i < a + k for a in starts) for i in range(n)]       # along one axis
    return [[down * across for across in line] for down in line]


def leftover(n, k, p=0, s=1):
    """Pixels at the far end, padding included, in which no window ends: (n + 2p − k) mod s.

    They are what ⌊(n + 2p − k)/s⌋ throws away; 0 where the division has no rest. With p = 0 and k ≥ s they are the
    pixels of the image that the convolution never reads. Source: torch.nn.Conv2d.
    """
    if k > n + 2 * p:
        raise ValueError(f"a kernel of {k} does not fit into {n} + 2·{p} pixels")
    return (n + 2 * p - k) % s


def writes(k, s):
    """How many input pixels a transposed convolution adds up in s neighbouring inner output pixels, along one axis.

    Pixel r of the s receives taps r, r+s, r+2s, … of a kernel of k. The s numbers are equal exactly if s divides k,
    without which the output has a checkerboard. Source: Odena, Dumoulin and Olah 2016.
    """
    return [len(range(r, k, s)) for r in range(s)]


def seen(layers, n, i, j):
    """Which pixels of an n×n image the output pixel (i, j) of a stack depends on: n rows of n integers, 0 or 1.

    layers: list of (k, s, d) from the input to the output, without padding. Output i of a layer reads the inputs
    i·s, i·s + d, … i·s + (k-1)·d. Source: torch.nn.Conv2d. Raises IndexError if that is outside of the image.
    """
    sides = []
    for place in (i, j):
        pixels = {place}
        for k, s, d in reversed(layers):
            pixels = {pixel * s + tap * d for pixel in pixels for tap in range(k)}
        if max(pixels) >= n:
            raise IndexError(f"output {place} reads pixel {max(pixels)} of {n}")
        sides.append([int(pixel in pixels) for pixel in range(n)])
    rows, columns = sides
    return [[row * column for column in columns] for row in rows]
