"""What of a source tells who wrote it: its tokens, without all that a copier changes in a minute.

Left out are comments, docstrings, type hints, imports, blank space, redundant parentheses and trailing commas. A
number is a number and a string a string, whatever it says. A name is a name, but for keywords, built-ins and the
attributes that the source does not itself define: `x.sum(axis=1)` cannot be renamed. Measured on the examples of this
course (`python -m bench.similarity`), keeping these halves what independent solutions share by chance.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.grading.similar.lexer import LogicalLine, Token, logical_lines

NAME, NUMBER, STRING = "name", "0", '""'
_BUILTINS = frozenset(dir(builtins))
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_HINT_ENDS = {(":", 1): ((",", 1), ("=", 1), (")", 1)), ("->", 0): ((":", 0),)}  # tokens, open brackets
_NO_ASSIGNMENT = ("==", "!=", "<=", ">=", ":=")


@dataclass(frozen=True, slots=True)
class Passage:
    """A function, or module-level code between functions: normalised words, and the line that each stands on."""

    words: tuple[str, ...]
    lines: tuple[int, ...]


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a source, in its order. Nested functions and methods are passages of their own."""
    lines = [line for line in logical_lines(text) if not _says_nothing(line.tokens)]
    own = _own_attributes(lines)
    found: list[list[tuple[str, int]]] = [[]]
    was_indented = False
    for line in lines:
        if _defines(line.tokens) or (was_indented and not line.indented):
            found.append([])
        found[-1] += _words(tuple(_bare(_unhinted(line.tokens))), own)
        was_indented = line.indented
    return tuple(
        Passage(tuple(word for word, _ in one), tuple(number for _, number in one)) for one in found if one
    )


def _says_nothing(tokens: Sequence[Token]) -> bool:
    """An import, or only strings: a docstring."""
    return tokens[0].text in ("import", "from") or all(token.kind == "string" for token in tokens)


def _defines(tokens: Sequence[Token]) -> bool:
    return tokens[0].text in ("def", "class", "async")


def _own_attributes(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """The attributes that the source defines: methods, and what it assigns."""
    own = set()
    for line in lines:
        tokens = line.tokens
        if line.indented and _defines(tokens):
            own |= {token.text for token in tokens[1:3] if token.kind == "name"}
        for at in range(1, _assigned(tokens)):
            if tokens[at - 1].text == "." and tokens[at + 1].text not in (".", "(", "["):
                own.add(tokens[at].text)
    return frozenset(own)


def _assigned(tokens: Sequence[Token]) -> int:
    """The place of the last assignment's sign outside brackets, 0 without one."""
    depth = last = 0
    for at, (kind, text, _) in enumerate(tokens):
        depth += (text in _OPENING) - (text in _CLOSING)
        if kind == "operator" and depth == 0 and text.endswith("=") and text not in _NO_ASSIGNMENT:
            last = at
    return last


def _unhinted(tokens: Sequence[Token]) -> Iterable[Token]:
    """Without the type hints of arguments, results and variables."""
    if tokens[0].text in ("def", "async"):
        return _unhinted_header(tokens)
    if tokens[0].kind != "name" or keyword.iskeyword(tokens[0].text):
        return tokens
    depth = 0
    for at, (kind, text, _) in enumerate(tokens):
        depth += (text in _OPENING) - (text in _CLOSING)
        if depth == 0 and kind == "operator" and text.endswith("="):
            break
        if depth == 0 and text == ":":
            value = next(
                (place for place in range(at, len(tokens)) if tokens[place].text == "="), len(tokens)
            )
            return [*tokens[:at], *tokens[value:]]
    return tokens


def _unhinted_header(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    ends: tuple[tuple[str, int], ...] = ()  # what ends the hint that one is in, outside brackets of its own
    for token in tokens:
        depth += token.text in _OPENING
        place = (token.text, depth)
        if place in ends:
            ends = ()
        elif not ends:
            ends = _HINT_ENDS.get(place, ())
        if not ends:
            yield token
        depth -= token.text in _CLOSING


def _bare(tokens: Iterable[Token]) -> Iterator[Token]:
    """Without parentheses that merely group, and without commas before a closing bracket."""
    calls: list[bool] = []
    before, comma = Token("operator", "", 0), None
    for token in tokens:
        if comma and token.text not in _CLOSING:
            yield comma
        comma = token if token.text == "," else None
        shown = token.text != ","
        if token.text == "(":
            is_name = before.kind == "name" and not keyword.iskeyword(before.text)
            calls.append(is_name or before.text in _CLOSING)
            shown = calls[-1]
        elif token.text == ")" and calls:
            shown = calls.pop()
        if shown:
            yield token
        before = token


def _words(tokens: Sequence[Token], own: frozenset[str]) -> Iterator[tuple[str, int]]:
    before = ""
    for kind, text, line in tokens:
        if kind == "string":
            yield STRING, line
        elif kind == "number":
            yield NUMBER, line
        elif kind == "operator" or keyword.iskeyword(text):
            yield text, line
        else:
            special = text.startswith("__") and text.endswith("__")
            kept = special or (text not in own if before == "." else text in _BUILTINS)
            yield (text if kept else NAME), line
        before = text
