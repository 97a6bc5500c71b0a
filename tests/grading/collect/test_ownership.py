"""Whose a file in the drop folder is and since when: what its owner can set does not count."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.core.roster import Student
from grader.gradebook.book import open_gradebook
from grader.grading.arrivals import receive
from grader.grading.collect.collection import collect
from grader.grading.collect.entries import Entry
from grader.grading.collect.ownership import arrival, user_name
from grader.grading.course import Course

NOON = 1_780_000_000.0
NOBODY = 65534


def _entry(changed: float, status_changed: float, owner: int) -> Entry:
    return Entry("1.zip", Path("1.zip"), "s01/1.zip", False, 9, changed, status_changed, owner)


def test_the_time_that_the_owner_set_does_not_count() -> None:
    """Of another user's file the last change of status is the time, and where the two differ that is said."""
    touched = arrival(_entry(NOON - 86400, NOON, owner=4242), me=1000)
    assert touched.received == datetime.fromtimestamp(NOON, UTC)
    assert touched.owner == "uid 4242"
    assert (
        touched.doubt
        == "says it was written 2026-05-27 20:26 UTC, but was changed or copied 2026-05-28 20:26 UTC"
    )
    assert arrival(_entry(NOON, NOON + 0.01, owner=4242), me=1000).doubt == ""


def test_a_copy_of_ones_own_has_the_time_that_the_copying_kept() -> None:
    """Copied by the grader, every file has the grader's id and a fresh status: the written time is all there is."""
    assert arrival(_entry(NOON, NOON + 86400, owner=1000), me=1000).received == datetime.fromtimestamp(
        NOON, UTC
    )
    assert arrival(_entry(NOON, NOON + 86400, owner=1000), me=1000).owner == ""


def test_touch_does_not_move_the_time_of_a_real_file(tmp_path: Path, archive: bytes) -> None:
    """What `touch -d` does to a file: its written time is long ago, its status is of this minute."""
    before = datetime.now(UTC).timestamp()
    path = tmp_path / "s01" / "1.zip"
    path.parent.mkdir()
    path.write_bytes(archive)
    os.utime(path, (NOON, NOON))
    status = path.stat()
    seen = arrival(_entry(status.st_mtime, status.st_ctime, status.st_uid), me=status.st_uid + 1)
    assert seen.received is not None
    assert seen.received.timestamp() >= before - 2  # a file system's clock ticks coarsely
    assert seen.owner == user_name(status.st_uid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_hand_ins_of_several_users_are_told(tmp_path: Path, tiny: Course, archive: bytes) -> None:
    """The owner is on record as who handed in; two owners for one student, and one for two, are to be looked at."""
    roster = [Student("ann"), Student("bob")]
    for name, owner in (("ann/1", 4242), ("ann/2", NOBODY), ("bob/1", NOBODY)):
        path = tmp_path / "drop" / f"{name}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive)
        os.chown(path, owner, -1)
    nobody = user_name(NOBODY)
    assert [one.owner for one in collect(tmp_path / "drop", ("tiny.py",), roster).found] == [
        "uid 4242",
        nobody,
        nobody,
    ]
    with open_gradebook(tmp_path / "book.db") as book:
        doubts = receive(book, tiny, "tiny", tmp_path / "drop", roster).doubts
        assert [event.author for event in book.history("ann", "tiny")] == ["uid 4242", nobody]
    assert [(one.path, one.why) for one in doubts] == [
        ("ann", f"has hand-ins of several users: uid 4242 (ann/1.zip) and {nobody} (ann/2.zip)"),
        (nobody, "is the user who handed in for ann, bob"),
    ]
