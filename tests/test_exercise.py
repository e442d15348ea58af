"""What a reader is told about an answer, in a notebook and on the page."""

import json
import re
import sys
from importlib.resources import files
from unittest.mock import patch

import numpy as np
import pytest
import quickjs
import torch

from lossbook import CrossEntropyLoss, exercise
from lossbook.component import Component

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


def asked(correct, hints=None):
    """What an exercise without an answer shows."""
    with patch.object(Component, "show", autospec=True) as show:
        assert exercise.check(..., correct, hints) is None
    return show.call_args.args[0]


def on_the_page(typed, correct, hints=None):
    """What the field replies, in a JavaScript engine."""
    html = asked(correct, hints).html
    data = re.search(r'json">(.*?)</script>', html)[1]
    context = quickjs.Context()
    context.eval("const customElements = { get: () => true }")
    context.eval((files("lossbook") / "answer.js").read_text("utf-8"))
    return context.eval(f"reply({json.dumps(typed)}, {data})")


@pytest.mark.parametrize(
    ("answer", "correct"),
    [
        (answer, 0.36419)
        for answer in (0.3642, 0.36419, 0.36425, 0.607, 0.36, 0.4, 0.364, 0.3643, 0.3659, 1.5, -2)
    ]
    + [
        *((answer, np.inf) for answer in (np.inf, -np.inf, np.nan, 3.0)),
        *((answer, np.nan) for answer in (np.nan, np.inf, 0.0)),
        *((answer, 1234.5678) for answer in (1234.5678, 1234.6, 1234.6419, 1235.0)),
        *((answer, [1.0, 0.2513]) for answer in ([1, 0.2513], [0.607] * 2, [1, 0.25], [1, 0.2515])),
        *((answer, [[np.inf], [-1.0]]) for answer in ([[np.inf], [-1]], [[np.inf], [1]])),
    ],
)
def test_the_page_replies_as_the_notebook_does(answer, correct, capsys):
    hints = HINTS | {np.nan: "Log of a negative number.", -2: "Signs."}
    exercise.check(answer, correct, hints)
    typed = str(answer)
    # The notebook shows an answer rounded, the page as it was typed.
    said = re.sub("^.* is not right", f"{typed} is not right", capsys.readouterr().out.strip())
    assert on_the_page(typed, correct, hints) == said


@pytest.mark.parametrize(
    ("typed", "correct", "said"),
    [
        ("", 0.5, "No answer yet."),
        ("half", 0.5, "half is not a number. Give one number, such as 0.5224."),
        ("0,5", 0.5, "Right: 0.5."),
        (" 1/2 ", 0.5, "Right: 0.5."),
        ("[.5]", 0.5, "Right: 0.5."),
        ("\N{MINUS SIGN}5e-1", -0.5, "Right: -0.5."),
        ("-Inf", -np.inf, "Right: -inf."),
        ("\N{INFINITY}", np.inf, "Right: inf."),
        ("0.5 0.5", 0.5, "0.5 0.5 is not a number. Give one number, such as 0.5224."),
        ("1, 2", [1.0, 2.0], "Right: [1.0, 2.0]."),
        ("[1 2]", [1.0, 2.0], "Right: [1.0, 2.0]."),
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]], "Right: [[1.0, 2.0], [3.0, 4.0]]."),
        ("1", [1.0, 2.0], "1 is not right: give 2 numbers, such as 0.25, 0.5."),
        ("1 2 3", [1.0, 2.0], "1 2 3 is not right: give 2 numbers, such as 0.25, 0.5."),
    ],
)
def test_the_page_reads_what_people_type(typed, correct, said):
    assert on_the_page(typed, correct) == said


def test_an_exercise_says_what_to_do_where_no_script_runs():
    shown = asked(1 / 3, {0.5: "</script>: half"})
    assert f"<output>{exercise.OPEN}</output>" in shown.html
    assert repr(shown) == exercise.OPEN
    assert '"correct": [0.333333]' in shown.html
    assert shown.html.count("</script>") == 2


def test_without_ipython_an_exercise_is_its_text(capsys):
    with patch.dict(sys.modules, {"IPython.display": None}):
        exercise.check(..., 0.5)
    assert capsys.readouterr().out == f"{exercise.OPEN}\n"
