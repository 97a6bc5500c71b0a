"""Pandoc's HTML → what an item of QTI 2.1 may contain: fewer elements, hardly an attribute, MathML in its namespace.

Source: imsqti_v2p1.xsd, the groups of block and inline elements.
"""

from __future__ import annotations

from xml.etree import ElementTree

from grader.exam.exports.xml import Element, legal

_MATHML = "http://www.w3.org/1998/Math/MathML"
_KEPT = frozenset((
    "a", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "samp", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var",
))  # fmt: skip
_BLOCKS = frozenset((
    "aside", "details", "figcaption", "figure", "footer", "header", "nav", "section", "summary",
))  # fmt: skip
_TABLE = ("caption", "colgroup", "thead", "tfoot", "tbody")  # HTML 5 has the foot last
_ATTRIBUTES = {
    "a": ("href",),
    "img": ("src", "alt"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
}
_CSS = ("style", "class")  # MathML's `columnalign` says what pandoc's style repeats for browsers


def elements(html: str) -> list[Element]:
    """The elements of a piece of HTML, in QTI's vocabulary; text outside an element gets a paragraph."""
    root = ElementTree.fromstring(f"<div>{legal(html)}</div>")
    if len(root) and not (root.text or "").strip() and not any((node.tail or "").strip() for node in root):
        return [_mapped(node) for node in root]
    root.tag = "p"
    return [_mapped(root)]


def _mapped(node: Element) -> Element:
    """A copy: unknown elements are replaced by the plainest that may stand there, with the same content."""
    namespace, _, tag = node.tag.rpartition("}")
    if namespace:
        attributes = {name: value for name, value in node.attrib.items() if name not in _CSS}
        if tag == "math":
            attributes = {"xmlns": _MATHML} | attributes
    else:
        attributes = {name: node.attrib[name] for name in _ATTRIBUTES.get(tag, ()) if name in node.attrib}
        tag = tag if tag in _KEPT else "div" if tag in _BLOCKS else "span"
    copy = Element(tag, attributes)
    copy.text, copy.tail = node.text, node.tail
    copy.extend(_mapped(child) for child in node)
    if tag == "table":
        copy[:] = sorted(copy, key=lambda child: _TABLE.index(child.tag))
    return copy
