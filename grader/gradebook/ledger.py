"""The ledger of GPU-seconds, computed from the gradings on record: every run counts once, under whom it was made for.

A grading that was found again by its content ran nothing and costs nothing; hand-ins alike are run once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import TypeVar

from sqlalchemy import Connection, select

from grader.core.errors import GraderError
from grader.gradebook.records import instant, written
from grader.gradebook.schema import gradings, journal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GpuUse:
    """One run that had a GPU. Attributes: at: when its result was recorded; seconds: GPU-seconds."""

    student: str
    slug: str
    at: datetime
    seconds: float


def gpu_uses(connection: Connection, since: datetime | None = None) -> tuple[GpuUse, ...]:
    """The runs that had a GPU, oldest first; since: not those before."""
    query = select(gradings.c.seq, gradings.c.result, journal.c.at).join(
        journal, journal.c.seq == gradings.c.seq
    )
    if since is not None:
        query = query.where(journal.c.at >= written(since))
    found = (_use(row.seq, row.result, row.at) for row in connection.execute(query.order_by(gradings.c.seq)))
    return tuple(use for use in found if use.seconds > 0)


def _use(seq: int, text: str, at: str) -> GpuUse:
    try:
        result = json.loads(text)["result"]
        # results of before there was such a figure ran on the CPU
        seconds = float(result["measured"].get("gpu_seconds", 0.0))
        return GpuUse(str(result["submission"]), str(result["assignment"]), instant(at), seconds)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise GraderError(
            f"grading {seq}: a stored result cannot be read: {type(error).__name__}: {error}"
        ) from None


def day(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The midnights around this moment, in a zone; 23 or 25 hours apart where clocks are changed."""
    today = moment.astimezone(zone).date()
    first, last = (datetime.combine(one, time(), zone) for one in (today, today + timedelta(days=1)))
    return first, last


def summed(uses: Iterable[GpuUse], by: Callable[[GpuUse], T]) -> dict[T, float]:
    """GPU-seconds by whatever `by` gives, in the order in which it first occurs."""
    found: dict[T, float] = {}
    for use in uses:
        found[by(use)] = found.get(by(use), 0.0) + use.seconds
    return found
