"""What a reader is told about an answer."""

import numpy as np
import pytest
import torch

from lossbook import CrossEntropyLoss, exercise

HINTS = {0.607: "You divided by 3."}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (..., "No answer yet"),
        (0.3642, "Right: 0.3642."),
        (np.float32(0.36419), "Right: 0.3642."),
        (0.607, "0.607 is not right. You divided by 3."),
        (0.36, "0.36 is not right. Nearly: round to four decimals."),
        (0.3643, "0.3643 is not right. Nearly: round to four decimals."),
        (0.3659, "0.3659 is not right. Try again."),
        (1.5, "1.5 is not right. Try again."),
        (float("nan"), "nan is not right. Try again."),
        ([0.3642], "Right: 0.3642."),
        (torch.tensor(0.3642, requires_grad=True), "Right: 0.3642."),
        ([0.3642, 1], "Your answer has shape (2,): give one number, such as 0.5224."),
        ([[1], [1, 2]], "[[1], [1, 2]] is not a number."),
        ([torch.ones(2, requires_grad=True)], "[tensor([1., 1.], requires_grad=True)] is not a"),
        ("a third", "'a third' is not a number."),
        (None, "None is not a number."),
    ],
)
def test_feedback_on_a_number(answer, said, capsys):
    exercise.check(answer, 0.36419, HINTS)
    assert capsys.readouterr().out.startswith(said)


def test_feedback_where_several_numbers_are_wanted(capsys):
    exercise.check("ten", [1.0, 2.0])
    exercise.check([1.0], [1.0, 2.0])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "'ten' is not a number. Give numbers in the shape (2,)."
    assert said[1] == "Your answer has shape (1,): give numbers in the shape (2,)."


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
        (3.0, "3.0 is not a function."),
    ],
)
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_feedback_on_a_function(answer, said, capsys):
    cases = [(np.array([1.0, 2.0]), 0), (np.array([1000.0, 0.0]), 0)]
    exercise.check_function(answer, CrossEntropyLoss(), cases)
    assert capsys.readouterr().out.startswith(said)


def test_a_function_that_writes_into_its_arguments_changes_nothing_for_the_next(capsys):
    def zeroing(scores, label):
        value = CrossEntropyLoss()(scores, label)
        scores[:] = 0
        return value

    scores = np.array([1.0, 2.0])
    exercise.check_function(zeroing, CrossEntropyLoss(), [(scores, 0), (scores, 1)])
    assert capsys.readouterr().out == "Right in all 2 cases.\n"
    assert scores.tolist() == [1.0, 2.0]


def test_arguments_may_be_ragged(capsys):
    exercise.check_function(lambda rows: 0.0, lambda rows: len(rows), [([[3.0], [1.0, 1.0]],)])
    assert "For ([[3.0], [1.0, 1.0]]) yours gives 0.0, right is 2.0" in capsys.readouterr().out


def test_feedback_on_float32_has_four_digits(capsys):
    exercise.check(np.float32(0.6852), np.float32(0.1))
    assert "0.6852 is not right" in capsys.readouterr().out
