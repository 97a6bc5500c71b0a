"""Hostile bytes on the wire: whatever arrives is a value or a WireError, and nothing much is allocated."""

from __future__ import annotations

import json
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.pen import wire
from grader.pen.wire import WireError

DTYPES = list(wire._DTYPES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("tdasTbcrhfxkv"), inner, max_size=2)
    ),
    max_leaves=15,
)
VALUES = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


def body(tree: object, arrays: object = (), data: bytes = b"") -> bytes:
    """A body as a hostile sender may write it."""
    head = json.dumps({"v": tree, "a": arrays}).encode()
    return struct.pack("<I", len(head)) + head + data


def survives(data: bytes) -> None:
    """Decoding gives a value or WireError, nothing else."""
    try:
        wire.decode(data)
    except WireError as error:
        told = str(error)
        assert told


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_wire_error(data: bytes) -> None:
    """Noise is not a body."""
    survives(data)
    survives(struct.pack("<I", len(data)) + data)


@given(VALUES, st.data())
def test_truncated_bodies_are_refused(value: object, data: st.DataObject) -> None:
    """A body that ends early is never a value."""
    whole = wire.encode(value)
    with pytest.raises(WireError):
        wire.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(VALUES, st.binary(min_size=1, max_size=9))
def test_extra_bytes_are_refused(value: object, more: bytes) -> None:
    """A body with a tail is never a value."""
    with pytest.raises(WireError):
        wire.decode(wire.encode(value) + more)


@given(VALUES, st.data())
@settings(max_examples=300)
def test_flipped_bits_raise_nothing_but_wire_error(value: object, data: st.DataObject) -> None:
    """One to three damaged bytes give another value or WireError."""
    damaged = bytearray(wire.encode(value))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    survives(bytes(damaged))


SIZES = st.integers(-1, 3) | st.integers(0, 1 << 70)
SPECS = st.lists(
    st.tuples(st.sampled_from([*DTYPES, "object", "V8", "U1"]), st.lists(SIZES, max_size=4)).map(list) | JSON,
    max_size=3,
)


@given(JSON, SPECS | JSON, st.binary(max_size=32))
@settings(max_examples=400)
def test_well_formed_nonsense_raises_nothing_but_wire_error(
    tree: object, arrays: object, data: bytes
) -> None:
    """Any JSON as tree and as array list, with any buffer behind it."""
    survives(body(tree, arrays, data))


@pytest.mark.parametrize(
    "shape",
    [
        [1 << 62],
        [1 << 48, 1 << 48],
        [1 << 80],
        [0, 1 << 80],
        [0, 1 << 48, 1 << 48],
        [0, (1 << 48) - 1, 1 << 48, 3],
        [1 << 63, 0],
        [-1],
        [True],
        [1.0],
        [None],
        [1] * 17,
        [0] * 100_000,
        "ab",
        3,
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "bool"])
def test_impossible_shapes_are_refused_before_anything_is_allocated(shape: object, dtype: str) -> None:
    """Sizes that overflow, negative ones, other types and too many axes: WireError, and no memory."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            wire.decode(body({"a": 0}, [[dtype, shape]]))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "tree",
    [
        {"r": 0},
        [{"r": 0}],
        [[], {"r": 2}],
        {"r": -1},
        {"r": True},
        {"r": "0"},
        [{"d": {"a": {"r": 1}}}],
        {"t": {"r": 0}},
        {"t": 1},
        {"d": []},
        {"a": 0},
        {"a": -1},
        {"a": True},
        {"s": 0},
        {"b": 0},
        {"T": 0},
        {"c": [1, 2]},
        {"c": [1.0]},
        {"c": "12"},
        {"h": 0, "k": "x"},
        {"h": {}, "k": []},
        {"f": 0},
        {"x": None},
        {"q": 1},
        {},
        {"t": [], "d": {}},
    ],
)
def test_bad_tags_and_references_are_refused(tree: object) -> None:
    """References to nothing, to an open container, to the wrong kind; unknown tags; two tags at once."""
    with pytest.raises(WireError):
        wire.decode(body(tree))


def test_a_scalar_with_axes_is_refused() -> None:
    """The tag s is for 0-d only."""
    with pytest.raises(WireError, match="axes"):
        wire.decode(body({"s": 0}, [["int8", [1]]], b"\1"))


@pytest.mark.parametrize("opening", ["[", '{"t":[', '{"d":{"a":'])
@pytest.mark.parametrize("depth", [67, 900, 100_000])
def test_deep_nesting_is_refused_by_the_receiver(opening: str, depth: int) -> None:
    """Neither the JSON reader nor our own recursion overflows."""
    closing = opening.translate(str.maketrans("[{", "]}"))[::-1].replace(":", "")
    closing = "".join(c for c in closing if c in "]}")
    head = ('{"v":' + opening * depth + closing * depth + ',"a":[]}').encode()
    with pytest.raises(WireError):
        wire.decode(struct.pack("<I", len(head)) + head)


@pytest.mark.parametrize(
    "head", [b"[]", b"{}", b'{"v":1}', b'{"v":1,"a":{}}', b'{"v":1,"a":[],"z":0}', b"\xff\xfe", b"1" * 5000]
)
def test_headers_of_another_shape_are_refused(head: bytes) -> None:
    """Only {"v": …, "a": […]} is a header."""
    with pytest.raises(WireError):
        wire.decode(struct.pack("<I", len(head)) + head)


def test_a_header_longer_than_its_body_is_refused() -> None:
    """A length field alone makes nobody allocate."""
    for length in (5, wire.MAX_TREE + 1, 2**32 - 1):
        with pytest.raises(WireError, match="longer"):
            wire.decode(struct.pack("<I", length) + b"{}")


def test_too_many_arrays_are_refused() -> None:
    """More than MAX_ARRAYS of them, whatever their size."""
    with pytest.raises(WireError, match="too many"):
        wire.decode(body(None, [["int8", [0]]] * (wire.MAX_ARRAYS + 1)))


def test_a_byte_that_is_no_bool_becomes_one() -> None:
    """0x07 in a bool array reads as True, as a proper True."""
    got = wire.decode(body({"a": 0}, [["bool", [2]]], b"\7\0"))
    assert got.tobytes() == b"\1\0"


@pytest.mark.parametrize(("levels", "allowed"), [(15, True), (50, False)])
def test_references_may_not_blow_up(levels: int, allowed: bool) -> None:
    """Doublings by reference cost a list each; what they stand for, as if every alias were a copy, is bounded:
    numpy would expand 2**50 values from a kilobyte.
    """
    tree: Any = []
    for level in range(levels):
        tree = [tree, {"r": levels - level}]
    if allowed:
        got = wire.decode(body(tree))
        assert got[0] is got[1]
    else:
        with pytest.raises(WireError, match="aliases"):
            wire.decode(body(tree))


@pytest.mark.parametrize(
    "header", [b"", b"GRW1", b"grw1" + bytes(8), b"GRW1" + b"\xff" * 8, b"GRW1" + bytes(9)]
)
def test_bad_frame_headers_are_refused(header: bytes) -> None:
    """Magic and length are checked before a byte of the body is read."""
    with pytest.raises(WireError):
        wire.body_length(header)


@given(st.binary(max_size=50))
def test_a_frame_is_its_length_and_its_body(data: bytes) -> None:
    """`frame` and `body_length` are each other's inverse."""
    framed = wire.frame(data)
    assert wire.body_length(framed[: wire.HEADER]) == len(data)
    assert framed[wire.HEADER :] == data
