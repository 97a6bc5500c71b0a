"""Print: Typst in a few processes, each file whole or not there. Source: typst.app's reference, 0.15."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from grader.core.errors import GraderError
from grader.report.files import write_whole
from grader.sandbox.orphans import end_with_parent

_TEMPLATES = Path(__file__).parent / "templates"
_FRESH = multiprocessing.get_context("spawn")  # Typst's threads do not survive a fork


@dataclass(frozen=True, slots=True)
class Print:
    """A file to print. template: "exam" or "sheet"; given: the name that it reads its data under; fonts: folders."""

    template: str
    given: str
    data: str
    to: Path
    fonts: tuple[Path, ...] = ()


def print_all(work: Sequence[Print], jobs: int, done: Callable[[Print], None] = lambda one: None) -> None:
    """Every file, in `jobs` processes. Raises GraderError with the file that cannot be printed."""
    require()
    if not work:
        return
    with _pool(min(jobs, len(work))) as pool:
        for one, problem in zip(work, pool.map(_run, work), strict=True):
            if problem:
                raise GraderError(f"{one.to}: cannot be printed: {problem}")
            done(one)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(jobs, _FRESH, end_with_parent, (os.getpid(),)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise GraderError(
                "a process that prints was stopped: out of memory? Run the same command again"
            ) from None


def problem_with(pieces: Sequence[str]) -> str:
    """What Typst says of pieces of markup that it cannot print; empty if it prints them all."""
    require()
    with _pool(1) as pool:
        return pool.submit(_tried, json.dumps(pieces)).result()


def require() -> None:
    """Raises GraderError without the programs that print."""
    try:
        import pikepdf  # noqa: F401
        import segno  # noqa: F401
        import typst  # noqa: F401
    except ImportError as error:
        raise GraderError(
            f"{error.name} is missing; install what prints exams with: pip install 'course-grader[exam]'"
        ) from None


def merge(parts: Sequence[Path]) -> bytes:
    """One PDF of several, the same bytes for the same parts."""
    import io

    import pikepdf

    with pikepdf.Pdf.new() as whole:
        for path in parts:
            with pikepdf.Pdf.open(path) as part:
                whole.pages.extend(part.pages)
        target = io.BytesIO()
        whole.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def _run(one: Print) -> str:
    """Print it; what is wrong, if anything."""
    import typst

    try:
        pdf = _compiler(one.template, one.fonts).compile(
            sys_inputs={one.given: one.data}, format="pdf", pdf_tags=False
        )
    except typst.TypstError as error:
        return str(error.message)
    write_whole(one.to, pdf)
    return ""


def _tried(pieces: str) -> str:
    import typst

    try:
        _compiler("blocks", ()).compile(sys_inputs={"blocks": pieces}, format="pdf", pdf_tags=False)
    except typst.TypstError as error:
        return str(error.message)
    return ""


@cache
def _compiler(template: str, fonts: tuple[Path, ...]) -> Any:
    """One for each process. Only Typst's own fonts and the given ones are used: the same bytes on other machines."""
    import typst

    folders: list[str] = [str(folder) for folder in fonts]
    return typst.Compiler(str(_TEMPLATES / f"{template}.typ"), font_paths=folders, ignore_system_fonts=True)
