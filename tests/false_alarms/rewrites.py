"""Mechanical rewrites of a right submission: other names, other order, other functions, the same mathematics.

Each takes the source of a module and returns the source of another one that computes the same up to rounding.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

EINSUM = """
def _product(a, b):
    if type(a).__module__.startswith("torch"):
        import torch as np
    else:
        import numpy as np
        a, b = np.asarray(a), np.asarray(b)
    left = "ij"[2 - min(a.ndim, 2):]
    right = "jk"[: min(b.ndim, 2)]
    dots = "..." if max(a.ndim, b.ndim) > 2 else ""
    return np.einsum(f"{dots}{left},{dots}{right}->{dots}{(left + right).replace('j', '')}", a, b)
"""
LOOPS = """
def _product(a, b):
    if type(a).__module__.startswith("torch"):
        return sum(a[..., :, j, None] * b[..., j, None, :] for j in range(a.shape[-1]))
    import numpy as np
    a, b = np.asarray(a), np.asarray(b)
    rows = a if a.ndim > 1 else a[None, :]
    columns = b if b.ndim > 1 else b[:, None]
    total = 0
    for j in range(rows.shape[-1]):
        total = total + rows[..., :, j, None] * columns[..., j, None, :]
    total = np.asarray(total, dtype=np.result_type(a, b))
    total = np.broadcast_to(total, (*total.shape[:-2], rows.shape[-2], columns.shape[-1])).copy()
    total = total if b.ndim > 1 else total[..., 0]
    return total if a.ndim > 1 else (total[..., 0, :] if b.ndim > 1 else total[..., 0])
"""
REORDERED = """
def _plus(a, b):
    import numpy as np
    numbers = (int, float, np.ndarray, np.number)
    return b + a if isinstance(a, numbers) and isinstance(b, numbers) else a + b


def _sum(x, axis=None, **options):
    import numpy as np
    if type(x).__module__.startswith("torch"):
        return x.sum(**options) if axis is None else x.sum(axis, **options)
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    return np.sum(np.flip(x, axes), axis=axis, **options)
"""
FORTRAN = """
def _other_order(value):
    import numpy as np
    if type(value) is tuple:
        return tuple(map(_other_order, value))
    if type(value) is np.ndarray and value.ndim > 1:
        return np.asfortranarray(value)
    if type(value) is np.ndarray and value.ndim == 1:
        return np.repeat(value, 2)[::2]
    return value
"""


def renamed(source: str) -> str:
    """Every local variable has another name; arguments keep theirs, they may be given by name."""
    tree = ast.parse(source)
    for function in _functions(tree):
        _Rename({name: f"zz_{n}" for n, name in enumerate(sorted(_locals(function)))}).visit(function)
    return ast.unparse(tree)


def einsum(source: str) -> str:
    """`np.einsum` for `@`."""
    return _with_product(source, EINSUM)


def loops(source: str) -> str:
    """A plain loop over the shared axis for `@`: slow, and summed in another order."""
    return _with_product(source, LOOPS)


def reordered(source: str) -> str:
    """``b + a`` for ``a + b``, and sums that run backwards."""
    return _extended(_Reorder().visit(ast.parse(source)), REORDERED)


def fortran(source: str) -> str:
    """Matrices are handed out in Fortran order, vectors as strided views; inside, all stays as it was."""
    tree = ast.parse(source)
    outer = _outer(tree, lambda call: _call("_other_order", call))
    inner = _Rename({name: f"_{name}_work" for name in outer})
    tree.body = [*map(inner.visit, tree.body), *outer.values()]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.name = inner.names.get(node.name, node.name)
    for name, function in outer.items():
        function.name = name
    return _extended(tree, FORTRAN)


def wrapped(source: str) -> str:
    """Every public function hands its work to a second function."""
    tree = ast.parse(source)
    outer = _outer(tree, lambda call: call)
    body: list[ast.stmt] = []
    for node in tree.body:
        body.append(node)
        if isinstance(node, ast.FunctionDef) and node.name in outer:
            body.append(outer[node.name])  # at once: module-level code may use it
            node.name = f"_{node.name}_work"
    tree.body = body
    return ast.unparse(ast.fix_missing_locations(tree))


REWRITES: dict[str, Callable[[str], str]] = {
    rewrite.__name__: rewrite for rewrite in (renamed, einsum, loops, reordered, fortran, wrapped)
}


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Module-level functions, and methods of module-level classes."""
    inside = [node for owner in tree.body if isinstance(owner, ast.ClassDef) for node in owner.body]
    return [node for node in [*tree.body, *inside] if isinstance(node, ast.FunctionDef)]


def _locals(function: ast.FunctionDef) -> set[str]:
    stored: set[str] = set()
    kept: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored.add(node.id)
        elif isinstance(node, ast.arg):
            kept.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            kept.update(node.names)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.ExceptHandler)) and node.name:
            kept.add(node.name)
        elif isinstance(node, ast.alias):
            kept.add(node.asname or node.name)
    return stored - kept


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node


class _Products(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return _call("_product", node.left, node.right) if isinstance(node.op, ast.MatMult) else node


class _Reorder(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return _call("_plus", node.left, node.right) if isinstance(node.op, ast.Add) else node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "sum":
            of_module = isinstance(function.value, ast.Name) and function.value.id in ("np", "numpy", "torch")
            first = [] if of_module else [function.value]
            return ast.Call(ast.Name("_sum", ast.Load()), [*first, *node.args], node.keywords)
        return node


def _with_product(source: str, definition: str) -> str:
    return _extended(_Products().visit(ast.parse(source)), definition)


def _extended(tree: ast.Module, definition: str) -> str:
    """The module and, at its end, a function of ours; `from __future__` stays first."""
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n\n" + definition


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _outer(tree: ast.Module, made: Callable[[ast.Call], ast.expr]) -> dict[str, ast.FunctionDef]:
    """For each public function f one that returns `made` of a call of ``_f_work``. Generators stay as they are."""
    taken = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    taken |= {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    outer = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not _yields(node):
            if node.name in taken:  # a local variable of that name: leave it alone
                continue
            work = ast.Call(ast.Name(f"_{node.name}_work", ast.Load()), *_passed(node.args))
            outer[node.name] = ast.FunctionDef(
                name=node.name,
                args=node.args,
                decorator_list=[],
                returns=None,
                type_params=[],
                body=[ast.Return(made(work))],
            )
    return outer


def _passed(args: ast.arguments) -> tuple[list[ast.expr], list[ast.keyword]]:
    """The arguments of a signature, handed on."""
    plain: list[ast.expr] = [ast.Name(arg.arg, ast.Load()) for arg in [*args.posonlyargs, *args.args]]
    if args.vararg:
        plain.append(ast.Starred(ast.Name(args.vararg.arg, ast.Load())))
    named = [ast.keyword(arg.arg, ast.Name(arg.arg, ast.Load())) for arg in args.kwonlyargs]
    if args.kwarg:
        named.append(ast.keyword(None, ast.Name(args.kwarg.arg, ast.Load())))
    return plain, named


def _yields(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function))
