"""`data`: what a check sees of the assignment's image set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.core.images import ImageSet, Labelled


@dataclass(frozen=True, slots=True)
class Data:
    """The image set that `assignment.yaml: data:` names.

    Attributes:
        images: the set, held out. root: the folder of train.npz and test.npz as the submission sees it.
        trusted: the instructor lets a checkpoint count whatever it was trained on.
    """

    images: ImageSet
    root: str
    trusted: bool = False

    @property
    def name(self) -> str:
        return self.images.name

    @property
    def classes(self) -> tuple[str, ...]:
        return self.images.classes

    @property
    def train(self) -> Labelled:
        """Images uint8 (N, C, H, W) and labels int64 (N,) of train.npz."""
        return self.images.train

    @property
    def test(self) -> Labelled:
        """The same of test.npz."""
        return self.images.test

    def hidden(self, count: int, rng: np.random.Generator) -> Labelled:
        """Images that no submission can have seen: held out or freshly drawn, then shifted, flipped, jittered."""
        return self.images.hidden(count, rng)

    @property
    def checkpoint_counts(self) -> bool:
        """Whether a handed-in checkpoint earns accuracy points: nobody can have trained it on the hidden images."""
        return self.trusted or not self.images.published
