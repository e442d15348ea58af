"""A downloaded notebook runs where the package is installed, and needs nothing beside it."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "book").rglob("*.ipynb"))
FOLDERS = sorted({path.parent for path in NOTEBOOKS})
SMALLEST = [min(folder.glob("*.ipynb"), key=lambda path: path.stat().st_size) for folder in FOLDERS]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder into which the package was installed, as from an index."""
    folder = tmp_path_factory.mktemp("site")
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--target", folder, ROOT]
    subprocess.run(install, check=True)
    return folder


def test_every_file_of_the_package_is_installed(installed):
    found = {path.name for path in (ROOT / "lossbook").iterdir() if path.is_file()}
    assert found == {path.name for path in (installed / "lossbook").iterdir() if path.is_file()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_needs_nothing_else(path):
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(cells))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    packages = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert packages <= {"lossbook", "numpy", "scipy", "sklearn", "torch"}
    assert not [cell for cell in cells if "../" in cell]


@pytest.mark.parametrize("path", SMALLEST, ids=[path.stem for path in SMALLEST])
def test_a_notebook_runs_in_a_fresh_folder(path, installed, tmp_path):
    shutil.copy(path, tmp_path)
    code = (
        "import sys, nbformat, nbclient\n"
        "notebook = nbformat.read(sys.argv[1], 4)\n"
        "where = nbformat.v4.new_code_cell('import lossbook; print(lossbook.__file__)')\n"
        "notebook.cells.append(where)\n"
        "nbclient.NotebookClient(notebook, timeout=120).execute()\n"
        "print(where.outputs[0].text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path.name],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(installed / "lossbook" / "__init__.py")
