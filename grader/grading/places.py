"""Places in a module that was made of a notebook, told as places in the notebook: ``cell 7, line 3``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from grader.core.result import CheckResult
from grader.core.verdict import Reason
from grader.grading.collect.notebook import Notebook, module_from_notebook

_NOTEBOOK = ".ipynb"


def notebook_of(files: Mapping[str, bytes], entry: str) -> Notebook | None:
    """The notebook among the files of which `entry` was made; None for a module that somebody wrote."""
    for name in sorted(files):
        if name.lower().endswith(_NOTEBOOK) and entry in files:
            for definitions_only in (False, True):
                notebook = module_from_notebook(files[name], definitions_only=definitions_only)
                if notebook.source.encode() == files[entry]:
                    return notebook
    return None


def in_cells(result: CheckResult, notebook: Notebook, entry: str) -> CheckResult:
    """The result with its lines of the module as cells; a name that is missing says in which cell it should be."""

    def told(text: str) -> str:
        return re.sub(
            rf"{re.escape(entry)}, line (\d{{1,9}})", lambda found: notebook.place(int(found[1])), text
        )

    message = told(result.message)
    if result.reason is Reason.NAME_ABSENT and (name := re.search(r"`(\w+)`", message)):
        cell = notebook.names.get(name[1])
        message += "" if cell is None else f"\nCell {cell} defines it, but fails before it gets there."
    return replace(result, message=message, detail=replace(result.detail, frames=told(result.detail.frames)))
