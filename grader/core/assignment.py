"""`assignment.yaml` as a value, checked key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

import msgspec

from grader.core.errors import SpecError
from grader.core.gpu import GpuSpec, parse_gpu
from grader.core.limits import Limits, parse_limit

SLUG = re.compile(r"[a-z][a-z0-9_]*")


class ManualItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part that a person marks by its rubric; its points lie outside those of the checks."""

    id: str
    title: str
    points: int
    rubric: str = ""


class AssignmentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The keys of `assignment.yaml`, as written.

    Attributes:
        title: shown to students. points: what the checks sum to.
        files: the hand-in; the first is the module that checks call.
        packages: what may be imported besides the standard library; anything else is absent from the sandbox.
        limits: cpu, wall, memory, processes, files, output; and per check under `checks`.
        mutates: functions that work in place. manual: parts that a person marks.
        notebook: what becomes the module where a notebook is handed in: the whole code, or its definitions, imports and
        constants alone.
        data: the image set that the submission may read. checkpoint: whether a handed-in checkpoint earns accuracy
        points even where the hidden images' labels are public. gpu: see `grader.core.gpu`.
        feedback: what reports may show.
    """

    title: str
    points: int
    files: list[str]
    packages: list[str] = msgspec.field(default_factory=lambda: ["numpy"])
    limits: dict[str, Any] = msgspec.field(default_factory=dict)
    mutates: list[str] = msgspec.field(default_factory=list)
    notebook: Literal["whole", "definitions"] = "whole"
    manual: list[ManualItem] = msgspec.field(default_factory=list)
    data: str | None = None
    checkpoint: Literal["self-reported", "trusted"] = "self-reported"
    gpu: dict[str, Any] | None = None
    feedback: dict[str, Any] | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """An assignment as the grader uses it: the file's keys with limits in seconds and bytes."""

    slug: str
    title: str
    points: Fraction
    files: tuple[str, ...]
    packages: tuple[str, ...]
    limits: Limits
    check_limits: Mapping[str, Limits]
    mutates: tuple[str, ...]
    manual: tuple[ManualItem, ...]
    data: str | None
    checkpoint: str
    notebook: str = "whole"
    gpu: GpuSpec | None = None

    @property
    def definitions_only(self) -> bool:
        """Whether a notebook's definitions, imports and constants alone become the module."""
        return self.notebook == "definitions"

    @property
    def entry(self) -> str:
        """The file whose functions the checks call."""
        return self.files[0]

    def limits_of(self, check: str) -> Limits:
        """The limits of one check."""
        return self.check_limits.get(check, self.limits)


def with_limits(assignment: Assignment, check: str, limits: Limits) -> Assignment:
    """The same assignment with other limits for one check."""
    per_check = {**assignment.check_limits, check: limits}
    return msgspec.structs.replace(assignment, check_limits=per_check)


def parse(slug: str, keys: object) -> Assignment:
    """The assignment from the parsed YAML. Raises SpecError with the path of the key inside the file."""
    try:
        file = msgspec.convert(keys, AssignmentFile)
    except msgspec.ValidationError as error:
        raise SpecError(_place(str(error))) from None
    if not file.files or any(not re.fullmatch(r"[\w-][\w.-]*", name) for name in file.files):
        raise SpecError(f"$.files: expected at least one plain file name, got {file.files}")
    if len(set(file.files)) < len(file.files):
        raise SpecError(f"$.files: expected each name once, got {file.files}")
    if not file.files[0].endswith(".py"):
        raise SpecError(
            f'$.files[0]: expected a Python file, the module that checks call, got "{file.files[0]}"'
        )
    if file.points <= 0:
        raise SpecError(f"$.points: expected a number above 0, got {file.points}")
    for index, item in enumerate(file.manual):
        if item.points < 0:
            raise SpecError(f"$.manual[{index}].points: expected 0 or more, got {item.points}")
        if item.id in {other.id for other in file.manual[:index]}:
            raise SpecError(f'$.manual[{index}].id: expected each id once, got "{item.id}" again')
    limits, per_check = _limits(file.limits)
    return Assignment(
        slug=slug,
        title=file.title,
        points=Fraction(file.points),
        files=tuple(file.files),
        packages=tuple(file.packages),
        limits=limits,
        check_limits=per_check,
        mutates=tuple(file.mutates),
        manual=tuple(file.manual),
        data=file.data,
        checkpoint=file.checkpoint,
        notebook=file.notebook,
        gpu=None if file.gpu is None else parse_gpu(file.gpu),
    )


def _limits(written: Mapping[str, Any]) -> tuple[Limits, dict[str, Limits]]:
    base = _override(Limits(), {k: v for k, v in written.items() if k != "checks"}, "$.limits")
    checks = written.get("checks") or {}
    if not isinstance(checks, dict) or not all(isinstance(value, dict) for value in checks.values()):
        raise SpecError("$.limits.checks: expected check ids, each with its limits below it")
    return base, {name: _override(base, value, f"$.limits.checks.{name}") for name, value in checks.items()}


def _override(limits: Limits, written: Mapping[str, Any], place: str) -> Limits:
    changed: dict[str, Any] = {}
    for name, value in written.items():
        try:
            changed[name] = parse_limit(name, value)
        except SpecError as error:
            raise error.at(f"{place}.{name}") from None
    return replace(limits, **changed)


def _place(message: str) -> str:
    """msgspec's "… - at `$.x`" with the place in front, as all our messages have it."""
    text, _, place = message.partition(" - at ")
    unknown = re.match(r"Object contains unknown field `(.+)`", text)
    if unknown:
        known = ManualItem if "manual" in place else AssignmentFile
        allowed = ", ".join(known.__struct_fields__)
        return f"{place.strip('`') or '$'}.{unknown[1]}: unknown key; allowed are {allowed}"
    return f"{place.strip('`') or '$'}: {text[0].lower()}{text[1:]}"
