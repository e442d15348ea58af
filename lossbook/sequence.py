"""Losses of sequences."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import Array, as_array, beside, first, floats, log_sum_exp, named, require
from lossbook.loss import Arrays, Loss, Unreduced
from lossbook.trace import Stepper


class CTCLoss(Loss):
    """Minus the log-probability of all ways to align a target with a longer input.

    Parameters
    ----------
    blank
        The class that stands for nothing; labels repeat only with a blank in between.
    zero_infinity
        Whether a target that does not fit its input costs 0 instead of infinity.
    reduction
        'none' or 'sum'; or 'mean', which divides each loss by the length of its target (at least
        1) and then takes the mean over the samples.

    Notes
    -----
    ``log_probs`` holds log-probabilities, shaped (T, N, C), or (T, C) for one sample, which is not
    checked: of other scores the loss says nothing. ``targets`` holds classes other than the blank,
    shaped (N, S) and padded with anything, or one after another in a single axis. The lengths
    are integers, N of each. The loss is at least 0, and infinite where T is less than the length
    of the target and its number of repeats in a row. IndexError for a class that does not exist,
    ValueError or TypeError for shapes, lengths and dtypes that do not fit.

    Equal to `torch.nn.CTCLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.CTCLoss.html>`__, but for what it refuses.
    As there, the gradient is that with respect to logits, from which ``log_softmax`` made the
    log-probabilities. A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber, "Connectionist temporal
    classification", ICML 2006.

    Examples
    --------
    >>> import numpy as np
    >>> log_probs = np.log(np.full((3, 1, 3), 1 / 3))
    >>> print(CTCLoss(reduction="sum")(log_probs, [[1, 1]], [3], [2]).round(4))
    3.2958
    """

    learns = ("log_probs",)

    blank: int = 0
    zero_infinity: bool = False

    def prepare(
        self,
        log_probs: ArrayLike,
        targets: ArrayLike,
        input_lengths: ArrayLike,
        target_lengths: ArrayLike,
    ) -> Arrays:
        (scores,) = floats(log_probs=log_probs)
        require(
            scores.ndim in (2, 3) and scores.size,
            f"log_probs must have shape (T, N, C) or (T, C), none of them 0, got {scores.shape}",
        )
        steps, samples, classes = scores.shape[0], scores[0, ..., 0].size, scores.shape[-1]
        if not 0 <= self.blank < classes:
            raise ValueError(
                f"blank={self.blank} is none of the C = {classes} classes of log_probs, "
                f"0..{classes - 1}: C counts the blank"
            )
        labels = _integers("targets", targets)
        inputs = _lengths("input_lengths", input_lengths, scores, steps, "steps T of log_probs")
        longest = labels.shape[1] if labels.ndim == 2 else labels.size
        lengths = _lengths("target_lengths", target_lengths, scores, longest, "labels in targets")
        listed = np.arange(lengths.max()) < lengths[:, None]
        padded = np.full(listed.shape, self.blank)
        if labels.ndim == 2:
            require(
                len(labels) == samples,
                f"targets has shape {labels.shape}, but needs {samples} rows: log_probs "
                f"{scores.shape} has N = {samples} samples",
            )
            labels = labels[:, : lengths.max()][listed]
        else:
            require(
                labels.ndim == 1 and labels.size == lengths.sum(),
                f"targets has shape {labels.shape}, but target_lengths sum to {lengths.sum()}: "
                "give padded rows (N, S), or the labels alone, one after another",
            )
        padded[listed] = labels
        wrong = listed & ((padded < 0) | (padded >= classes) | (padded == self.blank))
        if wrong.any():
            n, s = first(wrong)
            is_blank = padded[n, s] == self.blank
            raise IndexError(
                f"label {s} of target {n} is {padded[n, s]}, "
                + ("the blank" if is_blank else f"but log_probs has C = {classes} classes")
                + f": labels must be 0..{classes - 1} without the blank, {self.blank}; "
                + ("C counts the blank" if padded[n, s] >= classes else PADDING)
            )
        return scores, padded, inputs, lengths

    def batch(self, log_probs: Array, *args: Array) -> tuple[int, ...]:
        return log_probs.shape[1:-1]

    def work(self, log_probs: Array, targets: Array, *lengths: Array) -> int:
        return int(8 * (2 * targets.size + len(targets)))  # some arrays of the states at a step

    def block(self, index: tuple[slice, ...], *args: Array, **kwargs: Array) -> Arrays:
        log_probs, *per_sample = args
        return log_probs[(slice(None), *index)], *(array[index] for array in per_sample)

    def unreduced(
        self,
        step: Stepper,
        log_probs: Array,
        targets: Array,
        input_lengths: Array,
        target_lengths: Array,
    ) -> Unreduced:
        shape = log_probs.shape
        log_y = log_probs.reshape(shape[0], -1, shape[-1])
        states = step(between_blanks(targets, self.blank))
        emission = step(emissions(log_y, states, target_lengths))
        arrival = step(arrivals(emission, states))
        trellis = step(arrival + emission)
        log_p = step(at_the_end(trellis, input_lengths, target_lengths))
        counted = step((log_p > -np.inf) | (not self.zero_infinity))
        counts = np.maximum(target_lengths, 1) if self.averages else np.ones_like(target_lengths)
        lengths = step(counts.astype(log_p.dtype))
        loss = step(np.where(counted, -log_p / lengths, 0))

        def backward(share: Any) -> Any:
            n, time = len(log_y), flipped(input_lengths, len(log_y))
            place = flipped(2 * target_lengths + 1, states.shape[1])
            back = time.T[:, :, None], np.arange(len(states))[:, None], place
            states_back = np.take_along_axis(states, place, 1)
            departure = step(arrivals(emission[back], states_back)[back])
            occupied = step(np.exp(trellis + departure - beside(log_p, states)))
            posterior = step(per_class(occupied, states, shape[-1]))
            used = counted & (np.arange(n)[:, None] < input_lengths)
            slope = step(np.where(used[..., None], np.exp(log_y) - posterior, 0))
            grad = step((beside(share / lengths, log_y[0]) * slope).reshape(shape))
            return grad

        return loss.reshape(shape[1:-1]), backward


def between_blanks(targets: Array, blank: int) -> Array:
    """The targets with blanks around every label: the states of an alignment, in order."""
    states = np.full((len(targets), 2 * targets.shape[1] + 1), blank)
    states[:, 1::2] = targets
    return states


def emissions(log_y: Array, states: Array, target_lengths: Array) -> Array:
    """The log-probability of every state's class at every time; minus infinity for padding."""
    real = np.arange(states.shape[1]) <= beside(2 * target_lengths, states)
    return np.where(real, np.take_along_axis(log_y, states[None], -1), -np.inf)


def arrivals(emission: Array, states: Array) -> Array:
    """The log-probability of all ways that lead to a state, before its own class is emitted.

    From one step to the next an alignment stays, moves on by one state, or by two where this
    skips a blank between different labels.
    """
    may_skip = np.zeros(states.shape, bool)
    may_skip[:, 2:] = states[:, 2:] != states[:, :-2]  # two states before a blank is a blank
    skip = np.where(may_skip, 0, -np.inf).astype(emission.dtype)
    arrival = np.empty_like(emission)
    before = np.full((len(states), 2 + states.shape[1]), -np.inf, emission.dtype)
    before[:, 2] = 0  # all start in front of the first blank, on which they stay, or move on
    ways = np.empty((3, *states.shape), emission.dtype)
    for now, log_y in zip(arrival, emission, strict=True):
        ways[0], ways[1], ways[2] = before[:, 2:], before[:, 1:-1], before[:, :-2] + skip
        now[:] = log_sum_exp(ways)
        before[:, 2:] = now + log_y
    return arrival


def at_the_end(trellis: Array, input_lengths: Array, target_lengths: Array) -> Array:
    """The log-probability to end on the last label or on the blank behind it."""
    n = np.arange(len(input_lengths))
    on_blank = trellis[input_lengths - 1, n, 2 * target_lengths]
    on_label = trellis[input_lengths - 1, n, 2 * target_lengths - 1]
    log_p = np.where(target_lengths > 0, np.logaddexp(on_blank, on_label), on_blank)
    no_input = np.where(target_lengths > 0, -np.inf, 0)
    return np.where(input_lengths > 0, log_p, no_input).astype(trellis.dtype)


def flipped(lengths: Array, size: int) -> Array:
    """For each length the indices 0 ... size - 1 with the first so many in reversed order."""
    return (lengths[:, None] - 1 - np.arange(size)) % size


def per_class(occupied: Array, states: Array, classes: int) -> Array:
    """The sum over the states of each class."""
    of_class = (states[..., None] == np.arange(classes)).astype(occupied.dtype)
    total: Array = (occupied.transpose(1, 0, 2) @ of_class).transpose(1, 0, 2)
    return total


PADDING = "padding? Then give its real length"


def _integers(name: str, value: ArrayLike) -> Array:
    """The value as an array of integers, or an error that names it."""
    array = as_array(name, value)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} must hold integers, got {array.dtype}")
    return array.astype(np.intp)


def _lengths(name: str, value: ArrayLike, scores: Array, most: int, of: str) -> Array:
    """A length for each sample, or an error that names the misfit."""
    lengths = _integers(name, value)
    shape = scores.shape[1:-1]
    if lengths.size != scores[0, ..., 0].size or lengths.ndim > 1:
        layout = "(T, N, C)" if shape else "(T, C)"
        slip = ""
        if lengths.shape == scores.shape[:1]:
            slip = ": a batch in front? Then transpose it"
        elif not lengths.ndim:
            slip = f": for all of them {lengths} give np.full({shape}, {lengths})"
        raise ValueError(
            f"{name} has shape {lengths.shape}, but log_probs {scores.shape}, read as {layout}, "
            f"needs a length for each sample, {shape}{slip}"
        )
    lengths = lengths.reshape(-1)
    wrong = (lengths < 0) | (lengths > most)
    if wrong.any():
        where = first(wrong)
        raise ValueError(
            f"{named(name, where)} is {lengths[where]}, but must be 0..{most}, the {of}"
        )
    return lengths
