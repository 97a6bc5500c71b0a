"""Pairs of submissions that are too alike: an index of them, and a page side by side for each.

For the instructor alone: these pages show two students' code, so they never lie among the students' pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.core.similar import Pair, Place
from grader.report.template import environment, table_script

INDEX = "similar.html"
MOST = 500  # pairs with a page of their own; the index names all

Files = Mapping[str, str]  # file → text


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines to show: (number, text)."""

    place: Place
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What stands side by side: a match, or lines that only one of the two has."""

    one: Excerpt | None
    other: Excerpt | None

    @property
    def matched(self) -> bool:
        return self.one is not None and self.other is not None


def similar_page(
    pairs: Sequence[Pair], sources: Mapping[str, Files], titles: Mapping[str, str] | None = None
) -> dict[str, str]:
    """File name → page: the index of pairs, then one page for each of the first `MOST` pairs.

    sources: submission → file → text, as they were compared. titles: what to call a submission, if not by its name.
    """
    called = titles or {}
    template = environment().get_template("similar.html.j2")

    def title(name: str) -> str:
        return called.get(name, name)

    listed = [
        {
            "number": number,
            "page": f"similar-{number:04d}.html" if number <= MOST else "",
            "pair": pair,
            "one": title(pair.one),
            "other": title(pair.other),
            "lines": pair.lines,
        }
        for number, pair in enumerate(pairs, 1)
    ]
    index = template.render(
        kind="index", listed=listed, compared=len(sources), script=table_script(), sandboxed=True
    )
    pages = {INDEX: index}
    for each, pair in zip(listed[:MOST], pairs, strict=False):
        pages[str(each["page"])] = template.render(
            kind="pair",
            index=INDEX,
            sandboxed=True,  # nothing was run
            rows=list(side_by_side(pair, sources[pair.one], sources[pair.other])),
            **each,
        )
    return pages


def write_similar(
    pairs: Sequence[Pair], sources: Mapping[str, Files], folder: Path, titles: Mapping[str, str] | None = None
) -> Path:
    """Write the pages into folder and return the index. Pages of an earlier run that are none now are removed."""
    pages = similar_page(pairs, sources, titles)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("similar-[0-9][0-9][0-9][0-9].html"):
        if path.name not in pages:
            path.unlink()
    for name, page in pages.items():
        (folder / name).write_bytes(page.encode())
    return folder / INDEX


def side_by_side(pair: Pair, one: Files, other: Files) -> Iterator[Row]:
    """The first submission from top to bottom with its matches beside it, then what only the second one has."""
    partner = {match.one: match.other for match in pair.matched}
    for place in _covering(one, sorted(partner)):
        if place in partner:
            yield Row(_excerpt(one, place), _excerpt(other, partner[place]))
        elif alone := _excerpt(one, place):
            yield Row(alone, None)
    taken = sorted(match.other for match in pair.matched)
    for place in _covering(other, taken):
        if place not in taken and (alone := _excerpt(other, place)):
            yield Row(None, alone)


def _covering(files: Files, places: Sequence[Place]) -> Iterator[Place]:
    """The places and, between them, the lines that none of them holds: each file from its first line to its last."""
    for file, text in sorted(files.items()):
        line, end = 1, text.count("\n") + 1
        for place in (place for place in places if place.file == file):
            if place.first > line:
                yield Place(file, line, place.first - 1)
            yield place
            line = max(line, place.last + 1)
        if line <= end:
            yield Place(file, line, end)


def _excerpt(files: Files, place: Place) -> Excerpt | None:
    """The lines of a place, without empty ones at its ends; None if nothing is left."""
    numbered = list(enumerate(files[place.file].split("\n"), 1))[place.first - 1 : place.last]
    written = [number for number, line in numbered if line.strip()]
    if not written:
        return None
    kept = tuple(pair for pair in numbered if written[0] <= pair[0] <= written[-1])
    return Excerpt(Place(place.file, written[0], written[-1]), kept)
