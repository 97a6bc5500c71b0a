"""Each format read back by its own rules, with nothing of the writers: questions by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree, html

from .conftest import unzipped

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


@dataclass(frozen=True)
class Read:
    """A question as a platform would hold it. shares: percent of the points by option; code: its blocks, exactly."""

    group: str
    stem: str
    code: tuple[str, ...]
    options: tuple[str, ...]
    shares: tuple[float, ...]
    points: float | None
    says: tuple[str, ...]
    explain: str
    pictures: tuple[str, ...]

    @property
    def key(self) -> int:
        """The only option that gives all points."""
        (place,) = (place for place, share in enumerate(self.shares) if share == 100)
        return place


def seen(source: str) -> str:
    """What one reads of a piece of HTML: its text in one line, a picture as [its alternative text]."""
    root = html.fragment_fromstring(source or "", create_parent="div")
    for image in root.iter("img"):
        image.tail = f"[{image.get('alt')}]{image.tail or ''}"
    return " ".join(root.text_content().split())


def code(source: str) -> tuple[str, ...]:
    root = html.fragment_fromstring(source, create_parent="div")
    return tuple(block.text_content() for block in root.iter("pre"))


def sources(*texts: str) -> tuple[str, ...]:
    return tuple(name for text in texts for name in re.findall(r'<img[^>]* src="([^"]*)"', text))


def moodle(data: bytes) -> dict[str, Read]:
    """Moodle XML; the files of each field must be those that it shows, and SVG."""
    found: dict[str, Read] = {}
    group = ""
    for node in etree.fromstring(data):
        if node.get("type") == "category":
            group = node.findtext("category/text")
            continue
        assert node.get("type") == "multichoice"
        assert node.findtext("single") == "true"
        assert node.findtext("shuffleanswers") == "0"
        fields = [node.find("questiontext"), *node.findall("answer")]
        for field in fields:
            assert field.get("format") == "html"
            shown = sources(field.findtext("text"))
            assert shown == tuple(f"@@PLUGINFILE@@/{file.get('name')}" for file in field.findall("file"))
        stem = node.findtext("questiontext/text")
        answers = node.findall("answer")
        found[node.findtext("name/text")] = Read(
            group=group,
            stem=seen(stem),
            code=code(stem),
            options=tuple(seen(answer.findtext("text")) for answer in answers),
            shares=tuple(float(answer.get("fraction")) for answer in answers),
            points=float(node.findtext("defaultgrade")),
            says=tuple(seen(answer.findtext("feedback/text")) for answer in answers),
            explain=seen(node.findtext("generalfeedback/text")),
            pictures=sources(stem, *(answer.findtext("text") for answer in answers)),
        )
    return found


_GIFT = {f"\\{character}": chr(0xE000 + ord(character)) for character in "\\:#={}~n"}
_ANSWER = re.compile(r"([=~])(%(-?\d{1,2}\.?\d*)%)?([^=~]*)")


def gift(text: str) -> dict[str, Read]:
    """GIFT, in the order of Moodle's reader: it hides escapes, then looks for braces, feedback, answers."""
    found: dict[str, Read] = {}
    group = ""
    for block in re.split(r"\n\s*\n", text.strip()):
        hidden = re.sub(r"\\[\\:#={}~n]", lambda match: _GIFT[match[0]], block)
        if hidden.startswith("$CATEGORY:"):
            group = hidden.removeprefix("$CATEGORY:").strip().replace(_GIFT["\\\\"], "\\")
            assert not any(mark in group for mark in _GIFT.values())
            continue
        match = re.fullmatch(r"::(?P<name>[^:]*)::(?P<stem>[^{}:=~#]*)\{(?P<answers>[^{}:]*)\}", hidden)
        assert match, block
        answers, _, explain = match["answers"].strip().partition("####")
        parts = _ANSWER.findall(answers)
        assert "".join(f"{mark}{weight}{rest}" for mark, weight, _, rest in parts) == answers
        stem = _gift_html(match["stem"])
        pairs = [rest.partition("#")[::2] for *_, rest in parts]
        found[_gift_text(match["name"])] = Read(
            group=group,
            stem=seen(stem),
            code=code(stem),
            options=tuple(seen(_gift_html(option)) for option, _ in pairs),
            shares=tuple(100 if mark == "=" else float(share or 0) for mark, _, share, _ in parts),
            points=None,
            says=tuple(seen(_gift_html(says)) if says.strip() else "" for _, says in pairs),
            explain=seen(_gift_html(explain)) if explain else "",
            pictures=sources(stem),
        )
    return found


def _gift_html(hidden: str) -> str:
    assert hidden.strip().startswith("[html]")
    return _gift_text(hidden.strip().removeprefix("[html]"))


def _gift_text(hidden: str) -> str:
    for escape, mark in _GIFT.items():
        hidden = hidden.replace(mark, "\n" if escape == "\\n" else escape[1])
    return hidden


def canvas(data: bytes) -> dict[str, Read]:
    """Canvas' package: the quiz that its manifest names; pictures must be files of the package and the manifest."""
    files = unzipped(data)
    manifest = _bare(files["imsmanifest.xml"])
    hrefs = {file.get("href") for file in manifest.iter("file")}
    assert hrefs | {"imsmanifest.xml"} == set(files)
    (path,) = (
        one.find("file").get("href")
        for one in manifest.iter("resource")
        if one.get("type") == "imsqti_xmlv1p2"
    )
    found: dict[str, Read] = {}
    for group in _bare(files[path]).findall("assessment/section/section"):
        assert group.findtext("selection_ordering/selection/selection_number") == "1"
        points = group.findtext("selection_ordering/selection/selection_extension/points_per_item")
        for item in group.findall("item"):
            found[item.get("ident")] = _canvas_item(item, group.get("title"), float(points))
    for read in found.values():
        assert {name.replace("%24IMS-CC-FILEBASE%24/", "") for name in read.pictures} <= set(files)
    return found


def _canvas_item(item: etree._Element, group: str, points: float) -> Read:
    stem = item.findtext("presentation/material/mattext")
    labels = {label.get("ident"): label.findtext("material/mattext") for label in item.iter("response_label")}
    scores = {
        one.findtext("conditionvar/varequal"): float(one.findtext("setvar"))
        for one in item.iter("respcondition")
        if one.find("setvar") is not None
    }
    feedback = {
        one.get("ident"): one.findtext("flow_mat/material/mattext") for one in item.iter("itemfeedback")
    }
    assert all(feedback.values())
    shown = {
        one.findtext("conditionvar/varequal") or "": feedback.pop(
            one.find("displayfeedback").get("linkrefid")
        )
        for one in item.iter("respcondition")
        if one.find("displayfeedback") is not None
    }
    assert feedback == {}  # all of it is shown somewhere
    return Read(
        group=group,
        stem=seen(stem),
        code=code(stem),
        options=tuple(seen(text) for text in labels.values()),
        shares=tuple(scores.get(ident, 0.0) for ident in labels),
        points=points,
        says=tuple(seen(shown.get(ident, "")) for ident in labels),
        explain=seen(shown.get("", "")),
        pictures=sources(stem, *labels.values()),
    )


def qti(data: bytes) -> dict[str, Read]:
    """The items of a QTI 2.1 package, by their identifiers; points are the tests' affair."""
    files = unzipped(data)
    items = (etree.fromstring(text) for name, text in files.items() if name.startswith("items/"))
    return {item.get("identifier"): _qti_item(item, files) for item in items}


def _qti_item(item: etree._Element, files: Mapping[str, bytes]) -> Read:
    (correct,) = item.findall(f"{QTI}responseDeclaration/{QTI}correctResponse/{QTI}value")
    entries = {entry.get("mapKey"): float(entry.get("mappedValue")) for entry in item.iter(f"{QTI}mapEntry")}
    template = item.find(f"{QTI}responseProcessing").get("template").rpartition("/")[2]
    assert template == ("map_response" if entries else "match_correct")
    choices = list(item.iter(f"{QTI}simpleChoice"))
    body = item.find(f"{QTI}itemBody")
    pictures = tuple(image.get("src") for image in body.iter(f"{QTI}img"))
    assert {name.removeprefix("../") for name in pictures} <= set(files)
    stem = body.find(f"{QTI}div")
    return Read(
        group="",
        stem=_qti_seen(stem),
        code=tuple("".join(block.itertext()) for block in stem.iter(f"{QTI}pre")),
        options=tuple(_qti_seen(choice) for choice in choices),
        shares=tuple(
            100 * entries.get(choice.get("identifier"), float(choice.get("identifier") == correct.text))
            for choice in choices
        ),
        points=None,
        says=(),
        explain="",
        pictures=pictures,
    )


def _qti_seen(node: etree._Element) -> str:
    return " ".join("".join(_qti_texts(node)).split())


def _qti_texts(node: etree._Element) -> Iterable[str]:
    """Formulas as the TeX in their annotation, as they stand in the other formats."""
    if node.tag == f"{MATHML}math":
        tex = "".join(node.find(f".//{MATHML}annotation").itertext())
        yield f"\\[{tex}\\]" if node.get("display") == "block" else f"\\({tex}\\)"
        return
    if node.tag == f"{QTI}img":
        yield f"[{node.get('alt')}]"
    yield node.text or ""
    for child in node:
        yield from _qti_texts(child)
        yield child.tail or ""


def _bare(data: bytes) -> etree._Element:
    """The document without namespaces: those of Canvas' files differ, its reader ignores them."""
    root = etree.fromstring(data)
    for node in root.iter(etree.Element):
        node.tag = etree.QName(node).localname
    return root
