"""What `params:` of a question file says: ranges, choices, matrices, subsets; and draws from them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from grader.core.errors import SpecError

_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s+step\s+({_NUMBER}))?")
_ARRAY = re.compile(r"(matrix|vector)\((.+)\)")
ALLOWED = (
    "a range such as 20..64 or 0.1..0.9 step 0.1, a list of choices, matrix(2, 3, -3..4), vector(4, 1..9) "
    "or {subset: 3, of: [a, b, c, d]}"
)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included, in steps; integers unless a bound or the step has a point."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def count(self) -> int:
        return int((self.high - self.low) / self.step) + 1

    def draw(self, rng: np.random.Generator) -> int | float:
        """One of the numbers, all equally likely."""
        value = self.low + self.step * int(rng.integers(self.count))
        return int(value) if value == int(value) and self._whole else float(value)

    @property
    def _whole(self) -> bool:
        return all(part == int(part) for part in (self.low, self.step))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values."""

    values: tuple[Any, ...]

    @property
    def count(self) -> int:
        return len(self.values)

    def draw(self, rng: np.random.Generator) -> Any:
        """One of the values, all equally likely."""
        return self.values[int(rng.integers(self.count))]


@dataclass(frozen=True, slots=True)
class Array:
    """An array of this shape, each entry drawn for itself; float64, so that reference functions take it."""

    shape: tuple[int, ...]
    entries: Range

    @property
    def count(self) -> int:
        return int(min(self.entries.count ** math.prod(self.shape), 1 << 62))

    def draw(self, rng: np.random.Generator) -> Any:
        """A new array."""
        flat = [self.entries.draw(rng) for _ in range(math.prod(self.shape))]
        return np.array(flat, dtype=np.float64).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Subset:
    """`size` of these values, in the order in which they are written."""

    size: int
    values: tuple[Any, ...]

    @property
    def count(self) -> int:
        return math.comb(len(self.values), self.size)

    def draw(self, rng: np.random.Generator) -> tuple[Any, ...]:
        """One subset."""
        chosen = sorted(rng.permutation(len(self.values))[: self.size])
        return tuple(self.values[index] for index in chosen)


Parameter = Range | Choice | Array | Subset


def parse(written: Any) -> Parameter:
    """The parameter of this YAML value. Raises SpecError, which says what is allowed."""
    if isinstance(written, list) and written:
        return Choice(tuple(tuple(value) if isinstance(value, list) else value for value in written))
    if isinstance(written, dict) and set(written) == {"subset", "of"} and isinstance(written["of"], list):
        size, values = written["subset"], tuple(written["of"])
        if isinstance(size, int) and 0 < size <= len(values):
            return Subset(size, values)
    if isinstance(written, str):
        found = _array(written) if "(" in written else _range(written)
        if found is not None:
            return found
    raise SpecError(f"expected {ALLOWED}, got {written!r}")


def _range(text: str) -> Range | None:
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        return None
    low, high = Decimal(match[1]), Decimal(match[2])
    fine = any("." in part for part in (match[1], match[2]))
    step = Decimal(match[3]) if match[3] else Decimal(1)
    if high < low or step <= 0 or (fine and match[3] is None):
        raise SpecError(f'expected lo..hi with lo ≤ hi, and "step" for decimals, got "{text}"')
    return Range(low, high, step)


def _array(text: str) -> Array | None:
    match = _ARRAY.fullmatch(text.strip())
    if match is None:
        return None
    *sizes, entries = (part.strip() for part in match[2].split(","))
    wanted = 2 if match[1] == "matrix" else 1
    spread = _range(entries)
    if spread is None or len(sizes) != wanted or not all(re.fullmatch(r"[1-9]\d?", size) for size in sizes):
        raise SpecError(f'expected matrix(rows, columns, lo..hi) or vector(n, lo..hi), got "{text}"')
    return Array(tuple(map(int, sizes)), spread)
