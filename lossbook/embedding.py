"""Losses of pairs and triplets: scores to be ranked, distances, embeddings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import TINY, Array, aligned, as_array, beside, floats, relu, require, times
from lossbook.labels import as_signs
from lossbook.loss import Arrays, Elementwise, Loss, Unreduced
from lossbook.trace import Stepper


class MarginRankingLoss(Loss):
    """What the higher of two scores lacks to lead the other by a margin.

    Parameters
    ----------
    margin
        The lead that is asked for.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input1`` and ``input2`` are scores of any shape, the same for both, and ``target`` has that
    shape too: 1 where input1 should be higher, -1 where input2 should. The loss is at least 0.
    There are two gradients, of input1 and of input2. ValueError for other labels and for shapes
    that differ.

    Equal to `torch.nn.MarginRankingLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html>`__, but for what it
    refuses.

    Examples
    --------
    >>> loss = MarginRankingLoss(reduction="none")
    >>> print(loss([1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [1, 1, -1]))
    [1. 0. 1.]
    """

    learns = ("input1", "input2")

    margin: float = 0.0

    def prepare(self, input1: ArrayLike, input2: ArrayLike, target: ArrayLike) -> Arrays:
        scores = aligned(input1=input1, input2=input2)
        return *scores, as_signs(target, scores[0].shape, scores[0], "input1")

    def unreduced(self, step: Stepper, input1: Array, input2: Array, target: Array) -> Unreduced:
        lead = step(target * (input1 - input2))
        gap = step(self.margin - lead)
        loss = step(relu(gap))

        def backward(share: Any) -> Any:
            push = step(share * target * (gap >= 0))
            grad_input1 = step(-push)
            grad_input2 = step(push)
            return grad_input1, grad_input2

        return loss, backward


class HingeEmbeddingLoss(Elementwise):
    """The distance of a pair that belongs together, and what that of another lacks to a margin.

    Parameters
    ----------
    margin
        The distance from which on a pair that does not belong together costs nothing.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds distances, one for each pair, of any shape, and ``target`` labels of that shape:
    1 for a pair that belongs together, -1 for one that does not. Of distances, which is not
    checked, the loss is at least 0. ValueError for other labels and for shapes that differ.

    Equal to `torch.nn.HingeEmbeddingLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html>`__, but for what it
    refuses.

    Examples
    --------
    >>> loss = HingeEmbeddingLoss(reduction="none")
    >>> print(loss([1.0, 0.8, 0.5, 1.5], [1, 1, -1, -1]))
    [1.  0.8 0.5 0. ]
    """

    margin: float = 1.0

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (distances,) = floats(input=input)
        return distances, as_signs(target, distances.shape, distances)

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        together = step(target == 1)
        gap = step(self.margin - input)
        loss = step(times(together, input) + times(~together, relu(gap)))

        def backward(share: Any) -> Any:
            slope = step(target * (together | (gap >= 0)))
            grad = step(share * slope)
            return grad

        return loss, backward


class CosineEmbeddingLoss(Loss):
    """1 - cos of a pair that belongs together, and how far the cos of another is above a margin.

    Parameters
    ----------
    margin
        The cosine, from -1 to 1, up to which a pair that does not belong together costs nothing.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input1`` and ``input2`` are embeddings shaped (D,) or (N, D), the same for both; ``target``
    holds labels shaped () or (N,): 1 for a pair that belongs together, -1 for one that does not.
    The loss lies between 0 and 2, up to rounding. There are two gradients, of input1 and of input2;
    next to a vector of zeros they are huge. ValueError for other labels, for shapes that do not fit
    and for a margin outside -1..1.

    Equal to `torch.nn.CosineEmbeddingLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html>`__, but for what
    it refuses, and that lengths from 1e10 to 1e19 do not overflow in float32.

    Examples
    --------
    >>> loss = CosineEmbeddingLoss(reduction="none")
    >>> print(loss([[3.0, 4.0], [3.0, 4.0]], [[4.0, 3.0], [4.0, 3.0]], [1, -1]).round(4))
    [0.04 0.96]
    """

    learns = ("input1", "input2")

    margin: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(-1 <= self.margin <= 1, f"margin must be from -1 to 1, got {self.margin!r}")

    def prepare(self, input1: ArrayLike, input2: ArrayLike, target: ArrayLike) -> Arrays:
        pair = aligned(input1=input1, input2=input2)
        require(
            pair[0].ndim in (1, 2),
            f"input1 and input2 must have shape (D,) or (N, D), got {pair[0].shape}"
            + (": flatten them" if pair[0].ndim else ""),
        )
        return *pair, as_signs(target, pair[0].shape[:-1], pair[0], "input1")

    def batch(self, input1: Array, input2: Array, target: Array) -> tuple[int, ...]:
        return target.shape

    def unreduced(self, step: Stepper, input1: Array, input2: Array, target: Array) -> Unreduced:
        length1 = step(np.sqrt(np.vecdot(input1, input1) + TINY))
        length2 = step(np.sqrt(np.vecdot(input2, input2) + TINY))
        cos = step(np.vecdot(input1, input2) / length1 / length2)
        together = step(target == 1)
        excess = step(cos - self.margin)
        loss = step(np.where(together, 1 - cos, relu(excess)))

        def backward(share: Any) -> Any:
            slope = step(-share * target * (together | (excess >= 0)))
            unit1 = step(input1 / length1[..., None])
            unit2 = step(input2 / length2[..., None])
            grad_input1 = step((slope / length1)[..., None] * (unit2 - cos[..., None] * unit1))
            grad_input2 = step((slope / length2)[..., None] * (unit1 - cos[..., None] * unit2))
            return grad_input1, grad_input2

        return loss, backward


@runtime_checkable
class Differentiable(Protocol):
    """A distance that offers its slope too, so that a loss of it has a gradient."""

    def __call__(self, x: Array, y: Array, /) -> Array:
        """The distance of each x to its y."""
        ...

    def slope(self, x: Array, y: Array, /) -> tuple[Array, Array]:
        """The gradients of every distance with respect to its x and its y."""
        ...


Distance = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class PairwiseDistance:
    """The p-norm of x - y + eps along the last axis, as `torch.nn.PairwiseDistance` has it.

    Examples
    --------
    >>> distance = PairwiseDistance(eps=0.0)
    >>> print(distance([0.0, 0.0], [3.0, 4.0]))
    5.0
    >>> print(*distance.slope([0.0, 0.0], [3.0, 4.0]))
    [-0.6 -0.8] [0.6 0.8]
    """

    p: float = 2.0
    eps: float = 1e-6

    def __call__(self, x: Array, y: Array) -> Array:
        return self._norm(np.subtract(x, y) + self.eps)

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        """The gradients of every distance in x and in y; 0 where x - y + eps is 0."""
        difference = np.subtract(x, y) + self.eps
        distance = self._norm(difference)[..., None]
        distance = distance + (distance == 0)  # 0 / 0 is 0 here
        slope: Array
        if self.p == 2:
            slope = difference / distance
        elif self.p == 0:  # the number of differences, which has no slope
            slope = np.zeros_like(difference)
        elif np.isinf(self.p):  # shared among the largest
            largest = np.sign(difference) * (np.abs(difference) == distance)
            slope = largest / np.abs(largest).sum(-1, keepdims=True).clip(1)
        else:
            size = np.abs(difference) / distance
            power = np.where(size > 0, size ** (self.p - 1), 0)
            slope = np.sign(difference) * power
        return slope, -slope

    def _norm(self, difference: Array) -> Array:
        norm: Array
        if self.p == 2:
            norm = np.sqrt(np.vecdot(difference, difference))
        else:
            norm = np.linalg.norm(difference, self.p, axis=-1)
        return norm


class TripletLoss(Loss):
    """What an anchor lacks to be closer to its positive than to its negative by a margin.

    Parameters
    ----------
    margin
        How much closer, above 0.
    swap
        Whether to measure the negative from the positive where that is nearer to it.
    """

    learns = ("anchor", "positive", "negative")

    margin: float = 1.0
    swap: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.margin > 0, f"margin must be above 0, got {self.margin!r}")

    @property
    def distance(self) -> Distance:
        """What is measured between two embeddings."""
        raise NotImplementedError

    @property
    def differentiable(self) -> bool:
        return isinstance(self.distance, Differentiable)

    def prepare(self, anchor: ArrayLike, positive: ArrayLike, negative: ArrayLike) -> Arrays:
        triplet = aligned(anchor=anchor, positive=positive, negative=negative)
        require(triplet[0].ndim, "anchor must be an embedding, got a single number")
        return triplet

    def batch(self, anchor: Array, positive: Array, negative: Array) -> tuple[int, ...]:
        return anchor.shape[:-1]

    def unreduced(
        self, step: Stepper, anchor: Array, positive: Array, negative: Array
    ) -> Unreduced:
        d_positive = step(self.measure(anchor, positive))
        d_negative = step(self.measure(anchor, negative))
        swapped: Any = 0
        if self.swap:
            d_swap = step(self.measure(positive, negative))
            swapped = step(0.5 + 0.5 * np.sign(d_negative - d_swap))  # a tie is shared
            d_negative = step(np.minimum(d_negative, d_swap))
        gap = step(self.margin + d_positive - d_negative)
        loss = step(relu(gap))

        def backward(share: Any) -> Any:
            active = step((gap >= 0).astype(gap.dtype))
            pull = beside(share * active, anchor)
            push = beside(share * active * (1 - swapped), anchor)
            push_swapped = beside(share * active * swapped, anchor)
            from_positive = self.slope(anchor, positive)
            from_negative = self.slope(anchor, negative)
            swap = self.slope(positive, negative) if self.swap else (0, 0)
            grad_anchor = step(pull * from_positive[0] - push * from_negative[0])
            grad_positive = step(pull * from_positive[1] - push_swapped * swap[0])
            grad_negative = step(-push * from_negative[1] - push_swapped * swap[1])
            return grad_anchor, grad_positive, grad_negative

        return loss, backward

    def measure(self, x: Array, y: Array) -> Array:
        """The distances, or an error if they are not one for each pair."""
        given = read_only(x), read_only(y)
        distances = as_array("what distance_function gave", self.distance(*given))
        if distances.dtype.kind not in "fiu":
            raise TypeError(
                f"distance_function gave {distances.dtype}, but must give one number per pair, "
                f"{x.shape[:-1]}"
            )
        distances = distances.astype(x.dtype, copy=False)
        n = distances.ndim
        if n >= x.ndim or distances.shape != x.shape[:n] or (n == 0 and x.ndim > 1):
            raise ValueError(
                f"distance_function gave shape {distances.shape} for two arrays {x.shape}, but "
                f"must give one number per pair, {x.shape[:-1]}: a loss or a matrix of all pairs?"
            )
        return distances

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        """The gradients of the distances, or an error if the distance does not offer them."""
        distance = self.distance
        if not isinstance(distance, Differentiable):
            raise TypeError(
                f"distance_function {distance!r} has no gradient: give it a method slope(x, y) "
                "that returns the gradients of each distance with respect to x and y"
            )
        slopes = distance.slope(x, y)
        shapes = [np.shape(slope) for slope in slopes] if isinstance(slopes, tuple | list) else []
        if shapes != [x.shape] * 2:
            raise ValueError(
                f"slope of distance_function must give two arrays, the gradients in x and in y, "
                f"both of their shape {x.shape}, got {shapes or type(slopes).__name__}"
            )
        return slopes


def read_only(array: Array) -> Array:
    """A view that a function of the caller's cannot write into."""
    view = array.view()
    view.flags.writeable = False
    return view


class TripletMarginLoss(TripletLoss):
    """What an anchor lacks to be closer to its positive than to its negative by a margin.

    Parameters
    ----------
    margin
        How much closer, above 0.
    p
        The norm that distances are measured in.
    eps
        What is added to each difference, so that a distance of 0 has a slope.
    swap
        Whether to measure the negative from the positive where that is nearer to it.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``anchor``, ``positive`` and ``negative`` are embeddings shaped (D,), (N, D) or (..., D), the
    same for all. The loss is at least 0; embeddings that are all the same cost the margin. There
    are three gradients. ValueError for shapes that differ.

    Equal to `torch.nn.TripletMarginLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html>`__, but that nothing
    broadcasts. V. Balntas, E. Riba, D. Ponsa and K. Mikolajczyk, "Learning local feature
    descriptors with triplets and shallow convolutional neural networks", BMVC 2016.

    Examples
    --------
    >>> loss = TripletMarginLoss(margin=0.5)
    >>> print(loss([[0.0, 0.0]], [[3.0, 0.0]], [[3.1, 0.0]]).round(4))
    0.4
    """

    p: float = 2.0
    eps: float = 1e-6

    @property
    def distance(self) -> Distance:
        return PairwiseDistance(self.p, self.eps)


class TripletMarginWithDistanceLoss(TripletLoss):
    """The same of any distance: what an anchor lacks to be closer to its positive by a margin.

    Parameters
    ----------
    distance_function
        A function of two arrays that gives one distance for each pair; None for
        `PairwiseDistance`. With a method ``slope(x, y)``, which gives the
        gradients of every distance in x and in y, the loss has a gradient too.
    margin
        How much closer, above 0.
    swap
        Whether to measure the negative from the positive where that is nearer to it.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``anchor``, ``positive`` and ``negative`` are shaped (D,), (N, D) or (N, ...), the same for all,
    as the function takes them. The loss is at least 0. There are three gradients; without
    ``slope`` they raise TypeError. ValueError for shapes that differ and for a function that
    does not give one number per pair.

    Equal to `torch.nn.TripletMarginWithDistanceLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html>`__, but
    that nothing broadcasts.

    Examples
    --------
    >>> import numpy as np
    >>> def largest(x, y):
    ...     return np.abs(x - y).max(-1)
    >>> loss = TripletMarginWithDistanceLoss(distance_function=largest)
    >>> print(loss([[0.0, 0.0]], [[2.0, 1.0]], [[2.5, 0.0]]))
    0.5
    """

    distance_function: Distance | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.distance_function is None or callable(self.distance_function)):
            raise TypeError(
                f"distance_function must be a function of x and y, got {self.distance_function!r}"
            )

    @property
    def distance(self) -> Distance:
        return PairwiseDistance() if self.distance_function is None else self.distance_function

    def batch(self, anchor: Array, positive: Array, negative: Array) -> tuple[int, ...]:
        return anchor.shape[: self.measure(anchor[:1], positive[:1]).ndim]
