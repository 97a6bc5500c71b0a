"""A class of twelve in each layout: everybody is found, and what is nobody's is listed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.core.errors import SpecError, UsageError
from grader.core.roster import Student
from grader.grading.collect.collection import collect
from grader.grading.collect.found import Collection

WANTED = ("backprop.py",)
WORK = b"def softmax(S): ...\n"
Roster = tuple[Student, ...]


def put(path: Path, data: bytes = WORK) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def why(collection: Collection) -> dict[str, str]:
    return {leftover.path: leftover.why for leftover in collection.leftovers}


def ids(collection: Collection) -> list[str]:
    return [found.student.id for found in collection.found]


def canvas_name(student: Student) -> str:
    """The sortable name as content_zipper.rb writes it."""
    first, _, last = student.name.rpartition(" ")
    return re.sub(r"\W", "", f"{last}, {first}".lower())


def test_a_folder_a_student(tmp_path: Path, roster: Roster) -> None:
    """Folders named by id, address, login or name in any order are matched; a stray file is listed."""
    keys = ["s01", "user2@uni.example", "user3", "Zolc Lukasz", "علي، محمد", "delacruz_anamaria"]
    keys += ["picard, jean luc", "SØREN ÆRØ", "zhang-wei", "an nguyen van", "Smith_Siobhan", "plato"]
    for key in keys:
        put(tmp_path / key / "backprop.py")
    put(tmp_path / "nobody" / "backprop.py")
    put(tmp_path / "grades.csv")
    put(tmp_path / ".DS_Store")
    put(tmp_path / "__MACOSX" / "x")
    (tmp_path / "emptyhanded").mkdir()
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "a folder a student"
    assert ids(collection) == [student.id for student in roster]
    assert [found.origin for found in collection.found] == keys
    assert why(collection) == {
        "emptyhanded": "holds no file",
        "grades.csv": "is not backprop.py, a notebook or an archive",
        "nobody": "nobody fits nobody on the roster",
    }


def test_one_file_a_student(tmp_path: Path, roster: Roster, archive: bytes, empty_archive: bytes) -> None:
    """Modules, notebooks and archives stand for their student; of two of one student none is taken."""
    for student in roster[:8]:
        put(tmp_path / f"{student.id}.py")
    put(tmp_path / "Wei Zhang.ipynb", b"{}")
    put(tmp_path / "s10.zip", archive)
    put(tmp_path / "s11.tar.gz", b"\x1f\x8b")
    put(tmp_path / "s12.zip", empty_archive)
    put(tmp_path / "Jane_Doe.zip", archive)
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "one file a student"
    assert ids(collection) == [student.id for student in roster[1:11]]
    assert collection.found[-2].path == tmp_path / "s10.zip"
    assert set(why(collection)) == {"s01.py", "Jane_Doe.zip", "s12.zip"}
    assert why(collection)["s12.zip"] == "holds no file"
    both = [leftover for leftover in collection.leftovers if leftover.path != "s12.zip"]
    assert {leftover.why for leftover in both} == {"is one of 2 submissions of s01: Jane_Doe.zip and s01.py"}
    assert {leftover.done for leftover in both} == {"none of them graded; leave one and run again"}


@pytest.mark.parametrize("ending", ["assignsubmission_file", "assignsubmission_file_"])
def test_moodle_in_folders(tmp_path: Path, roster: Roster, archive: bytes, ending: str) -> None:
    """Names are matched, numbers are not; an archive alone in its folder is read as one; text is listed."""
    for number, student in enumerate(roster):
        name = re.sub(r"[&<>\"`|':\\/]", "", student.name)  # Moodle's clean_filename
        folder = tmp_path / f"{name}_{90 + number}_{ending}"
        put(folder / "work.zip", archive) if number % 2 else put(folder / "backprop.py")
    put(tmp_path / f"Jane Doe_90_{ending.replace('file', 'onlinetext')}" / "onlinetext.html")
    put(tmp_path / f"Un Known_13_{ending}" / "backprop.py")
    put(tmp_path / "notes.txt")
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "Moodle"
    assert ids(collection) == [student.id for student in roster]
    assert {found.path.name for found in collection.found[1::2]} == {"work.zip"}
    assert {found.path.is_dir() for found in collection.found[::2]} == {True}
    assert sorted(why(collection).values()) == [
        "Un Known fits nobody on the roster",
        "is not named as Moodle names a submission",
        "is text typed into Moodle, not a file",
    ]


def test_moodle_with_blind_marking(tmp_path: Path) -> None:
    """Participants are known by their number, to a roster of numbers and to nobody else's."""
    for number in (12, 13):
        put(tmp_path / f"Participant_{number}_assignsubmission_file_" / "backprop.py")
    assert ids(collect(tmp_path, WANTED, [Student("13"), Student("Participant 12")])) == [
        "13",
        "Participant 12",
    ]
    assert ids(collect(tmp_path, WANTED, ())) == ["Participant 12", "Participant 13"]
    put(tmp_path / "Jane Doe_14_assignsubmission_file_" / "backprop.py")
    assert ids(collect(tmp_path, WANTED, [Student("14", "John Roe")])) == []


def test_moodle_side_by_side(tmp_path: Path, roster: Roster) -> None:
    """Without folders the files of one student are one attempt, in parts; what is not asked for is listed."""
    for number, student in enumerate(roster):
        put(tmp_path / f"{student.name.replace(chr(39), '')}_{number}_assignsubmission_file_backprop.py")
    extra = put(tmp_path / "Jane Doe_0_assignsubmission_file_checkpoint.pt", b"weights")
    put(tmp_path / "Jane Doe_0_assignsubmission_file_report.pdf")
    collection = collect(tmp_path, (*WANTED, "checkpoint.pt"), roster)
    assert ids(collection) == [student.id for student in roster]
    assert collection.found[0].parts == (
        ("backprop.py", collection.found[0].path),
        ("checkpoint.pt", extra),
    )
    assert collection.found[1].parts == ()
    assert list(why(collection).values()) == ["lies beside backprop.py, which was taken"]


def test_canvas(tmp_path: Path, roster: Roster, archive: bytes) -> None:
    """LATE is told apart from the name, ``-1`` is the second attempt, and text and strangers are listed."""
    for number, student in enumerate(roster):
        late = "LATE_" if number == 2 else ""
        put(tmp_path / f"{canvas_name(student)}_{late}{100 + number}_{900 + number}_backprop.py")
    put(tmp_path / "doejane_100_950_backprop-1.py")
    put(tmp_path / "strangerthe_777_951_work.zip", archive)
    put(tmp_path / "doejane_100_text.html")
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "Canvas"
    assert ids(collection) == ["s01", *(student.id for student in roster)]
    assert [found.attempt for found in collection.found] == [1, 2] + [1] * 11
    assert [found.student.id for found in collection.found if found.late] == ["s03"]
    assert why(collection) == {
        "doejane_100_text.html": "is text or a link typed into Canvas, not a file",
        "strangerthe_777_951_work.zip": "strangerthe (777) fits nobody on the roster",
    }


def test_canvas_knows_a_student_by_the_number_of_its_own_roster(tmp_path: Path) -> None:
    """With Canvas's numbers as ids two students of one name are told apart; by the name alone they are not."""
    twins = (Student("100", "Doe, Jane"), Student("101", "Doe, Jane"))
    for number in (100, 101):
        put(tmp_path / f"doejane_{number}_900_backprop.py")
    assert ids(collect(tmp_path, WANTED, twins)) == ["100", "101"]
    named = (Student("a", "Jane Doe"), Student("b", "Jane Doe"))
    collection = collect(tmp_path, WANTED, named)
    assert collection.found == ()
    assert set(why(collection).values()) == {
        f"doejane ({number}) fits Jane Doe (a) and Jane Doe (b)" for number in (100, 101)
    }


def test_canvas_attempt_of_several_files(tmp_path: Path) -> None:
    """A file that came again belongs to a later attempt than its first; one that came once to the last."""
    for name in ("900_backprop.py", "901_backprop-1.py", "902_checkpoint.pt"):
        put(tmp_path / f"doejane_100_{name}")
    first, second = collect(tmp_path, (*WANTED, "checkpoint.pt"), ()).found
    assert (first.attempt, first.path.name, first.parts) == (1, "doejane_100_900_backprop.py", ())
    assert (second.attempt, [name for name, _ in second.parts]) == (2, ["backprop.py", "checkpoint.pt"])


def test_canvas_with_anonymous_marking(tmp_path: Path) -> None:
    """Anonymous submissions are kept apart by Canvas's letters."""
    put(tmp_path / "anon_Ab3dE_900_backprop.py")
    put(tmp_path / "LATE_anon_Zz9yX_901_backprop.py")
    found = collect(tmp_path, WANTED, ()).found
    assert [(one.student.id, one.late) for one in found] == [("anon_Ab3dE", False), ("anon_Zz9yX", True)]


def gradescope_record(students: Sequence[Student], created: str, history: int = 0) -> str:
    submitters = "".join(
        f"  - :name: \"{student.name}\"\n    :sid: '{student.id}'\n    :email: {student.email}\n"
        for student in students
    )
    earlier = "".join("  - :id: 1\n    :score: 2.0\n" for _ in range(history))
    return (
        f"  :submitters:\n{submitters}  :created_at: {created}\n  :score: 8.0\n"
        f"  :history:{' []' if not history else chr(10) + earlier.rstrip()}\n"
    )


def test_gradescope(tmp_path: Path, roster: Roster) -> None:
    """The export's own file says whose a folder is, since when and after how many attempts; groups share one."""
    export = tmp_path / "assignment_42_export"  # unpacking leaves everything in one folder
    lines = "---\n"
    for number, student in enumerate(roster[:11]):
        put(export / f"submission_{number}" / "backprop.py")
        group = [student, roster[11]] if number == 10 else [student]
        created = "2023-09-21 18:00:00.123456000 Z"
        if number == 1:
            created = (
                "!ruby/object:ActiveSupport::TimeWithZone\n    utc: &1 2023-09-22 06:00:00 Z\n    time: *1"
            )
        lines += f"submission_{number}:\n{gradescope_record(group, created, history=2 * (number == 3))}"
    lines += f"submission_77:\n{gradescope_record([Student('x')], '2023-09-21 18:00:00 Z')}"
    put(export / "submission_metadata.yml", lines.encode())
    put(export / "submission_99" / "backprop.py")
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "Gradescope"
    assert ids(collection) == [student.id for student in roster]
    assert collection.found[0].received == datetime(2023, 9, 21, 18, 0, 0, 123456, UTC)
    assert collection.found[1].received == datetime(2023, 9, 22, 6, tzinfo=UTC)
    assert [found.attempt for found in collection.found] == [1, 1, 1, 3] + [1] * 8
    assert collection.found[10].path == collection.found[11].path
    assert why(collection) == {
        "submission_77": "stands in submission_metadata.yml, but is not there",
        "assignment_42_export/submission_99": "does not stand in submission_metadata.yml",
    }


@pytest.mark.parametrize(
    "text", ["a: [", "- 1", "x: &a [*a]\n? [*a]\n: 1", ":a: !!python/object/apply:os.abort []"]
)
def test_damaged_gradescope_metadata(tmp_path: Path, text: str) -> None:
    """Metadata that cannot be read is named, with what to do; nothing in it is run."""
    put(tmp_path / "submission_metadata.yml", text.encode())
    with pytest.raises(SpecError, match=r"submission_metadata\.yml: "):
        collect(tmp_path, WANTED, ())


def test_github_classroom(tmp_path: Path, roster: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clones are matched by what follows the assignment's name; their time is that of the commit."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
        monkeypatch.setenv(f"GIT_{who}_DATE", "2023-09-21T18:00:00+02:00")
    first = tmp_path / "lab-one-submissions" / "lab-one-user1"
    put(first / "backprop.py")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "work"]):
        subprocess.run(["git", *command], cwd=first, check=True)
    for number in range(2, 13):
        shutil.copytree(first, first.with_name(f"lab-one-user{number}"))
    shutil.copytree(first, first.with_name("lab-one-octocat"))
    collection = collect(tmp_path, WANTED, roster)
    assert collection.layout == "GitHub Classroom"
    assert ids(collection) == [student.id for student in roster]
    assert {found.received for found in collection.found} == {datetime(2023, 9, 21, 16, tzinfo=UTC)}
    assert why(collection) == {"lab-one-submissions/lab-one-octocat": "octocat fits nobody on the roster"}


def test_a_name_with_a_hyphen_in_repositories_of_their_own(tmp_path: Path) -> None:
    """Folders that students sent with their .git inside are still matched by the whole name."""
    roster = (Student("1", "Jane Doe"), Student("2", "John Doe"))
    for name in ("doe-jane", "doe-john"):
        (tmp_path / name / ".git").mkdir(parents=True)
        put(tmp_path / name / "backprop.py")
    assert ids(collect(tmp_path, WANTED, roster)) == ["1", "2"]


def test_an_account_with_hyphens(tmp_path: Path) -> None:
    """What all accounts begin with is not mistaken for the assignment's name."""
    roster = (Student("team-a"), Student("team-b"))
    for student in roster:
        (tmp_path / f"lab-one-{student.id}" / ".git").mkdir(parents=True)
        put(tmp_path / f"lab-one-{student.id}" / "backprop.py")
    assert ids(collect(tmp_path, WANTED, roster)) == ["team-a", "team-b"]


@pytest.mark.parametrize("below", ["", "backprop"])
def test_drop_folder(tmp_path: Path, roster: Roster, archive: bytes, below: str) -> None:
    """Each <n>.zip is an attempt, received when the file system wrote it; half-written ones are not seen."""
    for student in roster:
        received = put(tmp_path / below / student.file_name / "1.zip", archive)
        os.utime(received, (1_700_000_000, 1_700_000_000))
    put(tmp_path / below / "s02" / "2.zip", archive)
    put(tmp_path / below / "s02" / ".3.zip.part", b"PK")
    put(tmp_path / below / "s02" / "readme.txt")
    put(tmp_path / below / "nobody" / "1.zip", archive)
    if below:
        put(tmp_path / "optimizers" / "s01" / "1.zip", archive)
    collection = collect(tmp_path, WANTED, roster, slug="backprop")
    assert collection.layout == "drop folder"
    assert [(found.student.id, found.attempt) for found in collection.found][:3] == [
        ("s01", 1), ("s02", 1), ("s02", 2),
    ]  # fmt: skip
    assert len(collection.found) == 13
    assert collection.found[0].received == datetime.fromtimestamp(1_700_000_000, UTC)
    prefix = f"{below}/" if below else ""
    assert why(collection) == {
        f"{prefix}nobody/1.zip": "nobody fits nobody on the roster",
        f"{prefix}s02/readme.txt": "is no attempt <n>.zip",
    }


def test_an_id_that_is_no_file_name(tmp_path: Path, archive: bytes) -> None:
    """The drop folder writes a/b as the roster's file name does."""
    student = Student("a/b")
    put(tmp_path / student.file_name / "1.zip", archive)
    assert collect(tmp_path, WANTED, [student]).found[0].student == student


def test_without_a_roster_every_name_is_a_student(tmp_path: Path) -> None:
    """Names make students, in their order; two that differ in case only are not both one's."""
    for name in ("zoe", "Adam", "Doe", "doe"):
        put(tmp_path / name / "backprop.py")
    collection = collect(tmp_path, WANTED, ())
    assert ids(collection) == ["Adam", "zoe"]
    assert set(why(collection)) == {"Doe", "doe"}


def test_nothing_there(tmp_path: Path) -> None:
    """An empty folder holds nobody; a file or a missing folder is the caller's mistake."""
    assert collect(tmp_path, WANTED, ()).found == ()
    packed = put(tmp_path / "all.zip")
    with pytest.raises(UsageError, match="unpack it first"):
        collect(packed, WANTED, ())
    with pytest.raises(UsageError, match="expected the folder"):
        collect(tmp_path / "missing", WANTED, ())


def test_the_same_folder_gives_the_same_collection(tmp_path: Path, roster: Roster) -> None:
    """Neither the order of creation nor the time of day shows."""
    for name in ("s03", "nobody", "s01", "s02"):
        os.utime(put(tmp_path / name / "backprop.py"), (0, 0))
    assert collect(tmp_path, WANTED, roster) == collect(tmp_path, WANTED, roster)
    assert ids(collect(tmp_path, WANTED, roster)) == ["s01", "s02", "s03"]
    assert collect(tmp_path, WANTED, roster).found[0].received == datetime.fromtimestamp(0, UTC)
