"""What every page of ours has in common, whatever it shows: nothing unprintable gets in, no script but its own runs."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.core.text import printable


def page_environment(templates: Path) -> Environment:
    """The templates in a folder. What others wrote is escaped and printable; a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        # the one place where every value passes on its way into a page
        finalize=lambda value: printable(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def script_source(script: str) -> str:
    """What a page's policy has to name so that this inline script runs. Source: CSP Level 3, hash-source."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
