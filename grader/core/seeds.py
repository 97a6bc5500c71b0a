"""Seeds: public ones anyone can compute, hidden ones only who holds the course's secret."""

from __future__ import annotations

import hashlib
import hmac


def public_seed(slug: str, check: str, case: str) -> int:
    """The same on a student's machine and in the grader."""
    return _number(hashlib.sha256(_label("public", slug, check, case)).digest())


def hidden_seed(secret: bytes, slug: str, check: str, case: str) -> int:
    """The same for all students of a course, unknown without its secret. Source: HMAC, RFC 2104."""
    return _number(hmac.new(secret, _label("hidden", slug, check, case), hashlib.sha256).digest())


def fingerprint(secret: bytes) -> str:
    """Twelve hex digits that tell two secrets apart and give neither away."""
    return hmac.new(secret, b"fingerprint", hashlib.sha256).hexdigest()[:12]


def _label(*parts: str) -> bytes:
    return "\0".join(parts).encode()


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") >> 3  # 61 bits: fits every generator
