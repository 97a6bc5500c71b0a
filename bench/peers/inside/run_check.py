"""Run one check on a notebook's names. As a script: record what the reference gives, and list the checks as JSON."""

from __future__ import annotations

import inspect
import json
import pickle
import runpy
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import checks
import numpy as np
import test_hidden
import test_public

_CHECKS = {
    name: check
    for module in (test_public, test_hidden)
    for name, check in vars(module).items()
    if name.startswith("test_")
}
_TAPES = Path(__file__).with_name("reference.pickle")


def run(names: Mapping[str, Any], check: str, case: int = 0) -> None:
    """Raises an exception if the submission fails. names: the submission's globals; case: of a parametrised check."""
    if not hasattr(run, "tapes"):
        run.tapes = pickle.loads(_TAPES.read_bytes())
    checks.tape.replayed = iter(run.tapes[check, case])
    _call(checks.Student(names), check, case)


def _call(student: checks.Student, check: str, case: int) -> None:
    function = _CHECKS[check]
    given: dict[str, Any] = {"student": student, **getattr(function, "cases", [{}])[case]}
    if "rng" in inspect.signature(function).parameters:
        given["rng"] = np.random.default_rng(zlib.crc32(f"{check} {case}".encode()))
    function(**given)


def _record(solution: str) -> None:
    student, tapes = checks.Student(runpy.run_path(solution)), {}
    for name, check in _CHECKS.items():
        for case in range(len(getattr(check, "cases", [{}]))):
            checks.tape.recorded = tapes[name, case] = []
            _call(student, name, case)
    _TAPES.write_bytes(pickle.dumps(tapes))
    print(
        json.dumps(
            [[name, check.points, len(getattr(check, "cases", [{}]))] for name, check in _CHECKS.items()]
        )
    )


if __name__ == "__main__":
    _record(sys.argv[1])
