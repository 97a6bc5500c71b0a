"""Reports on a terminal and in a pipe."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from example_results import CHECKS, FULL, RESULTS, submission
from rich.console import RenderableType

from grader.report.terminal import feedback, show, table

GOLDEN = Path(__file__).parent / "golden"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def plain(report: RenderableType) -> str:
    out = io.StringIO()
    show(report, out)
    return out.getvalue()


def test_table_in_a_pipe() -> None:
    """The whole table as plain text, byte for byte."""
    assert plain(table(RESULTS)) == (GOLDEN / "table.txt").read_text()


def test_feedback_in_a_pipe() -> None:
    """The whole feedback for the instructor, byte for byte."""
    assert plain(feedback(RESULTS[1])) == (GOLDEN / "feedback.txt").read_text()


def test_no_escape_codes_in_a_pipe() -> None:
    """Plain means no escape at all, not even from what a student printed."""
    for result in RESULTS:
        assert "\x1b" not in plain(feedback(result))


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal there are colours, but never the student's."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    show(feedback(RESULTS[1]), out)
    assert "\x1b[32m" in out.getvalue() or "\x1b[31m" in out.getvalue()
    assert "<1003.2>[31m" in out.getvalue()


def test_lines_are_wrapped() -> None:
    """A long message keeps within the width."""
    long = submission("a.py", (replace(CHECKS[1], message="word " * 200),))
    assert max(map(len, plain(feedback(long)).splitlines())) <= 100


def test_students_see_nothing_of_hidden_checks() -> None:
    """Output, frames and notes of hidden checks are for the instructor."""
    text = plain(feedback(RESULTS[1], "student"))
    assert "SECRET" not in text
    assert "case 1" not in text
    assert "np.exp(S)" in text
    assert "SECRET-OUTPUT" in plain(feedback(RESULTS[1], "instructor"))


def test_repeated_message_is_printed_once() -> None:
    """After a syntax error every check says the same: once is enough."""
    fault = replace(CHECKS[2], message="line 3: invalid syntax")
    broken = [replace(fault, id=check.id) for check in FULL]
    text = plain(feedback(submission("a.py", tuple(broken))))
    assert text.count("line 3: invalid syntax") == 1
    assert text.count("as above") == len(broken)


def test_unsandboxed_is_stamped() -> None:
    """Every table and feedback of an unprotected run says so."""
    loose = submission("a.py", FULL, sandboxed=False)
    assert "UNSANDBOXED" in plain(table([*RESULTS, loose]))
    assert "UNSANDBOXED" in plain(feedback(loose))
    assert "UNSANDBOXED" not in plain(table(RESULTS))


def test_ascii_terminal() -> None:
    """An encoding without our symbols loses symbols, not the report."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii", write_through=True) as out:
        show(table(RESULTS), out)
        assert b"bob.zip" in raw.getvalue()


def test_markup_of_others_is_text() -> None:
    """Square brackets in names are no markup."""
    assert "[red]x[/nope].py" in plain(table([submission("[red]x[/nope].py", FULL)]))


def test_no_submissions() -> None:
    """An empty list is a sentence."""
    assert "no submissions" in plain(table([]))
