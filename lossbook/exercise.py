"""Checks for the exercises of the book: a reader's answer in, one line of feedback out.

Before there is an answer, a number has a field on the page, which replies in the same words.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossbook.component import Component

OPEN = "No answer yet: put yours in place of the three dots, then run the cell again."
DIGITS = 4


def check(answer: Any, correct: ArrayLike, hints: Mapping[float, str] | None = None) -> None:
    """Say whether a number, or an array of them, is right to four digits.

    Parameters
    ----------
    answer
        What the reader gives; ``...`` while there is nothing yet.
    correct
        What it must be.
    hints
        For wrong numbers that people arrive at, the sentence that tells them how they did.

    Examples
    --------
    >>> check(0.607, 0.3642, hints={0.607: "You divided by 3: the weights sum to 5."})
    0.607 is not right. You divided by 3: the weights sum to 5.
    >>> check(0.3642, 1.8210 / 5)
    Right: 0.3642.
    """
    truth = np.asarray(correct, np.float64)
    if answer is ...:
        _field(truth, hints or {}).show()
        return
    given = _numbers(answer)
    wanted = f"numbers in the shape {truth.shape}" if truth.shape else "one number, such as 0.5224"
    if given is not None and given.size == truth.size == 1:
        given = given.reshape(truth.shape)
    if given is None:
        print(f"{answer!r} is not a number. Give {wanted}.")
    elif given.shape != truth.shape:
        print(f"Your answer has shape {given.shape}: give {wanted}.")
    elif _close(given, truth):
        print(f"Right: {_text(truth)}.")
    else:
        said = [hint for wrong, hint in (hints or {}).items() if _close(given, np.asarray(wrong))]
        rounded = any(np.array_equal(given, truth.round(digits)) for digits in range(1, DIGITS))
        slip = rounded or np.allclose(given, truth, rtol=0, atol=2 * 10.0**-DIGITS)
        near = "Nearly: round to four decimals." if slip else "Try again."
        print(f"{_text(given)} is not right. {said[0] if said else near}")


def check_function(
    answer: Any, correct: Callable[..., ArrayLike], cases: Iterable[tuple[Any, ...]]
) -> None:
    """Say whether a reader's function gives what the correct one does, case by case.

    The first case that differs is shown: what went in, what came out and what should have.

    Examples
    --------
    >>> check_function(lambda x: 2 * x, lambda x: x**2, [(2.0,), (3.0,)])
    Case 2 of 2 differs. For (3.0) yours gives 6.0, right is 9.0.
    """
    if answer is ...:
        print(OPEN)
        return
    if not callable(answer):
        print(f"{answer!r} is not a function.")
        return
    cases = list(cases)
    for number, case in enumerate(cases, 1):
        asked = f"Case {number} of {len(cases)}"
        shown = ", ".join(map(_text, case))
        truth = np.asarray(correct(*deepcopy(case)), np.float64)
        try:
            given = answer(*deepcopy(case))  # the reader's code may write into its arguments
        except Exception as error:  # the reader's code may fail in any way
            print(f"{asked} fails. For ({shown}): {type(error).__name__}: {error}")
            return
        if given is None or given is ...:
            print(OPEN if given is ... else f"{asked}: your function returns nothing.")
            return
        if not _same(given, truth):
            print(
                f"{asked} differs. For ({shown}) yours gives {_text(given)}, "
                f"right is {_text(truth)}."
            )
            return
    print(f"Right in all {len(cases)} cases.")


def _field(correct: NDArray[Any], hints: Mapping[float, str]) -> Component:
    """Where a number, or some, can be typed in and checked on the page: see answer.js."""
    several = f"{correct.size} numbers, such as 0.25, 0.5"
    data = {
        "correct": _plain(correct),
        "shown": _text(correct),
        "wanted": several if correct.size > 1 else "one number, such as 0.5224",
        "hints": [[_plain(wrong), hint] for wrong, hint in hints.items()],
    }
    return Component("loss-answer", f"<output>{OPEN}</output>", data, OPEN)


def _plain(value: Any) -> list[float | str]:
    """Numbers as JavaScript reads them, to six digits: the last ones depend on the machine."""
    short = [float(f"{number:.6g}") for number in np.ravel(value)]
    return [n if np.isfinite(n) else str(n).replace("inf", "Infinity") for n in short]


def _numbers(value: Any) -> NDArray[Any] | None:
    """The value as an array of numbers, or None if it is none."""
    try:
        # A tensor that requires a gradient does not become an array before it is detached.
        array = np.asarray(getattr(value, "detach", lambda: value)())
    except (ValueError, RuntimeError):  # ragged lists, and lists of such tensors
        return None
    return array if array.dtype.kind in "fiu" else None


def _same(given: Any, truth: NDArray[Any]) -> bool:
    """Whether both are numbers of one shape, and close."""
    array = _numbers(given)
    return array is not None and array.shape == truth.shape and _close(array, truth)


def _close(given: Any, truth: Any) -> bool:
    """Whether the numbers are the same to four digits, infinities and nan included."""
    tolerance = 0.6 * 10.0**-DIGITS
    return bool(np.allclose(given, truth, rtol=tolerance, atol=tolerance, equal_nan=True))


def _text(value: Any) -> str:
    """Numbers with four digits, all else as it is."""
    array = _numbers(value)
    if array is None:
        return str(value)
    exact = array.astype(np.float64) if array.dtype.kind == "f" else array  # float32 has no 0.1
    return str(exact.round(DIGITS).tolist())
