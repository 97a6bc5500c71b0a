"""Results as stored: nothing is lost, nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.accuracy import Accuracy
from grader.core.errors import GraderError
from grader.core.evidence import Confusion, Curves
from grader.core.limits import Limits
from grader.core.result import CheckResult, Detail, Hashes, Manual, Measured, SubmissionResult
from grader.core.verdict import REASONS, Status
from grader.gradebook.archive import files_hash, packed, unpacked
from grader.gradebook.codec import decoded, encoded
from grader.gradebook.content import Content
from grader.sandbox.intake import submission_hash

# every code point, lone surrogates and NUL among them: students print what they like
texts = st.text(st.characters(codec=None), max_size=8)
floats = st.floats(0, 1e9)
fractions = st.fractions(0, 100)
curves = st.builds(
    Curves,
    texts,
    texts,
    texts,
    st.dictionaries(texts, st.lists(st.none() | floats, max_size=3).map(tuple), max_size=3),
)
confusions = st.builds(
    Confusion,
    texts,
    st.builds(
        Accuracy, st.just(("cat", "dog")), st.tuples(*[st.tuples(st.integers(0, 9), st.integers(0, 9))] * 2)
    ),
    st.none() | floats,
)
limits = st.builds(Limits, floats, floats, st.integers(1, 2**40))


@st.composite
def checks(draw: st.DrawFn, id: str) -> CheckResult:
    """A result of a check whose parts fit together."""
    status = draw(st.sampled_from(Status))
    worth = draw(fractions)
    return CheckResult(
        id=id,
        title=draw(texts),
        visibility=draw(st.sampled_from(["public", "hidden"])),
        status=status,
        reason=draw(st.sampled_from(sorted(REASONS[status]))) if REASONS[status] else None,
        points=worth if status is Status.PASSED else worth * draw(st.fractions(0, 1)),
        max_points=worth,
        message=draw(texts),
        misconception=draw(st.none() | texts),
        measured=draw(st.builds(Measured, floats, floats, st.integers(0, 2**40))),
        detail=draw(st.builds(Detail, texts, texts, texts)),
        evidence=tuple(draw(st.lists(curves | confusions, max_size=2))),
    )


results = st.builds(
    SubmissionResult,
    assignment=texts,
    submission=texts,
    checks=st.tuples(checks("test_a"), checks("test_b")),
    sandboxed=st.booleans(),
    limits=limits,
    hashes=st.builds(Hashes, texts, texts, st.none() | texts),
    title=texts,
    layers=st.lists(texts, max_size=2).map(tuple),
    check_limits=st.dictionaries(texts, limits, max_size=2),
    seed_fingerprint=st.none() | texts,
    versions=st.dictionaries(texts, texts, max_size=2),
    bonus=fractions,
    manual=st.lists(st.builds(Manual, texts, texts, fractions, texts), max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=50)
@given(results)
def test_a_result_comes_back_equal(result: SubmissionResult) -> None:
    """Exact fractions, private details, evidence with its order; in ASCII without a NUL, for every database."""
    text = encoded(result)
    back = decoded(text)
    assert back == result
    assert [
        list(one.lines) for check in back.checks for one in check.evidence if isinstance(one, Curves)
    ] == [list(one.lines) for check in result.checks for one in check.evidence if isinstance(one, Curves)]
    assert text.isascii()
    assert "\0" not in text
    assert encoded(back) == text


def test_what_was_stored_before_a_field_was_added_still_reads(
    result_of: Callable[..., SubmissionResult],
) -> None:
    """A field with a default may be missing."""
    document = json.loads(encoded(result_of()))
    del document["result"]["bonus"]
    assert decoded(json.dumps(document)).bonus == Fraction(0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grader.stored/1", "grader.stored/2"),
        ('"points":"3"', '"points":"8"'),
        ('"points":"3"', '"points":3'),
        ('"sandboxed":true', '"sandboxed":1'),
        ('"title"', '"titel"'),
        ('"status":"failed"', '"status":"fine"'),
        ('"is":"Limits"', '"is":"Detail"'),
        ("}", ""),
    ],
)
def test_anything_else_is_refused(result_of: Callable[..., SubmissionResult], old: str, new: str) -> None:
    """A changed form, type, name or impossible value is a GraderError and never another result."""
    text = encoded(result_of())
    assert old in text
    with pytest.raises(GraderError, match="stored result"):
        decoded(text.replace(old, new))


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), st.binary())
)
def test_files_are_packed_without_loss_and_always_alike(files: dict[str, bytes]) -> None:
    """The order of the files changes no byte, and the hash begins as the one in results."""
    backwards = dict(sorted(files.items(), reverse=True))
    assert unpacked(packed(files)) == files
    assert packed(files) == packed(backwards)
    assert files_hash(files)[:16] == submission_hash(files)


def test_a_name_that_would_be_cut_is_refused() -> None:
    """Zip ends a name at NUL; such a file is never stored under another name."""
    with pytest.raises(GraderError, match="cannot be stored"):
        packed({"a\0b.py": b""})


def test_the_key_says_what_a_verdict_depends_on(result_of: Callable[..., SubmissionResult]) -> None:
    """Other files, checks or limits give another key; another verdict, name or cost does not."""
    base = Content.of(result_of()).key
    assert Content.of(result_of(passed=7)).key == base
    others = {
        Content.of(result_of("1" * 16)).key,
        Content.of(result_of(checks="c2")).key,
        Content.of(result_of(slug="softmax")).key,
    }
    assert len(others | {base}) == 4
