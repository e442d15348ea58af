"""Losses of class scores against classes, and of probabilities against probabilities."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import (
    LABELS,
    PER_CLASS,
    PER_ELEMENT,
    TINY,
    Array,
    above_relu,
    aligned,
    along,
    as_array,
    as_factor,
    floats,
    log_softmax,
    relu,
    require,
    require_distribution,
    require_each,
    require_probabilities,
    sigmoid,
    times,
)
from lossbook.labels import (
    ClassLoss,
    OneHot,
    class_axis,
    dot,
    is_label,
    one_hot,
)
from lossbook.loss import Arrays, Elementwise, Loss, Unreduced, Weight
from lossbook.trace import Stepper


class LikelihoodLoss(ClassLoss):
    """Minus the log-probability of the target, of which the mean divides by the weights.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,); the mean divides by the weights of the targets.
    ignore_index
        A target that counts for nothing.
    """

    ignore_index: int | None = -100

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.ignored, Integral) or isinstance(self.ignored, bool):
            raise TypeError(f"ignore_index must be an integer, got {self.ignore_index!r}")

    @property
    def ignored(self) -> Any:
        return self.ignore_index

    def divisor(
        self, step: Stepper, shape: tuple[int, ...], input: Array, target: Array, weight: Array
    ) -> Any:
        return step(weight.sum())

    def wanted(self, step: Stepper, input: Array, target: Array, weight: Array) -> Array | OneHot:
        """What the target asks of each class: its weight at its class, 0 elsewhere."""
        return step(one_hot(target, input, weight))


class NLLLoss(LikelihoodLoss):
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

    def work(self, input: Array, target: Array, weight: Array) -> int:
        return int(target.size)  # no other score is looked at

    def unreduced(self, step: Stepper, input: Array, target: Array, weight: Array) -> Unreduced:
        axis = class_axis(input)
        wanted = self.wanted(step, input, target, weight)
        loss = step(-dot(wanted, input, axis))

        def backward(share: Any) -> Any:
            grad = step(-share * wanted)
            return grad

        return loss, backward


class CrossEntropyLoss(LikelihoodLoss):
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
        require(
            0 <= self.label_smoothing <= 1,
            f"label_smoothing must be a number from 0 to 1, got {self.label_smoothing!r}",
        )

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        labels = as_array("target", target)
        if is_label(labels) or labels.shape != np.shape(input):
            return super().prepare(input, target)
        scores, chances = floats(input=input, target=target)
        self.require_classes(scores)
        axis = class_axis(scores)
        require_distribution("target", chances, axis)
        require(
            self.ignored < 0,
            f"ignore_index={self.ignore_index} needs a target of classes, got probabilities",
        )
        return scores, chances, along(self.weight_of_class(scores), axis, scores.ndim)

    def require_classes(self, scores: Array) -> None:
        """Raise ValueError also for a single class, of which the loss would say nothing."""
        super().require_classes(scores)
        if scores.shape[class_axis(scores)] == 1:
            raise ValueError(
                f"{self.called} {scores.shape} has one class (axis {class_axis(scores)}), whose "
                "softmax is 1 whatever the input: for one logit per sample use BCEWithLogitsLoss"
            )

    def wanted(self, step: Stepper, input: Array, target: Array, weight: Array) -> Array | OneHot:
        """What the target asks of each class: its weight times its probability."""
        axis, smoothing = class_axis(input), self.label_smoothing
        counts: Any = 1
        if is_label(target):
            if not smoothing:
                return super().wanted(step, input, target, weight)
            counts = (target != self.ignored).astype(input.dtype)
            target = np.asarray(one_hot(target, input, counts))
            counts = np.expand_dims(counts, axis)
            weight = along(self.weight_of_class(input), axis, input.ndim)
        if smoothing:
            uniform = counts / input.shape[axis]
            target = step((1 - smoothing) * target + smoothing * uniform)
        return step(weight * target)

    def divisor(
        self, step: Stepper, shape: tuple[int, ...], input: Array, target: Array, weight: Array
    ) -> Any:
        if is_label(target):
            return super().divisor(step, shape, input, target, weight)
        return Loss.divisor(self, step, shape)

    def unreduced(self, step: Stepper, input: Array, target: Array, weight: Array) -> Unreduced:
        axis = class_axis(input)
        log_p = step(log_softmax(input, axis))
        wanted = self.wanted(step, input, target, weight)
        loss = step(-dot(wanted, log_p, axis))

        def backward(share: Any) -> Any:
            softmax = step(np.exp(log_p))
            grad = step(share * (softmax * wanted.sum(axis, keepdims=True) - wanted))
            return grad

        return loss, backward


class BCELoss(Elementwise):
    """Minus the log-probability of a yes or no, given the probability of a yes.

    Parameters
    ----------
    weight
        How much each element counts, of the input's shape or one that broadcasts to it; the mean
        still divides by the number of elements.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds probabilities and ``target`` what was the case: 1, 0 or a probability; both of
    any shape, the same. A logarithm counts as -100 at least, so that a loss is 0 to 100. Next to
    0 and 1 the gradient is large and soon useless: prefer `BCEWithLogitsLoss`. ValueError for
    numbers outside 0..1 and for shapes that do not fit, TypeError for integers.

    Equal to `torch.nn.BCELoss
    <https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html>`__.

    Examples
    --------
    >>> print(BCELoss(reduction="none")([0.9, 0.2], [1.0, 1.0]).round(4))
    [0.1054 1.6094]
    """

    weight: Weight = None

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        chances, wanted = aligned(input=input, target=target)
        require_probabilities("input", chances, "are these logits? Use BCEWithLogitsLoss")
        require_probabilities("target", wanted, LABELS)
        return chances, wanted, as_factor("weight", self.weight, chances, PER_ELEMENT)

    def unreduced(self, step: Stepper, input: Array, target: Array, weight: Array) -> Unreduced:
        log_p = step(np.log(input).clip(-100, np.inf))
        log_q = step(np.log1p(-input).clip(-100, np.inf))
        loss = step(-weight * (target * log_p + (1 - target) * log_q))

        def backward(share: Any) -> Any:
            spread = step((input * (1 - input)).clip(TINY, np.inf))
            grad = step(share * weight * (input - target) / spread)
            return grad

        return loss, backward


class BCEWithLogitsLoss(Elementwise):
    """Minus the log-probability that sigmoid(input) gives to a yes or no.

    Parameters
    ----------
    weight
        How much each element counts, of the input's shape or one that broadcasts to it; the mean
        still divides by the number of elements.
    pos_weight
        How much a yes counts: a number per class, where the classes are the last axis, or what
        else broadcasts to the input.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` holds logits, any numbers, and ``target`` what was the case: 1, 0 or a probability;
    both of any shape, the same. The loss is at least 0 and grows like the logit. ValueError for
    targets outside 0..1 and for shapes that do not fit, TypeError for integers.

    Equal to `torch.nn.BCEWithLogitsLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html>`__, but that targets
    outside 0..1 are refused.

    Examples
    --------
    >>> print(BCEWithLogitsLoss(reduction="none")([2.0, -1.0], [1.0, 1.0]).round(4))
    [0.1269 1.3133]
    """

    weight: Weight = None
    pos_weight: Weight = None

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        logits, wanted = aligned(input=input, target=target)
        require_probabilities("target", wanted, LABELS)
        weight = as_factor("weight", self.weight, logits, PER_ELEMENT)
        return logits, wanted, weight, as_factor("pos_weight", self.pos_weight, logits, PER_CLASS)

    def unreduced(
        self, step: Stepper, input: Array, target: Array, weight: Array, pos_weight: Array
    ) -> Unreduced:
        yes = step(weight * pos_weight * target)
        no = step(weight * (1 - target))
        rest = step(above_relu(input))
        loss = step(yes * (relu(-input) + rest) + no * (relu(input) + rest))

        def backward(share: Any) -> Any:
            p = step(sigmoid(input))
            grad = step(share * ((yes + no) * p - yes))
            return grad

        return loss, backward


class KLDivLoss(Elementwise):
    """How far the distribution of the input is from that of the target: KL(target, input).

    Parameters
    ----------
    log_target
        Whether the target holds log-probabilities too.
    reduction
        'none', 'mean', 'sum' or 'batchmean', which divides by the length of the first axis: the
        divergence per sample, where 'mean' divides by the number of all elements.

    Notes
    -----
    ``input`` holds log-probabilities, which is not checked: of other scores the loss says nothing.
    ``target`` holds probabilities (0 log 0 is 0), of the same shape, any. An element may be
    negative; the sum over a distribution is not. The gradient is minus the target, whatever the
    input. ValueError for negative probabilities and for shapes that differ, TypeError for integers.

    Equal to `torch.nn.KLDivLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html>`__, but for what it refuses,
    and where torch gives nan: 0 times infinity is 0.

    Examples
    --------
    >>> import numpy as np
    >>> p, q = np.log([[0.5, 0.5]]), [[0.9, 0.1]]
    >>> print(KLDivLoss(reduction="batchmean")(p, q).round(4))
    0.3681
    """

    reductions = (*Loss.reductions, "batchmean")

    log_target: bool = False

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        labels = as_array("target", target)
        if hasattr(target, "dtype") and labels.dtype.kind in "iub":
            raise TypeError(
                f"target is {labels.dtype}, but KLDivLoss needs probabilities: "
                "for labels use CrossEntropyLoss, or convert it with .astype(np.float32)"
            )
        scores, chances = aligned(input=input, target=target)
        if not self.log_target and chances.size and not chances.min() >= 0:
            slip = "log-probabilities? Then log_target=True; logits? Apply softmax"
            require_each(chances >= 0, chances, "target", slip)
        require(
            scores.ndim or self.reduction != "batchmean",
            "reduction='batchmean' needs an axis of samples, got a single number",
        )
        return scores, chances

    def divisor(self, step: Stepper, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Any:
        if self.reduction == "batchmean":
            return step(shape[0])
        return super().divisor(step, shape)

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        p = step(np.exp(target) if self.log_target else target)
        log_p = step(target if self.log_target else np.log(target))
        loss = step(times(p, log_p - input))

        def backward(share: Any) -> Any:
            grad = step(-share * p)
            return grad

        return loss, backward
