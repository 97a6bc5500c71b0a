"""A live bar on a terminal's stderr; where stderr is a file or a pipe, nothing but for whom a check waits."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from grader.core.gpu import WAITING
from grader.core.result import SubmissionResult
from grader.core.text import one_line
from grader.core.verdict import Status
from grader.report.wording import SYMBOLS, score_text

_EVERY_SECONDS = 60.0


class _Waiting:
    """Lines that say for whom a check waits, at most one a minute: a bar would cut them short, and a log has no bar."""

    def __init__(self, console: Console) -> None:
        self._console, self._last = console, float("-inf")

    def told(self, place: str, text: str) -> None:
        now = time.monotonic()
        if text.startswith(WAITING) and now - self._last >= _EVERY_SECONDS:
            self._last = now
            self._console.print(Text(one_line(f"{place}: {text}")), soft_wrap=True)


class Progress:
    """How many of the submissions are graded, and how far the checks are that take long.

    For a single submission only the latter.
    """

    def __init__(self, total: int) -> None:
        self._many, self._shown = total > 1, sys.stderr.isatty()
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        # no thread of its own: worker processes are forked from this one
        self._bar = Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=total)
        self._waiting = _Waiting(self._bar.console)

    def __enter__(self) -> Progress:
        if self._shown and self._many:
            self._bar.start()
            self._bar.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._bar.stop()

    def told(self, check: str, text: str, submission: str = "") -> None:
        """How far a check is: epoch, loss, time left; or for whom it waits."""
        place = f"{submission} · {check}" if submission else check
        self._waiting.told(place, text)
        if self._shown:
            self._bar.start()  # a second start does nothing
            self._bar.update(self._task, description=one_line(f"{place}: {text}"))
            self._bar.refresh()

    def graded(self, index: int, result: SubmissionResult) -> None:
        """One more."""
        if self._shown:
            self._bar.update(
                self._task, advance=1, description=f"{result.submission}: {score_text(result.score())}"
            )
            self._bar.refresh()


class ClassProgress:
    """A class being graded: how many are done, how many a second, the time left, the verdicts so far."""

    def __init__(self, total: int) -> None:
        self.done, self._verdicts = 0, Counter[Status]()
        self._began = time.monotonic()
        self._shown = sys.stderr.isatty()
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        # no thread of its own: worker processes are forked from this one
        self._bar = Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=total)
        self._waiting = _Waiting(self._bar.console)

    def __enter__(self) -> ClassProgress:
        if self._shown:
            self._bar.start()
            self._bar.refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._bar.stop()

    def told(self, check: str, text: str, student: str) -> None:
        """How far a check is: epoch, loss, time left; or for whom it waits."""
        self._waiting.told(f"{student} · {check}", text)
        self._show(f"{student} · {check}: {text}")

    def graded(self, student: str, result: SubmissionResult) -> None:
        """One more."""
        self.done += 1
        self._verdicts.update(check.status for check in result.checks)
        rate = self.done / max(time.monotonic() - self._began, 1e-3)
        counts = " ".join(
            f"{SYMBOLS[status]} {self._verdicts[status]}" for status in Status if self._verdicts[status]
        )
        self._show(f"{rate:.1f}/s  {counts}  {student}")

    def _show(self, text: str) -> None:
        if self._shown:
            self._bar.update(self._task, completed=self.done, description=one_line(text))
            self._bar.refresh()


class AuditProgress:
    """Which assignment is audited, and how far: a bar on a terminal, a line for each assignment elsewhere."""

    def __init__(self, slugs: Sequence[str]) -> None:
        self._slugs, self._done = slugs, -1
        self._terminal = sys.stderr.isatty()
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._bar = Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> AuditProgress:
        if self._terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            self._bar.stop()

    def begin(self, slug: str) -> None:
        """The next assignment."""
        self._done += 1
        if not self._terminal:
            print(f"{slug} ({self._done + 1} of {len(self._slugs)}) …", file=sys.stderr)

    def step(self, done: int, total: int) -> None:
        """So many of the assignment's examples are graded."""
        if self._terminal:
            place = f"{self._done + 1} of {len(self._slugs)} · {self._slugs[self._done]}"
            self._bar.update(self._task, completed=done, total=total, description=place)
            self._bar.refresh()
