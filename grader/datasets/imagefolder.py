"""Images in folders named after their classes: ``cat/0001.png``, or ``train/cat/0001.png`` and ``test/…``."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from grader.core.errors import UsageError
from grader.datasets.parts import Damaged, Labelled
from grader.sandbox.archive import quoted, size

SUFFIXES, _FORMATS = (".png", ".jpg", ".jpeg"), ("PNG", "JPEG")
_FILE_BYTES = 1 << 20  # a 32×32 image is 3 KiB
_EVERY = 6  # without train/ and test/: one image of so many is for testing, as in CIFAR-10

Named = list[tuple[str, bytes]]  # images of one class, as files


def read_folder(
    files: Mapping[str, bytes], classes: Sequence[str], side: int, part: str | None
) -> dict[str, Labelled]:
    """``{"train": …, "test": …}``, or one of them, from files by name.

    Classes take turns, so that a part's beginning holds all of them. part: which one it is where no folder says
    so; None: every sixth image of a class, by name, is for testing. Images are RGB of side × side pixels. Raises
    Damaged.
    """
    found: dict[str, dict[str, Named]] = defaultdict(lambda: defaultdict(list))
    for name in sorted(files):
        if name.lower().endswith(SUFFIXES):
            where, label = _place(name, classes)
            found[where or part or ""][label].append((name, files[name]))
    if not found:
        raise Damaged(f"holds no images ({', '.join(SUFFIXES)})")
    if "" in found:
        if len(found) > 1:
            raise Damaged("has images outside its folders train and test")
        found = _divided(found[""])
    return {where: _labelled(groups, where, classes, side) for where, groups in found.items()}


def _place(name: str, classes: Sequence[str]) -> tuple[str | None, str]:
    """The part (None: no folder says) and the class of an image, from the folders that it is in."""
    *above, label, _ = ["", *name.split("/")]
    if label not in classes:
        raise Damaged(f"holds {quoted(name)}, whose folder is no class; expected {', '.join(classes)}")
    return next((folder for folder in reversed(above) if folder in ("train", "test")), None), label


def _divided(groups: Mapping[str, Named]) -> dict[str, dict[str, Named]]:
    parts: dict[str, dict[str, Named]] = {"train": {}, "test": {}}
    for label, images in groups.items():
        parts["test"][label] = images[_EVERY - 1 :: _EVERY]
        parts["train"][label] = [image for at, image in enumerate(images) if at % _EVERY != _EVERY - 1]
    return parts


def _labelled(groups: Mapping[str, Named], part: str, classes: Sequence[str], side: int) -> Labelled:
    missing = [label for label in classes if not groups.get(label)]
    if missing:
        raise Damaged(f"has no images to {part} of {', '.join(missing)}")
    turns = list(_in_turn([groups[label] for label in classes]))
    images = np.stack([_pixels(name, data, side) for _, name, data in turns])
    return Labelled(images, np.array([label for label, _, _ in turns], np.int64))


def _in_turn(groups: Sequence[Named]) -> Iterator[tuple[int, str, bytes]]:
    for turn in range(max(map(len, groups))):
        for label, images in enumerate(groups):
            if turn < len(images):
                yield label, *images[turn]


def _pixels(name: str, data: bytes, side: int) -> NDArray[np.uint8]:
    """(3, side, side), from PNG or JPEG. The size is looked at before anything is decoded."""
    try:
        from PIL import Image
    except ImportError as error:
        raise UsageError(
            "reading images needs Pillow (pip install pillow); cifar-10-python.tar.gz is read without it"
        ) from error
    if len(data) > _FILE_BYTES:
        raise Damaged(f"holds {quoted(name)} of {size(len(data))}; an image has at most {size(_FILE_BYTES)}")
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=_FORMATS) as image,
        ):
            found = image.size
            rgb = np.asarray(image.convert("RGB")) if found == (side, side) else None
    except Exception as error:  # decoders raise a dozen types on damaged bytes: all mean the same
        raise Damaged(f"holds {quoted(name)}, which is cut off or no image") from error
    if rgb is None:
        raise Damaged(f"holds {quoted(name)} of {found[0]}×{found[1]} pixels, expected {side}×{side}")
    return rgb.transpose(2, 0, 1)
