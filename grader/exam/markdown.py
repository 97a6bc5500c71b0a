"""Markdown with mathematics → Typst, HTML, plain text: one call of pandoc for many blocks. Source: pandoc's manual."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from grader.core.errors import GraderError, SpecError

Target = Literal["typst", "mathml", "mathjax", "plain"]

# nothing raw: what looks like HTML or TeX in a question is text
_WITHOUT = (
    "raw_html raw_tex raw_attribute native_divs native_spans yaml_metadata_block citations example_lists smart "
    "footnotes inline_notes implicit_figures"  # a footnote would stand below another question
)
MARKDOWN = "-".join(["markdown", *_WITHOUT.split()])
_TO = {
    "typst": ["-t", "typst"],
    "mathml": ["-t", "html", "--mathml"],
    "mathjax": ["-t", "html", "--mathjax"],
    "plain": ["-t", "plain"],
}
_MARK = re.compile(r"^⟦block (\d+)⟧$", re.MULTILINE)  # written by blocks.lua
_FILTER = Path(__file__).parent / "templates" / "blocks.lua"
_WORTH = 500  # blocks from which a second process pays


def convert(blocks: Sequence[str], to: Target, jobs: int = 1) -> dict[str, str]:
    """Each distinct block of Markdown → the same in the target's language.

    ``mathml`` is HTML with MathML; ``mathjax`` is HTML with ``\\(…\\)`` for a page that loads MathJax itself.
    Raises GraderError without pandoc, SpecError for a block that swallows its neighbour.
    """
    unique = sorted(set(blocks))
    size = max(_WORTH, -(-len(unique) // jobs))
    parts = [unique[start : start + size] for start in range(0, len(unique), size)]
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        done = list(pool.map(lambda part: _run(part, to), parts))
    return {
        block: text
        for part, texts in zip(parts, done, strict=True)
        for block, text in zip(part, texts, strict=True)
    }


def _run(blocks: Sequence[str], to: Target) -> list[str]:
    written = "\n\n".join(
        f"::: {{#block-{number}}}\n{block.strip()}\n:::" for number, block in enumerate(blocks)
    )
    command = [
        pandoc(),
        "-f",
        MARKDOWN,
        *_TO[to],
        "--wrap=none",
        "--syntax-highlighting=none",
        f"--lua-filter={_FILTER}",
    ]
    done = subprocess.run(command, input=written, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GraderError(f"pandoc: {done.stderr.strip()[:500]}")
    # number, block, number, block …: a block that runs on (an unclosed code block) swallows the one behind it
    _, *pieces = _MARK.split(done.stdout)
    for number in range(len(blocks)):
        if pieces[2 * number : 2 * number + 1] != [str(number)]:
            block = blocks[max(0, number - 1)]
            raise SpecError(f"pandoc does not end this piece of Markdown where it ends: {block[:80]}")
    return [piece.strip("\n") for piece in pieces[1::2]]


def pandoc() -> str:
    """Where the program lies. Raises GraderError without it."""
    try:
        import pypandoc
    except ImportError:
        raise GraderError("pandoc is missing; install it with: pip install 'course-grader[exam]'") from None
    return str(pypandoc.get_pandoc_path())
