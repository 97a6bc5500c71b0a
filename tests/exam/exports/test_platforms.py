"""Moodle, GIFT, Canvas and QTI 2.1: what is in the forms comes back out of each file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from grader.exam import template
from grader.exam.draw import Deck
from grader.exam.exports import EXPORTS
from grader.exam.form import Form, FormOption, FormQuestion, Scoring
from grader.exam.functions import Functions
from grader.exam.item import Item
from grader.exam.template import SUFFIX

from . import readers
from .conftest import SVG, form, make, question, unzipped
from .readers import QTI, Read

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qti21"
SHAPES = ("\\(\\frac{1}{2}\\)", "a<b {x}", "~0=1#2:%50%", "[1, 2] \\ ä ب")
STEM = (
    'What does x["a"] = {1: 2} # ~ % :: \\n do if a < b && c > "d" ]]> \\frac? Grüße, مرحبا! '
    'x = {"a": [1, 2]} # <b> & ]]> ~=#:% //y = 2 z = "\\n{}" '
    "\\[W = \\begin{pmatrix} 1 & -2 \\\\ 3 & 4 \\end{pmatrix}, "
    "\\quad \\hat{y} = \\sum_{j=1}^{n} \\frac{e^{z_j}}{\\sqrt{2}}\\] "
    "layer \\(C_{in}\\) conv \\(3^2\\) fc 1 one second Quoted, once."
)
CODE = ('x = {"a": [1, 2]}   # <b> & ]]> ~=#:%\n//y = 2\n\nz = "\\n{}"',)
NAMES = [
    "topic-1-100001",
    "topic-1-200002",
    "topic-2-100001",
    "topic-2-200002",
    "topic-2-300003",
    "topic-3-100001",
    "topic-4-100001",
]
READERS: dict[str, Callable[[bytes], dict[str, Read]]] = {
    "moodle": readers.moodle,
    "gift": lambda data: readers.gift(data.decode()),
    "canvas": readers.canvas,
    "qti21": readers.qti,
}


def exported(name: str, forms: list[Form]) -> bytes:
    (data,) = EXPORTS[name](forms, 1).files.values()
    return data


@pytest.fixture(scope="module", params=sorted(READERS))
def read(request: pytest.FixtureRequest, forms: list[Form]) -> dict[str, Read]:
    return READERS[request.param](exported(request.param, forms))


def test_each_variant_is_there_once_under_a_telling_name(read: dict[str, Read]) -> None:
    """Two students with the same question share it; its name is the template and the first form's code."""
    assert list(read) == NAMES


def test_hard_texts_come_back_as_they_are(read: dict[str, Read]) -> None:
    """Markup, quotes, backslashes, braces, other scripts, formulas, a table; code to the last blank."""
    first, second = read["topic-1-100001"], read["topic-1-200002"]
    assert first.stem == STEM
    assert second.stem == STEM.replace(" one ", " two ")
    assert first.code == CODE
    assert first.options == SHAPES
    assert read["topic-4-100001"].options == ("yes", "no", "maybe", "\\(\\bar{x}\\)", "none")


def test_keys_are_those_of_the_forms(read: dict[str, Read]) -> None:
    """One option gives all points, the others none."""
    assert [one.key for one in read.values()] == [1, 3, 1, 0, 1, 2, 4]
    assert {share for one in read.values() for share in one.shares} == {0, 100}


@pytest.mark.parametrize("name", ["moodle", "gift", "qti21"])
def test_formula_scoring_takes_points_for_wrong_answers(name: str, penalised: list[Form]) -> None:
    """A wrong answer among k options costs 1/(k - 1) of the points."""
    for one in READERS[name](exported(name, penalised)).values():
        wrong = [share for share in one.shares if share != 100]
        assert wrong == pytest.approx([-100 / len(wrong)] * len(wrong), abs=1e-5)


@pytest.mark.parametrize("name", ["moodle", "gift"])
def test_moodle_gets_only_fractions_that_it_knows(name: str) -> None:
    """Moodle refuses a fraction that is not in its list (question_bank::fraction_options_full), to five decimals."""
    options = [question(k, k, f"{k}?", tuple(str(place) for place in range(k)), 0) for k in range(2, 9)]
    one = form(
        "100001", "A", tuple(msgspec.structs.replace(q, section=0) for q in options), Scoring(rule="formula")
    )
    found = READERS[name](exported(name, [one]))
    assert [q.shares[1] for q in found.values()] == [
        -100, -50, -33.33333, -25, -20, -16.66667, -14.28571,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["moodle", "gift", "canvas"])
def test_advice_and_explanations_go_along(name: str, forms: list[Form]) -> None:
    """Each wrong option says why, the key nothing; the explanation is for all."""
    one = READERS[name](exported(name, forms))["topic-2-100001"]
    assert one.says == ("No: \\(x_0 < 1\\) & {0}", "")
    assert one.explain == 'Because \\(a^2 = b\\) & "so"'


def test_slots_are_categories_and_groups(forms: list[Form]) -> None:
    """Moodle has a category for each slot (a slash doubled), Canvas a group that gives one question's points."""
    title = 'Deep Learning: A//B & "C" <1>'
    for name in ("moodle", "gift"):
        groups = [one.group for one in READERS[name](exported(name, forms)).values()]
        assert groups == [f"$course$/top/{title}/slot 0{n}: topic{n}" for n in (1, 1, 2, 2, 2, 3, 4)]
    found = READERS["canvas"](exported("canvas", forms))
    assert [one.group for one in found.values()] == [f"slot 0{n}: topic{n}" for n in (1, 1, 2, 2, 2, 3, 4)]
    assert [one.points for one in found.values()] == [1, 1, 2, 2, 2, 2.5, 1]
    assert [one.points for one in READERS["moodle"](exported("moodle", forms)).values()] == [
        1,
        1,
        2,
        2,
        2,
        2.5,
        1,
    ]


@pytest.mark.parametrize("name", ["moodle", "gift"])
def test_any_title_is_a_category(name: str) -> None:
    """Moodle takes a title with backslashes, braces and line breaks as one name."""
    one = form("100001", "A", (question(1, 1, "?", ("1", "2"), 0),), Scoring())
    odd = msgspec.structs.replace(one, exam=msgspec.structs.replace(one.exam, title="a\\:b\\n {c}\n\n=d/e"))
    (read,) = READERS[name](exported(name, [odd])).values()
    assert read.group == "$course$/top/a\\:b\\n {c} =d//e/slot 01: topic1"


def test_figures_are_files_with_their_words(read: dict[str, Read]) -> None:
    """A figure below the stem and pictures as options, each with its alternative text; in GIFT only that."""
    one = read["topic-3-100001"]
    assert one.stem == 'Which curve is it? [A "loss" < 1 & falling to 60]'
    assert one.options == tuple(f'[A "loss" < 1 & falling to {end}]' for end in (20, 50, 90))
    assert len(set(one.pictures)) in (0, 4)


@pytest.mark.parametrize("name", ["canvas", "qti21"])
def test_packages_hold_each_drawing_once(name: str, forms: list[Form]) -> None:
    """The SVG documents as they are."""
    files = unzipped(exported(name, forms))
    drawings = sorted(data.decode() for path, data in files.items() if path.endswith(".svg"))
    assert drawings == sorted(SVG.replace("{end}", str(end)) for end in (20, 50, 60, 90))


def test_moodle_embeds_drawings(forms: list[Form]) -> None:
    """As base64 where they are shown."""
    files = etree.fromstring(exported("moodle", forms)).iter("file")
    drawings = sorted(base64.b64decode(file.text).decode() for file in files)
    assert drawings == sorted(SVG.replace("{end}", str(end)) for end in (20, 50, 60, 90))


def test_qti_tests_are_the_forms(forms: list[Form]) -> None:
    """Each test has its form's questions in order, their points, its sections and its student's minutes."""
    files = unzipped(exported("qti21", forms))
    test = etree.fromstring(files["tests/200002.xml"])
    references = list(test.iter(f"{QTI}assessmentItemRef"))
    assert [one.get("href") for one in references] == [
        "../items/topic-1-200002.xml",
        "../items/topic-2-200002.xml",
        "../items/topic-3-100001.xml",
        "../items/topic-4-100001.xml",
    ]
    assert [one.find(f"{QTI}weight").get("value") for one in references] == ["1", "2", "2.5", "1"]
    assert test.find(f"{QTI}timeLimits").get("maxTime") == str(113 * 60)
    assert [one.get("title") for one in test.iter(f"{QTI}assessmentSection")] == ["Shapes & sizes", "Curves"]
    rubrics = [" ".join("".join(one.itertext()).split()) for one in test.iter(f"{QTI}rubricBlock")]
    assert len(rubrics) == 1
    assert rubrics[0].startswith("No phones")
    assert rubrics[0].endswith("Count well.")


def test_qti_tests_keep_the_floor(forms: list[Form], penalised: list[Form]) -> None:
    """With formula scoring the total is cut at zero, if the exam says so."""
    for found, cuts in ((forms, 0), (penalised, 1), (make(Scoring(rule="formula", floor=False)), 0)):
        test = etree.fromstring(unzipped(exported("qti21", found))["tests/100001.xml"])
        assert len(list(test.iter(f"{QTI}outcomeCondition"))) == cuts


def test_nobody_is_named(forms: list[Form]) -> None:
    """No file for a platform holds a student's name or number."""
    for name in READERS:
        data = exported(name, forms)
        texts = unzipped(data).values() if data.startswith(b"PK") else [data]
        assert not any(word in text for text in texts for word in ("Müller".encode(), b"s100001", b"O'Brien"))


def test_forbidden_characters_do_not_break_the_files() -> None:
    """A control character, which no XML may contain, becomes a replacement character."""
    one = question(1, 1, "A\x0bB\x00C \ufffe?", ("\x1b1", "2"), 0)
    for name, reader in READERS.items():
        (found,) = reader(exported(name, [form("100001", "A", (one,), Scoring())])).values()
        assert found.stem == "A\ufffdB\ufffdC \ufffd?", name
        assert found.options == ("\ufffd1", "2")


# everything that pandoc writes as HTML that an author may use
ALL = """\
# Head

Text **b** *i* ~~s~~ ^sup^ ~sub~ `c` [link](http://example.org/?a=1&b=2)\\
next \u00a0 $\\boxed{x}$ $\\mathbb{R}$ $x\\,y\\!z$ $\\phantom{x}$ $\\underbrace{a}_{b}$ $\\bar{x}$ $\\vec v$
$\\begin{cases}1 & x>0\\\\0\\end{cases}$ $\\left\\lfloor \\frac{a}{b} \\right\\rfloor$ $\\operatorname*{argmax}_x$
$\\begin{aligned} a &= b \\\\ c &= d\\end{aligned}$ $\\text{if } x$ $\\mathcal{L}$ $\\sqrt[3]{x}$ $\\dot x$ $a'$

3. a

    - x
    - [ ] y

Term
:   def

> quote

| a | b |
|:-:|--:|
| 1 | 2 |

: Caption

+---+---+
| a | b |
+===+===+
| 1 | 2 |
+===+===+
| s | t |
+===+===+

***

| Line one
| Line two
"""


@pytest.fixture(scope="module")
def schemas() -> Mapping[str, etree.XMLSchema]:
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of QTI 2.1 are not here: they may not be copied into the project")
    return {
        name: etree.XMLSchema(etree.parse(SCHEMAS / path))
        for name, path in (("qti", "qtiv2p1/imsqti_v2p1.xsd"), ("manifest", "imscp_v1p1.xsd"))
    }


def assert_valid(data: bytes, schemas: Mapping[str, etree.XMLSchema]) -> None:
    """Every document of the package obeys its schema, and the manifest names every file."""
    files = unzipped(data)
    for name, text in files.items():
        if name.endswith(".xml"):
            schema = schemas["manifest" if name == "imsmanifest.xml" else "qti"]
            schema.assertValid(etree.fromstring(text))
    manifest = etree.fromstring(files["imsmanifest.xml"])
    resources = list(manifest.iter("{*}resource"))
    assert {file.get("href") for file in manifest.iter("{*}file")} | {"imsmanifest.xml"} == set(files)
    needed = {one.get("identifierref") for one in manifest.iter("{*}dependency")}
    assert needed <= {one.get("identifier") for one in resources}


def test_qti_obeys_its_schema(
    forms: list[Form], penalised: list[Form], schemas: Mapping[str, etree.XMLSchema]
) -> None:
    """Items, tests and manifest; with and without negative marks; with all that pandoc makes of Markdown."""
    assert_valid(exported("qti21", forms), schemas)
    assert_valid(exported("qti21", penalised), schemas)
    everything = question(1, 1, ALL, (ALL, "2"), 0)
    assert_valid(exported("qti21", [form("100001", "A", (everything,), Scoring())]), schemas)


def drawn(item: Item, number: int) -> FormQuestion:
    """A drawn question as the form has it."""
    options = tuple(
        FormOption(
            text=one.text, value=one.value, misconception=one.misconception, says=one.says, figure=one.figure
        )
        for one in item.options
    )
    given: dict[str, Any] = {
        name: getattr(item, name)
        for name in (
            "template", "topic", "family", "stratum", "difficulty", "minutes", "points", "stem", "figure", "key",
            "explain",
        )
    }  # fmt: skip
    return FormQuestion(
        number=number, slot=number, section=0, source="0" * 64, seed=f"{item.seed:x}", params=dict(item.params),
        options=options, permutation=tuple(range(len(options))), **given,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bank() -> Form:
    """A form with a question of every fourth template of the bank."""
    functions = Functions(ROOT / "reference")
    paths = sorted((ROOT / "question_bank").glob(f"*/*{SUFFIX}"))[::4]
    items = [Deck(template.read(path, path.name), functions).draw(3) for path in paths]
    asked = tuple(drawn(item, place) for place, item in enumerate(items, 1))
    assert len(asked) >= 60
    return form("100001", "A", asked, Scoring(rule="formula"))


def test_questions_of_the_bank_survive_every_format(bank: Form) -> None:
    """Key, number of options, texts, advice and explanations are the form's, and agree in all four formats."""
    found = {}
    for name, reader in READERS.items():
        read = reader(exported(name, [bank]))
        found[name] = [read[f"{one.template}-100001"] for one in bank.questions]
        assert [one.key for one in found[name]] == [one.key for one in bank.questions], name
        assert [len(one.options) for one in found[name]] == [len(one.options) for one in bank.questions]
    for one in found["moodle"]:
        assert len(set(one.options)) == len(one.options)
    for name in ("gift", "canvas", "qti21"):
        for one, other in zip(found[name], found["moodle"], strict=True):
            assert (one.stem, one.options) == (other.stem, other.options)
            assert (one.says, one.explain) in ((other.says, other.explain), ((), ""))


def test_questions_of_the_bank_obey_the_schema(bank: Form, schemas: Mapping[str, etree.XMLSchema]) -> None:
    """What pandoc makes of them is what QTI 2.1 allows."""
    assert_valid(exported("qti21", [bank]), schemas)
