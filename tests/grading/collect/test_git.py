"""The time of a commit, read from real repositories made by git, and from damaged ones."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.grading.collect.git import committed


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty commits a day apart, the last on 2023-10-10 at noon UTC."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann <odd> name")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
    git(tmp_path, "init", "-q", "-b", "main")
    last = datetime(2023, 10, 10, 12, tzinfo=UTC).timestamp()
    words = " ".join(map(str, range(300)))  # long enough that git stores commits as deltas
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@x> {last - 86400 * (39 - n):.0f} +0530\n"
        f"data <<END\n{words}\ncommitter X <y> 1 +0000\nEND\n\n"
        for n in range(40)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=tmp_path, input=stream.encode(), check=True)
    return tmp_path


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_packed_and_loose(repository: Path) -> None:
    """HEAD is read from a pack, from a ref in packed-refs and from a loose object; the message is not."""
    noon = datetime(2023, 10, 10, 12, tzinfo=UTC)
    assert committed(repository) == noon
    git(repository, "gc", "-q", "--aggressive")
    assert (repository / ".git" / "packed-refs").exists()
    assert committed(repository) == noon
    git(repository, "commit", "-q", "--allow-empty", "-m", "later")
    assert committed(repository) == datetime.fromtimestamp(
        int(git(repository, "log", "-1", "--format=%ct")), UTC
    )


def test_commits_stored_as_deltas(repository: Path) -> None:
    """A detached HEAD on a commit that is a delta upon deltas has its own time."""
    git(repository, "gc", "-q", "--aggressive")
    (index,) = (repository / ".git" / "objects" / "pack").glob("*.idx")
    rows = [line.split() for line in git(repository, "verify-pack", "-v", str(index)).splitlines()]
    deltas = [row[0] for row in rows if len(row) == 7 and row[1] == "commit"]
    assert len(deltas) > 20
    for name in deltas[::8]:
        git(repository, "update-ref", "--no-deref", "HEAD", name)
        seconds = int(git(repository, "log", "-1", "--format=%ct"))
        assert committed(repository) == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/none", "ref: ../../etc/passwd", "f" * 40, "ref: refs/../x", "\0"]
)
def test_a_head_that_leads_nowhere(repository: Path, head: str) -> None:
    """A HEAD without a commit has no time, and leads to no file outside."""
    (repository / ".git" / "HEAD").write_text(head)
    assert committed(repository) is None


@pytest.mark.parametrize("kind", ["idx", "pack"])
def test_damaged_packs(repository: Path, kind: str) -> None:
    """A pack cut short or overwritten gives no time or the right one, never an error."""
    git(repository, "gc", "-q", "--aggressive")
    (path,) = (repository / ".git" / "objects" / "pack").glob(f"*.{kind}")
    path.chmod(0o644)
    whole = path.read_bytes()
    right = committed(repository)
    for place in range(0, len(whole), max(len(whole) // 60, 1)):
        for damaged in (whole[:place], whole[:place] + b"\xff" * 40 + whole[place + 40 :]):
            path.write_bytes(damaged)
            assert committed(repository) in (None, right)


def test_no_repository(tmp_path: Path) -> None:
    """A folder without .git has no commit."""
    assert committed(tmp_path) is None
