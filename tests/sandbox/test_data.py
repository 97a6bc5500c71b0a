"""The image set in the pen: readable, not writable, and nothing of the judge's beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.pen import Pen

from .conftest import ENTRY, LIMITS, Call

LOOK = """
import os
import numpy as np

def names(root):
    return sorted(os.listdir(root))

def total(root):
    with np.load(os.path.join(root, "train.npz")) as file:
        return int(file["images"].sum())

def spoil(root):
    done = []
    for name, act in {
        "write": lambda: open(os.path.join(root, "more.npz"), "w"),
        "append": lambda: open(os.path.join(root, "train.npz"), "ab"),
        "remove": lambda: os.remove(os.path.join(root, "train.npz")),
        "rename": lambda: os.rename(os.path.join(root, "train.npz"), os.path.join(root, "x")),
        "mode": lambda: os.chmod(os.path.join(root, "train.npz"), 0o777),
    }.items():
        try:
            act()
            done.append(name)
        except OSError:
            pass
    return done
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the judge's that nobody else may enter, as in a home of root."""
    made = tmp_path_factory.mktemp("private") / "set"
    made.mkdir()
    made.parent.chmod(0o700)
    np.savez(made / "train.npz", images=np.full((4, 3, 32, 32), 2, np.uint8), labels=np.arange(4))
    return made


@pytest.fixture(scope="module", params=[None, False], ids=["nested", "single-use"])
def pen(folder: Path, request: pytest.FixtureRequest) -> Iterator[Pen]:
    with Pen.start(["numpy"], request.param, folder) as started:
        yield started


def test_the_set_is_readable_and_nothing_more(pen: Pen) -> None:
    """A submission reads the files as /data and can change nothing, in the pen and on the judge's disk."""
    session = pen.session()
    session.load({ENTRY: LOOK.encode()}, ENTRY, LIMITS)
    channel = session.open(LIMITS, 1)
    call = Call(channel)
    assert session.data == "/data"
    assert call.value("names", session.data) == ["train.npz"]
    assert call.value("total", session.data) == 2 * 4 * 3 * 32 * 32
    assert call.value("spoil", session.data) == []
    assert call.value("names", session.data) == ["train.npz"]
    channel.close()
    session.close()


def test_without_a_set_there_is_no_folder() -> None:
    """An assignment without `data:` has nothing at /data."""
    with Pen.start(["numpy"]) as plain:
        session = plain.session()
        session.load({ENTRY: b"import os\ndef there():\n    return os.path.exists('/data')"}, ENTRY, LIMITS)
        channel = session.open(LIMITS, 1)
        assert session.data == ""
        assert Call(channel).value("there") is False
        channel.close()
        session.close()
