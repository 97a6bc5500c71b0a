"""Results as a JSON file: the contract ``grader.result/1``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from grader.core.result import SubmissionResult, to_json


def dumps(results: Sequence[SubmissionResult]) -> str:
    """The list of results, two spaces deep, ASCII only, with a newline at the end.

    Raises ValueError for a number that JSON does not have (NaN, infinity).
    """
    documents = [to_json(result) for result in results]
    return json.dumps(documents, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
