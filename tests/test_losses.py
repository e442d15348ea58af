"""Every loss: a table of cases times the properties that hold of each, and torch's signature."""

import copy
import inspect
import pickle
from dataclasses import MISSING, fields

import numpy as np
import pytest
import torch
from properties import EVERYWHERE, SMOOTHLY, reductions

import lossbook
from lossbook import CrossEntropyLoss, Loss, NLLLoss
from lossbook.arrays import cuts
from lossbook.cases import CLASSES, SCORES, SMOOTH, SPECIAL
from lossbook.compare import agree


def named(cases):
    return [
        pytest.param(loss, arguments, id=f"{loss}-{[np.shape(a) for a in arguments]}-{number}")
        for number, (loss, *arguments) in enumerate(cases)
    ]


@pytest.mark.parametrize("holds", EVERYWHERE, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("loss", "arguments"), named(SMOOTH + SPECIAL))
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # float16 of 1e4 * SCORES
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss by both")  # of KLDiv
def test_property(loss, arguments, holds):
    for reduced in reductions(loss):
        holds(reduced, arguments)


@pytest.mark.parametrize("holds", SMOOTHLY, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("loss", "arguments"), named(SMOOTH))
def test_smooth_property(loss, arguments, holds):
    holds(loss, arguments)


LOSSES = [getattr(lossbook, name) for name in lossbook.__all__ if name != "Loss"]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_in_the_table(loss):
    assert any(type(case[0]) is loss for case in SMOOTH + SPECIAL)


@pytest.mark.parametrize("loss", LOSSES)
def test_settings_are_those_of_torch(loss):
    deprecated = {"size_average", "reduce"}
    parameters = inspect.signature(getattr(torch.nn, loss.__name__)).parameters
    theirs = {name: p.default for name, p in parameters.items() if name not in deprecated}
    ours = {field.name: field.default for field in fields(loss)}
    left_out = {"device", "options"}  # there is no other device; large arguments are always cut
    assert {
        name: inspect.Parameter.empty if default is MISSING else default
        for name, default in ours.items()
    } == {name: default for name, default in theirs.items() if name not in left_out}


@pytest.mark.parametrize("loss", LOSSES)
def test_arguments_are_those_of_torch(loss):
    forward = inspect.signature(getattr(torch.nn, loss.__name__).forward).parameters
    _, *theirs = (name.rstrip("_") for name in forward)
    if loss.__name__ == "PoissonNLLLoss":  # there also the name of a setting; not in its formula
        theirs[theirs.index("log_input")] = "input"
    assert loss.takes == tuple(theirs)


def test_arguments_may_be_named():
    by_name = CrossEntropyLoss()(target=CLASSES, input=SCORES)
    assert by_name == CrossEntropyLoss()(SCORES, CLASSES)


def test_lists_are_float64_alone_and_follow_the_arrays_they_come_with():
    assert CrossEntropyLoss()([[1, 2]], [0]).dtype == np.float64
    assert CrossEntropyLoss()([[1.0, 2.0]], np.float32([[0.5, 0.5]])).dtype == np.float32


def test_targets_may_have_any_integer_dtype():
    for dtype in (np.int8, np.uint8, np.int32, np.uint64):
        assert NLLLoss()(SCORES, CLASSES.astype(dtype)) == NLLLoss()(SCORES, CLASSES)


def test_each_gradient_has_the_dtype_of_its_argument():
    soft = np.full(SCORES.shape, 1 / 3)
    for given, target, value in [
        (np.float32, np.float64, np.float64),
        (np.float64, np.float32, np.float64),
        (np.float16, np.float32, np.float32),
    ]:
        result, gradient = CrossEntropyLoss().value_and_grad(
            SCORES.astype(given), soft.astype(target)
        )
        assert (result.dtype, gradient.dtype) == (value, given)
        if given != np.float16:
            agree(CrossEntropyLoss(), SCORES.astype(given), soft.astype(target))


@pytest.mark.parametrize(
    ("shape", "classes"),
    [((300_000,), 300_000), ((400, 400), 400), ((1, 7, 200, 101), 7), ((2, 70_001), 70_001)],
)
def test_large_arguments_are_computed_in_blocks(shape, classes):
    rng = np.random.default_rng(4)
    scores = rng.normal(size=shape).astype(np.float32)
    axis = min(1, len(shape) - 1)
    labels = rng.integers(classes, size=shape[:axis] + shape[axis + 1 :])
    assert scores.size > 2 * lossbook.loss.BLOCK
    for reduction in Loss.reductions:
        agree(CrossEntropyLoss(reduction=reduction), scores, labels)
    chances = np.abs(scores) / np.abs(scores).sum(axis, keepdims=True)
    agree(CrossEntropyLoss(label_smoothing=0.1), scores, chances)


def test_the_largest_row_is_cut_too():
    indices = list(cuts((1, 10, 10), 20))
    assert indices == [(slice(0, 1), slice(i, i + 2)) for i in range(0, 10, 2)]


def test_ignored_rows_and_zero_weights_do_not_see_infinity():
    assert NLLLoss(reduction="sum")([[-np.inf, 0.0]], [-100]) == 0


def test_any_integer_may_be_ignored():
    scores, void = SCORES, np.array([0, 255, 2, 1, 255])
    agree(CrossEntropyLoss(ignore_index=255), scores, void)


def test_overflow_says_nothing():
    with np.errstate(all="raise"):
        huge = np.array([[3e38, -3e38]], np.float32)
        assert CrossEntropyLoss()(huge, [1]) == np.inf


def test_weight_keeps_its_digits():
    agree(CrossEntropyLoss(weight=[1 / 3, 1 / 7, 1 / 9]), SCORES, CLASSES)


def test_settings_cannot_be_changed():
    loss = CrossEntropyLoss(weight=[1, 2, 3])
    with pytest.raises(ValueError, match="read-only"):
        loss.weight[0] = 100
    with pytest.raises(AttributeError):
        loss.reduction = "sum"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_loss_can_be_copied_and_stored(copied):
    loss = CrossEntropyLoss(weight=[1, 2, 3], label_smoothing=0.1)
    assert copied(loss)(SCORES, CLASSES) == loss(SCORES, CLASSES)


def test_a_reader_can_write_a_loss_of_their_own():
    class Brier(CrossEntropyLoss):
        power: int = 2

        def unreduced(self, step, input, target, weight):
            wanted = np.asarray(self.wanted(step, input, target, weight))
            softmax = step(np.exp(input) / np.exp(input).sum(-1, keepdims=True))
            loss = step((np.abs(softmax - wanted) ** self.power).sum(-1))
            return loss, lambda share: step(share * input)

    loss = Brier(power=2)
    assert repr(Brier(power=4)) == "Brier(power=4)"
    assert loss([[0.0, 0.0]], [0]) == 0.5
    assert loss.explain([[0.0, 0.0]], [0])["mean"] == 0.5


def test_weight_is_a_copy():
    weight = np.array([1.0, 2.0, 3.0])
    loss = CrossEntropyLoss(weight=weight)
    before = loss(SCORES, CLASSES)
    weight[:] = 0
    assert loss(SCORES, CLASSES) == before


def test_repr_shows_what_was_set():
    assert repr(CrossEntropyLoss()) == "CrossEntropyLoss()"
    changed = CrossEntropyLoss(weight=[1, 2], reduction="sum")
    assert repr(changed) == "CrossEntropyLoss(reduction='sum', weight=[1.0, 2.0])"


NOTES = [[1, 2], [1, 3], [1, 3]], [0, 1, 1]
"""The worked example of the notes that the book grew from."""


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        ({"reduction": "none"}, [1.3133, 0.1269, 0.1269]),
        ({"reduction": "sum"}, 1.5671),
        ({}, 0.5224),
        ({"weight": [1, 2], "reduction": "none"}, [1.3133, 0.2539, 0.2539]),
        ({"weight": [1, 2], "reduction": "sum"}, 1.8210),
        ({"weight": [1, 2]}, 0.3642),
    ],
)
def test_numbers_of_the_notes(settings, value):
    np.testing.assert_allclose(CrossEntropyLoss(**settings)(*NOTES), value, atol=5e-5)
