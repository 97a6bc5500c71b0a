"""The README and the documents say what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader import checks
from grader.cli.main import _COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    """A command that is not in the README does not exist for a newcomer."""
    assert f"grader {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a document has its target in the repository."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_what_checks_import_is_documented() -> None:
    """Each name that check files may import is explained in docs/writing-checks.md."""
    text = (ROOT / "docs" / "writing-checks.md").read_text(encoding="utf-8")
    assert [name for name in checks.__all__ if name not in text] == []


def test_module_entry_is_the_console_script() -> None:
    """``python -m grader`` prints the same help as ``grader``."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", "--help"], capture_output=True, text=True, check=True
    )
    assert "grader grade backprop" in done.stdout


@pytest.mark.slow
def test_the_table_of_the_demo_is_what_it_prints() -> None:
    """Marks, verdicts and mistakes of the submissions that the README shows, line by line."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [
        line.rstrip() for line in readme.partition("\nsubmission  ")[2].partition("\n...")[0].split("\n")[2:]
    ]
    examples = ROOT / "reference" / "backprop" / "submissions"
    paths = [examples / line.split()[0] for line in shown if not line.startswith(" ")]
    command = [sys.executable, "-m", "grader", "grade", "backprop", *map(str, paths)]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    assert len(paths) >= 8
    assert shown == [line.rstrip() for line in printed.splitlines() if line][-len(shown) :]
