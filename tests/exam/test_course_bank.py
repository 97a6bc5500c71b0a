"""The bank in this repository: every template can be used, and none gives its key away."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from grader.exam.bank import misconceptions, open_bank
from grader.exam.draw import Deck
from grader.exam.functions import Functions
from grader.exam.lint import Finding, lint, unknown_misconceptions
from grader.exam.markdown import convert
from grader.exam.worker import Work, limited

ROOT = Path(__file__).parents[2]
BANK = open_bank(ROOT)
FUNCTIONS = Functions(ROOT / "reference")
TOPICS = {
    "arch", "backprop", "conv-arith", "conv-op", "data-prep", "lenet", "loss-act", "optim-init-norm", "train-practice",
}  # fmt: skip


def test_the_bank_is_whole() -> None:
    """All topics, nothing broken, more than a hundred templates, enemies tied."""
    assert BANK.broken == ()
    assert set(BANK.topics()) == TOPICS
    assert len(BANK.templates) >= 250
    assert Counter(template.file.family for template in BANK.templates).most_common(1)[0][1] > 1


def test_misconceptions_in_words_are_registered_and_used() -> None:
    """Each id of a false statement has its sentence, and no sentence is left over."""
    known = misconceptions(ROOT)
    assert [problem for one in BANK.templates for problem in unknown_misconceptions(one, known)] == []
    used = {statement.misconception for one in BANK.templates for statement in one.wrong}
    assert set(known) - used == set()


def test_every_template_renders() -> None:
    """One draw of each: pandoc understands all the mathematics (what it does not, it leaves as text)."""
    items = [Deck(template, FUNCTIONS).draw(1) for template in BANK.templates]
    texts = [text for item in items for text in (item.stem, item.explain, *(o.text for o in item.options))]
    pages = convert(texts, "mathml")
    assert [page for page in pages.values() if 'class="math' in page] == []
    assert [text for text, page in pages.items() if not page] == []


def test_the_places_of_keys_are_even_over_a_whole_seed() -> None:
    """In the questions of one seed no letter holds more than 40 % of the keys of those with four options."""
    for seed in (0, 1):
        items = [Deck(template, FUNCTIONS).draw(seed) for template in BANK.templates]
        places = Counter(item.key for item in items if len(item.options) == 4)
        assert max(places.values()) < 0.4 * sum(places.values())


@pytest.mark.slow
def test_the_lint_is_clean() -> None:
    """A thousand draws of every template: no collision, no habit of the key, nothing unknown."""
    work = [Work(partial(lint, template, FUNCTIONS, 1000), template.path) for template in BANK.templates]
    found = limited(work, cpu=120.0, jobs=os.cpu_count() or 1)
    problems = [text for one in found for text in (one.problems if isinstance(one, Finding) else [str(one)])]
    assert problems == []
