"""Losses on random arguments: any shape, dtype and settings that a call may have."""

from math import prod

import numpy as np
import properties
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lossbook import CrossEntropyLoss, Loss, NLLLoss, information

dtypes = st.sampled_from([np.float32, np.float64])
reductions = st.sampled_from(Loss.reductions)
numbers = st.floats(-30, 30, width=32)


@st.composite
def shapes(draw):
    """(C,), (N, C) or (N, C, d1, ...), with at least two classes."""
    batch = draw(st.one_of(st.just(()), array_shapes(max_dims=3, max_side=4)))
    classes = draw(st.integers(2, 5))
    return (*batch[:1], classes, *batch[1:])


@st.composite
def calls(draw, soft):
    """A loss of classes, its scores and its target."""
    shape, dtype = draw(shapes()), draw(dtypes)
    axis = min(1, len(shape) - 1)
    classes, batch = shape[axis], shape[:axis] + shape[axis + 1 :]
    scores = draw(arrays(dtype, shape, elements=numbers))
    options = {
        "weight": draw(
            st.none() | st.lists(st.floats(0.125, 4, width=32), min_size=classes, max_size=classes)
        ),
        "reduction": draw(reductions),
    }
    if soft:
        heights = draw(arrays(np.float64, shape, elements=st.floats(0.125, 1)))
        target = (heights / heights.sum(axis, keepdims=True)).astype(dtype)
    else:
        options["ignore_index"] = draw(st.sampled_from([-100, -1, 0]))
        labels = st.integers(0, classes - 1) | st.just(options["ignore_index"])
        target = np.array(draw(st.lists(labels, min_size=prod(batch), max_size=prod(batch))), int)
        target = target.reshape(batch)
    smoothing = {"label_smoothing": draw(st.sampled_from([0.0, 0.1, 1.0]))}
    loss = draw(
        st.sampled_from(
            [CrossEntropyLoss(**options, **smoothing)] + [NLLLoss(**options)] * (not soft)
        )
    )
    return loss, (scores, target)


@settings(deadline=None, max_examples=150)
@given(st.booleans().flatmap(calls))
def test_every_property_holds(call):
    loss, arguments = call
    for holds in (*properties.EVERYWHERE, *properties.SMOOTHLY):
        if holds is not properties.keeps_dtype:  # float16 rounds probabilities: see the table
            holds(loss, arguments)


@settings(deadline=None)
@given(calls(soft=True))
def test_cross_entropy_is_that_of_information_theory(call):
    _, (scores, target) = call
    axis = min(1, scores.ndim - 1)
    scores, target = scores.astype(np.float64), target.astype(np.float64)
    target /= target.sum(axis, keepdims=True)
    softmax = np.exp(scores - scores.max(axis, keepdims=True))
    softmax /= softmax.sum(axis, keepdims=True)
    value = CrossEntropyLoss(reduction="none")(scores, target)
    np.testing.assert_allclose(value, information.cross_entropy(target, softmax, axis=axis), 1e-9)


@settings(deadline=None)
@given(calls(soft=False), st.floats(-1e4, 1e4))
def test_cross_entropy_does_not_see_a_shift_of_all_scores(call, shift):
    _, (scores, target) = call
    loss = CrossEntropyLoss(ignore_index=-1 if (target == -1).any() else -100, reduction="sum")
    scores, target = scores.astype(np.float64), np.maximum(target, 0)
    np.testing.assert_allclose(loss(scores + shift, target), loss(scores, target), 1e-6, 1e-6)
