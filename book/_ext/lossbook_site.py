"""What the theme and Jupyter Book leave to do: see the functions, one for each."""

import html
import logging as python_logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lossbook
import pydata_sphinx_theme
from docutils import nodes
from fontTools import subset
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.writers.html5 import HTML5Translator

from lossbook_math import KATEX

FONTS = "vendor/fontawesome/webfonts"

# The characters of the theme's icon font that the site shows.
ICONS = """
    bars f0c9, list f03a, magnifying-glass f002, download f019, lightbulb f0eb, pencil f303,
    sun f185, moon f186, circle-half-stroke f042, angle-left f104, angle-right f105,
    angle-down f107, chevron-up f077, chevron-right f054, chevron-down f078, bell f0f3,
    circle-info f05a, circle-check f058, circle-xmark f057, circle-exclamation f06a,
    triangle-exclamation f071
"""
ICON_FONT = "fa-solid-900.woff2"

UNUSED = [
    *("**/*.map", "scripts/fontawesome.js*", "scripts/bootstrap.js*", f"{FONTS}/*.ttf"),
    *(f"{FONTS}/fa-brands-400.woff2", f"{FONTS}/fa-regular-400.woff2"),
]


def check_repository(app: Sphinx, config: Config) -> None:
    """Colab and Binder are addressed as for GitHub."""
    address = config.lossbook_repository
    if address and not address.startswith("https://github.com/"):
        raise ConfigError("lossbook_repository must begin with https://github.com/")


def link_sources(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Offer a notebook for download; once the repository has an address, link to that, too."""
    suffix = context.get("page_source_suffix", "")
    is_notebook = suffix == ".ipynb"
    source = f"_sources/{context.get('sourcename')}"
    context["notebook"] = context["pathto"](source, 1) if is_notebook else ""
    context["launch_links"] = context["source_links"] = []
    context["repository"] = repository = app.config.lossbook_repository.rstrip("/")
    if repository and suffix:
        name = repository.removeprefix("https://github.com/")
        path = f"book/{pagename}{suffix}"
        context["source_links"] = [
            ("Source", f"{repository}/blob/main/{path}"),
            ("Edit", f"{repository}/edit/main/{path}"),
            ("Report a mistake", f"{repository}/issues/new?title={quote(pagename)}"),
        ]
        if is_notebook:
            context["launch_links"] = [
                ("Colab", f"https://colab.research.google.com/github/{name}/blob/main/{path}"),
                ("Binder", f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{path}"),
            ]


def number_per_page(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Figures, tables and equations count from 1 on every page: a new chapter renumbers none."""
    for page in env.toc_fignumbers.values():
        for numbers in page.values():
            numbers.update({name: (n,) for n, name in enumerate(numbers, 1)})
    return []


def has_math(node: nodes.Element) -> bool:
    """Whether there is a formula in a node."""
    return any(True for _ in node.findall(nodes.math))


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give every page a description for search engines: its first real sentence."""
    if 'name="description"' in context.get("metatags", ""):
        return
    text = f"{context.get('title') or pagename.title()}. {context['tagline']}"
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        words = " ".join(paragraph.astext().split())
        if len(words) >= 50 and isinstance(paragraph[0], nodes.Text) and not has_math(paragraph):
            text = words
            break
    if len(text) > 160:
        text = text[:158].rsplit(" ", 1)[0] + " …"
    context["metatags"] = (
        context.get("metatags", "")
        + f'\n    <meta name="description" content="{html.escape(text)}" />'
    )


def write_components(app: Sphinx) -> None:
    """The styles and the scripts of the web components, in two files for all pages."""
    static = Path(app.outdir, "_static")
    static.mkdir(parents=True, exist_ok=True)
    for kind in ("css", "js"):
        parts = sorted(Path(lossbook.__file__).parent.glob(f"*.{kind}"))
        text = "".join(part.read_text("utf8") for part in parts)
        (static / f"components.{kind}").write_text(text, "utf8")


def strip_components(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Leave out the copies of these that a notebook's outputs bring along."""
    for node in list(doctree.findall(nodes.raw)):
        text = node.astext()
        if tag := re.match("<(loss-[a-z]+)", text):
            component, end, _ = text.partition(f"</{tag[1]}>")
            node.replace_self(nodes.raw("", component + end, format="html"))


# Files that only serve pages with certain things, and how these show in a page.
SERVES = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "copybutton.css": 'class="highlight',
    "design-tabs.js": "sd-tab-set",
    "sphinx-design.min.css": 'class="sd-',
    "mystnb": 'class="cell',
    "components": "</script></loss-",
    "filter.js": "<loss-filter",
    "katex.min.css": 'class="katex',
    "sphinx_highlight.js": "search-page",
}


def load_less(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """No script holds up the page, and no page loads what it has no use for.

    Sphinx would also mark the words of a search in the pages that it found: it breaks formulas
    and fails in drawings, so its script is left to the search page.
    """
    body = context.get("body", "")
    if pagename == "search":
        body += "search-page"
    for kind in ("script_files", "css_files"):
        names = {file: Path(str(file.filename or "")).name for file in context[kind]}
        context[kind] = [
            file
            for file, name in names.items()
            if all(mark in body for start, mark in SERVES.items() if name.startswith(start))
        ]
    for script in context["script_files"]:
        options = str(script.filename).endswith("documentation_options.js")
        if script.filename and not options and script.attributes.get("type") != "module":
            script.attributes["defer"] = "defer"


def visit_hidden_cell(translator: HTML5Translator, node: HideCodeCellNode) -> None:
    """Begin a folded cell: as in MyST-NB, but its prompt is also its name for screen readers.

    And no paragraph, which a summary may not hold.
    """
    translator.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>\n'
        f'<span class="collapsed admonition-title">{html.escape(node["prompt_show"])}</span>\n'
        f'<span class="expanded admonition-title">{html.escape(node["prompt_hide"])}</span>\n'
        "</summary>\n"
    )


def visit_citation(translator: HTML5Translator, node: nodes.citation) -> None:
    """Begin a work of the bibliography: as in docutils, but without its withdrawn ARIA roles."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        translator.body.append('<div class="citation-list">\n')
    translator.body.append(translator.starttag(node, "div", classes=["citation"]))


def visit_header(translator: HTML5Translator, node: nodes.thead) -> None:
    """Begin the head of a table, unless it is blank."""
    if not node.astext().strip():
        raise nodes.SkipNode
    HTML5Translator.visit_thead(translator, node)


def visit_cell(translator: HTML5Translator, node: nodes.entry) -> None:
    """Begin a cell of a table; a blank one in its head is the head of nothing."""
    HTML5Translator.visit_entry(translator, node)
    if not node.astext().strip():
        translator.body[-1] = translator.starttag(node, "td", "")
        translator.context[-1] = "</td>\n"


def cut_font(source: Path, target: Path, characters: Iterable[int]) -> None:
    """Write a font with some of its characters only."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["*"])
    font = subset.load_font(source, options)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters)
    cut.subset(font)
    subset.save_font(font, target, options)


def cut_assets(app: Sphinx, exception: Exception | None) -> None:
    """Leave out files that no page loads, and cut the fonts to the characters in use."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    for pattern in UNUSED:
        for file in static.glob(pattern):
            file.unlink()
    python_logging.getLogger("fontTools").setLevel(python_logging.WARNING)
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    icons = {int(icon.split()[1], 16) for icon in ICONS.split(",")}
    cut_font(theme / FONTS / ICON_FONT, static / FONTS / ICON_FONT, icons)
    written = {ord(c) for page in Path(app.outdir).rglob("*.html") for c in page.read_text("utf8")}
    for font in (KATEX / "fonts").glob("*.woff2"):
        cut_font(font, static / "katex" / "fonts" / font.name, written)


def setup(app: Sphinx) -> dict[str, Any]:
    """Hook everything up."""
    app.add_config_value("lossbook_repository", "", "html", str)
    app.add_css_file("components.css")
    app.add_js_file("components.js", type="module")
    app.connect("config-inited", check_repository)
    app.connect("builder-inited", write_components)
    app.connect("doctree-resolved", strip_components)
    app.connect("env-get-updated", number_per_page, priority=900)
    app.connect("html-page-context", describe, priority=900)
    app.connect("html-page-context", link_sources)
    app.connect("html-page-context", load_less, priority=900)
    app.connect("build-finished", cut_assets, priority=900)
    for node, visit, depart in (
        (HideCodeCellNode, visit_hidden_cell, depart_HideCellInput),
        (nodes.thead, visit_header, HTML5Translator.depart_thead),
        (nodes.entry, visit_cell, HTML5Translator.depart_entry),
        (nodes.citation, visit_citation, HTML5Translator.depart_citation),
    ):
        app.add_node(node, override=True, html=(visit, depart))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
