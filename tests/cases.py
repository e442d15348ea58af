"""What every loss is tried on: a table of (loss, *arguments), a row for each way to go astray."""

import numpy as np

from lossbook import CrossEntropyLoss, NLLLoss

rng = np.random.default_rng(0)
SCORES, IMAGE = rng.normal(size=(5, 3)), rng.normal(size=(2, 3, 4, 2))
CLASSES, PIXELS = rng.integers(3, size=5), rng.integers(3, size=(2, 4, 2))
IGNORED = np.array([0, -100, 2, 1, -100])
CHANCES = rng.dirichlet(np.ones(3), 5)
HEATMAP = np.moveaxis(rng.dirichlet(np.ones(3), (2, 4, 2)), -1, 1)
WEIGHT = (0.5, 2.0, 1.0)

SMOOTH = [
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

SPECIAL = [
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
