"""What a database's error means: something that may pass, or something that stays; in words for an instructor."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from grader.core.errors import GraderError, UsageError

_SQLITE_PASSING = {
    "locked": "the database is locked by another process",
    "busy": "the database is locked by another process",
    "disk is full": "the disk is full",
    "disk I/O error": "the disk does not take what is written",
}
_SQLITE_LASTING = {
    "file is not a database": "is not a gradebook (not an SQLite file)",
    "malformed": "is damaged; put back a copy, and see what is left with: grader gradebook verify",
    "readonly": "is read-only here; the gradebook and its folder must be writable, also to look at marks",
    "unable to open": "cannot be opened; the folder must be there and writable",
    "append-only": "refuses to change what was written: the gradebook is append-only",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_PASSING = {
    "08": "the connection to the database is lost",
    "40": "another process wrote at the same moment",
    "53100": "the disk of the database is full",
    "53": "the database is short of resources",
    "55P03": "the database is locked by another process",
    "57P": "the database is being shut down or started",
    "58": "the disk of the database does not take what is written",
}


def passing(error: Exception) -> str | None:
    """What is the matter, if trying again may help; else None."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return next((_POSTGRES_PASSING[code] for code in _codes(state)), None)
    if hasattr(error.orig, "sqlite_errorcode"):
        return next((told for sign, told in _SQLITE_PASSING.items() if sign in str(error.orig)), None)
    # psycopg names no state when it could not connect or the server went away
    if error.connection_invalidated or type(error.orig).__name__ == "OperationalError":
        refused = ("authentication", "does not exist", "no password")
        return None if any(sign in str(error.orig) for sign in refused) else _POSTGRES_PASSING["08"]
    return None


def lasting(error: SQLAlchemyError) -> GraderError:
    """The error as a sentence that follows the database's name."""
    text = str(getattr(error, "orig", None) or error).strip()
    for sign, told in _SQLITE_LASTING.items():
        if sign in text:
            return UsageError(told) if "damaged" not in told else GraderError(told)
    return GraderError(f"the database refused: {' '.join(text.split())}")


def _codes(state: str) -> list[str]:
    return [state[:length] for length in (5, 3, 2) if state[:length] in _POSTGRES_PASSING]
