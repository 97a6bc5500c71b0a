"""JUnit XML as continuous integration reads it: a student is a test suite, a check is a test case.

failure: the code ran and is wrong, or is missing; error: it raised, was stopped or died; skipped: not decided.
Source: https://github.com/testmoapp/junitxml, a description of the common form.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from grader.core.mark import Mark, points
from grader.core.result import CheckResult, hundredths
from grader.core.text import printable
from grader.core.verdict import UNDECIDED, Status
from grader.gradebook.exports.order import Exported, Order, comment

_OUTCOME = {Status.FAILED: "failure", Status.MISSING: "failure"} | dict.fromkeys(UNDECIDED, "skipped")
_FORBIDDEN = re.compile("[\ufffe\uffff]")  # by XML 1.0, besides what `printable` takes out


def suites(order: Order) -> Exported:
    """All students; the names of suites are ``assignment/student``."""
    root = ET.Element("testsuites", name="grader")
    for mark in order.marks:
        root.append(_suite(order, mark))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    data = ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    return Exported(data, order.blanks())


def _suite(order: Order, mark: Mark) -> ET.Element:
    result = mark.attempt.result if mark.attempt else None
    cases = [_case(mark, check) for check in (result.checks if result else ())]
    seconds = result.measured.wall_seconds if result else 0.0
    suite = ET.Element("testsuite", name=_text(f"{mark.slug}/{mark.student}"), time=f"{seconds:.3f}")
    suite.set("tests", str(len(cases)))
    for outcome, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(outcome) is not None for case in cases)))
    properties = ET.SubElement(suite, "properties")
    value = order.value(mark)
    ET.SubElement(properties, "property", name="score", value="" if value is None else points(value))
    ET.SubElement(properties, "property", name="max_score", value=points(mark.max))
    ET.SubElement(properties, "property", name="comment", value=_text(comment(mark)))
    suite.extend(cases)
    return suite


def _case(mark: Mark, check: CheckResult) -> ET.Element:
    case = ET.Element("testcase", classname=_text(mark.slug), name=_text(check.id))
    case.set("time", f"{check.measured.wall_seconds:.3f}")
    if not check.passed:
        outcome = ET.SubElement(case, _OUTCOME.get(check.status, "error"))
        earned, worth = points(hundredths(check.points)), points(hundredths(check.max_points))
        outcome.set("message", f"{check.status.value.replace('_', ' ')}: {earned} of {worth} points")
        outcome.set("type", str(check.reason or check.status))
        outcome.text = _text(check.message)
    return case


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", printable(text))
