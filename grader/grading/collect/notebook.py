"""A notebook becomes a Python module: its code cells in order, each failure kept to what depends on it.

A cell counts from 1 among the code cells, from the top. In the module ``__cells__`` maps the cells that failed when
it was imported to how: ``{7: "line 3: NameError: name 'x' is not defined"}``; nothing else is needed to ask why a
name is missing.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.core.errors import UsageError
from grader.core.text import one_line
from grader.grading.collect.cells import Cell, parse
from grader.grading.collect.magics import as_python

# "skip-execution" and "remove-cell" are jupyterbook.org's, the others mean what they say
SKIPPED = frozenset({"skip", "skip-execution", "ignore", "ignore-grader", "remove-cell"})
_LARGEST = 64 << 10  # characters of code, some 1,600 lines: compiling some code takes time to the square
_MOST_NOTES = 20
_MOST_CLASHES = 10  # each costs another compilation of all
_HEADER = '''"""The code cells of a notebook. __cells__: what failed when they were run, by cell."""
{future}
__cells__ = {{}}


def __failed__(cell, shift):
    import sys
    import traceback

    kind, error, trace = sys.exc_info()
    text = traceback.format_exception_only(kind, error)[-1].strip()
    __cells__.setdefault(cell, f"line {{trace.tb_lineno - shift}}: {{text[:300]}}")


def display(*objects, **options):
    """IPython's, which shows nothing here."""

'''


@dataclass(frozen=True, slots=True)
class Span:
    """Lines first to last of the module are those from `line` on of the cell."""

    first: int
    last: int
    cell: int
    line: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook as a module, or the reason why it is none.

    Attributes:
        source: the module.
        cells: which lines of it are whose, in order.
        notes: what was left out, for the student.
        refusal: why there is no module; empty if there is one.
        names: name → the last cell that binds it.
    """

    source: str = ""
    cells: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""
    names: Mapping[str, int] = field(default_factory=dict)

    def place(self, line: int) -> str:
        """Where a line of the module (from 1) stands in the notebook: ``cell 7, line 3``."""
        index = bisect_right(self.cells, line, key=lambda span: span.first) - 1
        if index < 0 or line > self.cells[index].last:
            return f"line {line} of the module made from the notebook"
        span = self.cells[index]
        return f"cell {span.cell}, line {span.line + line - span.first}"


def module_from_notebook(data: bytes, *, definitions_only: bool = False) -> Notebook:
    """The module made of a notebook's code cells (nbformat 3 or 4).

    definitions_only: keep imports, functions, classes and names given a literal, nothing else.
    Raises UsageError if nbformat is not installed; all that is wrong with the notebook is in the result.
    """
    try:
        written = _code_cells(data)
    except _NoNotebook as error:
        return Notebook(refusal=f"is not a notebook: {error}; save it in Jupyter again and hand that in")
    if sum(len(source) for source, _ in written) > _LARGEST:
        return Notebook(refusal=f"holds more than {_LARGEST >> 10} KiB of code; leave data out of the cells")
    notes: list[str] = []
    cells: dict[int, Cell] = {}
    for number, (source, tags) in enumerate(written, 1):
        cell = _cell(number, source, tags, definitions_only, notes)
        if cell is not None:
            cells[number] = cell
    module, spans = _assembled(cells, notes)
    if not module:
        return Notebook(refusal=f"has cells that are no Python together: {notes[-1]}")
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES:] = [f"and {len(notes) - _MOST_NOTES} more such notes"]
    names = {name: number for number, cell in cells.items() for name in sorted(cell.names)}
    return Notebook(module, spans, tuple(notes), "", names)


class _NoNotebook(Exception):
    """The bytes are no notebook; the text says why."""


def _code_cells(data: bytes) -> list[tuple[str, frozenset[str]]]:
    """(source with ``\\n`` at line ends, tags) of every code cell."""
    try:
        import nbformat
    except ImportError:
        raise UsageError("notebooks need the package nbformat: pip install nbformat") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _NoNotebook("it is not UTF-8 text") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # not nbformat.read: a notebook that breaks a rule of the format has cells all the same
            notebook = nbformat.convert(nbformat.reader.reads(text), 4)  # type: ignore[no-untyped-call]
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return [(_source(cell["source"]), _tags(cell)) for cell in code]
    except nbformat.reader.NotJSONError:
        raise _NoNotebook("it is not JSON") from None
    except Exception as error:  # nbformat raises a dozen types on hostile JSON: all mean the same
        raise _NoNotebook(f"its cells cannot be read ({type(error).__name__})") from None


def _source(written: object) -> str:
    text = "".join(map(str, written)) if isinstance(written, list) else str(written)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _tags(cell: Mapping[str, object]) -> frozenset[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()


def _cell(
    number: int, source: str, tags: frozenset[str], definitions_only: bool, notes: list[str]
) -> Cell | None:
    """The cell as Python; None with a note if it is left out."""
    if tags & SKIPPED:
        notes.append(f"cell {number} was left out: it is tagged {min(tags & SKIPPED)}")
        return None
    try:
        return parse(source, definitions_only)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        python = as_python(source)
    if python.refusal:
        notes.append(f"cell {number} was left out: {python.refusal}")
        return None
    try:
        cell = parse(python.source, definitions_only)
    except SyntaxError as error:
        notes.append(_left_out(number, error.lineno or 1, error.msg))
    except (ValueError, RecursionError, MemoryError) as error:
        notes.append(f"cell {number} was left out: it cannot be read as Python ({type(error).__name__})")
    else:
        if python.dropped:
            lines = ", ".join(map(str, python.dropped[:5])) + (", …" if len(python.dropped) > 5 else "")
            plural = "s" if len(python.dropped) > 1 else ""
            notes.append(f"cell {number}, line{plural} {lines}: a command of IPython is not run")
        return cell
    return None


def _left_out(number: int, line: int, why: str) -> str:
    return f"cell {number} was left out: line {line}: {one_line(why)}"


def _assembled(cells: dict[int, Cell], notes: list[str]) -> tuple[str, tuple[Span, ...]]:
    """The module and whose its lines are; nothing if cells contradict each other too often.

    Cells that are no Python beside the others are removed from `cells`. Such is ``global x`` after another cell has
    bound x: each is right by itself.
    """
    for _ in range(_MOST_CLASHES):
        lines, spans = _joined(cells)
        source = "\n".join(lines) + "\n"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source, "module", "exec", dont_inherit=True)
            return source, tuple(spans)
        except SyntaxError as error:
            line = error.lineno or 0
            span = next((span for span in spans if span.first <= line <= span.last), spans[-1])
            notes.append(_left_out(span.cell, span.line + max(line - span.first, 0), error.msg))
            del cells[span.cell]
        except (ValueError, RecursionError, MemoryError) as error:
            notes.append(f"they nest too deeply ({type(error).__name__})")
            break
    return "", ()


def _joined(cells: Mapping[int, Cell]) -> tuple[list[str], list[Span]]:
    features = sorted(frozenset[str]().union(*(cell.features for cell in cells.values())))
    future = f"from __future__ import {', '.join(features)}\n" if features else ""
    lines, spans = _HEADER.format(future=future).split("\n"), list[Span]()
    for number, cell in cells.items():
        for block in cell.blocks:
            if block.guarded:
                lines.append("try:")
            first = len(lines) + 1
            lines += block.lines
            spans.append(Span(first, len(lines), number, block.line))
            if block.guarded:
                lines += [
                    "except (Exception, SystemExit):",
                    f"    __failed__({number}, {first - block.line})",
                ]
    return lines, spans
