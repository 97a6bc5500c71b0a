"""Word documents: one for each form, to edit or print; without keys. Pandoc reads the Markdown and writes Word."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any

from grader.core.errors import GraderError, SpecError
from grader.exam.exports.docx_tree import Block, Parts, document, picture_name
from grader.exam.exports.export import Export
from grader.exam.exports.html_text import figures, file_name
from grader.exam.exports.slots import ordered
from grader.exam.form import Form
from grader.exam.item import Figure
from grader.exam.markdown import MARKDOWN, pandoc

_EPOCH = "315532800"  # 1980-01-01, the date of everything in the file: without it pandoc takes today's
_PIXELS_PER_INCH = 300
NO_SHEET = "There is no answer sheet in it: students mark on the paper, and nothing reads that by machine."
PLAIN = "Large print is not set in it; the minutes on it contain the student's extra time."


def export(forms: Sequence[Form], jobs: int) -> Export:
    """`<file name of the student>.docx` each. Figures are pictures of 300 pixels an inch."""
    _, sorted_forms = ordered(forms)
    texts = {text for form in sorted_forms for text in _texts(form)}
    api, blocks = _parsed(sorted(text for text in texts if text.strip()))
    empty: dict[str, list[Block]] = {text: [] for text in texts}
    shown = {file_name(one): one for form in sorted_forms for q in form.questions for one in figures(q)}
    pictures = {picture_name(figure): _drawn(figure) for figure in shown.values()}
    parts = Parts(api, empty | blocks, {name: _inches(png) for name, png in pictures.items()})
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(max(1, jobs)) as pool:
        for picture, png in pictures.items():
            (Path(name) / picture).write_bytes(png)
        documents = pool.map(lambda form: _written(document(form, parts), Path(name)), sorted_forms)
        named = zip(sorted_forms, documents, strict=True)
        files = {f"{form.taker.file_name}.docx": data for form, data in named}
    return Export(files, (NO_SHEET, PLAIN))


def _texts(form: Form) -> Iterator[str]:
    yield form.exam.instructions
    yield from (section.instructions for section in form.exam.sections)
    for question in form.questions:
        yield question.stem
        yield from (option.text for option in question.options)


def _parsed(texts: Sequence[str]) -> tuple[Sequence[int], dict[str, list[Block]]]:
    """Version of the tree, and Markdown → its blocks. Raises SpecError for a text that takes in its neighbour."""
    wanted = [f"block-{place}" for place in range(len(texts))]
    source = (f"::: {{#{name}}}\n{text.strip()}\n:::" for name, text in zip(wanted, texts, strict=True))
    tree = json.loads(_pandoc(["-f", MARKDOWN, "-t", "json"], "\n\n".join(source).encode()))
    blocks = tree["blocks"]
    names = [block["c"][0][0] if block["t"] == "Div" else "" for block in blocks]
    for place, (name, expected) in enumerate(zip_longest(names, wanted)):
        if name != expected:
            text = texts[max(0, place - 1)]
            raise SpecError(f"pandoc does not end this piece of Markdown where it ends: {text[:80]}")
    found = {text: _without_images(block["c"][1]) for text, block in zip(texts, blocks, strict=True)}
    return tree["pandoc-api-version"], found


def _without_images(node: Any) -> Any:
    """Markdown's own images as their words: pandoc would read any file, and the network, to put them in."""
    if isinstance(node, list):
        return [_without_images(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("t") == "Image":
        return {"t": "Span", "c": [["", [], []], _without_images(node["c"][1])]}
    return {name: _without_images(value) for name, value in node.items()}


def _drawn(figure: Figure) -> bytes:
    """The figure as PNG: Word reads SVG only with such a picture beside it, and pandoc cannot draw one itself."""
    try:
        import typst
    except ImportError:
        raise GraderError("typst is missing; install it with: pip install 'course-grader[exam]'") from None
    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    made = typst.compile(
        page.encode(),
        format="png",
        ppi=_PIXELS_PER_INCH,
        sys_inputs={"svg": figure.svg},
        ignore_system_fonts=True,
    )
    assert isinstance(made, bytes)
    return made


def _inches(png: bytes) -> float:
    """Its width; source: PNG specification, IHDR is the first chunk and starts with the width."""
    return int.from_bytes(png[16:20]) / _PIXELS_PER_INCH


def _written(tree: Block, folder: Path) -> bytes:
    return _pandoc(["-f", "json", "-t", "docx", "-o", "-"], json.dumps(tree).encode(), folder)


def _pandoc(options: Sequence[str], source: bytes, folder: Path | None = None) -> bytes:
    done = subprocess.run(
        [pandoc(), *options],
        input=source,
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | {"SOURCE_DATE_EPOCH": _EPOCH},
    )
    if done.returncode:
        raise GraderError(f"pandoc: {done.stderr.decode(errors='replace').strip()[:500]}")
    return done.stdout
