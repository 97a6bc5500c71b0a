"""Write a file so that nobody ever finds half of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is complete, or as before, whenever the machine stops."""
    draft = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with open(draft, "wb") as file:
            file.write(data)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
