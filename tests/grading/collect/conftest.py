"""A class of twelve as every layout is tested with: accents, an apostrophe, another script, a hyphen."""

from __future__ import annotations

import io
import zipfile

import pytest

from grader.core.roster import Student

WORK = b"def softmax(S): ...\n"
_NAMES = """
Jane Doe; Seán O'Brien; Jürgen Müller; Łukasz Żółć; محمد علي; Ana María de la Cruz
Jean-Luc Picard; Søren Ærø; Wei Zhang; Nguyễn Văn An; Siobhan Smith; Plato
"""


@pytest.fixture
def roster() -> tuple[Student, ...]:
    """Twelve students, s01 to s12, each with an address."""
    names = [name.strip() for name in _NAMES.strip().replace("\n", ";").split(";")]
    return tuple(
        Student(f"s{number:02}", name, f"user{number}@uni.example") for number, name in enumerate(names, 1)
    )


@pytest.fixture
def archive() -> bytes:
    """A zip that holds backprop.py."""
    return packed({"backprop.py": WORK})


@pytest.fixture
def empty_archive() -> bytes:
    """A zip with nothing but what macOS adds."""
    return packed({"__MACOSX/._backprop.py": b"resource fork"})


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
