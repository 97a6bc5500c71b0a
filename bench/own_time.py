"""CPU seconds that a submission spends in its own functions when every check calls it once: what no grader can save."""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.checks.loopback import ModuleSession
from grader.grading.course import find_course
from grader.grading.desk import Desk, with_desk
from grader.pen import drivers

_spent = 0.0
_depth = 0


def _timed(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        global _spent, _depth
        _depth += 1
        started = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            _depth -= 1
            if _depth == 0:  # a function that calls another counts once
                _spent += time.process_time() - started

    return call


def main(slug: str, path: Path) -> None:
    """Grade once to warm up, once to measure; print the seconds."""
    module = types.ModuleType("submission")
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    for name, value in list(vars(module).items()):
        if isinstance(value, types.FunctionType):
            setattr(module, name, _timed(value))
    for name, value in list(drivers.DRIVERS.items()):
        drivers.DRIVERS[name] = _timed(value)

    def run(desk: Desk) -> None:
        global _spent
        for _ in range(2):
            _spent = 0.0
            list(desk.judge().checks_of({}, ModuleSession(module, str(path.parent))))
        print(_spent)

    with_desk(find_course(None), slug, run)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
