"""Reports as HTML: one self-contained page a submission, and a page of the class for the instructor.

Students' and instructors' pages lie in separate folders. Everything that others wrote is escaped by the
template engine and stripped of control characters on its way out; no page loads anything, and none but the page of
the class runs a script, its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from grader.core.result import SubmissionResult
from grader.report import wording
from grader.report.classroom import class_page
from grader.report.pages import page_names
from grader.report.similar import INDEX
from grader.report.standing import Standing
from grader.report.template import environment
from grader.report.wording import Audience


def write_html(
    results: Sequence[SubmissionResult],
    folder: Path,
    audience: Audience | Literal["both"] = "both",
    *,
    standings: Mapping[str, Standing] | None = None,
    pairs: Sequence[tuple[str, str, float]] = (),
    pairs_page: str = INDEX,
) -> list[Path]:
    """Write the pages of one assignment below folder and return their paths.

    ``student/<submission>.html`` holds nothing of a hidden check but its title, verdict and message;
    ``instructor/index.html`` is the class, and beside it lies one page a submission with all details.
    standings: submission → what the gradebook says of it. pairs, pairs_page: for the page of the class, see
    `class_page`; the pages of the pairs, `similar_page`, are the caller's to write.
    Raises ValueError if the results are of several assignments, OSError if a page cannot be written.
    """
    pages: dict[str, str] = {}
    if audience in ("student", "both"):
        pages.update({f"student/{name}": page for name, page in student_pages(results, standings).items()})
    if audience in ("instructor", "both"):
        made = instructor_pages(results, standings=standings, pairs=pairs, pairs_page=pairs_page)
        pages.update({f"instructor/{name}": page for name, page in made.items()})
    written = []
    for name, page in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page.encode())
        written.append(path)
    return written


def student_pages(
    results: Sequence[SubmissionResult], standings: Mapping[str, Standing] | None = None
) -> dict[str, str]:
    """File name → page, one a submission."""
    return _submissions(results, "student", standings or {})


def instructor_pages(
    results: Sequence[SubmissionResult],
    *,
    standings: Mapping[str, Standing] | None = None,
    pairs: Sequence[tuple[str, str, float]] = (),
    pairs_page: str = INDEX,
) -> dict[str, str]:
    """File name → page: the class, then one a submission. standings, pairs, pairs_page: see `class_page`."""
    title = (results[0].title or results[0].assignment) if results else "No submissions"
    index = class_page(results, title=title, standings=standings, pairs=pairs, pairs_page=pairs_page)
    return {"index.html": index, **_submissions(results, "instructor", standings or {})}


def _submissions(
    results: Sequence[SubmissionResult], audience: Audience, standings: Mapping[str, Standing]
) -> dict[str, str]:
    template = environment().get_template("submission.html.j2")
    return {
        f"{name}.html": template.render(
            _submission(result, audience), standing=standings.get(result.submission, Standing())
        )
        for name, result in zip(page_names(results), results, strict=True)
    }


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
