"""The figures that chapters share: one function for each kind of picture.

A figure is shown as SVG that follows light and dark pages; its functions return nothing, so that
a cell shows the figure alone. The only module that imports matplotlib.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from IPython.display import HTML, SVG, display
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
    "svg.fonttype": "none",  # half the size of outlines; any other font is narrower than this one
    "font.size": 10.5,
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
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
def figure(
    columns: int = 1, width: float = 5.0, height: float = 2.8, rows: int = 1
) -> Iterator[list[Axes]]:
    """Axes to draw on, side by side or in rows; the figure is shown at the end of the block."""
    with mpl.rc_context(STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
        yield list(drawing.subplots(rows, columns, sharex=rows > 1, squeeze=False).flat)
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


def legend(panels: list[Axes]) -> None:
    """One legend above all panels, where it hides nothing; the figure grows by its rows."""
    found = [axes.get_legend_handles_labels() for axes in panels]
    handles = {label: line for drawn in found for line, label in zip(*drawn, strict=True)}
    if handles:
        # There is room for some 57 letters; the sample of a line takes six.
        columns = min(len(handles), max(1, 57 // (max(map(len, handles)) + 6)))
        drawing: Any = panels[0].figure
        drawing.set_figheight(drawing.get_figheight() + 0.2 * -(-len(handles) // columns))
        drawing.legend(handles.values(), handles, loc="outside upper center", ncols=columns)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, about six of them."""
    rounding = 1e-9 * (high - low)
    return [
        float(v)
        for v in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low - rounding <= v <= high + rounding
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
            legend([axes])


def code_lengths(p: Array, codes: dict[str, list[str]], names: list[str]) -> None:
    """Each codeword as a block, as wide as its outcome is likely and as tall as it is long.

    The area is what the code costs on average; the dashed steps are -log2 p, the best lengths.
    """
    edges = np.concatenate([[0.0], np.cumsum(p)])
    middles = (edges[:-1] + edges[1:]) / 2
    room = p > 0.022 * len(codes)  # for a name
    longest = max(len(word) for words in codes.values() for word in words)
    highest = max(longest, int(np.ceil(-np.log2(p.min()))))
    with figure(len(codes)) as panels:
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
    with figure(len(grids), height=2.1) as panels:
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


def stacked(x: Array, rows: dict[str, Array], xlabel: str, *, mark: float | None = None) -> None:
    """Curves one below the other over one abscissa; a line at `mark` runs through them all."""
    with figure(height=0.5 + 1.7 * len(rows), rows=len(rows)) as panels:
        for number, (axes, (title, y)) in enumerate(zip(panels, rows.items(), strict=True)):
            axes.plot(x, y, color=COLOURS[number], linestyle=DASHES[number])
            if mark is not None:
                axes.axvline(mark, color="#808080", linewidth=1, linestyle="-")
                axes.plot(mark, np.interp(mark, x, y), "o", color=COLOURS[number])
            axes.set_title(title, loc="left")
        panels[-1].set(xlabel=xlabel)


def side_by_side(x: Array, panels: dict[str, dict[str, Array]], xlabel: str) -> None:
    """Panels with the same curves' names over one abscissa; one legend serves them all."""
    with figure(len(panels), height=3.1) as drawn:
        for axes, (title, ys) in zip(drawn, panels.items(), strict=True):
            for label, y in ys.items():
                axes.plot(x, y, label=label)
            axes.set(title=title, xlabel=xlabel)
        legend(drawn)


def bands(
    x: Array, y: Array, fits: dict[str, tuple[Array, Array]], xlabel: str, ylabel: str
) -> None:
    """Points, and for each fit a panel: its mean as a line, two standard deviations as a band.

    The means and the deviations belong to the points, and x is in ascending order.
    """
    with figure(len(fits)) as panels:
        for axes, (title, (mean, deviation)) in zip(panels, fits.items(), strict=True):
            low, high = mean - 2 * deviation, mean + 2 * deviation
            axes.fill_between(x, low, high, color=COLOURS[0], alpha=0.25, linewidth=0)
            outside = (y < low) | (y > high)
            axes.plot(x, mean, color=COLOURS[0])
            axes.plot(x[~outside], y[~outside], ".", color="#808080")
            axes.plot(x[outside], y[outside], "x", color=COLOURS[1])
            axes.set(title=title, xlabel=xlabel, ylim=(y.min() - 4, y.max() + 4))
        panels[0].set(ylabel=ylabel)


def surprise_areas(pairs: dict[str, tuple[Array, Array]], names: list[str]) -> None:
    """For each pair (p, q) the surprise of who expects q as blocks, as wide as p and -log2 q tall.

    All blocks are the cross entropy, which stands in the title; the dashed steps are -log2 p. What
    is above them less what is missing below them is the relative entropy.
    """
    heights = [-np.log2(q) for pair in pairs.values() for q in pair]
    highest = int(np.ceil(max(height.max() for height in heights)))
    with figure(len(pairs), height=3.1) as panels:
        for axes, (title, (p, q)) in zip(panels, pairs.items(), strict=True):
            edges = np.concatenate([[0.0], np.cumsum(p)])
            own, paid = -np.log2(p), -np.log2(q)
            both, left = np.minimum(own, paid), edges[:-1]
            bars: Any = {"x": left, "width": p, "align": "edge"}
            axes.bar(height=both, color=COLOURS[0] + "40", ec=COLOURS[0], **bars)
            for label, extra, colour, hatch in (
                ("wasted: longer than the surprise", paid - both, COLOURS[1], "///"),
                ("saved: shorter", own - both, COLOURS[2], "\\\\\\"),
            ):
                some = extra > 0
                axes.bar(
                    left[some],
                    extra[some],
                    p[some],
                    both[some],
                    align="edge",
                    fill=False,
                    ec=colour,
                    hatch=hatch,
                    linewidth=1,
                    label=label if some.any() else None,
                )
            axes.stairs(own, edges, baseline=None, color="#808080", ls="--", lw=2)
            axes.set_xticks((edges[:-1] + edges[1:]) / 2, names, rotation=90)
            axes.tick_params(axis="x", length=0)
            axes.set(title=f"{title}: {p @ paid:.4f}", xlim=(0, 1), ylim=(0, highest + 0.1))
            axes.set_yticks(range(highest + 1))
            axes.grid(axis="x", visible=False)
        panels[0].set(ylabel="surprise in bits")
        legend(panels)


def landscapes(
    x: Array,
    y: Array,
    grids: dict[str, Array],
    xlabel: str,
    ylabel: str,
    *,
    levels: list[float],
    points: dict[str, list[tuple[float, float]]] | None = None,
) -> None:
    """Functions of two numbers as maps, shaped (len(y), len(x)), in shared colours.

    A map's points are marked with its value there, which is that of the nearest point of the grid.
    """
    with figure(len(grids), height=3.2) as panels:
        for axes, (title, grid) in zip(panels, grids.items(), strict=True):
            shades = mpl.colormaps["viridis"].resampled(len(levels) + 1)
            norm = mpl.colors.BoundaryNorm(levels, shades.N, extend="both")
            drawn = axes.contourf(x, y, grid, levels, cmap=shades, norm=norm, extend="both")
            drawn.set(edgecolor="face", linewidth=0.3)
            for at_x, at_y in (points or {}).get(title, []):
                value = grid[np.abs(y - at_y).argmin(), np.abs(x - at_x).argmin()]
                axes.plot(at_x, at_y, "o", color="#fefefe", mec="#010101")
                axes.annotate(
                    f"{value:.2f}",
                    (at_x, at_y),
                    (0, 8),
                    textcoords="offset points",
                    ha="center",
                    color="#fefefe",
                )
            axes.set(title=title, xlabel=xlabel)
            axes.grid(visible=False)
        panels[0].set(ylabel=ylabel)
        bar = panels[0].figure.colorbar(drawn, ax=panels, shrink=0.9)
        bar.set_ticks(levels, labels=[f"{level:g}" for level in levels])
        bar.ax.grid(visible=False)


def shares(panels: dict[str, Array]) -> None:
    """What each element counts for in a mean: a row of cells for each sample, dark where large.

    A cell shows its share as a fraction, and is dotted where that is 0; a title ends in their sum.
    """
    largest = max(float(grid.max()) for grid in panels.values())
    widths = [max(grid.shape[1], 2.6) for grid in panels.values()]  # in cells, with a title's room
    rows = max(len(grid) for grid in panels.values())
    with figure(len(panels), 0.46 * sum(widths), 0.46 * rows + 0.7) as drawn:
        grids = drawn[0].get_gridspec()
        assert grids is not None
        grids.set_width_ratios(widths)
        for axes, width, (title, grid) in zip(drawn, widths, panels.items(), strict=True):
            for (row, column), share in np.ndenumerate(grid):
                shade = f"{COLOURS[0]}{round(160 * share / largest):02x}"
                line = "-" if share else ":"
                axes.barh(row, 0.9, 0.9, column - 0.45, color=shade, ec=COLOURS[0], linestyle=line)
                axes.text(column, row, _fraction(share), ha="center", va="center")
            middle = (grid.shape[1] - 1) / 2
            axes.set(xlim=(middle - width / 2, middle + width / 2), ylim=(rows - 0.5, -0.5))
            axes.set_title(f"{title}\nsum {_fraction(grid.sum())}")
            axes.set(aspect="equal", anchor="N")
            axes.set_axis_off()


def _fraction(value: float) -> str:
    """A number as a fraction, such as 1/12."""
    return str(Fraction(float(value)).limit_denominator(100))


def squares(
    x: Array, y: Array, lines: dict[str, tuple[float, float]], xlabel: str, ylabel: str
) -> None:
    """Straight lines through points, and each squared error as a square: its area is the loss.

    A line is its height at the middle of x, and its slope.
    """
    ends = np.array([x.min() - 0.8, x.max() + 0.8])
    with figure(len(lines), height=2.8) as panels:
        layout: Any = panels[0].figure.get_layout_engine()
        layout.set(h_pad=0.1)  # a title above panels of equal scales would touch the edge
        for axes, (title, (middle, slope)) in zip(panels, lines.items(), strict=True):
            error = middle + slope * (x - x.mean()) - y
            for place, height, side in zip(x, y, error, strict=True):
                # On the side where the line turns away from the point.
                left = place + min(side if slope >= 0 else -side, 0)
                box = mpl.patches.Rectangle(
                    (left, min(height, height + side)),
                    abs(side),
                    abs(side),
                    facecolor=COLOURS[1] + "40",
                    edgecolor=COLOURS[1],
                )
                axes.add_patch(box)
            axes.plot(ends, middle + slope * (ends - x.mean()))
            axes.plot(x, y, "o", color="#000000", markersize=5)
            axes.set(title=f"{title}: {np.mean(error**2):.4f}", xlabel=xlabel, aspect="equal")
            axes.set(ylim=(y.min() - 1.5, y.max() + 1.2))
        panels[0].set(ylabel=ylabel)


def fitted(
    x: Array,
    ys: dict[str, Array],
    points: dict[str, tuple[Array, Array]],
    xlabel: str,
    ylabel: str,
) -> None:
    """Curves over one abscissa, and groups of points that they were, or were not, fitted to."""
    with figure() as (axes,):
        for label, y in ys.items():
            axes.plot(x, y, label=label)
        for (label, (across, up)), shape in zip(points.items(), "os^", strict=False):
            face = "#000000" if shape == "o" else "none"
            look: dict[str, Any] = {"marker": shape, "color": "#000000", "markerfacecolor": face}
            if np.size(across) > 100:  # small and grey, behind the curves
                look = {"marker": ".", "color": "#808080", "markersize": 4, "zorder": 1}
            axes.plot(across, up, linestyle="", label=label, **look)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        legend([axes])


def valley(
    x: Array,
    y: Array,
    height: Array,
    paths: dict[str, Array],
    xlabel: str,
    ylabel: str,
    *,
    lines: dict[str, tuple[Array, Array]] | None = None,
) -> None:
    """The contours of a cost of two parameters, paths of descent down it, and lines across it.

    `height` is shaped (len(y), len(x)); a path is shaped (steps, 2).
    """
    with figure(height=3.4) as (axes,):
        levels = height.min() + (height.max() - height.min()) * np.linspace(0.05, 1, 9) ** 2
        axes.contour(x, y, height, levels=levels, colors="#808080", linewidths=0.8)
        for name, (across, up) in (lines or {}).items():
            axes.plot(across, up, color="#808080", linestyle=":", linewidth=1.5)
            inside = (x[0] <= across) & (across <= x[-1]) & (y[0] <= up) & (up <= y[-1])
            end = np.where(inside, across, -np.inf).argmax()
            low = up[end] < (y[0] + y[-1]) / 2
            axes.annotate(
                name,
                (across[end], up[end]),
                (-10, 4 if low else -4),
                textcoords="offset points",
                ha="right",
                va="bottom" if low else "top",
            )
        for (label, path), shape in zip(paths.items(), "os^", strict=False):
            axes.plot(*path.T, marker=shape, markersize=4, linewidth=1.5, label=label)
        axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        axes.grid(visible=False)
        legend([axes])


def number_lines(
    rows: dict[str, Array],
    xlabel: str,
    *,
    mark: float | None = None,
    shaded: dict[str, tuple[float, float]] | None = None,
) -> None:
    """For each row of numbers a line with a stroke at every one, and stretches with a name."""
    with figure(height=0.9 + 0.5 * len(rows)) as (axes,):
        for (name, ends), hatch in zip((shaded or {}).items(), ("//", "\\\\", ".."), strict=False):
            axes.axvspan(*ends, fc="none", ec="#808080", lw=0, hatch=hatch, label=name)
        for place, numbers in enumerate(rows.values()):
            colour = COLOURS[place % len(COLOURS)]
            axes.axhline(place, color="#808080", linewidth=1, linestyle="-")
            axes.vlines(numbers, place - 0.3, place + 0.3, color=colour, lw=1.5, ls="-")
        if mark is not None:
            axes.axvline(mark, color="#808080", linewidth=1, linestyle="-")
        axes.set_yticks(range(len(rows)), list(rows))
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel=xlabel, ylim=(len(rows) - 0.5, -0.5))
        axes.margins(x=0.02 if not shaded else 0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        legend([axes])


def log_curves(
    x: Array,
    ys: dict[str, Array],
    xlabel: str,
    ylabel: str,
    *,
    logs: str = "xy",
    shaded: dict[str, tuple[float, float]] | None = None,
) -> None:
    """Curves over axes of which those in `logs` are logarithmic, and stretches with a name."""
    with figure() as (axes,):
        for label, y in ys.items():
            axes.plot(x, y, label=label)
        for name, (start, end) in (shaded or {}).items():
            axes.axvspan(start, end, color="#808080", alpha=0.2, linewidth=0, label=name)
        scales = {f"{axis}scale": "log" for axis in logs}
        axes.set(xlabel=xlabel, ylabel=ylabel, **scales)
        axes.margins(x=0)
        legend([axes])


def lowest(panels: dict[str, tuple[Array, dict[str, Array]]], ylabel: str) -> None:
    """Curves side by side, over one abscissa each that the panel is named after.

    A dot stands at the least value of each curve.
    """
    with figure(len(panels)) as drawn:
        for axes, (xlabel, (x, ys)) in zip(drawn, panels.items(), strict=True):
            for label, y in ys.items():
                (line,) = axes.plot(x, y, label=label)
                axes.plot(x[y.argmin()], y.min(), "o", color=line.get_color())
            axes.set(xlabel=xlabel)
        drawn[0].set(ylabel=ylabel)
        names = [list(ys) for _, ys in panels.values()]
        if all(name == names[0] for name in names):
            legend(drawn)
        else:
            for axes in drawn:
                axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1))


def reliability(models: dict[str, tuple[Array, Array]], xlabel: str, ylabel: str) -> None:
    """What models said against what came true, in ten bins; on the diagonal they were right.

    Of each model the probabilities and the outcomes, 0 or 1. A fuller bin has a larger dot,
    and the stem is its distance from the diagonal.
    """
    with figure(len(models), height=1 + 3.9 / len(models)) as panels:
        for axes, (title, (p, outcome)) in zip(panels, models.items(), strict=True):
            axes.plot([0, 1], [0, 1], color="#808080", linewidth=1, linestyle="-")
            place = np.minimum((p * 10).astype(int), 9)
            for members in (place == number for number in np.unique(place)):
                said, came = p[members].mean(), outcome[members].mean()
                axes.plot([said, said], [said, came], color=COLOURS[1], linestyle="-")
                size = 20 + 150 * members.mean()
                axes.scatter(said, came, size, color=COLOURS[0] + "60", edgecolor=COLOURS[0])
            axes.set(title=title, xlabel=xlabel, aspect="equal")
            axes.set(xlim=(-0.08, 1.08), ylim=(-0.08, 1.08), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        panels[0].set(ylabel=ylabel)


def table(
    head: list[str], rows: list[list[str]], label: str, bold: list[list[bool]] | None = None
) -> None:
    """Rows of text under a head, some of it bold, in a box that scrolls where the page is narrow.

    The label says what the table holds, for those who do not see it.
    """
    # A head without a word is no head.
    cells = (f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in head)
    lines = ["".join(cells)]
    for row, marks in zip(rows, bold or [[False] * len(head)] * len(rows), strict=True):
        texts = [
            f"<b>{escape(cell)}</b>" if mark else escape(cell)
            for cell, mark in zip(row, marks, strict=True)
        ]
        lines.append(
            f'<th scope="row">{texts[0]}</th>' + "".join(f"<td>{text}</td>" for text in texts[1:])
        )
    top, *body = (f"<tr>{line}</tr>" for line in lines)
    page = (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{escape(label)}">'
        '<table class="dataframe" style="font-size:.78rem;white-space:nowrap">'
        f"<thead>{top}</thead><tbody>{''.join(body)}</tbody></table></div>"
    )
    display(HTML(page))  # type: ignore[no-untyped-call]


def framed(pictures: Array, frames: dict[str, Array]) -> None:
    """Pictures side by side, of numbers from 0 to 1, and in each of them a rectangle for each name.

    Rectangles are rows of the middle's x and y, the width and the height, in pixels.
    """
    darkest = 100 if frames else 255  # a frame has to stand out
    with figure(len(pictures), height=1.7) as panels:
        for number, (axes, picture) in enumerate(zip(panels, pictures, strict=True)):
            _ink(axes, picture, darkest)
            for colour, dash, (name, rectangles) in zip(
                COLOURS, DASHES, frames.items(), strict=False
            ):
                x, y, width, height = rectangles[number]
                box = mpl.patches.Rectangle(
                    (x - width / 2, y - height / 2),
                    width,
                    height,
                    fill=False,
                    edgecolor=colour,
                    linestyle=dash,
                    linewidth=2,
                    label=name,
                )
                axes.add_patch(box)
            high, wide = picture.shape
            axes.set(xlim=(0, wide), ylim=(high, 0), aspect="equal", xticks=[], yticks=[])
            axes.spines[["top", "right"]].set_visible(True)
        legend(panels)


def _ink(axes: Axes, picture: Array, darkest: int = 255, cell: float = 1.0) -> None:
    """A picture of numbers from 0 to 1 as cells, so wide, of so opaque ink; the faintest have none.

    Bars are SVG that follows a dark page, which an image would not.
    """
    rows, columns = np.nonzero(picture > 0.02)
    inks = [f"#000000{round(darkest * ink):02x}" for ink in picture[rows, columns]]
    axes.bar(columns * cell, 1, cell, rows, align="edge", color=inks, linewidth=0)


def trellis(
    weight: Array,
    states: list[str],
    moves: Array,
    *,
    numbers: bool = True,
    xlabel: str = "time",
) -> None:
    """States over time as dots, as dark as their weight, and the moves between them as arrows.

    `weight` is shaped (times, states) and written beside the dots unless `numbers` is False; a dot
    of weight 0 is dotted. `moves` is shaped (times - 1, states, states), true from a state to the
    next one, and the states run from top to bottom.
    """
    times, count = weight.shape
    if numbers:
        row, size, rim, head, line, gap = 0.62, 330.0, 1.2, "->", 1.2, 10
    else:  # small
        row, size, rim, head, line, gap = 0.3, 1300 / times, 0.8, "-", 0.6, 4
    arrow = {"arrowstyle": head, "color": "#808080", "linewidth": line}
    arrow |= {"shrinkA": gap, "shrinkB": gap}
    with figure(height=0.7 + row * count) as (axes,):
        for time, start, end in zip(*np.nonzero(moves), strict=True):
            axes.annotate("", (time + 2, end), (time + 1, start), arrowprops=arrow)
        for (time, state), value in np.ndenumerate(weight):
            shade = f"{COLOURS[0]}{round(255 * value / weight.max()):02x}"
            axes.scatter(
                time + 1,
                state,
                size,
                color=shade,
                edgecolor=COLOURS[0] if value else "#808080",
                linestyle="-" if value else ":",
                linewidth=rim,
            )
            if numbers and value:
                place = (time + 1, state)
                text = f"{value:.3g}"
                axes.annotate(text, place, (9, 6), textcoords="offset points")
        axes.set_yticks(range(count), states)
        axes.set_xticks(range(1, times + 1) if times < 13 else range(1, times + 1, 3))
        axes.tick_params(length=0)
        axes.set(xlabel=xlabel, xlim=(0.5, times + 0.5), ylim=(count - 0.5, -0.7))
        axes.grid(visible=False)
        axes.spines[["left", "bottom"]].set_visible(False)


def layers(
    rows: dict[str, Array | dict[str, Array]],
    width: float,
    xlabel: str,
    names: list[str] | None = None,
) -> None:
    """Pictures, other grids and curves, one below the other over one abscissa from 0 to `width`.

    A grid holds numbers from 0 to 1, shown as ink; `names` name its rows where there are as many.
    The curves of a dict have their names at their peaks; the first of them is a grey area.
    """
    names = names or []
    heights = [
        0.9
        if isinstance(row, dict)
        else len(row) * (0.19 if len(row) == len(names) else 4.6 / width)
        for row in rows.values()
    ]
    with figure(height=0.5 + sum(heights) + 0.3 * len(rows), rows=len(rows)) as panels:
        grids = panels[0].get_gridspec()
        assert grids is not None
        grids.set_height_ratios(heights)
        for axes, (title, row) in zip(panels, rows.items(), strict=True):
            axes.set_title(title, loc="left")
            if isinstance(row, dict):
                _named_curves(axes, row, width)
                continue
            _ink(axes, row, cell=width / row.shape[1])
            axes.set(ylim=(len(row), 0), yticks=[])
            if len(row) == len(names):
                axes.set_yticks(np.arange(len(row)) + 0.5, names)
                axes.tick_params(axis="y", length=0)
            axes.grid(visible=False)
            axes.spines[["top", "right"]].set_visible(True)
        panels[-1].set(xlabel=xlabel, xlim=(0, width))


def _named_curves(axes: Axes, curves: dict[str, Array], width: float) -> None:
    """Curves over cells of equal width, with their names at their peaks, behind them the first."""
    count = len(next(iter(curves.values())))
    x = (np.arange(count) + 0.5) * width / count
    highest = np.max([*list(curves.values())[1:], np.zeros(count)], axis=0)
    for number, (name, y) in enumerate(curves.items()):
        if not number:
            axes.fill_between(x, y, color="#808080", alpha=0.25, linewidth=0)
            continue
        (line,) = axes.plot(x, y, lw=1.5)
        before, after = np.append(-1, y[:-1]), np.append(y[1:], -1)
        for peak in np.flatnonzero((y > 0.2) & (y > before) & (y >= after)):
            top = y[peak] == highest[peak]
            axes.annotate(
                name,
                (x[peak], y[peak]),
                (0, 2) if top else (9, -4),
                textcoords="offset points",
                ha="center",
                color=line.get_color(),
            )
    axes.set(ylim=(0, 1.3), yticks=[0, 1])


def arrows(panels: dict[str, Array], moves: dict[str, Array] | None = None) -> None:
    """Two vectors of the plane in each panel, a and b, with the angle between them in degrees.

    A panel is shaped (2, 2), a row for each vector; `moves` start at the tips of those panels that
    they name.
    """
    moves = moves or {}
    ends = [np.zeros((1, 2)), *panels.values(), *(panels[name] + moves[name] for name in moves)]
    low, high = np.concatenate(ends).min(0), np.concatenate(ends).max(0)
    room = 0.14 * (high - low).max()
    columns = len(panels) if len(panels) < 4 else 2
    rows = -(-len(panels) // columns)
    wide, tall = high - low + 2 * room
    each = 4.6 / columns - 0.3  # inches across a panel
    with figure(columns, height=rows * (0.75 + each * tall / wide), rows=rows) as drawn:
        for axes, (title, pair) in zip(drawn, panels.items(), strict=False):
            left = np.sign(pair[1, 0] * pair[0, 1] - pair[1, 1] * pair[0, 0]) or 1  # a is, of b
            for name, tip, side, colour in zip("ab", pair, (left, -left), COLOURS, strict=False):
                look: dict[str, Any] = {"arrowstyle": "-|>", "color": colour, "linewidth": 2}
                axes.annotate("", tip, (0, 0), arrowprops=look | {"shrinkA": 0, "shrinkB": 0})
                away = tip + 0.8 * side * np.array([-tip[1], tip[0]])  # ahead, and outwards
                away = 10 * away / np.linalg.norm(away)
                axes.annotate(name, tip, away, textcoords="offset points", ha="center", va="center")
            for tip, move in zip(pair, moves.get(title, []), strict=False):
                if np.linalg.norm(move) > 1e-9:
                    look = {"arrowstyle": "->", "color": COLOURS[2], "linewidth": 2}
                    axes.annotate("", tip + move, tip, arrowprops=look | {"shrinkA": 0})
            start, end = np.sort(np.degrees(np.arctan2(pair[:, 1], pair[:, 0])))
            if end - start > 180:
                start, end = end, start + 360
            size = 0.9 * np.linalg.norm(pair, axis=1).min()
            arc = mpl.patches.Arc((0, 0), size, size, theta1=start, theta2=end, color="#808080")
            axes.add_patch(arc)
            axes.set_title(f"{title}\n{end - start:.4g}\N{DEGREE SIGN}")
            axes.set(xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room))
            axes.set_aspect("equal")
            axes.axhline(0, color="#808080", linewidth=0.8, linestyle="-")
            axes.axvline(0, color="#808080", linewidth=0.8, linestyle="-")


def plane(
    panels: dict[str, dict[str, Array]],
    *,
    circles: dict[str, Array] | None = None,
    moves: dict[str, dict[str, Array]] | None = None,
    reach: float = 2.0,
) -> None:
    """Points in planes side by side, each with its name; the first is in the middle.

    Every circle has a radius for each panel, around the first point; every panel may have moves,
    arrows that start at its points. `reach` is how far a panel shows from the middle.
    """
    with figure(len(panels), height=0.6 + 4.6 / len(panels)) as drawn:
        for number, (axes, (title, points)) in enumerate(zip(drawn, panels.items(), strict=True)):
            middle = np.asarray(next(iter(points.values())))
            turn = np.linspace(0, 2 * np.pi, 121)
            for dash, (name, radii) in zip((":", "--"), (circles or {}).items(), strict=False):
                rim = middle[:, None] + radii[number] * np.stack([np.cos(turn), np.sin(turn)])
                axes.plot(*rim, color="#808080", linestyle=dash, linewidth=1.5, label=name)
            for colour, (name, (x, y)) in zip(COLOURS, points.items(), strict=False):
                axes.plot(x, y, "o", color=colour)
                right, up = (moves or {}).get(title, {}).get(name, np.zeros(2))
                look: dict[str, Any] = {"arrowstyle": "->", "color": colour, "linewidth": 2}
                if right or up:
                    axes.annotate("", (x + right, y + up), (x, y), arrowprops=look)
                # The name stands beside the arrow.
                length = np.hypot(right, up)
                aside = (-11 * up / length, 11 * right / length) if length else (8, 8)
                look = {"textcoords": "offset points", "ha": "center", "va": "center"}
                axes.annotate(name, (x, y), aside, color=colour, **look)
            axes.set(title=title, aspect="equal", xticks=[], yticks=[])
            axes.set(xlim=middle[0] + reach * np.array([-1, 1]))
            axes.set(ylim=middle[1] + reach * np.array([-1, 1]))
            axes.spines[["top", "right"]].set_visible(True)
        legend(drawn)


def histograms(
    panels: dict[str, dict[str, Array]], xlabel: str, *, mark: float | None = None, bins: int = 40
) -> None:
    """How groups of numbers are spread: panels side by side over shared bins, a line at `mark`.

    Every group has the same area, however many numbers it has.
    """
    every = np.concatenate([x.ravel() for groups in panels.values() for x in groups.values()])
    edges = np.linspace(every.min(), every.max(), bins + 1)
    with figure(len(panels), height=2.6) as drawn:
        for axes, (title, groups) in zip(drawn, panels.items(), strict=True):
            for colour, dash, (name, x) in zip(COLOURS, DASHES, groups.items(), strict=False):
                share = np.histogram(x, edges)[0] / x.size
                axes.stairs(share, edges, fill=True, color=colour + "40")
                axes.stairs(share, edges, color=colour, linestyle=dash, lw=1.5, label=name)
            if mark is not None:
                axes.axvline(mark, color="#808080", linewidth=1, linestyle="-")
            axes.set(title=title, xlabel=xlabel, yticks=[])
        legend(drawn)


def glyphs(panels: dict[str, Array], names: list[str], *, loud: str | None = None) -> None:
    """Points of the plane, each drawn as its name, a letter or a digit; two panels to a row.

    Every panel has a scale of its own. The points named `loud` are black and large, and the
    others are then grey.
    """
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    with figure(columns, height=rows * (0.25 + 4.7 / columns), rows=rows) as drawn:
        for axes, (title, points) in zip(drawn, panels.items(), strict=False):
            low, high = points.min(0), points.max(0)
            places = (2 * points - low - high) / (high - low).max()  # from -1 to 1
            for number, name in enumerate(sorted(set(names))):
                colour = COLOURS[number % len(COLOURS)] if loud is None else "#808080"
                look: dict[str, Any] = {"markersize": 6, "color": colour, "markeredgewidth": 0.3}
                if name == loud:
                    look |= {"markersize": 8, "color": "#000000", "zorder": 3}
                across, up = places[np.array(names) == name].T
                axes.plot(across, up, marker=f"${name}$", linestyle="", **look)
            axes.set(title=title, aspect="equal", xticks=[], yticks=[])
            axes.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1))
            axes.spines[["top", "right"]].set_visible(True)
        for axes in drawn[len(panels) :]:
            axes.set_axis_off()


def strips(
    panels: dict[str, dict[str, dict[str, Array]]], xlabel: str, *, marks: dict[str, float]
) -> None:
    """Panels side by side with a line of dots for each row, on a logarithmic axis from 0.

    Every row has groups of numbers, such as values and gradients; 0 stands at the left end, and a
    vertical line at the mark of a panel.
    """
    rows = list(next(iter(panels.values())))
    with figure(len(panels), height=1.0 + 0.23 * len(rows)) as drawn:
        for axes, (title, dots) in zip(drawn, panels.items(), strict=True):
            every = np.concatenate([x for groups in dots.values() for x in groups.values()])
            least = 10 ** np.floor(np.log10(every[every > 0].min()))
            axes.set_xscale("symlog", linthresh=least)
            for place, groups in enumerate(dots.values()):
                for number, (name, x) in enumerate(groups.items()):
                    look: Any = {"marker": "o+x"[number], "ms": 4, "color": COLOURS[number]}
                    height = np.full(x.shape, place + 0.24 * (2 * number - len(groups) + 1))
                    axes.plot(x, height, linestyle="", label=name, **look)
            axes.axvline(marks[title], color="#808080", linewidth=1, linestyle="-")
            places = [0, 100 * least, marks[title]]
            axes.set_xticks(places, ["0", *(f"{x:.0e}" for x in places[1:])])
            axes.set_yticks(range(len(rows)), rows if axes is drawn[0] else [])
            axes.tick_params(axis="y", length=0)
            axes.set(title=title, xlabel=xlabel, ylim=(len(rows) - 0.5, -0.5))
        legend(drawn)
