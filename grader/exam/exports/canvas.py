"""Canvas' dialect of QTI 1.2: a quiz with a question group for each slot, of which Canvas draws one question.

Source: instructure/qti, spec/fixtures (question_group.xml, mc_feedback.xml); instructure/canvas-lms, its QTI export.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grader.exam.exports.archive import zipped
from grader.exam.exports.export import Export
from grader.exam.exports.html_text import figures, file_name, linked, option, rendered, stem
from grader.exam.exports.slots import DRAWN, KEYS, SHARED, Slot, Variant, ordered, plain_id, slots
from grader.exam.exports.xml import Element, document, element, number, rooted
from grader.exam.form import Exam, Form

_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_META = "http://canvas.instructure.com/xsd/cccv1p0"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_FOLDER = "figures"
_GENERAL = "general"
_PICTURE = linked(f"%24IMS-CC-FILEBASE%24/{_FOLDER}/")  # Canvas puts the course's files in place of it
MATH = (
    "Mathematics is written as \\(…\\), which Canvas shows by MathJax (since 2021); "
    "look at one question after the import, in New Quizzes above all."
)
NO_PENALTY = (
    "Canvas has no negative marks: a wrong answer gives 0 points there, not the exam's formula scoring."
)
UNEQUAL = "Slot {number} has questions of different points; Canvas gives all of them {points}."


def export(forms: Sequence[Form], jobs: int) -> Export:
    """One package to import as "QTI .zip file"."""
    exam, sorted_forms = ordered(forms)
    found = slots(sorted_forms)
    html = rendered(found, "mathjax", jobs, exam.instructions)
    name = f"exam-{plain_id(exam.id)}"
    pictures = {
        f"{_FOLDER}/{file_name(figure)}": figure.svg.encode()
        for slot in found
        for variant in slot.variants
        for figure in figures(variant.question)
    }
    files = {
        "imsmanifest.xml": document(_manifest(name, sorted(pictures)), indent=True),
        f"{name}/{name}.xml": document(_assessment(name, exam, found, html), indent=True),
        f"{name}/assessment_meta.xml": document(
            _meta(name, exam, found, html[exam.instructions]), indent=True
        ),
    }
    package = {f"{plain_id(exam.id)}-canvas.zip": zipped(files | pictures)}
    return Export(package, tuple(_notes(exam, found)))


def _notes(exam: Exam, found: Sequence[Slot]) -> Iterator[str]:
    yield from (KEYS, DRAWN, SHARED.format(minutes=exam.minutes), MATH)
    if exam.scoring.rule == "formula":
        yield NO_PENALTY
    for slot in found:
        if len({variant.question.points for variant in slot.variants}) > 1:
            yield UNEQUAL.format(number=slot.number, points=number(slot.points))


def _assessment(name: str, exam: Exam, found: Sequence[Slot], html: Mapping[str, str]) -> Element:
    groups = [_group(slot, html) for slot in found]
    content = element(
        "assessment",
        element("qtimetadata", _field("cc_maxattempts", "1")),
        element("section", groups, ident="root_section"),
        ident=name,
        title=exam.title,
    )
    return rooted("questestinterop", _QTI, "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd", content)


def _group(slot: Slot, html: Mapping[str, str]) -> Element:
    extension = element("selection_extension", element("points_per_item", number(slot.points)))
    selection = element("selection", element("selection_number", "1"), extension)
    return element(
        "section",
        element("selection_ordering", selection),
        [_item(variant, html) for variant in slot.variants],
        ident=f"slot-{slot.number:02}",
        title=f"slot {slot.number:02}: {slot.topic}",
    )


def _item(variant: Variant, html: Mapping[str, str]) -> Element:
    question = variant.question
    idents = [str(1001 + place) for place in range(len(question.options))]  # Canvas numbers its answers
    said = {_GENERAL: question.explain} | {
        ident: one.says for ident, one in zip(idents, question.options, strict=True)
    }
    feedback = {ident: html[text] for ident, text in said.items() if html[text]}
    labels = [
        element("response_label", _material(option(one, html, _PICTURE)), ident=ident)
        for ident, one in zip(idents, question.options, strict=True)
    ]
    choices = element(
        "response_lid", element("render_choice", labels), ident="response1", rcardinality="Single"
    )
    return element(
        "item",
        element(
            "itemmetadata",
            element(
                "qtimetadata",
                _field("question_type", "multiple_choice_question"),
                _field("points_possible", number(question.points)),
                _field("original_answer_ids", ",".join(idents)),
                _field("assessment_question_identifierref", f"question-{variant.name}"),
            ),
        ),
        element("presentation", _material(stem(question, html, _PICTURE)), choices),
        _processing(idents[question.key], feedback),
        [
            element("itemfeedback", element("flow_mat", _material(text)), ident=f"{ident}_fb")
            for ident, text in feedback.items()
        ],
        ident=variant.name,
        title=variant.name,
    )


def _processing(key: str, feedback: Mapping[str, str]) -> Element:
    """Which feedback each answer shows, and 100 % for the key. feedback: by answer; the general one to all."""
    score = element("decvar", maxvalue=100, minvalue=0, varname="SCORE", vartype="Decimal")
    shown = [
        element(
            "respcondition",
            element("conditionvar", element("other") if ident == _GENERAL else _chosen(ident)),
            element("displayfeedback", feedbacktype="Response", linkrefid=f"{ident}_fb"),
            **{"continue": "Yes"},
        )
        for ident in feedback
    ]
    right = element(
        "respcondition",
        element("conditionvar", _chosen(key)),
        element("setvar", "100", action="Set", varname="SCORE"),
        **{"continue": "No"},
    )
    return element("resprocessing", element("outcomes", score), shown, right)


def _chosen(ident: str) -> Element:
    return element("varequal", ident, respident="response1")


def _material(html: str) -> Element:
    return element("material", element("mattext", html, texttype="text/html"))


def _field(label: str, entry: str) -> Element:
    return element("qtimetadatafield", element("fieldlabel", label), element("fieldentry", entry))


def _meta(name: str, exam: Exam, found: Sequence[Slot], instructions: str) -> Element:
    """The quiz's settings."""
    settings = {
        "title": exam.title,
        "description": instructions,
        "shuffle_answers": "false",
        "scoring_policy": "keep_highest",
        "quiz_type": "assignment",
        "points_possible": number(sum(slot.points for slot in found)),
        "time_limit": number(exam.minutes),
        "allowed_attempts": "1",
        "show_correct_answers": "false",
    }
    content = [element(key, value) for key, value in settings.items()]
    return rooted("quiz", _META, "https://canvas.instructure.com/xsd/cccv1p0.xsd", *content, identifier=name)


def _manifest(name: str, pictures: Sequence[str]) -> Element:
    meta = f"{name}-meta"
    resources = [
        element(
            "resource",
            element("file", href=f"{name}/{name}.xml"),
            element("dependency", identifierref=meta),
            identifier=name,
            type="imsqti_xmlv1p2",
        ),
        element(
            "resource",
            element("file", href=f"{name}/assessment_meta.xml"),
            identifier=meta,
            type="associatedcontent/imscc_xmlv1p1/learning-application-resource",
            href=f"{name}/assessment_meta.xml",
        ),
        *(
            element(
                "resource",
                element("file", href=path),
                identifier=path.replace("/", "-"),
                type="webcontent",
                href=path,
            )
            for path in pictures
        ),
    ]
    kind = [element("schema", "IMS Content"), element("schemaversion", "1.1.3")]
    return rooted(
        "manifest",
        _PACKAGE,
        "http://www.imsglobal.org/xsd/imscp_v1p1.xsd",
        element("metadata", kind),
        element("organizations"),
        element("resources", resources),
        identifier=f"package-{name}",
    )
