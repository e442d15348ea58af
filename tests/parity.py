"""How far the losses are from torch: every loss with every setting of the table of cases.

    make parity

writes `_build/parity.json`: for each loss, setting and dtype the largest difference of a value and
of a gradient, relative to the largest number in it. float64 is compared with torch's float64;
float32 too, on the same numbers, so that its row says how exact float32 is.
"""

import json
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cases import SMOOTH, SPECIAL
from properties import cast, reductions, with_dtype

from lossbook import Loss
from lossbook.compare import by_torch, learned, results

BOUNDS = {"float64": 1e-9, "float32": 2e-5}
"""How large a relative difference may be."""


def difference(ours: Any, truth: Any) -> float:
    """The largest difference, over the largest number; infinite if nan or inf are elsewhere."""
    ours, truth = np.asarray(ours, np.float64), np.asarray(truth, np.float64)
    finite = np.isfinite(truth) & np.isfinite(ours)
    if not np.array_equal(ours[~finite], truth[~finite], equal_nan=True):
        return float("inf")
    largest = np.abs(truth[finite]).max(initial=0)
    apart = np.abs(ours[finite] - truth[finite]).max(initial=0)
    return float(apart / largest if largest else apart)


def differences(loss: Loss, arguments: Any, dtype: Any) -> tuple[float, float]:
    """The largest difference of the values, and of the gradients."""
    given = cast(arguments, dtype)
    ours = with_dtype(loss, dtype)
    truth = with_dtype(loss, np.float64)
    if hasattr(loss, "dtype"):
        truth.load_state_dict(ours.state_dict())
    pairs = zip(results(ours, *given), by_torch(truth, *cast(given)), strict=True)
    found = [difference(*pair) for pair in pairs]
    count = len(learned(loss))
    return max(found[:-count]), max(found[-count:])


def settings(loss: Loss) -> str:
    """The settings of a loss, as its representation shows them."""
    return repr(loss).removeprefix(f"{type(loss).__name__}(").removesuffix(")")


def table() -> list[dict[str, Any]]:
    """A row for each loss, settings and dtype, over all its cases."""
    rows: defaultdict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for loss, *arguments in SMOOTH + SPECIAL:
        for reduced in reductions(loss):
            for dtype in (np.float64, np.float32):
                key = type(loss).__name__, settings(reduced), np.dtype(dtype).name
                rows[key].append(differences(reduced, arguments, dtype))
    return [
        {
            "loss": name,
            "settings": setting,
            "dtype": dtype,
            "calls": len(found),
            "value": max(value for value, _ in found),
            "gradient": max(gradient for _, gradient in found),
        }
        for (name, setting, dtype), found in sorted(rows.items())
    ]


def main() -> None:
    """Write the table."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        rows = table()
    path = Path(__file__).parent.parent / "_build" / "parity.json"
    path.parent.mkdir(exist_ok=True)
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    path.write_text(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")
    for dtype in BOUNDS:
        largest = {
            part: max(row[part] for row in rows if row["dtype"] == dtype)
            for part in ("value", "gradient")
        }
        print(f"{dtype}: {len(rows) // 2} settings, largest difference of a ", end="")
        print(", of a ".join(f"{part} {size:.1e}" for part, size in largest.items()))
    print(path)


if __name__ == "__main__":
    main()
