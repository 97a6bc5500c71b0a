"""Zip packages with the same bytes for the same files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files by name, each dated 1980-01-01, readable by all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            package.writestr(entry, files[name])
    return buffer.getvalue()
