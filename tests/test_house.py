"""The order of the house: what depends on what, and what an import brings with it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lossbook

ROOT = Path(__file__).parent.parent
MODULES = {path.stem: path for path in sorted((ROOT / "lossbook").glob("*.py"))}
PUBLIC = {name: getattr(lossbook, name) for name in lossbook.__all__ if name != "Loss"}
LOSSES = {loss.__module__.removeprefix("lossbook.") for loss in PUBLIC.values()}

MAY_IMPORT = {
    "arrays": {"numpy"},
    "trace": {"numpy"},
    "component": {"IPython"},  # where a notebook is
    "exercise": {"numpy", "component"},
    "labels": {"numpy", "arrays", "loss"},
    "information": {"numpy", "arrays"},
    "loss": {"numpy", "arrays", "trace"},
    **{family: {"numpy", "arrays", "labels", "loss", "trace"} for family in LOSSES},
    "heads": {"numpy", "arrays", "labels", "loss", "trace", "classification"},
    "__init__": {"loss", *LOSSES},
    "compare": {"numpy", "torch", "arrays", "loss", "embedding", "heads"},
    "cases": {"numpy", *LOSSES},
    "parity": {"numpy", "torch", "arrays", "cases", "compare", "loss"},
    "differences": {"numpy", "torch", "compare", "loss", *LOSSES},
    "plot": {"numpy", "matplotlib", "cycler", "IPython", "arrays", "information", "loss", *LOSSES},
    "graph": {"IPython", "plot"},
    "explorer": {"numpy", "arrays", "component", "loss", "plot"},
}
"""What each module may import beside the standard library; no loss knows torch or matplotlib."""


def imports(path: Path) -> set[str]:
    """The packages, and the modules of our own, that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module, names):
                found |= {f"lossbook.{a.name}" for a in names} if module == "lossbook" else {module}
    parts = [name.split(".") for name in found]
    return {p[1] if p[0] == "lossbook" else p[0] for p in parts} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", MODULES)
def test_dependencies_run_one_way(module):
    assert module in MAY_IMPORT, f"add {module} to MAY_IMPORT, or import its losses in __init__"
    assert imports(MODULES[module]) <= MAY_IMPORT[module]


def test_import_brings_numpy_only():
    code = (
        "import sys, lossbook.information, lossbook.exercise\n"
        "print({'torch', 'matplotlib', 'IPython', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_reference_shows_every_public_name():
    page = (ROOT / "book" / "reference" / "losses.md").read_text(encoding="utf-8")
    assert [name for name in lossbook.__all__ if f".. autoclass:: {name}\n" not in page] == []


def test_public_names_have_docstrings_with_what_a_caller_needs():
    for name, loss in PUBLIC.items():
        for section in ("Parameters", "Notes", "Examples", "pytorch.org"):
            assert section in loss.__doc__, (name, section)
