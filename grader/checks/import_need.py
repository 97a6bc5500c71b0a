"""What the reference's own import needs, for the report on a submission whose import was stopped.

Measured where a submission stands that is about to be imported: in a fresh process that has imported the assignment's
packages and warmed them as a pen does. The judge's own would not do, since what the reference loads is loaded there.
It costs seconds, so nobody measures it before an import was stopped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.checks import reference
from grader.checks.need import Need
from grader.pen.zygote import warm

SECONDS = 120.0  # a fresh torch, on a busy machine
_RUN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from grader.checks.import_need import main; main(sys.argv[2], sys.argv[3:])"
)


@dataclass(frozen=True, slots=True)
class ImportNeed:
    """Attributes: bytes: of new memory; cpu_seconds: both 0 where they are not known."""

    bytes: int = 0
    cpu_seconds: float = 0.0


def import_need(folder: Path, packages: Sequence[str]) -> ImportNeed:
    """Of the reference in `folder`; unknown if it does not end in time. The process dies with its work."""
    command = [sys.executable, "-I", "-c", _RUN, json.dumps(sys.path), str(folder), *packages]
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        told = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True).stdout
        used, seconds = told.rpartition(b"need ")[2].split()
        return ImportNeed(int(used), float(seconds))
    return ImportNeed()


def main(folder: str, packages: Sequence[str]) -> None:
    """Body of the fresh process."""
    warm(list(packages))
    started = time.process_time()
    with Need() as need:
        reference.load_solution(Path(folder))
    print(f"need {need.bytes} {time.process_time() - started}")
