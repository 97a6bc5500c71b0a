"""The stub: the reference without what stands between its markers."""

from __future__ import annotations

import ast
import textwrap

import pytest

from grader.core.errors import SpecError
from grader.grading.stub import stub


def made(source: str) -> str:
    text = stub(textwrap.dedent(source), "solution.py")
    ast.parse(text)
    return text


def test_a_block_in_a_function_raises_not_implemented() -> None:
    """Signature, docstring and lines around the block stay; the name is in the message."""
    text = made('''
        """Module."""


        def f(x, k=3):
            """Doc."""
            y = x + 1
            # BEGIN SOLUTION
            z = y * 2
            return z
            # END SOLUTION
    ''')
    assert text == (
        '\n"""Module."""\n\n\ndef f(x, k=3):\n    """Doc."""\n    y = x + 1\n'
        '    raise NotImplementedError("f: not written yet")\n'
    )


def test_a_block_at_module_level_disappears() -> None:
    """A private function of the reference leaves no trace, not even a pile of empty lines."""
    text = made("""
        A = 1


        # BEGIN SOLUTION
        def _secret(x):
            return x
        # END SOLUTION


        def f(x):
            # BEGIN SOLUTION
            return _secret(x)
            # END SOLUTION
    """)
    assert "_secret" not in text
    assert "\n\n\n\n" not in text
    assert text.endswith('raise NotImplementedError("f: not written yet")\n')


def test_methods_and_nested_functions_are_named_by_the_innermost() -> None:
    """A block belongs to the definition that encloses it; what follows on the outer level is its own."""
    text = made("""
        class Net:
            def forward(self, x):
                # BEGIN SOLUTION
                return x
                # END SOLUTION

            async def later(self):
                # BEGIN SOLUTION
                return 1
                # END SOLUTION

        def outer():
            def inner():
                # BEGIN SOLUTION
                return 1
                # END SOLUTION
            # BEGIN SOLUTION
            return inner
            # END SOLUTION
    """)
    names = [line.split('"')[1].split(":")[0] for line in text.splitlines() if "NotImplementedError" in line]
    assert names == ["forward", "later", "inner", "outer"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f():\n    # BEGIN SOLUTION\n    pass\n", "solution.py:2: # BEGIN SOLUTION without # END"),
        ("def f():\n    # END SOLUTION\n    pass\n", "solution.py:2: # END SOLUTION without # BEGIN"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION\n", "solution.py:2: a second # BEGIN"),
        ("def f():\n    return 1\n", "expected blocks between"),
        ("TEXT = '# BEGIN SOLUTION'\n", "expected blocks between"),
    ],
)
def test_markers_that_do_not_pair_are_refused(source: str, words: str) -> None:
    """File and line; without any block the whole solution would be handed out."""
    with pytest.raises(SpecError) as caught:
        stub(source, "solution.py")
    assert words in str(caught.value)
