"""Python source as logical lines of tokens, whatever state it is in: unlike `tokenize`, this never refuses a text.

On sources that compile it yields the tokens of `tokenize`, but f-strings whole, as Python 3.11 does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["string", "number", "name", "operator"]

_TOKEN = re.compile(
    r"""
    (?P<string>   (?i:[rbuf]{0,2})
                  (?: "{3}(?:[^\\]|\\.)*?(?:"{3}|\Z) | '{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)
                    | "(?:[^"\\\n]|\\.)*(?:"|$) | '(?:[^'\\\n]|\\.)*(?:'|$) ))
  | (?P<comment>  \#[^\n]* )
  | (?P<newline>  \n )
  | (?P<blank>    (?:[ \t\f\r]|\\\r?\n)+ )
  | (?P<number>   \.?[0-9](?:[eE][+-](?=[0-9])|[\w.])* )
  | (?P<name>     \w+ )
  | (?P<operator> \*\*=|//=|>>=|<<=|\.\.\.|->|:=|[-+*/%&|^@=!<>]=|\*\*|//|>>|<<|. )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_DEFINITION = re.compile(r"[ \t]*(?:def|class|async[ \t]+def)\b")


class Token(NamedTuple):
    """A token and the line that it begins on, counted from 1."""

    kind: Kind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """The tokens of one statement (or of the head of a block), comments left out; at least one."""

    tokens: tuple[Token, ...]
    indented: bool


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """Every logical line; brackets join lines, semicolons part them."""
    tokens: list[Token] = []
    line, depth, begun, indented = 1, 0, 0, False
    for found in _TOKEN.finditer(text):
        kind, word = found.lastgroup, found[0]
        if kind == "newline" and _DEFINITION.match(text, found.end()):
            depth = 0  # no definition stands in brackets: one was never closed
        if (kind == "newline" or word == ";") and depth == 0:
            if tokens:
                yield LogicalLine(tuple(tokens), indented)
            tokens = []
        elif kind in ("string", "number", "name", "operator"):
            if not tokens:
                indented = found.start() > begun
            tokens.append(Token(kind, word, line))  # type: ignore[arg-type]  # one of the four
            depth = _depth(depth, word)
        line += word.count("\n")
        begun = found.end() if kind == "newline" else begun
    if tokens:
        yield LogicalLine(tuple(tokens), indented)


def _depth(depth: int, word: str) -> int:
    """How many brackets are open behind `word`; one too many that closes does not count."""
    if word in ("(", "[", "{"):
        return depth + 1
    return max(0, depth - 1) if word in (")", "]", "}") else depth
