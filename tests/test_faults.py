"""The tests can fail: faults are planted in a loss, and each is caught by its property."""

import numpy as np
import properties
import pytest
from cases import CLASSES, IMAGE, PIXELS, SCORES, WEIGHT

from lossbook import CrossEntropyLoss, Loss
from lossbook.arrays import floats
from lossbook.loss import Loss as Base


def faulty(base=CrossEntropyLoss, **methods):
    """A loss that torch takes for its own, with some of its methods replaced."""
    return type(base.__name__, (base,), methods)


class Fault:
    """What goes wrong, with the honest method beside it."""

    @staticmethod
    def unreduced(change):
        """A fault in the formula: `change` gets the loss, the way back and the input."""

        def unreduced(self, step, input, target):
            loss, backward = CrossEntropyLoss.unreduced(self, step, input, target)
            return change(loss, backward, input)

        return faulty(unreduced=unreduced)

    @staticmethod
    def result(change):
        """A fault in what is handed out: `change` gets the value or a gradient, and the input."""

        def evaluate(self, args, kwargs, slope):
            value, gradients = Base._evaluate(self, args, kwargs, slope)
            return change(value, args[0]), tuple(change(g, args[0]) for g in gradients)

        return faulty(_evaluate=evaluate)


def overwrites(loss, backward, input):
    input -= input.max()
    return loss, backward


def counts_ignored(self, step, input, target):
    return step(np.ones(target.shape, input.dtype))


def divides_by_number(self, step, shape, input, target):
    return step(target.size)


def forgets_last_block(self, arrays, slope):
    losses, divisor, gradients = Base._in_blocks(self, arrays, slope)
    return losses[:-1] if not self.keeps else losses * 0, divisor, gradients


def keeps_whole_gradient_share(self, arrays, slope):
    loss, divisor, gradients = Base._at_once(self, arrays, slope)
    return loss, divisor, tuple(gradient * divisor for gradient in gradients)


PLAIN, WEIGHTED = (SCORES, CLASSES), {"weight": WEIGHT}
FAULTS = {
    "sign of the value": (
        Fault.unreduced(lambda loss, backward, x: (-loss, backward)),
        PLAIN, {}, "same_as_torch",
    ),
    "sign of the gradient": (
        Fault.unreduced(lambda loss, backward, x: (loss, lambda share: -backward(share))),
        PLAIN, {}, "slope_of_value",
    ),
    "scale 1 + 1e-7 of the value": (
        Fault.unreduced(lambda loss, backward, x: (loss * (1 + 1e-7), backward)),
        PLAIN, {}, "same_as_torch",
    ),
    "scale 1 + 1e-7 of the gradient": (
        Fault.unreduced(lambda loss, back, x: (loss, lambda share: back(share) * (1 + 1e-7))),
        PLAIN, {}, "same_as_torch",
    ),
    "gradient of one class missing": (
        Fault.unreduced(
            lambda loss, back, x: (loss, lambda share: back(share) * (np.arange(x.shape[-1]) > 0))
        ),
        PLAIN, {}, "slope_of_value",
    ),
    "gradient without 1/N": (
        faulty(_at_once=keeps_whole_gradient_share), PLAIN, {}, "same_as_torch",
    ),
    "mean over N instead of the weights": (
        faulty(divisor=divides_by_number), PLAIN, WEIGHTED, "same_as_torch",
    ),
    "ignored targets count": (
        faulty(weight_of_target=counts_ignored), PLAIN, {"ignore_index": 1}, "same_as_torch",
    ),
    "float64 for float32": (
        Fault.result(lambda result, x: result.astype(np.float64)), PLAIN, {}, "keeps_dtype",
    ),
    "an array of one number for a number": (
        Fault.result(lambda result, x: np.atleast_1d(result)), PLAIN, {}, "same_as_torch",
    ),
    "the input is overwritten": (Fault.unreduced(overwrites), PLAIN, {}, "keeps_arguments"),
    "the result is a view of the input": (
        Fault.result(lambda result, x: x if result.shape else result), PLAIN, {}, "keeps_arguments",
    ),
    "the last block is forgotten": (
        faulty(_in_blocks=forgets_last_block), (IMAGE, PIXELS), {}, "same_in_blocks",
    ),
    "the trace ends in another number": (
        Fault.result(lambda result, x: result + 1), PLAIN, {}, "explains_itself",
    ),
    "value and gradient from two formulas": (
        faulty(__call__=lambda self, *args: CrossEntropyLoss.__call__(self, *args) * 2),
        PLAIN, {}, "one_pass",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    loss, arguments, settings, name = FAULTS[fault]
    getattr(properties, name)(CrossEntropyLoss(**settings), arguments)  # the honest loss passes
    with pytest.raises((AssertionError, ValueError)):
        getattr(properties, name)(loss(**settings), arguments)


class L1Loss(Loss):
    """A loss with a kink, to see that its slope there is looked at."""

    def prepare(self, input, target):
        return floats(input=input, target=target)

    def batch(self, input, target):
        return input.shape

    def unreduced(self, step, input, target):
        error = step(input - target)
        loss = step(np.abs(error))

        def backward(share):
            grad = step(share * self.sign(error))
            return grad

        return loss, backward

    def sign(self, error):
        return np.sign(error)


KINKED = (np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 4.0]))


def test_slope_at_a_kink_is_caught():
    wrong = type(
        "L1Loss", (L1Loss,), {"sign": lambda self, e: np.where(e >= 0, 1.0, -1.0).astype(e.dtype)}
    )
    properties.same_as_torch(L1Loss(), KINKED)
    with pytest.raises(AssertionError):
        properties.same_as_torch(wrong(), KINKED)
