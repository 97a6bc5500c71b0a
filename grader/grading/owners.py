"""Who owned what was dropped: anyone may write a name on a hand-in, but the file system knows whose file it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from grader.gradebook.book import GRADER
from grader.gradebook.records import Submission
from grader.grading.collect.found import Leftover

_DONE = "graded; ask who handed in"


def several_owners(submissions: Sequence[Submission]) -> Iterator[Leftover]:
    """Students whose attempts belonged to several users, and users who handed in for several students."""
    of_student: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    of_owner: dict[str, set[str]] = defaultdict(set)
    for one in submissions:
        if one.author != GRADER:  # no drop folder, or the graders' own copy of one
            of_student[one.student][one.author].append(one.origin)
            of_owner[one.author].add(one.student)
    for student, owners in sorted(of_student.items()):
        if len(owners) > 1:
            told = " and ".join(f"{owner} ({', '.join(origins)})" for owner, origins in owners.items())
            yield Leftover(student, f"has hand-ins of several users: {told}", _DONE)
    for owner, students in sorted(of_owner.items()):
        if len(students) > 1:
            yield Leftover(owner, f"is the user who handed in for {', '.join(sorted(students))}", _DONE)
