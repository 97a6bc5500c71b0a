"""The class page: its numbers, and what a browser makes of it."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from example_results import CHECKS, FULL, RESULTS, UNDECIDED, passed, submission
from playwright.sync_api import Browser, Page, sync_playwright
from pypdfium2 import PdfDocument

from grader.core.result import Measured, SubmissionResult
from grader.report import classroom
from grader.report.classroom import Spread, class_page, costs, distribution, hardest, spread, verdicts
from grader.report.standing import Standing

TITLE = "Back-propagation by hand"


def classmates(count: int) -> list[SubmissionResult]:
    """A class in which each check is passed more or less often."""
    rng = random.Random(count)
    results = []
    for number in range(count):
        skill = rng.betavariate(3, 1.4)
        checks = [passed(check) if rng.random() < skill else check for check in CHECKS]
        checks = [
            replace(check, measured=Measured(rng.random(), rng.random() / 2, rng.randrange(1, 100) << 20))
            for check in checks
        ]
        name = rng.choice(["anna", "bob", "chen", "fatima"])
        results.append(
            replace(
                submission(f"{name}-{number:03d}.py", tuple(checks)), measured=Measured(2.0, 1.0, 50 << 20)
            )
        )
    return results


def test_distribution_counts_final_scores() -> None:
    """Full marks are in the last bin, provisional scores in none."""
    bins = distribution([*RESULTS, submission("zero.py", (CHECKS[1],))])
    assert [one.low for one in bins] == list(range(0, 100, 10))
    assert [one.count for one in bins] == [1, 1, 0, 0, 1, 0, 0, 0, 0, 1]
    assert sum(one.count for one in distribution([submission("a.py", UNDECIDED)])) == 0


def test_bars_keep_their_proportions() -> None:
    """The fullest bin reaches the top, an empty one has no height, nothing leaves the picture."""
    bars = classroom.bars(distribution(classmates(50)))
    tallest = max(bars, key=lambda bar: bar.count)
    assert tallest.y == classroom.TOP
    assert all(
        bar.height == pytest.approx(tallest.height * bar.count / tallest.count, abs=0.1) for bar in bars
    )
    assert bars[-1].x + bars[-1].width <= classroom.WIDTH
    assert all(bar.height == 0 for bar in classroom.bars(distribution([])))


def test_verdicts_are_counted_over_all_checks() -> None:
    """In the order of the statuses, none that never occurred."""
    counts = dict(verdicts([submission("a.py"), submission("b.py", FULL)]))
    assert counts == {
        "passed": 9, "failed": 2, "error": 1, "timeout": 1, "memory": 1, "crashed": 1, "missing": 1,
    }  # fmt: skip
    by_check = classroom.check_verdicts([submission("a.py"), submission("b.py", FULL)])
    assert by_check["test_sgd"] == (("passed", 1), ("missing", 1))


def test_hardest_checks() -> None:
    """The fewest passes first; what everyone passes is not hard, what nobody could be judged on neither."""
    one_fails = (*FULL[:-1], CHECKS[-1])
    rates = hardest([submission("a.py", one_fails), submission("b.py", FULL)])
    assert [(rate.check.id, rate.percent) for rate in rates] == [("test_crash", 50)]
    assert len(hardest([submission("a.py")])) == classroom.HARDEST
    assert hardest([submission("a.py", UNDECIDED)]) == ()


def test_spread_gives_values_that_occurred() -> None:
    """Nearest rank: half of them at most the median, 95 % at most the second."""
    assert spread([4.0, 1.0, 3.0, 2.0]) == Spread(2.0, 4.0, 4.0)
    assert spread(list(range(1, 101))) == Spread(50, 95, 100)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)
    with pytest.raises(ValueError, match="at least one"):
        spread([])


def test_costs_begin_with_the_whole_submission() -> None:
    """Seconds and MiB, one row a check."""
    whole, *checks = costs([submission("a.py")])
    assert (whole.name, whole.wall.median, whole.peak.largest) == ("whole submission", 1.5, 40.0)
    assert [cost.name for cost in checks] == [check.id for check in CHECKS]
    assert costs([]) == ()


def test_the_page_says_it_all() -> None:
    """Scores, misconceptions with everyone they fit, late work, similar pairs, one row a submission."""
    results = classmates(30)
    page = class_page(
        results,
        title=TITLE,
        standings={results[3].submission: Standing(late="2 days, −20 %")},
        pairs=[(results[0].submission, results[1].submission, 0.914)],
    )
    assert page.count("2 days, −20 %") == 2
    assert "91 %" in page
    fits = [r for r in results if any(c.misconception == "backprop.softmax/no-shift" for c in r.checks)]
    row = re.search(r'<th scope="row" class="id">backprop.softmax/no-shift.*?</tr>', page, re.DOTALL)
    assert row
    assert all(result.submission in row[0] for result in fits)
    assert page == class_page(results, title=TITLE, standings={results[3].submission: Standing(late="2 days, −20 %")},
                              pairs=[(results[0].submission, results[1].submission, 0.914)])  # fmt: skip


def test_the_anonymous_page_names_nobody() -> None:
    """It can be shared: no submission's name, no link to another page, the numbers as before."""
    results = classmates(30)
    late = {
        results[3].submission: Standing(name="Zora Q", late="2 days", mark="1.00", most="20", why="why so")
    }
    similar = [(results[0].submission, results[1].submission, 0.9)]
    page = class_page(results, title=TITLE, standings=late, pairs=similar, anonymous=True)
    assert not [result.submission for result in results if result.submission.removesuffix(".py") in page]
    assert not re.findall(r'href="(?!#)', page)
    assert "Zora" not in page
    assert "<dt>late</dt><dd>1</dd>" in page
    assert "<dt>similar pairs</dt><dd>1</dd>" in page


def test_what_others_wrote_is_escaped() -> None:
    """A name, a title and a lateness are text, and no other script than the page's own may run."""
    nasty = "<script>alert(1)</script>\x1b\u202e"
    page = class_page(
        [submission(nasty)], title=nasty, standings={nasty: Standing(late=nasty)}, pairs=[(nasty, nasty, 1.0)]
    )
    assert page.count("<script") == 1
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "script-src 'sha256-" in page


def test_edges() -> None:
    """An empty class has a page; two assignments have none; unprotected results are stamped."""
    assert "nothing to show yet" in class_page([], title=TITLE)
    with pytest.raises(ValueError, match="one assignment"):
        class_page([RESULTS[0], replace(RESULTS[1], assignment="lenet")], title=TITLE)
    assert "UNSANDBOXED" in class_page([submission("a.py", sandboxed=False)], title=TITLE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, path: Path, scripts: bool = True) -> tuple[Page, list[str]]:
    """The page, and what the browser complained about."""
    page = browser.new_context(java_script_enabled=scripts).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    return page, complaints


def test_tables_sort_and_filter(browser: Browser, tmp_path: Path) -> None:
    """A click on a heading sorts up, another one down; words leave the rows that hold them; Chromium is content."""
    path = tmp_path / "class.html"
    path.write_text(class_page(classmates(60), title=TITLE), encoding="utf-8")
    page, complaints = opened(browser, path)
    scores = page.locator("#submissions tbody td:nth-child(2)")
    heading = page.locator("#submissions th button", has_text="score")
    for turned in (False, True):
        heading.click()
        shown = [float(text.split("–")[0]) for text in scores.all_inner_texts()]
        assert shown == sorted(shown, reverse=turned)
    page.locator("#submissions input").fill("anna")
    visible = page.locator("#submissions tbody tr:visible").all_inner_texts()
    assert 0 < len(visible) < 60
    assert all("anna" in text for text in visible)
    assert page.locator("#submissions output").inner_text() == f"{len(visible)} of 60"
    assert complaints == []


@pytest.mark.parametrize("count", [3, 300])
def test_nothing_is_wider_than_the_window(browser: Browser, tmp_path: Path, count: int) -> None:
    """On a telephone and on a desk, in a small class and a large one."""
    path = tmp_path / "class.html"
    path.write_text(class_page(classmates(count), title=TITLE), encoding="utf-8")
    page, complaints = opened(browser, path)
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []


def test_a_printed_table_names_its_columns_on_every_page(browser: Browser, tmp_path: Path) -> None:
    """The class of sixty on A4: the heading of the last table stands on each page that the table reaches."""
    path = tmp_path / "class.html"
    path.write_text(class_page(classmates(60), title=TITLE), encoding="utf-8")
    page, _ = opened(browser, path)
    with closing(PdfDocument(page.pdf(prefer_css_page_size=True))) as document:
        texts = [one.get_textpage().get_text_range() for one in document]
        assert [round(side) for side in document[0].get_size()] == [595, 842], "A4 in points"
    first = next(number for number, text in enumerate(texts) if "first to mend" in text)
    assert len(texts) - first > 1
    assert all("first to mend" in text for text in texts[first:])


def test_the_page_is_whole_without_scripts(browser: Browser, tmp_path: Path) -> None:
    """Every submission is there, and no control that would do nothing."""
    path = tmp_path / "class.html"
    path.write_text(class_page(classmates(20), title=TITLE), encoding="utf-8")
    page, _ = opened(browser, path, scripts=False)
    assert page.locator("#submissions tbody tr").count() == 20
    assert page.locator("input, button").count() == 0
