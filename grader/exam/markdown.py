"""Markdown with mathematics → HTML with MathML: one call of pandoc for many blocks. Source: the pandoc manual, 3.9."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from grader.core.errors import GraderError, SpecError

# nothing raw: what looks like HTML or TeX in a question is text
_WITHOUT = "raw_html raw_tex raw_attribute native_divs native_spans yaml_metadata_block citations example_lists smart"
_FROM = "-".join(["markdown", *_WITHOUT.split()])


def to_html(blocks: Sequence[str]) -> list[str]:
    """Each block as HTML. Raises GraderError without pandoc, SpecError for a block that swallows its neighbour."""
    if not blocks:
        return []
    parts = [f"::: {{#block-{number}}}\n{block.strip()}\n:::" for number, block in enumerate(blocks)]
    command = [_pandoc(), "-f", _FROM, "-t", "html", "--mathml", "--wrap=none"]
    done = subprocess.run(command, input="\n\n".join(parts), capture_output=True, text=True, check=False)
    if done.returncode:
        raise GraderError(f"pandoc: {done.stderr.strip()[:500]}")
    # number, block, number, block …: a block that runs on (an unclosed code block) swallows the one behind it
    _, *pieces = re.split(r'<div id="block-(\d+)">', done.stdout)
    if pieces[::2] != [str(number) for number in range(len(blocks))]:
        missing = next(number for number in range(len(blocks)) if str(number) not in pieces[::2])
        raise SpecError(
            f"pandoc does not end this piece of Markdown where it ends: {blocks[missing - 1][:80]}"
        )
    return [piece.strip().removesuffix("</div>").strip() for piece in pieces[1::2]]


def _pandoc() -> str:
    try:
        import pypandoc
    except ImportError:
        raise GraderError("pandoc is missing; install it with: pip install 'course-grader[exam]'") from None
    return str(pypandoc.get_pandoc_path())
