"""The tests can fail: a fault is planted in the source of every loss, and a property finds it."""

import inspect
import sys
from contextlib import contextmanager
from textwrap import dedent, indent
from unittest.mock import patch

import numpy as np
import pytest
from properties import (
    SMOOTHLY,
    any_layout,
    explains_itself,
    keeps_arguments,
    keeps_dtype,
    one_pass,
    reductions,
    same_as_torch,
    same_in_blocks,
    slope_of_value,
)

import lossbook
from lossbook import (
    AdaptiveLogSoftmaxWithLoss,
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    CTCLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    LinearCrossEntropyLoss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from lossbook.cases import SMOOTH, SPECIAL


def takes_over_parameters(loss, arguments):
    """Parameters that are loaded are those that the loss has."""
    state = {name: np.full_like(array, 0.5) for name, array in loss.parameters.items()}
    loss.load_state_dict(state)
    np.testing.assert_equal(loss.parameters, state)


FAULTS = {
    # What all losses share
    (CrossEntropyLoss, "_evaluate"): [
        ("loss.sum()", "loss.sum(keepdims=True)", same_as_torch),
        ("self.averages and not", "slope and self.averages and not", one_pass),
        ("value.astype(dtype)", "value.astype(np.float64)", keeps_dtype),
        ("owner.dtype", "np.float64", keeps_dtype),
    ],
    (CrossEntropyLoss, "_at_once"): [
        ("_gradients(backward, divisor)", "_gradients(backward, 1)", same_as_torch),
    ],
    (CrossEntropyLoss, "_in_blocks"): [
        ("sums.append(total(loss))", "sums = [total(loss)]", same_in_blocks),
        ("_gradients(backward, divisor)", "_gradients(backward, 1)", same_in_blocks),
    ],
    (MSELoss, "_in_blocks"): [("np.empty_like(a)", "a", keeps_arguments)],
    (CrossEntropyLoss, "cuts"): [
        ("range(0, shape[0], rows)", "range(0, shape[0] - 1, rows)", same_in_blocks),
    ],
    (CrossEntropyLoss, "explain"): [
        ("step(1 / divisor)", "step(1)", explains_itself),
        ("a.copy()", "a", explains_itself),
    ],
    (MSELoss, "divisor"): [("prod(shape)", "shape[0]", same_as_torch)],
    (BCELoss, "_part"): [("i if n > 1 else slice(None)", "i", same_in_blocks)],
    # Regression
    (L1Loss, "unreduced"): [
        ("np.sign(error)", "np.where(error >= 0, 1, -1)", same_as_torch),
        ("input - target", "target - input", slope_of_value),
    ],
    (MSELoss, "unreduced"): [
        ("error**2", "error**2 / 2", same_as_torch),
        ("share * 2 * error", "share * error", slope_of_value),
        ("2 * error", '2 * error.ravel("K").reshape(error.shape)', any_layout),
    ],
    (HuberLoss, "unreduced"): [
        ("0.5 * near", "near", same_as_torch),
        ("-self.delta, self.delta", "None, self.delta", same_as_torch),
        ("share * near", "share * error", slope_of_value),
    ],
    (SmoothL1Loss, "unreduced"): [
        ("slope * (error", "near * (error", same_as_torch),
        ("near / beta if beta else np.sign(error)", "near / beta", same_as_torch),
    ],
    (PoissonNLLLoss, "unreduced"): [
        ("if self.full", "if False", same_as_torch),
        ("target > 1", "target > 0", same_as_torch),
        ("np.log(rate)", "np.log(input)", same_as_torch),
        ("target / rate", "target", slope_of_value),
    ],
    (PoissonNLLLoss, "stirling"): [("0.5 * np.log", "np.log", same_as_torch)],
    (GaussianNLLLoss, "unreduced"): [
        ("np.maximum(beside(var, input), self.eps)", "beside(var, input)", same_as_torch),
        ("share * 0.5", "share * (beside(var, input) > self.eps) * 0.5", same_as_torch),
        ("loss + 0.5 * log", "loss + log", same_as_torch),
        ("share * 0.5", "share", slope_of_value),
        ("grad_input, grad_var", "grad_var, grad_input", slope_of_value),
    ],
    (GaussianNLLLoss, "summed"): [("slope.sum(-1)", "slope.mean(-1)", slope_of_value)],
    (GaussianNLLLoss, "shared"): [("array.size < prod(batch)", "False", same_in_blocks)],
    # Classification
    (CrossEntropyLoss, "log_softmax"): [
        ("x - x.max(axis, keepdims=True)", "x - 0", same_as_torch),
        ("x - x.max(axis, keepdims=True)", "x", keeps_arguments),
    ],
    (CrossEntropyLoss, "unreduced"): [
        ("-dot(", "dot(", same_as_torch),
        ("-dot(wanted, log_p, axis)", "-dot(wanted, log_p, axis) * (1 + 1e-7)", same_as_torch),
        ("share * (", "-share * (", slope_of_value),
        ("share * (", "share * (1 + 1e-7) * (", same_as_torch),
        ("softmax * wanted.sum(axis, keepdims=True)", "softmax", slope_of_value),
    ],
    (CrossEntropyLoss, "wanted"): [
        ("(1 - smoothing) * target", "target", same_as_torch),
        ("input.shape[axis]", "(input.shape[axis] - 1)", same_as_torch),
        ("uniform = counts", "uniform = 1", same_as_torch),
        ("weight * target", "target", same_as_torch),
    ],
    (NLLLoss, "divisor"): [("weight.sum()", "weight.size", same_as_torch)],
    (NLLLoss, "weight_of_target"): [
        ("target != self.ignored", "target >= 0", same_as_torch),
        ("self.weight_of_class(input)[known]", "1.0", same_as_torch),
    ],
    (NLLLoss, "unreduced"): [
        ("-dot(", "dot(", same_as_torch),
        ("-share * ", "share * ", slope_of_value),
    ],
    (BCELoss, "unreduced"): [
        ("np.log(input).clip(-100, np.inf)", "np.log(input)", same_as_torch),
        ("(input * (1 - input)).clip(TINY, np.inf)", "input * (1 - input)", same_as_torch),
        ("-weight * (target", "-(target", same_as_torch),
        ("share * weight * ", "share * ", slope_of_value),
        ("input - target", "target - input", slope_of_value),
    ],
    (BCEWithLogitsLoss, "unreduced"): [
        ("weight * pos_weight * target", "weight * target", same_as_torch),
        ("weight * (1 - target)", "weight * pos_weight * (1 - target)", same_as_torch),
        ("relu(-input) + rest", "relu(-input)", same_as_torch),
        ("(yes + no) * p - yes", "p - target", slope_of_value),
    ],
    (KLDivLoss, "divisor"): [
        ("shape[0]", "shape[-1]", same_as_torch),
        ('self.reduction == "batchmean"', "False", same_as_torch),
    ],
    (KLDivLoss, "unreduced"): [
        ("np.exp(target) if self.log_target else target", "target", same_as_torch),
        ("times(p, log_p - input)", "p * (log_p - input)", same_as_torch),
        ("log_p - input", "-input", same_as_torch),
        ("-share * p", "-share * log_p", slope_of_value),
    ],
    # Margin
    (MultiMarginLoss, "unreduced"): [
        ("self.margin - right", "1 - right", same_as_torch),
        ("weight / input.shape[-1]", "weight", same_as_torch),
        ("weight / input", "np.ones_like(weight) / input", same_as_torch),
        ("gap > 0", "gap >= 0", same_as_torch),
        ("2 * gap if", "gap if", slope_of_value),
        ("push - push.sum(-1) * wanted", "push", slope_of_value),
    ],
    (MultiMarginLoss, "weight_of_target"): [
        ("self.weight_of_class(input)[target]", "np.ones(target.shape)", same_as_torch),
    ],
    (MultiLabelMarginLoss, "lengths"): [
        ("np.where(ended.any(-1), ended.argmax(-1), classes)", "(~ended).sum(-1)", same_as_torch),
    ],
    (MultiLabelMarginLoss, "unreduced"): [
        ("gap.sum((-1, -2)) / classes", "gap.sum((-1, -2))", same_as_torch),
        ("times(others, ", "np.multiply(1, ", same_as_torch),
        ("gap > 0", "gap >= 0", same_as_torch),
        ("push - wanted * push.sum(-1, keepdims=True)", "push", slope_of_value),
    ],
    (SoftMarginLoss, "unreduced"): [
        ("softplus(-lead)", "softplus(lead)", same_as_torch),
        ("share * target * sigmoid", "share * sigmoid", slope_of_value),
        ("sigmoid(-lead)", "sigmoid(lead)", slope_of_value),
    ],
    (MultiLabelSoftMarginLoss, "unreduced"): [
        ("mean(-1)", "sum(-1)", same_as_torch),
        ("weight * target", "target", same_as_torch),
        ("share / input.shape[-1]", "share", slope_of_value),
    ],
    # Embedding
    (MarginRankingLoss, "unreduced"): [
        ("self.margin - lead", "-lead", same_as_torch),
        ("gap >= 0", "gap > 0", same_as_torch),
        ("share * target", "share", slope_of_value),
        ("grad_input1, grad_input2", "grad_input2, grad_input1", slope_of_value),
    ],
    (HingeEmbeddingLoss, "unreduced"): [
        ("self.margin - input", "1 - input", same_as_torch),
        ("gap >= 0", "gap > 0", same_as_torch),
        ("return loss, backward", "return input, backward", keeps_arguments),
        ("target * (together", "(together", slope_of_value),
    ],
    (CosineEmbeddingLoss, "unreduced"): [
        ("np.vecdot(input2, input2) + TINY", "np.vecdot(input2, input2)", same_as_torch),
        ("np.vecdot(input1, input1) + TINY", "np.vecdot(input1, input1)", same_as_torch),
        ("cos - self.margin", "cos", same_as_torch),
        ("excess >= 0", "excess > 0", same_as_torch),
        ("unit2 - cos[..., None] * unit1", "unit2", slope_of_value),
        ("grad_input1, grad_input2", "grad_input2, grad_input1", slope_of_value),
    ],
    (TripletMarginLoss, "unreduced"): [
        ("0.5 + 0.5 * np.sign(d_negative - d_swap)", "d_negative > d_swap", same_as_torch),
        ("if self.swap:", "if False:", same_as_torch),
        ("self.margin + ", "", same_as_torch),
        ("gap >= 0", "gap > 0", same_as_torch),
        ("np.minimum(d_negative, d_swap)", "d_swap", same_as_torch),
        ("from_positive[1] - push_swapped * swap[0]", "from_positive[1]", slope_of_value),
        ("from_negative[1] - ", "from_negative[0] - ", slope_of_value),
    ],
    (TripletMarginLoss, "PairwiseDistance"): [
        ("self._norm(np.subtract(x, y) + self.eps)", "self._norm(x - y)", same_as_torch),
        ("distance + (distance == 0)", "distance", same_as_torch),
        (" / np.abs(largest).sum(-1, keepdims=True).clip(1)", "", same_as_torch),
        ("(self.p - 1)", "self.p", slope_of_value),
        ("slope, -slope", "slope, slope", slope_of_value),
    ],
    (TripletMarginWithDistanceLoss, "distance"): [
        ("self.distance_function is None", "True", same_as_torch),
    ],
    # Sequence
    (CTCLoss, "unreduced"): [
        ("-log_p / lengths", "-log_p", same_as_torch),
        ("np.maximum(target_lengths, 1)", "target_lengths", same_as_torch),
        ("not self.zero_infinity", "True", same_as_torch),
        ("counted & (", "(", same_as_torch),
        (" & (np.arange(n)[:, None] < input_lengths)", "", same_as_torch),
        ("np.exp(log_y) - posterior", "-posterior", same_as_torch),
        ("share / lengths", "share * lengths", same_as_torch),
    ],
    (CTCLoss, "emissions"): [("np.where(real, ", "np.where(True, ", same_as_torch)],
    (CTCLoss, "arrivals"): [
        ("states[:, 2:] != states[:, :-2]", "True", same_as_torch),
    ],
    (CTCLoss, "at_the_end"): [
        ("np.logaddexp(on_blank, on_label)", "on_label", same_as_torch),
        (
            "np.where(target_lengths > 0, np.log",
            "np.where(target_lengths > 1, np.log",
            same_as_torch,
        ),
        ("np.where(input_lengths > 0, log_p, no_input)", "log_p", same_as_torch),
    ],
    # Heads
    (LinearCrossEntropyLoss, "affine"): [("product + bias", "product", same_as_torch)],
    (LinearCrossEntropyLoss, "ignored"): [
        (" if self.ignore_index is None else self.ignore_index", "", same_as_torch),
    ],
    (LinearCrossEntropyLoss, "unreduced"): [
        ("slope.T @ ", "abs(slope.T) @ ", slope_of_value),
        ("slope.sum(0)", "slope.mean(0)", slope_of_value),
    ],
    (LinearCrossEntropyLoss, "_in_blocks"): [
        ("place += gradient", "place[...] = gradient", same_in_blocks),
    ],
    (AdaptiveLogSoftmaxWithLoss, "_in_head"): [
        ('side="right"', 'side="left"', same_as_torch),
    ],
    (AdaptiveLogSoftmaxWithLoss, "load_state_dict"): [
        ("mine.update(", "dict(", takes_over_parameters),
    ],
    (AdaptiveLogSoftmaxWithLoss, "_with_mean"): [("loss.mean()", "loss.sum()", same_as_torch)],
    (AdaptiveLogSoftmaxWithLoss, "affine"): [("product + bias", "product", same_as_torch)],
    (AdaptiveLogSoftmaxWithLoss, "unreduced"): [
        ("log_p[rows] += ", "log_p[rows] = ", same_as_torch),
        ("grad_x[rows] += ", "grad_x[rows] = ", slope_of_value),
        ("narrow_slope.T @ ", "-narrow_slope.T @ ", slope_of_value),
        ("slope.sum(0)", "slope.mean(0)", slope_of_value),
    ],
}
"""A loss and a function that it uses; what stands there, a slip for it, and what finds the slip."""


@contextmanager
def planted(loss, name, old, new):
    """Exchange an expression in the source of a function that a loss has or its modules use."""
    places = [*loss.__mro__, *(sys.modules[base.__module__] for base in loss.__mro__)]
    place = next(place for place in places if name in vars(place))
    honest = vars(place)[name]
    honest = getattr(honest, "fget", honest)
    lines, start = inspect.getsourcelines(honest)
    source = dedent("".join(lines))
    assert source.count(old) == 1, f"{old!r} must stand once in {name} of {place}: adapt FAULTS"
    # On its lines of its file, where traces read; in a function, for super() to find the class.
    code = "\n" * (start - 2) + "def plant(__class__):\n"
    code += indent(source.replace(old, new), "    ") + f"\n    return {name}"
    module, made = sys.modules[honest.__module__], {}
    exec(compile(code, module.__file__, "exec"), vars(module), made)
    with patch.object(place, name, made["plant"](place)):
        yield


def failures(loss, holds):
    """The cases of a loss in the table of which a property does not hold."""
    for own, *arguments in SMOOTH if holds in SMOOTHLY else SPECIAL + SMOOTH:
        for reduced in reductions(own) if type(own) is loss else []:
            try:
                holds(reduced, arguments)
            except (AssertionError, ValueError):
                yield reduced, arguments


@pytest.mark.parametrize(
    ("loss", "name", "old", "new", "holds"),
    [
        pytest.param(*place, *fault, id=f"{place[0].__name__}.{place[1]}: {fault[0]} -> {fault[1]}")
        for place, faults in FAULTS.items()
        for fault in faults
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # float16 of 1e4 * SCORES
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss by both")  # of KLDiv
def test_fault_is_found(loss, name, old, new, holds):
    with planted(loss, name, old, new):
        found = next(failures(loss, holds), None)
    assert found, f"no case of {loss.__name__} in the table finds it"
    with planted(loss, name, old, old):
        holds(*found)


def test_every_loss_has_faults():
    assert {loss.__name__ for loss, _ in FAULTS} | {"Loss"} == set(lossbook.__all__)
