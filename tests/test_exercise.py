"""What a reader is told about an answer."""

import numpy as np
import pytest

from lossbook import CrossEntropyLoss, exercise

HINTS = {0.607: "You divided by 3."}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (..., "No answer yet"),
        (0.3642, "Right: 0.3642."),
        (np.float32(0.36419), "Right: 0.3642."),
        (0.607, "0.607 is not right. You divided by 3."),
        (0.3659, "0.3659 is not right. Nearly: give four digits."),
        (1.5, "1.5 is not right. Try again."),
        (float("nan"), "nan is not right. Try again."),
        ([0.3642], "Your answer has shape (1,), the right one ()."),
        ("a third", "'a third' is not a number."),
        (None, "None is not a number."),
    ],
)
def test_feedback_on_a_number(answer, said, capsys):
    exercise.check(answer, 0.36419, HINTS)
    assert capsys.readouterr().out.startswith(said)


def softmax_of(scores, label):
    p = np.exp(scores) / np.exp(scores).sum()
    return -np.log(p[label])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (..., "No answer yet"),
        (lambda scores, label: ..., "No answer yet"),
        (lambda scores, label: None, "Case 1 of 2: your function returns nothing."),
        (lambda scores: 0.0, "Case 1 of 2 fails. For ([1.0, 2.0], 0): TypeError"),
        (lambda scores, label: scores, "Case 1 of 2 differs"),
        (lambda scores, label: "0.5", "Case 1 of 2 differs"),
        (softmax_of, "Case 2 of 2 differs. For ([1000.0, 0.0], 0) yours gives nan, right is 0.0."),
        (CrossEntropyLoss(), "Right in all 2 cases."),
        (3.0, "Case 1 of 2 fails. For ([1.0, 2.0], 0): TypeError"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_feedback_on_a_function(answer, said, capsys):
    cases = [(np.array([1.0, 2.0]), 0), (np.array([1000.0, 0.0]), 0)]
    exercise.check_function(answer, CrossEntropyLoss(), cases)
    assert capsys.readouterr().out.startswith(said)
