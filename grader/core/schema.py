"""The JSON Schema of a result (``grader schema result`` prints it). It describes what `to_json` gives."""

from __future__ import annotations

from dataclasses import fields

from grader.core.limits import Limits
from grader.core.result import SCHEMA
from grader.core.verdict import REASONS, Reason, Status

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_POINTS: Schema = {"type": "number", "minimum": 0}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]+$"}
_MEASURED: dict[str, Schema] = {
    "wall_seconds": _POINTS,
    "cpu_seconds": _POINTS,
    "peak_bytes": _COUNT,
    "reference_bytes": _COUNT,
    "gpu_seconds": _POINTS,
    "gpu_peak_bytes": _COUNT,
    "reference_cpu_seconds": _POINTS,
}


def result_schema() -> Schema:
    """Schema of one result, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The result of one graded submission",
        **_closed(
            {
                "schema": {"const": SCHEMA},
                "assignment": {"type": "string", "minLength": 1},
                "submission": {"type": "string", "pattern": "^[^/]"},
                "score": {**_or_null("number"), "minimum": 0, "description": "null while provisional"},
                "max_score": _POINTS,
                "status": {"enum": ["graded", "provisional"]},
                "score_low": _POINTS,
                "score_high": _POINTS,
                "bonus": {**_POINTS, "description": "beside the score, never part of it"},
                "manual": _list(_closed({"id": _TEXT, "title": _TEXT, "max_points": _POINTS})),
                "checks": _list(_check()),
                "sandboxed": {"type": "boolean"},
                "layers": _list(_TEXT),
                "limits": _limits(),
                "seed_fingerprint": _or_null("string"),
                "hashes": _closed(
                    {
                        "submission": _HASH,
                        "checks": _HASH,
                        "reference": {**_HASH, "type": ["string", "null"]},
                    }
                ),
                "versions": _map(_TEXT),
                "measured": _closed({**_MEASURED, "device": _TEXT, "device_note": _TEXT}),
            }
        ),
        "if": {"properties": {"status": {"const": "provisional"}}},
        "then": {"properties": {"score": {"type": "null"}}},
        "else": {"properties": {"score": {"type": "number"}}},
    }


def results_schema() -> Schema:
    """Schema of the file that ``--json`` writes: a list of results."""
    one = result_schema()
    return {"$schema": one.pop("$schema"), "title": "Graded submissions", **_list(one)}


def _check() -> Schema:
    schema = _closed(
        {
            "id": {"type": "string", "minLength": 1},
            "title": _TEXT,
            "visibility": {"enum": ["public", "hidden"]},
            "status": {"enum": [status.value for status in Status]},
            "reason": {"enum": [*(reason.value for reason in Reason), None]},
            "points": _POINTS,
            "max_points": _POINTS,
            "message": _TEXT,
            "misconception": {**_or_null("string"), "pattern": r"^[^/\s]+/[^/\s]+$"},
            "evidence": _list({"oneOf": [_curves(), _confusion()]}),
            "measured": _closed(_MEASURED),
        }
    )
    schema["oneOf"] = [
        {
            "properties": {
                "status": {"const": status.value},
                "reason": {"enum": [*sorted(reason.value for reason in reasons)] if reasons else [None]},
            }
        }
        for status, reasons in REASONS.items()
    ]
    return schema


def _curves() -> Schema:
    line = _closed({"name": _TEXT, "values": _list(_or_null("number"))})
    texts = {name: _TEXT for name in ("title", "x_label", "y_label")}
    return _closed({"kind": {"const": "curves"}, **texts, "lines": _list(line)})


def _confusion() -> Schema:
    rate: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    return _closed(
        {
            "kind": {"const": "confusion"},
            "title": _TEXT,
            "classes": _list(_TEXT),
            "matrix": _list(_list(_COUNT)),
            "accuracy": rate,
            "low": rate,
            "high": rate,
            "threshold": {**rate, "type": ["number", "null"]},
        }
    )


def _limits() -> Schema:
    one: dict[str, Schema] = {
        limit.name: _POINTS if limit.name in ("cpu", "wall") else _COUNT for limit in fields(Limits)
    }
    gpu = _closed({"devices": _COUNT, "seconds": _POINTS, "wall": _POINTS, "memory": _COUNT})
    return _closed({**one, "checks": _map(_closed(one)), "gpu": _map(gpu)})


def _closed(properties: dict[str, Schema]) -> Schema:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _map(values: Schema) -> Schema:
    """An object whose keys are names (of checks, of packages)."""
    return {"type": "object", "patternProperties": {r"^[\w.-]+$": values}, "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(kind: str) -> Schema:
    return {"type": [kind, "null"]}
