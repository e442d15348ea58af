"""Losses of class scores that ask for a margin between right and wrong."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import (
    LABELS,
    PER_CLASS,
    Array,
    above_relu,
    aligned,
    as_array,
    as_factor,
    cuts,
    first,
    floats,
    named,
    relu,
    require,
    require_probabilities,
    sigmoid,
    softplus,
    times,
)
from lossbook.labels import ClassLoss, as_signs, dot, one_hot, require_rows, without
from lossbook.loss import BLOCK, Arrays, Elementwise, Loss, Unreduced, Weight
from lossbook.trace import Stepper


class MultiMarginLoss(ClassLoss):
    """What the score of the right class lacks to lead every other one by a margin.

    Parameters
    ----------
    p
        1 or 2: the power of each gap.
    margin
        The lead that is asked for.
    weight
        How much each class counts as a target, shaped (C,); the mean still divides by N.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds scores, any numbers, shaped (C,) or (N, C); ``target`` the classes 0 ... C - 1,
    shaped () or (N,). The gaps to the other classes are added up and divided by C. The loss is at
    least 0 and has no slope where a lead is just the margin. IndexError for a class that does not
    exist, ValueError or TypeError for shapes and dtypes that do not fit.

    Equal to `torch.nn.MultiMarginLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html>`__.

    Examples
    --------
    >>> print(MultiMarginLoss()([[0.1, 0.2, 0.4, 0.8]], [3]).round(4))
    0.325
    """

    p: int = 1
    margin: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.p in (1, 2), f"p must be 1 or 2, got {self.p!r}")

    def require_classes(self, scores: Array) -> None:
        super().require_classes(scores)
        require_rows(scores)

    def unreduced(self, step: Stepper, input: Array, target: Array, weight: Array) -> Unreduced:
        wanted = step(one_hot(target, input))
        right = step(dot(wanted, input, -1))
        gap = step(without(relu(self.margin - right[..., None] + input), wanted))
        share_of_gap = step(weight / input.shape[-1])
        loss = step(share_of_gap * (gap**self.p).sum(-1))

        def backward(share: Any) -> Any:
            slope = step(2 * gap if self.p == 2 else gap > 0)
            push = step(share * share_of_gap[..., None] * slope)
            grad = step(push - push.sum(-1) * wanted)
            return grad

        return loss, backward


class MultiLabelMarginLoss(Loss):
    """What the scores of the wanted classes lack to lead every other one by 1.

    Parameters
    ----------
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds scores, any numbers, shaped (C,) or (N, C). ``target`` has the same shape and
    lists the wanted classes of each row: classes 0 ... C - 1, then -1 and anything after it. All
    gaps of a wanted and an unwanted class are added up and divided by C. The loss is at least 0,
    and 0 without wanted or without other classes. IndexError for a class that does not exist,
    ValueError or TypeError for shapes and dtypes that do not fit and for a class that is listed
    twice.

    Equal to `torch.nn.MultiLabelMarginLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html>`__, which takes
    a class listed twice for two.

    Examples
    --------
    >>> loss = MultiLabelMarginLoss()
    >>> print(loss([[0.1, 0.2, 0.4, 0.8]], [[0, 3, -1, -1]]).round(4))
    0.85
    """

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (scores,), lists = floats(input=input), as_array("target", target)
        require_rows(scores)
        if lists.dtype.kind not in "iu":
            slip = "multi-hot rows? List their classes, then fill with -1"
            raise TypeError(f"target is {lists.dtype}, but must list classes as integers: {slip}")
        require(
            lists.shape == scores.shape,
            f"target has shape {lists.shape}, but needs that of input, {scores.shape}: list the "
            "wanted classes first, then fill with -1",
        )
        classes = scores.shape[-1]
        ends = lengths(lists)
        lists = lists[..., : ends.max(initial=0)].astype(np.intp)
        lists[np.arange(lists.shape[-1]) >= ends[..., None]] = -1
        wrong = (lists < -1) | (lists >= classes)
        if wrong.any():
            where = first(wrong)
            raise IndexError(
                f"{named('target', where)} = {lists[where]}, but input has C = {classes} classes: "
                f"a list holds classes 0..{classes - 1}, then -1"
            )
        ordered = np.sort(lists, axis=-1)
        twice = (ordered[..., 1:] == ordered[..., :-1]) & (ordered[..., 1:] >= 0)
        if twice.any():
            where = first(twice)
            raise ValueError(
                f"{named('target', where[:-1])} lists class {ordered[..., 1:][where]} twice: a "
                "multi-hot row? List its classes, then fill with -1; filled with 0? Fill with -1"
            )
        return scores, lists

    def batch(self, input: Array, target: Array) -> tuple[int, ...]:
        return input.shape[:-1]

    def work(self, input: Array, target: Array) -> int:
        return int(input.size * max(1, target.shape[-1]))  # a gap for each pair

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        classes = input.shape[-1]
        wanted = step(target[..., None] == np.arange(classes))
        right = step(np.where(target < 0, np.inf, np.take_along_axis(input, target, -1)))
        others = step(~wanted.any(-2, keepdims=True))
        gap = step(times(others, relu(1 - right[..., None] + input[..., None, :])))
        loss = step(gap.sum((-1, -2)) / classes)

        def backward(share: Any) -> Any:
            active = step((gap > 0).astype(gap.dtype))
            push = share / classes * active
            grad = step((push - wanted * push.sum(-1, keepdims=True)).sum(-2))
            return grad

        return loss, backward


def lengths(lists: Array) -> Array:
    """How many numbers stand before the first -1 of each list."""
    classes = lists.shape[-1]
    found = np.empty(lists.shape[:-1], np.intp)
    for rows in cuts(found.shape, max(1, BLOCK // classes)):  # which takes little memory
        ended = lists[rows] == -1
        found[rows] = np.where(ended.any(-1), ended.argmax(-1), classes)
    return found


class SoftMarginLoss(Elementwise):
    """Minus the log-probability of a label 1 or -1, given its logit: log(1 + exp(-target input)).

    Parameters
    ----------
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds scores, any numbers, of any shape, and ``target`` labels 1 or -1 of that shape.
    The loss is at least 0 and grows like the score of a wrong sign. ValueError for other labels
    and for shapes that differ.

    Equal to `torch.nn.SoftMarginLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html>`__, but that it does
    not overflow where torch gives inf and nan: from a score of -89 in float32, -710 in float64.

    Examples
    --------
    >>> print(SoftMarginLoss(reduction="none")([2.0, 2.0], [1, -1]).round(4))
    [0.1269 2.1269]
    """

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (scores,) = floats(input=input)
        return scores, as_signs(target, scores.shape, scores)

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        lead = step(target * input)
        loss = step(softplus(-lead))

        def backward(share: Any) -> Any:
            grad = step(-share * target * sigmoid(-lead))
            return grad

        return loss, backward


class MultiLabelSoftMarginLoss(Loss):
    """Minus the log-probability of a yes or no per class, given its logit, averaged over classes.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,); the mean still divides by C.
    reduction
        'none', 'mean' or 'sum', over the samples.

    Notes
    -----
    ``input`` holds logits, any numbers, shaped (..., C), and ``target`` 1 or 0 (or a probability)
    for each of them. The loss is at least 0. ValueError for targets outside 0..1 and for shapes
    that differ.

    Equal to `torch.nn.MultiLabelSoftMarginLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html>`__, but that
    targets outside 0..1 are refused.

    Examples
    --------
    >>> loss = MultiLabelSoftMarginLoss()
    >>> print(loss([[0.1, 0.2, 0.4, 0.8]], [[1.0, 0.0, 0.0, 1.0]]).round(4))
    0.6817
    """

    weight: Weight = None

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        logits, wanted = aligned("target", input=input, target=target)
        require(logits.ndim, "input must have an axis of classes, got a single number")
        require(logits.shape[-1], f"input {logits.shape} has no classes (axis {logits.ndim - 1})")
        slip = f"lists of classes? Then give 1 or 0 for each class; {LABELS}"
        require_probabilities("target", wanted, slip)
        return logits, wanted, as_factor("weight", self.weight, logits, PER_CLASS)

    def batch(self, input: Array, target: Array, weight: Array) -> tuple[int, ...]:
        return input.shape[:-1]

    def unreduced(self, step: Stepper, input: Array, target: Array, weight: Array) -> Unreduced:
        yes = step(weight * target)
        no = step(weight * (1 - target))
        rest = step(above_relu(input))
        loss = step((yes * (relu(-input) + rest) + no * (relu(input) + rest)).mean(-1))

        def backward(share: Any) -> Any:
            p = step(sigmoid(input))
            grad = step(share / input.shape[-1] * ((yes + no) * p - yes))
            return grad

        return loss, backward
