"""public.npz: the reference's and the variants' answers as data; the stored oracle says what the live one
says.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks import stored
from grader.checks.stored import StoredOracle, same_content
from grader.checks.trace import dump
from grader.core.errors import SpecError
from grader.grading.course import Course
from grader.grading.desk import Desk, with_desk

PUBLIC = '''
import numpy as np
import pytest
from grader.checks import agree, points

@points(2)
def test_double(student, rng):
    """double gives twice its argument."""
    agree(student.double, rng.normal(size=(3, 2)))

@points(4)
@pytest.mark.parametrize("n", [5, 9])
def test_public_spread(student, rng, n):
    """spread agrees."""
    agree(student.spread, rng.normal(size=n))
'''
HIDDEN = '''
from grader.checks import agree, points

@points(4)
def test_secret(student, rng):
    """spread agrees on a secret input."""
    agree(student.spread, rng.normal(size=31))
'''


@pytest.fixture
def desk(course_with: Any) -> list[Any]:
    """[the bytes of public.npz, {check/case: (reference trace, {misconception: trace})}] of the live
    oracle.
    """
    kept: list[Any] = []

    def work(desk: Desk) -> None:
        traces = {}
        for check in (check for check in desk.checks if check.public):
            for case in check.cases:
                expected = desk.oracle.expected(check, case)
                variants = {card.id: dump(trace) for card, trace in desk.oracle.variants(check, case)}
                traces[check.id, case.name] = (check, case, dump(expected.trace), variants)
        kept.extend([stored.dump("tiny", desk.checks, desk.oracle), traces])

    with_desk(course_with(public=PUBLIC, hidden=HIDDEN), "tiny", work)
    return kept


def test_the_stored_oracle_has_the_same_traces(desk: list[Any], tmp_path: Path) -> None:
    """Reference and variants of each public case, in the order of declaration, and the advice."""
    path = tmp_path / "public.npz"
    path.write_bytes(desk[0])
    oracle = StoredOracle(path)
    assert oracle.slug == "tiny"
    for check, case, reference, variants in desk[1].values():
        assert oracle.expected(check, case).ending.passed
        assert dump(oracle.expected(check, case).trace) == reference
        assert {card.id: dump(trace) for card, trace in oracle.variants(check, case)} == variants
    check, case, _, _ = desk[1]["test_public_spread", "9"]
    assert next(card.advice for card, _ in oracle.variants(check, case)).startswith("Divide by n")


def test_only_public_checks_are_inside(desk: list[Any]) -> None:
    """No trace of a hidden check, no code, no pickle."""
    with np.load(io.BytesIO(desk[0]), allow_pickle=False) as file:
        names = set(file.files)
        everything = b"".join(file[name].tobytes() for name in names)
    assert not [name for name in names if "secret" in name]
    assert b"secret" not in everything
    assert b"return" not in everything
    assert "test_double//reference" in names
    assert not [name for name in names if name.startswith("test_double//tiny.")], "double calls no spread"


def test_the_file_is_the_same_each_time(desk: list[Any], tmp_path: Path) -> None:
    """Byte for byte: it stands in a repository."""
    again: list[bytes] = []
    course = Course(tmp_path / "course")
    with_desk(course, "tiny", lambda desk: again.append(stored.dump("tiny", desk.checks, desk.oracle)))
    assert again[0] == desk[0]


def rewritten(data: bytes, change: Any) -> bytes:
    """The file with its arrays passed through `change(name, array)`."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: change(name, file[name]) for name in file.files}
    out = io.BytesIO()
    np.savez(out, **{name: array for name, array in arrays.items() if array is not None})
    return out.getvalue()


def test_same_content_forgives_compression_and_last_digits(desk: list[Any]) -> None:
    """What another machine's rounding makes is no drift."""
    from grader.checks import trace as traces

    def nudge(name: str, array: Any) -> Any:
        if name == "index":
            return array
        loaded = traces.load(array.tobytes())
        observations = [
            traces.Observation(
                o.of, o.value * (1 + 1e-12) if isinstance(o.value, np.ndarray) else o.value, o.tolerance
            )
            for o in loaded.observations
        ]
        return np.frombuffer(
            dump(traces.Trace(observations, loaded.calls, loaded.ending, loaded.text)), np.uint8
        )

    assert same_content(desk[0], desk[0])
    assert same_content(desk[0], rewritten(desk[0], lambda name, array: array))
    assert same_content(desk[0], rewritten(desk[0], nudge))


def test_same_content_sees_other_values(desk: list[Any]) -> None:
    """A lost trace, another index, exchanged traces, and noise are drift."""
    assert not same_content(
        desk[0], rewritten(desk[0], lambda name, array: None if name.endswith("reference") else array)
    )
    assert not same_content(
        desk[0], rewritten(desk[0], lambda name, array: array[:-1] if name == "index" else array)
    )
    with np.load(io.BytesIO(desk[0])) as file:
        other = file["test_public_spread/5/reference"]
    swapped = rewritten(
        desk[0], lambda name, array: other if name == "test_public_spread/9/reference" else array
    )
    assert not same_content(desk[0], swapped)
    assert not same_content(b"noise", desk[0])
    assert not same_content(desk[0], b"")


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_npy", ".npy"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"noise",
        zipped(),
        zipped(index_npy=b"noise"),
        zipped(other=b"x"),
        b"PK\3\4" + bytes(40),
        b"\x93NUMPY" + bytes(60),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(data: bytes, tmp_path: Path) -> None:
    """SpecError with the path and the next step."""
    path = tmp_path / "public.npz"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=r"public.npz: cannot be read .*get the handout again"):
        StoredOracle(path)
    assert not same_content(data, data)


def test_a_pickle_inside_is_never_loaded(tmp_path: Path) -> None:
    """An array of objects is refused."""
    path = tmp_path / "public.npz"
    np.savez(path, index=np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises(SpecError):
        StoredOracle(path)


def test_a_check_that_is_not_inside_is_named(desk: list[Any], tmp_path: Path) -> None:
    """A handout whose files do not belong together."""
    path = tmp_path / "public.npz"
    path.write_bytes(
        rewritten(desk[0], lambda name, array: None if name.startswith("test_double") else array)
    )
    check, case, _, _ = desk[1]["test_double", ""]
    with pytest.raises(SpecError, match="nothing for the check test_double"):
        StoredOracle(path).expected(check, case)


def test_a_reference_that_fails_its_own_public_check_is_not_stored(course_with: Any) -> None:
    """SpecError with the check's name."""
    course: Course = course_with(public=PUBLIC.replace("rng.normal(size=(3, 2))", "None"), hidden=HIDDEN)

    with pytest.raises(SpecError, match="test_double: the reference does not pass"):
        with_desk(course, "tiny", lambda desk: stored.dump("tiny", desk.checks, desk.oracle) and None)
