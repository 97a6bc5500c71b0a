"""Markdown as text for a terminal: formulas that pandoc leaves as TeX become a line that can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill
from unicodedata import normalize
from xml.etree.ElementTree import Element, fromstring

from grader.exam.markdown import convert

_TEX = re.compile(r"\$\$.+?\$\$|\$[^$]+?\$", re.DOTALL)
_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
# a number, a letter with its accents and indices, or what has brackets already
_ATOM = re.compile(r"\d[\d.]*|[^\W\d_][\u0300-\u036f⁰-ₜ²³¹]*|\([^()]*\)")
_HIGH = str.maketrans("0123456789+-−inT⊤′*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁱⁿᵀᵀ′*")
_LOW = str.maketrans("0123456789+-−aeijnt", "₀₁₂₃₄₅₆₇₈₉₊₋₋ₐₑᵢⱼₙₜ")
_OVER = {"\u0302": "\u0302", "‾": "\u0304", "¯": "\u0304", "~": "\u0303", "˙": "\u0307"}
_SPACES = str.maketrans("\u2004\u2005\u2006", "   ")  # pandoc's; terminals show them in many widths
_APPLIED = "\u2061"  # "function of", which nobody sees
_TIGHT = "∑∏∫∇∂′!/"


def readable(texts: Sequence[str]) -> dict[str, str]:
    """Each distinct text as plain text: fractions a/b, matrices [[1, 2], [3, 4]]. Raises as `markdown.convert`."""
    plain = {
        key: text.translate(_SPACES).replace("^(⊤)", "ᵀ") for key, text in convert(texts, "plain").items()
    }
    formulas = {tex for text in plain.values() for tex in _TEX.findall(text)}
    html = convert(sorted(formulas), "mathml") if formulas else {}
    lines = {tex: _line(html[tex]) or tex for tex in formulas}
    return {key: _TEX.sub(lambda found: lines[found[0]], text) for key, text in plain.items()}


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """The text in lines of at most 80 signs, behind these indents; indented lines (code, tables) stay as they are."""
    lines = [
        rest + line if line.startswith(" ") else fill(line, 80, initial_indent=rest, subsequent_indent=rest)
        for line in text.split("\n")
    ]
    return first + "\n".join(lines).removeprefix(rest)


def _line(html: str) -> str:
    """The formulas of this HTML on a line; empty without any."""
    return " ".join(" ".join(_text(fromstring(math)).split()) for math in _MATH.findall(html))


def _text(node: Element) -> str:
    children = [child for child in node if _tag(child) != "annotation"]
    parts = [_text(child) for child in children]
    match _tag(node), parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msqrt", _:
            return f"√{_grouped(''.join(parts))}"
        case "msup", [base, high]:
            return base + _moved(high, _HIGH, "^")
        case "msub" | "munder", [base, low]:
            return base + _moved(low, _LOW, "_")
        case "msubsup" | "munderover", [base, low, high]:
            return base + _moved(low, _LOW, "_") + _moved(high, _HIGH, "^")
        case "mover", [base, sign] if sign.strip() in _OVER:
            return normalize("NFC", "".join(letter + _OVER[sign.strip()] for letter in base.strip()))
        case "mtable", _:
            return f"[{', '.join(parts)}]"
        case "mtr", _:
            return f"[{', '.join(part.strip() for part in parts)}]"
        case "mrow", ["(", matrix, ")"] if matrix.startswith("[["):
            return matrix
        case "mspace", _:
            return " "
        case "mo", _:
            return _operator(node.text or "", fenced="form" in node.attrib)
        case _:
            factors = [_tag(child) == "mfrac" and _tag(after) != "mo" for child, after in pairwise(children)]
            parts[:-1] = [f"({part})" if one else part for part, one in zip(parts, factors, strict=False)]
            return (node.text or "").strip("\n") + "".join(parts)


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2]


def _operator(sign: str, fenced: bool) -> str:
    """The sign with its spaces."""
    if sign == _APPLIED:
        return " "
    if sign in ",;":
        return f"{sign} "
    return sign if fenced or sign in _TIGHT else f" {sign} "


def _grouped(text: str) -> str:
    return text if _ATOM.fullmatch(text.strip()) else f"({text.strip()})"


def _moved(text: str, table: dict[int, int], mark: str) -> str:
    """Raised or lowered where every sign can be, else behind a mark."""
    text = text.strip()
    return text.translate(table) if all(ord(sign) in table for sign in text) else mark + _grouped(text)
