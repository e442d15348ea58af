"""Class labels as targets: the checks on them, and the array they stand for."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from lossbook.arrays import Array, along, first, named, times


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

    def sum(self, axis: int, keepdims: bool = False) -> Array:
        """The heights."""
        return np.expand_dims(self.heights, axis) if keepdims else self.heights


def one_hot(target: Array, heights: Array, like: Array) -> OneHot:
    """The heights at the classes of a target, in the shape of the scores; 0 counts nowhere."""
    axis = class_axis(like)
    classes = np.where(heights, target, 0)  # an ignored target may be no class at all
    return OneHot(classes, heights, axis, like.shape[axis])


def dot(wanted: Array | OneHot, x: Array, axis: int) -> Array:
    """The sum of wanted * x along the axis, where 0 times anything, also infinity, is 0."""
    if isinstance(wanted, OneHot):
        return times(wanted.heights, x[wanted.place])
    total: Array = times(wanted, x).sum(axis)
    return total


def require_labels(scores: Array, target: Array, ignore_index: int, soft: bool) -> None:
    """Raise an error that names the misfit unless the target holds a class for each C scores.

    soft: whether the loss would take probabilities too, so that the sentence can offer them.
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
        raise ValueError(_misfit(scores.shape, target, shape, axis, soft))
    classes = scores.shape[axis]
    if not target.size or (target.min() >= 0 and target.max() < classes):
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
        raise IndexError(
            f"{named('target', where)} = {target[where]}, but input has C = {classes} classes "
            f"(axis {axis}): labels must be 0..{classes - 1}, "
            f"or ignore_index ({ignore_index}){cause}"
        )


def _misfit(
    scores: tuple[int, ...], target: Array, labels: tuple[int, ...], axis: int, soft: bool
) -> str:
    """What is wrong with the shape of a target, and the likely slip."""
    got = target.shape
    said = f"target has shape {got}, input {scores}: labels need shape {labels}"
    if got == scores:
        if soft:
            return (
                f"target has input's shape {scores}, so it is read as class probabilities, but it "
                f"is {target.dtype}: convert it to float, or take argmax({axis})"
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
