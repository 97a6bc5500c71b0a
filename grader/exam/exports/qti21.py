"""QTI 2.1: an item for each distinct question, a test for each form, and the figures, in one package.

Source: IMS Question & Test Interoperability 2.1 (information model, conformance guide), content packaging 1.1.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from grader.exam.exports.archive import zipped
from grader.exam.exports.export import Export
from grader.exam.exports.html_text import figures, file_name, linked, option, rendered, stem
from grader.exam.exports.qti_text import elements
from grader.exam.exports.slots import KEYS, Variant, ordered, penalty, plain_id, slots
from grader.exam.exports.xml import Element, document, element, number, rooted
from grader.exam.form import LETTERS, Exam, Form

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
_PICTURE = linked("../figures/")
ASSIGNED = "There is one test for each form, named by its code: which student takes which is yours to assign."
SILENT = "Advice on wrong answers and explanations are not in it: players differ in when they show them."
PRINTED = "Large print is not in it; the time limit of each test contains the student's extra time."


def export(forms: Sequence[Form], jobs: int) -> Export:
    """One package. Points, formula scoring, the floor and each student's minutes are in the tests."""
    exam, sorted_forms = ordered(forms)
    found = slots(sorted_forms)
    headings = [section.instructions for section in exam.sections]
    html = rendered(found, "mathml", jobs, exam.instructions, *headings)
    variants = [variant for slot in found for variant in slot.variants]
    names = {(code, one.question.slot): one.name for one in variants for code in one.codes}
    items = {f"items/{one.name}.xml": document(_item(one, exam, html)) for one in variants}
    tests = {f"tests/{form.code}.xml": document(_test(form, names, html)) for form in sorted_forms}
    pictures = {
        f"figures/{file_name(figure)}": figure.svg.encode()
        for one in variants
        for figure in figures(one.question)
    }
    files = items | tests | pictures
    files["imsmanifest.xml"] = document(_manifest(exam, variants, sorted_forms, names), indent=True)
    return Export({f"{plain_id(exam.id)}-qti21.zip": zipped(files)}, (KEYS, ASSIGNED, SILENT, PRINTED))


def _item(variant: Variant, exam: Exam, html: Mapping[str, str]) -> Element:
    """SCORE is the share of the points: 1, 0, or what a wrong answer costs."""
    question, key = variant.question, variant.question.letter
    cost = penalty(question, exam)
    letters = LETTERS[: len(question.options)]
    shares = [
        element("mapEntry", mapKey=letter, mappedValue=number(1.0 if letter == key else -cost))
        for letter in letters
    ]
    response = element(
        "responseDeclaration",
        element("correctResponse", element("value", key)),
        [element("mapping", shares, defaultValue=0)] if cost else [],
        identifier="RESPONSE",
        cardinality="single",
        baseType="identifier",
    )
    choices = [
        element("simpleChoice", elements(option(one, html, _PICTURE)), identifier=letter, fixed="true")
        for letter, one in zip(letters, question.options, strict=True)
    ]
    body = element(
        "itemBody",
        element("div", elements(stem(question, html, _PICTURE))),
        element("choiceInteraction", choices, responseIdentifier="RESPONSE", shuffle="false", maxChoices=1),
    )
    template = _TEMPLATES + ("map_response" if cost else "match_correct")
    attributes = {"xml:lang": exam.language, "adaptive": "false", "timeDependent": "false"}
    return _root(
        "assessmentItem",
        response,
        _score(),
        body,
        element("responseProcessing", template=template),
        identifier=variant.name,
        title=variant.name,
        **attributes,
    )


def _test(form: Form, names: Mapping[tuple[str, int], str], html: Mapping[str, str]) -> Element:
    session = element("itemSessionControl", maxAttempts=1, showFeedback="false", allowSkipping="true")
    part = element(
        "testPart",
        session,
        list(_sections(form, names, html)),
        identifier="part-1",
        navigationMode="nonlinear",
        submissionMode="simultaneous",
    )
    return _root(
        "assessmentTest",
        _score(),
        element("timeLimits", maxTime=60 * form.taker.minutes),
        part,
        element("outcomeProcessing", list(_total(form.exam))),
        identifier=f"test-{form.code}",
        title=f"{form.exam.title} {form.code}",
    )


def _sections(form: Form, names: Mapping[tuple[str, int], str], html: Mapping[str, str]) -> Iterator[Element]:
    """The exam's sections in the form's order; the exam's own instructions stand above the first."""
    above = html[form.exam.instructions]
    for place, (index, questions) in enumerate(groupby(form.questions, lambda one: one.section), 1):
        section = form.exam.sections[index]
        rubric = above + html[section.instructions]
        above = ""
        references = [
            element(
                "assessmentItemRef",
                element("weight", identifier="POINTS", value=one.points),
                identifier=f"question-{one.number}",
                href=f"../items/{names[form.code, one.slot]}.xml",
            )
            for one in questions
        ]
        yield element(
            "assessmentSection",
            [element("rubricBlock", elements(rubric), view="candidate")] if rubric else [],
            references,
            identifier=f"section-{place}",
            title=section.title,
            visible="true",
        )


def _total(exam: Exam) -> Iterator[Element]:
    """The points: each question's share times its points; never below zero where the exam says so."""
    shares = element("testVariables", variableIdentifier="SCORE", weightIdentifier="POINTS")
    yield element("setOutcomeValue", element("sum", shares), identifier="SCORE")
    if exam.scoring.rule == "formula" and exam.scoring.floor:
        below = element("lt", element("variable", identifier="SCORE"), _zero())
        floor = element("setOutcomeValue", _zero(), identifier="SCORE")
        yield element("outcomeCondition", element("outcomeIf", below, floor))


def _zero() -> Element:
    return element("baseValue", "0", baseType="float")


def _score() -> Element:
    value = element("defaultValue", element("value", "0"))
    return element("outcomeDeclaration", value, identifier="SCORE", cardinality="single", baseType="float")


def _root(tag: str, *content: Element, **attributes: str) -> Element:
    location = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
    return rooted(tag, _QTI, location, *content, **attributes)


def _manifest(
    exam: Exam,
    variants: Sequence[Variant],
    forms: Sequence[Form],
    names: Mapping[tuple[str, int], str],
) -> Element:
    items = [
        _resource(
            f"item-{one.name}",
            "imsqti_item_xmlv2p1",
            f"items/{one.name}.xml",
            [f"figures/{file_name(figure)}" for figure in figures(one.question)],
        )
        for one in variants
    ]
    tests = [
        _resource(
            f"test-{form.code}",
            "imsqti_test_xmlv2p1",
            f"tests/{form.code}.xml",
            needed=[f"item-{names[form.code, one.slot]}" for one in form.questions],
        )
        for form in forms
    ]
    kind = [element("schema", "QTIv2.1 Package"), element("schemaversion", "1.0.0")]
    return rooted(
        "manifest",
        _PACKAGE,
        "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
        element("metadata", kind),
        element("organizations"),
        element("resources", items, tests),
        identifier=f"package-{plain_id(exam.id)}",
    )


def _resource(
    identifier: str, kind: str, href: str, further: Sequence[str] = (), needed: Sequence[str] = ()
) -> Element:
    return element(
        "resource",
        [element("file", href=path) for path in (href, *further)],
        [element("dependency", identifierref=name) for name in needed],
        identifier=identifier,
        type=kind,
        href=href,
    )
