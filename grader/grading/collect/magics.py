"""What IPython reads and Python does not: commands of a notebook's cells become Python, line for line.

Source: ipython.readthedocs.io, "IPython reference" (magics, system shell access, help) and
IPython/core/inputtransformer2.py, where a command can only stand at the beginning of a statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# magics of which the rest is Python that runs in the notebook, and so may define what later cells need
_RUNS = frozenset({"time", "prun", "memit", "mprun"})
_KEEPS_CELL = frozenset({"time", "capture", "prun", "memit"})
_NESTED = 9  # magics upon magics that are looked through
_CELL = re.compile(r"%%\s*(?P<name>\w*)")
_LINE = re.compile(r"(?P<indent>\s*)%(?P<name>\w+)\s*(?P<rest>.*)")
_SHELL = re.compile(r"\s*!")
_HELP = re.compile(r"\s*(\?{1,2}.*|%{0,2}[\w.*\[\]'\"]+\?{1,2})\s*")
_TARGET = re.compile(r"[\w.,\s*\[\]'\"]+")
_AUTOMATIC = re.compile(r"\s*(pip3?|conda|mamba)\s+(install|uninstall)\b")
# a string's beginning, a comment, a bracket or an escaped character: what decides where a statement ends
_INSIDE = {quote: re.compile(rf"(?:\\.|(?!{quote})[^\\])*", re.DOTALL) for quote in ("'", '"', "'''", '"""')}
_TOKEN = re.compile(r"\"\"\"|'''|[\"']|#|[(\[{]|[)\]}]")


@dataclass(frozen=True, slots=True)
class Python:
    """A cell as Python, or why it is none. dropped: the lines (from 1) whose command is not run."""

    source: str
    dropped: tuple[int, ...] = ()
    refusal: str = ""


def as_python(cell: str) -> Python:
    """The cell's commands replaced: run under Python where they are about Python, else left out.

    ``x = !ls`` makes x an empty list. Every line keeps its number.
    """
    lines = cell.split("\n")
    for _ in range(_NESTED):
        start = next((place for place, line in enumerate(lines) if line.strip()), 0)
        match = _CELL.match(lines[start])
        if match is None:
            break
        if match["name"] not in _KEEPS_CELL:
            return Python("", refusal=f"%%{match['name']} is not run")
        lines[start] = ""
    dropped = []
    state = _State()
    for place, line in enumerate(lines):
        if state.between:
            lines[place], was_dropped = _command(line)
            if was_dropped:
                dropped.append(place + 1)
                _drop_continuation(lines, place + 1, line)
        state = state.after(lines[place])
    return Python("\n".join(lines), tuple(dropped))


def _drop_continuation(lines: list[str], place: int, line: str) -> None:
    """Empty the lines that a backslash joins to a command that was dropped."""
    while line.endswith("\\") and place < len(lines):
        line, lines[place] = lines[place], ""
        place += 1


def _command(line: str) -> tuple[str, bool]:
    """The line as Python, and whether a command in it is left out."""
    indent = line[: len(line) - len(line.lstrip())]
    for _ in range(_NESTED):
        match = _LINE.fullmatch(line)
        if match is None:
            break
        if match["name"] not in _RUNS or not match["rest"]:
            return f"{indent}pass", True
        line = indent + match["rest"]
    target, _, value = line.partition("=")
    command = value.lstrip()
    if command.startswith(("!", "%")) and _TARGET.fullmatch(target):
        name, _, rest = command[1:].partition(" ")
        if command[0] == "%" and name in _RUNS:
            return f"{target}= {rest.strip()}", False
        return f"{target}= {'[]' if command[0] == '!' else 'None'}", True
    if _SHELL.match(line) or _HELP.fullmatch(line) or _AUTOMATIC.match(line):
        return f"{indent}pass", True
    return line, False


@dataclass(frozen=True, slots=True)
class _State:
    """Where a line ends: how many brackets are open, in which string, and whether a backslash continues it."""

    depth: int = 0
    quote: str = ""
    continued: bool = False

    @property
    def between(self) -> bool:
        return not (self.depth or self.quote or self.continued)

    def after(self, line: str) -> _State:
        depth, quote, place = self.depth, self.quote, 0
        while place < len(line):
            if quote:
                end = _INSIDE[quote].match(line, place)
                place = end.end() if end else place
                if not line.startswith(quote, place):
                    break
                place, quote = place + len(quote), ""
            elif match := _TOKEN.search(line, place):
                place = match.end()
                if match[0] == "#":
                    return _State(depth)
                if match[0] in "([{":
                    depth += 1
                elif match[0] in ")]}":
                    depth = max(depth - 1, 0)
                else:
                    quote = match[0]
            else:
                break
        continued = line.endswith("\\") and not line.endswith("\\\\")
        # a string in single quotes ends with its line, unless a backslash continues it
        return _State(depth, quote if len(quote) == 3 or continued else "", continued and not quote)
