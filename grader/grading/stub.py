"""The stub that students fill in: the reference without what stands between its markers."""

from __future__ import annotations

import re

from grader.core.errors import SpecError

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
_DEFINITION = re.compile(r"(\s*)(?:(?:async\s+)?def|class)\s+(\w+)")


def stub(source: str, place: str) -> str:
    """The reference's source with each marked block replaced.

    Inside a function the block becomes ``raise NotImplementedError("<name>: not written yet")``, at module level it is
    left out. Raises SpecError with the line for markers that do not pair, or if there is none.
    """
    lines: list[str] = []
    scopes: list[tuple[int, str]] = []  # indentation and name of the enclosing definitions
    opened = 0
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if text == BEGIN:
            if opened:
                raise SpecError(f"{place}:{number}: a second {BEGIN} before {END}")
            opened = number
            indent = len(line) - len(line.lstrip())
            name = next((name for depth, name in reversed(scopes) if depth < indent), "")
            if name:
                lines.append(f'{" " * indent}raise NotImplementedError("{name}: not written yet")')
        elif text == END:
            if not opened:
                raise SpecError(f"{place}:{number}: {END} without {BEGIN}")
            opened = 0
        elif not opened:
            lines.append(line)
            found = _DEFINITION.match(line)
            if found:
                depth = len(found[1])
                scopes = [scope for scope in scopes if scope[0] < depth] + [(depth, found[2])]
    if opened:
        raise SpecError(f"{place}:{opened}: {BEGIN} without {END}")
    if BEGIN not in map(str.strip, source.splitlines()):
        raise SpecError(
            f"{place}: expected blocks between {BEGIN} and {END}; students would get the solution"
        )
    return _tidy("\n".join(lines))


def _tidy(text: str) -> str:
    """At most two empty lines in a row, one at the end."""
    return re.sub(r"\n{4,}", "\n\n\n", text).rstrip() + "\n"
