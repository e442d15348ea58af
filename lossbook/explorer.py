"""Figures with a slider: curves computed here, moved in the browser by a few lines of script.

The picture at the starting position is drawn here, so it stands also where no script runs. One more
figure has a field to type in: the alignments of CTC and how they collapse.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import Array
from lossbook.component import Component
from lossbook.loss import Loss
from lossbook.plot import COLOURS, ticks

WIDTH, HEIGHT = 560, 320
LEFT, TOP, RIGHT, BOTTOM = 52, 34, 12, 46
DASHES = ("", "7 4", "2 4")


def explore(
    loss: type[Loss],
    setting: str,
    values: Sequence[float],
    x: Array,
    arguments: tuple[ArrayLike, ...],
    xlabel: str,
) -> None:
    """Show how a setting moves a loss and its slope, with a slider for the setting.

    Parameters
    ----------
    loss
        The class.
    setting, values
        The name of a setting, and the values that the slider stands on; the first is shown first.
    x, xlabel
        What the abscissa shows, shaped (n,), evenly spaced, and its name.
    arguments
        What the loss is called with: n samples, of which x is the first score, or the input itself.
    """
    curves = []
    for value in values:
        settings: dict[str, Any] = {setting: value, "reduction": "none"}
        each, slope = loss(**settings).value_and_grad(*arguments)
        curves.append((each, slope.reshape(len(x), -1)[:, 0]))
    loss_curves, slopes = (np.stack(ys) for ys in zip(*curves, strict=True))
    lows = [(ys.argmin(), ys.min()) for ys in loss_curves]
    show(
        f"explore-{loss.__name__}-{setting}",
        f"{loss.__name__} and its slope for several values of {setting}",
        x,
        {"loss": loss_curves, "slope": slopes},
        values,
        setting,
        [
            "The loss falls all the way to the right."
            if at == len(x) - 1
            else f"The loss is least, {low:.4f}, at {x[at]:.1f}."
            for at, low in lows
        ],
        xlabel,
        "loss and slope",
    )


def show(
    name: str,
    title: str,
    x: Array,
    curves: Mapping[str, ArrayLike],
    values: Sequence[float],
    label: str,
    says: Sequence[str],
    xlabel: str,
    ylabel: str,
    start: int = 0,
) -> None:
    """Show curves over evenly spaced x, and a slider that moves them.

    Parameters
    ----------
    name
        The id of the figure on its page.
    title
        What the figure shows, for those who do not see it.
    x
        The abscissa, shaped (n,), evenly spaced.
    curves
        For each label, the curve at every position of the slider, shaped (positions, n).
    values, label
        What the slider's positions stand for, and their name.
    says
        A sentence for each position: what to see there.
    xlabel, ylabel
        The names of the axes.
    start
        The position at first.
    """
    ys = {key: np.asarray(curve, np.float64) for key, curve in curves.items()}
    for key, y in ys.items():
        if y.shape != (len(values), len(x)):
            raise ValueError(
                f"curves[{key!r}] has shape {y.shape}, "
                f"must be (positions, points) = {len(values), len(x)}"
            )
        if not np.isfinite(y).all():
            raise ValueError(f"curves[{key!r}] is not finite: choose an x where the loss is")
    if len(says) != len(values):
        raise ValueError(f"{len(says)} sentences for {len(values)} positions")
    low = min(0.0, *(y.min() for y in ys.values()))
    high = max(y.max() for y in ys.values())
    # Pixels of a point: offset + scale * number.
    across = (WIDTH - LEFT - RIGHT) / (x[-1] - x[0])
    up = -(HEIGHT - TOP - BOTTOM) / (high - low)
    to_x = LEFT - across * x[0], across
    to_y = TOP - up * high, up
    data = {
        "label": label,
        "values": [_short(value) for value in values],
        "start": start,
        "says": list(says),
        "curves": [[[_short(v) for v in row] for row in y] for y in ys.values()],
        "x": [LEFT, round(float(across * (x[1] - x[0])), 4)],
        "y": [round(float(v), 4) for v in to_y],
    }
    plot = "".join(
        [*_grid(x, low, high, to_x, to_y, xlabel, ylabel), *_paths(x, ys, start, to_x, to_y)]
    )
    picture = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{escape(name)}-title {escape(name)}-desc">'
        f'<title id="{escape(name)}-title">{escape(title)}</title>'
        f'<desc id="{escape(name)}-desc">{escape(says[start])}</desc>{plot}</svg>'
    )
    text = f"{title}. {says[start]}"
    Component("loss-explorer", picture, data, text, name).show()


def collapsed(alignment: str, blank: str = "-") -> tuple[str, str]:
    """An alignment of CTC with its repeats merged, and then with its blanks dropped.

    Examples
    --------
    >>> collapsed("hh-el-lo")
    ('h-el-lo', 'hello')
    >>> collapsed("hheello")
    ('helo', 'helo')
    """
    merged = "".join(letter for letter, _ in groupby(alignment))
    return merged, merged.replace(blank, "")


def collapse(
    name: str,
    title: str,
    alignments: Sequence[str],
    says: Sequence[str] | None = None,
    blank: str = "-",
    start: int = 0,
) -> None:
    """Show how an alignment of CTC collapses, with a field to type one and a slider over some.

    Parameters
    ----------
    name
        The id of the figure on its page.
    title
        What the figure shows, for those who do not see it.
    alignments
        What the slider stands on: one letter for each step, up to twelve.
    says
        A sentence for each alignment: what to see there.
    blank
        The letter that is the blank.
    start
        The position at first.
    """
    says = [""] * len(alignments) if says is None else says
    if len(says) != len(alignments):
        raise ValueError(f"{len(says)} sentences for {len(alignments)} alignments")
    shown = alignments[start]
    # A letter that is gone leaves its place.
    merged = [c if c != before else "" for c, before in zip(shown, [None, *shown], strict=False)]
    kept = [c if c != blank else "" for c in merged]
    rows = "".join(
        f'<tr><th scope="row">{head}</th>'
        + "".join(f"<td><span>{escape(letter)}</span></td>" for letter in letters)
        + "</tr>"
        for head, letters in (
            ("alignment", shown),
            ("repeats merged", merged),
            ("blanks dropped", kept),
        )
    )
    after = [text or "nothing left" for text in collapsed(shown, blank)]
    told = f"Repeats merged: {after[0]}. Blanks dropped: {after[1]}. {says[start]}".rstrip()
    data = {"blank": blank, "alignments": [*alignments], "says": [*says], "start": start}
    table = (
        f'<div role="region" tabindex="0" aria-label="{escape(title)}"><table>{rows}</table></div>'
        f"<output>{escape(told)}</output>"
    )
    Component("loss-collapse", table, data, f"{title}. {told}", name).show()


def _short(value: float) -> float:
    """A number to four digits."""
    return float(f"{value:.4g}")


def _grid(
    x: Array,
    low: float,
    high: float,
    to_x: tuple[float, float],
    to_y: tuple[float, float],
    xlabel: str,
    ylabel: str,
) -> list[str]:
    """The axes: lines, numbers and names."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = ['<g stroke="currentColor" stroke-opacity=".2" fill="currentColor">']
    for v in ticks(x[0], x[-1]):
        at = to_x[0] + to_x[1] * v
        parts.append(
            f'<path d="M{at:.1f} {TOP}V{bottom}"/><text x="{at:.1f}" y="{bottom + 18}" '
            f'text-anchor="middle" stroke="none">{_number(v)}</text>'
        )
    for v in ticks(low, high):
        at = to_y[0] + to_y[1] * v
        parts.append(
            f'<path d="M{LEFT} {at:.1f}H{right}"/><text x="{LEFT - 8}" y="{at + 4:.1f}" '
            f'text-anchor="end" stroke="none">{_number(v)}</text>'
        )
    middle = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(
        f'<text x="{middle[0]}" y="{HEIGHT - 8}" text-anchor="middle" stroke="none">'
        f'{escape(xlabel)}</text><text transform="translate(14 {middle[1]}) rotate(-90)" '
        f'text-anchor="middle" stroke="none">{escape(ylabel)}</text></g>'
    )
    return parts


def _number(value: float) -> str:
    """A tick's number, with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _paths(
    x: Array,
    ys: Mapping[str, Array],
    start: int,
    to_x: tuple[float, float],
    to_y: tuple[float, float],
) -> list[str]:
    """The curves at the starting position, and a legend above them."""
    parts = []
    for i, (key, y) in enumerate(ys.items()):
        points = (
            f"{to_x[0] + to_x[1] * a:.1f} {to_y[0] + to_y[1] * b:.1f}"
            for a, b in zip(x, y[start], strict=True)
        )
        look = (
            f'stroke="{COLOURS[i]}" stroke-width="2.5" stroke-dasharray="{DASHES[i]}" fill="none"'
        )
        begin = LEFT + i * (WIDTH - LEFT) // len(ys)
        parts.append(
            f'<path data-curve="{i}" d="M{"L".join(points)}" {look}/>'
            f'<path d="M{begin} 14h28" {look}/>'
            f'<text x="{begin + 36}" y="18" fill="currentColor">{escape(key)}</text>'
        )
    return parts
