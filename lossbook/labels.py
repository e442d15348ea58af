"""Class labels as targets: the checks on them, and the array they stand for."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lossbook.arrays import (
    Array,
    along,
    as_array,
    first,
    floats,
    named,
    require_all,
    times,
)
from lossbook.loss import Arrays, Loss, Weight


def class_axis(scores: Array) -> int:
    """The axis of the classes in scores shaped (C,), (N, C) or (N, C, d1, ...)."""
    return min(1, scores.ndim - 1)


def label_shape(scores: Array) -> tuple[int, ...]:
    """The shape of scores without their classes: a label for each C scores."""
    axis = class_axis(scores)
    return scores.shape[:axis] + scores.shape[axis + 1 :]


@dataclass(eq=False)
class OneHot:
    """An array with one height along an axis, at the class, and 0 elsewhere.

    Only the heights are stored, so that a loss of labels costs no array of all classes; in a
    formula it stands where the full array would: ``dot(one_hot, x, axis)``, ``x - one_hot``.
    """

    classes: Array
    heights: Array
    axis: int
    depth: int

    __array_ufunc__ = None  # x - one_hot comes to __rsub__

    @cached_property
    def place(self) -> tuple[Array, ...]:
        """The index of the heights in the full array."""
        shape = self.classes.shape
        grid = [along(np.arange(n), i, len(shape)) for i, n in enumerate(shape)]
        return (*grid[: self.axis], self.classes, *grid[self.axis :])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        shape = list(self.classes.shape)
        shape.insert(self.axis, self.depth)
        full = np.zeros(shape, dtype or self.heights.dtype)
        full[self.place] = self.heights
        return full

    def __rsub__(self, x: Array) -> Array:
        difference = x.copy()
        difference[self.place] -= self.heights
        return difference

    def __rmul__(self, factor: Any) -> "OneHot":
        return OneHot(self.classes, factor * self.heights, self.axis, self.depth)

    def sum(self, axis: int, keepdims: bool = False) -> Array:
        """The heights."""
        return np.expand_dims(self.heights, axis) if keepdims else self.heights


def one_hot(target: Array, like: Array, heights: Array | None = None) -> OneHot:
    """The heights (1) at the classes of a target, in the shape of the scores; 0 counts nowhere."""
    axis = class_axis(like)
    if heights is None:
        heights = np.ones(target.shape, like.dtype)
    else:
        target = target * (heights > 0)  # an ignored target may be no class at all
    return OneHot(target, heights, axis, like.shape[axis])


def without(x: Array, hot: OneHot) -> Array:
    """The array with 0 at a class, written into it."""
    x[hot.place] = 0
    return x


def as_signs(target: ArrayLike, shape: tuple[int, ...], like: Array, name: str = "input") -> Array:
    """The labels, 1 or -1, in the dtype of an array, or an error that names the misfit."""
    labels = as_array("target", target)
    if labels.dtype.kind not in "iuf":
        slip = ": give 2 * target - 1.0" if labels.dtype.kind == "b" else ""
        raise TypeError(f"target is {labels.dtype}, but labels are 1 or -1{slip}")
    if labels.shape != shape:
        slip = ""
        if labels.size == prod(shape):
            slip = f": reshape it to {shape}"
        elif labels.shape == shape[: labels.ndim]:
            slip = f": make {name} one number for each label, or repeat the labels"
        raise ValueError(
            f"target has shape {labels.shape}, but {name} {like.shape} needs a label for each "
            f"loss, {shape}{slip}"
        )

    def must() -> str:
        slip = f": {labels.dtype} has no -1" if labels.dtype.kind == "u" else ""
        if np.isin(labels, (0, 1)).all():
            slip = ": labels 0 and 1? Then give 2.0 * target - 1"
        return f"labels are 1 or -1{slip}"

    require_all(lambda y: np.abs(y) == 1, "target", labels, must)
    return labels.astype(like.dtype, copy=False)


def require_rows(scores: Array) -> None:
    """Raise ValueError unless the scores are one row of classes or several."""
    if scores.ndim not in (1, 2):
        slip = ": flatten it" if scores.ndim else ""
        raise ValueError(f"input must have shape (C,) or (N, C), got {scores.shape}{slip}")
    if not scores.shape[-1]:
        raise ValueError(f"input {scores.shape} has no classes")


def dot(wanted: Array | OneHot, x: Array, axis: int) -> Array:
    """The sum of wanted * x along the axis, where 0 times anything, also infinity, is 0."""
    if isinstance(wanted, OneHot):
        return times(wanted.heights, x[wanted.place])
    total: Array = times(wanted, x).sum(axis)
    return total


def require_labels(
    scores: Array, target: Array, ignore_index: int | None, soft: bool, called: str = "input"
) -> None:
    """Raise an error that names the misfit unless the target holds a class for each C scores.

    soft: whether the loss would take probabilities too, so that the sentence can offer them.
    called: what the sentence calls the scores.
    """
    axis, shape = class_axis(scores), label_shape(scores)
    if target.dtype.kind not in "iu":
        offer = f", or class probabilities of shape {scores.shape}" if soft else ""
        offer += ". Are they swapped? Scores come first" if target.ndim > scores.ndim else ""
        raise TypeError(
            f"target is {target.dtype} of shape {target.shape}: "
            f"give integer labels of shape {shape}{offer}"
        )
    if target.shape != shape:
        raise ValueError(_misfit(scores.shape, target, shape, axis, soft, called))
    classes = scores.shape[axis]
    if not target.size or target.astype(np.uintp).max() < classes:  # where -1 is the largest
        return
    outside = ((target < 0) | (target >= classes)) & (target != ignore_index)
    if outside.any():
        where = first(outside)
        kept = target[target != ignore_index]
        cause = ""
        if classes == 1:
            cause = "; one logit for two classes? Then use BCEWithLogitsLoss"
        elif kept.min() > 0 and kept.max() == classes:
            cause = "; labels counted from 1? Then subtract 1"
        elif target[where] < 0 or target[where] == 255:
            cause = f"; a label that counts for nothing? Then ignore_index={target[where]}"
            if ignore_index is None:
                cause = "; a label that counts for nothing? Then leave out its row"
        other = "" if ignore_index is None else f", or ignore_index ({ignore_index})"
        raise IndexError(
            f"{named('target', where)} = {target[where]}, but {called} has C = {classes} classes "
            f"(axis {axis}): labels must be 0..{classes - 1}{other}{cause}"
        )


def _misfit(
    scores: tuple[int, ...],
    target: Array,
    labels: tuple[int, ...],
    axis: int,
    soft: bool,
    called: str,
) -> str:
    """What is wrong with the shape of a target, and the likely slip."""
    got = target.shape
    said = f"target has shape {got}, {called} {scores}: labels need shape {labels}"
    if got == scores:
        if soft:
            return (
                f"target has {called}'s shape {scores}, so it is read as class probabilities, but "
                f"it is {target.dtype}: convert it to float, or take argmax({axis})"
            )
        return f"{said}. One-hot labels? Take argmax({axis}), or use CrossEntropyLoss"
    if got[:axis] + got[axis + 1 :] == labels and got[axis : axis + 1] == (1,):
        return f"{said}. Squeeze axis {axis}" + (f"; soft labels need {scores}" if soft else "")
    if len(got) > len(scores):
        return f"{said}. Are they swapped? Scores come first"
    if len(scores) > 2 and (got == scores[1:] or (scores[0] == 1 and got == labels[1:])):
        batch = "target[None]" if got == labels[1:] else "input[None], target[None]"
        return f"{said}. The batch axis is missing: give {batch}"
    if len(scores) > 2 and got == scores[:-1]:
        n, c, *d = scores
        moved = (n, d[-1], c, *d[:-1])
        return (
            f"{said}, because input is read as N={n}, C={c}, d={tuple(d)}. Are the classes its "
            f"last axis? Then move that to axis 1: {moved}"
        )
    if prod(got) == prod(labels) and len(got) != len(labels):
        return f"{said}, as many as there are: flatten both, input to (-1, C), or neither"
    if len(got) == len(labels) and got[1:] == labels[1:]:
        return f"{said}. {scores[0]} samples against {got[0]}: check what was flattened before"
    if len(got) == len(labels) and got[:1] == labels[:1]:
        return f"{said}. Resize one of them: {got[1:]} against {labels[1:]}"
    return said + (f"; soft labels need {scores}" if soft else "")


class ClassLoss(Loss):
    """A loss of scores shaped (C,), (N, C) or (N, C, d1, ...) against a class for each C scores.

    Parameters
    ----------
    weight
        How much each class counts, shaped (C,).
    """

    weight: Weight = None

    soft: ClassVar[bool] = False
    """Whether the target may be probabilities."""
    called: ClassVar[str] = "input"
    """What a sentence calls the scores."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weight is not None and np.ndim(self.weight) != 1:
            shape = np.shape(self.weight)
            raise ValueError(f"weight must be one number per class, got shape {shape}")

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (scores,), labels = floats(input=input), as_array("target", target)
        self.require_classes(scores)
        require_labels(scores, labels, self.ignored, self.soft, self.called)
        labels = labels.astype(np.intp, copy=False)
        return scores, labels, self.weight_of_target(scores, labels)

    @property
    def ignored(self) -> int | None:
        """The target that counts for nothing, if there is one."""
        return None

    def require_classes(self, scores: Array) -> None:
        """Raise ValueError unless the scores have classes, as many as there are weights."""
        if not scores.ndim:
            raise ValueError("input must have an axis of classes, got a single number")
        axis = class_axis(scores)
        classes = scores.shape[axis]
        if not classes:
            raise ValueError(f"{self.called} {scores.shape} has no classes (axis {axis})")
        if self.weight is not None and np.size(self.weight) != classes:
            raise ValueError(
                f"weight has {np.size(self.weight)} numbers, but {self.called} {scores.shape} has "
                f"{classes} classes (axis {axis}): give one weight per class"
            )

    def batch(self, input: Array, target: Array, weight: Array) -> tuple[int, ...]:
        return label_shape(input)

    def block(self, index: tuple[slice, ...], input: Array, target: Array, weight: Array) -> Arrays:
        axis = class_axis(input)
        all_classes = (*index[:axis], slice(None), *index[axis:])
        if is_label(target):
            return input[all_classes], target[index], weight[index]
        return input[all_classes], target[all_classes], weight

    def weight_of_class(self, input: Array) -> Array:
        """The weight of every class, 1 if none was given."""
        if self.weight is None:
            return np.ones(input.shape[class_axis(input)], input.dtype)
        return np.asarray(self.weight, input.dtype)

    def weight_of_target(self, input: Array, target: Array) -> Array:
        """The weight of the class of every target, 0 where it is ignored."""
        if self.ignored is None:
            return np.asarray(self.weight_of_class(input)[target])
        counts: Array = (target != self.ignored).astype(input.dtype)
        if self.weight is not None:
            known = target * (counts > 0)  # an ignored target may be no class at all
            counts *= self.weight_of_class(input)[known]
        return counts


def is_label(target: Array) -> bool:
    """Whether a target holds classes (integers), not probabilities (floats)."""
    return target.dtype.kind != "f"
