"""A wrong call gets one sentence that names the argument, what came, what must come and why."""

import re
from dataclasses import fields
from functools import partial

import numpy as np
import pytest
import torch

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

NAN = float("nan")
SCORES = np.zeros((2, 3), np.float32)
IMAGE = np.zeros((2, 3, 4, 4), np.float32)
COLUMN, ROW = np.zeros((3, 1)), np.ones(3)


def called(loss, *arguments, **settings):
    """A call of a loss of these settings."""
    return lambda: loss(**settings)(*arguments)


def made(loss, *settings, **named):
    """A loss, made of settings by position and by name."""
    return lambda: loss(*settings, **named)


class WithSlope:
    """A distance with a slope of its own."""

    def __init__(self, slope):
        self.slope = slope

    def __call__(self, x, y):
        return np.abs(x - y).sum(-1)


def head(loss, *arguments, method="__call__"):
    """A call of a method of a loss."""
    return lambda: getattr(loss, method)(*arguments)


ce, nll = partial(called, CrossEntropyLoss), partial(called, NLLLoss)

LIKELIHOOD = {
    "label out of range": (
        ce(SCORES, [0, 3]),
        IndexError,
        "target[1] = 3, but input has C = 3 classes (axis 1): labels must be 0..2, "
        "or ignore_index (-100)",
    ),
    "labels from 1": (ce(SCORES, [1, 3]), IndexError, "labels counted from 1?"),
    "void label": (ce(SCORES, [0, -1]), IndexError, "Then ignore_index=-1"),
    "label out of range, image": (
        ce(IMAGE, np.full((2, 4, 4), 7)),
        IndexError,
        "target[0, 0, 0] = 7, but input has C = 3 classes",
    ),
    "label out of range, one sample": (
        ce(SCORES[0], 5),
        IndexError,
        "target = 5, but input has C = 3 classes (axis 0)",
    ),
    "one channel for two classes": (
        ce(IMAGE[:, :1], np.ones((2, 4, 4), int)),
        ValueError,
        "for one logit per sample use BCEWithLogitsLoss",
    ),
    "one channel for two classes, NLL": (
        nll(IMAGE[:, :1], np.ones((2, 4, 4), int)),
        IndexError,
        "Then use BCEWithLogitsLoss",
    ),
    "one class": (ce(SCORES[:, :1], [0, 0]), ValueError, "whose softmax is 1 whatever the input"),
    "float labels": (
        ce(SCORES, np.float32([0, 1])),
        TypeError,
        "target is float32 of shape (2,): give integer labels of shape (2,), "
        "or class probabilities of shape (2, 3)",
    ),
    "float labels for NLL": (
        nll(SCORES, np.float32([0, 1])),
        TypeError,
        "target is float32 of shape (2,): give integer labels of shape (2,)",
    ),
    "bool labels": (ce(SCORES, [True, False]), TypeError, "target is bool of shape (2,)"),
    "no target": (ce(SCORES, None), TypeError, "target is object"),
    "column of labels": (
        ce(SCORES, [[0], [1]]),
        ValueError,
        "target has shape (2, 1), input (2, 3): labels need shape (2,). Squeeze axis 1; "
        "soft labels need (2, 3)",
    ),
    "mask with a channel axis": (
        ce(IMAGE, np.zeros((2, 1, 4, 4), int)),
        ValueError,
        "labels need shape (2, 4, 4). Squeeze axis 1",
    ),
    "mask of another size": (
        ce(IMAGE, np.zeros((2, 5, 5), int)),
        ValueError,
        "Resize one of them: (5, 5) against (4, 4)",
    ),
    "one-hot integers": (
        ce(SCORES, [[1, 0, 0], [0, 1, 0]]),
        ValueError,
        "target has input's shape (2, 3), so it is read as class probabilities, but it is int64: "
        "convert it to float, or take argmax(1)",
    ),
    "one-hot for NLL": (
        nll(SCORES, [[1, 0, 0], [0, 1, 0]]),
        ValueError,
        "One-hot labels? Take argmax(1), or use CrossEntropyLoss",
    ),
    "batch sizes": (
        ce(np.zeros((4, 3)), [0, 1]),
        ValueError,
        "4 samples against 2: check what was flattened before",
    ),
    "(N, T, C) logits": (
        ce(np.zeros((2, 5, 3)), np.zeros((2, 5), int)),
        ValueError,
        "input is read as N=2, C=5, d=(3,). Are the classes its last axis? Then move that to "
        "axis 1: (2, 3, 5)",
    ),
    "(N, H, W, C) logits": (
        ce(np.zeros((2, 4, 5, 3)), np.zeros((2, 4, 5), int)),
        ValueError,
        "Then move that to axis 1: (2, 3, 4, 5)",
    ),
    "soft labels of another number of classes": (
        ce(SCORES, np.full((2, 2), 0.5)),
        TypeError,
        "or class probabilities of shape (2, 3)",
    ),
    "soft labels that do not sum to 1": (
        ce(SCORES, np.float32([[0.5, 0.5, 0], [0.5, 0.5, 0.5]])),
        ValueError,
        "target[1] sums to 1.5 along axis 1, 0.5 too much",
    ),
    "soft labels below 0": (
        ce(SCORES, np.float32([[0.5, 0.5, 0], [1.5, -0.5, 0]])),
        ValueError,
        "target[1, 1] is -0.5, but a probability lies between 0 and 1",
    ),
    "soft labels that are nan": (
        ce(SCORES, np.float32([[0.5, 0.5, 0], [1, np.nan, 0]])),
        ValueError,
        "target[1, 1] is nan, but a probability lies between 0 and 1",
    ),
    "(N,) logits with (N,) float labels": (
        ce([2.0, -1.0, 0.5], [1.0, 0.0, 1.0]),
        ValueError,
        "target sums to 2 along axis 0",
    ),
    "ignore_index with probabilities": (
        ce(SCORES, np.full((2, 3), 1 / 3), ignore_index=0),
        ValueError,
        "ignore_index=0 needs a target of classes, got probabilities",
    ),
    "swapped arguments": (
        ce(np.array([0, 1]), SCORES),
        TypeError,
        "input is int64, but must be an array of float16, float32 or float64: convert it with "
        ".astype(np.float32), and check that scores come first and targets second",
    ),
    "no scores": (ce(3.0, 0), ValueError, "input must have an axis of classes"),
    "a tuple of outputs": (ce(({"logits": 1},), [0]), TypeError, "input is tuple of object"),
    "ragged scores": (ce([[1, 2], [1]], [0, 0]), ValueError, "input is a ragged list"),
    "complex scores": (ce(SCORES + 0j, [0, 1]), TypeError, "input is complex64"),
    "weight of the wrong length": (
        ce(SCORES, [0, 1], weight=[1, 2]),
        ValueError,
        "weight has 2 numbers, but input (2, 3) has 3 classes (axis 1): give one weight per class",
    ),
    "weight of samples": (
        made(CrossEntropyLoss, weight=[[1.0, 2.0]]),
        ValueError,
        "weight must be one number per class, got shape (1, 2)",
    ),
    "weight that is a reduction": (
        made(CrossEntropyLoss, weight="sum"),
        TypeError,
        "weight must hold numbers, got 'sum': did you mean reduction='sum'?",
    ),
    "weight that is a mask": (
        made(CrossEntropyLoss, weight=[True, False]),
        TypeError,
        "weight is bool",
    ),
    "smoothing above 1": (
        made(CrossEntropyLoss, label_smoothing=1.5),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got 1.5",
    ),
    "smoothing below 0": (
        made(CrossEntropyLoss, label_smoothing=-0.5),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got -0.5",
    ),
    "tensor with a gradient": (
        ce(torch.zeros(2, 3, requires_grad=True), [0, 1]),
        TypeError,
        "pass input.detach().float().cpu()",
    ),
    "bfloat16": (
        ce(torch.zeros(2, 3, dtype=torch.bfloat16), [0, 1]),
        TypeError,
        "input is a Tensor that NumPy cannot read",
    ),
    "longdouble": (
        ce(SCORES.astype(np.longdouble), [0, 1]),
        TypeError,
        ", but must be an array of float16",
    ),
    "no classes": (ce(np.zeros((2, 0)), [-100, -100]), ValueError, "has no classes (axis 1)"),
    "one class, soft": (
        ce(SCORES[:, :1], np.float32([[1], [0]])),
        ValueError,
        "input (2, 1) has one class (axis 1)",
    ),
    "rounded probabilities": (
        ce(SCORES, np.full((2, 3), 0.3333)),
        ValueError,
        "0.0001 too little: probabilities must sum to 1; are they rounded? Divide by their sum",
    ),
    "an image without its batch axis": (
        ce(IMAGE[0], np.zeros((4, 4), int)),
        ValueError,
        "The batch axis is missing: give input[None], target[None]",
    ),
    "a mask without its batch axis": (
        ce(IMAGE[:1], np.zeros((4, 4), int)),
        ValueError,
        "The batch axis is missing: give target[None]",
    ),
    "labels that were flattened alone": (
        ce(np.zeros((2, 3, 5)), np.zeros(10, int)),
        ValueError,
        "as many as there are: flatten both",
    ),
    "void pixels": (
        ce(IMAGE, np.full((2, 4, 4), 255, np.uint8)),
        IndexError,
        "Then ignore_index=255",
    ),
    "swapped arrays of floats": (
        ce(np.array([0.0, 1.0]), SCORES),
        TypeError,
        "Are they swapped? Scores come first",
    ),
    "weight of the wrong length, soft": (
        ce(SCORES, np.full((2, 3), 1 / 3), weight=[1, 2]),
        ValueError,
        "weight has 2 numbers, but input (2, 3) has 3 classes",
    ),
    "negative weight": (
        made(CrossEntropyLoss, weight=[1, -1]),
        ValueError,
        "weight[1] is -1: a weight is 0 or more",
    ),
    "nan weight": (
        made(CrossEntropyLoss, weight=[np.nan, 1]),
        ValueError,
        "weight[0] is nan: a weight is 0 or more",
    ),
    "ragged weight": (
        made(CrossEntropyLoss, weight=[[1], [1, 2]]),
        ValueError,
        "weight is a ragged list",
    ),
    "ragged target": (ce(SCORES, [[1], [1, 2]]), ValueError, "target is a ragged list"),
    **{
        f"ignore_index {index!r}": (
            made(CrossEntropyLoss, ignore_index=index),
            TypeError,
            f"ignore_index must be an integer, got {index!r}",
        )
        for index in ("-1", 1.5, None, True, [0])
    },
    **{
        f"label_smoothing {smoothing!r}": (
            made(CrossEntropyLoss, label_smoothing=smoothing),
            TypeError,
            f"label_smoothing must be a number, got {smoothing!r}",
        )
        for smoothing in ("0.1", None, True, [0.1])
    },
}


REGRESSION = {
    "a number for all": (
        called(MSELoss, np.zeros(2), 3.0),
        ValueError,
        "input (2,) and target () must have one shape: they would broadcast to (2,)",
    ),
    "a row for all rows": (
        called(SmoothL1Loss, SCORES, SCORES[:1]),
        ValueError,
        "they would broadcast to (2, 3); repeat the smaller",
    ),
    "a column for all columns": (
        called(HuberLoss, SCORES[:, :1], SCORES),
        ValueError,
        "input (2, 1) and target (2, 3) must have one shape",
    ),
    "other sizes": (
        called(L1Loss, np.zeros((3, 2)), np.zeros(3)),
        ValueError,
        "input (3, 2) and target (3,) must have one shape",
    ),
    "an empty target": (called(MSELoss, SCORES, []), ValueError, "and target (0,) must have one"),
    "bytes of an image": (
        called(L1Loss, np.zeros(2, np.uint8), np.ones(2, np.uint8)),
        TypeError,
        "input is uint8, but must be an array of float16, float32 or float64",
    ),
    "a mask": (called(L1Loss, SCORES, SCORES > 0), TypeError, "target is bool, but must be"),
    "complex numbers": (called(L1Loss, [3 + 4j], [0j]), TypeError, "input is list of complex128"),
    "None among numbers": (
        called(MSELoss, np.array([1.0, None]), [1.0, 2.0]),
        TypeError,
        "input is object, but must be an array of float16",
    ),
    "a prediction that was forgotten": (
        called(HuberLoss, None, SCORES),
        TypeError,
        "input is NoneType",
    ),
    "labels in the place of scores": (
        called(HuberLoss, np.array([0, 1]), np.zeros(2)),
        TypeError,
        "check that scores come first and targets second",
    ),
    **{
        f"delta {delta}": (
            made(HuberLoss, delta=delta),
            ValueError,
            f"delta must be above 0, got {delta}: its limit, divided by delta, is L1Loss",
        )
        for delta in (0, -1.5)
    },
    "beta below 0": (
        made(SmoothL1Loss, beta=-1.0),
        ValueError,
        "beta must be at least 0, got -1.0",
    ),
    "delta for each element": (
        made(HuberLoss, delta=np.array([1.0, 2.0])),
        TypeError,
        "delta must be a number, got array([1., 2.])",
    ),
    "beta as text": (made(SmoothL1Loss, beta="1"), TypeError, "beta must be a number, got '1'"),
    "a negative count far down": (
        called(
            PoissonNLLLoss, np.zeros((300, 300)), np.append(np.ones(89_999), -1).reshape(300, 300)
        ),
        ValueError,
        "target[299, 299] is -1, but a count is at least 0",
    ),
    "a negative rate": (
        called(PoissonNLLLoss, [-1.0], [3.0], log_input=False),
        ValueError,
        "input[0] is -1, but a rate is at least 0: is it a log-rate? Then log_input=True; else "
        "apply softplus or exp",
    ),
    "log_input by position": (
        made(PoissonNLLLoss, False),
        TypeError,
        "PoissonNLLLoss takes its settings by name, got False",
    ),
    "log_input as text": (
        made(PoissonNLLLoss, log_input="no"),
        TypeError,
        "log_input must be True or False, got 'no'",
    ),
    "a negative variance": (
        called(GaussianNLLLoss, [1.0, 1.0], [1.0, 1.0], [1.0, -0.5]),
        ValueError,
        "var[1] is -0.5, but a variance is at least 0: is it a log-variance? Then apply exp; the "
        "output of a layer? Then softplus",
    ),
    "a variance of minus infinity": (
        called(GaussianNLLLoss, 1.0, 1.0, -np.inf),
        ValueError,
        "var is -inf, but a variance is at least 0",
    ),
    "a variance for each column": (
        called(GaussianNLLLoss, np.zeros((4, 3)), np.zeros((4, 3)), np.ones(3)),
        ValueError,
        "var has shape (3,), but input (4, 3) needs a variance of its shape, (4, 1) or (4,), or "
        "one number: repeat it with np.broadcast_to",
    ),
    "a variance for each channel": (
        called(GaussianNLLLoss, IMAGE, IMAGE, np.ones((2, 3, 1, 1))),
        ValueError,
        "var has shape (2, 3, 1, 1), but input (2, 3, 4, 4) needs",
    ),
    "variances in a column": (
        called(GaussianNLLLoss, ROW, ROW, COLUMN + 1),
        ValueError,
        "var has shape (3, 1), but input (3,) needs",
    ),
    "means in a column": (
        called(GaussianNLLLoss, COLUMN, ROW, COLUMN + 1),
        ValueError,
        "input (3, 1) and target (3,) must have one shape",
    ),
    "no variance": (called(GaussianNLLLoss, ROW, ROW, None), TypeError, "var is NoneType"),
    "an integer variance": (
        called(GaussianNLLLoss, ROW, ROW, np.ones(3, int)),
        TypeError,
        "var is int64, but must be an array of float16, float32 or float64",
    ),
    **{
        f"eps {eps} of a variance": (
            made(GaussianNLLLoss, eps=eps),
            ValueError,
            f"eps must be above 0, got {eps}",
        )
        for eps in (0, -1e-6)
    },
    "full as a number": (
        made(GaussianNLLLoss, full=1),
        TypeError,
        "full must be True or False, got 1",
    ),
    "eps that is None": (
        made(PoissonNLLLoss, eps=None),
        TypeError,
        "eps must be a number, got None",
    ),
    "a masked array": (
        called(MSELoss, np.ma.array([1.0, 2.0], mask=[False, True]), [0.0, 0.0]),
        TypeError,
        "input is masked, which is not looked at: give input[~input.mask].data",
    ),
    "a negative count": (
        called(PoissonNLLLoss, [1.0], [-2.0]),
        ValueError,
        "target[0] is -2, but a count is at least 0: is it standardized, or a logarithm? Give the "
        "count itself",
    ),
    "True for 1": (
        called(MSELoss, 1.0, True),
        TypeError,
        "target is bool, but must be an array of float16, float32 or float64: convert it with "
        ".astype(np.float32)",
    ),
}

PROBABILITIES = {
    "logits for probabilities": (
        called(BCELoss, [0.5, 2.0], [1.0, 0.0]),
        ValueError,
        "input[1] is 2, but a probability lies between 0 and 1: are these logits? Use "
        "BCEWithLogitsLoss",
    ),
    "negative logits for probabilities": (
        called(BCELoss, [[0.5, -1.0]], [[1.0, 0.0]]),
        ValueError,
        "input[0, 1] is -1, but a probability lies between 0 and 1",
    ),
    "a mask of 0 and 255": (
        called(BCELoss, [0.5, 0.5], [0.0, 255.0]),
        ValueError,
        "target[1] is 255, but a probability lies between 0 and 1",
    ),
    "labels 1 and 2": (
        called(BCEWithLogitsLoss, [0.5, 0.5], [1.0, 2.0]),
        ValueError,
        "target[1] is 2, but a probability lies between 0 and 1: labels counted from 1? Then "
        "subtract 1",
    ),
    "labels -1 and 1": (
        called(BCEWithLogitsLoss, [0.5, 0.5], [1.0, -1.0]),
        ValueError,
        "target[1] is -1, but a probability lies between 0 and 1: labels counted from 1? Then "
        "subtract 1; labels -1 and 1? Then (target + 1) / 2",
    ),
    "a label that is nan": (
        called(BCEWithLogitsLoss, 0.5, NAN),
        ValueError,
        "target is nan, but a probability lies between 0 and 1",
    ),
    **{
        f"integer labels, {loss.__name__}": (
            called(loss, np.float32([0.5, 0.5]), np.array([1, 0])),
            TypeError,
            "target is int64, but must be an array of float16, float32 or float64: convert it "
            "with .astype(np.float32)",
        )
        for loss in (BCELoss, BCEWithLogitsLoss)
    },
    "bool labels, BCEWithLogitsLoss": (
        called(BCEWithLogitsLoss, SCORES, SCORES > 0),
        TypeError,
        "target is bool, but must be",
    ),
    "integer logits": (
        called(BCEWithLogitsLoss, np.array([1, 0]), np.array([1, 0])),
        TypeError,
        "input is int64, but must be",
    ),
    "weights of classes for elements": (
        called(BCELoss, np.full(4, 0.5), [1.0, 0.0, 1.0, 0.0], weight=[1, 2]),
        ValueError,
        "weight has shape (2,), which does not repeat to that of input (4,): one for each "
        "element; weights of classes? Then weight[labels]",
    ),
    "weights that are more than the elements": (
        called(BCELoss, np.full((2, 1), 0.5), np.ones((2, 1)), weight=[1, 2, 3]),
        ValueError,
        "weight has shape (3,), which does not repeat to that of input (2, 1)",
    ),
    "weights of more axes than the elements": (
        called(BCELoss, 0.5, 1.0, weight=[1]),
        ValueError,
        "weight has shape (1,), which does not repeat to that of input ()",
    ),
    "no weights at all": (
        called(BCEWithLogitsLoss, SCORES, SCORES, weight=[]),
        ValueError,
        "weight has shape (0,), which does not repeat to that of input (2, 3)",
    ),
    "weights of samples for elements": (
        called(BCEWithLogitsLoss, SCORES, SCORES, weight=[1, 2]),
        ValueError,
        "weight has shape (2,), which does not repeat to that of input (2, 3): for axis 0 reshape "
        "it to (-1, 1)",
    ),
    "pos_weight for each sample": (
        called(BCEWithLogitsLoss, SCORES, SCORES, pos_weight=[1, 2]),
        ValueError,
        "pos_weight has shape (2,), which does not repeat to that of input (2, 3): for axis 0",
    ),
    "pos_weight for each channel": (
        called(BCEWithLogitsLoss, IMAGE, IMAGE, pos_weight=[1, 2, 3]),
        ValueError,
        "pos_weight has shape (3,), which does not repeat to that of input (2, 3, 4, 4): for axis "
        "1 reshape it to (-1, 1, 1)",
    ),
    "negative pos_weight": (
        made(BCEWithLogitsLoss, pos_weight=[1, -3]),
        ValueError,
        "pos_weight[1] is -3: a weight is 0 or more",
    ),
    "pos_weight that is infinite": (
        made(BCEWithLogitsLoss, pos_weight=np.inf),
        ValueError,
        "pos_weight is inf: a weight is 0 or more",
    ),
    "pos_weight that is a reduction": (
        made(BCEWithLogitsLoss, pos_weight="sum"),
        TypeError,
        "pos_weight must hold numbers, got 'sum': did you mean reduction='sum'?",
    ),
    "pos_weight that learns": (
        made(BCEWithLogitsLoss, pos_weight=torch.ones(3, requires_grad=True)),
        TypeError,
        "pass pos_weight.detach().float().cpu()",
    ),
    "weight that is complex": (made(BCELoss, weight=[1j]), TypeError, "weight is complex128"),
    "labels for KLDivLoss": (
        called(KLDivLoss, SCORES, np.array([0, 1])),
        TypeError,
        "target is int64, but KLDivLoss needs probabilities: for labels use CrossEntropyLoss, or "
        "convert it with .astype(np.float32)",
    ),
    "a list of labels for KLDivLoss": (
        called(KLDivLoss, SCORES, [0, 1]),
        ValueError,
        "input (2, 3) and target (2,) must have one shape",
    ),
    "a mask for KLDivLoss": (
        called(KLDivLoss, SCORES, SCORES > 0),
        TypeError,
        "target is bool, but KLDivLoss needs probabilities",
    ),
    "log-probabilities for KLDivLoss": (
        called(KLDivLoss, SCORES, np.log([[0.2, 0.3, 0.5]] * 2)),
        ValueError,
        "target[0, 0] is -1.60944, but a probability lies between 0 and 1: log-probabilities? "
        "Then log_target=True; logits? Apply softmax",
    ),
    "nan for KLDivLoss": (
        called(KLDivLoss, SCORES, SCORES * NAN),
        ValueError,
        "target[0, 0] is nan, but a probability lies between 0 and 1",
    ),
    "other classes for KLDivLoss": (
        called(KLDivLoss, SCORES, np.zeros((2, 4))),
        ValueError,
        "input (2, 3) and target (2, 4) must have one shape",
    ),
    "batchmean of a number": (
        called(KLDivLoss, 0.0, 0.5, reduction="batchmean"),
        ValueError,
        "reduction='batchmean' needs an axis of samples, got a single number",
    ),
    "a reduction that KLDivLoss does not know": (
        made(KLDivLoss, reduction="batch"),
        ValueError,
        "reduction must be 'none', 'mean', 'sum' or 'batchmean', got 'batch'",
    ),
    "batchmean by position": (
        made(KLDivLoss, "batchmean"),
        TypeError,
        "did you mean reduction='batchmean'?",
    ),
    "log_target that is None": (
        made(KLDivLoss, log_target=None),
        TypeError,
        "log_target must be True or False, got None",
    ),
    "a probability that is rounded": (
        called(BCELoss, np.float32([1.0000001]), [1.0]),
        ValueError,
        "input[0] is 1.0000001, but a probability lies between 0 and 1: is it rounded? Then clip "
        "it",
    ),
    "nan for a probability": (
        called(BCELoss, [0.5, NAN], [1.0, 0.0]),
        ValueError,
        "input[1] is nan, but a probability lies between 0 and 1: what came before it gave nan",
    ),
    "pos_weight of other classes": (
        called(BCEWithLogitsLoss, np.zeros((4, 3)), np.zeros((4, 3)), pos_weight=[1, 2]),
        ValueError,
        "pos_weight has shape (2,), which does not repeat to that of input (4, 3): one for each "
        "class, along the last axis",
    ),
}

MARGIN = {
    "label out of range, margin": (
        called(MultiMarginLoss, SCORES, [0, 4]),
        IndexError,
        "target[1] = 4, but input has C = 3 classes (axis 1): labels must be 0..2",
    ),
    "a label to ignore, margin": (
        called(MultiMarginLoss, SCORES, [0, -100]),
        IndexError,
        "target[1] = -100, but input has C = 3 classes (axis 1): labels must be 0..2; a label "
        "that counts for nothing? Then leave out its row",
    ),
    "labels from 1, margin": (
        called(MultiMarginLoss, SCORES, [1, 3]),
        IndexError,
        "labels counted from 1? Then subtract 1",
    ),
    "one score for two classes": (
        called(MultiMarginLoss, SCORES[:, :1], [0, 1]),
        IndexError,
        "one logit for two classes? Then use BCEWithLogitsLoss",
    ),
    "float labels, margin": (
        called(MultiMarginLoss, SCORES, [0.0, 1.0]),
        TypeError,
        "target is float64 of shape (2,): give integer labels of shape (2,)",
    ),
    "one-hot labels, margin": (
        called(MultiMarginLoss, SCORES, np.eye(3, dtype=int)[:2]),
        ValueError,
        "target has shape (2, 3), input (2, 3): labels need shape (2,). One-hot labels? Take "
        "argmax(1)",
    ),
    "a column of labels, margin": (
        called(MultiMarginLoss, SCORES, [[0], [1]]),
        ValueError,
        "labels need shape (2,). Squeeze axis 1",
    ),
    "batch sizes, margin": (
        called(MultiMarginLoss, SCORES, [0, 1, 2]),
        ValueError,
        "2 samples against 3",
    ),
    "scores of a sequence": (
        called(MultiMarginLoss, np.zeros((2, 3, 4)), np.zeros((2, 4), int)),
        ValueError,
        "input must have shape (C,) or (N, C), got (2, 3, 4): flatten it",
    ),
    "a number for scores": (called(MultiMarginLoss, 0.5, 0), ValueError, "an axis of classes"),
    "no classes, margin": (
        called(MultiMarginLoss, np.zeros((2, 0)), [0, 0]),
        ValueError,
        "input (2, 0) has no classes (axis 1)",
    ),
    **{
        f"p {p}": (made(MultiMarginLoss, p=p), ValueError, f"p must be 1 or 2, got {p}")
        for p in (0, 3, -1)
    },
    **{
        f"p {p!r}": (made(MultiMarginLoss, p=p), TypeError, f"p must be an integer, got {p!r}")
        for p in (1.5, "1", True, None)
    },
    "margin by position": (
        made(MultiMarginLoss, 0.5),
        TypeError,
        "MultiMarginLoss takes its settings by name, got 0.5: did you mean margin=0.5?",
    ),
    "a margin for each class": (
        made(MultiMarginLoss, margin=[1, 2, 3]),
        TypeError,
        "margin must be a number, got [1, 2, 3]",
    ),
    "weight in a row": (
        made(MultiMarginLoss, weight=np.ones((1, 3))),
        ValueError,
        "weight must be one number per class, got shape (1, 3)",
    ),
    "one weight for all": (
        made(MultiMarginLoss, weight=2.0),
        ValueError,
        "weight must be one number per class, got shape ()",
    ),
    "weight of the wrong length, margin": (
        called(MultiMarginLoss, SCORES, [0, 1], weight=[1, 1]),
        ValueError,
        "weight has 2 numbers, but input (2, 3) has 3 classes (axis 1): give one weight per class",
    ),
    "a list that ends early": (
        called(MultiLabelMarginLoss, SCORES, [[0], [1]]),
        ValueError,
        "target has shape (2, 1), but needs that of input, (2, 3): list the wanted classes first, "
        "then fill with -1",
    ),
    "one class for each row": (
        called(MultiLabelMarginLoss, SCORES, [0, 1]),
        ValueError,
        "target has shape (2,), but needs that of input, (2, 3)",
    ),
    "multi-hot rows of floats": (
        called(MultiLabelMarginLoss, SCORES, [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
        TypeError,
        "target is float64, but must list classes as integers: multi-hot rows? List their "
        "classes, then fill with -1",
    ),
    "multi-hot rows of bools": (
        called(MultiLabelMarginLoss, SCORES, SCORES > 0),
        TypeError,
        "target is bool, but must list classes as integers",
    ),
    "multi-hot rows of integers": (
        called(MultiLabelMarginLoss, SCORES, [[0, 2, -1], [0, 1, 1]]),
        ValueError,
        "target[1] lists class 1 twice: a multi-hot row? List its classes, then fill with -1",
    ),
    "a list filled with 0": (
        called(MultiLabelMarginLoss, SCORES[0], [1, 0, 0]),
        ValueError,
        "target lists class 0 twice",
    ),
    "a class that does not exist in a list": (
        called(MultiLabelMarginLoss, SCORES, [[0, 2, -1], [0, 3, -1]]),
        IndexError,
        "target[1, 1] = 3, but input has C = 3 classes: a list holds classes 0..2, then -1",
    ),
    "a list filled with -100": (
        called(MultiLabelMarginLoss, SCORES, [[0, -1, -1], [0, -100, -100]]),
        IndexError,
        "target[1, 1] = -100, but input has C = 3 classes",
    ),
    "a list of bytes filled with -1": (
        called(MultiLabelMarginLoss, SCORES, np.uint8([[0, 255, 255]] * 2)),
        IndexError,
        "target[0, 1] = 255, but input has C = 3 classes",
    ),
    "lists for each pixel": (
        called(MultiLabelMarginLoss, IMAGE, np.zeros(IMAGE.shape, int)),
        ValueError,
        "input must have shape (C,) or (N, C), got (2, 3, 4, 4): flatten it",
    ),
    "a list of no classes": (
        called(MultiLabelMarginLoss, [], []),
        ValueError,
        "input (0,) has no classes",
    ),
    "labels 0 and 1": (
        called(SoftMarginLoss, [2.0, -2.0], [1, 0]),
        ValueError,
        "target[1] is 0, but labels are 1 or -1: labels 0 and 1? Then give 2.0 * target - 1",
    ),
    "labels between": (
        called(SoftMarginLoss, SCORES, SCORES + 0.5),
        ValueError,
        "target[0, 0] is 0.5, but labels are 1 or -1",
    ),
    "labels that are nan": (
        called(SoftMarginLoss, SCORES, SCORES * NAN),
        ValueError,
        "target[0, 0] is nan, but labels are 1 or -1",
    ),
    "bool labels, soft margin": (
        called(SoftMarginLoss, SCORES, SCORES > 0),
        TypeError,
        "target is bool, but labels are 1 or -1: give 2 * target - 1.0",
    ),
    "scores that are labels": (
        called(SoftMarginLoss, np.array([1, -1]), np.array([1, -1])),
        TypeError,
        "input is int64, but must be",
    ),
    "lists of classes for multi-hot rows": (
        called(MultiLabelSoftMarginLoss, SCORES, [[0, 2, -1], [1, -1, -1]]),
        ValueError,
        "target[0, 1] is 2, but a probability lies between 0 and 1: lists of classes? Then give 1 "
        "or 0 for each class",
    ),
    "labels -1 and 1, multi-label": (
        called(MultiLabelSoftMarginLoss, SCORES, [[1, -1, 1]] * 2),
        ValueError,
        "labels -1 and 1? Then (target + 1) / 2",
    ),
    "a class for each row": (
        called(MultiLabelSoftMarginLoss, SCORES, [1, 0]),
        ValueError,
        "input (2, 3) and target (2,) must have one shape",
    ),
    "bool labels, multi-label": (
        called(MultiLabelSoftMarginLoss, SCORES, SCORES > 0),
        TypeError,
        "target is bool, but must be",
    ),
    "a number for scores, multi-label": (
        called(MultiLabelSoftMarginLoss, 0.5, 1.0),
        ValueError,
        "input must have an axis of classes, got a single number",
    ),
    "weight for each channel": (
        called(MultiLabelSoftMarginLoss, IMAGE, IMAGE, weight=[1, 2, 3]),
        ValueError,
        "weight has shape (3,), which does not repeat to that of input (2, 3, 4, 4): for axis 1 "
        "reshape it to (-1, 1, 1)",
    ),
    "negative weight, multi-label": (
        made(MultiLabelSoftMarginLoss, weight=[0, -1]),
        ValueError,
        "weight[1] is -1: a weight is 0 or more",
    ),
    **{
        f"lists of {what}": (
            called(MultiLabelMarginLoss, SCORES, np.array([[0, -1, -1]] * 2).astype(dtype)),
            TypeError,
            f"target is {np.dtype(dtype)}, but must list classes as integers",
        )
        for what, dtype in {"objects": object, "text": "U2", "complex numbers": complex}.items()
    },
    "no classes, multi-label": (
        called(MultiLabelSoftMarginLoss, np.zeros((2, 0)), np.zeros((2, 0))),
        ValueError,
        "input (2, 0) has no classes (axis 1)",
    ),
    "weight of another number of classes": (
        called(MultiLabelSoftMarginLoss, np.zeros((3, 4)), np.zeros((3, 4)), weight=[1, 2]),
        ValueError,
        "input (3, 4): one for each class, along the last axis",
    ),
    "labels in a row for a column of scores": (
        called(SoftMarginLoss, COLUMN, ROW),
        ValueError,
        "target has shape (3,), but input (3, 1) needs a label for each loss, (3, 1): reshape it "
        "to (3, 1)",
    ),
}

EMBEDDING = {
    "scores of other lengths": (
        called(MarginRankingLoss, np.zeros(3), np.zeros(4), np.ones(3)),
        ValueError,
        "input1 (3,) and input2 (4,) must have one shape",
    ),
    "a column of scores against a row": (
        called(MarginRankingLoss, COLUMN, COLUMN.T, ROW),
        ValueError,
        "input1 (3, 1) and input2 (1, 3) must have one shape: they would broadcast to (3, 3)",
    ),
    "labels in a row for scores in a column": (
        called(MarginRankingLoss, COLUMN, COLUMN, [[1, 1, -1]]),
        ValueError,
        "target has shape (1, 3)",
    ),
    "one label for all pairs": (
        called(MarginRankingLoss, ROW, ROW, 1.0),
        ValueError,
        "target has shape ()",
    ),
    "labels 0 and 1, ranking": (
        called(MarginRankingLoss, [1.0, 1.0], [2.0, 2.0], [1, 0]),
        ValueError,
        "target[1] is 0, but labels are 1 or -1: labels 0 and 1? Then give 2.0 * target - 1",
    ),
    "integer scores": (
        called(MarginRankingLoss, ROW, np.ones(3, int), ROW),
        TypeError,
        "input2 is int64, but must be an array of float16",
    ),
    "margin that is None": (
        made(MarginRankingLoss, margin=None),
        TypeError,
        "margin must be a number, got None",
    ),
    "margin by position, ranking": (
        made(MarginRankingLoss, 0.5),
        TypeError,
        "did you mean margin=0.5?",
    ),
    "a label for each row of a square of differences": (
        called(HingeEmbeddingLoss, SCORES[:, :2], [1, -1]),
        ValueError,
        "target has shape (2,)",
    ),
    "labels 0 and 1, hinge": (
        called(HingeEmbeddingLoss, [0.3, 3.0], [0, 1]),
        ValueError,
        "target[0] is 0, but labels are 1 or -1",
    ),
    "labels -1 that uint8 does not have": (
        called(SoftMarginLoss, SCORES[0], np.uint8([1, 255, 1])),
        ValueError,
        "target[1] is 255, but labels are 1 or -1: uint8 has no -1",
    ),
    "labels of classes, hinge": (
        called(HingeEmbeddingLoss, [0.3, 3.0], [1, 2]),
        ValueError,
        "target[1] is 2, but labels are 1 or -1",
    ),
    "bool labels, hinge": (
        called(HingeEmbeddingLoss, [0.3, 3.0], [True, False]),
        TypeError,
        "target is bool, but labels are 1 or -1",
    ),
    "labels in a column for pairs": (
        called(CosineEmbeddingLoss, SCORES, SCORES, [[1], [-1]]),
        ValueError,
        "target has shape (2, 1)",
    ),
    "one label for a batch of pairs": (
        called(CosineEmbeddingLoss, SCORES, SCORES, 1),
        ValueError,
        "target has shape ()",
    ),
    "a list of one label for one pair": (
        called(CosineEmbeddingLoss, SCORES[0], SCORES[0], [1]),
        ValueError,
        "target has shape (1,)",
    ),
    "labels of another number of pairs": (
        called(CosineEmbeddingLoss, SCORES, SCORES, [1, 1, -1]),
        ValueError,
        "target has shape (3,)",
    ),
    "labels 0 and 1, cosine": (
        called(CosineEmbeddingLoss, SCORES, SCORES, [1, 0]),
        ValueError,
        "target[1] is 0, but labels are 1 or -1: labels 0 and 1? Then give 2.0 * target - 1",
    ),
    "embeddings of a sequence": (
        called(CosineEmbeddingLoss, IMAGE[0], IMAGE[0], np.ones((3, 4))),
        ValueError,
        "input1 and input2 must have shape (D,) or (N, D), got (3, 4, 4): flatten them",
    ),
    "embeddings that are numbers": (
        called(CosineEmbeddingLoss, 1.0, 1.0, 1),
        ValueError,
        "input1 and input2 must have shape (D,) or (N, D), got ()",
    ),
    "embeddings of other lengths": (
        called(CosineEmbeddingLoss, SCORES, np.ones((2, 4)), [1, 1]),
        ValueError,
        "input1 (2, 3) and input2 (2, 4) must have one shape",
    ),
    "one embedding for all": (
        called(CosineEmbeddingLoss, SCORES, SCORES[0], [1, 1]),
        ValueError,
        "they would broadcast to (2, 3); drop or add an axis",
    ),
    **{
        f"margin {margin} of a cosine": (
            made(CosineEmbeddingLoss, margin=margin),
            ValueError,
            f"margin must be from -1 to 1, got {margin}",
        )
        for margin in (1.5, -2)
    },
    "one positive for all": (
        called(TripletMarginLoss, SCORES, SCORES[:1], SCORES),
        ValueError,
        "anchor (2, 3), positive (1, 3) and negative (2, 3) must have one shape: they would "
        "broadcast to (2, 3); repeat the smaller",
    ),
    "a negative without its batch axis": (
        called(TripletMarginLoss, SCORES, SCORES, SCORES[0]),
        ValueError,
        "anchor (2, 3), positive (2, 3) and negative (3,) must have one shape",
    ),
    "a positive of another length": (
        called(TripletMarginLoss, SCORES, np.zeros((2, 4)), SCORES),
        ValueError,
        "anchor (2, 3), positive (2, 4) and negative (2, 3) must have one shape",
    ),
    "numbers for a triplet": (
        called(TripletMarginLoss, 0.0, 1.0, 2.0),
        ValueError,
        "anchor must be an embedding, got a single number",
    ),
    "integers for a triplet": (
        called(TripletMarginLoss, SCORES, SCORES, np.ones((2, 3), int)),
        TypeError,
        "negative is int64, but must be an array of float16, float32 or float64",
    ),
    **{
        f"margin {margin} of {loss.__name__}": (
            made(loss, margin=margin),
            ValueError,
            f"margin must be above 0, got {margin}",
        )
        for loss in (TripletMarginLoss, TripletMarginWithDistanceLoss)
        for margin in (0, -1.0)
    },
    "p as text": (made(TripletMarginLoss, p="2"), TypeError, "p must be a number, got '2'"),
    "swap as a number": (
        made(TripletMarginLoss, swap=1),
        TypeError,
        "swap must be True or False, got 1",
    ),
    "two numbers by position": (
        made(TripletMarginLoss, 0.5, 2.0),
        TypeError,
        "TripletMarginLoss takes its settings by name, got 0.5: did you mean margin=0.5?",
    ),
    **{
        f"distance_function {function!r}": (
            made(TripletMarginWithDistanceLoss, distance_function=function),
            TypeError,
            f"distance_function must be a function of x and y, got {function!r}",
        )
        for function in (2, "l2", [1.0])
    },
    **{
        f"distance function that gives {what}": (
            called(
                TripletMarginWithDistanceLoss, SCORES, SCORES, SCORES, distance_function=function
            ),
            ValueError,
            f"distance_function gave shape {shape} for two arrays (2, 3), but must give one "
            "number per pair, (2,): a loss or a matrix of all pairs?",
        )
        for what, shape, function in [
            ("one number for all pairs", (), lambda x, y: np.abs(x - y).sum()),
            ("the mean of a loss", (), MSELoss()),
            ("the elements of a loss", (2, 3), MSELoss(reduction="none")),
            ("a number for each element", (2, 3), lambda x, y: np.abs(x - y)),
            ("a matrix of all pairs", (2, 2), lambda x, y: x @ y.T),
            ("a column", (2, 1), lambda x, y: np.abs(x - y).sum(1, keepdims=True)),
            ("a number for each feature", (3,), lambda x, y: np.abs(x - y).sum(0)),
        ]
    },
    "distance function that keeps the elements of one pair": (
        called(TripletMarginWithDistanceLoss, *SCORES[[0, 0, 0]], distance_function=np.subtract),
        ValueError,
        "distance_function gave shape (3,) for two arrays (3,), but must give one number per "
        "pair, ()",
    ),
    **{
        f"{method} of a distance function without slope": (
            lambda method=method: getattr(
                TripletMarginWithDistanceLoss(distance_function=np.vecdot), method
            )(SCORES, SCORES, SCORES),
            TypeError,
            "distance_function <ufunc 'vecdot'> has no gradient: give it a method slope(x, y) "
            "that returns the gradients of each distance with respect to x and y",
        )
        for method in ("grad", "value_and_grad")
    },
    "labels in a row for columns of scores": (
        called(MarginRankingLoss, COLUMN, COLUMN, ROW),
        ValueError,
        "target has shape (3,), but input1 (3, 1) needs a label for each loss, (3, 1): reshape it "
        "to (3, 1)",
    ),
    "a label for each row of differences": (
        called(HingeEmbeddingLoss, SCORES, [1, -1]),
        ValueError,
        "target has shape (2,), but input (2, 3) needs a label for each loss, (2, 3): make input "
        "one number for each label, or repeat the labels",
    ),
    "labels in a row for pairs": (
        called(CosineEmbeddingLoss, SCORES, SCORES, [[1, -1]]),
        ValueError,
        "target has shape (1, 2), but input1 (2, 3) needs a label for each loss, (2,): reshape it "
        "to (2,)",
    ),
    **{
        f"distance function that gives {what}": (
            called(
                TripletMarginWithDistanceLoss, SCORES, SCORES, SCORES, distance_function=function
            ),
            TypeError,
            f"distance_function gave {dtype}, but must give one number per pair, (2,)",
        )
        for what, dtype, function in [
            ("nothing", "object", lambda x, y: None),
            ("complex numbers", "complex64", lambda x, y: np.vecdot(x, y) + 0j),
            ("yes or no", "bool", lambda x, y: np.vecdot(x, y) > 1),
        ]
    },
    **{
        f"slope that gives {what}": (
            head(
                TripletMarginWithDistanceLoss(distance_function=WithSlope(slope)),
                SCORES,
                SCORES,
                SCORES,
                method="grad",
            ),
            ValueError,
            "slope of distance_function must give two arrays, the gradients in x and in y, both of "
            f"their shape (2, 3), got {got}",
        )
        for what, got, slope in [
            ("nothing", "NoneType", lambda x, y: None),
            ("one array", "ndarray", lambda x, y: x - y),
            ("three arrays", "[(2, 3), (2, 3), (2, 3)]", lambda x, y: (x, y, x)),
            ("a number for each pair", "[(2,), (2,)]", lambda x, y: (x[:, 0], y[:, 0])),
            ("two numbers", "[(), ()]", lambda x, y: (1.0, -1.0)),
        ]
    },
    "distance function by position": (
        made(TripletMarginWithDistanceLoss, np.vecdot),
        TypeError,
        "TripletMarginWithDistanceLoss takes its settings by name, got <ufunc 'vecdot'>: did you "
        "mean distance_function=?",
    ),
}

LOG_PROBS = np.zeros((5, 2, 3), np.float32)
LABELS, STEPS, LENGTHS = [[1, 2], [1, 1]], [5, 5], [2, 2]
ctc = partial(called, CTCLoss)

SEQUENCE = {
    "more steps than there are": (
        ctc(LOG_PROBS, LABELS, [5, 6], LENGTHS),
        ValueError,
        "input_lengths[1] is 6, but must be 0..5, the steps T of log_probs",
    ),
    "a negative number of steps": (
        ctc(LOG_PROBS, LABELS, [-1, 5], LENGTHS),
        ValueError,
        "input_lengths[0] is -1, but must be 0..5",
    ),
    "more labels than there are": (
        ctc(LOG_PROBS, LABELS, STEPS, [3, 2]),
        ValueError,
        "target_lengths[0] is 3, but must be 0..2, the labels in targets",
    ),
    "a negative number of labels": (
        ctc(LOG_PROBS, LABELS, STEPS, [2, -2]),
        ValueError,
        "target_lengths[1] is -2, but must be 0..2",
    ),
    "lengths that are swapped": (
        ctc(LOG_PROBS, LABELS, LENGTHS, STEPS),
        ValueError,
        "target_lengths[0] is 5, but must be 0..2",
    ),
    "padded labels that were flattened": (
        ctc(LOG_PROBS, [1, 2, 1, 0], STEPS, [2, 1]),
        ValueError,
        "targets has shape (4,), but target_lengths sum to 3: give padded rows (N, S), or the "
        "labels alone, one after another",
    ),
    "labels of too many axes": (
        ctc(LOG_PROBS, [[[1], [2]], [[1], [1]]], STEPS, LENGTHS),
        ValueError,
        "targets has shape (2, 2, 1)",
    ),
    "labels of one sample only": (
        ctc(LOG_PROBS, [[1, 2]], STEPS, LENGTHS),
        ValueError,
        "targets has shape (1, 2), but needs 2 rows: log_probs (5, 2, 3) has N = 2 samples",
    ),
    "the batch in front": (
        ctc(np.zeros((2, 50, 5)), [[1, 2, 3]] * 2, [50, 50], [3, 3]),
        ValueError,
        "input_lengths has shape (2,), but log_probs (2, 50, 5), read as (T, N, C), needs a length "
        "for each sample, (50,): a batch in front? Then transpose it",
    ),
    "a batch of one that was squeezed": (
        ctc(LOG_PROBS[:, 0], LABELS, STEPS, LENGTHS),
        ValueError,
        "input_lengths has shape (2,), but log_probs (5, 3), read as (T, C)",
    ),
    "too few target lengths": (
        ctc(LOG_PROBS, LABELS, STEPS, [2]),
        ValueError,
        "target_lengths has shape (1,), but log_probs (5, 2, 3), read as (T, N, C), needs a length "
        "for each sample, (2,)",
    ),
    "lengths in a column": (
        ctc(LOG_PROBS, LABELS, [[5], [5]], LENGTHS),
        ValueError,
        "input_lengths has shape (2, 1)",
    ),
    "lengths that are shares": (
        ctc(LOG_PROBS, LABELS, [1.0, 0.8], LENGTHS),
        TypeError,
        "input_lengths must hold integers, got float64",
    ),
    "float target lengths": (
        ctc(LOG_PROBS, LABELS, STEPS, [2.0, 2.0]),
        TypeError,
        "target_lengths must hold integers, got float64",
    ),
    "a mask for lengths": (
        ctc(LOG_PROBS, LABELS, [True, True], LENGTHS),
        TypeError,
        "input_lengths must hold integers, got bool",
    ),
    "no lengths": (
        ctc(LOG_PROBS, LABELS, None, None),
        TypeError,
        "input_lengths must hold integers, got object",
    ),
    "float labels, CTC": (
        ctc(LOG_PROBS, [[1.9, 2.0], [1.0, 1.0]], STEPS, LENGTHS),
        TypeError,
        "targets must hold integers, got float64",
    ),
    "text for labels": (
        ctc(LOG_PROBS, ["ab", "aa"], STEPS, LENGTHS),
        TypeError,
        "targets must hold integers, got <U2",
    ),
    "ragged labels": (
        ctc(LOG_PROBS, [[1, 2], [1]], STEPS, [2, 1]),
        ValueError,
        "targets is a ragged list: its rows differ in length",
    ),
    "label out of range, CTC": (
        ctc(LOG_PROBS, [[1, 2], [1, 3]], STEPS, LENGTHS),
        IndexError,
        "label 1 of target 1 is 3, but log_probs has C = 3 classes: labels must be 0..2 without "
        "the blank, 0; C counts the blank",
    ),
    "labels out of range, one after another": (
        ctc(LOG_PROBS, [1, 2, 7], STEPS, [2, 1]),
        IndexError,
        "label 0 of target 1 is 7",
    ),
    "the blank as a label": (
        ctc(LOG_PROBS, [[1, 0], [1, 1]], STEPS, LENGTHS),
        IndexError,
        "label 1 of target 0 is 0, the blank: labels must be 0..2 without the blank, 0; padding? "
        "Then give its real length",
    ),
    "another blank as a label": (
        ctc(LOG_PROBS, LABELS, STEPS, LENGTHS, blank=2),
        IndexError,
        "label 1 of target 0 is 2, the blank",
    ),
    **{
        f"blank {blank}": (
            ctc(LOG_PROBS, LABELS, STEPS, LENGTHS, blank=blank),
            ValueError,
            f"blank={blank} is none of the C = 3 classes of log_probs, 0..2: C counts the blank",
        )
        for blank in (3, -1)
    },
    **{
        f"blank {blank!r}": (
            made(CTCLoss, blank=blank),
            TypeError,
            f"blank must be an integer, got {blank!r}",
        )
        for blank in (0.0, "", None, False)
    },
    "zero_infinity as a number": (
        made(CTCLoss, zero_infinity=1),
        TypeError,
        "zero_infinity must be True or False, got 1",
    ),
    **{
        f"log_probs {shape}": (
            ctc(np.zeros(shape), [], [], []),
            ValueError,
            f"log_probs must have shape (T, N, C) or (T, C), none of them 0, got {shape}",
        )
        for shape in [(5,), (5, 0, 3), (0, 2, 3), (5, 2, 0), (1, 5, 2, 3)]
    },
    "labels first": (
        ctc(np.array(LABELS), LOG_PROBS, STEPS, LENGTHS),
        TypeError,
        "log_probs is int64, but must be an array of float16",
    ),
    "one number of steps for all": (
        ctc(LOG_PROBS, LABELS, 5, LENGTHS),
        ValueError,
        "needs a length for each sample, (2,): for all of them 5 give np.full((2,), 5)",
    ),
    "a negative label": (
        ctc(LOG_PROBS, [[1, -1], [1, 1]], STEPS, LENGTHS),
        IndexError,
        "without the blank, 0; padding? Then give its real length",
    ),
    "blank by position": (
        made(CTCLoss, 28),
        TypeError,
        "CTCLoss takes its settings by name, got 28: did you mean blank=28?",
    ),
}

LINEAR, ADAPTIVE = LinearCrossEntropyLoss(4, 3, bias=True), AdaptiveLogSoftmaxWithLoss(8, 10, [4])
FEATURES, LONGER = np.zeros((2, 4)), np.zeros((2, 8))


def load(loss, **changed):
    """A call that loads the parameters of a loss, some of them changed."""
    changed = {name.replace("_", "."): value for name, value in changed.items()}
    return head(loss, loss.state_dict() | changed, method="load_state_dict")


HEADS = {
    "logits for features": (
        head(LINEAR, SCORES, [0, 2]),
        ValueError,
        "input has shape (2, 3), but with in_features=4 it needs (N, 4) or (4,): logits? The loss "
        "computes them itself",
    ),
    "logits for features, adaptive": (
        head(ADAPTIVE, np.zeros((2, 10)), [0, 9]),
        ValueError,
        "input has shape (2, 10), but with in_features=8 it needs (N, 8) or (8,)",
    ),
    "integer features": (
        head(LINEAR, FEATURES.astype(int), [0, 1]),
        TypeError,
        "input is int64, but must be",
    ),
    "features and labels that are swapped": (
        head(ADAPTIVE, np.array([0, 9]), LONGER),
        TypeError,
        "input is int64, but must be an array of float16, float32 or float64: convert it with "
        ".astype(np.float32), and check that scores come first",
    ),
    "label out of range, linear": (
        head(LINEAR, FEATURES, [0, 3]),
        IndexError,
        "C = 3 classes (axis 1): labels must be 0..2, or ignore_index (-100)",
    ),
    "labels from 1, linear": (head(LINEAR, FEATURES, [1, 3]), IndexError, "labels counted from 1?"),
    "a column of labels, linear": (
        head(LINEAR, FEATURES, [[0], [1]]),
        ValueError,
        "labels need shape (2,). Squeeze axis 1; soft labels need (2, 3)",
    ),
    "batch sizes, linear": (
        head(LINEAR, np.zeros((5, 4)), [0, 1]),
        ValueError,
        "labels need shape (5,). 5 samples against 2",
    ),
    "float labels, linear": (
        head(LINEAR, FEATURES, [0.0, 1.0]),
        TypeError,
        "give integer labels of shape (2,), or class probabilities of shape (2, 3)",
    ),
    "one-hot integers, linear": (
        head(LINEAR, FEATURES, np.eye(3, dtype=int)[:2]),
        ValueError,
        "it is int64: convert it to float, or take argmax(1)",
    ),
    "soft labels that do not sum to 1, linear": (
        head(LINEAR, FEATURES, [[0.5, 0.5, 0.5], [1.0, 0.0, 0.0]]),
        ValueError,
        "target[0] sums to 1.5 along axis 1, 0.5 too much",
    ),
    "ignore_index with probabilities, linear": (
        head(LinearCrossEntropyLoss(4, 3, ignore_index=-100), FEATURES, np.eye(3)[:2]),
        ValueError,
        "ignore_index=-100 needs a target of classes, got probabilities",
    ),
    "labels for one output only": (
        head(LinearCrossEntropyLoss(4, 3, out_features=(2,)), FEATURES, [0, 1]),
        ValueError,
        "labels need shape (2, 2)",
    ),
    "one class, linear": (
        head(LinearCrossEntropyLoss(4, 1), FEATURES, [0, 0]),
        ValueError,
        "one class (axis 1), whose softmax is 1 whatever the input",
    ),
    "label out of range, adaptive": (
        head(ADAPTIVE, LONGER, [0, 10]),
        IndexError,
        "target[1] = 10, but",
    ),
    "a label to ignore, adaptive": (
        head(ADAPTIVE, LONGER, [0, -100]),
        IndexError,
        "labels must be 0..9; a label that counts for nothing? Then leave out its row",
    ),
    "float labels, adaptive": (
        head(ADAPTIVE, LONGER, [0.0, 9.0]),
        TypeError,
        "target is float64 of shape (2,): give integer labels of shape (2,)",
    ),
    "batch sizes, adaptive": (
        head(ADAPTIVE, LONGER, [0, 1, 2]),
        ValueError,
        "labels need shape (2,). 2 samples against 3",
    ),
    "a sequence, adaptive": (
        head(ADAPTIVE, np.zeros((2, 3, 8)), np.zeros((2, 3), int)),
        ValueError,
        "input has shape (2, 3, 8), but with in_features=8 it needs (N, 8) or (8,)",
    ),
    "one label in a list for one input": (
        head(ADAPTIVE, LONGER[0], [1]),
        ValueError,
        "labels need shape (). Squeeze axis 0",
    ),
    **{
        f"{method} of logits": (
            head(ADAPTIVE, np.zeros((2, 10)), method=method),
            ValueError,
            "input has shape (2, 10), but with in_features=8 it needs (N, 8) or (8,)",
        )
        for method in ("log_prob", "predict")
    },
    "param_grads without labels": (
        head(LINEAR, FEATURES, method="param_grads"),
        TypeError,
        "(input, target): missing a required argument: 'target'",
    ),
    **{
        f"out_features {sizes!r}": (
            made(LinearCrossEntropyLoss, 4, 3, out_features=sizes),
            TypeError,
            f"out_features must be a tuple of sizes, got {sizes!r}",
        )
        for sizes in (2, (2, 0), (-1,), (1.5,), None)
    },
    **{
        f"{setting} {value!r} of a head": (
            made(LinearCrossEntropyLoss, **{"in_features": 4, "num_classes": 3, setting: value}),
            TypeError,
            f"{setting} must be {must}, got {value!r}",
        )
        for setting, value, must in [
            ("in_features", 4.0, "an integer"),
            ("num_classes", "3", "an integer"),
            ("bias", 1, "True or False"),
            ("bias", None, "True or False"),
            ("ignore_index", 0.0, "an integer"),
            ("label_smoothing", None, "a number"),
        ]
    },
    "negative smoothing, linear": (
        made(LinearCrossEntropyLoss, 4, 3, label_smoothing=-0.5),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got -0.5",
    ),
    **{
        f"{setting} {value!r}, adaptive": (
            made(
                AdaptiveLogSoftmaxWithLoss,
                **{"in_features": 8, "n_classes": 10, "cutoffs": [4], setting: value},
            ),
            TypeError,
            f"{setting} must be {must}, got {value!r}",
        )
        for setting, value, must in [
            ("in_features", 8.0, "an integer"),
            ("n_classes", 10.0, "an integer"),
            ("head_bias", 1, "True or False"),
        ]
    },
    "dtype of integers": (
        made(LinearCrossEntropyLoss, 4, 3, dtype=int),
        TypeError,
        "dtype must be float16, float32 or float64, got <class 'int'>",
    ),
    **{
        f"cutoffs {cutoffs}": (
            made(AdaptiveLogSoftmaxWithLoss, 8, 10, cutoffs),
            ValueError,
            "cutoffs must be integers in increasing order, from 1 to n_classes - 1 = 9, got "
            f"{cutoffs}",
        )
        for cutoffs in ([4, 10], [0, 4], [4, 4], [6, 4], [4.5], [-4], [])
    },
    "one cutoff": (
        made(AdaptiveLogSoftmaxWithLoss, 8, 10, 4),
        TypeError,
        "cutoffs must be a list, got 4: [4]?",
    ),
    **{
        f"div_value {value}": (
            made(AdaptiveLogSoftmaxWithLoss, 8, 10, [4], div_value=value),
            ValueError,
            f"div_value must be at least 1, got {value}",
        )
        for value in (0.0, 0.5, -4)
    },
    "tails without units": (
        made(AdaptiveLogSoftmaxWithLoss, 8, 1000, [10, 100, 500]),
        ValueError,
        "div_value=4.0 leaves the tail of cluster 3 8 // 4.0**3 = 0 units, which could only guess: "
        "give a smaller div_value or fewer cutoffs",
    ),
    "a parameter that is missing": (
        head(LINEAR, {"linear.weight": np.zeros((3, 4))}, method="load_state_dict"),
        ValueError,
        "state has ['linear.weight'], but needs ['linear.bias', 'linear.weight']",
    ),
    "a parameter too many": (
        load(LinearCrossEntropyLoss(4, 3), linear_bias=np.zeros(3)),
        ValueError,
        "state has ['linear.bias', 'linear.weight'], but needs ['linear.weight']",
    ),
    "the parameters of another loss": (
        head(ADAPTIVE, LINEAR.state_dict(), method="load_state_dict"),
        ValueError,
        "but needs ['head.weight', 'tail.0.0.weight', 'tail.0.1.weight']",
    ),
    "a parameter that is transposed": (
        load(LINEAR, linear_weight=np.zeros((4, 3))),
        ValueError,
        "linear.weight has shape (4, 3), but needs (3, 4)",
    ),
    "a parameter that is ragged": (
        load(LINEAR, linear_weight=[[1], [1, 2]]),
        ValueError,
        "linear.weight is a ragged list",
    ),
    "a parameter that is not detached": (
        load(LINEAR, linear_bias=torch.ones(3, requires_grad=True)),
        TypeError,
        "linear.bias is a Tensor that NumPy cannot read",
    ),
    "weights of classes that the loss does not have": (
        load(LINEAR, weight=[1, 1, 1]),
        ValueError,
        "weight is a setting, None, but state has [1, 1, 1]",
    ),
    "other weights of classes": (
        load(LinearCrossEntropyLoss(4, 3, weight=[1, 2, 3]), weight=[1, 1, 1]),
        ValueError,
        "weight is a setting, [1. 2. 3.], but state has [1, 1, 1]",
    ),
    "features of a sequence": (
        head(LINEAR, np.zeros((2, 5, 4)), np.zeros((2, 5), int)),
        ValueError,
        "it needs (N, 4) or (4,): flatten it to (-1, 4), and the target with it",
    ),
    "one input for many outputs": (
        head(LinearCrossEntropyLoss(4, 3, out_features=(2,)), FEATURES[0], [0, 1]),
        ValueError,
        "with out_features it needs (N, 4): give input[None]",
    ),
    **{
        f"{setting} {value}": (
            made(LinearCrossEntropyLoss, **{"in_features": 4, "num_classes": 3, setting: value}),
            ValueError,
            f"{setting} must be above 0, got {value}",
        )
        for setting in ("in_features", "num_classes")
        for value in (0, -1)
    },
    "in_features 0, adaptive": (
        made(AdaptiveLogSoftmaxWithLoss, 0, 10, [4]),
        ValueError,
        "in_features must be above 0, got 0",
    ),
    "weight of the wrong length, linear": (
        made(LinearCrossEntropyLoss, 4, 3, weight=np.ones(4)),
        ValueError,
        "weight has 4 numbers, but num_classes=3: give one weight per class",
    ),
    "out_features of bools": (
        made(LinearCrossEntropyLoss, 4, 3, out_features=(True,)),
        TypeError,
        "out_features must be a tuple of sizes, got (True,)",
    ),
    **{
        f"cutoffs {cutoffs!r}": (
            made(AdaptiveLogSoftmaxWithLoss, 8, 10, cutoffs),
            TypeError,
            f"cutoffs must be a list of integers, got {cutoffs!r}",
        )
        for cutoffs in (None, "4", ["4"], [[4]], {4, 6}, [True])
    },
    "one cutoff as a float": (
        made(AdaptiveLogSoftmaxWithLoss, 8, 10, 4.0),
        TypeError,
        "cutoffs must be a list, got 4.0: [4.0]?",
    ),
    **{
        f"{setting} {value!r}, adaptive": (
            made(
                AdaptiveLogSoftmaxWithLoss,
                **{"in_features": 8, "n_classes": 10, "cutoffs": [4], setting: value},
            ),
            TypeError,
            f"{setting} must be {must}, got {value!r}",
        )
        for setting, value, must in [
            ("in_features", "8", "an integer"),
            ("n_classes", None, "an integer"),
            ("div_value", "4", "a number"),
            ("div_value", None, "a number"),
        ]
    },
    "dtype of torch": (
        made(LinearCrossEntropyLoss, 4, 3, dtype=torch.float32),
        TypeError,
        "dtype must be float16, float32 or float64, got torch.float32",
    ),
    "a third size": (
        made(LinearCrossEntropyLoss, 4, 3, True),
        TypeError,
        "LinearCrossEntropyLoss takes its settings by name, got True: did you mean bias=True?",
    ),
    "data instead of sizes": (
        made(LinearCrossEntropyLoss, SCORES, [0, 1]),
        TypeError,
        "LinearCrossEntropyLoss(...) takes settings, not data: write LinearCrossEntropyLoss("
        "in_features, num_classes)(input, target)",
    ),
    "data instead of sizes, adaptive": (
        made(AdaptiveLogSoftmaxWithLoss, SCORES, [0, 1], [2]),
        TypeError,
        "write AdaptiveLogSoftmaxWithLoss(in_features, n_classes, cutoffs)(input, target)",
    ),
    "no labels for a head": (
        head(LINEAR, FEATURES),
        TypeError,
        "LinearCrossEntropyLoss(in_features, num_classes)(input, target): missing a required "
        "argument: 'target'",
    ),
    **{
        f"a state that is {what}": (
            head(LINEAR, state, method="load_state_dict"),
            TypeError,
            f"state must be a dictionary of parameters, got {type(state).__name__}: of a torch "
            "loss give loss.state_dict()",
        )
        for what, state in {
            "None": None,
            "a list": [FEATURES],
            "a torch loss": torch.nn.LinearCrossEntropyLoss(4, 3),
        }.items()
    },
    **{
        f"a parameter that is {np.asarray(value).dtype}": (
            load(LINEAR, linear_bias=value),
            TypeError,
            f"linear.bias is {np.asarray(value).dtype}: it must hold numbers",
        )
        for value in ([None] * 3, ["1"] * 3, [True] * 3, [1j] * 3)
    },
}

ALL = [getattr(lossbook, name) for name in lossbook.__all__ if name != "Loss"]
PLAIN = [loss for loss in ALL if not issubclass(loss, lossbook.heads.Head)]
"""The losses that can be made of no settings."""

EVERY = {
    "unknown reduction": (
        made(CrossEntropyLoss, reduction="avg"),
        ValueError,
        "reduction must be 'none', 'mean' or 'sum', got 'avg'",
    ),
    "reduction that is None": (made(MSELoss, reduction=None), ValueError, ", got None"),
    "list of reductions": (made(L1Loss, reduction=["sum"]), ValueError, ", got ['sum']"),
    **{
        f"batchmean, {loss.__name__}": (
            made(loss, reduction="batchmean"),
            ValueError,
            "reduction must be 'none', 'mean' or 'sum', got 'batchmean'",
        )
        for loss in PLAIN
        if loss is not KLDivLoss
    },
    **{
        f"reduction by position, {loss.__name__}": (
            made(loss, "sum"),
            TypeError,
            f"{loss.__name__} takes its settings by name, got 'sum': did you mean reduction='sum'?",
        )
        for loss in PLAIN
    },
    **{
        f"number by position, {loss.__name__}": (
            made(loss, 0.25),
            TypeError,
            f"takes its settings by name, got 0.25: did you mean {setting}=0.25?",
        )
        for loss, setting in {
            HuberLoss: "delta",
            SmoothL1Loss: "beta",
            GaussianNLLLoss: "eps",
            CrossEntropyLoss: "label_smoothing",
            MultiMarginLoss: "margin",
            MarginRankingLoss: "margin",
            HingeEmbeddingLoss: "margin",
            CosineEmbeddingLoss: "margin",
            TripletMarginLoss: "margin",
            TripletMarginWithDistanceLoss: "margin",
        }.items()
    },
    **{
        f"data instead of settings, {loss.__name__}": (
            made(loss, *[SCORES] * len(loss.takes)),
            TypeError,
            f"{loss.__name__}(...) takes settings, not data: write "
            f"{loss.__name__}()({', '.join(loss.takes)})",
        )
        for loss in PLAIN
    },
    **{
        f"{setting}, {loss.__name__}": (
            made(loss, **{setting: True}),
            TypeError,
            "size_average and reduce are deprecated: write reduction='none', 'mean'",
        )
        for setting in ("size_average", "reduce")
        for loss in PLAIN
    },
    **{
        f"{given} arguments, {loss.__name__}": (
            called(loss, *[SCORES] * given),
            TypeError,
            f"{loss.__name__}()({', '.join(loss.takes)}): {slip}",
        )
        for loss in PLAIN
        for given, slip in [
            (len(loss.takes) - 1, f"missing a required argument: {loss.takes[-1]!r}"),
            (len(loss.takes) + 1, "too many positional arguments"),
        ]
    },
    **{
        f"a column against a row, {loss.__name__}": (
            called(loss, COLUMN, ROW),
            ValueError,
            "input (3, 1) and target (3,) must have one shape: they would broadcast to (3, 3); "
            "drop or add an axis",
        )
        for loss in (
            L1Loss,
            MSELoss,
            HuberLoss,
            SmoothL1Loss,
            PoissonNLLLoss,
            BCELoss,
            BCEWithLogitsLoss,
            KLDivLoss,
            MultiLabelSoftMarginLoss,
        )
    },
    **{
        f"a column against a row, {loss.__name__}": (
            called(loss, *[COLUMN] * (len(loss.takes) - 1), ROW),
            ValueError,
            "target has shape (3,)",
        )
        for loss in (SoftMarginLoss, HingeEmbeddingLoss, MarginRankingLoss)
    },
    **{
        f"{setting} nan of {loss.__name__}": (
            made(loss, **{setting: NAN}),
            ValueError,
            f"{setting} must be a number, got nan",
        )
        for loss in PLAIN
        for setting in (field.name for field in fields(loss) if field.type is float)
    },
    **{
        f"a setting of another loss, {loss.__name__}": (
            made(loss, **{setting: 0.5}),
            TypeError,
            f"{loss.__name__} has no setting {setting}: it has {settings}",
        )
        for loss, setting, settings in [
            (MSELoss, "weight", "reduction"),
            (HuberLoss, "beta", "reduction, delta"),
            (SmoothL1Loss, "delta", "reduction, beta"),
            (MultiLabelMarginLoss, "margin", "reduction"),
            (TripletMarginWithDistanceLoss, "p", "reduction, margin, swap, distance_function"),
        ]
    },
    "a reduction of adaptive softmax": (
        made(AdaptiveLogSoftmaxWithLoss, 8, 10, [4], reduction="sum"),
        TypeError,
        "AdaptiveLogSoftmaxWithLoss has no setting reduction: it has",
    ),
    "data by name": (
        made(MSELoss, input=SCORES, target=SCORES),
        TypeError,
        "MSELoss(...) takes settings, not data: write MSELoss()(input, target)",
    ),
    **{
        f"weight by position, {loss.__name__}": (
            made(loss, [1.0, 2.0]),
            TypeError,
            f"write {loss.__name__}()(input, target) (a weight? Then weight=)",
        )
        for loss in PLAIN
        if "weight" in {field.name for field in fields(loss)}
    },
    **{
        f"{setting} by position": (
            made(loss, value),
            TypeError,
            f"got {value!r}: did you mean {setting}={value!r}?",
        )
        for loss, setting, value in [
            (HuberLoss, "delta", 1),
            (MultiMarginLoss, "p", 2),
            (KLDivLoss, "log_target", True),
            (GaussianNLLLoss, "full", True),
        ]
    },
    "a target of another name": (
        lambda: MSELoss()(SCORES, tarets=SCORES),
        TypeError,
        "MSELoss()(input, target): it takes no 'tarets'",
    ),
}
"""What goes wrong with every loss."""

FAMILIES = {
    "every": EVERY,
    "likelihood": LIKELIHOOD,
    "regression": REGRESSION,
    "probabilities": PROBABILITIES,
    "margin": MARGIN,
    "embedding": EMBEDDING,
    "sequence": SEQUENCE,
    "heads": HEADS,
}

MISUSE = [
    pytest.param(*row, id=f"{family}: {name}")
    for family, rows in FAMILIES.items()
    for name, row in rows.items()
]


@pytest.mark.parametrize(("call", "error", "sentence"), MISUSE)
def test_misuse_gets_a_sentence(call, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        call()


EXAMPLES = {type(loss): (loss, arguments) for loss, *arguments in reversed(SMOOTH + SPECIAL)}

NO_NUMBERS = {
    "None": None,
    "text": "abc",
    "ragged rows": [[1.0], [1.0, 2.0]],
    "a dictionary": {"logits": [1.0]},
    "a function": np.exp,
    "a tensor with a gradient": torch.zeros(2, 3, requires_grad=True),
    "a tensor of bfloat16": torch.zeros(2, 3, dtype=torch.bfloat16),
}


@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.parametrize(("loss", "name"), [(loss, name) for loss in ALL for name in loss.takes])
def test_an_argument_that_holds_no_numbers_is_named(loss, name, what):
    example, arguments = EXAMPLES[loss]
    given = dict(zip(loss.takes, arguments, strict=True)) | {name: NO_NUMBERS[what]}
    with pytest.raises((TypeError, ValueError), match=f"^{name} (is|has|must)"):
        example(**given)


@pytest.mark.parametrize("method", ["__call__", "grad", "value_and_grad", "explain"])
def test_every_method_refuses(method):
    with pytest.raises(IndexError, match="labels counted from 1"):
        getattr(CrossEntropyLoss(), method)(SCORES, [1, 3])


def test_parameters_of_a_weighted_torch_loss_are_taken_without_a_warning():
    theirs = torch.nn.LinearCrossEntropyLoss(4, 3, weight=torch.tensor([1.0, 2.0, 3.0]))
    loss = LinearCrossEntropyLoss(4, 3, weight=[1, 2, 3])
    loss.load_state_dict(theirs.state_dict())
    np.testing.assert_array_equal(loss.state_dict()["linear.weight"], theirs.linear.weight.detach())


def test_log_prob_of_infinity_says_nothing():
    assert np.isnan(ADAPTIVE.log_prob(np.full((1, 8), np.inf))).any()
