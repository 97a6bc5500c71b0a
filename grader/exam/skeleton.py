"""A question file to start from: it lints as it is."""

from __future__ import annotations

from pathlib import Path

from grader.core.errors import UsageError
from grader.exam.bank import FOLDER
from grader.exam.template import ID, SUFFIX

_TEXT = """\
---
id: {id}
topic: {topic}
difficulty: 2
minutes: 1.5
params: {{n: 60..200, b: 6..16}}
where: "n % b != 0"
key: n // b
distractors:
  - {{id: rounded-up, expr: "ceil(n / b)", says: "The images that do not fill a batch are left over."}}
  - {{id: remainder-counted, expr: "n // b + n % b", says: "The images left over are no batches."}}
  - {{id: subtracted, expr: "n - b", says: "So many images are left after one batch."}}
  - {{id: first-forgotten, expr: "n // b - 1", says: "The first batch counts, too."}}
  - {{id: one-more-in-each, expr: "n // (b + 2)", says: "A batch has exactly b images."}}
  - {{id: halved, expr: "n // (2 * b)", says: "Each image belongs to one batch only."}}
explain: $<< n >> = << b >> \\cdot << n // b >> + << n % b >>$.
---
How many full batches of $<< b >>$ can be made of $<< n >>$ images?
"""


def create(root: Path, name: str) -> Path:
    """Write ``question_bank/<topic>/<id>.md.j2`` for the name ``<topic>/<id>``. Raises UsageError."""
    topic, _, question = name.partition("/")
    if not ID.fullmatch(topic) or not ID.fullmatch(question):
        raise UsageError(
            f'expected TOPIC/ID of small letters, digits and dashes, as in conv-arith/my-question, got "{name}"'
        )
    path = root / FOLDER / topic / (question + SUFFIX)
    if path.exists():
        raise UsageError(f"{path}: exists already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEXT.format(id=question, topic=topic), encoding="utf-8")
    return path
