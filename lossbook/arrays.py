"""The checks on what a caller passes, and the functions that formulas are written in."""

from collections.abc import Callable, Iterator
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
Axes = int | tuple[int, ...]

FLOATS = (np.float16, np.float32, np.float64)

ONES = {np.dtype(dtype).char: np.ones((), dtype) for dtype in FLOATS}
"""The weight of what has none."""
ROW = {np.dtype(dtype).char: np.ones(128, dtype) for dtype in FLOATS}
"""What a product with adds up 128 numbers."""

TINY = float(np.float32(1e-12))
"""What torch keeps a divisor away from 0 with, rounded as it stands there."""


def require(condition: Any, message: str) -> None:
    """Raise ValueError with the message unless the condition holds."""
    if not condition:
        raise ValueError(message)


def floats(*whole: str, **values: ArrayLike) -> tuple[Array, ...]:
    """The values as floating arrays, each in its own dtype.

    Lists and numbers follow the arrays they come with, and are float64 where they come alone; so
    do arrays of integers of the names in `whole`. Another array that is not float16, float32 or
    float64 raises TypeError: as the input of a loss, integers are most often labels in the wrong
    place.
    """
    for value in values.values():
        if type(value) is not np.ndarray or value.dtype.char not in "efd":
            break
    else:  # as they should be, without further ado
        return tuple(values.values())  # type: ignore[arg-type]
    arrays = [_numeric(name, value, name in whole) for name, value in values.items()]
    own = [a.dtype for a, v in zip(arrays, values.values(), strict=True) if _has_dtype(a, v)]
    dtype = np.result_type(*own) if own else np.dtype(np.float64)
    return tuple(
        a if _has_dtype(a, v) else a.astype(dtype, copy=False)
        for a, v in zip(arrays, values.values(), strict=True)
    )


def _has_dtype(array: Array, value: ArrayLike) -> bool:
    """Whether a value came with a floating dtype of its own."""
    return hasattr(value, "dtype") and array.dtype.kind == "f"


def _numeric(name: str, value: ArrayLike, whole: bool) -> Array:
    """The value as an array of floats, or of integers that may become floats."""
    array = as_array(name, value)
    if array.dtype.type in FLOATS:
        return array
    if array.dtype.kind in "iu" and (whole or not hasattr(value, "dtype")):
        return array
    came = str(array.dtype)
    if not hasattr(value, "dtype"):
        came = type(value).__name__ + (f" of {array.dtype}" if array.ndim else "")
    slip = ": convert it with .astype(np.float32)" if array.dtype.kind in "biuf" else ""
    if array.dtype.kind in "iu" and name in ("input", "log_probs"):
        slip += ", and check that scores come first and targets second"
    raise TypeError(f"{name} is {came}, but must be an array of float16, float32 or float64{slip}")


def as_array(name: str, value: ArrayLike) -> Array:
    """The value as an array, or an error that names it."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is masked, which is not looked at: give {name}[~{name}.mask].data")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} is a ragged list: its rows differ in length") from error
    except (TypeError, RuntimeError) as error:  # tensors with a gradient, of bfloat16, on a GPU
        raise TypeError(
            f"{name} is a {type(value).__name__} that NumPy cannot read ({error}): "
            f"pass {name}.detach().float().cpu()"
        ) from error


def aligned(*whole: str, **values: ArrayLike) -> tuple[Array, ...]:
    """The values as floating arrays (see `floats`) of one shape."""
    arrays = floats(*whole, **values)
    shape = arrays[0].shape
    for array in arrays:
        if array.shape != shape:
            raise ValueError(_unequal(dict(zip(values, (a.shape for a in arrays), strict=True))))
    return arrays


def _unequal(shapes: dict[str, tuple[int, ...]]) -> str:
    """That the shapes are not one, and the likely slip."""
    *most, last = (f"{name} {shape}" for name, shape in shapes.items())
    said = f"{', '.join(most)} and {last} must have one shape"
    try:
        broadcast = np.broadcast_shapes(*shapes.values())
    except ValueError:
        return said
    hint = "drop or add an axis" if len({*map(len, shapes.values())}) > 1 else "repeat the smaller"
    return f"{said}: they would broadcast to {broadcast}; {hint}"


def as_numbers(name: str, value: ArrayLike) -> Array:
    """The value as an array of numbers, or an error that names it."""
    array = as_array(name, value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} is {array.dtype}: it must hold numbers")
    return array


def common(arrays: tuple[Array, ...]) -> tuple[tuple[Array, ...], np.dtype[Any]]:
    """The arrays with the floating ones in the dtype to compute in, and the dtype to return."""
    dtypes = [array.dtype for array in arrays if array.dtype.kind == "f"]
    dtype = dtypes[0]
    if dtypes.count(dtype) == len(dtypes) and dtype.char != "e":
        return arrays, dtype
    dtype = np.result_type(*dtypes)
    inside = np.float32 if dtype == np.float16 else dtype
    return tuple(a.astype(inside, copy=False) if a.dtype.kind == "f" else a for a in arrays), dtype


def first(condition: Array) -> tuple[int, ...]:
    """The index of the first element for which the condition holds."""
    return tuple(int(i) for i in np.argwhere(condition)[0])


def named(name: str, index: tuple[int, ...]) -> str:
    """How a caller writes one element: ``target[0, 2]``."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def require_all(
    fine: Callable[[Array], Array], name: str, array: Array, must: Callable[[], str]
) -> None:
    """Raise ValueError, naming the first element that is not fine and what it must be.

    A large array is looked at in parts, so that the check costs little memory.
    """
    for index in cuts(array.shape, 2**16):
        part = array[index]
        holds = fine(part)
        if not holds.all():
            inside = first(~holds)
            start = [s.start for s in index] + [0] * array.ndim
            where = tuple(i + n for i, n in zip(inside, start, strict=False))
            raise ValueError(f"{named(name, where)} is {part[inside]:.6g}, but {must()}")


def require_not_negative(name: str, array: Array, must: str) -> None:
    """Raise ValueError, naming the first number below 0; nan may pass."""
    if array.size and not array.min() >= 0:
        require_all(lambda x: ~(x < 0), name, array, lambda: must)


def as_weight(name: str, weight: ArrayLike) -> Array:
    """The weights as an array of their own, or an error that says what is wrong with them."""
    if isinstance(weight, str):
        slip = f"did you mean reduction={weight!r}?"
        raise TypeError(f"{name} must hold numbers, got {weight!r}: {slip}")
    array = as_numbers(name, weight)
    wrong = ~((array >= 0) & np.isfinite(array))
    if wrong.any():
        where = first(wrong)
        raise ValueError(f"{named(name, where)} is {array[where]}: a weight is 0 or more")
    array = array.astype(np.float64)
    array.flags.writeable = False
    return array


def as_factor(name: str, weight: ArrayLike | None, like: Array, usual: str) -> Array:
    """The weights of elements, 1 if none were given, with as many axes as there are elements in.

    usual: what the sentence about a misfit says that they are.
    """
    if weight is None:
        return ONES[like.dtype.char]
    array = np.asarray(weight, like.dtype)
    shape = (1,) * (like.ndim - array.ndim) + array.shape
    if len(shape) != like.ndim or any(
        n not in (1, m) for n, m in zip(shape, like.shape, strict=True)
    ):
        fits = [i for i, n in enumerate(like.shape) if array.shape == (n,)]
        hint = usual
        if fits:
            hint = f"for axis {fits[0]} reshape it to {(-1,) + (1,) * (like.ndim - fits[0] - 1)}"
        raise ValueError(
            f"{name} has shape {array.shape}, which does not repeat to that of input {like.shape}: "
            f"{hint}"
        )
    return array.reshape(shape)


PER_CLASS = "one for each class, along the last axis"
PER_ELEMENT = "one for each element; weights of classes? Then weight[labels]"

COUNTS = "are these counts? Divide by their sum; logits? Apply softmax"
ROUNDED = "are they rounded? Divide by their sum"
LABELS = "labels counted from 1? Then subtract 1; labels -1 and 1? Then (target + 1) / 2"
LOGITS = "are these logits? Apply softmax; log-probabilities? Apply exp"


def require_each(fine: Array, p: Array, name: str, usual: str) -> None:
    """Raise ValueError, naming the first probability that is not fine and the usual slip."""
    if not np.all(fine):
        where = first(~fine)
        found = f"{p[where]:.6g}"
        if np.isnan(p[where]):
            usual = "what came before it gave nan"
        elif abs(p[where] - 0.5) < 0.501:
            found, usual = str(p[where]), "is it rounded? Then clip it"
        raise ValueError(
            f"{named(name, where)} is {found}, but a probability lies between 0 and 1: {usual}"
        )


def require_probabilities(name: str, p: Array, usual: str) -> None:
    """Raise ValueError, naming the first number outside 0..1 and the usual slip."""
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        require_each((p >= 0) & (p <= 1), p, name, usual)


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


def beside(array: Array, like: Array) -> Array:
    """The array with axes of length 1 at its end, to stand beside one with more axes."""
    return array[(...,) + (None,) * (like.ndim - array.ndim)]


def log_sum_exp(x: Array) -> Array:
    """Logarithm of sum exp x along the first axis, without overflow; of nothing minus infinity."""
    top: Array = x.max(0).clip(np.finfo(x.dtype).min, np.inf)  # -inf - -inf would be nan
    spread = x - top
    np.exp(spread, out=spread)
    total: Array = np.log(spread.sum(0))
    total += top
    return total


def total(x: Array) -> Any:
    """The sum; of a large array by parts of 128, which takes half the time."""
    if x.size < 2**14 or not x.flags.c_contiguous:
        return x.sum()
    numbers, whole = x.reshape(-1), x.size - x.size % 128
    return (numbers[:whole].reshape(-1, 128) @ ROW[x.dtype.char]).sum() + numbers[whole:].sum()


def log_softmax(x: Array, axis: int) -> Array:
    """Logarithm of softmax, x - log sum exp x along an axis, without overflow."""
    log_p: Array = x - x.max(axis, keepdims=True)
    log_p -= np.log(np.exp(log_p).sum(axis, keepdims=True))
    return log_p


def relu(x: Array) -> Array:
    """The larger of x and 0."""
    larger: Array = x.clip(0, np.inf)
    return larger


def softplus(x: Array) -> Array:
    """log(1 + exp x), without overflow."""
    return relu(x) + above_relu(x)


def above_relu(x: Array) -> Array:
    """How far softplus is above relu: log(1 + exp -abs(x)), the same for x and -x."""
    tail: Array = np.abs(x, out=np.empty_like(x))
    np.negative(tail, out=tail)
    np.exp(tail, out=tail)
    np.log1p(tail, out=tail)
    return tail


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp -x)."""
    return 1 / (1 + np.exp(-x))


def times(p: Array, x: Array) -> Array:
    """The product p * x, and 0 where p is 0."""
    product: Array = p * x
    if not isfinite(product.sum()):
        product = np.where(p == 0, np.zeros_like(product), product)
    return product
