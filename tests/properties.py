"""What holds of every loss: a property takes a loss and its arguments, and raises if it fails."""

from unittest.mock import patch

import numpy as np

import lossbook.loss
from lossbook.compare import agree, learned, results
from lossbook.loss import as_tuple
from lossbook.parity import cast, reductions, with_dtype


def same_as_torch(loss, arguments):
    """Value, gradients, dtypes and shapes are those of torch, in both precisions."""
    for dtype in (np.float32, np.float64):
        agree(with_dtype(loss, dtype), *cast(arguments, dtype))


def slope_of_value(loss, arguments):
    """The gradient is the slope of the summed losses, taken from both sides."""
    loss, arguments, h = reductions(with_dtype(loss, np.float64))[0], cast(arguments), 1e-6

    def total(*moved):
        value = as_tuple(loss(*moved))
        return value[-1].sum()

    def slopes(array):
        for index in np.ndindex(array.shape):
            before = array[index]
            array[index] = before + h
            ahead = total(*arguments)
            array[index] = before - h
            behind = total(*arguments)
            array[index] = before
            yield (ahead - behind) / (2 * h)

    own = getattr(loss, "parameters", {})
    gradients = results(loss, *arguments)[-len(learned(loss)) :]
    for name, gradient in zip(learned(loss), gradients, strict=True):
        place = own[name] if name in own else arguments[loss.takes.index(name)]
        slope = np.reshape([*slopes(place)], place.shape)
        np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-7)


def one_pass(loss, arguments):
    """value_and_grad gives what a call and grad give."""
    value, gradient = loss.value_and_grad(*cast(arguments))
    alone = as_tuple(loss(*cast(arguments))), as_tuple(loss.grad(*cast(arguments)))
    for together, single in zip((as_tuple(value), as_tuple(gradient)), alone, strict=True):
        for ours, plain in zip(together, single, strict=True):
            np.testing.assert_array_equal(ours, plain)


def keeps_arguments(loss, arguments):
    """Arguments stay what they were, also read-only ones; results share no memory with them."""
    given, before = cast(arguments), cast(arguments)
    for array in given:
        array.flags.writeable = False
    for size in (1, lossbook.loss.BLOCK):
        with patch.object(lossbook.loss, "BLOCK", size):
            found = results(loss, *given)
        for array, same in zip(given, before, strict=True):
            np.testing.assert_array_equal(array, same)
            assert not any(np.shares_memory(array, result) for result in found)
        for array in getattr(loss, "parameters", {}).values():
            assert not any(np.shares_memory(array, result) for result in found)


def keeps_dtype(loss, arguments):
    """The value and the gradients have the dtype of the arguments; float16 is near them."""
    for dtype in (np.float16, np.float32, np.float64):
        for result in results(with_dtype(loss, dtype), *cast(arguments, dtype)):
            assert result.dtype == dtype
    rounded = zip(cast(arguments, np.float16), cast(arguments), strict=True)
    if not all(np.allclose(a, b, 1e-3, 0, equal_nan=True) for a, b in rounded):
        return  # too small or too large a number for float16
    half, exact = with_dtype(loss, np.float16), with_dtype(loss, np.float64)
    if hasattr(loss, "dtype"):
        exact.load_state_dict(half.state_dict())
    with np.errstate(over="ignore"):
        best = [np.asarray(r, np.float16) for r in results(exact, *cast(arguments))]
    for result, near in zip(results(half, *cast(arguments, np.float16)), best, strict=True):
        np.testing.assert_allclose(result, near, 5e-3, 5e-3)


def any_layout(loss, arguments):
    """The order of an array in memory makes no difference: Fortran, reversed, every other."""
    layouts = {
        "fortran": lambda a: np.array(a, order="F"),
        "reversed": lambda a: a[::-1].copy()[::-1] if a.ndim else a,
        "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    }
    plain = results(loss, *cast(arguments))
    for layout in layouts.values():
        given = [layout(a) for a in cast(arguments)]
        for other, same in zip(results(loss, *given), plain, strict=True):
            np.testing.assert_allclose(other, same, 1e-12, 1e-12)


def same_in_blocks(loss, arguments):
    """A large batch is computed in blocks; here the smallest there are, and some larger."""
    loss = with_dtype(loss, np.float64)
    whole = results(loss, *cast(arguments))
    for size in (1, 4):
        with patch.object(lossbook.loss, "BLOCK", size):
            parts = results(loss, *cast(arguments))
        for ours, plain in zip(parts, whole, strict=True):
            assert np.shape(ours) == np.shape(plain)
            np.testing.assert_allclose(ours, plain, 1e-12, 1e-12)


def explains_itself(loss, arguments):
    """Every step of the trace has a name and an expression; it ends in the value, then in grad."""
    for dtype in (np.float32, np.float64):
        own, passed = with_dtype(loss, dtype), cast(arguments, dtype)
        trace = own.explain(*passed)
        given, value, gradient = (trace.parts[part] for part in ("given", "value", "gradient"))
        assert [step.name for step in given] == list(own.needs)
        assert not any(np.shares_memory(s.value, a) for s in trace for a in passed)
        assert all(step.name and step.expression for step in value + gradient)
        assert gradient[0].name == "share"
        assert value[-1].value.dtype == dtype
        np.testing.assert_array_equal(value[-1].value, as_tuple(own(*passed))[-1])
        count = len(learned(own))
        for step, grad in zip(gradient[-count:], results(own, *passed)[-count:], strict=True):
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
