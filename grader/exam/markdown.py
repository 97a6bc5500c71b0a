"""Markdown with mathematics → HTML with MathML: one call of pandoc for many blocks. Source: the pandoc manual, 3.9."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from grader.core.errors import GraderError, SpecError

_MARK = "<!--block {number}-->"
_FROM = "markdown+raw_attribute-yaml_metadata_block-citations-example_lists-smart"


def to_html(blocks: Sequence[str]) -> list[str]:
    """Each block as HTML. Raises GraderError without pandoc, SpecError for a block that swallows its neighbour."""
    if not blocks:
        return []
    parts = []
    for number, block in enumerate(blocks):
        parts += [f"```{{=html}}\n{_MARK.format(number=number)}\n```", block.strip()]
    command = [_pandoc(), "-f", _FROM, "-t", "html", "--mathml", "--wrap=none"]
    done = subprocess.run(command, input="\n\n".join(parts), capture_output=True, text=True, check=False)
    if done.returncode:
        raise GraderError(f"pandoc: {done.stderr.strip()[:500]}")
    # number, block, number, block …: a block that runs on (an unclosed code block) swallows the mark behind it
    _, *pieces = re.split(r"<!--block (\d+)-->", done.stdout)
    numbers, found = pieces[::2], [piece.strip() for piece in pieces[1::2]]
    for number, block in enumerate(blocks):
        if numbers[number : number + 2] != [str(number), str(number + 1)][: len(blocks) - number]:
            raise SpecError(f"pandoc does not end this piece of Markdown where it ends: {block[:80]}")
    return found


def _pandoc() -> str:
    try:
        import pypandoc
    except ImportError:
        raise GraderError("pandoc is missing; install it with: pip install 'course-grader[exam]'") from None
    return str(pypandoc.get_pandoc_path())
