"""Where a class is graded: in processes of this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import click

from grader.core.errors import UsageError
from grader.grading.batch import grade_entries
from grader.grading.gradings import Grade

Command = TypeVar("Command", bound=Callable[..., Any])


def cluster_option(command: Command) -> Command:
    """--cluster; see `grading_on`."""
    return click.option(
        "--cluster",
        metavar="tls://HOST:PORT|local",
        help="Grade on the workers of this Dask scheduler; local: on JOBS Dask workers of this machine.",
    )(command)


def grading_on(address: str | None) -> AbstractContextManager[Grade]:
    """Who grades. Raises UsageError for an address that will not do, and without the extra."""
    if address is None:
        return nullcontext(grade_entries)
    try:
        from grader.grading.cluster import cluster
    except ModuleNotFoundError as missing:
        if (missing.name or "grader").partition(".")[0] == "grader":
            raise
        raise UsageError(
            f'--cluster needs the extra "cluster" ({missing.name} is not installed): '
            "pip install 'course-grader[cluster]'"
        ) from None
    return cluster(address)
