"""A real PostgreSQL for the session, gradebooks on it and on SQLite, and small results to put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from grader.core.limits import Limits
from grader.core.result import CheckResult, Detail, Hashes, Manual, SubmissionResult
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.content import Content
from grader.gradebook.retry import Patience

from .postgres import server

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server of our own, gone afterwards."""
    with server() as made:
        yield made.folder


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The URL of an empty database."""
    name = f"course{next(_NUMBERS)}"
    with psycopg.connect(f"host={postgres} user=grader dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://grader@/{name}?host={postgres}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for a gradebook, on each of the two databases."""
    if request.param == "sqlite":
        return str(tmp_path / "gradebook.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def opened() -> Callable[..., AbstractContextManager[Gradebook]]:
    """opened(url, …) is open_gradebook with a clock that is a minute later at every look, and no patience."""

    def enter(url: str | Path, **options: Any) -> AbstractContextManager[Gradebook]:
        quick = {"now": _Clock(), "patience": Patience(tries=3, busy=0.1), "sleep": lambda seconds: None}
        return open_gradebook(url, **{**quick, **options})

    return enter


class _Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def book(url: str, opened: Callable[..., AbstractContextManager[Gradebook]]) -> Iterator[Gradebook]:
    """A new gradebook."""
    with opened(url) as made:
        yield made


def _result(
    hash: str = "0" * 16,
    passed: int = 3,
    checks: str = "c1",
    undecided: bool = False,
    manual: tuple[Manual, ...] = (),
    slug: str = "backprop",
) -> SubmissionResult:
    """Ten points: test_a is worth 7, of which `passed` were earned, and test_b 3."""
    return SubmissionResult(
        assignment=slug,
        title="Back-propagation",
        submission="somebody else.zip",
        checks=(
            CheckResult(
                id="test_a",
                title="a agrees",
                visibility="public",
                status="passed" if passed == 7 else "failed",
                reason=None if passed == 7 else "assertion",
                points=Fraction(passed),
                max_points=Fraction(7),
                message="a: 3 of 7 agree",
                detail=Detail("printed", "line 3", "for the instructor"),
            ),
            CheckResult(
                id="test_b",
                title="b agrees",
                visibility="hidden",
                status="grader_error" if undecided else "passed",
                reason="reference" if undecided else None,
                points=Fraction(0 if undecided else 3),
                max_points=Fraction(3),
            ),
        ),
        sandboxed=True,
        limits=Limits(),
        hashes=Hashes(hash, checks, "r1"),
        manual=manual,
        notes=("from somebody else's archive",),
    )


@pytest.fixture(scope="session")
def result_of() -> Callable[..., SubmissionResult]:
    """result_of(hash, passed=…, …) is a small result."""
    return _result


@pytest.fixture
def hand_in(book: Gradebook) -> Callable[..., int]:
    """hand_in(student, …) puts a hand-in and its grading on record and in force; gives the submission's number."""

    def put(
        student: str, source: str = "x = 1\n", hours: float = 0, slug: str = "backprop", **result: Any
    ) -> int:
        received = NOON + timedelta(hours=hours)
        submission = book.submit(student, slug, {f"{slug}.py": source.encode()}, received, origin=student)
        made = _result(submission.hash[:16], slug=slug, **result)
        grading = book.record(Content.of(made).key, made)
        book.revise(slug, "grade", "Ann", "first run", {submission.seq: grading})
        return submission.seq

    return put
