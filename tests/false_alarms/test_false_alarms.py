"""Right submissions stay right when they are written differently: the checks look at results, not at the text."""

from __future__ import annotations

import ast
import inspect
import os
from pathlib import Path

import numpy as np
import pytest
from rewrites import REWRITES

from grader.grading.batch import grade_all
from grader.grading.course import Course
from grader.grading.examples import example_paths

COURSE = Course(Path(__file__).parents[2])
SPEED = ("faster_than", "memory_below")  # points of their own: slow and right loses only these


def checks_with(slug: str, *words: str) -> set[str]:
    """The checks whose code has one of these names, or a keyword argument so called: of time, memory or training."""
    found = set()
    for path in (COURSE.handout(slug) / "test_public.py", COURSE.reference(slug) / "test_hidden.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
                names |= {name.arg or "" for name in ast.walk(node) if isinstance(name, ast.keyword)}
                found |= {node.name} if names & set(words) else set()
    return found


@pytest.fixture(autouse=True)
def _one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean checkout makes a secret of its own; a test must not depend on it."""
    monkeypatch.setenv("GRADER_SECRET", "the secret of the course's own tests")


@pytest.mark.slow
@pytest.mark.parametrize("slug", COURSE.slugs())
def test_a_rewritten_right_submission_keeps_full_marks(slug: str, tmp_path: Path) -> None:
    """Renamed locals, einsum or loops for `@`, sums in another order, another memory layout, extra functions.

    Only points of speed and memory may go, and only with plain loops. A folder with further files is as good
    as the file.
    """
    entry = COURSE.assignment(slug).entry
    paths = []
    originals = [COURSE.reference(slug) / "solution.py", *example_paths(COURSE.reference(slug), "right")]
    for original in originals:
        file = original if original.is_file() else original / entry
        source = file.read_text(encoding="utf-8")
        for name, rewrite in REWRITES.items():
            folder = tmp_path / f"{original.stem}-{name}"
            folder.mkdir()
            (folder / entry).write_text(rewrite(source), encoding="utf-8")
            (folder / "notes.txt").write_text("My notes.\n", encoding="utf-8")
            paths.append(folder)
    slow = checks_with(slug, "claims")
    results = grade_all(COURSE, slug, paths, jobs=os.cpu_count() or 1, leave_out=[slow] * len(paths))
    speed = checks_with(slug, *SPEED)
    lost = {
        f"{result.submission}: {check.id}: {check.message}"
        for result in results
        for check in result.checks
        if not check.passed and not (result.submission.endswith("-loops") and check.id in speed)
    }
    assert lost == set()


def test_the_rewrites_change_the_text_and_keep_the_values() -> None:
    """On functions with matrices, vectors, batches and sums, every rewrite gives the same numbers."""
    source = inspect.getsource(sample)
    rng = np.random.default_rng(3)
    arguments = [rng.normal(size=shape) for shape in [(4, 3), (3, 5), (3,), (2, 4, 3)]]
    wanted = sample(*arguments)
    for name, rewrite in REWRITES.items():
        text = rewrite(source)
        assert text.split() != source.split(), name
        made: dict[str, object] = {"np": np}
        exec(compile(text, name, "exec"), made)
        got = made["sample"](*arguments)  # type: ignore[operator]
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def sample(a, b, v, batch):  # type: ignore[no-untyped-def]
    product = a @ b
    vector = a @ v
    inner = v @ v
    stacked = batch @ b
    rows = [len(a), *list(v[:1])]
    total = product.sum(axis=0) + np.sum(stacked, axis=(0, 1)) + inner
    return product, vector, inner, stacked, v @ b, total, np.array(rows)
