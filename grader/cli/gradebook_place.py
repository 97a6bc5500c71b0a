"""Which gradebook a command means, and which student and assignment in it."""

from __future__ import annotations

import difflib
import getpass
import shlex
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from grader.core.assignment import Assignment
from grader.core.errors import GraderError, UsageError
from grader.core.mark import Entry, Mark
from grader.core.policy import Policy
from grader.core.roster import Student
from grader.core.text import one_line
from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.marking import marks_of
from grader.gradebook.policy_file import read_policy
from grader.grading.course import Course, find_course

Command = TypeVar("Command", bound=Callable[..., Any])
DATABASE, POLICY = "gradebook.db", "policy.yaml"


def gradebook_option(command: Command) -> Command:
    """--gradebook, or GRADER_GRADEBOOK; the command gets it as `url`."""
    return click.option(
        "--gradebook",
        "url",
        envvar="GRADER_GRADEBOOK",
        metavar="URL",
        help=f"A path or postgresql://… [.grader/{DATABASE} of the course].",
    )(command)


def reason_options(command: Command) -> Command:
    """--reason and --author, which stay on record beside every change."""
    author = click.option("--author", metavar="NAME", help="Who decides [the user who is logged in].")
    reason = click.option("--reason", metavar="TEXT", default="", help="Why; it stays on record.")
    return reason(author(command))


@dataclass(frozen=True, slots=True)
class Place:
    """A gradebook, and the course that it belongs to if there is one."""

    url: str
    course: Course | None

    @classmethod
    def of(cls, given: Path | None, url: str | None) -> Place:
        """From --course and --gradebook. Raises UsageError if neither says where."""
        if not url:
            course = find_course(given)
            return cls(str(course.root / ".grader" / DATABASE), course)
        try:
            return cls(url, find_course(given))
        except UsageError:
            if given is not None:
                raise
            return cls(url, None)

    def opened(self, create: bool = False) -> AbstractContextManager[Gradebook]:
        """The gradebook. Raises UsageError where there is none, unless `create`."""
        return open_gradebook(self.url, create=create)

    def slug(self, book: Gradebook, given: str) -> str:
        """An assignment of the course or the gradebook. Raises UsageError with the nearest one."""
        known = self.slugs(book)
        if given not in known:
            near = difflib.get_close_matches(given, known, 1, 0.5)
            hint = f'did you mean "{near[0]}"?' if near else _listed(known, "there is none yet")
            raise UsageError(f'there is no assignment "{one_line(given)}"; {hint}')
        return given

    def slugs(self, book: Gradebook) -> list[str]:
        """By name."""
        return sorted({*book.slugs(), *(self.course.slugs() if self.course else ())})

    def spec(self, slug: str) -> Assignment | None:
        """What the course says of an assignment; None where it is none of the course."""
        return self.course.assignment(slug) if self.course and slug in self.course.slugs() else None

    def unrecorded_policy(self, book: Gradebook) -> str:
        """What is to be said if the policy beside the gradebook is not the one that holds; else empty."""
        path = self._policy_file()
        if path is None or not path.is_file():
            return ""
        try:
            if read_policy(path.read_text(encoding="utf-8"), str(path)) == book.policy():
                return ""
        except (GraderError, UnicodeDecodeError) as error:
            return f"{path} is not on record, and cannot be: {error}"
        return (
            f"{path} differs from the policy on record, which holds; record it with: "
            f'grader gradebook policy {shlex.quote(str(path))} --reason "…"'
        )

    def _policy_file(self) -> Path | None:
        if "://" not in self.url:
            return Path(self.url).with_name(POLICY)
        return self.course.root / ".grader" / POLICY if self.course else None


def known_students(book: Gradebook) -> dict[str, Student]:
    """The roster, and after it whoever handed in without standing in it."""
    known = book.students()
    others = sorted({one.student for one in book.submissions()} - known.keys())
    return known | {student: Student(student) for student in others}


def known_student(book: Gradebook, given: str) -> str:
    """An id on record. Raises UsageError with the nearest one, found by id, name or address."""
    known = known_students(book)
    if given in known:
        return given
    names = {text: one for one in known.values() for text in (one.email, one.name, one.id) if text}
    near = difflib.get_close_matches(given, names, 1, 0.5)
    if near:
        one = names[near[0]]
        hint = f'did you mean "{one.id}"' + (f" ({one_line(one.name)})?" if one.name else "?")
    else:
        hint = _listed(known, "nobody is on record; take over a roster with: grader gradebook roster CSV")
    raise UsageError(f'there is no student "{one_line(given)}"; {hint}')


def same_class(known: Mapping[str, Student], students: Mapping[str, Student], shown: str) -> None:
    """Raises UsageError for a roster that looks like the same people by other ids: nobody can be removed again."""
    if known and not known.keys() & students.keys():
        new, old = next(iter(students)), next(iter(known))
        raise UsageError(
            f"{shown}: none of these {len(students)} students is on record (first: {new}), but {len(known)} others are "
            f"(first: {old}); does the file name them by other ids? If not: grader gradebook roster {shown} --force"
        )


def mark_of(book: Gradebook, student: str, slug: str) -> Mark:
    """The mark; one without value if nothing is on record."""
    found = (mark for mark in book.marks(slug) if mark.student == student)
    return next(found, None) or marks_of([Entry(student=student, slug=slug)], Policy())[0]


def author_of(given: str | None) -> str:
    """Who decides. Raises UsageError if the system does not know the user."""
    try:
        return given or getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("this system does not say who you are; name yourself with --author NAME") from None


def reason_of(given: str) -> str:
    """Raises UsageError if there is none."""
    if not one_line(given):
        raise UsageError('expected a reason: --reason "…"; it stays on record beside the change')
    return given


def read_file(path: Path) -> bytes:
    """The file that the user named. Raises UsageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _listed(names: Iterable[str], none: str, most: int = 5) -> str:
    some = [one_line(name) for name in names]
    more = f" and {len(some) - most} more" if len(some) > most else ""
    return f"known are {', '.join(some[:most])}{more}" if some else none
