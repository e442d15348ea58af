"""The checks on what a caller passes, and the functions that formulas are written in."""

from collections.abc import Iterator
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Axes = int | tuple[int, ...]

FLOATS = (np.float16, np.float32, np.float64)


def require(condition: Any, message: str) -> None:
    """Raise ValueError with the message unless the condition holds."""
    if not condition:
        raise ValueError(message)


def floats(**values: ArrayLike) -> tuple[Array, ...]:
    """The values as floating arrays, each in its own dtype.

    Lists and numbers follow the arrays they come with, and are float64 where they come alone.
    An array that is not float16, float32 or float64 raises TypeError: as the input of a loss,
    integers are most often labels in the wrong place.
    """
    arrays = [_floating(name, value) for name, value in values.items()]
    own = [hasattr(value, "dtype") for value in values.values()]
    if all(own) or not any(own):
        return tuple(arrays)
    dtype = np.result_type(*(a.dtype for a, has in zip(arrays, own, strict=True) if has))
    return tuple(a if has else a.astype(dtype) for a, has in zip(arrays, own, strict=True))


def _floating(name: str, value: ArrayLike) -> Array:
    """The value as a floating array, or an error that names it."""
    array = as_array(name, value)
    if array.dtype.type in FLOATS:
        return array
    if array.dtype.kind in "iu" and not hasattr(value, "dtype"):
        return array.astype(np.float64)
    came = (
        f"{array.dtype}" if hasattr(value, "dtype") else f"{type(value).__name__} of {array.dtype}"
    )
    raise TypeError(
        f"{name} is {came}, but must be an array of float16, float32 or float64: convert it with "
        ".astype(np.float32), and check that scores come first and targets second"
    )


def as_array(name: str, value: ArrayLike) -> Array:
    """The value as an array, or an error that names it."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is a ragged list: its rows differ in length") from error
    except (TypeError, RuntimeError) as error:  # tensors with a gradient, of bfloat16, on a GPU
        raise TypeError(
            f"{name} is a {type(value).__name__} that NumPy cannot read ({error}): "
            f"pass {name}.detach().float().cpu()"
        ) from error


def common(arrays: tuple[Array, ...]) -> tuple[tuple[Array, ...], np.dtype[Any]]:
    """The arrays with the floating ones in the dtype to compute in, and the dtype to return."""
    dtypes = {array.dtype for array in arrays if array.dtype.kind == "f"}
    dtype = dtypes.pop() if len(dtypes) == 1 else np.result_type(*dtypes)
    inside = np.float32 if dtype == np.float16 else dtype
    return tuple(a.astype(inside, copy=False) if a.dtype.kind == "f" else a for a in arrays), dtype


def first(condition: Array) -> tuple[int, ...]:
    """The index of the first element for which the condition holds."""
    return tuple(int(i) for i in np.argwhere(condition)[0])


def named(name: str, index: tuple[int, ...]) -> str:
    """How a caller writes one element: ``target[0, 2]``."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


COUNTS = "are these counts? Divide by their sum; logits? Apply softmax"
ROUNDED = "are they rounded? Divide by their sum"
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
        hint = ROUNDED if np.abs(excess[where]) < 0.01 else COUNTS
        raise ValueError(
            f"{name}{place and f'[{place}]'} sums to {total[where]:.6g} along axis {axis}, "
            f"{abs(excess[where]):.4g} too {'much' if excess[where] > 0 else 'little'}: "
            "probabilities must sum to 1; "
            + (f"along axis {elsewhere[0]} they do" if elsewhere else hint)
        )


def cuts(shape: tuple[int, ...], size: int) -> Iterator[tuple[slice, ...]]:
    """Indices that cut an array of a shape, from its first axis on, into blocks of about a size.

    >>> list(cuts((5, 2), 4))
    [(slice(0, 2, None),), (slice(2, 4, None),), (slice(4, 6, None),)]
    """
    if not shape:
        yield ()
        return
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
    """The product p * x, and 0 where p is 0."""
    product: Array = p * x
    if not isfinite(product.sum()):
        product = np.where(p == 0, np.zeros_like(product), product)
    return product
