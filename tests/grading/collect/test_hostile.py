"""Names and things that a student may have made: nothing is followed, opened or shown raw."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.roster import Student
from grader.grading.collect.candidate import Loose, put_together, stem
from grader.grading.collect.collection import collect
from grader.grading.collect.entries import Entry

WANTED = ("backprop.py",)


def test_links_and_devices_are_listed(tmp_path: Path) -> None:
    """Links to files, folders and nowhere, pipes and sockets are neither followed nor opened."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "backprop.py").write_bytes(b"secret")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s1").symlink_to(outside)
    (folder / "s2.py").symlink_to(outside / "backprop.py")
    (folder / "s3").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "s4.py")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s5.py"))
        collection = collect(folder, WANTED, [Student(f"s{n}") for n in range(1, 6)])
    assert collection.found == ()
    assert [(leftover.path, leftover.why) for leftover in collection.leftovers] == [
        ("s1", "is a link"),
        ("s2.py", "is a link"),
        ("s3", "is a link"),
        ("s4.py", "is neither a file nor a folder"),
        ("s5.py", "is neither a file nor a folder"),
    ]


def test_a_link_beside_the_only_archive_is_listed(tmp_path: Path, archive: bytes) -> None:
    """What lies beside the file that was taken from a student's folder is listed, a link as well."""
    home = tmp_path / "s1"
    home.mkdir()
    (home / "work.zip").write_bytes(archive)
    (home / "report.pdf").write_bytes(b"%PDF")
    (home / "etc").symlink_to("/etc")
    collection = collect(tmp_path, WANTED, [Student("s1")])
    assert collection.found[0].path == home / "work.zip"
    assert [leftover.path for leftover in collection.leftovers] == ["s1/etc", "s1/report.pdf"]


@pytest.mark.parametrize(
    "name", ["a\nb\x1b[2J", "ü" * 100, "\u202eevil", "=cmd()", "-rf", "a;b", b"\xff\xfe"]
)
@pytest.mark.parametrize("layout", ["{}", "{}_1_assignsubmission_file_", "{}_1_2_x.py", "lab-{}"])
def test_hostile_names(tmp_path: Path, name: str | bytes, layout: str) -> None:
    """Any name that a file can have is found and shown on one printable line."""
    text = os.fsdecode(name)
    path = tmp_path / layout.format(text)
    if layout.endswith(".py"):
        path.write_bytes(b"x = 1")
    else:
        path.mkdir()
        (path / "backprop.py").write_bytes(b"x = 1")
    (found,) = collect(tmp_path, WANTED, ()).found
    assert found.path == path
    for shown in (found.origin, found.student.id, found.student.name):
        shown.encode()  # raises for a lone surrogate
        assert not set(shown) & set("\n\x1b\u202e")
    assert not collect(tmp_path, WANTED, [Student("else")]).found


def test_a_time_that_no_calendar_has(tmp_path: Path) -> None:
    """A file from before the year 1 has no time, and is found."""
    path = tmp_path / "s1.py"
    path.write_bytes(b"x = 1")
    entry = Entry("s1.py", path, "s1.py", False, 5, -1e14)
    assert entry.time is None


@given(
    st.lists(st.sampled_from(["backprop.py", "a.py", "b.ipynb", "w.zip", "v.tar", "checkpoint.pt", "r.pdf"]))
)
def test_no_file_is_taken_among_equals(names: list[str]) -> None:
    """What is taken is the file asked for, or alone of its kind; and each file is either taken or left."""
    entries = [Entry(name, Path(str(place)), name, False, 1, 0.0) for place, name in enumerate(names)]
    files = [Loose(entry.name, entry) for entry in entries]
    chosen, why = put_together(files, ("backprop.py", "checkpoint.pt")) if files else ([], "")
    taken = [file.name for file in chosen]
    assert len(set(taken)) == len(taken)
    if len(names) > 1 and taken:
        rivals = [name for name in names if name.endswith((".py", ".ipynb", ".zip", ".tar"))]
        assert taken[0] == "backprop.py" or rivals == [taken[0]]
    assert why or len(chosen) == len(files)


def test_stems() -> None:
    """A name loses its suffix, and both of a compressed tar."""
    assert [stem(name) for name in ("a.py", "a.tar.gz", "a.b.zip", ".py", "a", "Dr. Who.py")] == [
        "a", "a", "a.b", ".py", "a", "Dr. Who",
    ]  # fmt: skip
