"""Every loss: a table of cases times the properties that hold of each, and torch's signature."""

import inspect
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from cases import CLASSES, SCORES, SMOOTH, SPECIAL
from properties import EVERYWHERE, SMOOTHLY

import lossbook
from lossbook import CrossEntropyLoss, Loss, NLLLoss
from lossbook.compare import by_torch


def named(cases):
    return [
        pytest.param(loss, arguments, id=f"{loss}-{[np.shape(a) for a in arguments]}-{number}")
        for number, (loss, *arguments) in enumerate(cases)
    ]


@pytest.mark.parametrize("holds", EVERYWHERE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("reduction", Loss.reductions)
@pytest.mark.parametrize(("loss", "arguments"), named(SMOOTH + SPECIAL))
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # float16 of 1e4 * SCORES
def test_property(loss, arguments, reduction, holds):
    holds(replace(loss, reduction=reduction), arguments)


@pytest.mark.parametrize("holds", SMOOTHLY, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("loss", "arguments"), named(SMOOTH))
def test_smooth_property(loss, arguments, holds):
    holds(loss, arguments)


LOSSES = [getattr(lossbook, name) for name in lossbook.__all__ if name != "Loss"]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_in_the_table(loss):
    assert any(isinstance(case[0], loss) for case in SMOOTH)


@pytest.mark.parametrize("loss", LOSSES)
def test_settings_are_those_of_torch(loss):
    deprecated = {"size_average", "reduce"}
    parameters = inspect.signature(getattr(torch.nn, loss.__name__)).parameters
    theirs = {name: p.default for name, p in parameters.items() if name not in deprecated}
    assert {field.name: field.default for field in fields(loss)} == theirs


@pytest.mark.parametrize("loss", LOSSES)
def test_arguments_are_those_of_torch(loss):
    forward = inspect.signature(getattr(torch.nn, loss.__name__).forward).parameters
    assert loss.takes == tuple(forward)[1:]


def test_arguments_may_be_named():
    by_name = CrossEntropyLoss()(target=CLASSES, input=SCORES)
    assert by_name == CrossEntropyLoss()(SCORES, CLASSES)


def test_lists_are_float64_alone_and_follow_the_arrays_they_come_with():
    assert CrossEntropyLoss()([[1, 2]], [0]).dtype == np.float64
    assert CrossEntropyLoss()([[1.0, 2.0]], np.float32([[0.5, 0.5]])).dtype == np.float32


def test_targets_may_have_any_integer_dtype():
    for dtype in (np.int8, np.uint8, np.int32, np.uint64):
        assert NLLLoss()(SCORES, CLASSES.astype(dtype)) == NLLLoss()(SCORES, CLASSES)


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


DIFFERENCES = [
    pytest.param(
        CrossEntropyLoss(),
        ([[1.0, -np.inf]], [[1.0, 0.0]]),
        np.nan,
        0.0,
        id="probability 0 of a class with logit -inf: 0 times infinity is 0",
    ),
    pytest.param(
        NLLLoss(weight=[1.0, 0.0], reduction="sum"),
        ([[0.0, -np.inf]], [1]),
        np.nan,
        0.0,
        id="weight 0 of a class with log-probability -inf: it counts for nothing",
    ),
]
"""Where torch's number is not followed: torch's, and ours."""


@pytest.mark.parametrize(("loss", "arguments", "torchs", "ours"), DIFFERENCES)
def test_difference_from_torch(loss, arguments, torchs, ours):
    np.testing.assert_equal(float(by_torch(loss, *arguments)[0]), torchs)
    np.testing.assert_equal(float(loss(*arguments)), ours)
    assert np.isfinite(loss.grad(*arguments)).all()


def test_float16_adds_up_in_float32_where_torch_overflows():
    scores, labels = np.zeros((10_000, 1000), np.float16), np.zeros(10_000, int)
    assert by_torch(CrossEntropyLoss(), scores, labels)[0] == np.inf
    value = CrossEntropyLoss()(scores, labels)
    assert value.dtype == np.float16
    assert value == np.float16(np.log(1000))


def test_gradient_where_no_target_counts_is_0_also_where_torch_says_nan():
    loss = CrossEntropyLoss(weight=[0.0, 1.0])
    value, gradient = loss.value_and_grad([[1.0, 2.0]], [0])
    assert np.isnan(value)
    np.testing.assert_array_equal(gradient, [[0.0, 0.0]])
    assert all(np.isnan(result).all() for result in by_torch(loss, [[1.0, 2.0]], [0]))
