"""Results of another kind than asked for: a generator, a masked array, integers for floats. What to return instead.

Every sentence is from this file: it depends on the kind alone, so hidden checks may say it, too.
"""

from __future__ import annotations

from grader.checks.generic import Diagnosis

_LAZY = ("generator", "map", "zip", "filter", "range", "enumerate", "reversed", "dict_values", "dict_keys")
_CODE = ("function", "method", "builtin_function_or_method", "type", "ufunc")
_SETS = ("set", "frozenset")


def diagnose_kind(got: str, want: str) -> Diagnosis | None:
    """What to return instead. got, want: descriptions as `values.describe` gives them."""
    if got == want or not want:
        return None
    found = _of_object(got, want) or _of_number(got, want)
    return None if found is None else Diagnosis(f"generic/{found[0]}", found[1])


def _of_object(got: str, want: str) -> tuple[str, str] | None:
    kind = got.removeprefix("an object of type `").rstrip("`") if got.startswith("an object") else ""
    if got == "None":
        return (
            "no-return",
            "the function ends without `return`, or returns what an in-place operation gives: None",
        )
    if kind in _LAZY:
        return "lazy", f"this computes its items only when somebody asks: return {_container(want)}"
    if kind in _CODE:
        return (
            "not-called",
            "this is the function itself, not its result: the parentheses of a call are missing",
        )
    if kind in _SETS:
        return "unordered", f"a set has no order and no duplicates: return {_container(want)}"
    return None


def _container(want: str) -> str:
    if want.startswith("an array"):
        return "`np.array(list(…))`"
    return "`tuple(…)`" if want.startswith("a tuple") else "`list(…)`"


def _of_number(got: str, want: str) -> tuple[str, str] | None:
    if got.startswith(("a list", "a tuple")) and want.startswith("an array"):
        return (
            "list-for-array",
            "several values in a list or tuple: return one array, `np.array(…)` or `np.stack(…)`",
        )
    if got.startswith("an array") and want.startswith(("a list", "a tuple")):
        return (
            "array-for-list",
            "one array, where several results are asked for: return them one by one, `return a, b`",
        )
    if got.startswith("a dict") and not want.startswith("a dict"):
        return "dict", "return the value itself, not a dict around it"
    return None


def diagnose_dtype(got: str, want: str) -> Diagnosis | None:
    """What to do about a dtype of another family. got, want: names of dtypes or of Python numbers."""
    whole, real = ("int", "uint", "bool"), ("float",)
    if got.startswith(whole) and want.startswith(real):
        advice = (
            "the result holds integers, so every fraction is cut off: an array was made from integers, by "
            "`zeros_like` of an integer array or by `//`. Make it float64"
        )
        return Diagnosis("generic/int-for-float", advice)
    if got.startswith(real) and want.startswith(("int", "uint")):
        advice = "a count or an index is an integer: divide with `//`, not `/`, and do not make it a float on the way"
        return Diagnosis("generic/float-for-int", advice)
    if got.startswith("uint") and want.startswith("int"):
        return Diagnosis(
            "generic/unsigned",
            "unsigned integers wrap around below zero: convert to int64 before the arithmetic",
        )
    if want.startswith("bool"):
        return Diagnosis(
            "generic/not-bool",
            "a mask is an array of truth values: the result of a comparison, not of 0 and 1",
        )
    if got.startswith("complex") and not want.startswith("complex"):
        return Diagnosis(
            "generic/complex",
            "a complex result: the root or power of a negative number, or an FFT without `.real`",
        )
    return None


UNSENT = {
    "a masked array; return a plain array": "a masked array: return a plain one, `x.filled(value)` or `np.asarray(x)`",
    "an array of dtype object": "an array of objects: its rows have different lengths, or a list or `None` is in it",
    "a list or dict that contains itself": "a list or dict that contains itself",
}
"""What cannot travel, as the sandbox says it → the sentence of ours."""
