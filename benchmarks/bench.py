"""How fast the losses are: their time over torch's, measured in one run on one thread.

    make bench

Each loss and its torch twin take turns, so that a change of the machine's speed meets both. A
ratio below 1 means that lossbook is faster. Memory is the most that NumPy held beyond the
arguments, over the bytes of the input.
"""

import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from statistics import geometric_mean, median
from typing import Any

import numpy as np
import torch

from lossbook import CrossEntropyLoss, Loss, NLLLoss
from lossbook.compare import twin

ROUNDS = 15

rng = np.random.default_rng(0)


def classes(n: int, c: int) -> tuple[Any, Any]:
    """Scores and labels."""
    return rng.normal(size=(n, c)).astype(np.float32), rng.integers(c, size=n)


def probabilities(n: int, c: int) -> tuple[Any, Any]:
    """Scores and the probabilities they should have."""
    return (
        rng.normal(size=(n, c)).astype(np.float32),
        rng.dirichlet(np.ones(c), n).astype(np.float32),
    )


def image(n: int, c: int) -> tuple[Any, Any]:
    """The scores and labels of the pixels of an image."""
    side = max(1, int(n**0.5))
    scores = rng.normal(size=(1, c, side, side)).astype(np.float32)
    return scores, rng.integers(c, size=(1, side, side))


Make = Callable[[int, int], tuple[Any, Any]]
CASES: dict[str, tuple[Callable[[int], Loss], Make, tuple[int, int]]] = {
    "NLLLoss": (lambda c: NLLLoss(), classes, (4096, 1000)),
    "CrossEntropyLoss": (lambda c: CrossEntropyLoss(), classes, (4096, 1000)),
    "  weight": (lambda c: CrossEntropyLoss(weight=np.linspace(1, 2, c)), classes, (4096, 1000)),
    "  label_smoothing": (lambda c: CrossEntropyLoss(label_smoothing=0.1), classes, (4096, 1000)),
    "  probabilities": (lambda c: CrossEntropyLoss(), probabilities, (4096, 1000)),
    "  image": (lambda c: CrossEntropyLoss(), image, (512 * 512, 21)),
}
"""For each row the loss for c classes, what makes its arguments, and the large size (n, c)."""
SMALL = 10, 10


def seconds(call: Callable[[], object], repeat: int) -> float:
    """The time of a call, on average over a few."""
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


def ratio(ours: Callable[[], object], torchs: Callable[[], object], repeat: int) -> float:
    """The median, over rounds, of our time over torch's."""
    ours(), torchs()
    return median(seconds(ours, repeat) / seconds(torchs, repeat) for _ in range(ROUNDS))


def memory(call: Callable[[], object], size: int) -> float:
    """The most that a call holds, over the bytes of its input."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / size


def measure(loss: Loss, arguments: tuple[Any, Any], repeat: int) -> tuple[float, float]:
    """The ratios of a value, and of a value with its gradient."""
    input, target = map(torch.from_numpy, arguments)
    judge = twin(loss, np.float32)

    def value() -> Any:
        with torch.no_grad():
            return judge(input, target)

    def value_and_grad() -> Any:
        leaf = input.detach().requires_grad_()
        result = judge(leaf, target)
        return result, torch.autograd.grad(result, leaf)

    return (
        ratio(lambda: loss(*arguments), value, repeat),
        ratio(lambda: loss.value_and_grad(*arguments), value_and_grad, repeat),
    )


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print(f"{'time over torch':24}{'small':>8}{'+ grad':>8}{'large':>8}{'+ grad':>8}", end="")
    print(f"{'memory':>10}{'+ grad':>8}")
    rows = []
    for name, (loss, make, size) in CASES.items():
        large, of_large = loss(size[1]), make(*size)
        row = [
            *measure(loss(SMALL[1]), make(*SMALL), 200),
            *measure(large, of_large, 1),
            *(memory(partial(call, *of_large), of_large[0].nbytes) for call in (large, large.grad)),
        ]
        rows.append(row)
        print(f"{name:24}" + "".join(f"{x:8.2f}" for x in row[:4]), end="")
        print(f"{row[4]:10.2f}{row[5]:8.2f}", flush=True)
    means = [geometric_mean(column) for column in list(zip(*rows, strict=True))[:4]]
    print(f"{'geometric mean':24}" + "".join(f"{mean:8.2f}" for mean in means))


if __name__ == "__main__":
    main()
