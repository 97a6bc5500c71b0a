"""Practice: never an exam's question, explained at once; in the terminal, and as a page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from grader.core.errors import SpecError, UsageError
from grader.exam.functions import Functions
from grader.exam.item import Item
from grader.exam.practice import draws, endless, held_back, offered, practise, seeds
from grader.exam.practice_page import page as practice_page
from grader.exam.readable import readable
from grader.exam.seeds import EXAM_BIT, slot_seed

from .browser import chromium, opened
from .conftest import AREA, question
from .test_draw import WORDS

STEM = "How large is a rectangle of $<< n >>$ by $<< m >>$?"
PICTURE = '{draw: map, of: "[[n, m], [m, n]]", alt: "Pixels: << figure >>."}'
EVIL = "How large is $<< n >>$ by $<< m >>$, as in `</script><!--<script>`?"


@pytest.fixture
def items(functions: Functions) -> list[Item]:
    """Three draws of a question about areas."""
    return draws([question()], functions, 3, 5)[0]


@given(start=st.integers(min_value=0))
def test_seeds_are_none_of_an_exam(start: int) -> None:
    """Wherever practice begins, its seeds lack the bit that all seeds of exams have."""
    assert all(0 <= seed < EXAM_BIT for seed in islice(seeds(start), 1000))
    assert slot_seed(b"secret", "midterm", str(start), 0) >= EXAM_BIT


def test_questions_in_words_are_held_back() -> None:
    """Computed questions are for practice, those in words for exams, unless the file says otherwise."""
    assert not held_back(question())
    assert held_back(question(practice="false"))
    assert held_back(question(WORDS))
    assert not held_back(question(WORDS, practice="true"))
    assert held_back(question(figure=PICTURE))  # few drawings, which exams show, too
    with pytest.raises(UsageError, match="practice: true"):
        offered([question(WORDS)])


def test_draws_repeat_and_differ(functions: Functions) -> None:
    """The same start gives the same questions; other starts others."""
    first, again, other = (draws([question()], functions, 3, start) for start in (5, 5, 99))
    assert first == again
    assert first != other
    assert [item.seed for item in first[0]] == [5, 6, 7]


def test_a_question_that_cannot_be_drawn_is_named(functions: Functions) -> None:
    """The error has the file and the line."""
    with pytest.raises(SpecError, match=r"bank/area\.md\.j2:\d+: where: holds for none"):
        draws([question(where="n > 99")], functions, 1, 0)


def test_every_question_comes_before_one_comes_again(functions: Functions) -> None:
    """Rounds are shuffled; the next round has other numbers."""
    templates = [question(id=name) for name in "abcdefghijk"]
    drawn = list(islice(endless(templates, functions, 3), 22))
    assert sorted(item.template for item in drawn[:11]) == sorted(item.template for item in drawn[11:])
    assert [item.template for item in drawn[:11]] != list("abcdefghijk")
    assert {item.seed for item in drawn[:11]}.isdisjoint(item.seed for item in drawn[11:])


def test_practice_in_the_terminal(items: list[Item]) -> None:
    """A wrong answer shows the key, the mistake and the explanation, a right one the explanation; then a summary."""
    wrong = next(place for place in range(4) if place != items[0].key)
    shown = talk(items, "xyz", "ABCD"[wrong], f" {'abcd'[items[1].key]} ", "q")
    option = items[0].options[wrong]
    assert '"XYZ" is none of A, B, C, D; q stops' in shown
    assert (
        f"Wrong: {'ABCD'[items[0].key]} is right.\n{'ABCD'[wrong]} ({option.misconception}): {option.says}"
        in shown
    )
    assert "Right. It is " in shown
    assert re.findall(r"\d of \d right", shown) == ["0 of 1 right", "1 of 2 right", "1 of 2 right"]
    assert shown.endswith(f"shapes  1 of 2 right\n\nMistakes met:\n  1 × {option.misconception}")


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_end_of_input_ends_practice(items: list[Item], end: type[BaseException]) -> None:
    """Where nothing more is typed the summary is shown, as by q."""
    assert talk(items, end).endswith("Nothing answered.")


def talk(items: list[Item], *typed: str | type[BaseException]) -> str:
    """All that is shown when this is typed."""
    shown: list[str] = []
    waiting = iter(typed)

    def answer(prompt: str) -> str:
        assert "A-D" in prompt
        given = next(waiting)
        if isinstance(given, str):
            return given
        raise given

    practise(items, answer, shown.append)
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (r"$\frac{1}{2}e^2$ of $\sqrt{96}$", "(1/2)e² of √96"),
        (r"$W = \begin{pmatrix} 1 & -2 \\ 3 & 4 \end{pmatrix}$.", "W = [[1, −2], [3, 4]]."),
        (r"$\frac{a + 1}{2n}\ln\hat y_i$", "((a + 1)/(2n))ln \u0177ᵢ"),
        (r"$\sum_{i=1}^n x_{ij}^{10}\sqrt{n}$", "∑_(i = 1)ⁿxᵢⱼ¹⁰√n"),
        (r"costs \$5 or \$6, `x[$0]`", "costs $5 or $6, x[$0]"),
    ],
)
def test_formulas_can_be_read_in_a_terminal(markdown: str, text: str) -> None:
    """What pandoc would leave as TeX becomes signs on a line; what only looks like a formula stays."""
    assert readable([markdown]) == {markdown: text}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def file(functions: Functions, tmp_path: Path) -> Path:
    """A page with two computed questions and one in words, three draws each; another one is held back."""
    evil = question(AREA.replace(STEM, EVIL), id="evil")
    templates = [question(), evil, question(WORDS, practice="true"), question(WORDS, id="held-back")]
    path = tmp_path / "practice.html"
    path.write_text(practice_page(templates, functions, 3), encoding="utf-8")
    return path


def key(page: Page) -> int:
    """The index of the right option of the question that is shown."""
    return int(page.evaluate("question.key"))


def test_a_wrong_choice_is_explained(browser: Browser, file: Path) -> None:
    """Key, mistake, its name and the explanation appear at once; the mistake is remembered."""
    with opened(browser, file) as page:
        page.get_by_label("Topic").select_option("shapes")
        right = key(page)
        page.locator(".option").nth((right + 1) % 4).click()
        reply = page.locator("#reply").inner_text()
        assert f"Wrong: {'ABCD'[right]} is right" in reply
        assert re.search(r"shapes\.area/(added|perimeter|square)", reply)
        assert re.search("Multiply the sides|That is the way around|The sides differ", reply)
        assert "that is" in reply
        assert page.locator(".option.right .letter").inner_text() == "ABCD"[right]
        assert page.locator("#tally").inner_text().split() == ["0", "of", "1", "right"]
        assert page.locator("#met").inner_text() == "Mistakes met: 1"


def test_practice_by_keyboard(browser: Browser, file: Path) -> None:
    """Letters and digits choose, Enter and N go on, a second choice does not count; the tally keeps count."""
    with opened(browser, file) as page:
        page.keyboard.press("abcd"[key(page)])
        assert page.locator("#reply h2").inner_text() == "Right"
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        assert page.locator("#reply").inner_text() == ""
        page.keyboard.press(str(key(page) + 1))
        page.keyboard.press("n")
        page.keyboard.press("Tab")  # from the top of the question to its first option
        page.keyboard.press("Enter")
        assert page.locator("#tally b").inner_text().endswith("of 3")
        assert page.locator(".option:disabled").count() == 4


def test_topics_are_endless(browser: Browser, file: Path) -> None:
    """A chosen topic is the only one asked, for more questions than the page has draws."""
    with opened(browser, file) as page:
        page.get_by_label("Topic").select_option("act")
        for _ in range(7):
            assert page.locator("#about").inner_text() == "act, difficulty 1"
            page.locator(".option").first.click()
            page.locator("#next").click()
        assert page.locator("#tally b").inner_text().endswith("of 7")


def test_practice_without_scripts(browser: Browser, file: Path) -> None:
    """Every question for practice is there once, with its options, and its answer behind a click."""
    with opened(browser, file, java_script_enabled=False) as page:
        assert page.locator("section:visible").count() == 3
        assert page.locator("li:visible").count() == 12
        assert "</script><!--<script>" in page.locator("#all").inner_text()
        assert not page.get_by_text("is right").first.is_visible()
        page.locator("#all summary").first.click()
        assert page.get_by_text("is right").first.is_visible()


@pytest.mark.parametrize("width", [400, 200])
def test_practice_on_a_telephone(browser: Browser, file: Path, width: int) -> None:
    """Nothing but a wide formula scrolls sideways."""
    with opened(browser, file, viewport={"width": width, "height": 700}) as page:
        page.locator(".option").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_every_piece_is_in_the_data_once(file: Path) -> None:
    """Texts that several questions share are stored once, and the same questions give the same page."""
    written = re.findall('<script type="application/json" id="data">(.*?)</script>', file.read_text())
    data = json.loads(written[0])
    assert len(data["pieces"]) == len(set(data["pieces"]))
    assert [len(one["draws"]) for one in data["templates"]] == [3, 3, 3]
    assert any("<math>" in piece for piece in data["pieces"])


def test_the_page_repeats(functions: Functions) -> None:
    """The same templates and seeds give the same page; another start gives another."""
    first, again, other = (practice_page([question()], functions, 2, start) for start in (0, 0, 9))
    assert first == again
    assert first != other
