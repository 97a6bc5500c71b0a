"""The image set of an assignment: what the submission may read, and the hidden images that only the judge has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""images uint8 (N, C, H, W), labels int64 (N,)."""


@dataclass(frozen=True, slots=True)
class ImageSet:
    """An image set, held out for grading.

    Attributes:
        name: as `assignment.yaml: data:` says it. classes: the name of each label.
        folder: on this machine, with train.npz and test.npz as the submission may read them.
        train, test: what these files hold.
        hidden: (n, rng) → n hidden images and labels, disjoint from both and perturbed.
        published: whether the hidden images' labels are public, so that a checkpoint may have seen them.
    """

    name: str
    classes: tuple[str, ...]
    folder: Path
    train: Labelled
    test: Labelled
    hidden: Callable[[int, np.random.Generator], Labelled]
    published: bool
