"""The judge of the tests and the chapters: the torch.nn loss of the same name.

Only this module and those that build on it import torch: the losses themselves need but NumPy.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, DTypeLike

from lossbook.arrays import Array
from lossbook.embedding import PairwiseDistance
from lossbook.heads import Head
from lossbook.loss import Arrays, Loss, as_tuple

TOLERANCE = {"float16": 2e-3, "float32": 2e-6, "float64": 1e-12}
"""How far from torch a number may be, relative to its size or to that of the largest beside it."""


@dataclass(frozen=True, eq=False)
class Parity:
    """The same numbers twice: the value and the gradients, ours and torch's."""

    loss: Loss
    ours: Arrays
    torchs: Arrays

    @property
    def differences(self) -> tuple[float, ...]:
        """The largest difference in the value and in each gradient; 0 where both are nan or inf."""
        return tuple(
            float(np.where(_same(a, b), 0, np.abs(a - b)).max(initial=0))
            for a, b in zip(self.ours, self.torchs, strict=True)
        )

    def __repr__(self) -> str:
        largest = max(self.differences)
        bound = next((text for text in ("1e-12", "1e-5") if largest < float(text)), None)
        names = ", ".join(learned(self.loss))
        if bound is None:
            return f"{self.loss} does not agree with torch: value or gradient of {names} differ"
        return (
            f"{self.loss} agrees with torch:\n"
            f"value and gradient of {names} differ by less than {bound}"
        )


def learned(loss: Loss) -> tuple[str, ...]:
    """The names of the arguments and of the parameters that a gradient is for."""
    return *loss.learns, *(loss.parameters if isinstance(loss, Head) else ())


def results(loss: Loss, *arguments: ArrayLike) -> Arrays:
    """All that a loss computes: the value, and the gradient of everything that learns."""
    value, gradient = loss.value_and_grad(*arguments)
    own = loss.param_grads(*arguments).values() if isinstance(loss, Head) else ()
    return *as_tuple(value), *as_tuple(gradient), *own


def parity(loss: Loss, *arguments: ArrayLike) -> Parity:
    """A loss and its torch namesake on the same arguments.

    Lists of numbers are float64; float32 arrays stay what they are, and torch computes in the
    dtype that the loss does.
    """
    return Parity(loss, results(loss, *arguments), by_torch(loss, *arguments))


def agree(loss: Loss, *arguments: ArrayLike) -> Parity:
    """The parity of a loss, or AssertionError unless torch has the same value and gradients."""
    found = parity(loss, *arguments)
    arrays = loss.prepare(*arguments)
    tolerance = max(TOLERANCE[array.dtype.name] for array in arrays if array.dtype.kind == "f")
    unit = 1 / max(1, prod(loss.batch(*arrays))) if loss.averages else 1  # of one element
    for ours, theirs in zip(found.ours, found.torchs, strict=True):
        if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
            raise AssertionError(
                f"{loss}: {ours.dtype} {ours.shape}, torch {theirs.dtype} {theirs.shape}"
            )
        # Small numbers may be differences of larger ones, of which rounding is a share.
        largest = np.abs(theirs[np.isfinite(theirs)]).max(initial=unit)
        np.testing.assert_allclose(ours, theirs, tolerance, tolerance * largest, err_msg=repr(loss))
    return found


def by_torch(loss: Loss, *arguments: ArrayLike) -> Arrays:
    """Torch's value, and its gradient of everything that learns."""
    prepared = dict(zip(loss.needs, loss.prepare(*arguments), strict=True))
    tensors = {
        name: torch.tensor(np.array(argument, prepared[name].dtype))
        for name, argument in zip(loss.takes, arguments, strict=True)
    }
    judge = twin(loss, prepared[loss.needs[0]].dtype)
    learning = [tensors[name].requires_grad_() for name in loss.learns] + [*judge.parameters()]
    value = judge(*tensors.values())
    parts = value if isinstance(value, tuple) else (value,)
    slopes = torch.autograd.grad(parts[-1].sum(), learning, materialize_grads=True)
    return tuple(tensor.detach().numpy() for tensor in (*parts, *slopes))


def twin(loss: Loss, dtype: DTypeLike) -> torch.nn.Module:
    """The torch.nn loss of the same name, settings and parameters, its arrays in a dtype."""
    settings = {field.name: getattr(loss, field.name) for field in fields(loss)}
    for name, value in settings.items():
        if isinstance(value, np.ndarray):
            settings[name] = torch.tensor(value.astype(dtype))
        elif isinstance(value, PairwiseDistance):
            settings[name] = torch.nn.PairwiseDistance(value.p, value.eps)
    if isinstance(loss, Head):
        own = {name: torch.tensor(array) for name, array in loss.state_dict().items()}
        settings["dtype"] = next(iter(own.values())).dtype
    module: torch.nn.Module = getattr(torch.nn, type(loss).__name__)(**settings)
    if isinstance(loss, Head):
        module.load_state_dict(own)
    return module


def _same(a: Array, b: Array) -> Any:
    """Where two arrays are equal, nan to nan and infinity to infinity."""
    return (a == b) | (np.isnan(a) & np.isnan(b))


def errors(kind: type[Loss], *arguments: ArrayLike, **settings: Any) -> None:
    """Print what torch and lossbook say to the same wrong call."""
    tensors = [torch.tensor(np.asarray(argument)) for argument in arguments]
    given = {
        name: torch.tensor(value) if isinstance(value, list | tuple | np.ndarray) else value
        for name, value in settings.items()
    }
    judge = getattr(torch.nn, kind.__name__)
    print(f"torch:    {_said(lambda: judge(**given)(*tensors))}")
    print(f"lossbook: {_said(lambda: kind(**settings)(*arguments))}")
    print()  # the next call stands apart


def said(call: Callable[[], Any]) -> None:
    """Print what a call says: its error, or its warnings and its value, in four digits.

    Examples
    --------
    >>> said(lambda: torch.nn.NLLLoss()(torch.zeros(1, 3), torch.tensor([3])))
    IndexError: Target 3 is out of bounds.
    >>> said(lambda: torch.nn.L1Loss()(torch.zeros(3), torch.ones(3)))
    no error, 1.0000
    """
    print(_said(call))


def _said(call: Callable[[], Any]) -> str:
    """What a call says."""
    value, warned = attempt(lambda: _number(call()))
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}"
    said = "".join(f"{warning}; " for warning in warned)
    return f"{said}no error" if value is None else f"{said or 'no error, '}{digits(value)}"


def _number(value: Any) -> Any:
    """A value as an array; None is that of backward()."""
    return None if value is None else np.asarray(getattr(value, "detach", lambda: value)())


def attempt(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What a call returns, or the error that it raises; and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = call()
        except Exception as error:  # whatever it is, it is what the reader sees
            value = error
    return value, [f"{w.category.__name__}: {w.message}" for w in caught]


def digits(value: ArrayLike) -> str:
    """Numbers with four digits."""
    return np.array2string(np.asarray(value) + 0.0, precision=4, floatmode="fixed")
