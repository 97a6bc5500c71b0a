"""`make thresholds`: what was measured is said, and what was not, too."""

from __future__ import annotations

from bench.thresholds import EPOCHS, report
from grader.checks.training import MeasuredRun, Measurement


def measured(seeds: int) -> Measurement:
    runs = {
        str(seed): MeasuredRun(accuracy=0.9 + seed / 1000, plain=0.92, cpu_seconds=30.0)
        for seed in range(seeds)
    }
    return Measurement(epochs=3, seeds=runs, trained_on=8000, machine="a machine", date="2026-11-21")


def test_what_was_not_measured_is_said() -> None:
    """A set without runs, and one with too few seeds, propose no threshold."""
    page = report("cifar10", {"shapes10": measured(4)})
    assert "| shapes10 | 8000 × 3 | 4 | 0.9015 | 0.0013 | 0.9200 | 30 | needs 5 seeds |" in page
    assert "| cifar10 | not measured |" in page
    assert "**" not in page


def test_five_seeds_propose_a_threshold() -> None:
    """The bound stands in the table, each run below it, with machine and date."""
    page = report("cifar10", dict.fromkeys(EPOCHS, measured(5)))
    assert page.count("| **0.889** |") == 2
    assert "| cifar10 | 4 | 0.9040 | 0.9200 | 30 |" in page
    assert "- cifar10: 2026-11-21, a machine" in page
