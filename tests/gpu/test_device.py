"""What docs/gpu.md promises, on a real device. Each is measured by `bench.gpu`; without a GPU none of them runs."""

from __future__ import annotations

import pytest

from bench.gpu.figures import ALL, measure
from bench.gpu.stand import ready
from grader.core.errors import GraderError


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALL)
def test_what_is_promised_holds(name: str) -> None:
    """Budgets, memory, visibility, clean-up and numerics, one after the other with a device of its own."""
    try:
        ready()
    except GraderError as error:
        pytest.skip(str(error))
    assert [figure for figure in measure(name) if not figure.holds] == []
