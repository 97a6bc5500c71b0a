"""How a page is made: the templates, the one environment that renders them, and the script that a page may run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from grader.core.result import decimal, hundredths
from grader.report import figures, wording
from grader.report.environment import page_environment, script_source
from grader.report.pages import coded, prose

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Script:
    """A script for a page, and what the page's policy has to say so that this one and no other runs."""

    text: str = ""
    policy: str = ""


NO_SCRIPT = Script()


def table_script() -> Script:
    """What sorts and filters the tables of a page."""
    text = (TEMPLATES / "class_script.js.j2").read_text(encoding="utf-8")
    return Script(Markup(text), Markup(f"; script-src {script_source(text)}"))


@cache
def environment() -> Environment:
    """The templates with the words and pictures they use. Whatever others wrote is escaped and printable.

    One for all pages: a template is compiled at its first use.
    """
    made = page_environment(TEMPLATES)
    made.filters.update(prose=prose, coded=coded)
    made.globals.update(
        figures=figures,
        wording=wording,
        labels=wording.LABELS,
        symbols=wording.SYMBOLS,
        decimal=decimal,
        hundredths=hundredths,
        points=wording.points,
        script=NO_SCRIPT,
    )
    return made
