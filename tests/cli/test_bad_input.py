"""Bad input on the command line: the message is on stderr, names the place and the next step, and is no
traceback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course

Run = Callable[..., Any]
ROOT = Path(__file__).parents[2]


# Bad input: the message is on stderr, names the place and the next step, and the exit code is 2.


def refused(done: Any, *words: str) -> None:
    assert done.code == 2, done
    for word in words:
        assert word in done.err, done.err
    assert len(done.err.strip().splitlines()) <= 3
    assert done.out == ""


@pytest.mark.parametrize("command", ["grade", "start", "audit", "release"])
def test_an_unknown_slug_suggests_the_nearest(
    command: str, grader: Run, tiny: Course, tmp_path: Path
) -> None:
    """Did you mean."""
    more = [tmp_path] if command == "grade" else []
    refused(grader(command, "tyni", *more, course=tiny), '"tyni"', 'did you mean "tiny"?')
    refused(grader(command, "backpropagation", *more, course=tiny), "known are tiny")


def test_a_missing_path(grader: Run, tiny: Course) -> None:
    """The path as it was typed."""
    refused(grader("grade", "tiny", "no/such.py", course=tiny), "no/such.py")


def test_no_course(grader: Run, tmp_path: Path) -> None:
    """What is expected, and how to name one."""
    refused(grader("list", cwd=tmp_path), "assignments/", "--course")
    refused(grader("list", course=tmp_path), str(tmp_path), "assignments/")
    refused(grader("list", course=tmp_path / "nowhere"), "nowhere")


def test_a_course_without_reference(grader: Run, tiny: Course, tmp_path: Path, hand_in: Run) -> None:
    """The command that works there is named."""
    shutil.copytree(tiny.root / "assignments", tmp_path / "c" / "assignments")
    for command in (["grade", "tiny", hand_in("a.py", "")], ["audit", "tiny"], ["release", "tiny"]):
        refused(grader(*command, course=tmp_path / "c"), "no reference", "grader check")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [\n", ["assignments/tiny/assignment.yaml:2: not YAML"]),
        ("", ["assignments/tiny/assignment.yaml: $: "]),
        ("title: T\npoints: ten\nfiles: [tiny.py]\n", ["assignments/tiny/assignment.yaml: $.points", "int"]),
        ("title: T\npoints: 10\nfiles: [tiny.py]\nlimit: {}\n", ["$.limit: unknown key", "limits"]),
        ("title: T\npoints: 10\nfiles: [tiny.py]\nlimits: {cpu: 10}\n", ["$.limits.cpu", '"10s"']),
        ("title: T\npoints: 12\nfiles: [tiny.py]\n", ["$.points", "sum to 10", "12"]),
        ("title: T\npoints: 10\nfiles: [tiny.py]\ntitle: U\n\t", ["not YAML"]),
        ("title: !!python/object/apply:os.system ['touch /tmp/pwned']\n", ["not YAML"]),
        ("\x00", ["not YAML"]),
    ],
)
def test_a_malformed_assignment_yaml(
    text: str, words: list[str], grader: Run, course_with: Run, hand_in: Run
) -> None:
    """File, key, value, what is allowed."""
    refused(grader("grade", "tiny", hand_in("a.py", ""), course=course_with(spec=text)), *words)


def test_an_assignment_yaml_in_another_encoding(grader: Run, course_with: Run) -> None:
    """The file is named."""
    course = course_with()
    (course.handout("tiny") / "assignment.yaml").write_bytes("title: Größe\n".encode("latin-1"))
    refused(grader("list", course=course), "assignments/tiny/assignment.yaml", "cannot be read")


def test_a_faulty_check_file(grader: Run, course_with: Run, hand_in: Run) -> None:
    """File and line of the instructor's mistake."""
    done = grader("grade", "tiny", hand_in("a.py", ""), course=course_with(hidden="def test_x(:\n"))
    refused(done, "test_hidden.py:1:")


def test_check_outside_of_a_handout(grader: Run, tmp_path: Path) -> None:
    """What is missing and how to get it."""
    refused(grader("check", cwd=tmp_path), "assignment.yaml", "grader start")
    refused(grader("check", tmp_path / "nowhere"), "nowhere", "grader start")


# A student's bad hand-in is a verdict with advice: exit 0, `missing` or `error`, nobody else is affected.


@pytest.fixture(scope="module")
def messages(
    tmp_path_factory: pytest.TempPathFactory, grader: Run, tiny: Course, parts: Any
) -> dict[str, dict[str, Any]]:
    """Entry → its result, of one run over every kind of bad hand-in and a right one."""
    folder = tmp_path_factory.mktemp("in")
    (folder / "empty").mkdir()
    (folder / "wrong_name").mkdir()
    (folder / "wrong_name" / "homework.py").write_text(parts.RIGHT)
    (folder / "syntax.py").write_text("import numpy as np\n\ndef double(x)\n    return x\n")
    (folder / "latin.py").write_bytes("SIZE = 'Größe'\n".encode("latin-1"))
    (folder / "declared.py").write_bytes(
        ("# -*- coding: latin-1 -*-\n# Größe\n" + parts.RIGHT).encode("latin-1")
    )
    (folder / "bom.py").write_bytes(b"\xef\xbb\xbf" + parts.RIGHT.encode())
    (folder / "nul.py").write_bytes(b"x = 1\0\n")
    with open(folder / "huge.py", "wb") as file:
        file.truncate(100 << 20)
    (folder / "link.py").symlink_to("/etc/passwd")
    (folder / "book.ipynb").write_text("{}")
    (folder / "noise.zip").write_bytes(b"PK\3\4 noise")
    (folder / "blank.py").write_text("")
    os.mkfifo(folder / "pipe.py")
    (folder / "right.py").write_text(parts.RIGHT)
    names = sorted(path.name for path in folder.iterdir())
    done = grader("grade", "tiny", *(folder / name for name in names), "--json", "-", course=tiny)
    assert done.code == 0, done.err
    results = json.loads(done.out)
    assert [one["submission"] for one in results] == names
    return dict(zip(names, results, strict=True))


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("empty", "missing", ["empty", "is empty, wanted tiny.py"]),
        ("wrong_name", "missing", ["homework.py", "tiny.py", "rename it"]),
        ("syntax.py", "error", ["tiny.py, line 3", "def double(x)", "^"]),
        ("latin.py", "error", ["tiny.py", "utf-8"]),
        ("nul.py", "error", ["tiny.py", "null bytes"]),
        ("huge.py", "missing", ["100 MiB", "may have"]),
        ("link.py", "missing", ["is a link", "hand in the file itself"]),
        ("book.ipynb", "missing", ["book.ipynb: is not a notebook", "save it in Jupyter again"]),
        ("noise.zip", "missing", ["noise.zip"]),
        ("pipe.py", "missing", ["not a regular file"]),
        ("blank.py", "missing", ["`double` is not there"]),
    ],
)
def test_a_bad_hand_in_says_what_to_do(
    name: str, status: str, words: list[str], messages: dict[str, Any]
) -> None:
    """Every check has the verdict; the message names the file, what was found, and the next step."""
    result = messages[name]
    assert {check["status"] for check in result["checks"]} == {status}
    assert result["score"] == 0.0
    for word in words:
        assert word in result["checks"][0]["message"], result["checks"][0]["message"]


@pytest.mark.parametrize("name", ["right.py", "declared.py", "bom.py"])
def test_a_right_hand_in_beside_bad_ones_has_full_marks(name: str, messages: dict[str, Any]) -> None:
    """A declared encoding and a byte order mark are Python's business, not ours."""
    assert messages[name]["score"] == 10.0


def test_an_unreadable_file(grader: Run, tiny: Course, hand_in: Run) -> None:
    """Permission denied is said in words."""
    if os.getuid() == 0:
        pytest.skip("root reads everything")
    path = hand_in("a.py", "")
    path.chmod(0)
    assert "cannot be read" in grader("grade", "tiny", path, course=tiny).out


# A full disk, and reports that cannot be written: the results are printed first.


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_a_report_that_cannot_be_written(option: str, grader: Run, tiny: Course, tmp_path: Path) -> None:
    """Exit 2, the place on stderr, the feedback complete on stdout."""
    (tmp_path / "file").write_text("")
    place = "/dev/full" if option == "--json" else tmp_path / "file" / "pages"
    path = tiny.reference("tiny") / "submissions/right/twice.py"
    done = grader("grade", "tiny", path, option, place, course=tiny)
    assert done.code == 2
    assert f"{place}" in done.err
    assert "cannot be written" in done.err
    assert "10.00 of 10 points" in done.out


@pytest.mark.parametrize(
    "words", ["list", "schema result", "grade tiny {path}", "grade tiny {path} --json -"]
)
def test_a_full_stdout(words: str, tiny: Course) -> None:
    """stdout on a full disk: a message and exit 2, no traceback."""
    path = tiny.reference("tiny") / "submissions/right/twice.py"
    command = f"{sys.executable} -m grader --course {tiny.root} {words.format(path=path)} > /dev/full"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_for_html(grader: Run, tiny: Course, tmp_path: Path) -> None:
    """A file system without room: the place, the reason, and the results on stdout."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    try:
        path = tiny.reference("tiny") / "submissions/right/twice.py"
        done = grader("grade", "tiny", path, "--html", small / "pages", course=tiny)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert done.code == 2
    assert "No space left on device" in done.err
    assert "10.00 of 10 points" in done.out


def test_a_reader_that_stops_early_is_no_fault(tiny: Course) -> None:
    """`grader … | head -1` ends quietly."""
    command = f"{sys.executable} -m grader --course {tiny.root} schema result | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith("{")
    assert done.stderr == ""
