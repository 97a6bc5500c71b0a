"""IPython's commands as Python, line for line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grading.collect.magics import Python, as_python


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("    %load_ext autoreload", "    pass"),
        ("%time f(3)", "f(3)"),
        ("%time %time x = 3", "x = 3"),
        ("%timeit f(3)", "pass"),
        ("%time", "pass"),
        ("x = %time f(3)", "x = f(3)"),
        ("x = %timeit -o f(3)", "x = None"),
        ("x = !ls *.py", "x = []"),
        ("a, b = !ls", "a, b = []"),
        ("!pip install torch", "pass"),
        ("!!ls", "pass"),
        ("pip install torch", "pass"),
        ("?len", "pass"),
        ("len?", "pass"),
        ("np.random??", "pass"),
        ("%time?", "pass"),
        ("print(x)  # why?", "print(x)  # why?"),
        ("x %= 3", "x %= 3"),
        ("x = 'a' % b", "x = 'a' % b"),
        ("x != 3", "x != 3"),
        ("y = x if x != 3 else %s", "y = x if x != 3 else %s"),
    ],
)
def test_one_line(line: str, python: str) -> None:
    """What runs Python stays as Python, a command becomes ``pass``, its result an empty list or None."""
    found = as_python(line)
    assert found.source == python
    assert bool(found.dropped) == (python.strip() == "pass" or python.endswith(("[]", "None")))


@pytest.mark.parametrize(
    "source",
    [
        'text = """\n%time x\n!ls\n"""',
        "x = (a\n%b\n)",
        "x = a \\\n%b",
        "x = 'don\\'t \\\n!ls'",
        "f('(')\nx = [1,  # (\n%b]",
        "s = '''it's \\''' \n%x'''",
    ],
)
def test_inside_a_statement_nothing_is_a_command(source: str) -> None:
    """Lines inside strings and brackets, or joined by a backslash, are left alone."""
    assert as_python(source) == Python(source)


def test_after_a_statement_commands_are_found_again() -> None:
    """Closed strings and brackets, quotes in comments and in commands do not hide what follows."""
    cell = "f(')')  # don't\n!echo \"don't (\nx = {'a': [1]}\n%time g()\n"
    assert as_python(cell) == Python("f(')')  # don't\npass\nx = {'a': [1]}\ng()\n", (2,))


def test_a_command_over_several_lines() -> None:
    """What a backslash joins to a command goes with it; the lines stay."""
    assert as_python("!pip \\\n  install \\\n  a\nx = 1").source == "pass\n\n\nx = 1"
    assert as_python("%time x = 1 + \\\n  2\n!ls").source == "x = 1 + \\\n  2\npass"


@pytest.mark.parametrize("magic", ["bash", "writefile a.py", "html", "timeit", "javascript", "script bash"])
def test_cells_of_another_language(magic: str) -> None:
    """A cell magic whose cell is no Python of the notebook drops the cell and is named."""
    assert as_python(f"\n%%{magic}\nls") == Python("", refusal=f"%%{magic.split()[0]} is not run")


def test_cells_that_are_measured_or_silenced() -> None:
    """%%time and %%capture keep their cell, also one upon the other."""
    assert as_python("%%capture out\n%%time\nx = 1").source == "\n\nx = 1"
    assert as_python("%%time").source == ""


@given(st.text(st.sampled_from("ab=%!?'\"\\\n #([{}])") | st.characters(), max_size=80))
def test_every_line_keeps_its_number(cell: str) -> None:
    """Whatever the text, as many lines come out as went in, and other lines are as they were."""
    python = as_python(cell)
    if not python.refusal:
        before, after = cell.split("\n"), python.source.split("\n")
        assert len(after) == len(before)
        assert all(0 < number <= len(before) for number in python.dropped)


def test_a_long_line_takes_no_long_time() -> None:
    """Text made to be slow to search through is not."""
    start = time.process_time()
    for evil in ("%time ", "a", " ", "x ", "'", "\\", "?", "(", "%%capture\n", "%time x\n", "="):
        for end in ("", "=", "?x"):
            as_python(evil * 10_000 + end)
    assert time.process_time() - start < 10
