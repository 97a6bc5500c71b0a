"""Import a submission from bytes, and say in plain data how that went."""

from __future__ import annotations

import os
import sys
import traceback
import types
from typing import Any

MODULE = "submission"
MAX_TEXT = 500  # characters of an exception's text
MAX_FRAMES = 6
_SPAWNED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spawned")


def load(files: dict[str, bytes], entry: str, folder: str) -> tuple[types.ModuleType | None, dict[str, Any]]:
    """Write the files to `folder`, import `entry`; returns the module (or None) and the import report.

    The folder is appended to `sys.path`, so no file of a student shadows the standard library or numpy. The report is
    ``{"ok": bool, "threads": int, "raised": exception or None}``; it never raises for what the student's code does.
    """
    for name, data in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    os.chdir(folder)
    sys.path += [folder, _SPAWNED]
    module = types.ModuleType(MODULE)
    module.__file__ = os.path.join(folder, entry)
    sys.modules[MODULE] = module
    os.environ["GRADER_HANDIN"] = module.__file__  # for `spawned.submission`
    stem = os.path.splitext(os.path.basename(entry))[0]
    sys.modules.setdefault(stem, module)  # a helper file that imports the hand-in gets the same module
    raised = None
    try:
        exec(_compiled(files[entry], module.__file__), module.__dict__)
    except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's, too
        raised = describe(error, folder)
    report = {"ok": raised is None, "threads": _threads(), "raised": raised}
    return (module if raised is None else None), report


def _compiled(source: bytes, path: str) -> types.CodeType:
    try:
        return compile(source, path, "exec")
    except SyntaxError as error:
        error.filename = error.filename or path  # for null bytes Python names no file
        raise


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """An exception as plain data: type name, names along its type chain, text, the student's own frames."""
    try:
        text = str(error)[:MAX_TEXT]
    except BaseException:  # a student's __str__ may raise, too
        text = ""
    described: dict[str, Any] = {
        "type": type(error).__name__[:100],
        "chain": [kind.__name__[:100] for kind in type(error).__mro__[:16]],
        "text": text,
        "frames": _frames(error, folder),
        "syntax": None,
    }
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(folder):
        described["syntax"] = {
            "file": os.path.relpath(error.filename or "", folder),
            "line": int(error.lineno or 0),
            "column": int(error.offset or 0),
            "source": str(error.text or "").rstrip("\n")[:200],
            "text": str(error.msg)[:200],
        }
    return described


def _frames(error: BaseException, folder: str) -> list[dict[str, Any]]:
    """The innermost frames that lie in the student's own files."""
    try:
        stack = traceback.extract_tb(error.__traceback__)
    except BaseException:
        return []
    own = [frame for frame in stack if frame.filename.startswith(folder + os.sep)]
    return [
        {
            "file": os.path.relpath(frame.filename, folder),
            "line": int(frame.lineno or 0),
            "function": frame.name[:100],
            "source": (frame.line or "")[:200],
        }
        for frame in own[-MAX_FRAMES:]
    ]


def _threads() -> int:
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Threads"))
    except OSError:  # not Linux: the threads that Python knows
        import threading

        return threading.active_count()
