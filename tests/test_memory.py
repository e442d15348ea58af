"""What a large call holds beyond its arguments: a few blocks, whatever the size."""

import tracemalloc

import numpy as np
import pytest

from lossbook import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    GaussianNLLLoss,
    LinearCrossEntropyLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
)

rng = np.random.default_rng(5)


def peak(call, *arguments):
    """The most bytes that a call holds."""
    tracemalloc.start()
    call(*arguments)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def numbers(*shape):
    return rng.uniform(0.1, 0.9, shape).astype(np.float32)


FLAT, ROWS = numbers(2**20), numbers(2**13, 2**7)
LABELS = rng.integers(2**7, size=2**13)


@pytest.mark.parametrize(
    ("loss", "arguments"),
    [
        (MSELoss(), (FLAT, FLAT)),
        (GaussianNLLLoss(full=True), (FLAT, FLAT, FLAT)),
        (BCEWithLogitsLoss(), (FLAT, FLAT)),
        (SoftMarginLoss(), (FLAT, np.sign(FLAT))),
        (CrossEntropyLoss(), (ROWS, LABELS)),
        (CrossEntropyLoss(label_smoothing=0.1), (ROWS, LABELS)),
        (MultiMarginLoss(), (ROWS, LABELS)),
        (TripletMarginLoss(), (ROWS, ROWS, ROWS)),
    ],
    ids=lambda case: repr(case) if not isinstance(case, tuple) else "",
)
def test_a_value_takes_a_quarter_of_its_input_and_a_gradient_half_as_much_again(loss, arguments):
    learning = len(loss.learns) * FLAT.nbytes
    assert peak(loss, *arguments) <= 0.25 * learning
    assert peak(loss.grad, *arguments) <= 1.5 * learning


def test_linear_cross_entropy_never_holds_all_logits():
    loss = LinearCrossEntropyLoss(32, 20_000)
    x, labels = numbers(2000, 32), rng.integers(20_000, size=2000)
    logits = 4 * 2000 * 20_000
    assert peak(loss, x, labels) < logits / 10
    assert peak(loss.value_and_grad, x, labels) < logits / 10


def test_multi_label_margin_never_holds_all_pairs():
    scores, target = numbers(200, 1000), np.full((200, 1000), -1)
    target[:, :3] = [5, 7, 900]
    assert peak(MultiLabelMarginLoss().grad, scores, target) < 5 * scores.nbytes
