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
from matplotlib.ticker import MaxNLocator

from lossbook.arrays import Array, log_softmax
from lossbook.information import entropy, joint_entropy, mutual_information

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
    with mpl.rc_context(STYLE):
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


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, about six of them."""
    return [
        float(v)
        for v in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low <= v <= high
    ]


def curves(
    x: Array,
    ys: dict[str, Array],
    xlabel: str,
    ylabel: str,
    *,
    mark: float | None = None,
    points: dict[str, tuple[float, float]] | None = None,
) -> None:
    """Several curves over one abscissa, a vertical line at `mark`, and points with their names."""
    with figure() as (axes,):
        for label, y in ys.items():
            axes.plot(x, y, label=label)
        if mark is not None:
            axes.axvline(mark, color="#808080", linewidth=1, linestyle="-")
        for name, point in (points or {}).items():
            axes.plot(*point, "o", color=COLOURS[1])
            axes.annotate(name, point, (8, 4), textcoords="offset points")
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if len(ys) > 1:
            axes.legend()


def code_lengths(p: Array, codes: dict[str, list[str]], names: list[str]) -> None:
    """Each codeword as a block, as wide as its outcome is likely and as tall as it is long.

    The area is what the code costs on average; the dashed steps are -log2 p, the best lengths.
    """
    edges = np.concatenate([[0.0], np.cumsum(p)])
    middles = (edges[:-1] + edges[1:]) / 2
    room = p > 0.022 * len(codes)  # for a name
    longest = max(len(word) for words in codes.values() for word in words)
    highest = max(longest, int(np.ceil(-np.log2(p.min()))))
    with figure(len(codes), width=6.5) as panels:
        for axes, (title, words) in zip(panels, codes.items(), strict=True):
            lengths = np.array([len(word) for word in words])
            axes.bar(edges[:-1], lengths, p, align="edge", color=COLOURS[0] + "40", ec=COLOURS[0])
            axes.stairs(-np.log2(p), edges, baseline=None, color=COLOURS[1], ls="--", lw=2)
            for middle, word in zip(middles, words if room.all() else [], strict=False):
                for height, bit in enumerate(reversed(word)):
                    axes.text(middle, height + 0.5, bit, ha="center", va="center")
            shown = [name for name, wide in zip(names, room, strict=True) if wide]
            axes.set_xticks(middles[room], shown, rotation=90 if len(codes) > 1 else 0)
            axes.tick_params(axis="x", length=0)
            axes.set(title=f"{title}: {p @ lengths:.4f}", xlim=(0, 1), ylim=(0, highest + 0.1))
            axes.set_yticks(range(highest + 1))
            axes.grid(axis="x", visible=False)
        panels[0].set(ylabel="length in bits")


def shared_bits(joint: Array, x: str, y: str) -> None:
    """The entropies of two variables as bars: where they overlap is their mutual information."""
    both, shared = joint_entropy(joint, unit="bits"), mutual_information(joint, unit="bits")
    of_x, of_y = entropy(joint.sum(1), unit="bits"), entropy(joint.sum(0), unit="bits")
    bars = [
        (f"{x} and {y}", 0.0, both, 4),
        (x, 0.0, of_x, 0),
        (y, both - of_y, of_y, 1),
        ("shared", of_x - shared, shared, 2),
    ]
    with figure(height=2.6) as (axes,):
        for row, (_, start, length, colour) in enumerate(bars):
            axes.barh(row, length, left=start, color=COLOURS[colour] + "60", ec=COLOURS[colour])
            axes.text(start + both / 100, row, f"{length:.4f}", va="center")
        axes.set_yticks(range(len(bars)), [name for name, *_ in bars])
        axes.invert_yaxis()
        axes.set(xlabel="bits", xlim=(0, both))
        axes.grid(axis="y", visible=False)
        for edge in (of_x - shared, of_x):
            axes.axvline(edge, color="#808080", linewidth=1, linestyle=":")


def heat_maps(grids: dict[str, Array], label: str) -> None:
    """Square grids of numbers side by side, each with its own scale of colours."""
    with figure(len(grids), width=6.5, height=2.9) as panels:
        for axes, (title, grid) in zip(panels, grids.items(), strict=True):
            shades = mpl.colormaps["viridis"].resampled(18)
            drawn = axes.pcolormesh(grid, cmap=shades, vmin=0, edgecolor="face", linewidth=0.3)
            bar = drawn.figure.colorbar(drawn, ax=axes, label=label, shrink=0.9)
            bar.ax.grid(visible=False)
            axes.invert_yaxis()
            axes.set(title=title, aspect="equal", xticks=[], yticks=[])
            axes.grid(visible=False)


def pull(logits: Array, target: int, names: list[str]) -> None:
    """What softmax believes, what is true, and the way descent moves each class."""
    p = np.exp(log_softmax(logits, -1))
    truth = np.eye(len(p))[target]
    with figure(height=2.8) as (axes,):
        axes.bar(names, p, color=COLOURS[0], alpha=0.35, width=0.5)
        axes.hlines(truth, np.arange(len(p)) - 0.25, np.arange(len(p)) + 0.25, color="#000000")
        for place, (start, end) in enumerate(zip(p, truth, strict=True)):
            text = f"{end - start:+.4f}".replace("-", "\N{MINUS SIGN}")
            if abs(end - start) > 0.05:
                arrow = {"arrowstyle": "->", "color": COLOURS[1], "linewidth": 2}
                axes.annotate("", (place, end), (place, start), arrowprops=arrow)
            axes.text(place, max(start, end) + 0.03, text, ha="center")
        axes.set(ylabel="probability", ylim=(-0.02, 1.12))
        axes.grid(visible=False, axis="x")
