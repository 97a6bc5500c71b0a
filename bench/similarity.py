"""``python -m bench.similarity``: how well copies are told from independent work, and how long a class takes.

Disguised copies are made of the course's own examples by the rewrites below. What counts as independent: examples of
the same assignment from different families, a family being what shares 45 % of its lines as they stand (the wrong
examples of a family are one text with one mistake each), and what `COPIES` adds.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import itertools
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from grader.grading.similar.pairs import THRESHOLD, pairs

ROOT = Path(__file__).parents[1]
SAME_LINES = 0.45
CLASS = 300
# renamed copies among the examples, found by `pairs` and confirmed by reading: line by line they look independent
COPIES = (
    ("activations_losses", "bce_clips_the_probability", "relu_gradient_written_into_dout"),
    ("learning_curves", "gap_of_the_last_epoch", "thresholds_on_raw_losses"),
    ("optimizers", "adam_counter_starts_at_two", "solution"),
)


def renamed(source: str) -> str:
    """Every name of one's own is another, every whole number too; comments go, type hints come."""
    tree = ast.parse(source)
    names: dict[str, str] = {}
    kept = set(dir(builtins)) | _fixed(tree)
    own = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and type(node.ctx) is ast.Store
    }

    def new(name: str) -> str:
        return name if name in kept or name.startswith("__") else names.setdefault(name, f"name{len(names)}")

    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new(node.id)
        elif isinstance(node, ast.arg):
            node.arg = new(node.arg)
        elif isinstance(node, ast.Attribute) and node.attr in own:
            node.attr = new(node.attr)
        elif isinstance(node, ast.FunctionDef):
            node.name = new(node.name)
            for arg in node.args.args:
                arg.annotation = ast.Name("float")
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            node.value += 3
    return ast.unparse(ast.fix_missing_locations(tree))


def _fixed(tree: ast.Module) -> set[str]:
    """What the assignment or a library names: public functions, imported modules."""
    public = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    aliases = [node.names for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {name for name in public if not name.startswith("_")} | {
        (alias.asname or alias.name).partition(".")[0] for each in aliases for alias in each
    }


def reordered(source: str) -> str:
    """Renamed, and the functions in another order."""
    tree = ast.parse(renamed(source))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    random.Random(0).shuffle(functions)
    tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef)] + functions
    return ast.unparse(tree)


def unrolled(source: str) -> str:
    """Renamed, and the first turns of every loop written out."""
    return ast.unparse(ast.fix_missing_locations(_Unroll().visit(ast.parse(renamed(source)))))


def half(source: str, other: str) -> str:
    """Every second function is a renamed copy; the rest comes from somebody else."""
    mine, theirs = ast.parse(renamed(source)), ast.parse(other)
    names = sorted(node.name for node in mine.body if isinstance(node, ast.FunctionDef))
    random.Random(0).shuffle(names)
    copied = set(names[: (len(names) + 1) // 2])
    body = [node for node in mine.body if not isinstance(node, ast.FunctionDef) or node.name in copied]
    body += [node for node in theirs.body if isinstance(node, ast.FunctionDef) and node.name not in copied]
    return ast.unparse(ast.Module(body, []))


class _Unroll(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        self.generic_visit(node)
        turns = [
            ast.Assign([node.target], ast.Subscript(node.iter, ast.Constant(turn), ast.Load()))
            for turn in (0, 1)
        ]
        return [*(line for turn in turns for line in (turn, *node.body)), node]


DISGUISES: dict[str, Callable[[str], str]] = {each.__name__: each for each in (renamed, reordered, unrolled)}


def examples(slug: str) -> dict[str, str]:
    """Complete submissions, right and wrong, and the reference."""
    folder = ROOT / "reference" / slug
    found = sorted(folder.glob("submissions/[rw]*/*.py"))
    return {path.stem: path.read_text(encoding="utf-8") for path in [*found, folder / "solution.py"]}


def handout(slug: str) -> list[str]:
    """The code that every student was given."""
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "assignments" / slug).glob("*.py"))]


def families(slug: str, sources: dict[str, str]) -> list[list[str]]:
    """Names by family, single linkage."""
    lines = {
        name: [line.strip() for line in text.splitlines() if line.strip()] for name, text in sources.items()
    }
    found = [[name] for name in sources]
    for one, other in itertools.combinations(sources, 2):
        mine, theirs = (next(each for each in found if name in each) for name in (one, other))
        if mine is not theirs and ((slug, one, other) in COPIES or _alike(lines[one], lines[other])):
            mine += theirs
            found.remove(theirs)
    return found


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_LINES


def _independent(slug: str) -> Iterator[float]:
    """What each two of different families share."""
    sources = examples(slug)
    for one, other in itertools.combinations(families(slug, sources), 2):
        for pair in itertools.product(one[:3], other[:3]):
            yield _share(sources[pair[0]], sources[pair[1]], slug)


def _share(one: str, other: str, slug: str) -> float:
    found = pairs({"one": {"a.py": one}, "other": {"a.py": other}}, handout(slug), threshold=0.01)
    return found[0].share if found else 0.0


def _copies(slug: str) -> Iterator[tuple[str, float]]:
    sources = examples(slug)
    firsts = [each[0] for each in families(slug, sources)]
    for name, other in zip(firsts, [*firsts[1:], firsts[0]], strict=True):
        for disguise, rewrite in DISGUISES.items():
            yield disguise, _share(sources[name], rewrite(sources[name]), slug)
        yield "half", _share(sources[name], half(sources[name], sources[other]), slug)


def _class(slug: str, copied: bool) -> tuple[int, float]:
    """Pairs found in a class of rewritten examples, and CPU seconds; not copied: no two share any method's name."""
    sources, rng = list(examples(slug).values()), random.Random(1)
    rewrites = list(DISGUISES.values())
    made = [rng.choice(rewrites)(rng.choice(sources)) for _ in range(CLASS)]
    if not copied:
        made = [re.sub(r"\.([a-z])", rf".{slug}{number}\1", text) for number, text in enumerate(made)]
    begun = time.process_time()
    found = pairs({f"{number:03d}": {"a.py": text} for number, text in enumerate(made)}, handout(slug))
    return len(found), time.process_time() - begun


def main() -> None:
    """Print the shares of independent pairs and of copies over all assignments, then the time of a class."""
    slugs = sorted(
        path.name for path in (ROOT / "assignments").iterdir() if (path / "assignment.yaml").is_file()
    )
    alone = sorted(share for slug in slugs for share in _independent(slug))
    flagged = sum(share >= THRESHOLD for share in alone)
    print(f"independent pairs {len(alone)}: 99 % below ", end="")
    print(f"{alone[int(0.99 * len(alone))]:.2f}, most {alone[-1]:.2f}; reported {flagged}")
    copies = [each for slug in slugs for each in _copies(slug)]
    for disguise in dict.fromkeys(name for name, _ in copies):
        shares = sorted(share for name, share in copies if name == disguise)
        recall = sum(share >= THRESHOLD for share in shares) / len(shares)
        print(f"{disguise:10} copies {len(shares)}: least {shares[0]:.2f}, ", end="")
        print(f"median {shares[len(shares) // 2]:.2f}; reported {100 * recall:.0f} %")
    for copied in (False, True):
        count, seconds = _class("backprop", copied)
        print(f"{CLASS} submissions the size of backprop, {count} pairs reported: {seconds:.1f} CPU seconds")


if __name__ == "__main__":
    main()
