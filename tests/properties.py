"""What holds of every loss: a property takes a loss and its arguments, and raises if it fails."""

from dataclasses import replace
from unittest.mock import patch

import numpy as np

import lossbook.loss
from lossbook import Loss
from lossbook.compare import agree
from lossbook.loss import as_tuple


def cast(arguments, dtype=np.float64):
    """The arguments as arrays, floats in a dtype."""
    arrays = map(np.asarray, arguments)
    return [a.astype(dtype) if a.dtype.kind == "f" else a.copy() for a in arrays]


def gradients(loss: Loss, *arguments):
    """The gradient of every argument that learns, as a tuple also where there is but one."""
    return as_tuple(loss.grad(*arguments))


def same_as_torch(loss, arguments):
    """Value, gradients, dtypes and shapes are those of torch, in both precisions."""
    for dtype in (np.float32, np.float64):
        agree(loss, *cast(arguments, dtype))


def slope_of_value(loss, arguments):
    """The gradient is the slope of the summed losses, taken from both sides."""
    loss, arguments, h = replace(loss, reduction="none"), cast(arguments), 1e-6
    for name, gradient in zip(loss.learns, gradients(loss, *arguments), strict=True):
        position = loss.takes.index(name)
        for index in np.ndindex(gradient.shape):
            ahead, behind = cast(arguments), cast(arguments)
            ahead[position][index] += h
            behind[position][index] -= h
            slope = (loss(*ahead) - loss(*behind)).sum() / (2 * h)
            np.testing.assert_allclose(gradient[index], slope, rtol=1e-6, atol=1e-7)


def results(loss, arguments):
    """The value and the gradients, of arguments of their own."""
    return loss(*cast(arguments)), *gradients(loss, *cast(arguments))


def one_pass(loss, arguments):
    """value_and_grad gives what a call and grad give."""
    value, gradient = loss.value_and_grad(*cast(arguments))
    both = value, *as_tuple(gradient)
    for together, alone in zip(both, results(loss, arguments), strict=True):
        np.testing.assert_array_equal(together, alone)


def keeps_arguments(loss, arguments):
    """Arguments stay what they were, also read-only ones; results share no memory with them."""
    given, before = cast(arguments), cast(arguments)
    for array in given:
        array.flags.writeable = False
    value, *slopes = loss(*given), *gradients(loss, *given)
    for array, same in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, same)
        assert not any(np.shares_memory(array, result) for result in (value, *slopes))


def keeps_dtype(loss, arguments):
    """The value and the gradients have the dtype of the arguments; float16 is near them."""
    for dtype in (np.float16, np.float32, np.float64):
        given = cast(arguments, dtype)
        for result in (loss(*given), *gradients(loss, *given)):
            assert result.dtype == dtype
    with np.errstate(over="ignore"):
        best = [np.asarray(result, np.float16) for result in results(loss, arguments)]
    rounded = cast(arguments, np.float16)
    for result, exact in zip((loss(*rounded), *gradients(loss, *rounded)), best, strict=True):
        np.testing.assert_allclose(result, exact, 5e-3, 5e-3)


def any_layout(loss, arguments):
    """The order of an array in memory makes no difference: Fortran, reversed, every other."""
    layouts = {
        "fortran": lambda a: np.array(a, order="F"),
        "reversed": lambda a: a[::-1].copy()[::-1] if a.ndim else a,
        "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    }
    for layout in layouts.values():
        given = [layout(a) for a in cast(arguments)]
        ours = loss(*given), *gradients(loss, *given)
        for other, plain in zip(ours, results(loss, arguments), strict=True):
            np.testing.assert_allclose(other, plain, 1e-12, 1e-12)


def same_in_blocks(loss, arguments):
    """A large batch is computed in blocks; here the smallest there are, and some larger."""
    whole = results(loss, arguments)
    for size in (1, 4):
        with patch.object(lossbook.loss, "BLOCK", size):
            parts = results(loss, arguments)
        for ours, plain in zip(parts, whole, strict=True):
            assert np.shape(ours) == np.shape(plain)
            np.testing.assert_allclose(ours, plain, 1e-12, 1e-12)


def explains_itself(loss, arguments):
    """Every step of the trace has a name and an expression; it ends in the value, then in grad."""
    for dtype in (np.float32, np.float64):
        passed = cast(arguments, dtype)
        trace = loss.explain(*passed)
        given, value, gradient = (trace.parts[part] for part in ("given", "value", "gradient"))
        assert [step.name for step in given] == list(loss.needs)
        assert not any(np.shares_memory(s.value, a) for s in trace for a in passed)
        assert all(step.name and step.expression for step in value + gradient)
        assert gradient[0].name == "share"
        assert value[-1].value.dtype == dtype
        np.testing.assert_array_equal(value[-1].value, loss(*passed))
        learned = len(loss.learns)
        for step, grad in zip(gradient[-learned:], gradients(loss, *passed), strict=True):
            assert step.value.dtype == dtype
            np.testing.assert_array_equal(step.value, grad)


EVERYWHERE = [
    same_as_torch,
    one_pass,
    keeps_arguments,
    keeps_dtype,
    any_layout,
    same_in_blocks,
    explains_itself,
]
SMOOTHLY = [slope_of_value]
