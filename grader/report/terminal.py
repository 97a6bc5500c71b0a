"""Reports on a terminal: the table of many submissions, the feedback on one.

Both are rich renderables; `show` prints them, with colours on a terminal and as plain text into a pipe.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.core.result import CheckResult, SubmissionResult, decimal
from grader.core.text import one_line, printable
from grader.core.verdict import UNDECIDED, Status
from grader.report.figures import summary
from grader.report.wording import (
    LABELS,
    SYMBOLS,
    UNSANDBOXED,
    Audience,
    device_texts,
    earned,
    first_to_mend,
    gpu_text,
    manual_text,
    need_text,
    next_step,
    passed_text,
    points,
    provisional_text,
    same_cause,
    score_text,
    visible,
)

_PLAIN_WIDTH = 100  # columns when there is no terminal to ask
_LONG = 4000  # characters of a student's output on a terminal; the HTML page has all of it


def show(report: RenderableType, file: TextIO | None = None, plain_width: int = _PLAIN_WIDTH) -> None:
    """Print a report, at most `plain_width` columns wide where there is no terminal to ask.

    What the file's encoding cannot write becomes ``?`` instead of an error.
    """
    file = sys.stdout if file is None else file
    if isinstance(file, io.TextIOWrapper):
        file.reconfigure(errors="replace")
    width = None if file.isatty() else plain_width
    console = Console(file=file, width=width, highlight=False, emoji=False, markup=False)
    if console.is_terminal:
        console.print(report)
        return
    with console.capture() as capture:
        console.print(report)
    # rich fills lines with blanks; a pipe has no use for them
    file.write("\n".join(line.rstrip() for line in capture.get().split("\n")))


def table(results: Sequence[SubmissionResult]) -> RenderableType:
    """One line a submission: score, checks passed, where to look first."""
    lines = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, header_style="bold")
    lines.add_column("submission", overflow="fold")
    lines.add_column("score", justify="right", no_wrap=True)
    lines.add_column("passed", justify="right", no_wrap=True)
    lines.add_column("first to mend", overflow="fold")
    for result in results:
        lines.add_row(*_row(result))
    heading = _heading(results[0]) if results else Text("no submissions")
    if results:
        heading.append(f" · out of {points(decimal(results[0].score().max))}", style="dim")
    by_hand = [Text(printable(text), style="dim") for text in map(manual_text, results[:1]) if text]
    return Group(*_stamp(results), heading, *by_hand, Text(), lines)


def feedback(
    result: SubmissionResult, audience: Audience = "instructor", own_machine: bool = False
) -> RenderableType:
    """Everything about one submission: the score, what to do first, then every check.

    own_machine: a student ran it on their own work, where no sandbox is needed: no warning.
    """
    score = result.score()
    first = first_to_mend(result.checks)
    parts: list[RenderableType] = [*([] if own_machine else _stamp([result])), _heading(result), Text()]
    line = Text(one_line(result.submission) + "  ", style="bold")
    line.append(f"{score_text(score)} of {points(decimal(score.max))} points", style="bold")
    line.append(f"  {passed_text(result)}", style="dim")
    parts.append(line)
    parts += [Text(text, style="yellow") for text in (provisional_text(result),) if text]
    parts += [Text(printable(text), style="dim") for text in (manual_text(result),) if text]
    parts += [Text(f"note: {printable(note)}", style="dim") for note in result.notes]
    parts += [Text(printable(text), style="dim") for text in device_texts(result)]
    if first is not None:
        parts += [Text(), Text("Start here", style="bold"), *_check(first, audience, full=True)]
    parts += [Text(), Text("All checks", style="bold")]
    causes: dict[str, str] = {first.misconception: first.id} if first and first.misconception else {}
    for check in result.checks:
        told = causes.setdefault(check.misconception, check.id) if check.misconception else check.id
        parts += _check(check, audience, full=not same_cause(check, first), told=told)
    return Group(*parts)


def _row(result: SubmissionResult) -> Iterator[RenderableType]:
    yield Text(one_line(result.submission))
    yield Text(score_text(result.score()), style="yellow" if result.score().provisional else "")
    yield Text(f"{sum(check.passed for check in result.checks)}/{len(result.checks)}")
    check = first_to_mend(result.checks) or next((c for c in result.checks if c.undecided), None)
    if check is None:
        yield Text("–", style="dim")
        return
    text = _verdict(check).append(f"  {check.id}", style="default")
    if check.misconception:
        text.append(f"\n{printable(check.misconception)}", style="cyan")
    yield text


def _check(check: CheckResult, audience: Audience, full: bool, told: str = "") -> Iterator[RenderableType]:
    """The line of one check and, when full, what stands behind it. A passed check is one line.

    told: the check whose message has given the advice for the same cause already.
    """
    line = Table.grid(padding=(0, 2))
    line.add_column(width=14, no_wrap=True)
    line.add_column(width=10)  # 18.75 of 25 takes two lines
    line.add_column(overflow="fold")
    title = Text(printable(check.title))
    title.append(f"  {check.id}" + (", hidden" if check.visibility == "hidden" else ""), style="dim")
    line.add_row(_verdict(check), Text(earned(check)), title)
    yield Padding(line, (0, 0, 0, 2))
    if used := gpu_text(check, audience):
        yield _indented(Text(used, style="dim"))
    for evidence in check.evidence:
        yield _indented(Text(printable(f"{evidence.title}: {summary(evidence)}"), style="dim"))
    if check.passed:
        return
    if not full:
        yield _indented(Text("as above", style="dim"))
        return
    detail = visible(check, audience)
    if told not in ("", check.id):
        yield _indented(Text(printable(check.message.partition("\n")[0])))
        yield _indented(
            Text(f"the same mistake as in {told}: {printable(check.misconception or '')}", style="cyan")
        )
        return
    if check.message:
        yield _indented(Text(printable(check.message)))
    if check.misconception:
        yield _indented(Text(f"likely mistake: {printable(check.misconception)}", style="cyan"))
    if figures := need_text(check, audience):
        yield _indented(Text(figures))
    if advice := next_step(check):
        yield _indented(Text(advice, style="dim"))
    behind = (
        ("traceback", detail.frames),
        ("output", detail.output),
        ("for the instructor only", detail.instructor),
    )
    for heading, text in behind:
        if text.strip():
            yield _indented(Text(heading, style="dim underline"))
            yield _indented(Text(_cut(printable(text.strip("\n")))))


def _verdict(check: CheckResult) -> Text:
    style = "green" if check.passed else "yellow" if check.status in UNDECIDED else "red"
    if check.status is Status.MISSING:
        style = "magenta"
    return Text(f"{SYMBOLS[check.status]} {LABELS[check.status]}", style=style)


def _heading(result: SubmissionResult) -> Text:
    text = Text(printable(result.title or result.assignment), style="bold")
    return text.append(f" · {result.assignment}" if result.title else "", style="dim")


def _stamp(results: Sequence[SubmissionResult]) -> list[RenderableType]:
    if all(result.sandboxed for result in results):
        return []
    return [Text(UNSANDBOXED, style="bold red"), Text()]


def _indented(text: RenderableType) -> Padding:
    return Padding(text, (0, 0, 0, 6))


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}\n… {len(text) - _LONG} more characters"
