"""`grader data`: which image sets there are, where they lie, how to get them."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from grader.datasets import sets, store
from grader.datasets.picture import png, samples


@click.group("data", context_settings={"help_option_names": ["-h", "--help"]})
def data_command() -> None:
    """Image sets: what there is, where it lies, how to get it.

    digits8x8 and shapes10 are built in. cifar10 is fetched from the network or imported from files. Sets lie in
    $GRADER_DATA, or else in ~/.cache/grader/data.

    Example: grader data list
    """


@data_command.command("list")
def list_command() -> None:
    """Every set: whether it is here, where its files lie, how big they are.

    Example: grader data list
    """
    found = sets.statuses()
    width = max(len(one.name) for one in found)
    for one in found:
        text = one.source or f"missing: {sets.how_to_get(one.name)}"
        place = f" · {one.folder}, {_size(one.bytes)}" if one.folder is not None else ""
        click.echo(f"{one.name:<{width}}  {text}{place}")
    click.echo(f"\nFiles lie in {store.root()}; set GRADER_DATA to keep them elsewhere.")


@data_command.command("fetch")
@click.argument("name")
def fetch_command(name: str) -> None:
    """Get a set: cifar10 from the network (170 MB, needs torchvision); of a built-in set, write the files.

    Example: grader data fetch cifar10
    """
    _stored(name, sets.fetch(name))


@data_command.command("import")
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_command(name: str, paths: tuple[Path, ...]) -> None:
    """Store a set from files: PATH is cifar-10-python.tar.gz, or a folder or zip of images.

    Images lie in folders named after their classes, below train/ and test/ or in a train.zip and a test.zip; without
    these names every sixth image of a class becomes a test image.

    Example: grader data import cifar10 train.zip test.zip
    """
    _stored(name, sets.import_files(name, paths))


@data_command.command("show")
@click.argument("name")
@click.option(
    "--png", "png_file", type=click.Path(path_type=Path), help="Write samples to this file, a column a class."
)
@click.option("--rows", type=click.IntRange(1, 50), default=8, help="Samples of each class [12].")
def show_command(name: str, png_file: Path | None, rows: int) -> None:
    """Number, size, classes and mean of the images; with --png, samples as a picture.

    Example: grader data show shapes10 --png shapes10.png
    """
    data = sets.load(name)
    for part, images, labels in (
        ("train", data.train_images, data.train_labels),
        ("test", data.test_images, data.test_labels),
    ):
        counts = np.bincount(labels, minlength=len(data.classes))
        each = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
        shape = "×".join(map(str, images.shape[1:]))
        click.echo(
            f"{part:<5}  {len(images)} images {shape} uint8, {each} of each class, "
            f"values {images.min()} to {images.max()}, mean {images.mean():.1f}"
        )
    click.echo("classes: " + ", ".join(f"{label} {text}" for label, text in enumerate(data.classes)))
    if png_file is not None:
        images = data.train_images
        if images.max() < 128:  # digits8x8 has 17 grey levels
            images = images * np.uint8(255 // images.max())
        zoom = max(1, 32 // images.shape[-1])
        png_file.write_bytes(png(samples(images, data.train_labels, len(data.classes), rows), zoom))
        click.echo(f"wrote {png_file}: columns from the left are the classes in this order")


@data_command.command("verify")
@click.argument("name")
def verify_command(name: str) -> None:
    """Compare a set with its checksums. Exit 1 if it differs.

    Example: grader data verify cifar10
    """
    found = sets.problems(name)
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise click.exceptions.Exit(1)
    click.echo(f"{name}: agrees with its checksums")


def _stored(name: str, folder: Path) -> None:
    manifest = store.manifest_of(name)
    assert manifest is not None  # it was written just now
    counts = " and ".join(f"{file.images} images in {place}" for place, file in manifest.files.items())
    click.echo(f"{name}: {counts}, {_size(manifest.size)} in {folder} (from {manifest.source})")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
