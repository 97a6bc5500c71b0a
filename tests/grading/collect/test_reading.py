"""The files of what was found: as they are, in parts, or with a notebook in place of the module."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.core.errors import UsageError
from grader.grading.collect.collection import collect
from grader.grading.collect.found import Found
from grader.grading.collect.reading import Handed, read_found
from grader.sandbox.archive import IntakeLimits

WANTED = ("backprop.py", "checkpoint.pt")
NOTEBOOK = nbformat.writes(new_notebook(cells=[new_code_cell("!ls\ndef softmax(S): ...")])).encode()


def only(folder: Path) -> Found:
    (found,) = collect(folder, WANTED, ()).found
    return found


def handed(folder: Path, **options: bool) -> Handed:
    return read_found(only(folder), WANTED, **options)


def made_of_notebook(one: Handed, name: str) -> None:
    """The module, the notebook beside it, and the notes that say so."""
    assert one.intake.refusal is None
    assert one.notebook is not None
    assert one.intake.files["backprop.py"].decode() == one.notebook.source
    assert one.intake.files[name] == NOTEBOOK
    assert f"backprop.py was made of the code cells of {name}" in one.intake.notes
    assert "cell 1, line 1: a command of IPython is not run" in one.intake.notes


def test_a_notebook_alone(tmp_path: Path) -> None:
    """A notebook stands for the module that is asked for."""
    (tmp_path / "doe.ipynb").write_bytes(NOTEBOOK)
    one = handed(tmp_path)
    made_of_notebook(one, "doe.ipynb")
    assert one.intake.notes[-1] == "checkpoint.pt is missing"


def test_a_notebook_in_an_archive_and_in_a_folder(tmp_path: Path) -> None:
    """The notebook is found inside, below folders too, and what else is asked for is kept."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("work/lab.ipynb", NOTEBOOK)
        archive.writestr("work/checkpoint.pt", b"weights")
    (tmp_path / "doe").mkdir()
    (tmp_path / "doe" / "work.zip").write_bytes(buffer.getvalue())
    one = handed(tmp_path)
    made_of_notebook(one, "lab.ipynb")
    assert one.intake.files["checkpoint.pt"] == b"weights"
    (tmp_path / "doe" / "work.zip").unlink()
    (tmp_path / "doe" / "deep").mkdir()
    (tmp_path / "doe" / "deep" / "lab.ipynb").write_bytes(NOTEBOOK)
    made_of_notebook(handed(tmp_path), "lab.ipynb")


def test_of_several_notebooks(tmp_path: Path) -> None:
    """The one called like the module is taken; where none is, the student is told what is wanted."""
    (tmp_path / "doe").mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        (tmp_path / "doe" / name).write_bytes(NOTEBOOK)
    one = handed(tmp_path)
    assert one.intake.refusal == (
        "doe: found a.ipynb and b.ipynb, wanted backprop.py; export the notebook as backprop.py"
    )
    (tmp_path / "doe" / "backprop.ipynb").write_bytes(NOTEBOOK)
    made_of_notebook(handed(tmp_path), "backprop.ipynb")


def test_a_module_beside_a_notebook(tmp_path: Path) -> None:
    """A module of the right name is what is graded, whatever notebook lies beside it."""
    (tmp_path / "doe").mkdir()
    (tmp_path / "doe" / "backprop.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "doe" / "backprop.py").write_bytes(b"x = 1")
    one = handed(tmp_path)
    assert one.notebook is None
    assert one.intake.files["backprop.py"] == b"x = 1"


def test_a_damaged_notebook(tmp_path: Path) -> None:
    """It is refused with its name and what to do."""
    (tmp_path / "doe.ipynb").write_bytes(b"{")
    assert handed(tmp_path).intake.refusal == (
        "doe.ipynb: is not a notebook: it is not JSON; save it in Jupyter again and hand that in"
    )


def test_parts(tmp_path: Path) -> None:
    """Loose files are one submission; weights are not unpacked, whatever their name on disk."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", b"weights")
    (tmp_path / "doejane_1_2_backprop.py").write_bytes(b"x = 1")
    weights = tmp_path / "doejane_1_3_checkpoint.pt"
    weights.write_bytes(buffer.getvalue())
    assert handed(tmp_path).intake.files == {"backprop.py": b"x = 1", "checkpoint.pt": buffer.getvalue()}
    (tmp_path / "doejane_1_2_backprop.py").rename(tmp_path / "doejane_1_2_lab.ipynb")
    (tmp_path / "doejane_1_2_lab.ipynb").write_bytes(NOTEBOOK)
    one = handed(tmp_path)
    made_of_notebook(one, "lab.ipynb")
    assert one.intake.files["checkpoint.pt"] == buffer.getvalue()
    (tmp_path / "doejane_1_2_lab.ipynb").rename(tmp_path / "doejane_1_2_lab.py")
    notes = handed(tmp_path).intake.notes
    assert notes == ("lab.py was taken as backprop.py",)


def test_limits_hold_for_the_parts_together(tmp_path: Path) -> None:
    """Two parts that are each within the limit may be too large together."""
    for name in ("2_backprop.py", "3_checkpoint.pt"):
        (tmp_path / f"doejane_1_{name}").write_bytes(b"#" * 700)
    found = only(tmp_path)
    assert read_found(found, WANTED, IntakeLimits(total=1400)).intake.refusal is None
    refusal = read_found(found, WANTED, IntakeLimits(total=1399)).intake.refusal
    assert refusal is not None
    assert "checkpoint.pt" in refusal


def test_what_disappeared_or_became_a_link(tmp_path: Path) -> None:
    """A file that is gone is the caller's to know; one that became a link is refused."""
    path = tmp_path / "doe.ipynb"
    path.write_bytes(NOTEBOOK)
    found = only(tmp_path)
    path.unlink()
    with pytest.raises(UsageError):
        read_found(found, WANTED)
    os.symlink("/etc/passwd", path)
    refusal = read_found(found, WANTED).intake.refusal
    assert refusal is not None
    assert "is a link" in refusal


def test_definitions_only(tmp_path: Path) -> None:
    """The option reaches the notebook."""
    data = nbformat.writes(new_notebook(cells=[new_code_cell("x = f()\nK = 1")])).encode()
    (tmp_path / "doe.ipynb").write_bytes(data)
    source = handed(tmp_path, definitions_only=True).intake.files["backprop.py"]
    assert b"K = 1" in source
    assert b"f()" not in source
