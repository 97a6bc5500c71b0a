"""Notebooks made by nbformat become modules that really run: what fails costs what depends on it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.grading.collect.notebook import Notebook, module_from_notebook


def written(*cells: str | dict[str, Any]) -> bytes:
    """A notebook of these code cells, or of cells made by nbformat."""
    made = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return nbformat.writes(new_notebook(cells=made)).encode()


def module(*cells: str | dict[str, Any], **options: bool) -> Notebook:
    notebook = module_from_notebook(written(*cells), **options)
    assert notebook.refusal == ""
    return notebook


def run(notebook: Notebook) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "answer"}
    exec(compile(notebook.source, "answer.py", "exec"), namespace)
    return namespace


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Imported by a bare Python, the module has what its cells define and says which failed."""
    notebook = module(
        "%matplotlib inline\nimport math\nimport no_such_package as nsp\nimport json",
        new_markdown_cell("# Softmax"),
        "def softmax(S):\n    return math.exp(S)\nprint('noise')",
        "!pip install x\nplot = nsp.figure()\nafter = 1",
        'text = f"""\n  kept {2 * 3}\n""".strip(\'\\n\') or 0',
        "import sys; sys.exit(3)",
        "LAST = softmax(0)",
    )
    (tmp_path / "answer.py").write_text(notebook.source, encoding="utf-8")
    code = "import json, answer as a; print(json.dumps([a.LAST, a.text, a.after, a.__cells__, hasattr(a, 'plot')]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    last, text, after, cells, plotted = json.loads(done.stdout.splitlines()[-1])
    assert (last, text, after, plotted) == (1.0, "  kept 6", 1, False)
    assert cells == {
        "1": "line 3: ModuleNotFoundError: No module named 'no_such_package'",
        "3": "line 2: NameError: name 'nsp' is not defined",
        "5": "line 1: SystemExit: 3",
    }
    assert notebook.notes == (
        "cell 1, line 1: a command of IPython is not run",
        "cell 3, line 1: a command of IPython is not run",
    )
    assert notebook.names["plot"] == 3


def test_a_cell_that_is_no_python_costs_itself() -> None:
    """It is left out with its number, line and reason; all others are there."""
    notebook = module(
        "a = 1", "b = 2\ndef broken(:\n  pass", "c = 3", "await d()", "%%bash\nls", "e = '\x00'"
    )
    names = run(notebook)
    assert (names["a"], names["c"]) == (1, 3)
    assert "b" not in names
    assert notebook.notes == (
        "cell 2 was left out: line 2: invalid syntax",
        "cell 4 was left out: line 1: 'await' outside function",
        "cell 5 was left out: %%bash is not run",
        "cell 6 was left out: line 1: source code string cannot contain null bytes",
    )


def test_the_statement_that_fails_ends_its_cell_but_not_its_definitions() -> None:
    """After a failure the statements of the cell are skipped, as in Jupyter; functions and constants are not."""
    names = run(
        module("a = int('1')\nb = int('x')\nc = int('2')\ndef f():\n    return 1\nD = 2\n", "e = int('3')")
    )
    assert (names["a"], names["f"](), names["D"], names["e"]) == (1, 1, 2, 3)
    assert "c" not in names
    assert names["__cells__"] == {1: "line 2: ValueError: invalid literal for int() with base 10: 'x'"}


def test_which_cell_binds_a_name() -> None:
    """Whatever binds a name at the top is known with its last cell; what functions bind inside is not."""
    notebook = module(
        "import a.b, c as d\nfor e in f: g = [h for h in i]\nwith j as (k, *l): pass",
        "def m(n):\n    o = 1\nclass P:\n    q = 1\nif (r := 1): s.t = u[0] = v = lambda w: w\nd = 1",
    )
    assert notebook.names == dict.fromkeys("aegkl", 1) | dict.fromkeys("mPrvd", 2)


def test_cells_left_out_by_tag() -> None:
    """A cell tagged to be skipped is, with a note; other tags mean nothing."""
    tagged = [
        new_code_cell("x = 1", metadata={"tags": [tag]}) for tag in ("skip", "remove-cell", "hide-input")
    ]
    notebook = module(*tagged, new_raw_cell("x = 2"))
    assert [span.cell for span in notebook.cells] == [3]
    assert notebook.notes == (
        "cell 1 was left out: it is tagged skip",
        "cell 2 was left out: it is tagged remove-cell",
    )


def test_definitions_only() -> None:
    """Imports, functions, classes and names given a literal are kept, even beside another statement's line."""
    source = 'import math; print("no")\nRATE: float = 1\nSIZES = [1, (2, -3)]\ny = math.pi\n@print\n'
    source += "def f(): return RATE\nclass A:\n    pass\nif y:\n    z = 1\n"
    names = run(module(source, definitions_only=True))
    assert {"math", "SIZES", "A"} <= names.keys()
    assert not {"y", "z"} & names.keys()
    assert names["__cells__"] == {}


def test_future_imports_stand_at_the_top() -> None:
    """What a cell imports from __future__ holds for the module, wherever the cell stands."""
    notebook = module(
        "x = 1", "'''doc'''\nfrom __future__ import (annotations,\n  division); y = 2\ndef f(a: Nope): ..."
    )
    names = run(notebook)
    assert names["y"] == 2
    assert names["f"].__annotations__ == {"a": "Nope"}
    assert "left out" in module("from __future__ import barry_as_FLUFL").notes[0]


def test_cells_that_are_no_python_together() -> None:
    """A cell that only another one makes wrong is left out, the other stays."""
    notebook = module("x = 1", "y = 2\nglobal x")
    assert run(notebook)["x"] == 1
    assert notebook.notes == (
        "cell 2 was left out: line 2: name 'x' is assigned to before global declaration",
    )


def test_a_coding_comment_means_nothing() -> None:
    """The first cell may begin with a declaration of another encoding; the module is UTF-8."""
    notebook = module("# -*- coding: latin-1 -*-\nx = 'é'")
    namespace: dict[str, Any] = {}
    exec(compile(notebook.source.encode(), "answer.py", "exec"), namespace)
    assert namespace["x"] == "é"


def test_display_shows_nothing() -> None:
    """IPython's display is there, so that a cell that calls it does not fail."""
    names = run(module("display(3)\nx = len('ab')"))
    assert (names["x"], names["__cells__"]) == (2, {})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not a notebook: it is not JSON"),
        (b"\xff\xfe", "is not a notebook: it is not UTF-8 text"),
        (b"{}", "is not a notebook: its cells cannot be read"),
        (b"[" * 100_000, "is not a notebook: "),
        (b'{"nbformat": 4, "nbformat_minor": 5}', "is not a notebook: its cells cannot be read"),
        (
            b'{"nbformat": 99, "nbformat_minor": 0, "cells": []}',
            "is not a notebook: its cells cannot be read",
        ),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}', "its cells cannot be read"),
        (written("x = '" + "a" * (64 << 10) + "'"), "holds more than 64 KiB of code"),
    ],
)
def test_what_is_no_notebook(data: bytes, said: str) -> None:
    """Anything else is refused with a reason that its author can act on."""
    notebook = module_from_notebook(data)
    assert said in notebook.refusal
    assert notebook.source == ""


def test_an_old_notebook() -> None:
    """nbformat 3 is read, as is a notebook that breaks a rule of the format."""
    old = nbformat.v3.new_notebook(
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("x = 1\ny = 2")])]
    )
    data = json.dumps({**old, "nbformat": 3, "nbformat_minor": 0}).encode()
    assert run(module_from_notebook(data))["y"] == 2
    odd = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ['
    odd += b'{"cell_type": "code", "metadata": {}, "source": ["x = 1\\r\\n", "y = 2"]}]}'
    assert run(module_from_notebook(odd))["y"] == 2


def test_places() -> None:
    """A line of the module is told as the cell's; one that no cell has, as the module's."""
    notebook = module("import math", "def f():\n    raise ValueError")
    names = run(notebook)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (a bare one, from the notebook)
        names["f"]()
    assert notebook.place(caught.traceback[-1].lineno + 1) == "cell 2, line 2"
    assert notebook.place(1) == "line 1 of the module made from the notebook"
    assert notebook.place(10_000) == "line 10000 of the module made from the notebook"


def test_many_notes_are_cut() -> None:
    """A notebook that is broken all over gives a page of notes, not a book."""
    assert module(*["("] * 50).notes[-1] == "and 30 more such notes"


_STATEMENTS = st.sampled_from(
    [
        "a = 1", "b = len('xy')", "c = 'é' + str(3);", "import math", "from os import path as p, sep; d = sep * 2",
        "def f(x, y=2):\n    '''doc\n  string'''\n    return x + y", "@staticmethod\ndef g(x: int) -> int:\n\treturn x",
        "class A:\n    K = 3\n\n    def m(self):\n        return self.K", "# a comment", "", "   ", "\t# odd",
        "e = '''one\n  two\n\nthree''' + 'x'", "h = f'''{1 +\n 2}\n  z'''", "i = (1,\n2)", "j = 1 + \\\n  2",
        "k = 'x\\\n  y'", "if True:\n    l = [\n1]\nelse:\n    l = 2", "for n in range(3):\n    o = n", "pass; q = 1",
        "r = b'''\n \\x00'''", "s = '''a''' '''\n b'''; t = 2", "lambda: 0", "'''just\n text'''", "u: int = 3",
        "try:\n    v = 1\nexcept ValueError:\n    v = 2\nfinally:\n    w = 3", "async def x(): return 1",
    ]
)  # fmt: skip
_CELLS = st.lists(st.lists(_STATEMENTS, max_size=5).map("\n".join), max_size=5)


def _plain(namespace: dict[str, Any]) -> dict[str, object]:
    hidden = {"__builtins__", "__cells__", "__failed__", "__doc__", "__annotations__", "__name__", "display"}
    return {
        name: getattr(value, "__qualname__", value) for name, value in namespace.items() if name not in hidden
    }


@settings(max_examples=80)
@given(_CELLS)
def test_valid_cells_mean_what_they_meant(cells: list[str]) -> None:
    """The module compiles, and binds what the cells bind one after the other."""
    expected: dict[str, Any] = {"__name__": "answer"}
    for cell in cells:
        exec(cell, expected)
    names = run(module(*cells))
    assert names["__cells__"] == {}
    assert _plain(names) == _plain(expected)


@settings(max_examples=80)
@given(_CELLS)
def test_every_line_of_code_has_one_place(cells: list[str]) -> None:
    """Each line of a cell that is not blank stands once in the module, with the same text, and is told as its own."""
    notebook = module(*cells)
    lines = notebook.source.split("\n")
    placed = {}
    for span in notebook.cells:
        for line in range(span.first, span.last + 1):
            number = span.line + line - span.first
            assert notebook.place(line) == f"cell {span.cell}, line {number}"
            assert (span.cell, number) not in placed
            placed[span.cell, number] = lines[line - 1]
    for cell, source in enumerate(cells, 1):
        for number, line in enumerate(source.split("\n"), 1):
            assert placed.get((cell, number), "").strip() == line.strip()


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30), max_size=4), st.booleans())
def test_any_text_in_cells(cells: list[str], definitions_only: bool) -> None:
    """Whatever stands in the cells, a module comes out that compiles."""
    data = json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 4,
            "cells": [{"cell_type": "code", "source": cell} for cell in cells],
        }
    ).encode()
    notebook = module_from_notebook(data, definitions_only=definitions_only)
    compile(notebook.source, "answer.py", "exec")
