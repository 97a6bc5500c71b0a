"""Collect check files with pytest once, then run their bodies as often as needed against any `student`."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from _pytest.python import get_direct_param_fixture_func

from grader.checks.marks import MARK
from grader.checks.run import Run, current
from grader.core.errors import SpecError

_INI = Path(__file__).with_name("checks.ini")


@dataclass(frozen=True, slots=True)
class Case:
    """One set of parameters of a check; a check without parameters has one case with the empty name.

    Attributes:
        given: values of its parameters; None if pytest alone can prepare it, because it uses fixtures of others.
    """

    name: str
    item: pytest.Function
    given: Mapping[str, Any] | None = field(default=None, compare=False)  # values need not have a hash

    def body(self, run: Run) -> None:
        """Run the check's body in the context of `run`; raises whatever it raises."""
        token = current.set(run)
        try:
            if self.given is None:
                self._by_pytest()
            else:  # the same call without pytest's set-up, which takes longer than most bodies
                names = self.item._fixtureinfo.argnames
                self.item.obj(
                    **{name: PROVIDED[name](run) for name in names if name in PROVIDED}, **self.given
                )
        finally:
            current.reset(token)

    def _by_pytest(self) -> None:
        state = self.item.session._setupstate
        try:
            self.item._initrequest()
            state.setup(self.item)
            self.item.runtest()
        finally:
            state.teardown_exact(None)


@dataclass(frozen=True, slots=True)
class Check:
    """A check as its author wrote it.

    Attributes:
        id: the function's name, unique in the assignment. title: first line of its docstring.
        public: whether students have the file it stands in.
        points: what it is worth. partial: each case has its share.
        claims: None, or the misconceptions that a slow check is for; no other is run on it.
        cases: at least one.
    """

    id: str
    title: str
    public: bool
    points: Fraction
    partial: bool
    claims: tuple[str, ...] | None
    cases: tuple[Case, ...]

    @property
    def slow(self) -> bool:
        """Whether it says which misconceptions it is for."""
        return self.claims is not None

    def runs(self, misconception: str) -> bool:
        """Whether this misconception is tried on it."""
        return self.claims is None or misconception in self.claims


def _data(run: Run) -> Any:
    if run.data is None:
        raise SpecError(
            "a check asks for `data`: name an image set in assignment.yaml, as in `data: shapes10`"
        )
    return run.data


# what a check may ask for by the name of an argument
PROVIDED: dict[str, Callable[[Run], Any]] = {
    "student": lambda run: run.student,
    "rng": lambda run: run.rng(),
    "data": _data,
    "files": lambda run: run.files,
}


class _Plugin:
    def __init__(self, work: Callable[[tuple[Check, ...]], None], public: Path) -> None:
        self.work, self.public = work, public
        self.failure: BaseException | None = None
        self.problems: list[str] = []

    @pytest.fixture
    def student(self) -> Any:
        return PROVIDED["student"](current.get())

    @pytest.fixture
    def rng(self) -> Any:
        return PROVIDED["rng"](current.get())

    @pytest.fixture
    def data(self) -> Any:
        return PROVIDED["data"](current.get())

    @pytest.fixture
    def files(self) -> Any:
        return PROVIDED["files"](current.get())

    @pytest.fixture
    def gpu(self) -> bool:
        return current.get().gpu

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", f"{MARK}(n, partial, claims): what the check is worth")

    def pytest_exception_interact(self, node: pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        if call.excinfo is not None:
            self.problems.append(_problem(node.path, call.excinfo.value))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        try:
            if self.problems:
                raise SpecError("; ".join(self.problems))
            self.work(_checks(session.items, self.public))
        except BaseException as error:  # carried out of pytest, which would print it
            self.failure = error
        return True


def with_checks(public: Path, hidden: Path | None, work: Callable[[tuple[Check, ...]], None]) -> None:
    """Collect `public` and `hidden` check files and call `work` with the checks, public ones first.

    pytest runs with fixed options: no plugins, no conftest, our own ini file, nothing from the environment.
    Raises SpecError for a file that cannot be collected, and whatever `work` raises.
    """
    # pytest gives absolute paths: a relative one would make every check a hidden one
    public, hidden = public.absolute(), hidden.absolute() if hidden is not None else None
    files = [path for path in (public, hidden) if path is not None]
    for path in files:
        if not path.is_file():
            raise SpecError(f"{path}: expected the check file of the assignment, it does not exist")
    plugin = _Plugin(work, public)
    options = [
        "-c",
        str(_INI),
        "--rootdir",
        str(public.parent),
        "--noconftest",
        "--import-mode=importlib",
        "-s",
    ]
    options += [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:terminal",
        "-p",
        "no:faulthandler",
        "-p",
        "no:unraisableexception",
    ]
    options += ["-p", "no:threadexception", "-p", "no:logging"]
    with _clean_environment():
        _forget(files)
        code = pytest.main([*options, *map(str, files)], plugins=[plugin])
    if plugin.failure is not None:
        raise plugin.failure
    if plugin.problems or code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SpecError(
            f"{public.parent}: the checks cannot be collected: {'; '.join(plugin.problems) or code}"
        )


def _forget(files: Sequence[Path]) -> None:
    """Another assignment's `test_public` may be loaded under the same name; pytest would take that one."""
    for name, module in list(sys.modules.items()):
        if name.rpartition(".")[2] in {path.stem for path in files} and getattr(module, "__file__", None):
            del sys.modules[name]


@contextmanager
def _clean_environment() -> Iterator[None]:
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    saved = {name: os.environ.pop(name, None) for name in names}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = no_bytecode
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        os.environ.update({name: value for name, value in saved.items() if value is not None})


def _checks(items: Sequence[pytest.Item], public: Path) -> tuple[Check, ...]:
    grouped: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function):
            name = getattr(item, "originalname", item.name)
            grouped.setdefault(name, []).append(item)
    checks = [_check(name, cases, public) for name, cases in grouped.items()]
    return tuple(sorted(checks, key=lambda check: not check.public))


def _check(name: str, items: list[pytest.Function], public: Path) -> Check:
    path = items[0].path
    if any(item.path != path for item in items):
        raise SpecError(
            f"{path}: {name}: there is a check of this name in {items[-1].path.name}, too; rename one"
        )
    mark = items[0].get_closest_marker(MARK)
    if mark is None:
        raise SpecError(f"{path}: {name}: has no points; write @points(n) above it")
    doc = (items[0].function.__doc__ or "").strip()
    if not doc:
        raise SpecError(f"{path}: {name}: has no docstring; its first line is what students see")
    cases = tuple(
        Case(item.callspec.id if hasattr(item, "callspec") else "", item, _given(item)) for item in items
    )
    title = " ".join(doc.split("\n\n")[0].split())
    return Check(name, title, path == public, mark.args[0], **mark.kwargs, cases=cases)


def _given(item: pytest.Function) -> dict[str, Any] | None:
    """The parameters of a plain function that needs nothing else but ours; None for any other."""
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    fixtures = item._fixtureinfo.name2fixturedefs
    if item.cls is not None or inspect.iscoroutinefunction(item.obj) or inspect.isasyncgenfunction(item.obj):
        return None
    for name in item.fixturenames:
        found = fixtures.get(name, ())
        ours = name in PROVIDED and len(found) == 1 and name not in parameters
        # `indirect` hands the parameter to a fixture of that name; else pytest makes one up for it
        direct = name in parameters and [one.func for one in found] == [get_direct_param_fixture_func]
        if not ours and not direct:
            return None
    return dict(parameters)


def _problem(path: Path, error: BaseException) -> str:
    """``file:line: what``, for an exception while a check file was collected."""
    error = error.__cause__ or error  # pytest wraps what went wrong in the import
    line = error.lineno or 0 if isinstance(error, SyntaxError) else 0
    trace = error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(path) else line
        trace = trace.tb_next
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    kind = "" if isinstance(error, SpecError) else f"{type(error).__name__}: "
    return f"{path}:{line}: {kind}{text}"
