"""Questions as HTML: Markdown with MathML, figures, and pages that load nothing and run only their own script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from grader.exam.item import Figure
from grader.exam.markdown import convert
from grader.report.environment import page_environment, script_source

_TEMPLATES = Path(__file__).parent / "templates"
# what pandoc writes beside the formula: its TeX, HTML's own namespace, and values that are the default anyway
_SUPERFLUOUS = re.compile(
    r'</?semantics>|<annotation .*?</annotation>| xmlns="http://www\.w3\.org/1998/Math/MathML"'
    r'| display="inline"| columnalign="center" style="text-align: center"',
    re.DOTALL,
)
# "ln 3": browsers leave no space behind the sign for "function of"; before a bracket or an index there is none
_FUNCTION = re.compile(
    r"((?<!<msub>)(?<!<msup>)(?<!<munder>)<mrow><mi[^<]*</mi><mo>&#8289;</mo>)(?=</mrow><m[^o])"
)
# browsers break lines between a formula and its full stop
_GLUED = re.compile(
    r"\(?<math>(?:(?!</math>).)*</math>[.,;:?!)]+|\(<math>(?:(?!</math>).)*</math>", re.DOTALL
)
_THIN = r'\1<mspace width="0.167em"></mspace>'
_PARAGRAPH = re.compile(r"<p>((?:(?!<p>).)*)</p>", re.DOTALL)


def rendered(texts: Iterable[str], jobs: int = 1) -> dict[str, Markup]:
    """Each distinct text → HTML; wide tables scroll in a box of their own. Raises as `markdown.convert`."""
    return {text: Markup(_boxed(html)) for text, html in convert(list(texts), "mathml", jobs).items()}


def _boxed(html: str) -> str:
    slim = _FUNCTION.sub(_THIN, _SUPERFLUOUS.sub("", html))
    slim = _GLUED.sub(r'<span class="glued">\g<0></span>', slim)
    return slim.replace("<table", '<div class="wide"><table').replace("</table>", "</table></div>")


def inline(html: Markup) -> Markup:
    """A single paragraph without its tags: a label must not hold paragraphs."""
    alone = _PARAGRAPH.fullmatch(html)
    return Markup(alone[1]) if alone else html


def picture(figure: Figure) -> Markup:
    """The drawing as an image: names and styles inside it cannot meet those of the page or of other drawings."""
    return Markup('<img class="figure" alt="{}" src="data:image/svg+xml,{}">').format(
        figure.alt, quote(figure.svg)
    )


def page(name: str, **values: object) -> str:
    """The template `<name>.html.j2` with its script `<name>.js`, which alone may run."""
    script = (_TEMPLATES / f"{name}.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {script_source(script)}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template(f"{name}.html.j2")
    return template.render(values, script=Markup(script), policy=policy)


@cache
def _environment() -> Environment:
    environment = page_environment(_TEMPLATES)
    environment.filters.update(inline=inline, picture=picture)
    return environment
