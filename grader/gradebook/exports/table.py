"""CSV in and out: text that a spreadsheet would run is defused, numbers stay numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from grader.core.errors import UsageError
from grader.core.text import printable

_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_ACTIVE = ("=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width
"""First characters that make a cell a formula. Source: https://owasp.org/www-community/attacks/CSV_Injection"""


def defused(cell: str) -> str:
    """The cell with an apostrophe in front if a spreadsheet would take it for a formula.

    Looked at after characters that nobody sees are taken out, and behind blanks, which some programs skip.
    """
    clean = printable(cell)
    active = clean.startswith(_ACTIVE) or clean.lstrip().startswith(_ACTIVE)
    return f"'{clean}" if active and not _NUMBER.fullmatch(clean) else clean


def dumps(rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """UTF-8, lines end as RFC 4180 has it, every cell defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def loads(data: bytes, needed: Sequence[str], what: str) -> tuple[list[str], list[list[str]], str]:
    """Header, rows as long as it, and the delimiter of a platform's own file. Raises UsageError if it is not one."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{what}: expected a CSV file in UTF-8 as the platform exports it") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        header, *rows = [
            row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if any(row)
        ]
    except (csv.Error, ValueError) as error:
        raise UsageError(f"{what}: expected a CSV file with a header, got none ({error})") from None
    missing = [name for name in needed if name not in header]
    if missing:
        there = ", ".join(printable(name) for name in header[:20])
        raise UsageError(
            f"{what}: expected the columns {', '.join(needed)}; not there: {', '.join(missing)}; there are: {there}"
        )
    return header, [(row + [""] * len(header))[: len(header)] for row in rows], delimiter
