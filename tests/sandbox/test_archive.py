"""Archives as hand-ins: their files as bytes, or a clear refusal; attack cases 52 to 59."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.intake import Intake, read_submission, submission_hash

WANTED = ["backprop.py"]
WORK = b"def softmax(S): ...\n"
FORMATS = ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]
REGULAR = 0o100644

Entries = list[tuple[str, bytes]]


def zipped(entries: Entries, mode: int = REGULAR) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename, info.external_attr = name, mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def tarred(entries: Entries, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.size = len(data) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def packed(entries: Entries, form: str) -> bytes:
    if form == "zip":
        return zipped(entries)
    squeeze: dict[str, Callable[[bytes], bytes]] = {
        "tar": bytes,
        "tar.gz": gzip.compress,
        "tar.bz2": bz2.compress,
        "tar.xz": lzma.compress,
    }
    return squeeze[form](tarred(entries))


def handed_in(folder: Path, data: bytes, name: str, wanted: list[str] = WANTED) -> Intake:
    path = folder / name
    path.write_bytes(data)
    return read_submission(path, wanted)


def refusal(intake: Intake) -> str:
    """The refusal's text; a refused hand-in has no files and its text is one safe line."""
    assert intake.refusal is not None
    assert intake.files == {}
    assert "\n" not in intake.refusal
    assert "\x1b" not in intake.refusal
    assert len(intake.refusal) < 400
    return intake.refusal


@pytest.mark.parametrize("form", FORMATS)
def test_archive_with_helpers(tmp_path: Path, form: str) -> None:
    """Files next to the hand-in come along, in folders too; what systems leave behind does not."""
    junk = ["__MACOSX/._backprop.py", ".DS_Store", "__pycache__/backprop.cpython-311.pyc", ".git/config"]
    junk += [".ipynb_checkpoints/backprop.py", "./.venv/pyvenv.cfg"]
    entries = [("backprop.py", WORK), ("layers/dense.py", b"y"), ("w.npz", b"PK\3\4z")]
    intake = handed_in(tmp_path, packed(entries + [(name, b"junk") for name in junk], form), f"bob.{form}")
    assert intake.refusal is None
    assert intake.files == dict(entries)
    assert intake.notes == ()


@pytest.mark.parametrize("form", FORMATS)
def test_nested_folder_is_found(tmp_path: Path, form: str) -> None:
    """The shallowest folder that holds the hand-in becomes the root; what lies outside stays behind."""
    entries = [
        ("./a2/answers/backprop.py", WORK),
        ("./a2/answers/extra.py", b"e"),
        ("./a2/answers/old/backprop.py", b"old"),
        ("./a2/report.txt", b"r"),
    ]
    intake = handed_in(tmp_path, packed(entries, form), f"bob.{form}")
    assert intake.files == {"backprop.py": WORK, "extra.py": b"e", "old/backprop.py": b"old"}
    assert intake.notes == (
        "backprop.py was found in a2/answers/",
        "left out, because outside of that folder: a2/report.txt",
    )


def test_several_wanted_files(tmp_path: Path) -> None:
    """The first wanted file must be there; another that is absent is noted."""
    intake = handed_in(tmp_path, zipped([("net.py", WORK)]), "x.zip", ["net.py", "train.py", "net.pt"])
    assert intake.files == {"net.py": WORK}
    assert intake.notes == ("train.py is missing", "net.pt is missing")


def test_weights_file_is_not_opened_as_an_archive(tmp_path: Path) -> None:
    """A wanted file that is a zip inside (.npz, .pt) stays one file."""
    weights = zipped([("w.npy", b"1")])
    assert handed_in(tmp_path, weights, "net.npz", ["net.npz"]).files == {"net.npz": weights}


def test_wrong_extension_goes_by_content(tmp_path: Path) -> None:
    """An archive is recognised by its first bytes, and the note says what it is."""
    intake = handed_in(tmp_path, zipped([("backprop.py", WORK)]), "x.tar.gz")
    assert intake.files == {"backprop.py": WORK}
    assert intake.notes == ("x.tar.gz is a zip archive by its content and was read as one",)


def test_names_are_normalised(tmp_path: Path) -> None:
    """Decomposed names, as macOS writes them, arrive composed; double spaces are no fault."""
    nfd = unicodedata.normalize("NFD", "Übung  1.py")
    intake = handed_in(tmp_path, tarred([("backprop.py", WORK), (nfd, b"u")]), "x.tar")
    assert sorted(intake.files) == ["backprop.py", "Übung  1.py"]


def test_old_tar_without_magic(tmp_path: Path) -> None:
    """The oldest tar format has no magic; its extension is believed and its check sum verified."""
    block = bytearray(tarred([("backprop.py", WORK)]))
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    assert handed_in(tmp_path, bytes(block), "x.tar").files == {"backprop.py": WORK}


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile warns its writers, we are its reader
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("entries", "words"),
    [
        pytest.param([("../../evil.py", b"x")], "leads out of the archive", id="52 slip"),
        pytest.param([("a/../../evil.py", b"x")], "leads out of the archive", id="52 slip inside"),
        pytest.param([("/etc/cron.d/x", b"x")], "absolute path", id="53 absolute"),
        pytest.param([("C:/x.py", b"x")], "absolute path", id="53 drive"),
        pytest.param([("z.bin", bytes(40 << 20))], " MiB", id="55 bomb"),
        pytest.param([(f"f{i}.py", b"") for i in range(600)], "more than 500", id="56 entries"),
        pytest.param([(f".f{i}", b"") for i in range(5200)], "more than", id="56 ignored entries"),
        pytest.param([("a.py", b"1"), ("A.py", b"2")], "twice", id="57 case"),
        pytest.param([("a.py", b"1"), ("a.py", b"2")], "twice", id="57 same"),
        pytest.param([("é.py", b"1"), ("e\u0301.py", b"2")], "twice", id="57 normal form"),
        pytest.param([("src/a.py", b"1"), ("SRC/b.py", b"2")], "twice", id="57 folders"),
        pytest.param([("a", b"1"), ("a/b.py", b"2")], "twice", id="57 file and folder"),
        pytest.param([("a\x1b[2J.py", b"x")], "control characters", id="58 escape"),
        pytest.param([("a\u202eyp.exe", b"x")], "control characters", id="58 bidi"),
        pytest.param([("a\nb.py", b"x")], "control characters", id="58 newline"),
        pytest.param([("..\\..\\evil.py", b"x")], "backslash", id="59 backslash"),
        pytest.param([("/".join("abcdefghijklmn") + ".py", b"x")], "12 deep", id="depth"),
        pytest.param([("x" * 300 + ".py", b"x")], "255 bytes", id="long name"),
    ],
)
def test_hostile_archive_is_refused(tmp_path: Path, form: str, entries: Entries, words: str) -> None:
    """Each trick is refused with its reason, although the wanted file is there too."""
    intake = handed_in(tmp_path, packed([("backprop.py", WORK), *entries], form), f"x.{form}")
    assert words in refusal(intake)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "tar"])
def test_suspicious_ratio_is_refused(tmp_path: Path, form: str) -> None:
    """55: 6 MiB out of 6 KiB is under the total, but nobody's homework compresses a thousandfold."""
    data = packed([("backprop.py", WORK), ("z.bin", bytes(6 << 20))], form)
    assert "more than" in refusal(handed_in(tmp_path, data, f"x.{form}"))


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
def test_special_entries_in_zip_are_refused(tmp_path: Path, mode: int) -> None:
    """54: symlinks, FIFOs, devices and sockets in a zip."""
    assert "link or special" in refusal(handed_in(tmp_path, zipped([("backprop.py", b"/e")], mode), "x.zip"))


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, b"S"],
)
def test_special_entries_in_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    """54: links of both kinds, FIFOs, devices and sparse files in a tar."""
    data = tarred([("backprop.py", b"")], kind, "/etc/passwd")
    assert "link or special" in refusal(handed_in(tmp_path, data, "x.tar"))


def test_nul_in_zip_name_is_refused(tmp_path: Path) -> None:
    """zipfile cuts names at a NUL; the name as written in the archive is what counts."""
    data = zipped([("backprop.py_evil", WORK)]).replace(b"py_evil", b"py\0evil")
    assert "control characters" in refusal(handed_in(tmp_path, data, "x.zip"))


def test_negative_tar_size_does_not_hang(tmp_path: Path) -> None:
    """A negative size (base 256) ends in a refusal, not in an endless loop."""
    block = bytearray(tarred([("backprop.py", WORK)]))
    block[124:136] = b"\xff" * 10 + b"\xfe\x00"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    refusal(handed_in(tmp_path, bytes(block), "x.tar"))


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    """A zip with a password asks for one without."""
    data = bytearray(zipped([("backprop.py", WORK)]))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    assert "without a password" in refusal(handed_in(tmp_path, bytes(data), "x.zip"))


def test_unusual_zip_compression_is_refused(tmp_path: Path) -> None:
    """Only stored and deflated entries: the others expand without a bound in the library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("backprop.py", WORK)
    assert "plain zip" in refusal(handed_in(tmp_path, out.getvalue(), "x.zip"))


def test_zip_that_lies_about_a_size(tmp_path: Path) -> None:
    """A declared size smaller than the content does not smuggle bytes in."""
    data = bytearray(zipped([("backprop.py", WORK * 100)]))
    directory = data.index(b"PK\1\2")
    data[directory + 24 : directory + 28] = (5).to_bytes(4, "little")
    assert "damaged" in refusal(handed_in(tmp_path, bytes(data), "x.zip"))


def test_many_tiny_streams_are_refused(tmp_path: Path) -> None:
    """Thousands of concatenated gzip streams are not worth the time."""
    assert "unusual" in refusal(handed_in(tmp_path, gzip.compress(b"") * 5000, "x.tar.gz"))


@pytest.mark.parametrize("form", FORMATS)
def test_truncated_archive(tmp_path: Path, form: str) -> None:
    """An archive cut anywhere is refused, or (a bare tar cut after the data) complete."""
    whole = packed([("backprop.py", random.Random(1).randbytes(3000))], form)
    for cut in range(0, len(whole), 97):
        intake = handed_in(tmp_path, whole[:cut], f"x.{form}")
        assert intake.refusal or len(intake.files["backprop.py"]) == 3000


@pytest.mark.parametrize("form", FORMATS)
def test_corrupt_archive(tmp_path: Path, form: str) -> None:
    """No damage whatever becomes an exception."""
    whole = packed([("backprop.py", WORK * 9), ("d/x.py", b"1")], form)
    dice = random.Random(form)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        handed_in(tmp_path, bytes(data), f"x.{form}")


@pytest.mark.parametrize("form", FORMATS)
def test_wrong_name_in_an_archive(tmp_path: Path, form: str) -> None:
    """The refusal says what was found and what is wanted."""
    data = packed([("notes.txt", b"n"), ("solution.py", WORK)], form)
    expected = f"x.{form}: found solution.py and notes.txt, wanted backprop.py; rename it"
    assert refusal(handed_in(tmp_path, data, f"x.{form}")) == expected


@pytest.mark.parametrize("form", FORMATS)
def test_two_candidates_are_named(tmp_path: Path, form: str) -> None:
    """Two hand-ins at the same depth: nobody guesses which was meant."""
    data = packed([("v1/backprop.py", b"1"), ("v2/backprop.py", b"2")], form)
    expected = "holds backprop.py more than once: v1/backprop.py and v2/backprop.py; keep one"
    assert expected in refusal(handed_in(tmp_path, data, f"x.{form}"))


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_nested_archive_is_not_opened(tmp_path: Path, form: str) -> None:
    """An archive inside the archive is a file like others; the refusal tells what to do."""
    data = packed([("inner.zip", zipped([("backprop.py", WORK)]))], form)
    assert "found inner.zip, wanted backprop.py; unpack" in refusal(handed_in(tmp_path, data, f"x.{form}"))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.zip", b"hello", "not the archive that its name says"),
        ("x.zip", b"", "not the archive that its name says"),
        ("x.zip", zipped([]), "is empty"),
        ("x.tar", b"hello", "damaged"),
        ("x.rar", b"Rar!\x1a\x07\0", "is a rar archive"),
        ("x.7z", b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        ("backprop.py.gz", gzip.compress(WORK), "damaged"),
        ("backprop.ipynb", b"{}", "export the notebook as backprop.py"),
        ("backprop.txt", b"x", "wanted backprop.py"),
    ],
)
def test_other_single_files(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """Anything else is refused with what to hand in instead."""
    assert words in refusal(handed_in(tmp_path, data, name))


def test_hash_is_the_same_for_folder_and_archive(tmp_path: Path) -> None:
    """However the same files were handed in, the fingerprint is the same."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "backprop.py").write_bytes(WORK)
    folder = read_submission(work, WANTED)
    archive = handed_in(tmp_path, zipped([("x/backprop.py", WORK)]), "x.zip")
    assert submission_hash(folder.files) == submission_hash(archive.files)
