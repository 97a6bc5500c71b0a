"""Marks made elsewhere: what is read, what is left out, what is refused."""

from __future__ import annotations

import pytest

from grader.core.errors import UsageError
from grader.gradebook.marks_file import parse_points, read_marks


def test_points_are_read_to_the_nearest_hundredth_and_never_guessed() -> None:
    """``1,000`` may be one or a thousand: it is refused."""
    assert [parse_points(text, "p") for text in ("7", "7.5", "7,25", " 6.666 ", "0.005")] == [
        700,
        750,
        725,
        667,
        1,
    ]
    for text in ("1,000", "1e3", "inf", "-1", "", "+1", "٣"):
        with pytest.raises(UsageError, match="p: expected points such as"):
            parse_points(text, "p")


def test_our_own_export_can_be_imported() -> None:
    """Rows of another assignment are passed over; a student with two marks is refused."""
    data = b"id,assignment,score,max\r\nann,a,7.50,10.00\r\nann,b,1.00,10.00\r\nbob,a,,10.00\r\n"
    made = read_marks(data, "marks.csv", "a")
    assert (made.marks, made.notes) == ({"ann": (750, 1000)}, ("bob: no score, so nothing was imported",))
    with pytest.raises(UsageError, match=r"marks\.csv: ann: expected one mark for each student, got two"):
        read_marks(data.replace(b",b,", b",a,"), "marks.csv", "a")
    with pytest.raises(UsageError, match=r"marks\.csv: ann: score: expected points from 0 to 5, got 7\.5"):
        read_marks(data, "marks.csv", "a", most=500)
