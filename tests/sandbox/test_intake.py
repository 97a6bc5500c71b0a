"""Files and folders as hand-ins: bytes or a clear refusal. Archives are in `test_archive.py`."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.sandbox.intake import Intake, IntakeLimits, read_submission, submission_hash

WANTED = ["backprop.py"]
WORK = b"def softmax(S): ...\n"


def handed_in(folder: Path, data: bytes, name: str) -> Intake:
    path = folder / name
    path.write_bytes(data)
    return read_submission(path, WANTED)


def refusal(intake: Intake) -> str:
    """The refusal's text; a refused hand-in has no files and its text is one safe line."""
    assert intake.refusal is not None
    assert intake.files == {}
    assert "\n" not in intake.refusal
    assert "\x1b" not in intake.refusal
    assert len(intake.refusal) < 400
    return intake.refusal


def test_single_file_keeps_its_name(tmp_path: Path) -> None:
    """A file with the wanted name is taken as it is."""
    intake = handed_in(tmp_path, WORK, "backprop.py")
    assert intake == Intake("backprop.py", {"backprop.py": WORK})


def test_single_file_of_any_name_stands_for_the_hand_in(tmp_path: Path) -> None:
    """A single .py file is renamed to the hand-in file, and a note says so."""
    intake = handed_in(tmp_path, WORK, "alice v2.py")
    assert intake.files == {"backprop.py": WORK}
    assert intake.notes == ("alice v2.py was taken as backprop.py",)


def test_folder(tmp_path: Path) -> None:
    """A folder gives the same files as the archive of it would."""
    (tmp_path / "sub" / "__pycache__").mkdir(parents=True)
    (tmp_path / "sub" / "backprop.py").write_bytes(WORK)
    (tmp_path / "sub" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "env" / "bin" / "python").symlink_to("/usr/bin/python3")
    assert read_submission(tmp_path, WANTED).files == {"backprop.py": WORK}


def test_wrong_name_in_a_folder(tmp_path: Path) -> None:
    """The same for a folder; a long list is cut."""
    work = tmp_path / "carol"
    work.mkdir()
    for name in "abcdefg":
        (work / f"{name}.py").touch()
    text = refusal(read_submission(work, WANTED))
    assert text == "carol: found a.py, b.py, c.py, d.py, e.py and 2 more, wanted backprop.py; rename it"


def test_empty_folder(tmp_path: Path) -> None:
    """An empty folder, and one with nothing but hidden files."""
    (tmp_path / ".git").mkdir()
    assert refusal(read_submission(tmp_path, WANTED)).endswith(": is empty, wanted backprop.py")


def test_missing_path_is_the_callers_fault(tmp_path: Path) -> None:
    """A path that does not exist is wrong usage, not a hand-in."""
    for path in (tmp_path / "no.py", tmp_path / "no" / "x.py", Path("a\0b")):
        with pytest.raises(UsageError, match="no such file or folder"):
            read_submission(path, WANTED)


@pytest.mark.parametrize("inside", [True, False])
def test_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:
    """100 MB are refused by their size, before the file is opened."""
    with (tmp_path / "backprop.py").open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    text = refusal(read_submission(tmp_path if inside else tmp_path / "backprop.py", WANTED))
    assert "has 95.4 MiB; a submission may have 20 MiB in all" in text


def test_many_files_share_one_total(tmp_path: Path) -> None:
    """The total counts all files together."""
    for name in "abc":
        (tmp_path / f"{name}.bin").write_bytes(bytes(400))
    assert "have 1 KiB in all" in refusal(read_submission(tmp_path, WANTED, IntakeLimits(total=1000)))


@pytest.mark.parametrize("target", ["/etc/passwd", "backprop.py", "nowhere", "."])
def test_links_in_folders_are_refused(tmp_path: Path, target: str) -> None:
    """A symlink is refused wherever it points, and never followed."""
    (tmp_path / "backprop.py").write_bytes(WORK)
    (tmp_path / "helper.py").symlink_to(target)
    assert "holds helper.py, which is a link" in refusal(read_submission(tmp_path, WANTED))


def test_linked_path_is_refused(tmp_path: Path) -> None:
    """A hand-in that is itself a link could show somebody else's file."""
    (tmp_path / "real.py").write_bytes(WORK)
    (tmp_path / "backprop.py").symlink_to("real.py")
    assert "is a link" in refusal(read_submission(tmp_path / "backprop.py", WANTED))


def test_fifo_and_socket_are_never_opened(tmp_path: Path) -> None:
    """Opening a FIFO would wait for ever."""
    os.mkfifo(tmp_path / "backprop.py")
    assert "not a regular file" in refusal(read_submission(tmp_path, WANTED))
    assert "not a regular file" in refusal(read_submission(tmp_path / "backprop.py", WANTED))
    (tmp_path / "backprop.py").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "backprop.py"))
        assert "not a regular file" in refusal(read_submission(tmp_path, WANTED))


def test_fifo_that_takes_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened is looked at again: between look and open the file may have changed."""
    path = tmp_path / "backprop.py"
    path.write_bytes(WORK)
    real_open = os.open

    def swapping(name: object, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real_open(path, flags)

    monkeypatch.setattr(os, "open", swapping)
    assert "not a regular file" in refusal(read_submission(path, WANTED))


@pytest.mark.parametrize("inside", [True, False])
def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:
    """A file without read permission is a refusal that says so (root may read all: hence the stand-in)."""
    (tmp_path / "backprop.py").write_bytes(WORK)

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    text = refusal(read_submission(tmp_path if inside else tmp_path / "backprop.py", WANTED))
    assert text.endswith("cannot be read: Permission denied")


def test_unreadable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a folder."""

    def denied(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", denied)
    assert refusal(read_submission(tmp_path, WANTED)).endswith("cannot be read: Permission denied")


@pytest.mark.parametrize("name", [b"a\x1b[2J.py", b"\xff.py", b"a\\b.py"])
def test_odd_names_in_folders(tmp_path: Path, name: bytes) -> None:
    """Names that a terminal or another system would misread are refused in folders too."""
    (tmp_path / "backprop.py").write_bytes(WORK)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    refusal(read_submission(tmp_path, WANTED))


def test_name_of_the_entry_is_safe(tmp_path: Path) -> None:
    """The name that goes into reports has no control characters and is never empty."""
    assert handed_in(tmp_path, WORK, "a\u202e\x1b[1m.py").name == "a[1m.py"
    (tmp_path / "\x1b").mkdir()
    assert read_submission(tmp_path / "\x1b", WANTED).name == "submission"


def test_current_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` is called by the folder's own name."""
    (tmp_path / "backprop.py").write_bytes(WORK)
    monkeypatch.chdir(tmp_path)
    assert read_submission(Path("."), WANTED).name == tmp_path.name


def test_hash_depends_on_names_and_contents_only() -> None:
    """Order does not matter; moving a byte between a name and its content does."""
    first = submission_hash({"a.py": b"1", "b.py": b"2"})
    assert first == submission_hash({"b.py": b"2", "a.py": b"1"})
    assert len(first) == 16
    assert int(first, 16) >= 0
    others = [{"a.py": b"2", "b.py": b"1"}, {"a.py": b"1"}, {"a.py1": b"", "b.py": b"2"}, {}]
    assert len({first, *map(submission_hash, others)}) == 5
