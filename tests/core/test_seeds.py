"""Seeds: the same everywhere for public checks, the course's own for hidden ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grader.core.seeds import fingerprint, hidden_seed, public_seed

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


def test_public_seeds_never_change() -> None:
    """Students compare with answers stored under these seeds; a change breaks every released handout."""
    assert public_seed("backprop", "test_init", "") == 1128430985066104030


@given(WORDS, WORDS, WORDS, st.binary(min_size=1, max_size=40))
def test_seeds_fit_every_generator(slug: str, check: str, case: str, secret: bytes) -> None:
    """61 bits, not negative; public and hidden ones have nothing in common."""
    public, hidden = public_seed(slug, check, case), hidden_seed(secret, slug, check, case)
    assert 0 <= public < 2**61
    assert 0 <= hidden < 2**61
    assert public != hidden
    np.random.default_rng(public)


@given(st.tuples(WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS))
def test_other_names_give_other_seeds(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    """("ab", "c") and ("a", "bc") are told apart."""
    assert (public_seed(*one) == public_seed(*two)) == (one == two)
    assert (hidden_seed(b"s", *one) == hidden_seed(b"s", *two)) == (one == two)


@given(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_another_secret_gives_other_seeds(one: bytes, two: bytes) -> None:
    """The fingerprint tells two secrets apart and is twelve hex digits."""
    same = one.ljust(64, b"\0") == two.ljust(64, b"\0")  # HMAC pads keys with zeros
    assert (hidden_seed(one, "a", "b", "") == hidden_seed(two, "a", "b", "")) == same
    assert (fingerprint(one) == fingerprint(two)) == same
    assert len(fingerprint(one)) == 12
    int(fingerprint(one), 16)
