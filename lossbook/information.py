"""How surprising, how uncertain, how different: the quantities of information theory.

Everything here is an average surprise. The surprise of an outcome is -log of its probability, in
nats (natural logarithm) or bits (logarithm to base 2); 0 log 0 counts as 0.

Distributions are arrays of probabilities that sum to 1 along an axis, the last one by default; all
other axes are a batch. float16, float32 and float64 stay what they are (float16 is computed inside
in float32), integers and lists count as float64. What is not a distribution is a ValueError.

Sources: Shannon (1948), A Mathematical Theory of Communication; Cover and Thomas (2006), Elements
of Information Theory, chapter 2.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import (
    COUNTS,
    LOGITS,
    Array,
    Axes,
    common,
    floats,
    require,
    require_distribution,
    require_each,
)

__all__ = [
    "Unit",
    "conditional_entropy",
    "cross_entropy",
    "entropy",
    "jensen_shannon",
    "joint_entropy",
    "kl_divergence",
    "mutual_information",
    "perplexity",
    "self_information",
]

Unit = Literal["nats", "bits"]

LOGARITHMS = {"nats": np.log, "bits": np.log2}

zero_log_zero = np.errstate(divide="ignore", invalid="ignore", over="ignore")
"""log 0 is -inf without a word; what it is multiplied by decides whether that counts."""


@zero_log_zero
def self_information(p: ArrayLike, *, unit: Unit = "nats") -> Any:
    """The surprise of events: -log p.

    Parameters
    ----------
    p
        Probabilities, of any shape; they need not sum to 1.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each event, from 0 (certain) to inf (impossible).

    Raises
    ------
    ValueError
        A probability is negative, above 1 or nan.

    Examples
    --------
    >>> print(self_information([1, 0.5, 0.2], unit="bits").round(4))
    [0.     1.     2.3219]
    """
    (p,), dtype = common(_floats(p=p))
    require_each(p >= 0, p, "p", LOGITS)
    require_each(p <= 1, p, "p", COUNTS)
    return _surprise(p, unit).astype(dtype)


@zero_log_zero
def entropy(p: ArrayLike, *, axis: int = -1, unit: Unit = "nats") -> Any:
    """The average surprise of a distribution: H(p) = -sum p log p.

    Parameters
    ----------
    p
        Distributions along `axis`.
    axis
        The axis of the outcomes.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each distribution, from 0 (one outcome is certain) to log n (n equal chances).

    Raises
    ------
    ValueError
        `p` is not a distribution.

    Examples
    --------
    >>> print(f"{entropy([1/2, 1/4, 1/8, 1/8], unit='bits'):.4f} bits")
    1.7500 bits
    """
    (p,), dtype = _distributions(axis, p=p)
    return _average(p, _surprise(p, unit), axis).astype(dtype)


@zero_log_zero
def cross_entropy(p: ArrayLike, q: ArrayLike, *, axis: int = -1, unit: Unit = "nats") -> Any:
    """The average surprise of one who expects q where p is true: H(p, q) = -sum p log q.

    Parameters
    ----------
    p, q
        Distributions along `axis`, of one shape: nothing is broadcast.
    axis
        The axis of the outcomes.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each pair: at least H(p), and inf where q excludes what p allows.

    Raises
    ------
    ValueError
        `p` or `q` is not a distribution, or their shapes differ.

    Examples
    --------
    >>> print(f"{cross_entropy([1/2, 1/4, 1/8, 1/8], [1/8, 1/8, 1/4, 1/2], unit='bits'):.4f} bits")
    2.6250 bits
    """
    (p, q), dtype = _distributions(axis, p=p, q=q)
    return _average(p, _surprise(q, unit), axis).astype(dtype)


@zero_log_zero
def kl_divergence(p: ArrayLike, q: ArrayLike, *, axis: int = -1, unit: Unit = "nats") -> Any:
    """What expecting q adds to the surprise where p is true: KL(p || q) = sum p (log p - log q).

    Also called relative entropy. The order matters: p is the truth.

    Parameters
    ----------
    p, q
        Distributions along `axis`, of one shape: nothing is broadcast.
    axis
        The axis of the outcomes.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each pair: 0 where p equals q, and inf where q excludes what p allows.

    Raises
    ------
    ValueError
        `p` or `q` is not a distribution, or their shapes differ.

    Examples
    --------
    >>> print(f"{kl_divergence([1/2, 1/4, 1/8, 1/8], [1/8, 1/8, 1/4, 1/2], unit='bits'):.4f} bits")
    0.8750 bits
    """
    (p, q), dtype = _distributions(axis, p=p, q=q)
    return _average(p, _surprise(q, unit) - _surprise(p, unit), axis).astype(dtype)


@zero_log_zero
def jensen_shannon(p: ArrayLike, q: ArrayLike, *, axis: int = -1, unit: Unit = "nats") -> Any:
    """How far p and q lie from their mean m: JS(p, q) = (KL(p || m) + KL(q || m)) / 2.

    The divergence of Lin (1991), Divergence measures based on the Shannon entropy; its square
    root is the Jensen-Shannon distance.

    Parameters
    ----------
    p, q
        Distributions along `axis`, of one shape: nothing is broadcast.
    axis
        The axis of the outcomes.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each pair, from 0 (p equals q) to log 2 (they share no outcome).

    Raises
    ------
    ValueError
        `p` or `q` is not a distribution, or their shapes differ.

    Examples
    --------
    >>> print(f"{jensen_shannon([1, 0], [1/2, 1/2], unit='bits'):.4f} bits")
    0.3113 bits
    """
    (p, q), dtype = _distributions(axis, p=p, q=q)
    m = np.maximum((p + q) / 2, np.finfo(p.dtype).smallest_subnormal)  # half of which would be 0
    from_p, from_q = (
        _average(each, _surprise(m, unit) - _surprise(each, unit), axis) for each in (p, q)
    )
    return ((from_p + from_q) / 2).astype(dtype)


@zero_log_zero
def perplexity(p: ArrayLike, q: ArrayLike | None = None, *, axis: int = -1) -> Any:
    """How many equal chances would surprise as much: exp H(p), or exp H(p, q) if q is given.

    Parameters
    ----------
    p, q
        Distributions along `axis`, of one shape: nothing is broadcast. `p` is the truth, `q` what
        is expected; without `q`, the truth is expected.
    axis
        The axis of the outcomes.

    Returns
    -------
    One value for each distribution: from 1 to n without `q`, from 1 to inf with it.

    Raises
    ------
    ValueError
        `p` or `q` is not a distribution, or their shapes differ.

    Examples
    --------
    >>> print(f"{perplexity([1/2, 1/4, 1/8, 1/8]):.4f} of 4")
    3.3636 of 4
    """
    (p, q), dtype = _distributions(axis, p=p, q=p if q is None else q)
    return np.exp2(_average(p, _surprise(q, "bits"), axis)).astype(dtype)


@zero_log_zero
def joint_entropy(
    joint: ArrayLike, *, axis: tuple[int, int] = (-2, -1), unit: Unit = "nats"
) -> Any:
    """The average surprise of two variables at once: H(X, Y) = -sum p(x, y) log p(x, y).

    Parameters
    ----------
    joint
        Tables of p(x, y), each summing to 1 along both axes together.
    axis
        The axes of x and of y.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each table, from 0 to the logarithm of the number of its cells.

    Raises
    ------
    ValueError
        `joint` is not a distribution.

    Examples
    --------
    >>> print(f"{joint_entropy([[1/2, 1/4], [1/4, 0]], unit='bits'):.4f} bits")
    1.5000 bits
    """
    (joint,), dtype = _distributions(_two(axis), joint=joint)
    return _average(joint, _surprise(joint, unit), axis).astype(dtype)


@zero_log_zero
def conditional_entropy(
    joint: ArrayLike, *, given: int, axis: tuple[int, int] = (-2, -1), unit: Unit = "nats"
) -> Any:
    """What is left to learn of Y when X is given: H(Y | X) = -sum p(x, y) log(p(x, y) / p(x)).

    Parameters
    ----------
    joint
        Tables of p(x, y), each summing to 1 along both axes together.
    given
        The axis of what is known, one of `axis`: of a table with x down its rows and y along its
        columns, ``given=-2`` makes H(Y | X) and ``given=-1`` makes H(X | Y).
    axis
        The axes of x and of y.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each table, from 0 (the rest is decided) to the entropy of the rest.

    Raises
    ------
    ValueError
        `joint` is not a distribution, or `given` is not one of its axes.

    Examples
    --------
    >>> print(f"{conditional_entropy([[1/2, 1/4], [1/4, 0]], given=-2, unit='bits'):.4f} bits")
    0.6887 bits
    """
    (joint,), dtype = _distributions(_two(axis), joint=joint)
    left = _rest(given, axis, joint.ndim)
    known = joint.sum(left, keepdims=True)
    return _average(joint, _surprise(joint, unit) - _surprise(known, unit), axis).astype(dtype)


@zero_log_zero
def mutual_information(
    joint: ArrayLike, *, axis: tuple[int, int] = (-2, -1), unit: Unit = "nats"
) -> Any:
    """What one variable tells of the other: I(X; Y) = sum p(x, y) log(p(x, y) / (p(x) p(y))).

    Parameters
    ----------
    joint
        Tables of p(x, y), each summing to 1 along both axes together.
    axis
        The axes of x and of y.
    unit
        "nats" or "bits".

    Returns
    -------
    One value for each table, from 0 (independent) to the smaller of H(X) and H(Y).

    Raises
    ------
    ValueError
        `joint` is not a distribution.

    Examples
    --------
    >>> print(f"{mutual_information([[1/2, 1/4], [1/4, 0]], unit='bits'):.4f} bits")
    0.1226 bits
    """
    (joint,), dtype = _distributions(_two(axis), joint=joint)
    y, x = (_surprise(joint.sum(other, keepdims=True), unit) for other in axis)
    return _average(joint, x + y - _surprise(joint, unit), axis).astype(dtype)


def _surprise(p: Array, unit: Unit) -> Array:
    require(unit in LOGARITHMS, f"unit must be 'nats' or 'bits', got {unit!r}")
    surprise: Array = 0 - LOGARITHMS[unit](p)  # so that certainty is 0, not -0
    return surprise


def _average(p: Array, x: Array, axis: Axes) -> Array:
    """The sum of p x where p is not 0: at least 0, as all averages here are but for rounding."""
    total: Array = np.sum(p * x, axis, where=p > 0)
    return np.maximum(total, 0)


def _distributions(axis: Axes, **given: ArrayLike) -> tuple[tuple[Array, ...], np.dtype[Any]]:
    """The arrays to compute with and the dtype to return, if these are distributions alike."""
    arrays = _floats(**given)
    listed = " and ".join(
        f"{name} {array.shape}" for name, array in zip(given, arrays, strict=True)
    )
    require(len({array.shape for array in arrays}) == 1, f"shapes differ: {listed}")
    for name, p in zip(given, arrays, strict=True):
        require_distribution(name, p, axis)
    return common(arrays)


def _floats(**given: ArrayLike) -> tuple[Array, ...]:
    """The values as floating arrays; arrays of integers are float64."""
    for name, value in given.items():
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biu":
            given[name] = value.astype(np.float64)
    return floats(**given)


def _two(axis: tuple[int, int]) -> tuple[int, int]:
    pair = isinstance(axis, tuple) and len(axis) == 2
    require(pair, f"axis must be two axes, that of x and that of y, got {axis!r}")
    return axis


def _rest(given: int, axis: tuple[int, int], ndim: int) -> int:
    """The axis that is not given."""
    x, y = (i % ndim for i in axis)
    known = given % ndim if -ndim <= given < ndim else given
    require(known in (x, y), f"given must be one of the axes {axis} of the table, got {given}")
    return y if known == x else x
