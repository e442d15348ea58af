"""What every loss is tried on: rows of ``(loss, *arguments)``, one for each way to go astray."""

from functools import partial
from typing import Any

import numpy as np

from lossbook.classification import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, KLDivLoss, NLLLoss
from lossbook.embedding import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    PairwiseDistance,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from lossbook.heads import AdaptiveLogSoftmaxWithLoss, LinearCrossEntropyLoss
from lossbook.margin import (
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
)
from lossbook.regression import (
    GaussianNLLLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    PoissonNLLLoss,
    SmoothL1Loss,
)
from lossbook.sequence import CTCLoss

rng = np.random.default_rng(0)
SCORES, IMAGE = rng.normal(size=(5, 3)), rng.normal(size=(2, 3, 4, 2))
CLASSES, PIXELS = rng.integers(3, size=5), rng.integers(3, size=(2, 4, 2))
IGNORED = np.array([0, -100, 2, 1, -100])
CHANCES = rng.dirichlet(np.ones(3), 5)
HEATMAP = np.moveaxis(rng.dirichlet(np.ones(3), (2, 4, 2)), -1, 1)
WEIGHT = (0.5, 2.0, 1.0)

SMOOTH: list[tuple[Any, ...]] = [
    (NLLLoss(), SCORES, CLASSES),
    (NLLLoss(), SCORES[0], CLASSES[0]),
    (NLLLoss(weight=WEIGHT), IMAGE, PIXELS),
    (NLLLoss(weight=WEIGHT), SCORES, IGNORED),
    (NLLLoss(ignore_index=1), SCORES, CLASSES),
    (NLLLoss(weight=WEIGHT, ignore_index=2), IMAGE[:, :, 0], PIXELS[:, 0]),
    (CrossEntropyLoss(), SCORES[0], CLASSES[0]),
    (CrossEntropyLoss(weight=WEIGHT), SCORES[0], CLASSES[0]),
    (CrossEntropyLoss(), SCORES[0], CHANCES[0]),
    (CrossEntropyLoss(), SCORES, CHANCES),
    (CrossEntropyLoss(), SCORES[:0], CLASSES[:0]),
    *(
        (CrossEntropyLoss(weight=weight, label_smoothing=smoothing), *arguments)
        for weight in (None, WEIGHT)
        for smoothing in (0.0, 0.1, 1.0)
        for arguments in [
            (SCORES, CLASSES),
            (SCORES, IGNORED),
            (SCORES, CHANCES),
            (IMAGE, PIXELS),
            (IMAGE, HEATMAP),
        ]
    ),
    (CrossEntropyLoss(ignore_index=1, label_smoothing=0.1), SCORES, CLASSES),
    (CrossEntropyLoss(ignore_index=1, weight=WEIGHT), SCORES, CLASSES),
]
"""Cases with a derivative in the ordinary sense."""

SPECIAL: list[tuple[Any, ...]] = [
    (NLLLoss(), SCORES[:2], np.array([-100, -100])),
    (NLLLoss(), np.array([[-np.inf, 0.0], [0.0, -np.inf]]), np.array([0, 0])),
    (CrossEntropyLoss(), SCORES[:2], np.array([-100, -100])),
    (CrossEntropyLoss(label_smoothing=0.1), SCORES[:2], np.array([-100, -100])),
    (CrossEntropyLoss(), 1e4 * SCORES, CLASSES),
    (CrossEntropyLoss(), np.array([[0.0, -np.inf, 1.0]]), np.array([2])),
    (CrossEntropyLoss(), np.array([[0.0, -np.inf, 1.0]]), np.array([1])),
    (CrossEntropyLoss(), np.array([[0.0, np.nan, 1.0], [0.0, 1.0, 2.0]]), np.array([0, 1])),
    (CrossEntropyLoss(), np.array([[0.0, np.inf, 1.0]]), np.array([0])),
]
"""Nothing to average, numbers out of the ordinary."""

X, Y, Z = rng.normal(size=(3, 5, 4))
VOLUME, OTHER = rng.normal(size=(2, 2, 3, 2))
VARIANCE = np.abs(Z) + 0.1
P, Q = 1 / (1 + np.exp(-X)), 1 / (1 + np.exp(-Y))
SIGNS, YES = np.sign(Y), (Y > 0) * 1.0
COUNTS = rng.poisson(2.0, size=(5, 4))
LISTS = np.array([[0, 3, -1, -1], [1, -1, 2, 0], [-1, 0, 0, 0], [0, 1, 2, 3], [2, 0, 3, -1]])
LABELS = np.array([0, 3, 1, 2, 3])
FRAMES = rng.normal(size=(7, 3, 5))
FRAMES -= np.logaddexp.reduce(FRAMES, -1, keepdims=True)
TEXTS = np.array([[1, 2, 2], [3, 1, 4], [1, 1, 1]])
WORDS = np.array([0, 9, 4, 7, 2])
ONE = (0, 0)
"""The index of one number, for arguments without axes."""
layer = partial(LinearCrossEntropyLoss, in_features=4, num_classes=3)
words = partial(AdaptiveLogSoftmaxWithLoss, in_features=4, n_classes=10)

SMOOTH += [
    (MSELoss(), X, Y),
    (MSELoss(), X[ONE], Y[ONE]),
    (MSELoss(), X[:0], Y[:0]),
    (L1Loss(), X, Y),
    (L1Loss(), VOLUME, OTHER),
    (L1Loss(), X, COUNTS),
    (SmoothL1Loss(), X, Y),
    (SmoothL1Loss(beta=0.3), VOLUME, OTHER),
    (SmoothL1Loss(beta=0.0), X, Y),
    (HuberLoss(), X, Y),
    (HuberLoss(delta=0.3), VOLUME, OTHER),
    (PoissonNLLLoss(), X, COUNTS),
    (PoissonNLLLoss(full=True), X, 1.0 * COUNTS),
    (PoissonNLLLoss(log_input=False), VARIANCE, 1.0 * COUNTS),
    (PoissonNLLLoss(log_input=False, full=True, eps=0.5), VARIANCE, 0.3 * COUNTS),
    (GaussianNLLLoss(), X, Y, VARIANCE),
    (GaussianNLLLoss(full=True), X, Y, VARIANCE[:, :1]),
    (GaussianNLLLoss(full=True), X, Y, VARIANCE[:, 0]),
    (GaussianNLLLoss(), X[0], Y[0], VARIANCE[0]),
    (GaussianNLLLoss(), VOLUME, OTHER, np.abs(OTHER[..., :1]) + 0.1),
    (BCELoss(), P, Q),
    (BCELoss(), P, YES),
    (BCELoss(weight=[0.5, 1.0, 2.0, 0.0]), P, Q),
    (BCELoss(weight=VARIANCE), P, Q),
    (BCELoss(), P[ONE], Q[ONE]),
    (BCEWithLogitsLoss(), X, Q),
    (BCEWithLogitsLoss(weight=[[0.5], [1.0], [2.0], [1.0], [1.0]]), X, YES),
    (BCEWithLogitsLoss(pos_weight=[3.0, 1.0, 1.0, 2.0]), X, Q),
    (BCEWithLogitsLoss(weight=VARIANCE, pos_weight=3.0), X, Q),
    (BCEWithLogitsLoss(pos_weight=[[3.0], [1.0], [0.5]]), VOLUME, np.abs(np.sin(OTHER))),
    (KLDivLoss(), np.log(P), Q),
    (KLDivLoss(), np.log(P), YES),
    (KLDivLoss(log_target=True), np.log(P), np.log(Q)),
    (KLDivLoss(), np.log(P[0]), Q[0]),
    (SoftMarginLoss(), X, SIGNS),
    (SoftMarginLoss(), VOLUME, np.sign(OTHER).astype(int)),
    (MultiMarginLoss(), X, LABELS),
    (MultiMarginLoss(p=2, margin=0.7, weight=[0.5, 2.0, 1.0, 0.0]), X, LABELS),
    (MultiMarginLoss(), X[0], LABELS[0]),
    (MultiMarginLoss(margin=-0.5), X, LABELS),
    (MultiLabelMarginLoss(), X, LISTS),
    (MultiLabelMarginLoss(), X[0], LISTS[0]),
    (MultiLabelSoftMarginLoss(), X, YES),
    (MultiLabelSoftMarginLoss(weight=[0.5, 2.0, 1.0, 0.0]), X, Q),
    (MultiLabelSoftMarginLoss(), X[0], YES[0]),
    (MultiLabelSoftMarginLoss(), VOLUME, np.abs(np.sin(OTHER))),
    (MarginRankingLoss(margin=0.5), X, Y, np.sign(Z)),
    (MarginRankingLoss(), X[0], Y[0], np.array([1, -1, 1, 1])),
    (HingeEmbeddingLoss(), VARIANCE, SIGNS),
    (HingeEmbeddingLoss(margin=0.4), VOLUME, np.sign(OTHER).astype(int)),
    (CosineEmbeddingLoss(), X, Y, SIGNS[:, 0]),
    (CosineEmbeddingLoss(margin=0.2), X, Y, np.array([1, -1, -1, 1, -1])),
    (CosineEmbeddingLoss(margin=-0.5), X[0], Y[0], np.array(-1)),
    (TripletMarginLoss(), X, Y, Z),
    (TripletMarginLoss(margin=0.3, swap=True), X, Y, Z),
    (TripletMarginLoss(p=1.0, eps=0.1), X[0], Y[0], Z[0]),
    (TripletMarginLoss(p=3.0, swap=True), VOLUME, OTHER, VOLUME[::-1]),
    (TripletMarginLoss(p=0.5), X, Y, Z),
    (TripletMarginLoss(p=np.inf), X, Y, Z),
    (TripletMarginWithDistanceLoss(), X, Y, Z),
    (
        TripletMarginWithDistanceLoss(
            distance_function=PairwiseDistance(1.0), margin=0.5, swap=True
        ),
        *(X, Y, Z),
    ),
    (layer(), X, CLASSES),
    (layer(bias=True, weight=WEIGHT), X, IGNORED),
    (layer(ignore_index=1, label_smoothing=0.1), X, CLASSES),
    (layer(bias=True), X, CHANCES),
    (layer(), X[0], CLASSES[0]),
    (layer(out_features=(2, 1), bias=True), X, np.arange(10).reshape(5, 2, 1) % 3),
    (layer(out_features=(2,)), X, np.full((5, 3, 2), 1 / 3)),
    (words(cutoffs=[3, 6], div_value=2.0), X, WORDS),
    (words(cutoffs=[3], head_bias=True), X, WORDS),
    (words(cutoffs=[1, 3, 4], div_value=1.0), X[:2], WORDS[:2]),
    (words(cutoffs=[3, 6], div_value=2.0), X[0], WORDS[1]),
    (words(cutoffs=[3, 6], div_value=2.0), X, np.array([3, 6, 2, 5, 9])),
]

SPECIAL += [
    (L1Loss(), np.array([0.0, -0.0, np.inf]), np.zeros(3)),
    (SmoothL1Loss(), np.array([1.0, -1.0, 0.0, np.inf]), np.zeros(4)),
    (SmoothL1Loss(beta=0.0), np.zeros(2), np.zeros(2)),
    (SmoothL1Loss(beta=1e-50), np.array([1, 0], np.float32), np.zeros(2, np.float32)),
    (HuberLoss(), np.array([1.0, -1.0, 0.0, -np.inf]), np.zeros(4)),
    (PoissonNLLLoss(), np.array([1e4, -1e4]), np.array([2.0, 2.0])),
    (PoissonNLLLoss(log_input=False, full=True), np.zeros(3), np.array([0.0, 1.0, 2.0])),
    (GaussianNLLLoss(), X, Y, VARIANCE * 1e-6),
    (GaussianNLLLoss(), X, Y, np.zeros((5, 1))),
    (BCELoss(), np.array([0.0, 1.0, 1e-30, 1.0]), np.array([1.0, 0.0, 1.0, 1.0])),
    (BCEWithLogitsLoss(), 1e4 * X, YES),
    (BCEWithLogitsLoss(), np.array([np.inf, -np.inf, np.nan]), np.array([1.0, 0.0, 1.0])),
    (KLDivLoss(), np.array([-np.inf, 0.0]), np.array([0.5, 0.5])),
    (MultiMarginLoss(), np.array([[0.0, 1.0, 2.0]]), np.array([1])),
    (MultiMarginLoss(p=2), np.array([[0.0, 1.0, np.inf], [np.inf, 0.0, 0.0]]), np.array([1, 0])),
    (MultiLabelMarginLoss(), np.array([[0.0, 1.0, 2.0]]), np.array([[1, -1, 0]])),
    (MultiLabelMarginLoss(), np.array([[np.inf, 1.0, 2.0]]), np.array([[0, 1, -1]])),
    (MarginRankingLoss(), np.ones(3), np.ones(3), np.array([1, -1, 1])),
    (HingeEmbeddingLoss(), np.array([1.0, 0.0, np.inf, np.nan]), np.array([-1, 1, 1, -1])),
    (CosineEmbeddingLoss(), np.zeros((2, 3)), np.ones((2, 3)), np.array([1, -1])),
    (CosineEmbeddingLoss(), np.ones((2, 3)), np.zeros((2, 3)), np.array([1, -1])),
    (CosineEmbeddingLoss(), np.eye(2), np.eye(2)[::-1], np.array([-1, 1])),
    (TripletMarginLoss(), np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 3))),
    (TripletMarginLoss(eps=0.0, swap=True), np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 3))),
    (TripletMarginLoss(eps=0.0, swap=True), *np.array([[[-1.0, 0]], [[1.0, 0]], [[0, 1.0]]])),
    (TripletMarginLoss(p=0.0, eps=0.0, margin=10.0), X, Y, Z),
    (TripletMarginLoss(p=np.inf, eps=0.0), np.eye(3), np.eye(3)[::-1], np.zeros((3, 3))),
    (words(cutoffs=[3, 6], div_value=2.0), X[:0], WORDS[:0]),
    (layer(), X[:2], np.array([-100, -100])),
    (layer(), X[:0], CLASSES[:0]),
    # The gradient of CTC is that of logits: see its docstring.
    (CTCLoss(), FRAMES, TEXTS, np.array([7, 6, 5]), np.array([3, 2, 3])),
    (CTCLoss(blank=1), FRAMES, np.array([0, 2, 3, 4, 4]), np.array([7, 6, 5]), np.array([3, 0, 2])),
    (CTCLoss(), FRAMES[:, 0], TEXTS[0], np.array(7), np.array(3)),
    (CTCLoss(), FRAMES[:, 0], TEXTS[0], np.array([6]), np.array([3])),
    (CTCLoss(), FRAMES, TEXTS, np.array([7, 0, 3]), np.array([3, 0, 3])),
    (CTCLoss(zero_infinity=True), FRAMES, TEXTS, np.array([7, 0, 3]), np.array([3, 2, 3])),
    (CTCLoss(), FRAMES, TEXTS[:, :1], np.array([5, 1, 0]), np.array([1, 1, 1])),
    (CTCLoss(), FRAMES, TEXTS[:, :0], np.array([7, 0, 3]), np.array([0, 0, 0])),
]
