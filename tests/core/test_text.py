"""Text made safe to show."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from grader.core.text import one_line, printable

ANY = st.text(st.characters(categories=None, exclude_categories=()))


@given(ANY)
def test_printable_leaves_nothing_dangerous(text: str) -> None:
    """No control but newline and tab, no bidi control, nothing that cannot be encoded; twice is once."""
    shown = printable(text)
    assert shown.encode().decode() == shown == printable(shown)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"]
    dangerous = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not [char for char in shown if unicodedata.bidirectional(char) in dangerous]


def test_printable_keeps_what_people_write() -> None:
    """Letters of all scripts, symbols and white space stay as they are."""
    text = "softmax(S) ≈ ½ · größe\n\t張偉 👩‍🔬 عربى"
    assert printable(text) == text


def test_examples() -> None:
    """A terminal escape loses its ESC, a carriage return goes."""
    assert printable("\x1b[31mred\x9b0m\r\nabc\u202edef\ud800") == "[31mred0m\nabcdef"


@given(ANY)
def test_one_line(text: str) -> None:
    """One line, no blanks at the ends or doubled."""
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(text) == " ".join(one_line(text).split(" ")).strip()
