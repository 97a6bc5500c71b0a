"""Exams on screen, in a real browser: by keyboard, without scripts, on paper, enlarged; and nothing of the key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from playwright.sync_api import Browser

from grader.exam.exports.html import export
from grader.exam.form import Exam, Form, FormOption, FormQuestion, Scoring, Section, Taker
from grader.exam.item import Figure
from grader.exam.languages import words

from .browser import chromium, opened

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><path id="a" d="M5 5h50v30z"/></svg>'
WIDE = r"\begin{pmatrix} " + " & ".join(str(number * 1111) for number in range(30)) + r" \end{pmatrix}"
STEMS = (
    "What is $\\ln 3$, as in <script>alert(1)</script>?",
    f"Which is the sum of ${WIDE}$?\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "What does\n\n```python\nx.sum(0)\n```\n\ncompute?",
)
PAIRS = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "card", "accent-bg")]
PAIRS += [
    ("on-accent", "accent"),
    ("ink", "code"),
    ("good", "good-bg"),
    ("bad", "bad-bg"),
    ("ink", "good-bg"),
]
WHITE = (255, 255, 255)


def question(number: int, stem: str, key: int = 1, section: int = 0) -> FormQuestion:
    options = tuple(
        FormOption(
            text=f"${value}$ of {number}",
            value=f"value-{value}",
            misconception=None if place == key else "secret-mistake",
            says="secret-advice",
            figure=Figure(svg=SVG, alt="a triangle") if (number, place) == (3, 2) else None,
        )
        for place, value in enumerate((4, 8, 15, 16))
    )
    return FormQuestion(
        number=number,
        slot=number - 1,
        section=section,
        template="secret-template",
        topic="secret-topic",
        family="secret-family",
        stratum="secret-stratum",
        difficulty=2,
        minutes=1.5,
        points=number,
        source="secret-source",
        seed="secret-seed",
        params={"secret-name": 987654},
        stem=stem,
        figure=Figure(svg=SVG, alt="drawing <1>") if number == 1 else None,
        options=options,
        permutation=(3, 1, 0, 2),
        key=key,
        explain="secret-explanation",
    )


def make(questions: tuple[FormQuestion, ...], **changed: Any) -> Form:
    exam = Exam(
        id="midterm",
        title="Midterm & more",
        date="2026-12-03",
        minutes=60,
        language="en",
        paper="a4",
        instructions="Read *all*.",
        total=sum(one.points for one in questions),
        scoring=Scoring(**changed),
        sections=(
            Section(title="First part", instructions="Easy."),
            Section(title="Last part", instructions=""),
        ),
        strings=words("en"),
        grades={"secret-grade": 50},
        cut=50,
    )
    taker = Taker(
        id="s1",
        name="Zoë <Doe>",
        file_name="zoe",
        extra_time=25,
        minutes=75,
        large_print=False,
        accessible=True,
    )
    return Form(
        code="048213", taker=taker, exam=exam, questions=questions, engine="secret-engine", bank="secret-bank"
    )


FORM = make(tuple(question(number, stem, section=number // 3) for number, stem in enumerate(STEMS, 1)))


def written(form: Form) -> bytes:
    return export([form], 1).files["zoe.html"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("html") / "zoe.html"
    path.write_bytes(written(FORM))
    return path


def test_nothing_that_helps_to_answer_is_in_the_page() -> None:
    """No mistake, advice, explanation, value, parameter, seed or origin of a question is in the page's bytes."""
    page = written(FORM)
    assert b"15" in page
    for secret in (b"secret", b"value-", b"987654"):
        assert secret not in page


def test_the_page_is_the_same_whatever_the_key() -> None:
    """Two forms that differ in keys and in the order before shuffling only give the same bytes."""
    others = tuple(
        msgspec.structs.replace(
            question(one.number, one.stem, key=3, section=one.section), permutation=(0, 1, 2, 3)
        )
        for one in FORM.questions
    )
    assert written(make(others)) == written(FORM)


def test_the_rules_say_how_wrong_answers_count() -> None:
    """Only an exam in which wrong answers cost points says that they do."""
    formula = words("en")["formula"].encode()
    assert formula in written(make(FORM.questions, rule="formula"))
    assert formula not in written(FORM)


def test_an_export_says_what_it_cannot_do() -> None:
    """The instructor is told that answers stay where they are and that time is not enforced."""
    notes = " ".join(export([], 1).notes)
    assert "send answers nowhere" in notes
    assert "not enforced" in notes


def test_answered_by_keyboard(browser: Browser, file: Path) -> None:
    """Tab goes from question to question, arrows and space choose; progress, reload and the saved file agree."""
    with opened(browser, file) as page:
        done = page.locator(".done .words")
        assert done.inner_text().lower() == "answered 0 of 3"
        page.locator("fieldset input").first.focus()
        page.keyboard.press("ArrowDown")  # B
        for _ in range(3):  # "no answer", the matrix that arrows scroll, question 2
            page.keyboard.press("Tab")
        page.keyboard.press("Space")  # A of question 2
        assert done.inner_text().lower() == "answered 2 of 3"
        assert page.locator("#open .links").inner_text() == "3"
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")  # question 1: no answer
        assert page.locator("#open .links").inner_text() == "1, 3"
        page.keyboard.press("Space")
        page.keyboard.press("ArrowUp")  # from A to D
        page.reload()
        assert done.inner_text().lower() == "answered 2 of 3"
        with page.expect_download() as download:
            page.get_by_role("button", name=words("en")["save_answers"]).press("Enter")
    assert download.value.suggested_filename == "midterm-048213.answers.json"


def test_the_saved_answers(browser: Browser, file: Path, tmp_path: Path) -> None:
    """The file names exam and form, and holds letters by question; what is unanswered is not in it."""
    with opened(browser, file) as page:
        page.locator("#question-1 input").nth(3).check()
        page.locator("#question-3 label").nth(1).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=words("en")["save_answers"]).click()
        download.value.save_as(tmp_path / "answers.json")
    saved = json.loads((tmp_path / "answers.json").read_text())
    assert saved == {"exam": "midterm", "code": "048213", "answers": {"1": "D", "3": "B"}}


def test_answers_of_another_form_are_not_mixed_in(browser: Browser, file: Path, tmp_path: Path) -> None:
    """Two forms opened in the same browser keep their answers apart."""
    other = tmp_path / "other.html"
    other.write_bytes(written(msgspec.structs.replace(FORM, code="111111")))
    with opened(browser, file) as page:
        page.locator("#question-1 input").nth(3).check()
        page.goto(other.as_uri())
        assert page.locator("input:checked").count() == 0
        for _ in range(10):  # another process of the browser may read before what was chosen is stored
            page.goto(file.as_uri())
            if page.locator("input:checked").count():
                break
            page.wait_for_timeout(200)
        assert page.locator("input:checked").count() == 1


def test_without_scripts(browser: Browser, file: Path) -> None:
    """All questions and options are there and can be chosen; nothing that needs the script is shown."""
    with opened(browser, file, java_script_enabled=False) as page:
        assert [one for one in page.locator("fieldset").all() if not one.is_visible()] == []
        assert page.locator("label:visible").count() == 12
        assert page.locator(".letter:visible").all_inner_texts() == list("ABCD") * 3
        page.locator("#question-2 label").nth(2).click()
        assert page.locator("input:checked").count() == 1
        assert page.locator("button:visible, .done:visible, #kept:visible").count() == 0


def test_what_a_screen_reader_finds(browser: Browser, file: Path) -> None:
    """Groups have names, radio buttons their letter and text, pictures their words; headings skip no level."""
    with opened(browser, file) as page:
        groups = page.get_by_role("group", name="Question")
        assert groups.count() == 3
        first = page.get_by_role("group", name="Question 1")
        assert first.get_by_role("radio", name="A 4 of 1").count() == 1
        assert page.get_by_role("radio", name="C a triangle").count() == 1
        assert page.get_by_role("img", name="drawing <1>").count() == 1
        assert page.get_by_role("main").count() == 1
        levels = [
            int(tag[1]) for tag in page.locator("h1, h2, h3").evaluate_all("all => all.map(h => h.tagName)")
        ]
        assert levels == [1, 2, 2, 3, 3, 2, 3]
        assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("width", [400, 200])
def test_narrow_or_enlarged(browser: Browser, file: Path, width: int) -> None:
    """At 400 pixels, and at 200 as by 200 % zoom, the page does not scroll sideways; the wide matrix does, alone."""
    with opened(browser, file, viewport={"width": width, "height": 700}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        box = page.locator("#stem-2 > p").first
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser: Browser, file: Path, scheme: str) -> None:
    """Text has the contrast of WCAG 2.2 level AA, 4.5 to 1, on paper and on cards, in the light and in the dark."""
    with opened(browser, file, color_scheme=scheme) as page:
        colour = "name => getComputedStyle(document.documentElement).getPropertyValue(name)"
        shown = {name: page.evaluate(colour, f"--{name}") for pair in PAIRS for name in pair}
    for text, ground in PAIRS:
        assert contrast(shown[text], shown[ground]) >= 4.5


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, definitions of contrast ratio and relative luminance."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.strip().removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_printed(browser: Browser, tmp_path: Path, paper: str) -> None:
    """Each question is on one page from its number to its last option, and what only a screen needs is not printed."""
    file = tmp_path / "long.html"
    file.write_bytes(written(make(tuple(question(number, STEMS[number % 3]) for number in range(1, 13)))))
    with opened(browser, file, color_scheme="dark") as page:
        page.pdf(path=tmp_path / "exam.pdf", format=paper)
    document = pypdfium2.PdfDocument(tmp_path / "exam.pdf")
    pages = [one.get_textpage().get_text_range() for one in document]
    assert len(pages) > 2
    for number in range(1, 13):
        (text,) = (text for text in pages if f"Question {number} " in text.replace("\r\n", " "))
        assert f"16 of {number}" in text
    assert words("en")["save_answers"] not in "".join(pages)
    assert document[0].render().to_pil().getpixel((3, 3)) == WHITE
    document.close()
