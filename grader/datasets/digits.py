"""The small real data set of the numpy assignments: 1797 handwritten digits.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi:10.24432/C50P49, CC BY 4.0 (its test part, as scikit-learn redistributes it in
`digits.csv.gz`). See digits8x8.LICENSE.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Digits(NamedTuple):
    """images: (N, 8, 8) uint8, 0 (paper) to 16 (ink). labels: (N,) int64, 0 to 9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@cache
def digits8x8() -> Digits:
    """All 1797 images of 8×8 pixels with their labels, read-only, in the order of the source."""
    with np.load(Path(__file__).with_name("digits8x8.npz")) as file:
        images, labels = file["images"], file["labels"]
    images.flags.writeable = labels.flags.writeable = False
    return Digits(images, labels)
