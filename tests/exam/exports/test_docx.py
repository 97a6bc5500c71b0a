"""Word documents, read back from their XML and by pandoc."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from grader.core.errors import SpecError
from grader.exam.exports import EXPORTS
from grader.exam.form import Form, Scoring
from grader.exam.languages import words
from grader.exam.markdown import pandoc

from .conftest import NAMES, figure, form, make, question, unzipped

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def documents(forms: list[Form]) -> dict[str, bytes]:
    return dict(EXPORTS["docx"](forms, 2).files)


def body(data: bytes) -> etree._Element:
    return etree.fromstring(unzipped(data)["word/document.xml"])


def lines(data: bytes) -> list[str]:
    """The paragraphs' texts; formulas are not text."""
    return ["".join(one.itertext(f"{W}t")) for one in body(data).iter(f"{W}p")]


def test_a_document_for_each_student(documents: dict[str, bytes]) -> None:
    """Named by the student's file name."""
    assert sorted(documents) == ["s100001.docx", "s200002.docx", "s300003.docx"]


def test_the_cover_says_whose_it_is(documents: dict[str, bytes]) -> None:
    """Names come out as they are, whatever they would mean elsewhere; minutes are the student's own."""
    for file, name, minutes in zip(
        sorted(documents),
        NAMES,
        ("90 minutes", "113 minutes (including extra time)", "90 minutes"),
        strict=True,
    ):
        found = lines(documents[file])
        assert found[0] == 'Deep Learning: A/B & "C" <1>'
        assert f"Name: {name}" in found
        assert f"Time: {minutes}" in found
        assert f"Form: {file[1:7]}" in found
        assert "Total: 6.5 points" in found


def test_questions_and_options_are_lists(documents: dict[str, bytes]) -> None:
    """Questions are numbered through all sections, options lettered; texts, code and headings are the form's."""
    data = documents["s200002.docx"]
    numbering = etree.fromstring(unzipped(data)["word/numbering.xml"])
    kinds = {
        one.get(f"{W}abstractNumId"): one.find(f"{W}lvl/{W}numFmt").get(f"{W}val")
        for one in numbering.iter(f"{W}abstractNum")
    }
    lists = {
        one.get(f"{W}numId"): kinds[one.find(f"{W}abstractNumId").get(f"{W}val")]
        for one in numbering.iter(f"{W}num")
    }
    starts = {
        one.get(f"{W}numId"): one.xpath("string(*/*[local-name() = 'startOverride']/@*)")
        for one in numbering.iter(f"{W}num")
    }
    found: dict[str, list[str]] = {}
    begun: dict[str, str] = {}
    for paragraph in body(data).iter(f"{W}p"):
        number = paragraph.find(f"{W}pPr/{W}numPr/{W}numId")
        if number is not None:
            text = "".join(paragraph.itertext(f"{W}t"))
            found.setdefault(lists[number.get(f"{W}val")], []).append(text)
            begun[text] = starts[number.get(f"{W}val")]
    asked = ("What does x", "How long is", "two", "second", "Which curve", "Last, with code")
    assert all(line.startswith(asked) for line in found["decimal"]), found["decimal"]
    assert len(found["decimal"]) == 6
    assert begun["Which curve is it? (2.5 points)"] == "3"
    assert found["upperLetter"] == [
        "", "a<b {x}", "~0=1#2:%50%", "[1, 2] \\ ä ب", "4", "5", "", "", "", "yes", "no", "maybe", "", "none",
    ]  # fmt: skip
    assert 'x = {"a": [1, 2]}   # <b> & ]]> ~=#:%//y = 2z = "\\n{}"' in lines(data)
    assert {"Rules", "Shapes & sizes", "Curves", "Which curve is it? (2.5 points)"} <= set(lines(data))


def test_formulas_and_tables_are_words_own(documents: dict[str, bytes]) -> None:
    """Eight formulas, one of them a matrix; one table."""
    root = body(documents["s100001.docx"])
    assert len(list(root.iter("{*}oMath"))) == 8
    assert len(list(root.iter("{*}m"))) == 1
    assert len(list(root.iter(f"{W}tbl"))) == 1


def test_figures_are_pictures_with_their_words(documents: dict[str, bytes]) -> None:
    """PNG, as wide as the drawing (240 pixels at 96 an inch), described."""
    data = documents["s300003.docx"]
    files = unzipped(data)
    pictures = [files[name] for name in files if name.startswith("word/media/")]
    assert len(pictures) == 4
    assert len(set(pictures)) == 4
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    drawings = list(body(data).iter("{*}inline"))
    ends = [one.find("{*}docPr").get("descr") for one in drawings]
    assert ends == [figure(end).alt for end in (60, 20, 50, 90)]
    assert {one.find("{*}extent").get("cx") for one in drawings} == {str(240 * 914400 // 96)}


def test_no_key_is_in_it() -> None:
    """Forms that differ only in key, mistakes, advice, explanation, seed and parameters give the same bytes."""
    with_keys = make()[0]
    questions = tuple(
        msgspec.structs.replace(
            one,
            key=0,
            explain="another",
            seed="0",
            params={"n": 7},
            options=tuple(
                msgspec.structs.replace(option, misconception=None, says="", value=None)
                for option in one.options
            ),
        )
        for one in with_keys.questions
    )
    without = msgspec.structs.replace(with_keys, questions=questions)
    assert EXPORTS["docx"]([with_keys], 1).files == EXPORTS["docx"]([without], 1).files


def test_pandoc_reads_it(documents: dict[str, bytes]) -> None:
    """The whole document is one that another reader understands."""
    done = subprocess.run(
        [pandoc(), "-f", "docx", "-t", "markdown"],
        input=documents["s200002.docx"],
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode()
    assert "C.  " in text
    assert "\\begin{pmatrix}" in text
    assert "Müller, Åse" in text


def test_rules_tell_of_negative_marks(forms: list[Form], penalised: list[Form]) -> None:
    """Where a wrong answer costs points, the document says so."""
    costs = words("en")["formula"]
    for found, told in ((forms, False), (penalised, True)):
        for data in EXPORTS["docx"](found, 1).files.values():
            assert any(costs in line for line in lines(data)) == told


def test_forbidden_characters_do_not_break_the_document() -> None:
    """Control characters, which no XML may contain, in a name and a question."""
    one = form("100001", "A\x0bB", (question(1, 1, "C\x0bD?", ("1\x1b", "2"), 0),), Scoring())
    (data,) = EXPORTS["docx"]([one], 1).files.values()
    assert "Name: A\ufffdB" in lines(data)


def test_no_file_is_read_for_an_image_in_markdown(tmp_path: Path) -> None:
    """Only drawn figures are pictures; what Markdown points to is neither read nor fetched, its words stay."""
    secret = tmp_path / "secret.svg"
    secret.write_text(figure(20).svg)
    text = f"Look: ![*a* `curve`]({secret})"
    (data,) = EXPORTS["docx"](
        [form("100001", "A", (question(1, 1, text, (text, "2"), 0),), Scoring())], 1
    ).files.values()
    assert not [name for name in unzipped(data) if name.startswith("word/media/")]
    assert "Look: a curve (1 point)" in lines(data)


def test_arabic_runs_from_right_to_left() -> None:
    """The language of the exam gives the direction."""
    one = form("100001", "A", (question(1, 1, "?", ("1", "2"), 0),), Scoring())
    arabic = msgspec.structs.replace(one, exam=msgspec.structs.replace(one.exam, language="ar"))
    (latin,), (other,) = (EXPORTS["docx"]([each], 1).files.values() for each in (one, arabic))
    assert not list(body(latin).iter(f"{W}bidi"))
    assert list(body(other).iter(f"{W}bidi"))


@pytest.mark.parametrize("text", ["::: open\ntext", ":::\ntext"])
def test_markdown_that_does_not_end_is_refused(text: str) -> None:
    """A block left open, or closed too early, would move text into another question: the error shows it."""
    one = form("100001", "A", (question(1, 1, text, ("1", "z"), 0),), Scoring())
    with pytest.raises(SpecError, match=f": {text}"):
        EXPORTS["docx"]([one], 1)
