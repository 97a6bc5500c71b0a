"""Reports as HTML: one self-contained page a submission, and an overview of the class for the instructor.

Students' and instructors' pages lie in separate folders. Everything that others wrote is escaped by the
template engine and stripped of control characters on its way out; no page loads or runs anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.core.result import SubmissionResult, decimal, hundredths
from grader.core.text import printable
from grader.report import figures, wording
from grader.report.pages import check_rates, class_summary, coded, misconception_counts, page_names, prose
from grader.report.wording import Audience

_TEMPLATES = Path(__file__).parent / "templates"


def write_html(
    results: Sequence[SubmissionResult], folder: Path, audience: Audience | Literal["both"] = "both"
) -> list[Path]:
    """Write the pages of one assignment below folder and return their paths.

    ``student/<submission>.html`` holds nothing of a hidden check but its title, verdict and message;
    ``instructor/index.html`` is the class, and beside it lies one page a submission with all details.
    Raises ValueError if the results are of several assignments, OSError if a page cannot be written.
    """
    pages: dict[str, str] = {}
    if audience in ("student", "both"):
        pages.update({f"student/{name}": page for name, page in student_pages(results).items()})
    if audience in ("instructor", "both"):
        pages.update({f"instructor/{name}": page for name, page in instructor_pages(results).items()})
    written = []
    for name, page in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page.encode())
        written.append(path)
    return written


def student_pages(results: Sequence[SubmissionResult]) -> dict[str, str]:
    """File name → page, one a submission."""
    template = _environment().get_template("submission.html.j2")
    return {
        f"{name}.html": template.render(_submission(result, "student"))
        for name, result in zip(page_names(results), results, strict=True)
    }


def instructor_pages(results: Sequence[SubmissionResult]) -> dict[str, str]:
    """File name → page: the index, then one a submission."""
    if len({result.assignment for result in results}) > 1:
        raise ValueError("one set of pages is about one assignment; write each assignment to its own folder")
    environment, names = _environment(), page_names(results)
    index = environment.get_template("index.html.j2").render(
        rows=[
            {"page": f"{name}.html", "result": result, "score": result.score()}
            for name, result in zip(names, results, strict=True)
        ],
        summary=class_summary(results),
        rates=check_rates(results),
        misconceptions=misconception_counts(results),
        sandboxed=all(result.sandboxed for result in results),
    )
    template = environment.get_template("submission.html.j2")
    pages = {
        f"{name}.html": template.render(_submission(result, "instructor"))
        for name, result in zip(names, results, strict=True)
    }
    return {"index.html": index, **pages}


def _submission(result: SubmissionResult, audience: Audience) -> dict[str, object]:
    return {
        "result": result,
        "score": result.score(),
        "audience": audience,
        "first": wording.first_to_mend(result.checks),
        "groups": [
            (name, [check for check in result.checks if check.visibility == name])
            for name in ("public", "hidden")
        ],
        "sandboxed": result.sandboxed,
    }


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        # the one place where every value passes on its way into a page
        finalize=lambda value: printable(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(prose=prose, coded=coded)
    environment.globals.update(
        figures=figures,
        wording=wording,
        labels=wording.LABELS,
        symbols=wording.SYMBOLS,
        decimal=decimal,
        hundredths=hundredths,
        points=wording.points,
    )
    return environment
