"""The JSON file."""

from __future__ import annotations

import json

import jsonschema
from example_results import RESULTS

from grader.core.schema import results_schema
from grader.report.json import dumps


def test_file_follows_the_schema() -> None:
    """A list that validates, ASCII, two blanks deep, newline at the end, nothing of the detail."""
    text = dumps(RESULTS)
    jsonschema.validate(json.loads(text), results_schema(), cls=jsonschema.Draft202012Validator)
    assert text.isascii()
    assert text.endswith("]\n")
    assert text.startswith('[\n  {\n    "schema"')
    assert "SECRET" not in text
    assert "np.exp" not in text
    assert [entry["score"] for entry in json.loads(text)] == [35.0, 4.66, None, 14.0]


def test_no_results() -> None:
    """An empty list."""
    assert dumps([]) == "[]\n"
