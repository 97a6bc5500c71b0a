"""Figures: right where they are drawn, whole in every printer, few a template, and the same for the same data."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typst

from grader.core.errors import SpecError
from grader.exam.draw import MOST_PICTURED, Deck
from grader.exam.drawing import canvas, picture
from grader.exam.functions import Functions
from grader.exam.item import Figure, Item
from grader.exam.lint import Finding, lint
from grader.exam.preview import page
from grader.exam.template import read

from .conftest import AREA, question
from .test_draw import WORDS

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
NET = {
    "layers": [["x₁", "x₂", "x₃"], ["h₁", "h₂", "h₃"], ["y"]],
    "weights": [[[1, -2, 3], [4, -5.25, 6], [7, 8, -9]], [[1], [2], [3]]],
    "titles": ["input", "hidden", "output"],
}
TABLE = {
    "grids": {"": [[40, 3], [5, 60]]},
    "numbers": True,
    "rows": ["cat", "dog"],
    "columns": ["cat", "dog"],
    "row_name": "true",
    "column_name": "predicted",
}
DATA = [
    ("curves", {"training": [2, 1, 0.5], "validation": [2.5, 1.5, 0.6], "test": [2.5, 1.4, 0.55], "best": [1, 1, 1]}),
    ("curves", {"lines": {"": [-1, 0, 1, 400]}, "x": "x", "y": "f(x)", "start": -2, "step": 0.5}),
    ("map", {"image": [[0, 1], [1, 1]], "a long title": [[1]]}),
    ("map", TABLE),
    ("network", NET),
    ("network", [9, 5, 1]),
]  # fmt: skip
SIDES = "[" + ", ".join(f'{{id: "d{k}", expr: "[[{k}, n, m]]", says: "."}}' for k in (-1, 30, 60, 90)) + "]"
PICTURES = {"answer": "{kind: picture, draw: map}", "key": '"[[n, n, m]]"', "distractors": SIDES}


def drawn(kind: str, data: Any, small: bool = False) -> ET.Element:
    return ET.fromstring(picture(kind, data, small).svg)


def written(root: ET.Element) -> dict[str, tuple[float, float]]:
    """Text → where it stands (unturned)."""
    return {
        one.text or "": (float(one.attrib["x"]), float(one.attrib["y"]))
        for one in root.iter(f"{SVG}text")
        if "transform" not in one.attrib
    }


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of each unturned text, as wide as its letters are on average."""
    found = []
    for one in root.iter(f"{SVG}text"):
        if "transform" in one.attrib or not one.text:
            continue
        x, y, wide = float(one.attrib["x"]), float(one.attrib["y"]), canvas.LETTER * len(one.text)
        left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[one.attrib["text-anchor"]]
        found.append((left, y - 9, left + wide, y))
    return found


def texts(item: Item) -> list[str]:
    return [option.text for option in item.options]


def assert_whole(figure: Figure) -> None:
    """A page of its own, nothing outside of it, nothing that another figure on the page could disturb."""
    root = ET.fromstring(figure.svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    assert 0 < width <= 400
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in {"svg", "g", "rect", "line", "polyline", "circle", "text"}
        assert not {"id", "class", "style"} & set(one.attrib)
    for left, top, right, bottom in boxes(root):
        assert left >= -1
        assert top >= -1
        assert right <= width + 1
        assert bottom <= height
    for line in root.iter(f"{SVG}polyline"):
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    assert figure.alt.strip()


@pytest.mark.parametrize(("kind", "data"), DATA)
@pytest.mark.parametrize("small", [False, True])
def test_figures_are_whole_and_repeat(kind: str, data: Any, small: bool) -> None:
    """Everything lies inside; equal data, copied, give equal bytes."""
    figure = picture(kind, data, small)
    assert_whole(figure)
    assert picture(kind, json.loads(json.dumps(data)), small) == figure


def test_curves_stand_where_their_values_are() -> None:
    """Heights are proportional to the values from zero on, also far from it; points are at equal distances."""
    (line,) = drawn("curves", {"loss": [10, 9, 9.5, 8]}).iter(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    root = drawn("curves", {"loss": [10, 9, 9.5, 8]})
    labels = {text: at for text, at in written(root).items() if text.isdigit()}
    zero, ten = labels["0"][1] - 4, labels["10"][1] - 4
    assert [y for _, y in points] == pytest.approx(
        [zero + (ten - zero) * v / 10 for v in (10, 9, 9.5, 8)], abs=0.11
    )
    steps = [b - a for (a, _), (b, _) in pairwise(points)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.11)


def test_small_ticks_are_told_apart() -> None:
    """Of a learning rate of 0.01 no two ticks are written alike."""
    root = drawn("curves", {"lines": {"": [0.01, 0.005, 0.0]}, "y": "rate"})
    texts = [one.text for one in root.iter(f"{SVG}text") if one.attrib["text-anchor"] == "end"]
    assert len(texts) == len(set(texts)) >= 4


def test_names_of_curves_do_not_meet() -> None:
    """Four lines that end in one point, at the bottom: a dash each, and names a line apart, above the axis."""
    root = drawn("curves", {name: [1.0, 0.0] for name in "abcd"})
    heights = sorted(written(root)[name][1] for name in "abcd")
    assert min(b - a for a, b in pairwise(heights)) >= 13
    assert heights[-1] <= 200 - 36 + 5
    assert len({line.attrib["stroke-dasharray"] for line in root.iter(f"{SVG}polyline")}) == 4


def test_darker_is_larger() -> None:
    """Zero is white, the largest value darkest; numbers keep a contrast of 4.5 to their cell (WCAG 2.2, 1.4.3)."""
    root = drawn("map", {"grids": {"": [list(range(9))]}, "numbers": True})
    cells = [cell for cell in root.iter(f"{SVG}rect") if "stroke" in cell.attrib]
    greys = [int(cell.attrib["fill"][1:3], 16) for cell in cells]
    assert greys[0] == 255
    assert greys == sorted(set(greys), reverse=True)
    inks = [one.attrib["fill"] for one in root.iter(f"{SVG}text")]
    for grey, ink in zip(greys, inks, strict=True):
        bright = [((value / 255 + 0.055) / 1.055) ** 2.4 for value in (grey, int(ink[1:3], 16))]
        assert (max(bright) + 0.05) / (min(bright) + 0.05) >= 4.5


def test_negative_values_are_lighter_than_zero() -> None:
    """The least value is white then, zero between, so that a map with signs keeps its order."""
    root = drawn("map", [[-2, 0, 2]])
    fills = [cell.attrib["fill"] for cell in root.iter(f"{SVG}rect") if "stroke" in cell.attrib]
    assert fills[0] == "#ffffff"
    assert fills == sorted(set(fills), reverse=True)


def test_weights_stand_at_their_lines() -> None:
    """Each on the line from its unit to its unit, a quarter of the way, and none over another."""
    root = drawn("network", NET)
    at = written(root)
    for i, row in enumerate(NET["weights"][0]):  # type: ignore[arg-type]
        for j, weight in enumerate(row):
            (x1, y1), (x2, y2) = at["x" + "₁₂₃"[i]], at["h" + "₁₂₃"[j]]
            place = [
                (float(one.attrib["x"]), float(one.attrib["y"]))
                for one in root.iter(f"{SVG}text")
                if one.text == canvas.written(weight)
            ]
            assert any(
                abs(x - x1 - (x2 - x1) / 4) < 0.2 and abs(y - y1 - (y2 - y1) / 4) < 0.2 for x, y in place
            )
    found = boxes(root)
    for index, (left, top, right, bottom) in enumerate(found):
        for other in found[index + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_networks_have_every_line() -> None:
    """9·5 + 5·1 lines, 15 units."""
    root = drawn("network", [9, 5, 1])
    assert len(list(root.iter(f"{SVG}line"))) == 50
    assert len(list(root.iter(f"{SVG}circle"))) == 15


def test_descriptions_say_what_is_drawn() -> None:
    """Values of curves, rows of maps, weights of networks; not what they mean."""
    assert picture("curves", {"a": [2, 1], "b": [0, 0.125]}).alt == (
        "loss from epoch 1 to 2 at equal distances: a 2, 1; b 0, 0.125"
    )
    assert picture("curves", {"a": [1, 2] * 8}).alt.endswith("(jumping up and down)")
    assert picture("map", {"image": [[0, 1], [0, 1], [-1, 2.5]], "k": [[3]]}).alt == (
        "image: rows from the top 0 1 (2 times); −1 2.5. k: rows from the top 3"
    )
    assert picture("map", TABLE).alt.endswith(". rows true cat, dog; columns predicted cat, dog")
    assert picture("network", [3, 2]).alt == "a fully connected network with 3 – 2 units, from left to right"
    assert "−5.25 from x₂ to h₂" in picture("network", NET).alt


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("curves", {}, "lines: expected 1 to 4, got 0"),
        ("curves", {"a": [1]}, "lines: a: expected at least 2 numbers"),
        ("curves", {"a very long name here": [1, 2]}, "expected at most 16 letters"),
        ("curves", {"lines": {"a": [1, 2]}, "step": 0}, "step: expected above 0, got 0"),
        ("curves", {"lines": {"a": [1, 2]}, "colour": "red"}, "unknown field `colour`"),
        ("curves", {"a": [1, float("nan")]}, "holds a number that is not finite"),
        ("curves", 3, "curves: Expected `object`, got `int`"),
        ("map", {}, "grids: expected at least one"),
        ("map", [[1, 2], [3]], "grid: expected rows of one length"),
        ("map", [["a"]], "Expected `float`, got `str`"),
        ("map", {"grids": {"k": [[1]]}, "rows": ["a", "b"]}, "k: expected 1 names, got 2"),
        ("map", {"grids": {"": [[1] * 20]}, "numbers": True}, "522 pixels wide, 340 are allowed"),
        ("network", [3], "layers: expected at least 2, each of 1 to 9 units, got [3]"),
        ("network", {"layers": [4, 1], "weights": [[[1]] * 4]}, "each of 1 to 3 units"),
        ("network", {"layers": [2, 1], "weights": [[[1, 2]]]}, "expected matrices of the shapes [(2, 1)]"),
        ("network", {"layers": [2, 1], "titles": ["in"]}, "titles: expected 2, got 1"),
    ],
)
def test_data_that_cannot_be_drawn(kind: str, data: Any, says: str) -> None:
    """What is wrong, and what is allowed."""
    with pytest.raises(SpecError) as error:
        picture(kind, data)
    assert says in str(error.value)


def test_typst_shows_the_text(tmp_path: Path) -> None:
    """The writer of the PDF, with its own fonts alone, draws every kind; without its texts the page differs."""
    (tmp_path / "figure.typ").write_text(
        '#set page(width: auto, height: auto)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )

    def pixels(svg: str) -> bytes:
        source = tmp_path / "figure.typ"
        done = typst.compile(source, format="png", ppi=60, ignore_system_fonts=True, sys_inputs={"svg": svg})
        assert isinstance(done, bytes)
        return done

    for kind, data in (DATA[0], DATA[3], DATA[4]):
        svg = picture(kind, data).svg
        assert pixels(svg) != pixels(svg.replace("<text", "<desc").replace("</text", "</desc"))


def test_a_figure_stands_above_the_options(deck: Callable[..., Deck]) -> None:
    """Drawn from the parameters; its words may quote its description, and are not those of the key."""
    figure = '{draw: map, of: "[[n, m]]", alt: "Two sides: << figure >>."}'
    item = deck(AREA.replace("key:", f"figure: {figure}\nkey:")).draw(3)
    n, m = item.params["n"], item.params["m"]
    assert item.figure == Figure(
        svg=picture("map", [[n, m]]).svg, alt=f"Two sides: rows from the top {n} {m}."
    )
    words = deck(
        WORDS.replace("explain:", "figure: {draw: curves, of: \"{'a': [0, 1]}\", alt: A line.}\nexplain:")
    )
    assert words.draw(0).figure == Figure(svg=picture("curves", {"a": [0, 1]}).svg, alt="A line.")
    assert deck().draw(3).figure is None


def test_options_can_be_pictures(deck: Callable[..., Deck]) -> None:
    """Each option has its drawing, whose words are its text, and the data as its value."""
    item = deck(**PICTURES).draw(5)
    for option in item.options:
        assert option.figure == picture("map", option.value, small=True)
        assert option.text == option.figure.alt
    n, m = item.params["n"], item.params["m"]
    assert item.options[item.key].value == [[n, n, m]]
    assert item.rank is None


def test_pictures_that_look_alike_are_one_option(deck: Callable[..., Deck]) -> None:
    """Greys too near to be told apart, though the numbers differ: the draw has too few options."""
    near = '[{id: a, expr: "[[4, 4.01, 16]]", says: "."}, {id: b, expr: "[[4, 4, 16]]", says: "."}]'
    found = deck(**{**PICTURES, "distractors": near, "options": "3", "key": '"[[m, n, 0]]"'})
    with pytest.raises(SpecError, match="2 distinct options in 61 draws, 3 are needed"):
        found.draw(0)


def test_a_template_has_few_pictures(deck: Callable[..., Deck]) -> None:
    """However many students: 32 draws at most, all of them seen; the letters go on changing."""
    found = deck(**PICTURES)
    items = [found.draw(seed) for seed in range(0, 32 * 40)]
    draws = {item.seed % 32: item for item in items}
    assert len({json.dumps(item.params) for item in items}) <= MOST_PICTURED == len(draws)
    for item in items:
        same = draws[item.seed % 32]
        assert (item.params, item.stem, set(texts(item))) == (same.params, same.stem, set(texts(same)))
    places = Counter(item.key for item in items if item.seed % 32 == 3)
    assert len(places) == 4
    assert max(places.values()) < 25
    assert items[40] == deck(**PICTURES).draw(40)


def test_draws_without_pictures_stay_as_they_are(deck: Callable[..., Deck]) -> None:
    """Forms that are printed can be made again: the same draw as ever."""
    item = deck().draw(7)
    assert (item.params, item.key) == ({"n": 20, "m": 23}, 2)
    assert [option.text for option in item.options] == ["$86$", "$43$", "$460$", "$400$"]
    words = deck(WORDS).draw(7)
    assert [option.text for option in words.options] == [
        "It is the output.", "It is undefined.", "It is never negative.", "It is one half."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"figure": '{draw: pie, of: n, alt: "A pie."}'}, 'figure.draw: expected curves, map, network, got "pie"'),
        ({"figure": "{draw: map, of: n}"}, "missing required field `alt`"),
        ({"figure": '{draw: map, of: "[[n]]", alt: ""}'}, "figure.alt: renders to nothing"),
        ({"figure": '{draw: map, of: "[[q]]", alt: "A."}'}, "figure.of: `q` is not known here"),
        ({"figure": '{draw: map, of: "[[n], []]", alt: "A."}'}, "figure.of: map: grid: expected rows of one"),
        ({"answer": "{kind: picture}"}, "`kind: picture` and `draw:` belong together"),
        ({"answer": "{draw: map}"}, "`kind: picture` and `draw:` belong together"),
        ({"answer": "{kind: picture, draw: map}"}, "key: map: Expected `array`, got `int`"),
    ],
)  # fmt: skip
def test_faults_of_figures_are_named(deck: Callable[..., Deck], changed: dict[str, str], says: str) -> None:
    """With the file, and the key of its front matter."""
    with pytest.raises(SpecError, match=rf"bank/area\.md\.j2.*{says}"):
        deck(**changed).draw(0)


@pytest.fixture
def linted(functions: Functions) -> Callable[..., Finding]:
    """linted(**changed): the finding of the changed question in 200 draws."""
    return lambda **changed: lint(question(**changed), functions, 200)


def test_the_lint_reads_the_words_of_a_figure(linted: Callable[..., Finding]) -> None:
    """The key alone among the options in the alt is a leak, unless there is a reason; all options are none."""
    figure = '{draw: map, of: "[[n, m]]", alt: "%s"}'
    leaking = {"figure": figure % "A field of << n * m >> squares."}
    assert "the figure's alt says the key, and not all options, in 100% of the draws" in "".join(
        linted(**leaking).problems
    )
    excused = linted(**leaking, lint='{allow: {key-in-alt: "it is counted", key-extreme: "small"}}')
    assert excused.problems == []
    sides = figure % "Not << n * m >>0 or << n * m >>.5: << n >> and << m >>."
    assert not any("alt" in text for text in linted(figure=sides).problems)
    (unknown,) = linted(figure=figure % "<< nobody >>").problems
    assert unknown == "bank/area.md.j2:2: figure.alt: `nobody` is not known here"


def test_the_lint_counts_pictures(linted: Callable[..., Finding]) -> None:
    """32 variants; with strata, each is drawn whole; the same words with other figures are other questions."""
    found = linted(**PICTURES)
    assert found.problems == []
    assert (found.collisions, found.variants) == (0, 32)
    strata = "[{id: a, params: {n: [1, 2, 3]}}, {id: b, params: {n: [5, 6]}}]"
    assert linted(**PICTURES, strata=strata, where="n < m").problems == []
    shown = """{draw: map, of: "{'grids': {'': [[n, m]]}, 'numbers': true}", alt: Two numbers.}"""
    numbers = "[" + ", ".join(f'{{id: "d{k}", expr: "{k}", says: "."}}' for k in (1, 2, 3)) + "]"
    silent = AREA.replace("key: shapes.area(n, m)", f"key: '0'\nfigure: {shown}").replace(
        "How large is a rectangle of $<< n >>$ by $<< m >>$?", "What is this?"
    )
    assert linted(text=silent, distractors=numbers, answer="{kind: text}").variants > 28


def test_the_preview_shows_figures(functions: Functions) -> None:
    """The drawings themselves, with their words for those who hear the page."""
    figure = '{draw: map, of: "[[n, m]]", alt: "Sides & more: << figure >>."}'
    html = page([question(figure=figure), question(**PICTURES)], functions, 2)
    assert html.count("<svg") == 2 + 2 * 4
    assert html.count('role="img" aria-label="Sides &amp; more: rows from the top') == 2
    for part in html.split("<svg")[1:]:
        ET.fromstring(f"<svg{part.partition('</svg>')[0]}</svg>")


def test_the_drawings_of_the_bank_are_whole() -> None:
    """Every draw of every template of this course that has any."""
    functions = Functions(ROOT / "reference")
    files = [path for path in (ROOT / "question_bank").glob("*/*.md.j2") if "draw: " in path.read_text()]
    assert len(files) >= 15
    figures = set()
    for path in files:
        deck = Deck(read(path, path.name), functions)
        assert deck.template.pictured
        for item in map(deck.draw, range(0, MOST_PICTURED, 4)):
            figures |= {one for one in (item.figure, *(option.figure for option in item.options)) if one}
    assert len(figures) > 200
    for figure in figures:
        assert_whole(figure)
