"""What all losses share: everything around the formula of one element."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from inspect import signature
from itertools import compress
from math import prod
from numbers import Integral, Real
from typing import Any, ClassVar, Self, dataclass_transform

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import Array, aligned, as_weight, common, cuts, total
from lossbook.trace import Recorder, Step, Stepper, Trace, silent

Arrays = tuple[Array, ...]

Weight = ArrayLike | None
"""A setting that says how much each class or element counts."""

Backward = Callable[[Any], Any]
"""From the share of each element in the value to the gradient of each argument that learns."""

Unreduced = tuple[Array, Backward]
"""The loss of every element, and the way back from it to the gradients."""


def as_tuple(gradient: Array | Arrays) -> Arrays:
    """The gradient of each argument, also where there is but one."""
    return gradient if isinstance(gradient, tuple) else (gradient,)


like_torch = np.errstate(all="ignore")
"""Division by zero and overflow give inf and nan without a word, as they do in torch."""

BLOCK = 2**14
"""How many numbers are evaluated at a time, at least: their intermediate results stay in the cache.

Of large arguments up to eight times as many, as far as this takes little memory.
"""

KINDS: dict[Any, tuple[Any, str]] = {
    bool: (bool | np.bool_, "True or False"),
    int: (Integral, "an integer"),
    float: (Real, "a number"),
}
"""What a setting that is annotated so may be, and how a sentence says it."""


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=False)
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Loss(ABC):
    """A loss: its parameters are those of its torch.nn namesake, and so is its value.

    A subclass says what it takes (`prepare`), the shape of its unreduced loss (`batch`) and what
    each element loses (`unreduced`); the value, the gradient and the explanation follow. Its
    settings are annotated as in a dataclass, which every subclass is made.

    Parameters
    ----------
    reduction
        'none' keeps the loss of every element, 'sum' adds them up, and 'mean' divides that sum
        by what the elements count for together.
    """

    reductions: ClassVar[tuple[str, ...]] = ("none", "mean", "sum")
    takes: ClassVar[tuple[str, ...]] = ()
    """The names of the arguments of a call."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The names of the arrays that these are prepared into: the arguments of the formula."""
    learns: ClassVar[tuple[str, ...]] = ("input",)
    """The arguments that a gradient is for."""
    held: ClassVar[int] = 5
    """About how many arrays of the size of a block an evaluation holds at once."""

    reduction: str = "mean"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)
        cls.takes = tuple(signature(cls.prepare).parameters)[1:]  # without self
        if cls.unreduced is not Loss.unreduced:
            cls.needs = tuple(signature(cls.unreduced).parameters)[2:]  # without self and step
            if not set(cls.learns) <= set(cls.needs):
                raise TypeError(
                    f"{cls.__name__}.learns is {cls.learns}, unreduced takes {cls.needs}"
                )

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        settings = {f.name: f.type for f in fields(cls)}
        unknown = [name for name in kwargs if name not in settings]
        if "reduction" in settings and {"size_average", "reduce"} & set(unknown):
            raise TypeError(
                f"size_average and reduce are deprecated: write reduction={cls._known()}"
            )
        if set(unknown) & set(cls.takes):
            raise TypeError(f"{cls.__name__}(...) takes settings, not data: write {cls._use()}")
        if unknown:
            raise TypeError(
                f"{cls.__name__} has no setting {unknown[0]}: it has {', '.join(settings)}"
            )
        places = sum(not f.kw_only for f in fields(cls))
        if args and not isinstance(args[0], str | Real):  # also in the place of a size
            if callable(args[0]) and "distance_function" in settings:
                slip = f"{args[0]!r}: did you mean distance_function=?"
                raise TypeError(f"{cls.__name__} takes its settings by name, got {slip}")
            weight = " (a weight? Then weight=)" if "weight" in settings and len(args) == 1 else ""
            raise TypeError(
                f"{cls.__name__}(...) takes settings, not data: write {cls._use()}{weight}"
            )
        if len(args) <= places:
            return super().__new__(cls)
        got = args[places]
        meant = ["reduction"] if isinstance(got, str) and got in cls.reductions else []
        likely = {bool: (bool,), int: (int, float), float: (float,)}.get(type(got), ())
        for kind in likely:
            meant = meant or [name for name in settings if settings[name] is kind]
        slip = f": did you mean {meant[0]}={got!r}?" if meant else ""
        raise TypeError(f"{cls.__name__} takes its settings by name, got {got!r}{slip}")

    @classmethod
    def _use(cls) -> str:
        """How a loss is called, as a sentence shows it."""
        sizes = [f.name for f in fields(cls) if f.default is MISSING]
        return f"{cls.__name__}({', '.join(sizes)})({', '.join(cls.takes)})"

    def __post_init__(self) -> None:
        if not isinstance(self.reduction, str) or self.reduction not in self.reductions:
            raise ValueError(f"reduction must be {self._known()}, got {self.reduction!r}")
        for setting in fields(self):
            value = getattr(self, setting.name)
            if setting.type is Weight and value is not None:
                object.__setattr__(self, setting.name, as_weight(setting.name, value))
            kind, must = KINDS.get(setting.type, (object, ""))
            a_bool_for_a_number = isinstance(value, bool) and kind in (Real, Integral)
            if not isinstance(value, kind) or a_bool_for_a_number:
                raise TypeError(f"{setting.name} must be {must}, got {value!r}")
            if kind is Real and value != value:
                raise ValueError(f"{setting.name} must be {must}, got nan")

    @abstractmethod
    def prepare(self, *args: Any, **kwargs: Any) -> Arrays:
        """The arguments as arrays that fit together, or an error that names the misfit."""

    @abstractmethod
    def unreduced(self, step: Stepper, *args: Any, **kwargs: Any) -> Unreduced:
        """The loss of every element, and the way back from it to the gradients."""

    def batch(self, *args: Any, **kwargs: Any) -> tuple[int, ...]:
        """The shape of the unreduced loss: that of the first argument, if it is elementwise."""
        shape: tuple[int, ...] = args[0].shape
        return shape

    def block(self, index: tuple[slice, ...], *args: Any, **kwargs: Any) -> Arrays:
        """The part of the arguments that a block of the unreduced loss is computed from.

        The axes of the batch come first; one that is missing or has length 1 serves all blocks.
        """
        axes = len(index)
        return tuple(
            [
                a[index] if a.ndim >= axes and 1 not in a.shape[:axes] else _part(a, index)
                for a in args
            ]
        )

    def work(self, *args: Any, **kwargs: Any) -> int:
        """How many numbers are evaluated: what a block is measured in."""
        return int(args[0].size)

    def shared(self, name: str, array: Array, batch: tuple[int, ...]) -> bool:
        """Whether blocks share the numbers of an argument, so that their gradients add up."""
        return array.size < prod(batch)

    def divisor(self, step: Stepper, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Any:
        """What the mean divides by: the number of elements, unless weights say otherwise."""
        return step(prod(shape))

    def __call__(self, *args: ArrayLike, **kwargs: ArrayLike) -> Any:
        """The value: a NumPy scalar, or an array where the reduction is 'none'."""
        value, _ = self._evaluate(args, kwargs, slope=False)
        return value

    def grad(self, *args: ArrayLike, **kwargs: ArrayLike) -> Any:
        """The gradient of the value (of its sum, where the reduction is 'none').

        One array, or a tuple of arrays where more than one argument learns.
        """
        _, gradient = self.value_and_grad(*args, **kwargs)
        return gradient

    def value_and_grad(self, *args: ArrayLike, **kwargs: ArrayLike) -> tuple[Any, Any]:
        """The value and the gradient, from one pass."""
        value, gradients = self._evaluate(args, kwargs, slope=True)
        return value, gradients if len(gradients) > 1 else gradients[0]

    @like_torch
    def explain(self, *args: ArrayLike, **kwargs: ArrayLike) -> Trace:
        """The value and the gradient, worked out step by step, float16 as float32."""
        arrays, _ = common(self._prepared(args, kwargs))
        steps = [
            Step("given", name, "", a.copy()) for name, a in zip(self.needs, arrays, strict=True)
        ]
        step = Recorder("value", steps)
        loss, backward = self.unreduced(step, *arrays)
        if self.reduction != "none":
            total = step(loss.sum())
        divisor = self.divisor(step, loss.shape, *arrays) if self.averages else 1
        if self.averages and divisor:
            mean = step(total / divisor)
        elif self.averages:
            mean = step(total * np.nan)  # noqa: F841 - named for the trace
        step.part = "gradient"
        if divisor:  # noqa: SIM108 - the trace shows one of two lines
            share = step(1 / divisor)
        else:
            share = step(0)
        if self.differentiable:
            backward(share)
        return Trace(repr(self), tuple(step.steps))

    @classmethod
    def _known(cls) -> str:
        """The reductions, as a sentence names them."""
        *most, last = map(repr, cls.reductions)
        return f"{', '.join(most)} or {last}"

    @property
    def differentiable(self) -> bool:
        """Whether there is a gradient: only a distance of the caller's may lack one."""
        return True

    @cached_property
    def keeps(self) -> bool:
        """Whether the loss of every element is wanted."""
        return self.reduction == "none"

    @cached_property
    def averages(self) -> bool:
        """Whether the reduction divides."""
        return self.reduction not in ("none", "sum")

    @like_torch
    def _evaluate(self, args: Any, kwargs: Any, slope: bool) -> tuple[Any, Arrays]:
        """The value, and the gradients if the slope is asked for."""
        given = self._prepared(args, kwargs)
        arrays, dtype = common(given)
        evaluate = self._at_once if self.work(*arrays) <= 4 * BLOCK else self._in_blocks
        loss, divisor, gradients = evaluate(arrays, slope)
        value = loss if self.keeps else loss.sum()
        if self.averages and not self.keeps:
            value = value / divisor if divisor else value * np.nan
        if value.dtype != dtype:
            value = value.astype(dtype)
        if not slope:
            return value, ()
        owners = compress(given, self._learned)
        return value, tuple(
            gradient.astype(owner.dtype, copy=False)
            for gradient, owner in zip(gradients, owners, strict=True)
        )

    def _prepared(self, args: Any, kwargs: Any) -> Arrays:
        """The arguments as arrays; one too many or too few is an error that speaks of the call."""
        try:
            return self.prepare(*args, **kwargs)
        except TypeError:
            try:
                signature(self.prepare).bind(*args, **kwargs)
            except TypeError as error:
                other = [name for name in kwargs if name not in self.takes]
                slip = f"it takes no {other[0]!r}" if other else error
                raise TypeError(f"{self._use()}: {slip}") from None
            raise

    @cached_property
    def _learned(self) -> list[bool]:
        """Which of the prepared arrays a gradient is for."""
        return [name in self.learns for name in self.needs]

    def _at_once(self, arrays: Arrays, slope: bool) -> tuple[Array, Any, Arrays]:
        """The unreduced loss, what the mean divides by, and the gradients."""
        loss, backward = self.unreduced(silent, *arrays)
        divisor = self.divisor(silent, loss.shape, *arrays) if self.averages else 1
        return loss, divisor, _gradients(backward, divisor) if slope else ()

    def _in_blocks(self, arrays: Arrays, slope: bool) -> tuple[Array, Any, Arrays]:
        """The same, a block at a time; of a loss to be reduced, the sum of each block."""
        shape, dtype, learned = self.batch(*arrays), arrays[0].dtype, self._learned
        divisor = self.divisor(silent, shape, *arrays) if self.averages else 1
        adds = [self.shared(name, a, shape) for name, a in zip(self.needs, arrays, strict=True)]
        outputs = [
            (np.zeros_like(a) if add else np.empty_like(a)) if slope and learns else a
            for a, add, learns in zip(arrays, adds, learned, strict=True)
        ]
        whole, sums = np.empty(shape if self.keeps else 0, dtype), []
        work = self.work(*arrays)
        spare = sum(a.size for a in compress(arrays, learned)) // (5 * self.held)
        size = min(max(spare, BLOCK), 8 * BLOCK)
        for index in cuts(shape, max(1, size * prod(shape) // work)):
            loss, backward = self.unreduced(silent, *self.block(index, *arrays))
            if self.keeps:
                whole[index] = loss
            else:
                sums.append(total(loss))
            if slope:
                places = compress(zip(adds, self.block(index, *outputs), strict=True), learned)
                gradients = _gradients(backward, divisor)
                for (add, place), gradient in zip(places, gradients, strict=True):
                    if add:
                        place += gradient
                    else:
                        place[...] = gradient
                del gradients, gradient
            del loss, backward  # the next block takes their place in memory
        loss = whole if self.keeps else np.array(sums, dtype)
        return loss, divisor, tuple(compress(outputs, learned)) if slope else ()

    def __repr__(self) -> str:
        """The settings that differ from the defaults, as torch's modules show them."""
        settings = {f: getattr(self, f.name) for f in fields(self)}
        plain = {f: v.tolist() if isinstance(v, np.ndarray) else v for f, v in settings.items()}
        changed = [f"{f.name}={value!r}" for f, value in plain.items() if value != f.default]
        return f"{type(self).__name__}({', '.join(changed)})"


def _part(array: Array, index: tuple[slice, ...]) -> Array:
    """The part of an array at an index, of which it may lack axes or have them of length 1."""
    own = (i if n > 1 else slice(None) for i, n in zip(index, array.shape, strict=False))
    place: tuple[Any, ...] = (*own, ...)
    part: Array = array[place]
    return part


def _gradients(backward: Backward, divisor: Any) -> Arrays:
    """The gradients of a loss to be divided; where nothing counts, they are 0."""
    gradient = backward(1 / divisor if divisor else 0)
    return tuple(map(np.asarray, as_tuple(gradient)))


class Elementwise(Loss):
    """A loss of every element of an input against a target of its shape, which may be integers."""

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        return aligned("target", input=input, target=target)
