"""Gradescope's "Export Submissions": a folder for each submission and ``submission_metadata.yml`` beside them.

Its keys are the names of the folders (of the files for PDF assignments), written by Ruby with symbols for keys:
``:submitters`` (a list of ``:name``, ``:sid``, ``:email``; several for a group), ``:created_at``, ``:score``, and
``:history`` with the earlier attempts, which are not exported. Source: exports as read by
github.com/gradescope/autograder_samples (issue 60) and by public scripts that parse the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import yaml

from grader.core.errors import SpecError
from grader.core.text import one_line
from grader.grading.collect.candidate import Candidate, Claim, Survey, unrostered
from grader.grading.collect.entries import LEFT, Entry, left, read, utc
from grader.grading.collect.found import Leftover
from grader.grading.collect.plain import content

METADATA = "submission_metadata.yml"
_LARGEST = 256 << 20  # bytes; it repeats the results of every test of every attempt


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values; what Ruby tags as one of its classes is read as the mapping or text that it is."""


def _untagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


_Loader.add_multi_constructor("!ruby/", _untagged)


def gradescope(entries: Sequence[Entry], wanted: Sequence[str]) -> Survey | None:
    """The submissions in Gradescope's export, or None if this is none. Raises SpecError for damaged metadata."""
    by_name = {entry.name: entry for entry in entries}
    metadata = by_name.pop(METADATA, None)
    if metadata is None or metadata.folder:
        return None
    survey = Survey()
    for key, record in _records(metadata).items():
        entry = by_name.pop(str(key), None)
        if entry is None:
            shown = one_line(str(key))
            survey.leftovers.append(Leftover(shown, f"stands in {METADATA}, but is not there", LEFT))
            continue
        submitters = _list(record, ":submitters")
        if not submitters:
            survey.leftovers += left([entry], f"has no submitter in {METADATA}")
        inner, beside = content(entry, wanted) if entry.folder else (entry, [])
        survey.leftovers += beside
        survey.candidates += [_candidate(inner, record, submitter) for submitter in submitters]
    survey.leftovers += left(by_name.values(), f"does not stand in {METADATA}")
    return survey


def _records(metadata: Entry) -> dict[object, object]:
    try:
        document = yaml.load(read(metadata.path, _LARGEST), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = one_line(str(error))[:200]
        raise SpecError(
            f"{metadata.origin}: is damaged: {reason}; export the submissions from Gradescope again"
        ) from None
    if not isinstance(document, dict):
        raise SpecError(
            f"{metadata.origin}: expected a key for each submission, got {type(document).__name__}"
        )
    return document


def _candidate(entry: Entry, record: object, submitter: object) -> Candidate:
    sid, email, name = (_text(submitter, key) for key in (":sid", ":email", ":name"))
    claim = Claim(*((text,) if text else () for text in (sid, email, name)))
    return Candidate(
        claim,
        unrostered(sid or email or name or entry.name, name, email),
        entry,
        _time(_get(record, ":created_at")) or entry.time,
        attempt=len(_list(record, ":history")) + 1,
    )


def _get(record: object, key: str) -> object:
    return record.get(key) if isinstance(record, dict) else None


def _list(record: object, key: str) -> list[object]:
    value = _get(record, key)
    return value if isinstance(value, list) else []


def _text(record: object, key: str) -> str:
    """The value as text; YAML reads an unquoted number as one, and 007 as 7, which Gradescope's quotes prevent."""
    value = _get(record, key)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def _time(value: object) -> datetime | None:
    """Aware, in UTC. Ruby writes ``2023-09-21 18:00:00.0 Z``, or an object whose ``utc`` is such a time."""
    if isinstance(value, dict):
        value = value.get("utc")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace(" Z", "Z").replace(" UTC", "Z"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return utc(value.replace(tzinfo=value.tzinfo or UTC).timestamp())
