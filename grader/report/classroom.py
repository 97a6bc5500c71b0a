"""The class page: statistics over all results of one assignment, and the page that shows them.

Pure: results in, numbers or text out. The page is one file; its script only sorts and filters tables, and the page's
policy lets no other script run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.core.result import Measured, SubmissionResult
from grader.core.verdict import Status
from grader.report.pages import CheckRate, check_rates, class_summary, misconception_counts, page_names
from grader.report.standing import Standing
from grader.report.template import environment, table_script

BINS = 10
HARDEST = 5
WIDTH, HEIGHT, BASE, TOP, GAP = 440, 200, 176, 24, 6  # of the picture of scores, in pixels


@dataclass(frozen=True, slots=True)
class Bin:
    """How many final scores lie from `low` to below `high` percent of the maximum; the last bin holds 100 too."""

    low: int
    high: int
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin in the picture of scores: the upper left corner, width and height in pixels."""

    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of the values are at most `median`, 95 % at most `high`. Quantiles by nearest rank: values that occurred."""

    median: float
    high: float
    largest: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one check, or the whole submission, took of the class: seconds, CPU seconds, peak MiB."""

    name: str
    wall: Spread
    cpu: Spread
    peak: Spread


def distribution(results: Sequence[SubmissionResult]) -> tuple[Bin, ...]:
    """Final scores in bins of ten percent; provisional ones are left out, as from mean and median."""
    scores = [
        score for score in (result.score() for result in results) if not score.provisional and score.max
    ]
    counts = Counter(min(BINS - 1, score.low * BINS // score.max) for score in scores)
    width = 100 // BINS
    return tuple(Bin(number * width, (number + 1) * width, counts[number]) for number in range(BINS))


def verdicts(results: Sequence[SubmissionResult]) -> tuple[tuple[Status, int], ...]:
    """How often each verdict was given, over all checks; those that never were are left out."""
    counts = Counter(check.status for result in results for check in result.checks)
    return tuple((status, counts[status]) for status in Status if counts[status])


def check_verdicts(results: Sequence[SubmissionResult]) -> dict[str, tuple[tuple[Status, int], ...]]:
    """The same for each check, by its id."""
    counts = Counter((check.id, check.status) for result in results for check in result.checks)
    ids = dict.fromkeys(check.id for result in results for check in result.checks)
    return {
        name: tuple((status, counts[name, status]) for status in Status if counts[name, status])
        for name in ids
    }


def hardest(results: Sequence[SubmissionResult]) -> tuple[CheckRate, ...]:
    """The checks that the fewest pass, at most `HARDEST`; none that everyone passes."""
    rates = [rate for rate in check_rates(results) if rate.decided and rate.passed < rate.decided]
    return tuple(sorted(rates, key=lambda rate: rate.passed / rate.decided)[:HARDEST])


def costs(results: Sequence[SubmissionResult]) -> tuple[Cost, ...]:
    """The whole submission first, then each check in the order of the assignment. Empty without results."""
    if not results:
        return ()
    by_check: dict[str, list[Measured]] = {}
    for result in results:
        for check in result.checks:
            by_check.setdefault(check.id, []).append(check.measured)
    whole = _cost("whole submission", [result.measured for result in results])
    return (whole, *(_cost(name, measured) for name, measured in by_check.items()))


def _cost(name: str, measured: Sequence[Measured]) -> Cost:
    return Cost(
        name,
        spread([one.wall_seconds for one in measured]),
        spread([one.cpu_seconds for one in measured]),
        spread([one.peak_bytes / 2**20 for one in measured]),
    )


def spread(values: Sequence[float]) -> Spread:
    """Median, 95 % and maximum. Raises ValueError for no values."""
    if not values:
        raise ValueError("spread: expected at least one value")
    ordered = sorted(values)

    def quantile(percent: int) -> float:
        return ordered[math.ceil(percent * len(ordered) / 100) - 1]

    return Spread(quantile(50), quantile(95), ordered[-1])


def bars(bins: Sequence[Bin]) -> tuple[Bar, ...]:
    """The bins as bars on the line y = BASE, the fullest TOP pixels below the upper edge."""
    step = (WIDTH - GAP) / len(bins)
    most = max(1, *(one.count for one in bins))
    heights = [round((BASE - TOP) * one.count / most, 1) for one in bins]
    return tuple(
        Bar(round(GAP + number * step, 1), BASE - height, round(step - GAP, 1), height, one.count)
        for number, (one, height) in enumerate(zip(bins, heights, strict=True))
    )


def class_page(
    results: Sequence[SubmissionResult],
    *,
    title: str,
    standings: Mapping[str, Standing] | None = None,
    pairs: Sequence[tuple[str, str, float]] = (),
    pairs_page: str = "",
    anonymous: bool = False,
) -> str:
    """The page of the class. It links each submission to `page_names(results)`, so it lies beside those pages.

    standings: submission → what the gradebook says of it. pairs: (one, other, share), the most alike first; pairs_page:
    the page that shows them, as seen from this one. anonymous: a page to be shared, without any name of a submission
    and without links.
    Raises ValueError for several assignments at once.
    """
    if len({result.assignment for result in results}) > 1:
        raise ValueError("one class page is about one assignment; make one for each")
    names, bins, counts = page_names(results), distribution(results), verdicts(results)
    known = standings or {}
    said = {result.submission: known.get(result.submission, Standing()) for result in results}
    return (
        environment()
        .get_template("class.html.j2")
        .render(
            title=title,
            anonymous=anonymous,
            rows=[
                {
                    "page": f"{name}.html",
                    "result": result,
                    "score": result.score(),
                    "said": said[result.submission],
                }
                for name, result in zip(names, results, strict=True)
            ],
            summary=class_summary(results),
            sandboxed=all(result.sandboxed for result in results),
            bins=bins,
            bars=bars(bins),
            picture=(WIDTH, HEIGHT, BASE),
            verdicts=counts,
            total=sum(count for _, count in counts),
            by_check=check_verdicts(results),
            rates=check_rates(results),
            hardest=hardest(results),
            misconceptions=misconception_counts(results),
            costs=costs(results),
            names={submission: one.name for submission, one in said.items()},
            late=sum(bool(one.late) for one in said.values()),
            marked=any(one.mark for one in said.values()),
            pairs=pairs,
            pairs_page=pairs_page,
            script=table_script(),
        )
    )
