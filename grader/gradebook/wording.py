"""The lines that explain a mark, in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from grader.core.mark import Attempt, Decision
from grader.core.policy import Policy, Terms

_BASE = {"max": "maximum", "mark": "mark"}


def by(decision: Decision) -> str:
    """Who decided, and why."""
    return f"set by {decision.author}: {decision.reason}"


def which(attempt: Attempt, number: tuple[int, int], terms: Terms, policy: Policy) -> str:
    """Which attempt counts, of how many."""
    said = ", marked late by the LMS" if attempt.late else ""
    return (
        f"attempt {number[0]} of {number[1]} counts ({terms.attempts}); "
        f"received {_shown(attempt.received, policy)}{said}"
    )


def lateness(days: int, used: int, terms: Terms, policy: Policy) -> str:
    """How late it was, what was granted, and what a day costs."""
    if terms.deadline is None:
        return "no deadline"
    due = f"deadline {_shown(terms.deadline, policy)}"
    if terms.grace:
        due += f" and {terms.grace // timedelta(minutes=1)} minutes"
    due += "".join(f", {words}" for words in terms.extended)
    if days == 0:
        return f"on time: {due}"
    text = f"{days} day{'s' * (days > 1)} late: {due}"
    if not terms.accepts(days):
        return f"{text}; not accepted after {terms.after} days"
    if used:
        text += f"; {used} of them covered by late days"
    if days > used:
        text += f"; {float(terms.percent_per_day):g} % of the {_BASE[terms.of]} a day"
        text += "" if terms.cap is None else f", at most {float(terms.cap):g} % of the maximum"
    return text


def _shown(moment: datetime, policy: Policy) -> str:
    return moment.astimezone(policy.timezone).strftime("%Y-%m-%d %H:%M %Z")
