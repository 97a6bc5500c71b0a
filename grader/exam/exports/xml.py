"""XML from plain values: nothing that comes from a question can end an element or break the document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

Element = ElementTree.Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def legal(text: str) -> str:
    """The text with the characters that no XML document may contain replaced by U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def element(tag: str, *content: str | Element | Iterable[Element], **attributes: str | float) -> Element:
    """An element of texts, elements and sequences of elements; numbers as short as they are."""
    node = Element(tag, {name: legal(number(value)) for name, value in attributes.items()})
    for part in content:
        append(node, part)
    return node


def append(node: Element, part: str | Element | Iterable[Element]) -> None:
    """Put text, an element or several behind what the node contains."""
    if isinstance(part, str):
        text = legal(part)
        if len(node):
            node[-1].tail = (node[-1].tail or "") + text
        else:
            node.text = (node.text or "") + text
    elif isinstance(part, Element):
        node.append(part)
    else:
        node.extend(part)


def number(value: str | float) -> str:
    """A number without needless digits: 2.0 → 2; a text as it is."""
    return value if isinstance(value, str) else f"{value:.15g}"


def rooted(tag: str, namespace: str, location: str, *content: Element, **attributes: str | float) -> Element:
    """A document's root: its default namespace, and where that schema lies."""
    root = element(tag, *content, **attributes)
    for name, value in (
        ("xmlns", namespace),
        ("xmlns:xsi", XSI),
        ("xsi:schemaLocation", f"{namespace} {location}"),
    ):
        root.set(name, value)
    return root


def document(root: Element, indent: bool = False) -> bytes:
    """The bytes. indent: only where no element mixes text and elements, else spaces would appear in it."""
    if indent:
        ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
