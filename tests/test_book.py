"""The notebooks: stored in canonical form, chapters complete, wrong outputs caught."""

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import nbformat
import pytest
import refresh
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output

import lossbook

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "book").rglob("*.ipynb"))

SECTIONS = [
    "The idea",
    "By hand",
    "From scratch",
    "In PyTorch",
    "Shape and slope",
    "Options",
    "Pitfalls",
    "Relations",
    "Exercises",
    "Summary",
]
"""The headings of a chapter on a loss, in order."""

CHAPTERS = {
    "AdaptiveLogSoftmaxWithLoss": "heads/adaptive_log_softmax_with",
    "BCELoss": "classification/bce",
    "BCEWithLogitsLoss": "classification/bce_with_logits",
    "CTCLoss": "sequence/ctc",
    "CosineEmbeddingLoss": "embedding/cosine_embedding",
    "CrossEntropyLoss": "classification/cross_entropy",
    "GaussianNLLLoss": "regression/gaussian_nll",
    "HingeEmbeddingLoss": "embedding/hinge_embedding",
    "HuberLoss": "regression/huber",
    "KLDivLoss": "classification/kl_div",
    "L1Loss": "regression/l1",
    "LinearCrossEntropyLoss": "heads/linear_cross_entropy",
    "MSELoss": "regression/mse",
    "MarginRankingLoss": "embedding/margin_ranking",
    "MultiLabelMarginLoss": "margin/multi_label_margin",
    "MultiLabelSoftMarginLoss": "margin/multi_label_soft_margin",
    "MultiMarginLoss": "margin/multi_margin",
    "NLLLoss": "classification/nll",
    "PoissonNLLLoss": "regression/poisson_nll",
    "SmoothL1Loss": "regression/smooth_l1",
    "SoftMarginLoss": "margin/soft_margin",
    "TripletMarginLoss": "embedding/triplet_margin",
    "TripletMarginWithDistanceLoss": "embedding/triplet_margin_with_distance",
}
"""The chapter of each loss."""

every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[str(p.relative_to(ROOT / "book").with_suffix("")) for p in NOTEBOOKS]
)


@every_notebook
def test_stored_form_is_canonical(path):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert text == refresh.text(refresh.canonical(notebook, path.stem)), "run: make refresh"


@every_notebook
def test_every_cell_was_run_in_order_without_a_word_on_stderr(path):
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"


@every_notebook
def test_every_picture_has_a_description_and_a_caption(path):
    for cell in nbformat.read(path, 4).cells:
        kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}
        assert not kinds & {"image/png", "image/jpeg"}, "figures are SVG: see lossbook.plot"
        if "image/svg+xml" in kinds:
            assert len(cell.metadata["mystnb"]["image"]["alt"]) > 40
            assert cell.metadata["mystnb"]["figure"]["caption"]


@every_notebook
def test_cells_are_short(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 30
            assert not re.search(r"^[!%]", cell.source, re.MULTILINE), "no shell, no magics"


@every_notebook
def test_solutions_are_folded_executed_and_end_in_an_assertion(path):
    cells = nbformat.read(path, 4).cells
    exercises = [c for c in cells if "exercise.check" in c.source and not c.metadata.get("tags")]
    for exercise in exercises:
        assert exercise.outputs, "an exercise says something before it is answered"
        solution = cells[cells.index(exercise) + 1]
        assert solution.metadata["tags"] == ["hide-cell"]
        assert solution.metadata["mystnb"]["code_prompt_show"] == "Show the solution"
        assert isinstance(ast.parse(solution.source).body[-1], ast.Assert)
    assert len(exercises) >= 3 or path.parent.name in ("book", "clinic", "trust")


def faults(notebook, name):
    """What a chapter on a loss lacks."""
    cells = notebook.cells
    markdown = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    loss = getattr(lossbook, name)
    first = next(c.source for c in cells if c.cell_type == "code")
    found = []
    if not markdown.startswith(f"# {name}\n\n*"):
        found.append("a title and one question in italics")
    if "| at a glance | |" not in markdown:
        found.append("a table 'at a glance'")
    if not re.search(r"^\| also called \| .*[\u4e00-\u9fff]{2}", markdown, re.MULTILINE):
        found.append("its other names, one of them Chinese")
    if not first.startswith("import numpy as np\nimport torch\n\nfrom lossbook import "):
        found.append("the same three imports")
    if re.findall(r"^## (.+)$", markdown, re.MULTILINE) != SECTIONS:
        found.append(f"the sections {SECTIONS}")
    options = markdown.partition("\n## Options")[2].partition("\n## Pitfalls")[0]
    found += [f"option {f.name}" for f in fields(loss) if f"### {f.name}\n" not in options]
    if len(re.findall(r"^\* ", markdown.partition("## Summary")[2], re.MULTILINE)) != 3:
        found.append("a summary in three lines")
    if not any(f"agree({name}(" in c.source for c in cells):
        found.append("a comparison with torch")
    if f"inspect.getsource({name}" not in "\n".join(c.source for c in cells):
        found.append("the source of the class")
    return found


def chapter(name):
    return nbformat.read(ROOT / "book" / f"{CHAPTERS[name]}.ipynb", as_version=4)


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_is_complete(name):
    assert faults(chapter(name), name) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_lost_heading_is_noticed(section):
    notebook = chapter("CrossEntropyLoss")
    for cell in notebook.cells:
        cell.source = re.sub(f"^## {section}$", section, cell.source, flags=re.MULTILINE)
    assert faults(notebook, "CrossEntropyLoss")


def test_every_loss_of_torch_is_a_class_with_a_chapter():
    torchs = {name for name in dir(torch.nn) if name.endswith("Loss")}
    ours = set(lossbook.__all__) - {"Loss"}
    assert torchs - {"NLLLoss2d"} | {"AdaptiveLogSoftmaxWithLoss"} == ours
    assert ours == set(CHAPTERS)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_stands_in_the_folder_of_its_module(name):
    module = getattr(lossbook, name).__module__.removeprefix("lossbook.")
    words = r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"  # KLDiv is kl_div
    snake = re.sub(words, "_", name.removesuffix("Loss")).lower()
    assert CHAPTERS[name] == f"{module}/{snake}"


@pytest.mark.parametrize(("stored", "status"), [("0.5224\n", 0), ("0.5225\n", 1)])
def test_an_output_edited_by_hand_is_caught(tmp_path, stored, status):
    source = (
        "from lossbook import CrossEntropyLoss\n"
        "print(CrossEntropyLoss()([[1, 2], [1, 3], [1, 3]], [0, 1, 1]).round(4))"
    )
    output = new_output("stream", name="stdout", text=stored)
    cell = new_code_cell(source, execution_count=1, outputs=[output])
    notebook = refresh.canonical(new_notebook(cells=[cell]), "edited")
    (tmp_path / "edited.ipynb").write_text(refresh.text(notebook))
    nbval = ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *nbval, "-c", "/dev/null", "edited.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout
    assert ("0.5225" in done.stdout) == bool(status)


def test_every_reference_is_cited():
    texts = [path.read_text("utf8") for path in (*NOTEBOOKS, *(ROOT / "book").rglob("*.md"))]
    roles = re.findall(r"\{cite[^}]*\}`([^`]+)`", "".join(texts))
    cited = {key.strip() for role in roles for key in role.split(",")}
    bibliography = (ROOT / "book" / "references.bib").read_text("utf8")
    assert cited == set(re.findall(r"^@\w+\{([^,]+),", bibliography, re.MULTILINE))


def numbers(text):
    """The numbers with three decimals or more, without zeros at their end."""
    return {number.rstrip("0") for number in re.findall(r"\d+\.\d{3,}", text)}


def printed(path):
    """The numbers that the cells of a notebook print."""
    outputs = [o for c in nbformat.read(path, 4).cells for o in c.get("outputs", [])]
    return numbers("\n".join(str(o) for o in outputs if "image/svg+xml" not in o.get("data", {})))


PRINTED = {path: printed(path) for path in NOTEBOOKS}


@every_notebook
def test_numbers_in_the_text_are_printed_by_a_cell(path):
    """On the same page; the home page may quote the chapters that it links to."""
    proven = set.union(*PRINTED.values()) if path.stem == "index" else PRINTED[path]
    for cell in nbformat.read(path, 4).cells:
        said = cell.source if cell.cell_type == "markdown" else str(cell.metadata.get("mystnb"))
        assert numbers(re.sub(r"\(http\S*\)", "", said)) <= proven, cell.id
