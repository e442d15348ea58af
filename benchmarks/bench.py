"""How fast the losses are: their time over torch's, measured in one run on one thread.

    make bench

Each loss and its torch twin take turns, so that a change of the machine's speed meets both. A
ratio below 1 means that lossbook is faster. Memory is the most that NumPy held beyond the
arguments, over the bytes of those that a gradient is for. The exponent says how the time of a value
grows from 10^4 to 10^7 numbers: 1 is in proportion to them. Means are over the 23 losses, without
the options that stand indented below them. The table, and the machine that it is from, are written
to `benchmarks/results.txt`, which the book shows: run it on a quiet machine.

`make bench ONLY=MSE` runs the losses that begin so, and writes nothing.
"""

import os
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from math import log
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

import lossbook
from lossbook import Loss
from lossbook.compare import learned, twin

ROUNDS = 15
SECONDS = 2.0
"""The most rounds of a measurement, and about how long it may take (but three rounds at least)."""

rng = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    """Numbers as scores, or as anything."""
    return rng.normal(size=shape).astype(np.float32)


def uniform(*shape: int) -> Any:
    """Numbers between 0 and 1."""
    return rng.uniform(0.01, 0.99, shape).astype(np.float32)


def signs(*shape: int) -> Any:
    """Labels 1 and -1."""
    return rng.choice(np.float32([-1, 1]), shape)


def classes(n: int, c: int) -> Any:
    """A label for each of n rows."""
    return rng.integers(c, size=n)


def lists(n: int, c: int) -> Any:
    """Three classes for each of n rows."""
    target = np.full((n, c), -1)
    target[:, :3] = np.argsort(rng.random((n, c)), 1)[:, :3]
    return target


def speech(n: int, c: int, steps: int, labels: int) -> tuple[Any, ...]:
    """Log-probabilities, targets and lengths."""
    scores = normal(steps, n, c)
    scores -= np.log(np.exp(scores).sum(-1, keepdims=True))
    targets = rng.integers(1, c, (n, labels))
    return scores, targets, np.full(n, steps), np.full(n, labels)


def speech_of(n: int, c: int) -> tuple[Any, ...]:
    """Long sequences, but for a small call."""
    return speech(n, c, 5, 2) if c == 10 else speech(n, c, 200, 30)


def image(n: int, c: int) -> tuple[Any, ...]:
    """The scores and labels of the pixels of an image."""
    side = max(1, int(n**0.5))
    return normal(1, c, side, side), rng.integers(c, size=(1, side, side))


def dirichlet(n: int, c: int) -> Any:
    """Probabilities of c classes for each of n rows."""
    return rng.dirichlet(np.ones(c), n).astype(np.float32)


FLAT, SCORES, MARGIN, VECTORS = (1_000_000, 1), (4096, 1000), (3906, 256), (7812, 128)
SPEECH, LAYER, WORDS = (16, 64), (4096, 256), (2048, 256)


@dataclass(frozen=True)
class Case:
    """A row of the table: what makes the loss and, for n rows of c numbers, its arguments."""

    make: Callable[[int, int], tuple[Any, ...]]
    large: tuple[int, int]
    settings: Callable[[int], dict[str, Any]] = lambda c: {}
    small: tuple[int, int] = (10, 10)

    @property
    def width(self) -> int:
        """How many numbers of the input belong to a row."""
        return 200 * self.large[1] if self.large == SPEECH else self.large[1]


def two(n: int, c: int) -> tuple[Any, ...]:
    """Two arrays of numbers."""
    return normal(n * c), normal(n * c)


def labelled(n: int, c: int) -> tuple[Any, ...]:
    """Scores and labels."""
    return normal(n, c), classes(n, c)


CASES = {
    "L1Loss": Case(two, FLAT),
    "MSELoss": Case(two, FLAT),
    "SmoothL1Loss": Case(two, FLAT),
    "HuberLoss": Case(two, FLAT),
    "PoissonNLLLoss": Case(lambda n, c: (normal(n * c), uniform(n * c)), FLAT),
    "  full": Case(lambda n, c: (normal(n * c), uniform(n * c)), FLAT, lambda c: {"full": True}),
    "GaussianNLLLoss": Case(lambda n, c: (*two(n, c), uniform(n * c)), FLAT),
    "NLLLoss": Case(labelled, SCORES),
    "CrossEntropyLoss": Case(labelled, SCORES),
    "  weight": Case(labelled, SCORES, lambda c: {"weight": np.linspace(1, 2, c)}),
    "  label_smoothing": Case(labelled, SCORES, lambda c: {"label_smoothing": 0.1}),
    "  probabilities": Case(lambda n, c: (normal(n, c), dirichlet(n, c)), SCORES),
    "  image": Case(image, (512 * 512, 21)),
    "BCELoss": Case(lambda n, c: (uniform(n * c), uniform(n * c)), FLAT),
    "BCEWithLogitsLoss": Case(lambda n, c: (normal(n * c), uniform(n * c)), FLAT),
    "  pos_weight": Case(
        lambda n, c: (normal(n, c), uniform(n, c)),
        MARGIN,
        lambda c: {"pos_weight": np.linspace(1, 2, c)},
    ),
    "KLDivLoss": Case(
        lambda n, c: (np.log(uniform(n * c)), uniform(n * c)), FLAT, lambda c: {"reduction": "sum"}
    ),
    "MultiMarginLoss": Case(labelled, MARGIN),
    "MultiLabelMarginLoss": Case(lambda n, c: (normal(n, c), lists(n, c)), MARGIN),
    "SoftMarginLoss": Case(lambda n, c: (normal(n * c), signs(n * c)), FLAT),
    "MultiLabelSoftMarginLoss": Case(lambda n, c: (normal(n, c), uniform(n, c)), MARGIN),
    "MarginRankingLoss": Case(lambda n, c: (*two(n, c), signs(n * c)), FLAT),
    "HingeEmbeddingLoss": Case(lambda n, c: (uniform(n * c), signs(n * c)), FLAT),
    "CosineEmbeddingLoss": Case(
        lambda n, c: (normal(n, c), normal(n, c), signs(n)), VECTORS
    ),
    "TripletMarginLoss": Case(lambda n, c: tuple(normal(3, n, c)), VECTORS),
    "  swap": Case(lambda n, c: tuple(normal(3, n, c)), VECTORS, lambda c: {"swap": True}),
    "TripletMarginWithDistanceLoss": Case(lambda n, c: tuple(normal(3, n, c)), VECTORS),
    "CTCLoss": Case(speech_of, SPEECH, small=(2, 10)),
    "LinearCrossEntropyLoss": Case(
        lambda n, c: (normal(n, c), classes(n, 4 * c)),
        LAYER,
        lambda c: {"in_features": c, "num_classes": 4 * c},
    ),
    "AdaptiveLogSoftmaxWithLoss": Case(
        lambda n, c: (normal(n, c), (40 * c * rng.random(n) ** 3).astype(int)),
        WORDS,
        lambda c: {
            "in_features": c, "n_classes": 40 * c, "cutoffs": (4 * c, 16 * c), "div_value": 2.0
        },
    ),
}  # fmt: skip
"""Indented rows are options of the loss above them."""


def seconds(call: Callable[[], object], repeat: int) -> float:
    """The time of a call, on average over a few."""
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


def ratio(ours: Callable[[], object], torchs: Callable[[], object], repeat: int) -> float:
    """The median, over rounds, of our time over torch's."""
    ours(), torchs()
    start, found = time.perf_counter(), []
    while len(found) < 3 or (len(found) < ROUNDS and time.perf_counter() - start < SECONDS):
        found.append(seconds(ours, repeat) / seconds(torchs, repeat))
    return median(found)


def memory(call: Callable[[], object], size: int) -> float:
    """The most that a call holds, over the bytes of its input."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / size


def measure(loss: Loss, arguments: tuple[Any, ...], repeat: int) -> tuple[float, float]:
    """The ratios of a value, and of a value with its gradient."""
    tensors = [torch.from_numpy(argument) for argument in arguments]
    judge = twin(loss, np.float32)
    learning = [loss.takes.index(name) for name in loss.learns]
    own = list(judge.parameters())

    def value() -> Any:
        with torch.no_grad():
            return judge(*tensors)

    def value_and_grad() -> Any:
        given = [t.detach().requires_grad_() if i in learning else t for i, t in enumerate(tensors)]
        result = judge(*given)
        total = result.loss if isinstance(result, tuple) else result
        leaves = [given[i] for i in learning] + own
        return result, torch.autograd.grad(total, leaves, allow_unused=True)

    return (
        ratio(lambda: loss(*arguments), value, repeat),
        ratio(lambda: loss.value_and_grad(*arguments), value_and_grad, repeat),
    )


def exponent(loss: Loss, case: Case) -> float:
    """How the time of a value grows with the numbers of the input."""
    times = []
    for numbers in (10**4, 10**7):
        arguments = case.make(max(1, numbers // case.width), case.large[1])
        size = arguments[0].size
        call = partial(loss, *arguments)
        call()
        times.append((size, min(seconds(call, 1) for _ in range(3 if numbers > 10**5 else 20))))
    (few, short), (many, long) = times
    return log(long / short) / log(many / few)


def processor() -> str:
    """The name of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def machine() -> Iterator[str]:
    """What the times depend on, in lines."""
    libraries = {
        f"{library['internal_api']} {library['version']}"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    }
    yield f"date        {date.today()}"
    yield f"processor   {processor()}"
    yield f"cores       {os.cpu_count()}, one thread used"
    yield f"system      {platform.system()}, {platform.machine()}"
    yield f"Python      {platform.python_version()}"
    yield f"NumPy       {np.__version__}, {', '.join(sorted(libraries))}"
    yield f"torch       {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"
    sizes = [case.large[0] * case.width for case in CASES.values()]
    yield "small       100 numbers in float32"
    yield f"large       {min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.1f} million numbers in float32"
    yield ""


def table(only: str) -> Iterator[str]:
    """The lines of the table, each as soon as it was measured."""
    heads = ["value", "+ grad", "value", "+ grad", "value", "+ grad"]
    yield f"{'':29}{'time small':>14}{'time large':>14}{'memory large':>14} exponent"
    yield f"{'':29}" + "".join(f"{head:>7}" for head in heads)
    rows, kind = [], ""
    for name, case in CASES.items():
        option = name.startswith(" ")
        kind = kind if option else name
        if not kind.startswith(only):
            continue
        small, large = (
            getattr(lossbook, kind)(**case.settings(c)) for c in (case.small[1], case.large[1])
        )
        of_large = case.make(*case.large)
        named = dict(zip(large.takes, of_large, strict=True)) | getattr(large, "parameters", {})
        bytes_that_learn = sum(named[name].nbytes for name in learned(large))
        row = [
            *measure(small, case.make(*case.small), 100),
            *measure(large, of_large, 1),
            *(memory(partial(call, *of_large), bytes_that_learn) for call in (large, large.grad)),
            exponent(large, case),
        ]
        if not option:
            rows.append(row)
        yield f"{name:29}" + "".join(f"{x:7.2f}" for x in row[:6]) + f"{row[6]:9.2f}"
    columns = list(zip(*rows, strict=True))[:4]
    for title, summary in (("geometric mean", geometric_mean), ("largest", max)):
        yield f"{title:29}" + "".join(f"{summary(column):7.2f}" for column in columns)


def main(only: str = "") -> None:
    """Print the machine and the table, and write them if the table is whole."""
    torch.set_num_threads(1)
    threadpool_limits(1)
    lines = []
    for line in chain(machine(), table(only)):
        print(line, flush=True)
        lines.append(line)
    if not only:
        text = "\n".join([*lines, ""])
        Path(__file__).with_name("results.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
