"""What is compared of a submission, and the handout that everyone starts from."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from grader.grading.collect.notebook import Notebook
from grader.grading.course import Course
from grader.grading.places import notebook_of

TESTS = "test_*.py"  # the course's own, or next to it


def sources_of(files: Mapping[str, bytes], entry: str) -> dict[str, str]:
    """File → text of the Python files but for tests. `entry` is what the student wrote of it if a notebook made it."""
    notebook = notebook_of(files, entry)
    found = {
        name: data.decode("utf-8", errors="replace")
        for name, data in sorted(files.items())
        if name.lower().endswith(".py") and not fnmatchcase(PurePosixPath(name).name.lower(), TESTS)
    }
    return found if notebook is None else {**found, entry: _cells(notebook)}


def handout_texts(course: Course, slug: str) -> tuple[str, ...]:
    """The Python files that students were given."""
    paths = sorted(course.handout(slug).glob("*.py"))
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def _cells(notebook: Notebook) -> str:
    """The code of the cells, an empty line between them, without what was put around it to make a module."""
    module, lines, cell = notebook.source.split("\n"), list[str](), 0
    for span in notebook.cells:
        if span.cell != cell and lines:
            lines.append("")
        cell = span.cell
        guarded = module[span.first - 2] == "try:"
        for line in module[span.first - 1 : span.last]:
            lines.append(line.removeprefix("    ") if guarded else line)
    return "\n".join([*lines, ""])
