"""The checks on what a caller passes, and the functions that formulas are written in."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Axes = int | tuple[int, ...]

FLOATS = ("float16", "float32", "float64")


def require(condition: Any, message: str) -> None:
    """Raise ValueError with the message unless the condition holds."""
    if not condition:
        raise ValueError(message)


def floats(**values: ArrayLike) -> tuple[Array, ...]:
    """The values as arrays of one floating dtype.

    Lists and numbers follow the arrays they come with, and are float64 where they come alone.
    An array that is not float16, float32 or float64 raises TypeError: as the input of a loss,
    integers are most often labels in the wrong place.
    """
    arrays = [_numbers(name, value) for name, value in values.items()]
    given = [a.dtype for a, v in zip(arrays, values.values(), strict=True) if hasattr(v, "dtype")]
    dtype = np.result_type(*given) if given else np.dtype(np.float64)
    return tuple(array.astype(dtype, copy=False) for array in arrays)


def _numbers(name: str, value: ArrayLike) -> Array:
    """The value as a floating array, or an error that names it."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is a ragged list: its rows differ in length") from error
    if array.dtype.name in FLOATS:
        return array
    if array.dtype.kind in "iu" and not hasattr(value, "dtype"):
        return array.astype(np.float64)
    if array.dtype.kind == "f":  # longdouble
        raise TypeError(f"{name} is {array.dtype}: it must be one of {', '.join(FLOATS)}")
    hint = "" if array.dtype.kind in "iub" else f", got {type(value).__name__}"
    raise TypeError(
        f"{name} is {array.dtype}, but must be an array of floats{hint}: convert it with "
        ".astype(np.float32), and check that scores come first and targets second"
    )


def widened(array: Array) -> Array:
    """float16 as float32, in which it is computed; all else as it is."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def first(condition: Array) -> tuple[int, ...]:
    """The index of the first element for which the condition holds."""
    return tuple(int(i) for i in np.argwhere(condition)[0])


def named(name: str, index: tuple[int, ...]) -> str:
    """How a caller writes one element: ``target[0, 2]``."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


COUNTS = "are these counts? Divide by their sum; logits? Apply softmax"
LOGITS = "are these logits? Apply softmax; log-probabilities? Apply exp"


def require_each(fine: Array, p: Array, name: str, usual: str) -> None:
    """Raise ValueError, naming the first probability that is not fine and the usual slip."""
    if not np.all(fine):
        where = first(~fine)
        found = f"{named(name, where)} is {p[where]:.6g}"
        raise ValueError(f"{found}, but a probability lies between 0 and 1: {usual}")


def require_distribution(name: str, p: Array, axis: Axes) -> None:
    """Raise ValueError, saying where and by how much, unless p is distributions along an axis."""
    require_each(p >= 0, p, name, LOGITS)
    axes = normalize_axis_tuple(axis, p.ndim, name)
    total = p.sum(axes, dtype=np.float64, keepdims=True)
    excess = total - 1
    # What a softmax of n terms may be off by: one in float32 too, whose result became float64.
    eps = max(np.finfo(p.dtype).eps, np.finfo(np.float32).eps)
    wrong = ~(np.abs(excess) <= eps * (8 + prod(p.shape[i] for i in axes) ** 0.5))
    if wrong.any():
        where = first(wrong)
        place = ", ".join(":" if i in axes else str(w) for i, w in enumerate(where))
        place = place.rstrip(":, ")
        elsewhere = [
            i for i in range(p.ndim) if (i,) != axes and p.shape[i] > 1 and np.allclose(p.sum(i), 1)
        ]
        raise ValueError(
            f"{name}{place and f'[{place}]'} sums to {total[where]:.6g} along axis {axis}, "
            f"{abs(excess[where]):.4g} too {'much' if excess[where] > 0 else 'little'}: "
            "probabilities must sum to 1; "
            + (f"along axis {elsewhere[0]} they do" if elsewhere else COUNTS)
        )


def cuts(shape: tuple[int, ...], size: int) -> Iterator[tuple[slice, ...]]:
    """Indices that cut an array of a shape, from its first axis on, into blocks of about a size.

    >>> list(cuts((5, 2), 4))
    [(slice(0, 2, None),), (slice(2, 4, None),), (slice(4, 6, None),)]
    """
    row = prod(shape[1:])
    if row > 2 * size:
        for i in range(shape[0]):
            yield from ((slice(i, i + 1), *rest) for rest in cuts(shape[1:], size))
    else:
        rows = max(1, size // max(1, row))
        yield from ((slice(i, i + rows),) for i in range(0, shape[0], rows))


def along(vector: Array, axis: int, ndim: int) -> Array:
    """The vector, shaped to broadcast along one axis of an array with so many axes."""
    return vector.reshape([-1 if i == axis else 1 for i in range(ndim)])


def log_softmax(x: Array, axis: int) -> Array:
    """Logarithm of softmax, x - log sum exp x along an axis, without overflow."""
    log_p: Array = x - x.max(axis, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis, keepdims=True))
    return log_p


def times(p: Array, x: Array) -> Array:
    """P * x, and 0 where p is 0."""
    product: Array = p * x
    if not np.isfinite(product.sum()):
        product = np.where(p == 0, np.zeros_like(product), product)
    return product
