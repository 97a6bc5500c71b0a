"""Whose a submission is: by the surest evidence, never by a guess."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.core.roster import Student
from grader.grading.collect.candidate import Claim
from grader.grading.collect.match import Match, fold

JANE = Student("17", "Doe, Jane", "jdoe@uni.example")
JOHN = Student("18", "John Doe", "john@uni.example")
SEAN = Student("19", "Seán O'Brien")
LOGIN = Student("kate", "Kate Bush")
MATCH = Match([JANE, JOHN, SEAN, LOGIN, Student("20", "Wei Li"), Student("21", "Li Wei"), Student("李 明")])


@pytest.mark.parametrize(
    ("text", "student"),
    [
        ("17", JANE),
        ("JDOE@uni.example", JANE),
        ("jdoe", JANE),
        ("Jane Doe", JANE),
        ("doejane", JANE),
        ("jane.doe", JANE),
        ("Doe_JANE", JANE),
        ("sean obrien", SEAN),
        ("Sean O’Brien", SEAN),
        ("obriensean", SEAN),
        ("kate", LOGIN),
    ],
)
def test_spellings(text: str, student: Student) -> None:
    """An id, an address, its local part or a name, however its words are ordered, accented and joined."""
    assert MATCH.student(Claim.any(text)) is student


@pytest.mark.parametrize("text", ["", " ", "doe", "170", "1", "jane", "jdoe@other.example", "janedo", "_"])
def test_what_is_nearly_somebody_is_nobody(text: str) -> None:
    """Part of a name, a longer number and an address elsewhere fit nobody."""
    assert MATCH.student(Claim.any(text)) == "fits nobody on the roster"


def test_an_ambiguous_name() -> None:
    """Where a name fits two in one order or the other, both are named and none is chosen."""
    assert MATCH.student(Claim.any("Wei Li")) == "fits Wei Li (20) and Li Wei (21)"


def test_the_surest_evidence_decides_unless_another_speaks_against_it() -> None:
    """An id beats a shared name; an id of one with the address of another is ambiguous."""
    twins = Match([Student("1", "Jane Doe", "a@x"), Student("2", "Jane Doe", "b@x")])
    assert twins.student(Claim(ids=("2",), names=("Jane Doe",))) == Student("2", "Jane Doe", "b@x")
    told = twins.student(Claim(ids=("2",), emails=("a@x",)))
    assert told == "fits Jane Doe (2) and Jane Doe (1)"


def test_a_login_is_an_id_only_where_no_address_is_known() -> None:
    """kate@… is the student kate of a roster without addresses; with one, the whole address counts."""
    assert MATCH.student(Claim(emails=("kate@uni.example",))) is LOGIN
    known = Match([Student("kate", "", "kate@uni.example")])
    assert known.student(Claim(emails=("kate@other.example",))) == "fits nobody on the roster"


def test_more_fit_than_are_shown() -> None:
    """Of many that fit, three are named."""
    crowd = Match([Student(str(number), "Jane Doe") for number in range(5)])
    told = crowd.student(Claim(names=("jane doe",)))
    assert told == "fits Jane Doe (0), Jane Doe (1), Jane Doe (2) and 2 more"


_WORD = st.text(st.characters(categories=["L"]), min_size=1, max_size=8).filter(fold)


@settings(max_examples=50)
@given(st.lists(_WORD, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_any_order_and_case_of_a_name_is_the_same_name(words: list[str], chance: random.Random) -> None:
    """A student is found by the words of the name in any order, whatever the script."""
    student = Student("1", " ".join(words))
    shuffled = chance.sample(words, len(words))
    assert Match([student]).student(Claim(names=("_".join(shuffled),))) is student
    assert Match([student]).student(Claim(names=("".join(words[1:] + words[:1]),))) is student
