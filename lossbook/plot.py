"""The figures that chapters share: one function for each kind of picture.

A figure is shown as SVG that follows light and dark pages; its functions return nothing, so that
a cell shows the figure alone. The only module that imports matplotlib.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from IPython.display import SVG, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lossbook.arrays import Array
from lossbook.loss import Loss

COLOURS = ("#1f77b4", "#c4560a", "#2c8a4b", "#a259b5", "#8a6d3b")
"""Each has a contrast of at least 3 to 1 on white and on the dark page."""
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
"""Colour is never the only difference."""

STYLE: Any = {
    "svg.hashsalt": "lossbook",
    "svg.fonttype": "path",
    "font.size": 10.5,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLOURS, linestyle=DASHES),
    "axes.titlesize": "medium",
    "grid.color": "#808080",
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 2,
}
DARK = (
    "<style>@media (prefers-color-scheme:dark){svg{fill:#e6e6e6}"
    '[style*="stroke: #000000"]{stroke:#e6e6e6!important}'
    '[style*="fill: #000000"]{fill:#e6e6e6!important}'
    '[style*="fill: #ffffff"]{fill:#121212!important}}</style>'
)


@contextmanager
def figure(columns: int = 1, width: float = 6.0, height: float = 3.2) -> Iterator[list[Axes]]:
    """Axes side by side to draw on; the figure is shown at the end of the block."""
    with mpl.rc_context(STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
        yield list(drawing.subplots(1, columns, squeeze=False)[0])
        display(SVG(svg(drawing)))  # type: ignore[no-untyped-call]


def svg(drawing: Figure) -> str:
    """A figure as SVG with a dark variant inside, the same each time it is drawn."""
    buffer = io.StringIO()
    drawing.savefig(
        buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
    )
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    # A hundredth of a point is more than a screen shows; scales of glyphs are left alone.
    text = re.sub(
        r'( (?:d|x|y|points)=")([^"]*)',
        lambda m: m[1] + re.sub(r"\d+\.\d{3,}", lambda v: f"{float(v[0]):.2f}", m[2]),
        text,
    )
    return re.sub(r"(<svg[^>]*>)", lambda m: m[1] + DARK, re.sub(r"\s+\n", "\n", text), count=1)


def curves(
    x: Array, ys: dict[str, Array], xlabel: str, ylabel: str, *, mark: float | None = None
) -> None:
    """Several curves over one abscissa, and a vertical line where `mark` says."""
    with figure() as (axes,):
        for label, y in ys.items():
            axes.plot(x, y, label=label)
        if mark is not None:
            axes.axvline(mark, color="#808080", linewidth=1, linestyle="-")
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if len(ys) > 1:
            axes.legend()
