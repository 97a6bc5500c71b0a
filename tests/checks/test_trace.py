"""Traces: what a run leaves behind, when a variant explains a student, and the form that goes into
public.npz.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.compare import Tolerance
from grader.checks.trace import Observation, Trace, differs, dump, explains, load, same
from grader.checks.values import Opaque
from grader.pen.wire import WireError

VALUES = st.floats(-5, 5) | st.integers(-3, 3) | st.none() | st.lists(st.integers(0, 2), max_size=2)
TRACES = st.builds(
    Trace,
    st.lists(st.builds(Observation, st.sampled_from("fg"), VALUES), max_size=4),
    st.lists(st.tuples(st.sampled_from("fg"), st.text(max_size=4)), max_size=3),
    st.sampled_from(["", "failed", "raised ValueError", "raised KeyError"]),
    st.text(max_size=4),
)


def trace(*values: Any, ending: str = "") -> Trace:
    return Trace([Observation("f", value) for value in values], ending=ending)


@given(TRACES)
def test_dump_and_load_give_the_same_trace(given_trace: Trace) -> None:
    """Observations, calls, ending and text survive, and so do the tolerances."""
    assert load(dump(given_trace)) == given_trace


def test_arrays_and_tolerances_survive() -> None:
    """Bits of an array, and a tolerance that is not the default."""
    before = Trace(
        [Observation("f", (np.array([1.0, np.nan]), [2]), Tolerance(0.1, None, True))], [("f", "x")]
    )
    after = load(dump(before))
    assert after.observations[0].tolerance == Tolerance(0.1, None, True)
    assert after.observations[0].value[0].tobytes() == before.observations[0].value[0].tobytes()


def test_handles_become_opaque() -> None:
    """No object and no code is in a stored trace; the place of a handle agrees with anything."""

    class Cache:
        kind = "Cache"

    after = load(dump(trace([1.0, Cache()])))
    assert after.observations[0].value == [1.0, Opaque("Cache")]
    assert not differs(trace([1.0, 5]), after)


@pytest.mark.parametrize("body", [b"", b"noise", b"\2\0\0\0[]"])
def test_noise_is_no_trace(body: bytes) -> None:
    """WireError for bytes that are none of ours."""
    with pytest.raises(WireError):
        load(body)


@given(TRACES)
def test_a_trace_does_not_differ_from_itself(given_trace: Trace) -> None:
    """A right submission is never explained by anything."""
    assert not differs(given_trace, given_trace)
    assert not explains(given_trace, given_trace, given_trace)


@given(TRACES, TRACES, TRACES)
def test_an_explanation_separates(variant: Trace, student: Trace, reference: Trace) -> None:
    """Whatever explains gives the student's values as far as the student came, and the reference does not."""
    if explains(variant, student, reference):
        assert differs(student, reference)
        pairs = zip(student.observations, variant.observations, strict=False)
        assert all(same(a, b) for a, b in pairs)


def test_a_variant_explains_what_it_gives() -> None:
    """The same wrong value at the same place; another wrong value is not explained."""
    assert explains(trace(1.0, 5.0), trace(1.0, 5.0), trace(1.0, 2.0))
    assert not explains(trace(1.0, 6.0), trace(1.0, 5.0), trace(1.0, 2.0))
    assert not explains(trace(1.0, 2.0), trace(1.0, 2.0), trace(1.0, 2.0))


def test_a_student_who_was_stopped_early_is_compared_as_far_as_possible() -> None:
    """A failed comparison ends the student's run; the variant's goes on."""
    assert explains(trace(1.0, 5.0, 7.0), trace(1.0, 5.0, ending="failed"), trace(1.0, 2.0, 3.0))
    assert not explains(trace(1.0), trace(1.0, 5.0), trace(1.0, 2.0))


def test_an_exception_is_explained_by_the_same_exception() -> None:
    """Type and place must fit, whatever values came before."""
    student = trace(1.0, ending="raised ValueError")
    assert explains(trace(1.0, ending="raised ValueError"), student, trace(1.0, 2.0))
    assert not explains(trace(1.0, ending="raised KeyError"), student, trace(1.0, 2.0))
    assert not explains(trace(1.0, 2.0, ending="raised ValueError"), student, trace(1.0, 2.0))
    assert not explains(trace(1.0, 2.0), student, trace(1.0, 2.0))
