"""Two submissions side by side: every line once, matches beside each other, nothing of others runs."""

from __future__ import annotations

import pytest

from grader.core.similar import Match, Pair, Place
from grader.report import similar
from grader.report.similar import Row, side_by_side, similar_page

ONE = {"a.py": "import os\n\ndef f(x):\n    return x + 1\n\nprint(f(2))\n", "b.py": "y = 1\n"}
OTHER = {"z.py": "def g(y):\n    return y + 3\nlast = 4\n"}
PAIR = Pair("anna", "bob", 0.5, (Match(Place("a.py", 3, 4), Place("z.py", 1, 2)),))
SOURCES = {"anna": ONE, "bob": OTHER}


def shown(row: Row) -> tuple[list[int] | None, list[int] | None]:
    """The numbers of the lines on each side."""
    one, other = (side and [number for number, _ in side.lines] for side in (row.one, row.other))
    return one, other


def test_rows_follow_the_first_submission() -> None:
    """Its lines in order, matches beside them, then what only the other has; empty ends are left out."""
    assert [shown(row) for row in side_by_side(PAIR, ONE, OTHER)] == [
        ([1], None),
        ([3, 4], [1, 2]),
        ([6], None),
        ([1], None),
        (None, [3]),
    ]


def test_no_line_is_lost() -> None:
    """Each written line of both stands in some row, whatever the matches; matches may cross or share a line."""
    one, other = ({"a.py": "\n".join(f"{who} = {n}" for n in range(20))} for who in ("x", "y"))
    places = [((3, 5), (10, 12)), ((5, 9), (2, 6)), ((18, 20), (20, 20))]
    matched = tuple(Match(Place("a.py", *left), Place("a.py", *right)) for left, right in places)
    rows = [shown(row) for row in side_by_side(Pair("x", "y", 1.0, matched), one, other)]
    for side in (0, 1):
        assert {number for row in rows for number in row[side] or ()} == set(range(1, 21))


def test_pages() -> None:
    """An index that links a page for each pair, both with the caution; titles stand for names."""
    pages = similar_page([PAIR], SOURCES, {"anna": "Anna A."})
    assert list(pages) == ["similar.html", "similar-0001.html"]
    index, page = pages.values()
    assert 'href="similar-0001.html"' in index
    assert 'href="similar.html"' in page
    for text in pages.values():
        assert "Anna A." in text
        assert "50 %" in text
        assert "Likeness is no proof" in text
    assert "<i>4</i>    return x + 1</pre>" in page
    assert similar_page([PAIR], SOURCES, {"anna": "Anna A."}) == pages


def test_no_pairs() -> None:
    """A class without pairs has an index that says so."""
    (page,) = similar_page([], SOURCES).values()
    assert "2 submissions were compared; 0 pairs stand out" in page
    assert "No two are alike beyond chance." in page


def test_code_of_others_is_text() -> None:
    """Markup and control characters in a submission neither run nor steer; a pair's page allows no script at all."""
    nasty = {"<b>.py": "x = '<script>alert(1)</script>\x1b[2J\u202e'\n</pre><img src=x>"}
    pair = Pair("<i>", "bob", 1.0, (Match(Place("<b>.py", 1, 2), Place("z.py", 1, 2)),))
    index, page = similar_page([pair], {"<i>": nasty, "bob": OTHER}).values()
    assert "<script" not in page
    assert "script-src" not in page
    assert index.count("<script") == 1
    for text in (index, page):
        assert "<img" not in text
        assert "<i>.py" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_very_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a pair is listed without a page of its own."""
    monkeypatch.setattr(similar, "MOST", 2)
    pages = similar_page([PAIR] * 3, SOURCES)
    assert len(pages) == 3
    assert pages["similar.html"].count("no page") == 1
