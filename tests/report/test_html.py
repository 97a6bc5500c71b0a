"""HTML pages: whole, safe, self-contained."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from example_results import CHECKS, FULL, RESULTS, submission

from grader.core.result import Detail, Measured
from grader.report.html import instructor_pages, student_pages, write_html
from grader.report.pages import check_rates, class_summary, misconception_counts, page_names, prose
from grader.report.standing import Standing

GOLDEN = Path(__file__).parent / "golden"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=y>\x1b[31m\u202e{{ 7*7 }}"


class Outline(HTMLParser):
    """Tags, attributes and headings of a page; complains about tags that are not closed."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def every_page() -> dict[str, str]:
    nasty = replace(
        CHECKS[1], title=NASTY, message=NASTY + "\n  " + NASTY + "`" + NASTY + "`",
        misconception=NASTY, detail=Detail(NASTY, NASTY, NASTY),
    )  # fmt: skip
    results = [*RESULTS, replace(submission(NASTY, (nasty, *CHECKS[2:])), title=NASTY, notes=(NASTY,))]
    pages = {f"s/{name}": page for name, page in student_pages(results).items()}
    return pages | {f"i/{name}": page for name, page in instructor_pages(results).items()}


def test_student_page() -> None:
    """A whole student page, byte for byte."""
    assert student_pages([RESULTS[1]])["bob.zip.html"] == (GOLDEN / "student.html").read_text()


def test_pages_are_well_formed_and_load_nothing() -> None:
    """Tags are closed, headings descend by one, links stay in the folder; the class has a script, nobody else."""
    for name, page in every_page().items():
        outline = Outline(page)
        assert "img" not in outline.tags
        assert outline.tags.count("script") == (name == "i/index.html")
        assert outline.tags.count("h1") == 1
        levels = [int(tag[1]) for tag in outline.tags if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert not [link for link in outline.links if ":" in link or link.startswith(("/", "."))]
        assert "default-src 'none'; style-src 'unsafe-inline'" in page


def test_what_others_wrote_is_escaped_and_stripped() -> None:
    """No markup and no control characters of others survive; their template code is shown, not run."""
    assert sum("{{ 7*7 }}" in page for page in every_page().values()) == 3
    for name, page in every_page().items():
        assert page.count("<script") == (name == "i/index.html")
        assert "<img" not in page
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)


def test_students_see_nothing_of_hidden_checks() -> None:
    """Output, frames and instructor's text of hidden checks are absent from everything under student/."""
    for page in student_pages(RESULTS).values():
        assert "SECRET" not in page
        assert "case 1" not in page
    text = instructor_pages(RESULTS)["bob.zip.html"]
    assert all(word in text for word in ("SECRET-OUTPUT", "SECRET-FRAMES", "SECRET-INSTRUCTOR", "case 1"))


def test_pages_start_with_the_score_then_what_to_do() -> None:
    """Score, then the first failing check, then all checks."""
    page = student_pages([RESULTS[1]])["bob.zip.html"]
    places = [page.index(text) for text in ("4.66", "Start here", "Public checks", "Hidden checks")]
    assert places == sorted(places)


def test_measured_values_stay_in_their_section() -> None:
    """Another run with other times changes the sections that say so, which only instructors have.

    A memory verdict has its figures beside it: those are kept.
    """
    slow = [
        replace(
            result,
            measured=Measured(9.0, 8.0, 7 << 20),
            checks=tuple(
                check if check.reason == "memory" else replace(check, measured=Measured(6.0, 5.0, 4 << 20))
                for check in result.checks
            ),
        )
        for result in RESULTS
    ]
    assert student_pages(slow) == student_pages(RESULTS)
    before, after = instructor_pages(RESULTS), instructor_pages(slow)
    assert all(before[name] != after[name] for name in before)
    cut = re.compile(r"<h2>[^<]*<small>differs from run to run.*?</section>", re.DOTALL)
    assert {k: cut.sub("", v) for k, v in before.items()} == {k: cut.sub("", v) for k, v in after.items()}


def test_unsandboxed_is_stamped_on_every_page() -> None:
    """One unprotected result stamps its pages and the index."""
    loose = [submission("a.py", FULL, sandboxed=False)]
    pages = [*student_pages(loose).values(), *instructor_pages([*RESULTS, *loose]).values()]
    assert ["UNSANDBOXED" in page for page in pages] == [True, True, False, False, False, False, True]


def test_write_html(tmp_path: Path) -> None:
    """Students' and instructors' pages lie apart; a second run gives the same bytes."""
    written = write_html(RESULTS, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        *(f"student/{name}.html" for name in page_names(RESULTS)),
        "instructor/index.html",
        *(f"instructor/{name}.html" for name in page_names(RESULTS)),
    ]
    first = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in write_html(RESULTS, tmp_path)] == first
    only = write_html(RESULTS, tmp_path / "s", "student")
    assert {path.parent.name for path in only} == {"student"}
    assert not (tmp_path / "s" / "instructor").exists()


def test_the_class_tells_of_late_work_and_similar_pairs(tmp_path: Path) -> None:
    """Only the instructor's index does, and it leads to the pairs' pages."""
    pairs = [(RESULTS[0].submission, RESULTS[1].submission, 0.914)]
    written = write_html(
        RESULTS, tmp_path, standings={RESULTS[1].submission: Standing(late="2 days")}, pairs=pairs
    )
    telling = [path for path in written if "91 %" in path.read_text()]
    assert telling == [tmp_path / "instructor" / "index.html"]
    (page,) = (path.read_text() for path in telling)
    assert page.count("2 days") == 2
    assert 'href="similar.html"' in page
    assert "similar.html" not in instructor_pages(RESULTS)["index.html"]


def test_page_names_are_safe_and_unique() -> None:
    """No traversal, no reserved names, no collision whatever the case."""
    given = ["../../etc/passwd", "..", "", "CON", "aux.py", "nul", "index", "Index", "a.py", "A.PY", "a.py"]
    given += [
        "a.py-2",
        "张伟.zip",
        "x" * 300,
        "é" * 200,
        "a b/c\\d:e\x00f",
        ".hidden",
        "trailing. ",
        "com1.txt",
        "Similar",
    ]
    names = page_names([submission(name) for name in given])
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[\w-][\w.-]*[\w-]|[\w-]", name), name
        assert len(f"{name}.html".encode()) <= 120
        assert not re.match(r"(?i)(con|aux|nul|com1)(\.|$)", name)
        assert name.casefold() not in ("index", "similar")
    assert names[8:11] == ["a.py", "A.PY-2", "a.py-3"]
    assert names[12] == "张伟.zip"


def test_several_assignments_are_refused(tmp_path: Path) -> None:
    """A class table of two assignments would average apples and pears."""
    with pytest.raises(ValueError, match="one assignment"):
        write_html([RESULTS[0], replace(RESULTS[1], assignment="lenet")], tmp_path)


def test_no_submissions() -> None:
    """An empty class still has a page."""
    assert "nothing to show yet" in instructor_pages([])["index.html"]


def test_class_summary_leaves_provisional_scores_out() -> None:
    """Mean and median are of final scores."""
    summary = class_summary(RESULTS)
    assert (summary.count, summary.provisional, summary.full) == (4, 1, 1)
    assert summary.mean == pytest.approx((35 + 4.66 + 14) / 3)
    assert class_summary([RESULTS[2]]).mean is None


def test_check_rates() -> None:
    """Pass rates count decided checks only; nothing is rounded up to 100 %."""
    rates = {rate.check.id: rate for rate in check_rates(RESULTS)}
    assert rates["test_forward"].percent == 33
    assert rates["test_forward"].others == (("error", 2), ("grader error", 1))
    many = [submission("a", FULL)] * 300 + [submission("b")]
    assert {rate.check.id: rate.percent for rate in check_rates(many)}["test_xor"] == 99


def test_misconceptions_are_ranked_by_students() -> None:
    """One student counts once."""
    counts = misconception_counts(RESULTS)
    assert [(item.id, item.students, item.checks) for item in counts] == [
        ("backprop.softmax/no-shift", (1, 3), ("test_softmax_large",)),
        ("backprop.softmax_ce_backward/no-mean", (1,), ("test_gradient",)),
    ]


def test_prose() -> None:
    """Backticks are code, indented lines keep their blanks, blank lines part paragraphs."""
    assert prose("a `b<` c\nd\n\ne\n    f\n  ^\ng") == (
        "<p>a <code>b&lt;</code> c<br>d</p>\n<p>e</p>\n<pre>    f\n  ^</pre>\n<p>g</p>"
    )
    assert prose("") == ""
