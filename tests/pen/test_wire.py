"""The wire: every value comes back as it was, or is refused in words."""

from __future__ import annotations

import enum
import math
import struct
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.pen import wire
from grader.pen.wire import BadValue

DTYPES = list(wire._DTYPES)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates, too
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    ANY_TEXT,
    st.binary(max_size=8),
)
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=12,
)


def round_trip(value: object) -> Any:
    return wire.decode(wire.encode(value))


def alike(got: Any, want: Any) -> bool:
    """The same types all the way down, the same bits in every float and array (any nan stands for any
    nan).
    """
    if type(got) is not type(want):
        return False
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(map(alike, got, want))
    if isinstance(want, dict):
        return list(got) == list(want) and all(alike(got[key], want[key]) for key in want)
    if isinstance(want, np.ndarray):
        return got.dtype == want.dtype and got.shape == want.shape and got.tobytes() == want.tobytes()
    if isinstance(want, complex):
        return alike(got.real, want.real) and alike(got.imag, want.imag)
    if isinstance(want, float):
        return struct.pack("<d", got) == struct.pack("<d", want) or (math.isnan(got) and math.isnan(want))
    return bool(got == want)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: object) -> None:
    """Nested lists, tuples, dicts, numbers, text, bytes and arrays keep type, order and bits."""
    assert alike(round_trip(value), value)


@given(st.floats(allow_subnormal=True))
def test_floats_keep_their_bits(number: float) -> None:
    """Denormals, infinities and the sign of zero survive, alone, in an array and as a numpy scalar."""
    assert alike(round_trip(number), number)
    assert alike(round_trip(np.array(number)), np.array(number))
    scalar = round_trip(np.float64(number))
    assert type(scalar) is np.float64
    assert scalar.tobytes() == np.float64(number).tobytes()


@pytest.mark.parametrize("number", [-0.0, math.inf, -math.inf, 5e-324, -5e-324, 1.7976931348623157e308])
def test_special_floats_keep_their_bits(number: float) -> None:
    """The floats that text formats tend to lose."""
    assert alike(round_trip([number, (number,)]), [number, (number,)])


@given(st.integers(0, 14_000), st.booleans())
@settings(max_examples=25)
def test_integers_of_any_size_are_exact(bits: int, negative: bool) -> None:
    """An integer up to 4300 digits comes back exactly."""
    number = (1 << bits) + 1
    assert round_trip(-number if negative else number) == (-number if negative else number)


def test_an_integer_that_python_does_not_print_is_refused_in_words() -> None:
    """Beyond 4300 digits the sender is told so."""
    with pytest.raises(BadValue, match="more than 4300 digits"):
        wire.encode(10**5000)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3), (1,) * 16])
def test_arrays_of_every_dtype_and_shape(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    """dtype, shape and bits are kept, for 0-d arrays, zero sizes and sixteen axes as well."""
    array = rng.integers(0, 2, size=shape).astype(name)
    assert alike(round_trip(array), np.asarray(array))


@pytest.mark.parametrize("name", DTYPES)
def test_numpy_scalars_stay_numpy_scalars(name: str) -> None:
    """np.float32(1) is not 1.0 and not an array."""
    scalar = np.dtype(name).type(1)
    got = round_trip(scalar)
    assert type(got) is type(scalar)
    assert got == scalar


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-2],
        lambda a: a.T,
        np.asfortranarray,
        lambda a: np.broadcast_to(a[0], a.shape),
        lambda a: a.astype(">f8"),
        lambda a: a.view(np.matrix),
    ],
)
def test_layout_does_not_matter(view: Any) -> None:
    """Negative strides, Fortran order, broadcast views and big-endian arrays arrive as plain C arrays with
    the same values.
    """
    array = view(np.arange(12.0).reshape(3, 4))
    got = round_trip(array)
    assert type(got) is np.ndarray
    assert got.dtype == np.float64
    assert got.flags.c_contiguous
    assert got.flags.writeable
    np.testing.assert_array_equal(got, np.asarray(array))


def test_same_object_arrives_as_one_object() -> None:
    """Aliasing of lists, dicts and arrays within one message is kept, equality alone makes no alias."""
    array, shelf, table = np.ones(3), [1, [2]], {"k": 1.0}
    got = round_trip([array, shelf, (array, shelf[1]), table, {"again": table}, np.ones(3)])
    assert got[0] is got[2][0]
    assert got[1][1] is got[2][1]
    assert got[3] is got[4]["again"]
    assert got[0] is not got[5]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_aliases_are_kept_wherever_they_stand(order: list[int]) -> None:
    """Any arrangement of four shared containers has the same identities on the other side."""
    pool: list[Any] = [[1], {"a": [2]}, np.zeros(2), [[3], (4,)]]
    got = round_trip([pool[index] for index in order])
    for i, a in enumerate(order):
        for j, b in enumerate(order):
            assert (got[i] is got[j]) == (a == b)


def test_tuple_and_list_are_kept_apart() -> None:
    """(1, [2, (3,)]) stays what it is, and a named tuple is a tuple."""
    assert alike(round_trip((1, [2, (3,)], ())), (1, [2, (3,)], ()))
    assert round_trip(namedtuple("Pair", "a b")(1, 2)) == (1, 2)


def test_subclasses_of_plain_types_become_the_plain_type() -> None:
    """An IntEnum is an int, an OrderedDict a dict, a bytearray bytes."""
    colour = enum.IntEnum("Colour", "RED")
    assert alike(round_trip([colour.RED, OrderedDict(a=1), bytearray(b"x")]), [1, {"a": 1}, b"x"])


@pytest.mark.parametrize(
    "text",
    ["\ud800", "a\udfffb", "\0", "é", "\U0001f600", '"\\', "\u2028"],
)
def test_any_text_survives(text: str) -> None:
    """Lone surrogates, NUL and quotes are data, as keys as well."""
    assert round_trip({text: [text]}) == {text: [text]}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "float16", "complex64"])
def test_tensors_come_back_as_tensors(dtype: str) -> None:
    """dtype and values of a torch tensor are kept; 0-d, empty, transposed and grad-requiring ones, too."""
    torch = pytest.importorskip("torch")
    kind = getattr(torch, dtype)
    for tensor in (
        torch.ones(2, 3, dtype=kind).T,
        torch.ones((), dtype=kind),
        torch.ones((0, 4), dtype=kind),
    ):
        got = round_trip([tensor, tensor])
        assert got[0] is got[1]
        assert got[0].dtype == kind
        assert got[0].shape == tensor.shape
        assert torch.equal(got[0], tensor)
    assert not round_trip(torch.ones(2, requires_grad=True)).requires_grad


def test_a_tensor_that_numpy_cannot_hold_is_refused() -> None:
    """bfloat16 and sparse tensors are named in the refusal."""
    torch = pytest.importorskip("torch")
    with pytest.raises(BadValue, match="bfloat16"):
        wire.encode(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(BadValue, match="tensor"):
        wire.encode(torch.ones(2).to_sparse())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (object(), "an object of type object"),
        ({1: 2}, "an object of type dict"),
        ({1, 2}, "an object of type set"),
        (np.array(["a"]), "dtype <U1"),
        (np.array([None]), "dtype object"),
        (np.zeros(2, "datetime64[s]"), "dtype datetime64"),
        (np.zeros(2, [("x", float)]), "an array of dtype"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "a masked array"),
        (np.broadcast_to(0.0, (1 << 13, 1 << 13)), "512 MiB of arrays"),
        (["x" * 1000] * 20_000, "MiB of lists and numbers"),
    ],
)
def test_what_cannot_travel_is_refused_in_words(value: object, words: str) -> None:
    """BadValue says what it was, in words that end the sentence "it returned …"."""
    with pytest.raises(BadValue, match=words):
        wire.encode(value)


def test_a_container_inside_itself_is_refused() -> None:
    """A cycle through lists, dicts or tuples ends in BadValue, not in recursion."""
    loop: list[Any] = []
    loop.append(loop)
    table: dict[str, Any] = {}
    table["again"] = (table,)
    for value in (loop, table):
        with pytest.raises(BadValue, match="contains itself"):
            wire.encode(value)


def test_too_deep_a_nesting_is_refused_by_the_sender() -> None:
    """10,000 levels are a BadValue; the allowed depth comes back."""
    deep: list[Any] = []
    for _ in range(wire.MAX_DEPTH):
        deep = [deep]
    assert alike(round_trip(deep), deep)
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(BadValue, match="levels deep"):
        wire.encode(deep)
