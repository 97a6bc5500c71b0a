"""One class of submissions to `backprop`, and its checks as files that a notebook can import."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SLUG = "backprop"
_REFERENCE = Path("reference", SLUG)
_INSIDE = Path(__file__).with_name("inside")
_CHECKS = (Path("assignments", SLUG, "test_public.py"), _REFERENCE / "test_hidden.py")

Verdicts = dict[str, dict[str, bool]]  # submission → check → passed


@dataclass(frozen=True, slots=True)
class Check:
    """A check as the peers see it: its name, its points, and how many cases it has."""

    name: str
    points: float
    cases: int


def submissions(count: int, right_only: bool = False) -> dict[str, Path]:
    """Names and files: the reference, then the right, wrong and unfinished examples, then copies of right ones."""
    right, wrong, unfinished = (
        sorted(_REFERENCE.glob(f"submissions/{kind}/*.py")) for kind in ("right", "wrong", "unfinished")
    )
    right = [_REFERENCE / "solution.py", *right]
    rest = [] if right_only else wrong + unfinished
    files = itertools.chain(right, rest, itertools.cycle(right))
    return {f"s{number:02}": file for number, file in enumerate(itertools.islice(files, count))}


def translate(folder: Path) -> list[Check]:
    """Write the check files, what they import, and the reference's values into `folder`; list the checks.

    The check files stay as they are but for the place that they import from.
    """
    shutil.copytree(_INSIDE, folder, ignore=shutil.ignore_patterns("__pycache__", "otter_all.py"))
    for file in _CHECKS:
        text = re.sub(
            r"^from grader\.checks import", "from checks import", file.read_text(), flags=re.MULTILINE
        )
        text = re.sub(r"^import pytest$", "from checks import pytest", text, flags=re.MULTILINE)
        (folder / file.name).write_text(text)
    command = [sys.executable, "-B", str(folder / "run_check.py"), str(_REFERENCE / "solution.py")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [Check(*fields) for fields in json.loads(done.stdout)]


def notebook(*cells: tuple[str, dict[str, Any]]) -> str:
    """A notebook of code cells, each a source and its metadata, as JSON."""
    empty: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
    made = [
        empty | {"id": f"cell-{place}", "metadata": metadata, "source": source}
        for place, (source, metadata) in enumerate(cells)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
