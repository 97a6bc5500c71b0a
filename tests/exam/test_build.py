"""`grader exam build`: real forms of the course's own midterm, real PDFs, real QR codes, and builds that are killed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pypdfium2
import pytest
import zxingcpp

from grader.core.errors import SpecError, UsageError
from grader.exam.build import Built, build
from grader.exam.folder import ExamFolder
from grader.exam.form import decode, encode, form_schema
from grader.exam.freeze import taker
from grader.exam.plan import Plan, make_plan, read_secret
from grader.exam.seeds import EXAM_BIT, codes, slot_seed
from grader.exam.sheet import payload
from tests.conftest import ROOT

SECRET = b"a secret of the tests, of enough length"
MIDTERM = ROOT / "question_bank" / "blueprints" / "midterm.yaml"
LONG = "Maximiliane " * 16 + "Mustermann"
ROSTER = f"""id,name,extra_time,large_print,accessible
ada,Ada Lovelace,,,
O'Brien/7,=cmd('x') #strong[O'Brien] *b*,25,yes,
ali,علي محمد,,,yes
max,{LONG[:200]},,,
"""


def planned(folder: Path, roster: str = ROSTER, blueprint: Path = MIDTERM, secret: bytes = SECRET) -> Plan:
    """A plan over the course's own bank."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    return make_plan(ROOT, blueprint, folder / "roster.csv", secret)


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The midterm for four students, with solutions."""
    folder = tmp_path_factory.mktemp("exam")
    return build(planned(folder), folder / "midterm", jobs=2, solutions=True)


def text_of(path: Path) -> str:
    """What the pages say, white space as single spaces."""
    document = pypdfium2.PdfDocument(path)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_a_folder_holds_what_the_readme_lists(exam: Built) -> None:
    """Forms, papers, sheets, keys, geometry, balance, manifest, solutions, the accessible edition; and no secret."""
    names = set(contents(exam.folder.root))
    students = ["ada", "O%27Brien%2F7", "ali", "max"]
    assert names == {
        *(f"forms/{name}.json" for name in students),
        *(f"pdf/{name}.pdf" for name in students),
        *(f"solutions/{name}.pdf" for name in students),
        "accessible/ali.html",
        *("all.pdf", "sheets.pdf", "keys.csv", "sheet.json", "balance.json", "exam.json"),
    }
    for data in contents(exam.folder.root).values():
        assert SECRET not in data
        assert SECRET.hex().encode() not in data
        assert str(ROOT).encode() not in data


def test_forms_are_reproducible_parallel_and_personal(exam: Built) -> None:
    """Same templates, own parameters, orders and codes; seeds follow from the secret and lie apart from practice."""
    forms = exam.folder.forms()
    schema = form_schema()
    for form in forms:
        jsonschema.validate(json.loads(exam.folder.form(form.taker.file_name).read_bytes()), schema)
        assert encode(decode(encode(form), "x")) == encode(form)
        assert sum(question.points for question in form.questions) == form.exam.total == 40
        assert [question.number for question in form.questions] == list(range(1, 21))
        assert [question.section for question in form.questions] == sorted(
            one.section for one in form.questions
        )
        for question in form.questions:
            seed = slot_seed(SECRET, "midterm", form.taker.id, question.slot)
            assert question.seed == f"{seed:016x}"
            assert seed & EXAM_BIT
            assert [one.misconception is None for one in question.options].index(True) == question.key
            assert sorted(question.permutation) == list(range(len(question.options)))
    assert len({frozenset(question.template for question in form.questions) for form in forms}) == 1
    assert len({tuple(question.slot for question in form.questions) for form in forms}) == 4
    assert len({form.code for form in forms}) == 4
    asked = [
        {one.slot: (one.stem, {option.text for option in one.options}) for one in form.questions}
        for form in forms
    ]
    assert sum(any(one[slot] != asked[0][slot] for one in asked) for slot in asked[0]) > 15


def test_a_paper_says_who_when_and_what(exam: Built) -> None:
    """Cover, rules, pages x of y, every question; names are text, whatever they look like; extra time is added."""
    (ada, brien, ali, most) = exam.folder.forms()
    said = text_of(exam.folder.paper(ada.taker.file_name))
    for words in (
        "Ada Lovelace",
        ada.code,
        "45 minutes",
        "Exactly one option",
        "Page 1 of",
        "40 points",
        "2027-01-20",
    ):
        assert words in said
    for section in ada.exam.sections:
        assert section.title in said
    assert all(f" {question.number}. " in said for question in ada.questions)
    large = text_of(exam.folder.paper(brien.taker.file_name))
    assert "=cmd('x') #strong[O'Brien] *b*" in large.replace("’", "'")
    assert "57 minutes (including extra time)" in large
    assert len(pypdfium2.PdfDocument(exam.folder.paper(brien.taker.file_name))) > len(
        pypdfium2.PdfDocument(exam.folder.paper(ada.taker.file_name))
    )
    assert text_of(exam.folder.paper(ali.taker.file_name)).count("Page") >= 3
    assert text_of(exam.folder.paper(most.taker.file_name)).count("Maximiliane") == LONG[:200].count(
        "Maximiliane"
    )


@pytest.mark.parametrize("part", ["pdf", "solutions"])
def test_nothing_is_printed_off_the_page(exam: Built, part: str) -> None:
    """Every character of every paper lies on its page, 3 mm from the edge."""
    for path in sorted((exam.folder.root / part).iterdir()):
        for page in pypdfium2.PdfDocument(path):
            width, height = page.get_size()
            text = page.get_textpage()
            for index in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(index)
                if right - left > 0.1:
                    assert 8 < left < right < width - 8, path.name
                    assert 8 < bottom < top < height - 8, path.name


def test_only_solutions_tell_the_key(exam: Built) -> None:
    """The paper of a student has no explanation; the solutions have every one, and box the key's letter."""
    form = exam.folder.forms()[0]
    paper, solved = (text_of(exam.folder.paper("ada", kind)) for kind in (False, True))
    plain = [
        q.explain
        for q in form.questions
        if q.explain.isascii() and "$" not in q.explain and "`" not in q.explain
    ]
    assert plain
    for explanation in plain:
        words = " ".join(explanation.split())[:40]
        assert words not in paper
        assert words in solved
    assert "Solutions" in solved
    assert "Solutions" not in paper


def test_codes_can_be_read_by_a_camera(exam: Built) -> None:
    """The QR code of a page and of an answer sheet, read back from a picture of 150 dpi, names exam and form."""
    ada, brien, *_ = exam.folder.forms()
    page = pypdfium2.PdfDocument(exam.folder.paper("ada"))[1]
    (found,) = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_numpy())
    assert found.text == payload("midterm", ada.code, 0)
    document = pypdfium2.PdfDocument(exam.folder.root / "sheets.pdf")
    assert len(document) == 4
    for index, form in ((0, ada), (1, brien)):
        (found,) = zxingcpp.read_barcodes(document[index].render(scale=150 / 72).to_numpy())
        assert found.text == payload("midterm", form.code, 1)
        assert form.code in document[index].get_textpage().get_text_bounded()


def test_sheets_have_their_marks_where_sheet_json_says(exam: Built) -> None:
    """On a picture: corners are black, the form code's digits are filled, every other bubble is empty."""
    geometry = json.loads((exam.folder.root / "sheet.json").read_bytes())
    document = pypdfium2.PdfDocument(exam.folder.root / "sheets.pdf")
    scale = 200 / 25.4  # pixels a millimetre
    for index, form in enumerate(exam.folder.forms()):
        (page,) = geometry["editions"]["large" if form.taker.large_print else "standard"]
        picture = document[index].render(scale=200 / 72, grayscale=True).to_numpy().squeeze()

        def dark(x: float, y: float, side: float, picture: Any = picture) -> float:
            left, top, half = round(x * scale), round(y * scale), round(side * scale / 2)
            return float((picture[top - half : top + half, left - half : left + half] < 128).mean())

        for corner in page["corners"]:
            middle = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
            assert (dark(*middle, corner["width"] * 0.4) > 0.9) != corner["hollow"]
        filled = {
            (one["field"], one["row"], one["value"])
            for one in page["bubbles"]
            if dark(one["x"], one["y"], page["radius"]) > 0.6
        }
        assert filled == {("code", place, digit) for place, digit in enumerate(form.code, 1)}


def test_keys_are_safe_to_open_in_a_spreadsheet(exam: Built) -> None:
    """A row for each student in the roster's order: code, id, name (no formula), the letters of the form."""
    rows = list(csv.reader((exam.folder.root / "keys.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["code", "id", "name", *map(str, range(1, 21))]
    for row, form in zip(rows[1:], exam.folder.forms(), strict=True):
        assert row[0] == form.code
        assert row[3:] == [question.letter for question in form.questions]
    assert rows[2][2].startswith("'=cmd")


def test_the_balance_report_counts_and_predicts(exam: Built) -> None:
    """Equal counts and minutes, the predictions named as ratings, keys over all letters, neighbours counted."""
    report = json.loads((exam.folder.root / "balance.json").read_bytes())
    assert report == exam.report
    assert (report["forms"], report["questions"]) == (4, 20)
    assert report["predicted_right"]["apart"] == report["minutes"]["apart"] == 0
    assert "author ratings" in report["predictions"]
    assert sum(cell["questions"] for cell in report["cells"]) == 20
    assert report["neighbours"]["shared_questions"] == 60
    assert sum(report["key_letters"].values()) == pytest.approx(1, abs=1e-3)


def test_the_same_inputs_give_the_same_bytes(exam: Built, tmp_path: Path) -> None:
    """Also with other jobs, in another folder; another secret gives other questions and codes."""
    again = build(planned(tmp_path), tmp_path / "again", jobs=1, solutions=True)
    assert contents(again.folder.root) == contents(exam.folder.root)
    other = codes(SECRET[::-1], "midterm", ["ada"])["ada"]
    assert other != exam.folder.forms()[0].code
    assert not build(planned(tmp_path), tmp_path / "again", solutions=True).anew


def test_a_killed_build_is_finished_to_the_same_bytes(exam: Built, tmp_path: Path) -> None:
    """kill -9 at several moments leaves no process behind; the same command then completes the exam."""
    plan = planned(tmp_path)
    (tmp_path / "secret").write_bytes(SECRET)
    command = [
        sys.executable,
        "-m",
        "grader",
        "--course",
        str(ROOT),
        "exam",
        "build",
        str(MIDTERM),
        "--solutions",
    ]
    command += [
        "--roster",
        str(tmp_path / "roster.csv"),
        "--out",
        str(tmp_path / "x"),
        "--secret-file",
        str(tmp_path / "secret"),
    ]
    for seen in ("forms/ada.json", "pdf/ada.pdf"):
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and not (tmp_path / "x" / seen).exists():
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and _alive(process.pid):
            time.sleep(0.05)
        assert _alive(process.pid) == []
        with pytest.raises(UsageError, match="not built to the end"):
            ExamFolder(tmp_path / "x").forms()
    build(plan, tmp_path / "x", jobs=2, solutions=True)
    assert contents(tmp_path / "x") == contents(exam.folder.root)


def _alive(session: int) -> list[int]:
    """Processes of this session that are no zombies, pandoc's included. Source: proc(5), the fields behind the name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended just now
        if int(of) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


def test_two_exams_are_never_mixed(exam: Built, tmp_path: Path) -> None:
    """Another roster, secret or blueprint in the same folder is refused by name, unless forced; foreign files, too."""
    root = tmp_path / "copy"
    shutil.copytree(exam.folder.root, root)
    fewer = planned(tmp_path / "a", "id\nada\n")
    with pytest.raises(
        UsageError, match=r'holds the exam "midterm", built from another roster; choose another'
    ):
        build(fewer, root)
    with pytest.raises(UsageError, match="another secret"):
        build(planned(tmp_path / "b", secret=SECRET[::-1]), root)
    assert contents(root) == contents(exam.folder.root)
    (root / "notes.txt").write_text("mine")
    build(fewer, root, force=True)
    assert sorted(one.name for one in (root / "pdf").iterdir()) == ["ada.pdf"]
    assert (root / "notes.txt").read_text() == "mine"
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match="holds files that are no exam"):
        build(fewer, foreign)


def test_a_retake_asks_other_questions(exam: Built, tmp_path: Path) -> None:
    """`exclude` leaves out every template of the earlier exam."""
    earlier = os.path.relpath(exam.folder.root, tmp_path)
    text = MIDTERM.read_text().replace("id: midterm", f"id: retake\nexclude: [{earlier}]")
    (tmp_path / "retake.yaml").write_text(text)
    built = build(planned(tmp_path, "id\nada\n", tmp_path / "retake.yaml"), tmp_path / "retake")
    old = {question.template for question in exam.folder.forms()[0].questions}
    assert old.isdisjoint({question.template for question in built.folder.forms()[0].questions})


def test_sampled_forms_and_fixed_orders(tmp_path: Path) -> None:
    """`forms: sampled` gives every student other templates in as much time; without shuffling, options are sorted."""
    text = (
        MIDTERM.read_text()
        + "forms: sampled\nshuffle: {questions: false, options: false}\npaper: letter\nlanguage: de\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    built = build(planned(tmp_path, "id\na\nb\nc\n", tmp_path / "s.yaml"), tmp_path / "s", jobs=2)
    forms = built.folder.forms()
    assert len({frozenset(question.template for question in form.questions) for form in forms}) == 3
    assert built.report["minutes"]["apart"] <= 0.1 * built.report["minutes"]["mean"]
    for form in forms:
        assert [question.slot for question in form.questions] == list(range(1, 21))
        for question in form.questions:
            values = [option.value for option in question.options]
            if all(isinstance(value, (int, float)) for value in values):
                assert values == sorted(values)
            assert question.permutation == tuple(range(len(values)))
    assert "Seite 1 von" in text_of(built.folder.paper("a"))
    assert pypdfium2.PdfDocument(built.folder.paper("a"))[0].get_size() == pytest.approx((612, 792))


def test_what_the_build_refuses(tmp_path: Path, grader: Callable[..., Any]) -> None:
    """A wrong total, a missing roster or blueprint, a short secret: one line that says where and what."""
    (tmp_path / "t.yaml").write_text(MIDTERM.read_text().replace("total: 40", "total: 50"))
    with pytest.raises(SpecError, match=r"\$\.total: expected 40, the sum of all points, got 50"):
        build(planned(tmp_path, "id\na\n", tmp_path / "t.yaml"), tmp_path / "t")
    (tmp_path / "short").write_text("abc")
    with pytest.raises(SpecError, match="expected a secret of at least 16 bytes, got 3"):
        read_secret(tmp_path / "short")
    for blueprint, roster, said in (
        (tmp_path / "t.yaml", tmp_path / "roster.csv", "t.yaml: $.total: expected 40"),
        (tmp_path / "none.yaml", tmp_path / "roster.csv", "there is no such blueprint"),
        (MIDTERM, tmp_path / "none.csv", "there is no such roster"),
    ):
        done = grader(
            "exam",
            "build",
            blueprint,
            "--roster",
            roster,
            "--out",
            tmp_path / "o",
            "--secret-file",
            MIDTERM,
            course=ROOT,
        )
        assert done.code == 2
        assert said in done.err
        assert "Traceback" not in done.err


def test_names_that_the_fonts_lack_are_told(tmp_path: Path, grader: Callable[..., Any]) -> None:
    """An exam with a name in another script is built all the same, with the letters that would be boxes."""
    (tmp_path / "roster.csv").write_text("id,name\na,王小明\n", encoding="utf-8")
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    options = ("--roster", tmp_path / "roster.csv", "--out", tmp_path / "x", "--secret-file", secret)
    done = grader("exam", "build", MIDTERM, *options, course=ROOT)
    assert done.code == 0, done.err
    assert "the built-in fonts have no 小 明 王: give --fonts DIR" in done.err
    assert "20 questions, 45 minutes" in done.out
    exported = grader(
        "exam", "export", tmp_path / "x", "--format", "gift", "--out", tmp_path / "x.gift", course=ROOT
    )
    assert exported.code == 0, exported.err
    assert "note: " in exported.err
    assert (tmp_path / "x.gift").read_text(encoding="utf-8").count("\n::") >= 20
    none = grader("exam", "export", tmp_path, "--format", "html", course=ROOT)
    assert (none.code, none.out) == (2, "")
    assert "there is no exam here; make one with: grader exam build" in none.err


def test_extra_time_is_rounded_up() -> None:
    """25 % of 45 minutes are 12, not 11."""
    from grader.core.roster import Student

    assert taker(Student("a", extra_time=25), 45).minutes == 57
    assert taker(Student("a"), 45).minutes == 45


def test_a_form_that_was_tampered_with_is_refused(exam: Built, tmp_path: Path) -> None:
    """A key outside of the options, or a key that the schema does not know, names file and place."""
    form = exam.folder.forms()[0]
    question = msgspec.structs.replace(form.questions[0], key=9)
    broken = encode(msgspec.structs.replace(form, questions=(question, *form.questions[1:])))
    with pytest.raises(SpecError, match=r"f\.json: question 1: the key 9 is none of its options"):
        decode(broken, "f.json")
    with pytest.raises(SpecError, match=r"f\.json: is no frozen form"):
        decode(b'{"format": 2}', "f.json")
