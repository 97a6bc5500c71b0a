"""One cell's Python as blocks of a module, guarded where running them can fail."""

from __future__ import annotations
import __future__

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

_FEATURES = frozenset(__future__.all_feature_names) - {"barry_as_FLUFL"}
_DECORATED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEFINITIONS = (ast.Import, ast.ImportFrom, *_DECORATED)
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BARE, _OWN, _RUN = "bare", "own", "run"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a cell that follow each other, the first of them `line` (from 1)."""

    line: int
    lines: tuple[str, ...]
    guarded: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that parses: its blocks, what it binds, and what it asks of ``__future__``."""

    blocks: tuple[Block, ...]
    names: frozenset[str]
    features: frozenset[str]


def parse(source: str, definitions_only: bool = False) -> Cell:
    """The cell as blocks. Raises SyntaxError; ValueError, RecursionError or MemoryError for what is no source.

    A block that cannot fail stands bare: functions without decorators, annotations and computed defaults, and
    names given a literal. Every other definition and every import has a guard of its own, so that a package that is
    not there costs no other; the statements between share one, because in a notebook the first that fails ends the
    cell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, "cell", "exec", dont_inherit=True)  # it finds more than the parser: await, return
        future = [node for node in ast.parse(source).body if _is_future(node)]
        features = frozenset(alias.name for node in future for alias in node.names)
        if not features <= _FEATURES:
            raise SyntaxError(f"{min(features - _FEATURES)} is not available")
        source = _passed_over(source, future)
        if definitions_only:
            source = _passed_over(source, [node for node in ast.parse(source).body if not _defines(node)])
        tree = ast.parse(source)
    return Cell(_blocks(source, tree, bool(features)), frozenset(_bound(tree)), features)


def _is_future(node: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__" and node.level == 0


def _defines(node: ast.stmt) -> bool:
    return isinstance(node, _DEFINITIONS) or _kind(node, lazy=True) == _BARE


def _passed_over(source: str, nodes: Sequence[ast.stmt]) -> str:
    """The source with ``pass`` in place of these statements and every other on its line. Columns count bytes."""
    lines = source.split("\n")
    for node in reversed(nodes):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before = lines[first].encode()[: node.col_offset].decode()
        after = lines[last].encode()[node.end_col_offset :].decode()
        lines[first : last + 1] = [f"{before}pass{after}", *[""] * (last - first)]
    return "\n".join(lines)


def _blocks(source: str, tree: ast.Module, lazy: bool) -> tuple[Block, ...]:
    """lazy: annotations are not evaluated. Lines above a statement belong to it."""
    blocks: list[Block] = []
    lines, verbatim = source.split("\n"), _inside_strings(tree)
    first, last, kind = 1, 0, _BARE
    for node in tree.body:
        mine = _kind(node, lazy)
        shares_line = _start(node) <= last
        if shares_line:
            kind = kind if kind == mine == _BARE else _RUN
        elif last and (mine != kind or mine == _OWN):
            blocks.append(_block(lines, first, last, kind, verbatim))
            first, kind = last + 1, mine
        elif not last:
            kind = mine
        last = node.end_lineno or node.lineno
    if last:
        blocks.append(_block(lines, first, last, kind, verbatim))
    if any(map(str.strip, lines[last:])):
        blocks.append(_block(lines, last + 1, len(lines), _BARE, verbatim))
    return tuple(blocks)


def _bound(tree: ast.Module) -> Iterator[str]:
    """The names that running the cell binds in the module."""
    nodes: list[ast.AST] = list(tree.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, _DECORATED):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, _SCOPES):
            nodes += ast.iter_child_nodes(node)


def _start(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, _DECORATED) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _kind(node: ast.stmt, lazy: bool) -> str:
    """lazy: annotations are not evaluated."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
        annotated = any(isinstance(part, ast.arg) and part.annotation for part in ast.walk(node.args))
        plain = lazy or not (annotated or node.returns)
        return _BARE if plain and not node.decorator_list and all(map(_literal, defaults)) else _OWN
    if isinstance(node, ast.Assign):
        named = all(isinstance(target, ast.Name) for target in node.targets)
        return _BARE if named and _literal(node.value) else _RUN
    if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and _literal(node.value)):
        return _BARE
    return _OWN if isinstance(node, _DEFINITIONS) else _RUN


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _inside_strings(tree: ast.Module) -> frozenset[int]:
    """The lines that begin inside a string (or in an expression of strings): blanks before them could change it."""
    return frozenset(
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))
        for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    )


def _block(lines: list[str], first: int, last: int, kind: str, verbatim: frozenset[int]) -> Block:
    mine = lines[first - 1 : last]
    if kind != _BARE:
        mine = [
            line if number in verbatim or not line else f"    {line}"
            for number, line in enumerate(mine, first)
        ]
    return Block(first, tuple(mine), kind != _BARE)
