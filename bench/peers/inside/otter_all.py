"""Otter's own Python API on many submissions in one process: autograder.zip, then the files. Prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from otter.api import grade_submission

found = {}
for path in sys.argv[2:]:
    graded = grade_submission(path, sys.argv[1], quiet=True)
    found[Path(path).stem] = {name: file.passed_all for name, file in graded.results.items()}
print(json.dumps(found))
