"""Collecting check files: what a check is made of, and what is said of a file that cannot be used."""

from __future__ import annotations

import types
from fractions import Fraction
from pathlib import Path

import pytest

from grader.checks.collect import Check, with_checks
from grader.checks.execute import execute
from grader.checks.loopback import Loopback
from grader.checks.run import Run
from grader.core.errors import SpecError

GOOD = '''
import pytest
from grader.checks import points

@points(2)
def test_one(student):
    """One is right.

    More text.
    """

@points("1/2", partial=True, claims=["a.f/slow"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_many(student, n):
    """Many are
    right."""
'''
HIDDEN = '''
from grader.checks import points

@points(1)
def test_hidden(student, rng):
    """Hidden."""
'''


def collected(folder: Path, public: str = GOOD, hidden: str | None = HIDDEN) -> tuple[Check, ...]:
    found: list[Check] = []
    paths = []
    for name, text in (("test_public.py", public), ("test_hidden.py", hidden)):
        paths.append(None if text is None else folder / name)
        if text is not None:
            (folder / name).write_text(text)
    assert paths[0] is not None
    with_checks(paths[0], paths[1], found.extend)
    return tuple(found)


def refusal(folder: Path, public: str = GOOD, hidden: str | None = HIDDEN) -> str:
    with pytest.raises(SpecError) as caught:
        collected(folder, public, hidden)
    return str(caught.value)


def test_a_check_is_its_function(tmp_path: Path) -> None:
    """Id, title (the first paragraph on one line), points, flags, cases; public ones first."""
    one, many, hidden = collected(tmp_path)
    assert (one.id, one.title, one.points, one.public) == ("test_one", "One is right.", 2, True)
    assert [case.name for case in one.cases] == [""]
    assert (many.id, many.title, many.points) == ("test_many", "Many are right.", Fraction(1, 2))
    assert (many.partial, many.claims, many.slow) == (True, ("a.f/slow",), True)
    assert [case.name for case in many.cases] == ["1", "2", "3"]
    assert (hidden.id, hidden.public) == ("test_hidden", False)


def test_public_checks_alone(tmp_path: Path) -> None:
    """A student's machine has no hidden file."""
    assert [check.id for check in collected(tmp_path, hidden=None)] == ["test_one", "test_many"]


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        ('def test_x(student):\n    """X."""', ["test_hidden.py", "test_x", "has no points", "@points"]),
        (HIDDEN.replace('    """Hidden."""', "    pass"), ["test_hidden.py", "test_hidden", "no docstring"]),
        (HIDDEN.replace("test_hidden(", "test_one("), ["test_one", "test_public.py", "rename one"]),
        (HIDDEN + "\ndef broken(:\n", ["test_hidden.py:8:", "invalid syntax"]),
        (
            "import no_such_package\n" + HIDDEN,
            ["test_hidden.py:1:", "ModuleNotFoundError", "no_such_package"],
        ),
        (HIDDEN.replace("points(1)", "points(0)"), ["test_hidden.py:4:", "points(0)", "above 0"]),
        (HIDDEN.replace("points(1)", "points(1, partly=True)"), ["test_hidden.py:4:", "partly"]),
        ("1 / 0\n", ["test_hidden.py:1:", "ZeroDivisionError"]),
    ],
    ids=[
        "no points",
        "no docstring",
        "twice in two files",
        "syntax",
        "import",
        "zero points",
        "unknown flag",
        "raises",
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, hidden: str, words: list[str]) -> None:
    """The message has the file, the check and what to do; pytest prints nothing itself."""
    text = refusal(tmp_path, hidden=hidden)
    for word in words:
        assert word in text, text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(SpecError, match=r"test_public.py: .*does not exist"):
        with_checks(tmp_path / "test_public.py", None, lambda checks: None)


def test_nothing_outside_the_two_files_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """conftest.py, pytest.ini, PYTEST_ADDOPTS and PYTEST_PLUGINS do not reach the checks."""
    (tmp_path / "conftest.py").write_text("raise RuntimeError('read')")
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_functions = nothing_*\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    assert len(collected(tmp_path)) == 3
    assert not list(tmp_path.glob("__pycache__"))


def test_what_the_work_raises_comes_out(tmp_path: Path) -> None:
    """pytest does not swallow the judge's own exceptions."""
    (tmp_path / "test_public.py").write_text(GOOD)

    def work(checks: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        with_checks(tmp_path / "test_public.py", None, work)


def test_an_unknown_fixture_is_named(tmp_path: Path) -> None:
    """A check may use `student`, `rng` and pytest's own fixtures; another is the author's mistake, found
    when it runs.
    """
    from grader.checks.execute import execute
    from grader.checks.loopback import Loopback
    from grader.checks.run import Run

    endings = []

    def work(checks: tuple[Check, ...]) -> None:
        import types

        run = Run(Loopback(types.ModuleType("m"), 1, "/tmp"), 1)
        endings.append(execute(checks[-1].cases[0], run, 5.0))

    (tmp_path / "test_public.py").write_text(HIDDEN.replace("rng", "no_such_fixture"))
    with_checks(tmp_path / "test_public.py", None, work)
    assert not endings[0].passed
    assert "no_such_fixture" in str(endings[0].error)


FIXTURES = '''
import pytest
from grader.checks import points

@pytest.fixture
def rng():
    return "of the file"

@pytest.fixture
def scaled(request):
    return 10 * request.param

@points(1)
def test_plain(student):
    """Needs ours alone."""

@points(1)
@pytest.mark.parametrize("n", [1, 2])
def test_parameters(student, n):
    """Needs ours and parameters."""
    assert n == 1

@points(1)
@pytest.mark.usefixtures("files")
def test_used(student):
    """Names a fixture that is no argument."""

@points(1)
def test_overridden(student, rng):
    """The file's own fixture comes before ours."""
    assert rng == "of the file"

@points(1)
@pytest.mark.parametrize("scaled", [3], indirect=True)
def test_indirect(scaled):
    """The parameter goes through a fixture."""
    assert scaled == 30

@points(1)
def test_of_pytest(monkeypatch):
    """Needs a fixture of pytest's."""
    monkeypatch.setenv("NAME", "value")

@points(1)
async def test_later():
    """No check can be waited for."""
'''


def test_a_body_gets_its_arguments_with_and_without_pytest(tmp_path: Path) -> None:
    """Our own arguments and parameters are handed over directly; whatever else there is, pytest prepares."""
    ended: dict[str, list[tuple[bool, str]]] = {}

    def work(checks: tuple[Check, ...]) -> None:
        module = types.ModuleType("submission")
        for check in checks:
            for case in check.cases:
                ending = execute(case, Run(Loopback(module, 0, str(tmp_path)), 0), 60.0)
                ended.setdefault(check.id, []).append((case.given is not None, ending.status.value))

    (tmp_path / "test_public.py").write_text(FIXTURES)
    with_checks(tmp_path / "test_public.py", None, work)
    assert ended == {
        "test_plain": [(True, "passed")],
        "test_parameters": [(True, "passed"), (True, "failed")],
        "test_used": [(True, "passed")],
        "test_overridden": [(False, "passed")],
        "test_indirect": [(False, "passed")],
        "test_of_pytest": [(False, "passed")],
        "test_later": [(False, "failed")],
    }
