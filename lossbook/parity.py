"""How far the losses are from torch: every loss with every setting of the table of cases.

    python -m lossbook.parity

prints for each loss, setting and dtype the largest difference of a value and of a gradient,
relative to the largest number in it. float64 is compared with torch's float64; float32 too, on the
same numbers, so that its row says how exact float32 is. Given a path, it writes the table as JSON.
"""

import json
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, DTypeLike

from lossbook.arrays import Array
from lossbook.cases import SMOOTH, SPECIAL
from lossbook.compare import by_torch, learned, results
from lossbook.loss import Loss

BOUNDS = {"float64": 1e-13, "float32": 2e-5}
"""How large a relative difference may be."""
LOOK = "table-layout:fixed;width:100%;font-size:.78rem;white-space:nowrap"
SETTING = "font-weight:400;white-space:normal;overflow-wrap:anywhere"
HEADING = "font-size:.9rem;padding-top:1.2rem"
"""Of the summary, of settings and of the names of losses in it: it fits on a phone."""


@dataclass(frozen=True)
class Row:
    """The largest differences of a loss over all its cases with one setting, in one dtype."""

    loss: str
    setting: str
    reduction: str
    dtype: str
    calls: int
    value: float
    gradient: float

    @property
    def largest(self) -> float:
        """The larger of the two."""
        return max(self.value, self.gradient)


@dataclass(frozen=True, eq=False)
class Summary:
    """What value and gradient of each setting differ by: text in a terminal, a table in a notebook.

    It is made of bounds, so that it is the same on another machine, and raises AssertionError
    unless they are ten times what was measured.
    """

    rows: list[Row]

    def lines(self) -> dict[str, list[list[str]]]:
        """For every loss its settings, each with the number of calls and a bound for each dtype."""
        found: dict[str, list[list[str]]] = {}
        for (loss, setting), rows in groupby(self.rows, lambda row: (row.loss, row.setting)):
            bounds = {}
            for row in (mine := list(rows)):
                bounds[row.dtype] = f"< {BOUNDS[row.dtype]:.0e}"
                if not 10 * row.largest < BOUNDS[row.dtype]:
                    raise AssertionError(f"{10 * row.largest} is not {bounds[row.dtype]}: {row}")
            calls = sum(row.calls for row in mine) // len(BOUNDS)
            line = [setting or "defaults", str(calls), *(bounds[dtype] for dtype in BOUNDS)]
            found.setdefault(loss, []).append(line)
        return found

    def __repr__(self) -> str:
        lines = [f"{'calls':>9}" + "".join(f"{dtype:>9}" for dtype in BOUNDS)]
        for loss, settings in self.lines().items():
            lines.append(loss)
            lines += ["".join(f"{n:>9}" for n in rest) + f"  {text}" for text, *rest in settings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        bodies = []
        for loss, settings in self.lines().items():
            lines = "".join(
                f'<tr><th scope="row" style="{SETTING}">{escape(text)}</th>'
                + "".join(f"<td>{escape(number)}</td>" for number in numbers)
                + "</tr>"
                for text, *numbers in settings
            )
            heading = f'<th colspan="4" scope="rowgroup" style="{HEADING}">{loss}</th>'
            bodies.append(f"<tbody><tr>{heading}</tr>{lines}</tbody>")
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("setting", "calls", *BOUNDS))
        columns = "<col/>" + "".join(f'<col style="width:{w}rem"/>' for w in (3, 4, 4))
        return (
            f'<table class="table" style="{LOOK}" aria-label="Differences from torch">'
            f"<colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>{''.join(bodies)}</table>"
        )


def table() -> list[Row]:
    """A row for each loss, setting, reduction and dtype, over all its cases."""
    found: defaultdict[tuple[str, str, str, str], list[tuple[float, float]]] = defaultdict(list)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # there are infinities and empty means among the cases
        for loss, *arguments in SMOOTH + SPECIAL:
            for reduced in reductions(loss):
                key = type(loss).__name__, setting(loss), getattr(reduced, "reduction", "")
                for dtype in BOUNDS:
                    found[*key, dtype].append(differences(reduced, arguments, dtype))
    return [
        Row(*key, len(pairs), max(value for value, _ in pairs), max(slope for _, slope in pairs))
        for key, pairs in sorted(found.items())
    ]


def differences(
    loss: Loss, arguments: Iterable[ArrayLike], dtype: DTypeLike
) -> tuple[float, float]:
    """The largest difference of the values, and of the gradients."""
    given = cast(arguments, dtype)
    ours, truth = with_dtype(loss, dtype), with_dtype(loss, np.float64)
    if hasattr(loss, "dtype"):
        truth.load_state_dict(ours.state_dict())
    pairs = zip(results(ours, *given), by_torch(truth, *cast(given)), strict=True)
    found = [difference(*pair) for pair in pairs]
    count = len(learned(loss))
    return max(found[:-count]), max(found[-count:])


def difference(ours: ArrayLike, truth: ArrayLike) -> float:
    """The largest difference, over the largest number; infinite if nan or inf are elsewhere."""
    ours, truth = np.asarray(ours, np.float64), np.asarray(truth, np.float64)
    finite = np.isfinite(truth) & np.isfinite(ours)
    if not np.array_equal(ours[~finite], truth[~finite], equal_nan=True):
        return float("inf")
    largest = np.abs(truth[finite]).max(initial=0)
    apart = np.abs(ours[finite] - truth[finite]).max(initial=0)
    return float(apart / largest if largest else apart)


def cast(arguments: Iterable[ArrayLike], dtype: DTypeLike = np.float64) -> list[Array]:
    """The arguments as arrays, floats in a dtype."""
    arrays = map(np.asarray, arguments)
    return [a.astype(dtype) if a.dtype.kind == "f" else a.copy() for a in arrays]


def reductions(loss: Loss) -> list[Loss]:
    """The loss with each of its reductions."""
    if "reduction" not in {f.name for f in fields(loss)}:
        return [loss]
    return [replace(loss, reduction=reduction) for reduction in loss.reductions]


def with_dtype(loss: Any, dtype: DTypeLike) -> Any:
    """The loss with parameters, if it owns some, in a dtype."""
    return replace(loss, dtype=dtype) if hasattr(loss, "dtype") else loss


def setting(loss: Loss) -> str:
    """The settings of a loss as its representation shows them, weights of many numbers by shape."""
    large = {
        field.name: np.shape(value)
        for field in fields(loss)
        if np.size(value := getattr(loss, field.name)) > 4
    }
    small: Any = dict.fromkeys(large)
    shown = repr(replace(loss, **small)).removeprefix(f"{type(loss).__name__}(").removesuffix(")")
    return ", ".join(filter(None, [shown, *(f"{name} {shape}" for name, shape in large.items())]))


def main(path: str = "") -> None:
    """Print the table, and write it if a path is given."""
    rows = table()
    for row in rows:
        what = f"{row.loss}({', '.join(filter(None, [row.setting, row.reduction]))})"
        print(f"{row.dtype} {row.calls:3} {row.value:8.1e} {row.gradient:8.1e}  {what}")
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    for dtype in BOUNDS:
        largest = max((row for row in rows if row.dtype == dtype), key=lambda row: row.largest)
        print(f"{dtype}: the largest difference is {largest.largest:.1e}, of {largest.loss}")
    print(f"{len(rows) // 2} settings, with {versions}")
    if path:
        Path(path).parent.mkdir(exist_ok=True)
        document = {"versions": versions, "rows": [asdict(row) for row in rows]}
        Path(path).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
