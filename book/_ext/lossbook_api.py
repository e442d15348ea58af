"""The package's pages: signatures, and docstrings in NumPy's style."""

import dataclasses
import inspect
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import NumpyDocstring
from sphinx.util.inspect import stringify_signature

# Parameters are a list of names and what they mean; their types stand in the text.
CONFIG: Any = Config(
    napoleon_use_param=False, napoleon_use_rtype=False, napoleon_attr_annotations=False
)


def show_settings(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: Any, returns: Any
) -> tuple[str, Any] | None:
    """The signature of a dataclass is that of its settings, whatever its __new__ takes."""
    if not dataclasses.is_dataclass(thing):
        return None
    settings = list(inspect.signature(vars(thing)["__init__"]).parameters.values())[1:]
    return stringify_signature(inspect.Signature(settings), show_annotation=False), returns


def read_sections(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Turn the sections of a docstring, written in NumPy's style, into reStructuredText.

    Napoleon's own hook would read "this: that" at the head of an attribute as a type.
    """
    what = "method" if what in ("attribute", "data", "property") else what
    lines[:] = NumpyDocstring(lines, CONFIG, app, what, name, thing, options).lines()


def setup(app: Sphinx) -> dict[str, Any]:
    """Hook both into autodoc."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-signature", show_settings)
    app.connect("autodoc-process-docstring", read_sections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
