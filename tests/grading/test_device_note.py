"""What a report says of CPU and GPU."""

from __future__ import annotations

import pytest

from grader.grading.device_note import device_note

NONE = "no GPU found (no NVIDIA driver)"
CARD = {"GPU-1": "Tester 3000"}


@pytest.mark.parametrize(
    ("on_gpu", "refused", "required", "told"),
    [
        ([], {}, False, ""),
        (["test_a"], {}, True, "test_a ran on a GPU, as the assignment asks: Tester 3000 (GPU-1)."),
        (
            ["test_a"],
            {"test_b": "too small"},
            False,
            "test_a ran on a GPU, as the assignment asks: Tester 3000 (GPU-1). "
            "test_b ran on the CPU, not on a GPU, at the reduced size that the assignment has for this: "
            "it costs no points. Why: too small.",
        ),
        (
            [],
            {"test_a": NONE, "test_b": NONE},
            False,
            "test_a and test_b ran on the CPU, not on a GPU, at the reduced size that the assignment has for this: "
            f"it costs no points. Why: {NONE}.",
        ),
        (
            [],
            {"test_a": NONE, "test_b": NONE, "test_c": NONE},
            True,
            "3 checks were not run for want of a GPU; nothing is lost, they run where there is one. "
            f"Why: {NONE}.",
        ),
    ],
)
def test_where_checks_ran_and_why(
    on_gpu: list[str], refused: dict[str, str], required: bool, told: str
) -> None:
    """By name, or by number where there are many, and what it means for the mark."""
    assert device_note(on_gpu, CARD if on_gpu else {}, refused, required) == told


def test_a_device_that_did_not_come_back() -> None:
    """Stands last."""
    assert device_note(["test_a"], CARD, {}, False, ["GPU-1: GPU is lost"]).endswith(
        "Tester 3000 (GPU-1). Set aside: GPU-1: GPU is lost."
    )
