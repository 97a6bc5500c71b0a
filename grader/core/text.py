"""Text that others wrote, made safe to show: on a terminal, in a page, in a file."""

from __future__ import annotations

_KEEP = "\n\t"
# C0 and C1 controls steer terminals; the Unicode bidi controls reorder what a reader sees (CVE-2021-42574);
# U+2028/2029 break lines where "\n" is meant to; U+FEFF is an invisible byte order mark
_STRIPPED = (
    [code for code in range(0x20) if chr(code) not in _KEEP]
    + list(range(0x7F, 0xA0))
    + [0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF]
    + list(range(0x202A, 0x202F))
    + list(range(0x2066, 0x206A))
    + list(range(0xD800, 0xE000))  # lone surrogates cannot be encoded at all
)
_TABLE = dict.fromkeys(_STRIPPED)


def printable(text: str) -> str:
    r"""The text without control characters, bidi controls and lone surrogates; ``\n`` and ``\t`` stay.

    ``\r\n`` becomes ``\n`` because ``\r`` is stripped. The result can always be encoded as UTF-8.
    """
    return text.translate(_TABLE)


def one_line(text: str) -> str:
    """The printable text on one line: runs of white space become one space."""
    return " ".join(printable(text).split())


def spreadsheet_cell(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: an apostrophe in front of what would be one.

    Source: OWASP, CSV injection: cells that begin with = + - @, a tab or a carriage return.
    """
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
