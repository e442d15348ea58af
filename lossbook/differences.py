"""Where torch's answer is not followed: one table, with torch's answer and ours.

    differences.show("What torch cannot do")

shows the rows under a heading, and checks each of them as it does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

import numpy as np
import torch

from lossbook.classification import BCEWithLogitsLoss, CrossEntropyLoss, KLDivLoss, NLLLoss
from lossbook.compare import attempt, digits
from lossbook.embedding import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from lossbook.heads import AdaptiveLogSoftmaxWithLoss
from lossbook.loss import as_tuple
from lossbook.margin import (
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
)
from lossbook.regression import (
    GaussianNLLLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    PoissonNLLLoss,
    SmoothL1Loss,
)
from lossbook.sequence import CTCLoss

INF, NAN = np.inf, np.nan
UNDEFINED = None
"""Torch's answer depends on what its memory held, or on chance: it is not asked for."""


LOOK = "table-layout:fixed;width:100%;font-size:.85rem;overflow-wrap:anywhere"
HEADING = "font-size:1rem;padding-top:1.2rem"
"""Of the table, and of what its rows share: it fits on a phone."""


@dataclass(frozen=True)
class Answer:
    """What a call gives: numbers, or the sentence of its error; and all that it says, as text."""

    value: Any
    text: str


@dataclass(frozen=True, eq=False)
class Difference:
    """A call, what torch answers, and what lossbook does: other numbers, or a sentence."""

    why: str
    loss: type[Any]
    arguments: tuple[Any, ...]
    torchs: Any
    ours: Any
    settings: dict[str, Any] = field(default_factory=dict)
    dtype: type = np.float32
    grad: bool = False
    """Whether it is about the gradient of the first argument instead of the value."""
    positional: tuple[Any, ...] = ()

    @property
    def call(self) -> str:
        """The call as a reader would write it."""
        named = (f"{name}={written(value)}" for name, value in self.settings.items())
        settings = ", ".join([*map(written, self.positional), *named])
        return f"{self.loss.__name__}({settings})({', '.join(map(written, self.arguments))})"

    def arrays(self) -> list[Any]:
        """The arguments, with floats in the dtype of the row."""
        arrays = [np.asarray(argument) for argument in self.arguments]
        return [a.astype(self.dtype) if a.dtype.kind == "f" else a for a in arrays]

    def by_lossbook(self) -> Any:
        """Our value or gradient, or an error."""
        loss: Any = self.loss(*self.positional, **self.settings)
        answer = (loss.grad if self.grad else loss)(*self.arrays())
        return as_tuple(answer)[0]

    def by_torch(self) -> Any:
        """Torch's value or gradient, or an error."""
        settings = {
            name: torch.tensor(np.asarray(value, self.dtype)) if name == "weight" else value
            for name, value in self.settings.items()
        }
        judge = getattr(torch.nn, self.loss.__name__)(*self.positional, **settings)
        tensors = [torch.tensor(array) for array in self.arrays()]
        if not self.grad:
            return judge(*tensors).detach().numpy()
        tensors[0].requires_grad_()
        return torch.autograd.grad(judge(*tensors).sum(), tensors[0])[0].numpy()

    def checked(self) -> tuple[Answer, Answer]:
        """Torch's answer and ours, or AssertionError if one of them is not what the row says."""
        ours = answer(self.by_lossbook)
        holds(ours.value, self.ours)
        if self.torchs is UNDEFINED:
            return Answer(UNDEFINED, "no fixed answer, so it is not asked"), ours
        torchs = answer(self.by_torch)
        holds(torchs.value, self.torchs)
        numbers = not isinstance(ours.value, str) and not isinstance(torchs.value, str)
        if numbers and np.allclose(ours.value, torchs.value, equal_nan=True):
            raise AssertionError(f"no difference: {self.call}")
        return torchs, ours


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with torch's answers and ours: text in a terminal, a table in a notebook."""

    heading: str
    rows: list[tuple[Difference, Answer, Answer]]

    def groups(self) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """The lines of every row, by the reason that rows share."""
        for why, rows in groupby(self.rows, lambda row: row[0].why):
            yield (
                why,
                [
                    {
                        "gradient" if row.grad else "call": row.call + in_float16(row),
                        "torch": torchs.text,
                        "lossbook": ours.text,
                    }
                    for row, torchs, ours in rows
                ],
            )

    def __repr__(self) -> str:
        lines = []
        for why, rows in self.groups():
            lines += ["", why]
            lines += [f"    {name:9} {text}" for row in rows for name, text in row.items()]
        return "\n".join(lines[1:])

    def _repr_html_(self) -> str:
        bodies = []
        for why, rows in self.groups():
            lines = "".join(
                f'<tr><th scope="row">{name}</th><td><samp>{escape(text)}</samp></td></tr>'
                for row in rows
                for name, text in row.items()
            )
            heading = f'<th colspan="2" scope="rowgroup" style="{HEADING}">{escape(why)}</th>'
            bodies.append(f"<tbody><tr>{heading}</tr>{lines}</tbody>")
        return (
            f'<table class="table" style="{LOOK}" aria-label="{escape(self.heading)}">'
            f'<colgroup><col style="width:6rem"/><col/></colgroup>{"".join(bodies)}</table>'
        )


def show(heading: str) -> Table:
    """The differences under a heading, each of them checked."""
    return Table(heading, [(row, *row.checked()) for row in DIFFERENCES[heading]])


def answer(call: Callable[[], Any]) -> Answer:
    """What a call answers, with the first sentence of what it warns of."""
    value, warned = attempt(call)
    if isinstance(value, Exception):
        value, text = str(value), f"{type(value).__name__}: {value}"
    else:
        text = " ".join(digits(value).split()).replace("[ ", "[")
    said = "".join(f"{warning.split('. ')[0].rstrip('.')}; " for warning in warned)
    return Answer(value, said + text)


def holds(found: Any, expected: Any) -> None:
    """Raise AssertionError unless an answer has the expected words, or the expected numbers."""
    if isinstance(expected, str) or isinstance(found, str):
        if not (isinstance(expected, str) and expected in str(found)):
            raise AssertionError(f"expected {expected!r}, got {found!r}")
    else:
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def written(value: Any) -> str:
    """A value as it is written in a call; arrays are of one number throughout."""
    if isinstance(value, np.ndarray):
        shape = value.shape[0] if value.ndim == 1 else value.shape
        if value.any():
            return f"full({shape}, {value.flat[0]})"
        return f"zeros({shape})" if value.dtype.kind == "f" else f"zeros({shape}, int)"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, float) and abs(value) >= 1e6:
        return f"{value:g}".replace("e+", "e")
    return getattr(value, "__name__", None) or repr(value)


def in_float16(row: Difference) -> str:
    """What is said of a dtype that is not float32."""
    return "" if row.dtype is np.float32 else f" in {row.dtype.__name__}"


def all_pairs(x: Any, y: Any) -> Any:
    """Every distance of an x to a y, in torch and in NumPy."""
    return abs(x[:, None] - y[None]).sum(-1)


def overall(x: Any, y: Any) -> Any:
    """One number for all pairs, in torch and in NumPy."""
    return abs(x - y).sum()


ROWS, ROW = [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0]
EVEN = np.full((5, 1, 3), -1.0986)
VECTOR = [[1.0, 0.0]]

OVERFLOW = [
    Difference(
        "log(1 + exp(-target input)) overflows: the loss is infinite where it is 100",
        SoftMarginLoss, ([-100.0], [1.0]), INF, 100.0,
    ),
    Difference(
        "its gradient is then no number, which ends a training",
        SoftMarginLoss, ([-100.0], [1.0]), [NAN], [-1.0], grad=True,
    ),
    Difference(
        "the squared lengths are multiplied before the root: the same vector looks orthogonal",
        CosineEmbeddingLoss, ([[1e10, 0.0]], [[1e10, 0.0]], [1]), 1.0, 0.0,
    ),
    Difference(
        "float16 is also added up in float16: a mean of 6.9 is infinite",
        CrossEntropyLoss, (np.zeros((10_000, 1000)), np.zeros(10_000, int)),
        INF, np.float16(np.log(1000)), dtype=np.float16,
    ),
    Difference(
        "float16 is also computed in: the same vector of length 16 looks orthogonal",
        CosineEmbeddingLoss, ([[16.0, 0.0]], [[16.0, 0.0]], [1]), 1.0, 0.0, dtype=np.float16,
    ),
]  # fmt: skip

ZERO_TIMES_INFINITY = [
    Difference(
        "probability 0 of a class with logit -inf",
        CrossEntropyLoss, ([[1.0, -INF]], [[1.0, 0.0]]), NAN, 0.0,
    ),
    Difference(
        "weight 0 of a class with log-probability -inf",
        NLLLoss, ([[0.0, -INF]], [1]), NAN, 0.0, {"weight": [1.0, 0.0], "reduction": "sum"},
    ),
    Difference(
        "probability 0 where the input has it too",
        KLDivLoss, ([0.0, -INF], [1.0, 0.0]), NAN, 0.0, {"reduction": "sum"},
    ),
    Difference(
        "the same with log-probabilities",
        KLDivLoss, ([-0.7, -0.7], [0.0, -INF]), NAN, 0.7,
        {"reduction": "sum", "log_target": True},
    ),
    Difference(
        "no target counts, since their weights are 0: no gradient",
        CrossEntropyLoss, ([[1.0, 2.0]], [0]), [[NAN, NAN]], [[0.0, 0.0]],
        {"weight": [0.0, 1.0]}, grad=True,
    ),
    Difference(
        "the same with smoothing",
        CrossEntropyLoss,
        ([[1.0, 2.0]], [0]),
        [[NAN, NAN]],
        [[0.0, 0.0]],
        {"weight": [0.0, 1.0], "label_smoothing": 0.1},
        grad=True,
    ),
    Difference(
        "a class that is impossible at a step has no share in the alignments there",
        CTCLoss, ([[[-INF, 0.0, -INF]], [[-INF, -INF, 0.0]]], [[1, 2]], [2], [2]),
        [[[NAN, 0.0, NAN]], [[NAN, NAN, 0.0]]], np.zeros((2, 1, 3)), {"reduction": "sum"},
        grad=True,
    ),
]  # fmt: skip

HIDDEN = [
    Difference(
        "a score that is nan is passed over",
        MultiMarginLoss, ([[NAN, 0.0, 0.0]], [1]), 1 / 3, NAN,
    ),
    Difference(
        "an error that is nan has gradient 0, as if there were none",
        L1Loss, ([NAN], [0.0]), [0.0], [NAN], grad=True,
    ),
    Difference(
        "the mean of no samples is what the memory held",
        MultiMarginLoss, (np.zeros((0, 3)), np.zeros(0, int)), UNDEFINED, NAN,
    ),
    Difference(
        "the mean of no samples is what the memory held",
        MultiLabelMarginLoss, (np.zeros((0, 3)), np.zeros((0, 3), int)), UNDEFINED, NAN,
    ),
]  # fmt: skip

LABELS = [
    Difference(
        "label 0 costs log 2 whatever the score",
        SoftMarginLoss, ([2.0, -2.0], [1.0, 0.0]), 0.4100, "target[1] is 0, but labels are 1 or",
    ),
    Difference(
        "label 0 counts as 1 and as -1 at once",
        HingeEmbeddingLoss, ([0.3], [0]), 1.0, "target[0] is 0, but labels are 1 or -1",
    ),
    Difference(
        "label 0 costs nothing",
        CosineEmbeddingLoss, (VECTOR, [[1.0, 0.5]], [0]), 0.0, "target[0] is 0, but labels are",
    ),
    Difference(
        "label 0 costs the margin",
        MarginRankingLoss, ([1.0], [2.0], [0.0]), 0.5, "target[0] is 0, but labels are 1 or -1",
        {"margin": 0.5},
    ),
    Difference(
        "truth values are 1 and 0, not 1 and -1",
        SoftMarginLoss, ([2.0, -2.0], [True, False]), 0.4100, "target is bool, but labels are 1 or",
    ),
    Difference(
        "a label between -1 and 1 scales the score",
        SoftMarginLoss, ([2.0, -2.0], [0.5, -0.5]), 0.3133, "target[0] is 0.5, but labels are 1 or",
    ),
    Difference(
        "a target of 2 makes the loss negative without bound",
        BCEWithLogitsLoss, ([50.0], [2.0]), -50.0, "target[0] is 2, but a probability lies",
    ),
    Difference(
        "a label -1 makes the loss negative without bound",
        MultiLabelSoftMarginLoss, ([[-50.0]], [[-1.0]]), -50.0, "target[0, 0] is -1, but a prob",
    ),
    Difference(
        "a list of classes is read as labels",
        MultiLabelSoftMarginLoss, ([[0.1, 0.2, 0.4, 0.8]], [[0.0, 3.0, -1.0, -1.0]]),
        1.0567, "lists of classes? Then give 1 or 0 for each class",
    ),
    Difference(
        "a row of labels is read as a list of classes",
        MultiLabelMarginLoss, ([[0.1, 0.2, 0.4, 0.8]], [[1, 0, 0, 1]]),
        2.9, "target[0] lists class 0 twice: a multi-hot row?",
    ),
    Difference(
        "a list that was filled with 0 counts class 0 several times",
        MultiLabelMarginLoss, ([[0.1, 0.2, 0.4, 0.8]], [[0, 0, 0, 0]]),
        4.1, "filled with 0? Fill with -1",
    ),
    Difference(
        "probabilities that sum to 2",
        CrossEntropyLoss, ([[0.0, 0.0]], [[1.0, 1.0]]), 1.3863, "sums to 2 along axis 1",
    ),
    Difference(
        "percentages",
        CrossEntropyLoss, ([[0.0, 0.0]], [[30.0, 70.0]]), 69.3147, "are these counts?",
    ),
    Difference(
        "the softmax of one class is 1: nothing can be learned",
        CrossEntropyLoss, ([[3.0], [-1.0]], [0, 0]), 0.0, "has one class (axis 1)",
    ),
    Difference(
        "log-probabilities with log_target forgotten",
        KLDivLoss, ([-0.7], [-0.7]), NAN, "target[0] is -0.7, but a probability lies between",
        {"reduction": "sum"},
    ),
    Difference(
        "a target that is nan",
        BCEWithLogitsLoss, ([2.0], [NAN]), NAN, "target[0] is nan, but a probability lies between",
    ),
    Difference(
        "a negative count",
        PoissonNLLLoss, ([1.0], [-2.0]), 4.7183, "target[0] is -2, but a count is at least 0",
    ),
    Difference(
        "a negative rate",
        PoissonNLLLoss, ([-1.0], [3.0]), NAN, "input[0] is -1, but a rate is at least 0",
        {"log_input": False},
    ),
    Difference(
        "a label that is no class: torch reads the memory behind the row",
        CTCLoss, (EVEN, [[1, 3]], [5], [2]), UNDEFINED, "label 1 of target 0 is 3, but log_probs",
    ),
    Difference(
        "the blank inside a target: padding that was counted as labels",
        CTCLoss, (EVEN, [[1, 0]], [5], [2]), 0.9688, "label 1 of target 0 is 0, the blank",
    ),
    Difference(
        "labels that are no integers are cut off",
        CTCLoss, (EVEN, [[1.9, 2.0]], [5], [2]), 0.9688, "targets must hold integers, got float",
    ),
]  # fmt: skip

SHAPES = [
    *(
        Difference(
            "a column against a row is every pair", loss, (ROWS, ROW), torchs,
            "input (3, 1) and target (3,) must have one shape: they would broadcast to (3, 3)",
        )
        for loss, torchs in [
            (L1Loss, 0.8889), (MSELoss, 1.3333), (SmoothL1Loss, 0.5556),
            (HuberLoss, 0.5556), (PoissonNLLLoss, 6.0643),
        ]
    ),
    Difference(
        "a column against a row is every pair",
        KLDivLoss, ([[0.0], [-1.0]], [1.0, 1.0]), 2.0, "must have one shape",
        {"reduction": "sum"},
    ),
    Difference(
        "a column against a row is every pair",
        GaussianNLLLoss, (ROWS, ROW, [[1.0]] * 3), 0.6667,
        "input (3, 1) and target (3,) must have one shape",
    ),
    Difference(
        "a column against a row is every pair",
        MultiLabelSoftMarginLoss, ([[0.0]] * 3, [1.0, 0.0, 1.0]), 2.0794, "must have one shape",
    ),
    Difference(
        "a label for each column instead of each pair",
        HingeEmbeddingLoss, ([[1.0, 2.0], [3.0, 4.0]], [1, -1]), 1.0,
        "target has shape (2,), but input (2, 2) needs a label for each loss, (2, 2)",
    ),
    Difference(
        "columns of scores against a row of labels",
        MarginRankingLoss, (ROWS, [[2.0]] * 3, [[1.0, 1.0, -1.0]]), 0.3333,
        "target has shape (1, 3), but input1 (3, 1) needs a label for each loss, (3, 1)",
    ),
    Difference(
        "one vector against many",
        CosineEmbeddingLoss, ([[1.0, 1.0]] * 3, [[1.0, 1.0]], [1, 1, 1]), 0.0,
        "input1 (3, 2) and input2 (1, 2) must have one shape",
    ),
    Difference(
        "one positive for many anchors",
        TripletMarginLoss, ([[0.0, 0.0]] * 3, [[0.0, 0.0]], [[9.0, 9.0]] * 3), 0.0,
        "positive (1, 2) and negative (3, 2) must have one shape",
    ),
    Difference(
        "a distance that measures all pairs makes every negative everybody's",
        TripletMarginWithDistanceLoss, ([[0.0, 0.0], [5.0, 5.0]],) * 3, 1.0,
        "distance_function gave shape (2, 2) for two arrays (2, 2)",
        {"distance_function": all_pairs},
    ),
    Difference(
        "a distance that is one number for the whole batch",
        TripletMarginWithDistanceLoss, ([[0.0, 0.0], [5.0, 5.0]],) * 3, 1.0,
        "distance_function gave shape () for two arrays (2, 2)",
        {"distance_function": overall},
    ),
    Difference(
        "the mean over the samples of a single number is the sum",
        KLDivLoss, (-0.7, 1.0), 0.7, "reduction='batchmean' needs an axis of samples",
        {"reduction": "batchmean"},
    ),
]  # fmt: skip

SETTINGS = [
    Difference(
        "'sum' is taken for a true size_average, which means the mean",
        MSELoss, ([1.0, 2.0], [0.0, 0.0]), 2.5, "did you mean reduction='sum'?",
        positional=("sum",),
    ),
    Difference(
        "the deprecated arguments win over reduction",
        MSELoss, ([1.0, 2.0], [0.0, 0.0]), 2.5, "size_average and reduce are deprecated",
        {"size_average": True, "reduction": "sum"},
    ),
    Difference(
        "a negative smoothing counts as none",
        CrossEntropyLoss, ([[1.0, 2.0]], [0]), 1.3133, "label_smoothing must be a number from 0",
        {"label_smoothing": -0.5},
    ),
    Difference(
        "a negative weight rewards mistakes",
        CrossEntropyLoss, ([[1.0, 2.0]], [0]), -1.3133, "weight[0] is -1.0: a weight is 0 or more",
        {"weight": [-1.0, 1.0], "reduction": "sum"},
    ),
    Difference(
        "a setting that is nan",
        HingeEmbeddingLoss, ([0.3], [-1]), NAN, "margin must be a number, got nan",
        {"margin": NAN},
    ),
    Difference(
        "a margin that no cosine can exceed switches the pairs off that do not belong together",
        CosineEmbeddingLoss, (VECTOR, VECTOR, [-1]), 0.0, "margin must be from -1 to 1, got 2.0",
        {"margin": 2.0},
    ),
    Difference(
        "a tail without any unit can only guess; torch only warns that it has nothing to fill",
        AdaptiveLogSoftmaxWithLoss, ([[0.0, 0.0]], [9]), UNDEFINED,
        "leaves the tail of cluster 1 2 // 4.0**1 = 0 units",
        {"in_features": 2, "n_classes": 10, "cutoffs": [2]},
    ),
]  # fmt: skip

STRICT = [
    Difference(
        "integers as scores", L1Loss, ([1, 5], [1.0, 2.0]), 1.5, "input is int64, but must be",
    ),
    Difference(
        "truth values as numbers",
        MSELoss, ([1.0, 5.0], [True, False]), 12.5, "target is bool, but must be an array of float",
    ),
    Difference(
        "one number against many",
        MSELoss, ([1.0, 5.0], 2.0), 5.0, "must have one shape: they would broadcast to (2,)",
    ),
    Difference(
        "a variance for each column",
        GaussianNLLLoss, ([[1.0, 2.0]] * 3, [[0.0, 0.0]] * 3, [[1.0, 4.0]]), 0.8466,
        "var has shape (1, 2), but input (3, 2) needs a variance of its shape, (3, 1) or (3,)",
    ),
    Difference(
        "a list of one label for one sample",
        MultiMarginLoss, ([0.5, 0.2], [1]), 0.65, "labels need shape (). Squeeze axis 0",
    ),
    Difference(
        "lengths in a column",
        CTCLoss, (EVEN, [[1, 2]], [[5]], [2]), 0.9688, "needs a length for each sample, (1,)",
    ),
    Difference(
        "a single number as a row of scores",
        MultiMarginLoss, (0.5, 0), 0.0, "input must have an axis of classes",
    ),
    Difference(
        "a single number as a row of scores",
        MultiLabelMarginLoss, (0.5, 0), 0.0, "input must have shape (C,) or (N, C), got ()",
    ),
    Difference(
        "single numbers as embeddings",
        TripletMarginLoss, (0.5, 0.5, 2.0), 0.0, "anchor must be an embedding, got a single number",
    ),
    Difference(
        "no classes at all",
        CrossEntropyLoss, (np.zeros((2, 0)), np.zeros((2, 0))), NAN, "input (2, 0) has no classes",
    ),
]  # fmt: skip

ERRORS = [
    Difference(
        "a target in float64, or of integers, loses the gradient",
        HuberLoss, ([2.0], [0]), "Found dtype Long but expected Float", [1.0], grad=True,
    ),
    Difference(
        "there is no float16 on a CPU",
        CTCLoss, (EVEN, [[1, 2]], [5], [2]), "not implemented for 'Half'", 0.9688,
        dtype=np.float16,
    ),
    Difference(
        "what stands after the first -1 of a list is ignored, but must be a class or -1",
        MultiLabelMarginLoss, ([[0.1, 0.2, 0.4, 0.8]], [[0, 3, -1, 99]]),
        "'target' is out of range", 0.85,
    ),
]  # fmt: skip

DIFFERENCES = {
    "What overflows there does not here": OVERFLOW,
    "0 times infinity is 0: what counts for nothing may be anything": ZERO_TIMES_INFINITY,
    "nan is not hidden, and nothing is made up": HIDDEN,
    "Labels outside the convention are refused": LABELS,
    "Nothing broadcasts by accident": SHAPES,
    "Settings without a sense are refused": SETTINGS,
    "Refused, although torch's number may be meant": STRICT,
    "What torch cannot do": ERRORS,
}
"""All differences, under the headings that they come in."""
