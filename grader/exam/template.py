"""A question file, `question_bank/<topic>/<id>.md.j2`: YAML front matter, then the stem; checked key by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from grader.core.errors import SpecError
from grader.exam import drawing, parameters
from grader.exam.expressions import Expression, Prose
from grader.exam.parameters import Parameter
from grader.exam.values import Answer, Kind

SUFFIX = ".md.j2"
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MISCONCEPTIONS = "misconceptions"
_RULE = "---"


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """kind, digits, tolerance, unit, draw: see `grader.exam.values.Answer`."""

    kind: Kind | None = None
    digits: int = 3
    tolerance: float = 0.0
    unit: str = ""
    draw: str = ""


class _Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A figure between stem and options. draw: its kind; of: an expression, the data; alt: in words, see the manual."""

    draw: str
    of: Any
    alt: str


class _Local(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wrong answer of this question alone."""

    id: str
    expr: Any
    says: str


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sentence that is true or false; says: why it is, or why one doubts it."""

    text: str
    says: str
    misconception: str = ""


class _Stratum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A range of the parameters that is harder or easier than another; its own parameters replace the common ones."""

    id: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    where: Any = None
    difficulty: int | None = None


class _Lint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """allow: name of a rule → why it does not apply here."""

    allow: dict[str, str] = msgspec.field(default_factory=dict)


class QuestionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The front matter, as written; docs/writing-questions.md explains each key."""

    id: str
    topic: str
    difficulty: int
    minutes: float
    family: str = ""
    outcomes: list[str] = msgspec.field(default_factory=list)
    tags: list[str] = msgspec.field(default_factory=list)
    source: str = ""
    points: float = 1.0
    practice: bool | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    strata: list[_Stratum] = msgspec.field(default_factory=list)
    where: Any = None
    let: dict[str, Any] = msgspec.field(default_factory=dict)
    figure: _Figure | None = None
    key: Any = None
    answer: _Answer = msgspec.field(default_factory=_Answer)
    distractors: str | list[str | _Local] | None = None
    options: int | None = None
    ask: Literal["right", "wrong"] = "right"
    right: list[_Statement] = msgspec.field(default_factory=list)
    wrong: list[_Statement] = msgspec.field(default_factory=list)
    explain: str = ""
    lint: _Lint = msgspec.field(default_factory=_Lint)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure with its expressions. draw: a kind of `grader.exam.drawing`."""

    draw: str
    of: Expression
    alt: Prose


@dataclass(frozen=True, slots=True)
class Local:
    """A wrong answer with its expression."""

    id: str
    value: Expression
    says: Prose


@dataclass(frozen=True, slots=True)
class Statement:
    """A true or false sentence."""

    text: Prose
    says: Prose
    misconception: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """What is drawn, under which condition, and how hard it then is."""

    id: str
    params: Mapping[str, Parameter]
    where: Expression | None
    difficulty: int


@dataclass(frozen=True, slots=True)
class Template:
    """A question file, compiled.

    Attributes:
        file: its front matter; path: as errors name it. strata: at least one.
        misconceptions: which of the key's functions give distractors: all (None), or those listed. statements: of text
        items (true ones, false ones). key: of numeric items, None for text. figure: between stem and options.
    """

    file: QuestionFile
    path: str
    strata: tuple[Stratum, ...]
    let: tuple[tuple[str, Expression], ...]
    key: Expression | None
    misconceptions: tuple[str, ...] | None
    local: tuple[Local, ...]
    right: tuple[Statement, ...]
    wrong: tuple[Statement, ...]
    stem: Prose
    figure: Drawing | None
    explain: Prose
    lines: Mapping[str, int]

    @property
    def id(self) -> str:
        return self.file.id

    @property
    def numeric(self) -> bool:
        """Whether the options are computed; else they are sentences."""
        return self.key is not None

    @property
    def options(self) -> int:
        """Options of a drawn question, the key included."""
        return self.file.options or 4

    @property
    def answer(self) -> Answer:
        """How options are printed."""
        asked = self.file.answer
        return Answer(asked.kind, asked.digits, asked.tolerance, asked.unit, asked.draw)

    @property
    def pictured(self) -> bool:
        """Whether a draw has drawings, in options or above them."""
        return self.figure is not None or self.answer.kind == "picture"

    @property
    def practice(self) -> bool:
        """Whether practice may show it: by default computed questions, which nobody can learn by heart."""
        return self.numeric if self.file.practice is None else self.file.practice

    def pieces(self) -> Iterator[Expression | Prose]:
        """Everything in it that is compiled."""
        yield from (one.where for one in self.strata if one.where is not None)
        yield from (value for _, value in self.let)
        yield from () if self.key is None else (self.key,)
        yield from (piece for one in self.local for piece in (one.value, one.says))
        yield from (piece for one in (*self.right, *self.wrong) for piece in (one.text, one.says))
        yield from () if self.figure is None else (self.figure.of, self.figure.alt)
        yield from (self.stem, self.explain)

    def at(self, key: str) -> str:
        """The place of a key of the front matter: ``file:line: key``."""
        return f"{self.path}:{self.lines.get(key, 1)}: {key}"


def parse(text: str, path: str, eager: bool = True) -> Template:
    """Read a question file. path: as messages name it. Raises SpecError with file and line.

    eager: also compile every expression; else each when it is first needed, which most of a bank never are.
    """
    head, body, first = _parts(text, path)
    keys, lines = _front_matter(head, path)
    try:
        file = msgspec.convert(keys, QuestionFile)
    except msgspec.ValidationError as error:
        raise SpecError(_place(str(error), path, lines)) from None
    at = {key: f"{path}:{line}: {key}" for key, line in lines.items()}
    _sensible(file, path, at)
    misconceptions, local = _distractors(file, at.get("distractors", path))
    template = Template(
        file=file,
        path=path,
        strata=_strata(file, at),
        let=tuple((name, Expression(value, f"{at['let']}.{name}")) for name, value in file.let.items()),
        key=None if file.key is None else Expression(file.key, at["key"]),
        misconceptions=misconceptions,
        local=local,
        right=_statements(file.right, at.get("right", path)),
        wrong=_statements(file.wrong, at.get("wrong", path)),
        stem=Prose(body, path, first),
        figure=_figure(file, at.get("figure", path)),
        explain=Prose(file.explain, at["explain"]),
        lines=lines,
    )
    for part in template.pieces() if eager else ():
        part.compile()
    return template


def read(path: Path, shown: str, eager: bool = True) -> Template:
    """The template of this file; its name and folder must be those that it states. Raises SpecError."""
    try:
        template = parse(path.read_text(encoding="utf-8"), shown, eager)
    except UnicodeDecodeError as error:
        raise SpecError(f"{shown}: is not UTF-8: {error.reason}") from None
    if path.name != template.id + SUFFIX:
        raise SpecError(
            f'{template.at("id")}: expected "{path.name.removesuffix(SUFFIX)}" as the file is called'
        )
    if path.parent.name != template.file.topic:
        raise SpecError(
            f'{template.at("topic")}: expected "{path.parent.name}", the folder that the file lies in'
        )
    return template


def _parts(text: str, path: str) -> tuple[str, str, int]:
    """Front matter, stem, and the line on which the stem begins."""
    lines = text.split("\n")
    if lines[0].strip() != _RULE or _RULE not in (line.strip() for line in lines[1:]):
        raise SpecError(f"{path}:1: expected front matter between two lines {_RULE}")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == _RULE)
    return "\n".join(["", *lines[1:end]]), "\n".join(lines[end + 1 :]), end + 2


def _front_matter(head: str, path: str) -> tuple[Any, dict[str, int]]:
    """Its values, and top-level key → line in the file. Raises SpecError for what is no YAML mapping."""
    try:
        loader = yaml.CSafeLoader(head)
        node = loader.get_single_node()
        keys = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise SpecError(f"{path}:{line}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(node, yaml.MappingNode):
        raise SpecError(f"{path}:2: expected keys such as `id: …`")
    return keys, {str(key.value): key.start_mark.line + 1 for key, _ in node.value}


def _place(message: str, path: str, lines: Mapping[str, int]) -> str:
    """msgspec's "… - at `$.x`" with file and line in front."""
    text, _, place = message.partition(" - at ")
    key = re.split(r"[.\[]", place.strip("`").removeprefix("$."), maxsplit=1)[0] if place else ""
    unknown = re.match(r"Object contains unknown field `(.+)`", text)
    if unknown and not key:
        key, text = unknown[1], f"unknown key; allowed are {', '.join(QuestionFile.__struct_fields__)}"
    return f"{path}:{lines.get(key, 1)}: {place.strip('`') or key or '$'}: {text[0].lower()}{text[1:]}"


def _sensible(file: QuestionFile, path: str, at: Mapping[str, str]) -> None:
    if not ID.fullmatch(file.id):
        raise SpecError(f'{at["id"]}: expected small letters, digits and dashes, got "{file.id}"')
    if not 1 <= file.difficulty <= 5:
        raise SpecError(f"{at['difficulty']}: expected 1 to 5, got {file.difficulty}")
    if not 0 < file.minutes <= 30:
        raise SpecError(f"{at['minutes']}: expected minutes above 0, at most 30, got {file.minutes}")
    if not file.explain.strip():
        raise SpecError(f"{path}: explain: expected a sentence or two that explain the key")
    if file.options is not None and not 2 <= file.options <= 8:
        raise SpecError(f"{at['options']}: expected 2 to 8, got {file.options}")
    if (file.key is None) == (not file.right and not file.wrong):
        raise SpecError(
            f"{path}: expected `key:` for a computed question, or `right:` and `wrong:` for one in words"
        )
    if file.key is not None and file.distractors is None:
        raise SpecError(
            f"{path}: distractors: expected `{MISCONCEPTIONS}`, or a list of ids or of {{id, expr, says}}"
        )
    if (file.answer.kind == "picture") != bool(file.answer.draw):
        raise SpecError(f"{at['answer']}: `kind: picture` and `draw:` belong together")
    for key, draw in (("figure", file.figure and file.figure.draw), ("answer", file.answer.draw)):
        if draw and draw not in drawing.KINDS:
            raise SpecError(f'{at[key]}.draw: expected {", ".join(drawing.KINDS)}, got "{draw}"')
    if file.key is None:
        _enough(file, at)


def _enough(file: QuestionFile, at: Mapping[str, str]) -> None:
    """A draw takes one of one kind and the others of the other, and must vary."""
    rare, common = (file.right, file.wrong) if file.ask == "right" else (file.wrong, file.right)
    names = ("right", "wrong") if file.ask == "right" else ("wrong", "right")
    least = (2, 5) if file.ask == "right" else (1, 3)
    for name, statements, count in zip(names, (rare, common), least, strict=True):
        if len(statements) < count:
            raise SpecError(
                f"{at.get(name, name)}: expected at least {count} statements, got {len(statements)}"
            )
    for name, statements in (("right", file.right), ("wrong", file.wrong)):
        if name == "wrong" and any(not one.misconception for one in statements):
            raise SpecError(f"{at['wrong']}: every false statement needs its `misconception:`")


def _strata(file: QuestionFile, at: Mapping[str, str]) -> tuple[Stratum, ...]:
    common = {name: _parameter(value, f"{at['params']}.{name}") for name, value in file.params.items()}
    where = None if file.where is None else Expression(file.where, at["where"])
    if not file.strata:
        return (Stratum("", common, where, file.difficulty),)
    place = at["strata"]
    return tuple(
        Stratum(
            one.id,
            common | {name: _parameter(value, f"{place}.{name}") for name, value in one.params.items()},
            where if one.where is None else Expression(one.where, place),
            file.difficulty if one.difficulty is None else one.difficulty,
        )
        for one in file.strata
    )


def _figure(file: QuestionFile, place: str) -> Drawing | None:
    if file.figure is None:
        return None
    of, alt = file.figure.of, file.figure.alt
    return Drawing(file.figure.draw, Expression(of, f"{place}.of"), Prose(alt, f"{place}.alt"))


def _parameter(written: Any, place: str) -> Parameter:
    try:
        return parameters.parse(written)
    except SpecError as error:
        raise error.at(place) from None


def _distractors(file: QuestionFile, place: str) -> tuple[tuple[str, ...] | None, tuple[Local, ...]]:
    written = file.distractors
    if isinstance(written, str):
        written = [written]
    listed = written or []
    ids = tuple(one for one in listed if isinstance(one, str))
    local = tuple(
        Local(one.id, Expression(one.expr, f"{place}.{one.id}"), Prose(one.says, f"{place}.{one.id}"))
        for one in listed
        if isinstance(one, _Local)
    )
    return (None if MISCONCEPTIONS in ids else ids), local


def _statements(written: list[_Statement], place: str) -> tuple[Statement, ...]:
    return tuple(
        Statement(Prose(one.text, place), Prose(one.says, place), one.misconception) for one in written
    )
