"""CIFAR-10 over the network. The only place that imports torchvision, for its address, checksum and progress bar."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.core.errors import GraderError

_OTHERWISE = (
    "download https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz elsewhere, "
    "then run `grader data import cifar10 cifar-10-python.tar.gz`"
)


@contextmanager
def downloaded_cifar10(near: Path) -> Iterator[Path]:
    """The official archive, its MD5 compared by torchvision, in a folder that is deleted afterwards.

    near: a folder on the disk that has room (170 MB). Raises GraderError if torchvision or the network is missing.
    """
    try:
        official = importlib.import_module("torchvision.datasets").CIFAR10
        download_url = importlib.import_module("torchvision.datasets.utils").download_url
    except (ImportError, RuntimeError, OSError) as error:  # built for another torch: RuntimeError
        why = str(error).partition("\n")[0]
        raise GraderError(
            f"fetching needs torchvision, which cannot be imported here ({why}): see `grader doctor`, or {_OTHERWISE}"
        ) from error
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=near) as scratch:
        try:
            download_url(official.url, scratch, official.filename, official.tgz_md5)
        except (OSError, RuntimeError) as error:  # URLError is an OSError; a wrong MD5 is a RuntimeError
            why = str(error).partition("\n")[0]
            raise GraderError(f"{official.url}: cannot be fetched ({why}); {_OTHERWISE}") from error
        yield Path(scratch) / official.filename
