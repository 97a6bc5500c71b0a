"""How a page is made: the templates, the one environment that renders them, and the script that a page may run."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.core.result import decimal, hundredths
from grader.core.text import printable
from grader.report import figures, wording
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
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Script(Markup(text), Markup(f"; script-src 'sha256-{digest}'"))


@cache
def environment() -> Environment:
    """The templates with the words and pictures they use. Whatever others wrote is escaped and printable.

    One for all pages: a template is compiled at its first use.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        # the one place where every value passes on its way into a page
        finalize=lambda value: printable(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
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
