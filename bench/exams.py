"""An exam for 200 students; and the same number of questions by auto-multiple-choice, where it is installed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from bench import meter
from bench.table import Row

_STUDENTS = 200
_COPIES = 50
_BLUEPRINT = "question_bank/blueprints/midterm.yaml"
_QUESTION = r"""
\element{all}{\begin{question}{q%d}
An image of $%d\times%d$ pixels goes through a convolution with a $%d\times%d$ kernel, padding $1$ on every side and
stride $2$. How many pixels does a side of the output have?
\begin{choices}\correctchoice{$%d$ pixels}\wrongchoice{$%d$ pixels}\wrongchoice{$%d$ pixels}\wrongchoice{$%d$ pixels}
\end{choices}\end{question}}
"""
_SOURCE = r"""\documentclass[a4paper]{article}
\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}\usepackage[box,completemulti]{automultiplechoice}
\begin{document}
%s
\onecopy{%d}{\noindent\textbf{Midterm}\hfill\namefield{\fbox{Name: \hspace{6cm}}}\par
\shufflegroup{all}\insertgroup{all}}
\end{document}
"""


def exams(count: int) -> list[Row]:
    """Forms, papers, answer sheets and keys; then the solutions; then the peer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = "".join(f"s{number:03d},Student Number {number}\n" for number in range(_STUDENTS))
        (folder / "roster.csv").write_text("id,name\n" + names)
        (folder / "secret").write_text("a secret of the bench, nothing else")
        build = [
            sys.executable,
            "-m",
            "grader",
            "exam",
            "build",
            _BLUEPRINT,
            "--roster",
            str(folder / "roster.csv"),
        ]
        build += ["--secret-file", str(folder / "secret"), "--out", str(folder / "exam"), "--jobs", "2"]
        with _Peak() as peak:
            made = meter.run(build)
        solved = meter.run([*build, "--solutions"])
        what = f"{_STUDENTS} forms of 20 questions, papers, sheets, keys"
        each = made.cpu / _STUDENTS
        rows = [
            Row(what, made.wall, " s", 15, True, f"{made.cpu:.1f} CPU s, 2 processes"),
            Row("the same, CPU a form", each, " s", 0.1, True),
            Row("the same, memory of all processes at its peak", peak.most / (1 << 30), " GiB", 1, True),
            Row("their solutions", solved.wall, " s", 15, True, f"{solved.cpu:.1f} CPU s"),
        ]
        copy = _peer(folder)
        if copy is not None:
            detail = f"{copy:.3f} against {each:.3f} CPU s; {_COPIES} copies of 20 questions, one set of parameters"
            rows.append(Row("auto-multiple-choice, a copy / a form", copy / each, "×", None, False, detail))
        return rows


def _peer(folder: Path) -> float | None:
    """CPU seconds of auto-multiple-choice for a copy; None where it is not installed."""
    if shutil.which("auto-multiple-choice") is None:
        return None
    sizes = [(20 + number, 3 + 2 * (number % 3)) for number in range(20)]
    questions = "".join(
        _QUESTION % (number, n, n, k, k, (n + 2 - k) // 2 + 1, n, n // 2 + 3, n - k + 1)
        for number, (n, k) in enumerate(sizes)
    )
    (folder / "amc.tex").write_text(_SOURCE % (questions, _COPIES))
    for part in ("data", "out"):
        (folder / part).mkdir()
    command = [
        "auto-multiple-choice",
        "prepare",
        "--mode",
        "s",
        "--prefix",
        f"{folder}/",
        "--with",
        "pdflatex",
    ]
    command += ["--data", str(folder / "data"), "--out-sujet", str(folder / "out" / "sheet.pdf")]
    command += [
        "--out-corrige",
        str(folder / "out" / "key.pdf"),
        "--out-calage",
        str(folder / "out" / "a.xy"),
    ]
    used = meter.run([*command, str(folder / "amc.tex")])
    return used.cpu / _COPIES if (folder / "out" / "sheet.pdf").exists() else None


class _Peak:
    """The most memory (PSS, bytes) that the processes started meanwhile used together, looked at ten times a second."""

    def __enter__(self) -> _Peak:
        self.most, self._stop = 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            self.most = max(self.most, sum(_pss(child) for child in _descendants(os.getpid())))


def _descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            of = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it ended just now
        children.setdefault(of, []).append(int(path.parent.name))
    found, left = [], [parent]
    while left:
        new = children.get(left.pop(), [])
        found += new
        left += new
    return found


def _pss(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)
