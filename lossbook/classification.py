"""Losses of class scores against classes."""

from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import (
    Array,
    along,
    as_array,
    first,
    floats,
    log_softmax,
    named,
    require,
    require_distribution,
)
from lossbook.labels import OneHot, class_axis, dot, label_shape, one_hot, require_labels
from lossbook.loss import Arrays, Loss, Unreduced
from lossbook.trace import Stepper, silent


class ClassLoss(Loss):
    """A loss of scores shaped (C,), (N, C) or (N, C, d1, ...) against a class for each C scores.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,); the mean divides by the weights of the targets.
    ignore_index
        A target that counts for nothing.
    """

    weight: ArrayLike | None = None
    ignore_index: int = -100

    soft: ClassVar[bool] = False
    """Whether the target may be probabilities."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weight is not None:
            object.__setattr__(self, "weight", _class_weight(self.weight))
        if isinstance(self.ignore_index, bool) or not isinstance(
            self.ignore_index, int | np.integer
        ):
            raise TypeError(f"ignore_index must be one integer, got {self.ignore_index!r}")

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (scores,), labels = floats(input=input), as_array("target", target)
        self.require_classes(scores)
        require_labels(scores, labels, self.ignore_index, self.soft)
        return scores, labels.astype(np.intp, copy=False)

    def require_classes(self, scores: Array) -> None:
        """Raise ValueError unless the scores have classes, as many as there are weights."""
        if not scores.ndim:
            raise ValueError("input must have an axis of classes, got a single number")
        axis = class_axis(scores)
        classes = scores.shape[axis]
        if not classes:
            raise ValueError(f"input {scores.shape} has no classes (axis {axis})")
        if self.weight is not None and np.size(self.weight) != classes:
            raise ValueError(
                f"weight has {np.size(self.weight)} numbers, but input {scores.shape} has "
                f"{classes} classes (axis {axis}): give one weight per class"
            )

    def batch(self, input: Array, target: Array) -> tuple[int, ...]:
        return label_shape(input)

    def block(self, index: tuple[slice, ...], input: Array, target: Array) -> Arrays:
        axis = class_axis(input)
        all_classes = (*index[:axis], slice(None), *index[axis:])
        return input[all_classes], target[index if is_label(target) else all_classes]

    def divisor(self, step: Stepper, input: Array, target: Array) -> Any:
        weight = self.weight_of_target(silent, input, target)
        return step(weight.sum())

    def wanted(self, step: Stepper, input: Array, target: Array) -> Array | OneHot:
        """What the target asks of each class: its weight at its class, 0 elsewhere."""
        weight = self.weight_of_target(step, input, target)
        return step(one_hot(target, weight, like=input))

    def weight_of_target(self, step: Stepper, input: Array, target: Array) -> Array:
        """The weight of the class of every target, 0 where it is ignored."""
        counts = (target != self.ignore_index).astype(input.dtype)
        weight: Array
        if self.weight is None:
            weight = step(counts)
        else:
            known = np.where(counts, target, 0)  # an ignored target may be no class at all
            weight = step(counts * self.weight_of_class(input)[known])
        return weight

    def weight_of_class(self, input: Array) -> Array:
        """The weight of every class, 1 if none was given."""
        if self.weight is None:
            return np.ones(input.shape[class_axis(input)], input.dtype)
        return np.asarray(self.weight, input.dtype)


def is_label(target: Array) -> bool:
    """Whether a target holds classes (integers), not probabilities (floats)."""
    return target.dtype.kind != "f"


def _class_weight(weight: ArrayLike) -> Array:
    """The weights as an array of their own, or an error that says what is wrong with them."""
    if isinstance(weight, str):
        slip = f"did you mean reduction={weight!r}?"
        raise TypeError(f"weight must be one number per class, got {weight!r}: {slip}")
    array = as_array("weight", weight)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"weight is {array.dtype}: it must be one number per class")
    require(array.ndim == 1, f"weight must be one number per class, got shape {array.shape}")
    wrong = ~((array >= 0) & np.isfinite(array))
    if wrong.any():
        where = first(wrong)
        raise ValueError(f"{named('weight', where)} is {array[where]}: a weight is 0 or more")
    array = array.astype(np.float64)
    array.flags.writeable = False
    return array


class NLLLoss(ClassLoss):
    """Minus the log-probability that the input gives to the target class.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,); the mean divides by the weights of the targets.
    ignore_index
        A target that counts for nothing.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds log-probabilities, shaped (C,), (N, C) or (N, C, d1, ...), which is not
    checked: of other scores the loss says nothing. ``target`` holds the classes 0 ... C - 1,
    shaped like the input without its class axis. The loss is 0 where the target's probability
    is 1 and grows without bound. It raises IndexError for a class that does not exist, and
    ValueError or TypeError for shapes and dtypes that do not fit.

    Equal to `torch.nn.NLLLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html>`__, but where torch gives
    nan: 0 times infinity is 0, and so is the gradient where no target counts.

    Examples
    --------
    >>> import numpy as np
    >>> loss = NLLLoss(reduction="none")(np.log([[0.7, 0.2, 0.1]]), [0])
    >>> print(loss.round(4))
    [0.3567]
    """

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        axis = class_axis(input)
        wanted = self.wanted(step, input, target)
        loss = step(-dot(wanted, input, axis))

        def backward(share: Any) -> Any:
            grad = step(share * (np.zeros_like(input) - wanted))
            return grad

        return loss, backward


class CrossEntropyLoss(ClassLoss):
    """Minus the log-probability that softmax(input) gives to the target, on average over it.

    The target may also be probabilities. A class is then the special case of all the
    probability in one place, and one formula serves both.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,). With classes as targets the mean divides by the
        weights of the targets, with probabilities by their number.
    ignore_index
        A target class that counts for nothing.
    label_smoothing
        The share of the target, from 0 to 1, that is spread evenly over all C classes.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds logits, any numbers, shaped (C,), (N, C) or (N, C, d1, ...); ``target`` the
    classes 0 ... C - 1, shaped like the input without its class axis, or probabilities of the
    input's shape. The loss is at least 0 and, without weights, at least the entropy of the
    target. It raises IndexError for a class that does not exist, and ValueError or TypeError for
    targets that are no distribution and for shapes and dtypes that do not fit.

    Equal to `torch.nn.CrossEntropyLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html>`__, but for what it
    refuses (targets that are no distribution, a single class, a negative smoothing), and where
    torch gives nan: 0 times infinity is 0, and so is the gradient where no target counts.

    Examples
    --------
    >>> loss = CrossEntropyLoss(reduction="none")([[1.0, 2.0], [1.0, 3.0]], [0, 1])
    >>> print(loss.round(4))
    [1.3133 0.1269]
    """

    soft: ClassVar[bool] = True

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        smoothing = self.label_smoothing
        number = isinstance(smoothing, int | float | np.floating) and not isinstance(
            smoothing, bool
        )
        require(
            number and 0 <= smoothing <= 1,
            f"label_smoothing must be a number from 0 to 1, got {smoothing!r}",
        )

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        labels = as_array("target", target)
        if is_label(labels) or labels.shape != np.shape(input):
            return super().prepare(input, target)
        scores, chances = floats(input=input, target=target)
        self.require_classes(scores)
        require_distribution("target", chances, class_axis(scores))
        require(
            self.ignore_index < 0,
            f"ignore_index={self.ignore_index} needs a target of classes, got probabilities",
        )
        return scores, chances

    def require_classes(self, scores: Array) -> None:
        """Raise ValueError also for a single class, of which the loss would say nothing."""
        super().require_classes(scores)
        if scores.shape[class_axis(scores)] == 1:
            raise ValueError(
                f"input {scores.shape} has one class (axis {class_axis(scores)}), whose softmax is "
                "1 whatever the input: for one logit per sample use BCEWithLogitsLoss"
            )

    def wanted(self, step: Stepper, input: Array, target: Array) -> Array | OneHot:
        """What the target asks of each class: its weight times its probability."""
        axis, smoothing = class_axis(input), self.label_smoothing
        counts: Any = 1
        if is_label(target):
            if not smoothing:
                return super().wanted(step, input, target)
            counts = (target != self.ignore_index).astype(input.dtype)
            target = np.asarray(one_hot(target, counts, like=input))
            counts = np.expand_dims(counts, axis)
        if smoothing:
            uniform = counts / input.shape[axis]
            target = step((1 - smoothing) * target + smoothing * uniform)
        weight = along(self.weight_of_class(input), axis, input.ndim)
        return step(weight * target)

    def divisor(self, step: Stepper, input: Array, target: Array) -> Any:
        if is_label(target):
            return super().divisor(step, input, target)
        shape = self.batch(input, target)
        return step(prod(shape))

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        axis = class_axis(input)
        log_p = step(log_softmax(input, axis))
        wanted = self.wanted(step, input, target)
        loss = step(-dot(wanted, log_p, axis))

        def backward(share: Any) -> Any:
            softmax = step(np.exp(log_p))
            grad = step(share * (softmax * wanted.sum(axis, keepdims=True) - wanted))
            return grad

        return loss, backward
