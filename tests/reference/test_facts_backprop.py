"""What exams take from reference/backprop/facts.py, against the assignment's own numerical gradient."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

_FOLDER = Path(__file__).parents[2] / "reference" / "backprop"


def load(name):
    """The module in this file of the reference."""
    spec = importlib.util.spec_from_file_location(f"{name}_backprop", _FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


facts, ref = load("facts"), load("solution")


@given(st.floats(-10, 10), st.floats(0.05, 1.0))
def test_the_centred_quotient_is_that_of_the_assignment(x, h):
    """numerical_gradient of x³ with the same step gives the same number."""
    wanted = ref.numerical_gradient(lambda point: float(point**3), np.array(x), h)
    assert facts.difference_of_cube(x, h) == pytest.approx(float(wanted), rel=1e-9, abs=1e-9)


@given(st.integers(-9, 9), st.floats(0.05, 1.0))
def test_errors_of_the_three_quotients(x, h):
    """Off by h² if centred, by ±3xh + h² else: (x ± h)³ multiplied out."""
    wanted = {"centred": h**2, "forward": 3 * x * h + h**2, "backward": -3 * x * h + h**2}
    for kind, error in wanted.items():
        assert facts.difference_of_cube(x, h, kind) - 3 * x**2 == pytest.approx(error, rel=1e-6, abs=1e-8)


def test_unknown_kind():
    """A kind that there is not is refused by name."""
    with pytest.raises(ValueError, match="sideways"):
        facts.difference_of_cube(1.0, 0.1, "sideways")
