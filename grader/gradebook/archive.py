"""The files of a submission as one compressed blob: the same files give the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping

from grader.core.errors import GraderError

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip knows: no clock in the bytes


def files_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 in hex over names and contents; the first 16 digits are `sandbox.intake.submission_hash`."""
    digest = hashlib.sha256()
    for name in sorted(files):
        encoded = name.encode()
        digest.update(b"%d %d " % (len(encoded), len(files[name])) + encoded + files[name])
    return digest.hexdigest()


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip archive with sorted names and a fixed date. Raises GraderError for names that a zip cannot hold."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _DATE), files[name], zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    if unpacked(data) != dict(files):  # zip cuts names at a NUL
        raise GraderError(f"a file's name cannot be stored: {sorted(files)!r}")
    return data


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of such a blob. Raises GraderError if it is damaged (zip keeps a CRC of every file)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {member.filename: archive.read(member) for member in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise GraderError(f"the stored files are damaged: {error}") from None
