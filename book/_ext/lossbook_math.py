"""Math at build time: KaTeX, run inside Python, writes every formula as HTML and MathML.

Readers load a style sheet and fonts, but no script. TeX that KaTeX does not accept is a warning,
so it fails a build with ``-W``.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

KATEX = Path(__file__).resolve().parent.parent / "_vendor" / "katex"
STYLE = "katex/katex.min.css"

# KaTeX numbers these itself, beside the numbers of Sphinx.
NUMBERED = re.compile(r"\\tag\b|\\begin\{(align|alignat|equation|gather|CD)\}")

logger = logging.getLogger(__name__)


@cache
def engine() -> Callable[[str, bool], str]:
    """The function that turns TeX into HTML."""
    context = quickjs.Context()
    context.eval((KATEX / "katex.min.js").read_text("utf8"))
    render: Callable[[str, bool], str] = context.eval(
        "(tex, displayMode) =>"
        " katex.renderToString(tex, {displayMode, throwOnError: true, strict: 'error'})"
        ".slice()"  # flat: the bindings do not read a string that is stored in parts
    )
    return render


@cache
def render(tex: str, display: bool) -> str:
    """One formula as HTML and MathML; ValueError says what is wrong with its TeX."""
    if NUMBERED.search(tex):
        raise ValueError("it numbers itself: write aligned or gathered between $$ and $$ (label)")
    try:
        return engine()(tex, display)
    except quickjs.JSException as error:
        raise ValueError(str(error).splitlines()[0]) from error


def html(translator: HTML5Translator, node: nodes.Element, display: bool) -> str:
    """The formula of a node, or its TeX and a warning."""
    tex = node.astext()
    try:
        return render(tex, display)
    except ValueError as error:
        logger.warning(
            "bad TeX %r: %s",
            tex,
            error,
            location=node,
            type="lossbook",
            subtype="tex",
        )
        return f"<code>{translator.encode(tex)}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    span = translator.starttag(node, "span", "", CLASS="math notranslate nohighlight")
    translator.body.append(f"{span}{html(translator, node, display=False)}</span>")
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number if it has one."""
    translator.body.append(
        translator.starttag(node, "div", "", CLASS="math notranslate nohighlight")
    )
    translator.body.append(html(translator, node, display=True))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name that ``html_math_renderer`` takes."""
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.add_css_file(STYLE, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
