"""What check files import. See docs/writing-checks.md."""

from grader.checks import drive, training
from grader.checks.assertions import agree, as_reference, close, ensure, pure, raises, redraw
from grader.checks.marks import points
from grader.checks.misconception import misconception, stateful
from grader.checks.numeric import gradcheck, loss_of, memory_below
from grader.checks.speed import faster_than

__all__ = [
    "agree",
    "as_reference",
    "close",
    "drive",
    "ensure",
    "faster_than",
    "gradcheck",
    "loss_of",
    "memory_below",
    "misconception",
    "points",
    "pure",
    "raises",
    "redraw",
    "stateful",
    "training",
]
