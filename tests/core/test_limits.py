"""Limits and their units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import SpecError
from grader.core.limits import parse_limit, parse_seconds, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GiB", 2 << 30),
        ("64MiB", 64 << 20),
        ("1 KiB", 1024),
        ("512B", 512),
        ("1MB", 10**6),
        ("1.5kB", 1500),
        (4096, 4096),
        ("0.5GiB", 1 << 29),
    ],
)
def test_sizes(text: object, size: int) -> None:
    """Binary and decimal units; a bare integer is bytes."""
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10.0), ("500ms", 0.5), ("2min", 120.0), ("1 h", 3600.0), ("0.25s", 0.25)]
)
def test_times(text: object, seconds: float) -> None:
    """ms, s, min, h."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GiB",
        "2",
        "2 gib",
        "2GB ",
        "-1MiB",
        "1e3B",
        0,
        -5,
        True,
        1.5,
        None,
        [],
        "2GiB2",
        "0B",
        "0MiB",
        "٣MiB",
        "0.4B",
    ],
)
def test_other_sizes_are_refused(text: object) -> None:
    """The value and an example are in the message."""
    with pytest.raises(SpecError, match=r'expected a size like "2GiB", got '):
        parse_size(text)


@pytest.mark.parametrize(
    "text", ["", "10", 10, 1.5, "ten s", "0s", "-1s", "1 sec", None, "1s1ms", True, "٣s"]
)
def test_other_times_are_refused(text: object) -> None:
    """A number without a unit is no time."""
    with pytest.raises(SpecError, match=r'expected a time like "10s", got '):
        parse_seconds(text)


@given(
    st.one_of(
        st.text(max_size=12), st.integers(), st.floats(), st.none(), st.lists(st.integers(), max_size=2)
    )
)
def test_any_value_is_a_positive_limit_or_a_spec_error(value: object) -> None:
    """No input gives zero, a negative number, infinity or another exception."""
    for name in ("cpu", "wall", "memory", "files", "output", "processes", "speed"):
        try:
            limit = parse_limit(name, value)
        except SpecError:
            continue
        assert 0 < limit < float("inf")


@pytest.mark.parametrize("count", [0, -1, 4097, 2.0, "4", True, None])
def test_processes_are_a_whole_number(count: object) -> None:
    """From 1 to 4096."""
    with pytest.raises(SpecError, match="whole number from 1 to 4096"):
        parse_limit("processes", count)


def test_an_unknown_limit_lists_the_known() -> None:
    """All six names are in the message."""
    with pytest.raises(SpecError, match="cpu, wall, memory, processes, files, output"):
        parse_limit("gpu", "1s")
