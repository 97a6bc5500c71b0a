"""Reading pickles without unpickling: what plain values hold is found, whatever they would run is not."""

from __future__ import annotations

import contextlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.datasets.pickled import Call, Unreadable, byte_array, plain_values

_leaves = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.binary(min_size=1)
_values = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(0, 9), inner)
    ),
)


@given(_values, st.sampled_from([3, 4]))
def test_plain_values_are_those_of_pickle(value: object, protocol: int) -> None:
    """Dictionaries, lists, tuples, strings, bytes and numbers come out as pickle.loads gives them."""
    data = pickle.dumps(value, protocol)
    assert plain_values(data) == pickle.loads(data)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_byte_arrays(protocol: int) -> None:
    """Arrays of uint8 keep shape and content under every protocol that the archives use."""
    array = np.arange(250, dtype=np.uint8).reshape(10, 25)
    found = plain_values(pickle.dumps({"data": array}, protocol))
    assert isinstance(found, dict)
    assert np.array_equal(byte_array(found["data"]), array)


def test_the_strings_of_python_2_are_bytes() -> None:
    """The official files come from Python 2: U and T opcodes."""
    assert plain_values(b"\x80\x02}U\x04dataU\x03\x00\xffas.") == {b"data": b"\x00\xffa"}


@pytest.mark.parametrize("array", [np.arange(4.0), np.array([[1, 2]], np.int64), np.array([{}, []], object)])
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    """Only bytes make images; objects least of all."""
    with pytest.raises(Unreadable, match="array of bytes"):
        byte_array(plain_values(pickle.dumps(array, 3)))


def test_a_shape_that_does_not_fit_is_refused() -> None:
    """The bytes decide, not what the pickle says about them."""
    wrong = Call(
        "numpy._core.multiarray _reconstruct", (), (1, (10**12,), Call("numpy dtype", ("u1",)), False, b"x")
    )
    with pytest.raises(Unreadable, match="array of bytes"):
        byte_array(wrong)


class _Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> object:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_is_called(protocol: int, tmp_path: Path) -> None:
    """A pickle that would touch a file leaves no file, and says nothing that is taken for an array."""
    target = tmp_path / "touched"
    data = pickle.dumps(_Hostile(target), protocol)
    with pytest.raises(Unreadable):
        byte_array(plain_values(data))
    assert not target.exists()


@given(st.binary(max_size=60))
def test_noise_is_unreadable_or_plain(data: bytes) -> None:
    """Whatever the bytes, the one exception is Unreadable."""
    with contextlib.suppress(Unreadable):
        plain_values(data)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_damaged_pickle_is_unreadable_or_plain(at: int, change: int) -> None:
    """The same for a batch with one wrong byte."""
    data = bytearray(pickle.dumps({"labels": [1, 2, 3], "data": np.zeros((3, 30), np.uint8)}, 2))
    data[at % len(data)] ^= change
    try:
        found = plain_values(bytes(data))
        byte_array(found["data"] if isinstance(found, dict) and "data" in found else None)
    except Unreadable:
        pass
