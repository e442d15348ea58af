"""Execute notebooks from a fresh kernel and store them in canonical form.

    python book/_tools/refresh.py book/foundations/information.ipynb ...

What git shows is then what nbval compares: no timestamps, cell ids that say where a cell stands,
and of a cell's metadata only what the site reads.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags", "mystnb"}


def canonical(notebook: NotebookNode, name: str) -> NotebookNode:
    """The notebook in its stored form, its outputs as they are."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{number:02d}"
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
        )
    return notebook


def text(notebook: NotebookNode) -> str:
    """The file's text."""
    return f"{nbformat.writes(notebook)}\n"


def refresh(path: Path) -> None:
    """Run a notebook and store it."""
    notebook = canonical(nbformat.read(path, as_version=4), path.stem)
    NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    path.write_text(text(canonical(notebook, path.stem)), encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(argument)
        refresh(Path(argument))
