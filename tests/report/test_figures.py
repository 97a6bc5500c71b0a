"""Curves and matrices as figures: everything inside the picture, every case drawn, and what a page shows of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from grader.core.accuracy import count
from grader.core.evidence import Confusion, Curves
from grader.report.figures import HEIGHT, WIDTH, Matrix, Plot, figure, summary
from grader.report.html import instructor_pages, student_pages

from .example_results import RESULTS

GOLDEN = Path(__file__).parent / "golden"
VALUES = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40).map(tuple)
CURVES = Curves(
    "Loss", "epoch", "loss", {"train_loss": (2.0, 1.0, None, 0.5, 0.4), "val_loss": (1.5, 0.9, 0.8)}
)
MATRIX = Confusion("Hidden images", count([0, 0, 1, 1], [0, 1, 1, 1], ("cat", "<dog>")), 0.9)


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), VALUES, max_size=5))
def test_every_point_lies_inside(lines: dict[str, tuple[float | None, ...]]) -> None:
    """Whatever a submission reports, ticks and points stay in the area, and missing values are gaps."""
    plot = figure(Curves("t", "epoch", "loss", lines))
    assert isinstance(plot, Plot)
    left, top, right, bottom = plot.box
    assert (left >= 0, top >= 0, right <= WIDTH, bottom <= HEIGHT) == (True,) * 4
    for line in plot.lines:
        assert len(line.dots) == sum(value is not None for value in lines[line.name])
        assert all(left <= x <= right and top - 0.1 <= y <= bottom + 0.1 for x, y in line.dots)
    assert 2 <= len(plot.y_ticks) <= 9
    assert len({text for _, text in plot.y_ticks}) == len(plot.y_ticks)


def test_names_do_not_cover_each_other() -> None:
    """Lines that end at one value have their names below one another."""
    plot = figure(Curves("t", "epoch", "loss", {name: (1.0, 0.5) for name in "abc"}))
    assert isinstance(plot, Plot)
    heights = [line.name_y for line in plot.lines]
    assert all(after - before >= 14 for before, after in pairwise(heights))


def test_the_matrix_says_what_was_confused() -> None:
    """Shade is the share of the row; the pairs and the interval stand in words."""
    drawn = figure(MATRIX)
    assert isinstance(drawn, Matrix)
    assert [cell[2:] for cell in drawn.cells] == [
        (0.5, 1, True),
        (0.5, 1, False),
        (0.0, 0, False),
        (1.0, 2, True),
    ]
    assert drawn.pairs == ("cat taken for <dog>: 1",)
    assert summary(MATRIX) == "accuracy 0.750 on 4 images (95 % interval 0.301 to 0.954), asked for 0.900"
    assert summary(CURVES) == "train_loss 2.000 to 0.400, val_loss 1.500 to 0.800 over 5 epochs"
    assert summary(Curves("t", "epoch", "loss", {})) == "no number was reported over 0 epochs"


def test_a_page_draws_them() -> None:
    """Both audiences see the figures as well-formed SVG, also for a passed check; a whole page, byte for byte."""
    first, *others = RESULTS[1].checks
    result = replace(RESULTS[1], checks=(replace(first, evidence=(CURVES, MATRIX)), *others))
    page = student_pages([result])["bob.zip.html"]
    assert page == (GOLDEN / "training.html").read_text()
    assert "&lt;dog&gt;" in page
    assert "<dog>" not in page
    for text in (page, instructor_pages([result])["bob.zip.html"]):
        pictures = [part.partition("</svg>")[0] for part in text.split("<svg")[1:]]
        assert len(pictures) == 2
        for picture in pictures:
            ET.fromstring(f"<svg{picture}</svg>")
