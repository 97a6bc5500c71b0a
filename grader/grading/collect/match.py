"""Whose a submission is: one student of the roster, or a reason why that cannot be told. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from grader.core.roster import Student
from grader.grading.collect.candidate import Claim

# letters that Unicode does not decompose into a base letter and an accent
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_APOSTROPHES = re.compile("['’ʼ‘`´]")

_Index = dict[object, list[Student]]


class Match:
    """The roster, prepared for looking up."""

    def __init__(self, roster: Sequence[Student]) -> None:
        self._ids = _index(roster, lambda student: (_same(student.id), _same(student.file_name)))
        self._emails = _index(roster, lambda student: (_same(student.email),))
        self._logins = _index(roster, _logins)
        self._names = _index(roster, lambda student: _spellings(student.name or student.id))

    def student(self, claim: Claim) -> Student | str:
        """The one student whom the claim fits, else why there is none.

        The surest kind of evidence that somebody fits decides: an id, an address, its local part, a name in any
        order of its words and without accents, case and punctuation. Weaker evidence must not speak for another.
        """
        evidence = [
            _hits(self._ids, map(_same, claim.ids)),
            _hits(self._emails, map(_same, claim.emails)),
            _hits(self._logins, map(_login, claim.emails)),
            _hits(self._names, (key for name in claim.names for key in _keys(name))),
        ]
        told = [hits for hits in evidence if hits]
        if not told:
            return "fits nobody on the roster"
        chosen = told[0]
        if len(chosen) > 1:
            return f"fits {_listing(chosen)}"
        if any(chosen[0] not in hits for hits in told[1:]):
            others = [student for hits in told[1:] for student in hits]
            return f"fits {_listing(list(dict.fromkeys([*chosen, *others])))}"
        return chosen[0]


def fold(name: str) -> list[str]:
    """The words of a name without accents, case, apostrophes and punctuation: ``["sinead", "obrien"]``."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name).casefold()).translate(_PLAIN)
    return "".join(map(_letter, plain)).split()


def _letter(char: str) -> str:
    """A letter, digit or vowel sign as it is, nothing for an accent, a blank for what separates words."""
    kind = unicodedata.category(char)
    return char if kind[0] in "LN" or kind == "Mc" else "" if kind == "Mn" else " "


def _index(roster: Sequence[Student], keys: Callable[[Student], Iterable[object]]) -> _Index:
    index: _Index = defaultdict(list)
    for student in roster:
        for key in dict.fromkeys(keys(student)):
            if key:
                index[key].append(student)
    return dict(index)


def _hits(index: _Index, keys: Iterable[object]) -> list[Student]:
    return list(dict.fromkeys(student for key in keys for student in index.get(key, ())))


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _logins(student: Student) -> tuple[str, ...]:
    """What a bare login may be called by; with an address known, that one, else the id."""
    return (_same(student.email.partition("@")[0]),) if student.email else (f"@{_same(student.id)}",)


def _login(text: str) -> str:
    """A bare word is compared with local parts; the local part of an address only with ids.

    Two addresses of one local part in two domains are two people.
    """
    local, at, _ = _same(text).partition("@")
    return f"@{local}" if at else local


def _spellings(name: str) -> tuple[object, ...]:
    """Ways to write a name: its words in any order, or run together from any of them on."""
    words = fold(name)
    joined = ["".join(words[start:] + words[:start]) for start in range(len(words))]
    return (tuple(sorted(words)), *joined) if words else ()


def _keys(name: str) -> tuple[object, ...]:
    words = fold(name)
    return (tuple(sorted(words)), "".join(words)) if words else ()


def _listing(students: Sequence[Student]) -> str:
    names = [f"{student.name} ({student.id})" if student.name else student.id for student in students]
    if len(names) > 4:
        names[3:] = [f"{len(names) - 3} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"
