"""Clones of GitHub Classroom's repositories: ``mlp-janedoe/``, named by the assignment and the account.

Source: docs.github.com, "Using GitHub Classroom with GitHub CLI"; `gh classroom clone student-repos` puts them
below ``<assignment>-submissions/``. The time is that of the commit checked out; nothing of a repository is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.grading.collect.candidate import Candidate, Claim, Survey, unrostered
from grader.grading.collect.entries import Entry, left
from grader.grading.collect.git import committed


def clones(entries: Sequence[Entry], wanted: Sequence[str]) -> Survey | None:
    """The clones in a folder, or None if most of its folders are none."""
    folders = [entry for entry in entries if entry.folder]
    repositories = [entry for entry in folders if _is_clone(entry)]
    if not repositories or 2 * len(repositories) < len(folders):
        return None
    survey = Survey(leftovers=left((entry for entry in entries if entry not in repositories), "is no clone"))
    shared = _shared([entry.name for entry in repositories])
    for entry in repositories:
        accounts = _accounts(entry.name, shared)
        received = committed(entry.path) or entry.time
        survey.candidates.append(
            Candidate(Claim.any(*accounts, entry.name), unrostered(accounts[0]), entry, received)
        )
    return survey


def _is_clone(entry: Entry) -> bool:
    git = entry.path / ".git"
    return git.is_dir() and not git.is_symlink()


def _shared(names: Sequence[str]) -> int:
    """How many characters all names begin with: those of the first and the last by name."""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    return next((place for place, (one, other) in pairs if one != other), len(first))


def _accounts(name: str, shared: int) -> tuple[str, ...]:
    """What the account may be, the shortest first: it follows a hyphen in the part that all names begin with.

    Which hyphen cannot be told: both the assignment's and the account's name may have some.
    """
    starts = [match.end() for match in re.finditer("-", name[:shared])]
    return tuple(name[start:] for start in reversed(starts) if start < len(name)) or (name,)
