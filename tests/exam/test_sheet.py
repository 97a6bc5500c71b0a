"""The answer sheet's geometry: every mark on the page, apart from the others; the same on paper and in sheet.json."""

from __future__ import annotations

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import GraderError
from grader.exam import sheet


@given(
    st.sampled_from(sorted(sheet.PAPER)),
    st.sampled_from(sorted(sheet.EDITIONS)),
    st.lists(st.integers(2, 8), min_size=1, max_size=200),
)
def test_every_bubble_is_there_once_inside_and_apart(paper: str, edition: str, options: list[int]) -> None:
    """For any exam: each option of each question has one bubble, 5 mm from the edge, 2 mm from every other mark."""
    pages = sheet.lay_out(paper, edition, options)
    answers = [(one.row, one.value) for page in pages for one in page.bubbles if one.field == "answer"]
    assert sorted(answers) == sorted(
        (n, "ABCDEFGH"[i]) for n, count in enumerate(options, 1) for i in range(count)
    )
    codes = [(one.row, one.value) for one in pages[0].bubbles if one.field == "code"]
    assert sorted(codes) == sorted((place, str(digit)) for place in range(1, 7) for digit in range(10))
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        centres = [(one.x, one.y) for one in page.bubbles]
        assert all(x - page.radius >= 5 and x + page.radius <= page.width - 5 for x, _ in centres)
        assert all(y - page.radius >= 5 and y + page.radius <= page.height - 5 for _, y in centres)
        nearest = (
            min(math.dist(one, other) for i, one in enumerate(centres) for other in centres[:i])
            if centres[1:]
            else 9
        )
        assert nearest - 2 * page.radius >= 2 - 1e-9


def test_three_corners_are_full_and_one_is_hollow() -> None:
    """A sheet that lies upside down is known by its hollow corner."""
    (page,) = sheet.lay_out("a4", "standard", [4] * 20)
    assert [(one.x < 100, one.y < 100) for one in page.corners if one.hollow] == [(False, False)]
    assert len(page.corners) == 4


@pytest.mark.parametrize(("dx", "dy"), [(-20.0, 0.0), (0.0, 300.0), (1.0, 0.0)])
def test_marks_that_a_camera_could_not_read_are_refused(dx: float, dy: float) -> None:
    """A bubble off the page, or on another one, stops the build."""
    (page,) = sheet.lay_out("a4", "standard", [4] * 20)
    first = msgspec.structs.replace(page.bubbles[-1], x=page.bubbles[-2].x + dx, y=page.bubbles[-1].y + dy)
    with pytest.raises(GraderError, match="answer sheet: "):
        sheet.check(msgspec.structs.replace(page, bubbles=(*page.bubbles[:-1], first)))
    beside = msgspec.structs.replace(page.bubbles[-1], x=page.qr.x, y=page.qr.y)
    with pytest.raises(GraderError, match="too near to a corner or the QR code"):
        sheet.check(msgspec.structs.replace(page, bubbles=(beside,)))


def test_the_code_checks_itself_and_the_file_says_what_it_holds() -> None:
    """QR text: exam, form, page and four digits over them; sheet.json has unit, origin and both editions."""
    text = sheet.payload("midterm", "012345", 2)
    assert text.startswith("midterm:012345:2:")
    assert text != sheet.payload("midterm", "012346", 2)[: len(text)]
    pages = {name: sheet.lay_out("a4", name, [4] * 5) for name in sheet.EDITIONS}
    found = json.loads(sheet.geometry(pages))
    assert (found["unit"], found["origin"], sorted(found["editions"])) == (
        "mm",
        "upper left",
        ["large", "standard"],
    )
    assert found["editions"]["large"][0]["radius"] > found["editions"]["standard"][0]["radius"]
