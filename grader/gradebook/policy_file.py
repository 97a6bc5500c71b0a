"""`policy.yaml` as a value, checked key by key."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from grader.core.errors import SpecError
from grader.core.policy import Base, Extension, Policy, Terms, Which

Number = TypeVar("Number", int, float)
_MOST_DAYS = 3660


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one assignment; under `defaults`, of every assignment that says nothing else.

    Attributes:
        deadline: local date and time, such as 2026-03-02T23:59. grace: minutes. For the rest see `Terms`.
    """

    deadline: str | None = None
    grace: int | None = None
    percent_per_day: float | None = None
    of: Base | None = None
    after: int | None = None
    cap: float | None = None
    attempts: Which | None = None


class LateDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days that a student may be late without loss: `pool` over all assignments, at most `each` in one of them."""

    pool: int
    each: int


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another deadline for one student: `until` (local time), or so many `hours` after the common one."""

    student: str
    assignment: str
    until: str | None = None
    hours: float | None = None
    reason: str = ""


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys of `policy.yaml`. timezone: an IANA name; needed wherever a time stands in the file."""

    timezone: str | None = None
    defaults: Rules = Rules()
    late_days: LateDays = LateDays(pool=0, each=0)
    assignments: dict[str, Rules] = msgspec.field(default_factory=dict)
    extensions: list[Grant] = msgspec.field(default_factory=list)


class _Loader(yaml.SafeLoader):
    """YAML without dates: a deadline stays the text that was written, whether it has seconds or not."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_policy(text: str, shown: str) -> Policy:
    """The policy that is written in this YAML. Raises SpecError with file and key."""
    try:
        keys = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise SpecError(f"{shown}{line}: not YAML: {getattr(error, 'problem', None) or error}") from None
    try:
        return _policy(keys)
    except SpecError as error:
        raise error.at(shown) from None


def _policy(keys: object) -> Policy:
    try:
        file = msgspec.convert({} if keys is None else keys, PolicyFile)
    except msgspec.ValidationError as error:
        raise SpecError(_place(str(error))) from None
    zone = _zone(file.timezone)
    defaults = _terms(file.defaults, Terms(), zone, "$.defaults")
    if defaults.deadline is not None:
        raise SpecError("$.defaults.deadline: a deadline belongs to one assignment, under $.assignments")
    return Policy(
        timezone=zone or UTC,
        defaults=defaults,
        assignments={
            slug: _terms(rules, defaults, zone, f"$.assignments.{slug}")
            for slug, rules in file.assignments.items()
        },
        pool=_within("$.late_days.pool", file.late_days.pool, _MOST_DAYS),
        each=_within("$.late_days.each", file.late_days.each, _MOST_DAYS),
        extensions=_extensions(file, zone),
    )


def _zone(name: str | None) -> tzinfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise SpecError(f'$.timezone: expected an IANA name such as Europe/Paris, got "{name}"') from None


def _terms(rules: Rules, base: Terms, zone: tzinfo | None, place: str) -> Terms:
    given: dict[str, Any] = {name: value for name, value in _written(rules) if name in ("of", "attempts")}
    if rules.deadline is not None:
        given["deadline"] = instant(rules.deadline, zone, f"{place}.deadline")
    if rules.grace is not None:
        given["grace"] = timedelta(minutes=_within(f"{place}.grace", rules.grace, _MOST_DAYS * 24 * 60))
    if rules.percent_per_day is not None:
        given["percent_per_day"] = _percent(f"{place}.percent_per_day", rules.percent_per_day)
    if rules.after is not None:
        given["after"] = _within(f"{place}.after", rules.after, _MOST_DAYS)
    if rules.cap is not None:
        given["cap"] = _percent(f"{place}.cap", rules.cap)
    return replace(base, **given)


def _written(rules: Rules) -> list[tuple[str, object]]:
    return [(name, value) for name, value in msgspec.structs.asdict(rules).items() if value is not None]


def _extensions(file: PolicyFile, zone: tzinfo | None) -> dict[tuple[str, str], tuple[Extension, ...]]:
    found: dict[tuple[str, str], tuple[Extension, ...]] = {}
    dated = [slug for slug, rules in file.assignments.items() if rules.deadline is not None]
    for index, grant in enumerate(file.extensions):
        place = f"$.extensions[{index}]"
        if grant.assignment not in dated:
            known = ", ".join(dated) or "there is none"
            raise SpecError(
                f'{place}.assignment: expected one with a deadline ({known}), got "{grant.assignment}"'
            )
        if (grant.until is None) == (grant.hours is None):
            raise SpecError(f"{place}: expected either until or hours")
        hours = _within(f"{place}.hours", grant.hours or 0.0, _MOST_DAYS * 24)
        words = f"{hours:g} hours more" if grant.until is None else f"until {grant.until}"
        extension = Extension(
            until=None if grant.until is None else instant(grant.until, zone, f"{place}.until"),
            hours=Fraction(str(hours)),
            words=f"{words} ({grant.reason})" if grant.reason else words,
        )
        key = (grant.student, grant.assignment)
        found[key] = (*found.get(key, ()), extension)
    return found


def instant(written: str, zone: tzinfo | None, place: str) -> datetime:
    """The UTC instant of a local date and time.

    Where clocks are changed, a wall time may come twice or not at all; then of the two readings (PEP 495, fold 0
    and 1) the later counts, in the student's favour. Raises SpecError that names `place`.
    """
    try:
        wall = datetime.fromisoformat(written)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", written):
        raise SpecError(f'{place}: expected a local date and time such as 2026-03-02T23:59, got "{written}"')
    if zone is None:
        raise SpecError(f"$.timezone: expected an IANA name such as Europe/Paris, because {place} needs it")
    if not 1970 <= wall.year < 9000:  # far enough from the ends of the calendar for every sum of days
        raise SpecError(f'{place}: expected a year from 1970 to 8999, got "{written}"')
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _percent(place: str, value: float) -> Fraction:
    return Fraction(str(_within(place, value, 100)))  # as written: 0.1 is a tenth, which the float is not


def _within(place: str, value: Number, most: int) -> Number:
    if not 0 <= value <= most:  # NaN fails
        raise SpecError(f"{place}: expected a number from 0 to {most}, got {value}")
    return value


def _place(message: str) -> str:
    """msgspec's "… - at `$.x`" with the place in front, as all our messages have it."""
    text, _, place = message.partition(" - at ")
    place = place.strip("`") or "$"
    unknown = re.match(r"Object contains unknown field `(.+)`", text)
    if unknown:
        if place.startswith("$.extensions"):
            known = Grant.__struct_fields__
        else:
            known = {"$": PolicyFile, "$.late_days": LateDays}.get(place, Rules).__struct_fields__
        return f"{place}.{unknown[1]}: unknown key; allowed are {', '.join(known)}"
    return f"{place}: {text[0].lower()}{text[1:]}"
