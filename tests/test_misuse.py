"""A wrong call gets one sentence that names the argument, what came, what must come and why."""

import re

import numpy as np
import pytest
import torch

from lossbook import CrossEntropyLoss, NLLLoss

SCORES = np.zeros((2, 3), np.float32)
IMAGE = np.zeros((2, 3, 4, 4), np.float32)


def ce(input, target, **settings):
    return lambda: CrossEntropyLoss(**settings)(input, target)


def nll(input, target, **settings):
    return lambda: NLLLoss(**settings)(input, target)


MISUSE = {
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
        lambda: CrossEntropyLoss(weight=[[1.0, 2.0]]),
        ValueError,
        "weight must be one number per class, got shape (1, 2)",
    ),
    "weight that is a reduction": (
        lambda: CrossEntropyLoss(weight="sum"),
        TypeError,
        "weight must hold numbers, got 'sum': did you mean reduction='sum'?",
    ),
    "weight that is a mask": (
        lambda: CrossEntropyLoss(weight=[True, False]),
        TypeError,
        "weight is bool",
    ),
    "smoothing above 1": (
        lambda: CrossEntropyLoss(label_smoothing=1.5),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got 1.5",
    ),
    "smoothing below 0": (
        lambda: CrossEntropyLoss(label_smoothing=-0.5),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got -0.5",
    ),
    "unknown reduction": (
        lambda: CrossEntropyLoss(reduction="avg"),
        ValueError,
        "reduction must be 'none', 'mean' or 'sum', got 'avg'",
    ),
    "reduction by position": (
        lambda: CrossEntropyLoss("sum"),
        TypeError,
        "CrossEntropyLoss takes its settings by name, got 'sum': did you mean reduction='sum'?",
    ),
    "data instead of settings": (
        lambda: CrossEntropyLoss(SCORES, [0, 1]),
        TypeError,
        "CrossEntropyLoss(...) takes settings, not data: write CrossEntropyLoss()(input, target)",
    ),
    "deprecated setting": (
        lambda: CrossEntropyLoss(size_average=False),
        TypeError,
        "size_average and reduce are deprecated: write reduction='none', 'mean' or 'sum'",
    ),
    "missing target": (
        lambda: CrossEntropyLoss()(SCORES),
        TypeError,
        "CrossEntropyLoss()(input, target): missing a required argument: 'target'",
    ),
    "one argument too many": (
        lambda: CrossEntropyLoss()(SCORES, [0, 1], None),
        TypeError,
        "CrossEntropyLoss()(input, target): too many positional arguments",
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
        lambda: CrossEntropyLoss(weight=[1, -1]),
        ValueError,
        "weight[1] is -1: a weight is 0 or more",
    ),
    "nan weight": (
        lambda: CrossEntropyLoss(weight=[np.nan, 1]),
        ValueError,
        "weight[0] is nan: a weight is 0 or more",
    ),
    "ragged weight": (
        lambda: CrossEntropyLoss(weight=[[1], [1, 2]]),
        ValueError,
        "weight is a ragged list",
    ),
    "ragged target": (ce(SCORES, [[1], [1, 2]]), ValueError, "target is a ragged list"),
    **{
        f"ignore_index {index!r}": (
            lambda index=index: CrossEntropyLoss(ignore_index=index),
            TypeError,
            f"ignore_index must be an integer, got {index!r}",
        )
        for index in ("-1", 1.5, None, True, [0])
    },
    **{
        f"label_smoothing {smoothing!r}": (
            lambda smoothing=smoothing: CrossEntropyLoss(label_smoothing=smoothing),
            TypeError,
            f"label_smoothing must be a number, got {smoothing!r}",
        )
        for smoothing in ("0.1", None, True, [0.1])
    },
    "label_smoothing nan": (
        lambda: CrossEntropyLoss(label_smoothing=float("nan")),
        ValueError,
        "label_smoothing must be a number from 0 to 1, got nan",
    ),
}


@pytest.mark.parametrize(("call", "error", "sentence"), MISUSE.values(), ids=MISUSE.keys())
def test_misuse_gets_a_sentence(call, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        call()
