"""Whose file lies in a drop folder, and since when, as the file system says and its owner cannot.

The owner of a file sets its time of modification at will (`touch -d`), but not that of its last change of status
(`st_ctime`): the kernel sets it to now at every write, rename, link, chmod and chown, and offers no way to choose it
(inode(7)). So it is never earlier than the last write. A copy has the time of copying, and belongs to whoever copied;
there the time of modification that the copying tool kept is all there is.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from datetime import datetime

from grader.grading.collect.entries import Entry, utc

_APART = 60.0  # seconds between the two times, as when a file is written and then gets its name


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a file was handed in; owner: the user name of another user, empty for one's own file.

    doubt: in words, where its owner or a copy has given the file another time.
    """

    received: datetime | None
    owner: str
    doubt: str = ""


def arrival(entry: Entry, me: int | None = None) -> Arrival:
    """Of a file in a drop folder, seen by the user `me`, who is the one that asks unless said otherwise."""
    if entry.owner == (os.geteuid() if me is None else me):
        return Arrival(utc(entry.changed), "")
    claimed, true = utc(entry.changed), utc(entry.status_changed)
    doubt = ""
    if abs(entry.changed - entry.status_changed) > _APART:
        says, was = (one.strftime("%Y-%m-%d %H:%M UTC") if one else "no date" for one in (claimed, true))
        doubt = f"says it was written {says}, but was changed or copied {was}"
    return Arrival(true, user_name(entry.owner), doubt)


def user_name(uid: int) -> str:
    """The name of a user of this machine, else the number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
