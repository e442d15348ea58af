"""Losses of numbers against numbers."""

from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossbook.arrays import Array, aligned, beside, floats, require, require_not_negative
from lossbook.loss import Arrays, Elementwise, Loss, Unreduced
from lossbook.trace import Stepper


class L1Loss(Elementwise):
    """The size of the error, abs(input - target).

    Parameters
    ----------
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` and ``target`` are numbers of any shape, the same for both. The loss is at least 0,
    in the unit of the target. Its gradient is the sign of the error, and 0 where there is none.
    ValueError for shapes that differ.

    Equal to `torch.nn.L1Loss
    <https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html>`__, but that nothing
    broadcasts.

    Examples
    --------
    >>> print(L1Loss(reduction="none")([2.0, 0.0], [3.0, 2.0]))
    [1. 2.]
    """

    held = 2

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        error = step(input - target)
        loss = step(np.abs(error))

        def backward(share: Any) -> Any:
            grad = step(share * np.sign(error))
            return grad

        return loss, backward


class MSELoss(Elementwise):
    """The squared error, (input - target)².

    Parameters
    ----------
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` and ``target`` are numbers of any shape, the same for both. The loss is at least 0,
    in the squared unit of the target. ValueError for shapes that differ.

    Equal to `torch.nn.MSELoss
    <https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html>`__, but that nothing
    broadcasts.

    Examples
    --------
    >>> print(MSELoss(reduction="none")([2.0, 0.0], [3.0, 2.0]))
    [1. 4.]
    """

    held = 2

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        error = step(input - target)
        loss = step(error**2)

        def backward(share: Any) -> Any:
            grad = step(share * 2 * error)
            return grad

        return loss, backward


class HuberLoss(Elementwise):
    """Half the squared error up to ``delta``, and the tangent of that parabola beyond.

    Parameters
    ----------
    delta
        The error, above 0, from which on the loss is straight, with this slope.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` and ``target`` are numbers of any shape, the same for both. The loss is at least 0;
    it is delta times the `SmoothL1Loss` whose beta is delta. ValueError for shapes that differ.

    Equal to `torch.nn.HuberLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html>`__, but that nothing
    broadcasts. P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35 (1964).

    Examples
    --------
    >>> print(HuberLoss(reduction="none")([0.5, 3.0], [0.0, 0.0]))
    [0.125 2.5  ]
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.delta > 0,
            f"delta must be above 0, got {self.delta!r}: its limit, divided by delta, is L1Loss",
        )

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        error = step(input - target)
        near = step(error.clip(-self.delta, self.delta))
        loss = step(near * (error - 0.5 * near))

        def backward(share: Any) -> Any:
            grad = step(share * near)
            return grad

        return loss, backward


class SmoothL1Loss(Elementwise):
    """The size of the error, with a parabola for a tip where it is below ``beta``.

    Parameters
    ----------
    beta
        The error, at least 0, from which on the loss is straight, with slope 1; 0 is L1Loss.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` and ``target`` are numbers of any shape, the same for both. The loss is at least 0
    and beta / 2 below the size of a large error. ValueError for shapes that differ.

    Equal to `torch.nn.SmoothL1Loss
    <https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html>`__, but that nothing
    broadcasts. R. Girshick, `Fast R-CNN <https://arxiv.org/abs/1504.08083>`__ (2015).

    Examples
    --------
    >>> print(SmoothL1Loss(beta=0.5, reduction="none")([0.5, 3.0], [0.0, 0.0]))
    [0.25 2.75]
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.beta >= 0, f"beta must be at least 0, got {self.beta!r}")

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        error = step(input - target)
        beta = error.dtype.type(self.beta)  # a tiny one may be 0 there
        near = step(error.clip(-beta, beta))
        slope = step(near / beta if beta else np.sign(error))
        loss = step(slope * (error - 0.5 * near))

        def backward(share: Any) -> Any:
            grad = step(share * slope)
            return grad

        return loss, backward


class PoissonNLLLoss(Elementwise):
    """Minus the log-probability of a count under the Poisson distribution, but for a constant.

    Parameters
    ----------
    log_input
        Whether the input is the logarithm of the rate, or the rate itself.
    full
        Whether to add what does not depend on the input, log target!, by Stirling's formula.
    eps
        What is added to a rate before its logarithm is taken.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input`` is a log-rate, any number, or a rate of at least 0; ``target`` a count of at least 0,
    of the same shape; it need not be whole. Without ``full`` the loss may be negative: it is
    lowest, target - target log target, where the rate is the target. ValueError for shapes that
    differ and for negative counts or rates.

    Equal to `torch.nn.PoissonNLLLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html>`__, but for what it
    refuses; like there, Stirling's formula is used for targets above 1 only, where it is
    short by about 1 / (12 target).

    Examples
    --------
    >>> loss = PoissonNLLLoss(log_input=False)([2.0], [3.0])
    >>> print(loss.round(4))
    -0.0794
    """

    log_input: bool = True
    full: bool = False
    eps: float = 1e-8

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        rates, counts = super().prepare(input, target)
        slip = "is it standardized, or a logarithm? Give the count itself"
        require_not_negative("target", counts, f"a count is at least 0: {slip}")
        if not self.log_input:
            slip = "is it a log-rate? Then log_input=True; else apply softplus or exp"
            require_not_negative("input", rates, f"a rate is at least 0: {slip}")
        return rates, counts

    def unreduced(self, step: Stepper, input: Array, target: Array) -> Unreduced:
        if self.log_input:
            rate = step(np.exp(input))
            loss = step(rate - target * input)
        else:
            rate = step(input + self.eps)
            loss = step(input - target * np.log(rate))
        if self.full:
            log_factorial = step(np.where(target > 1, stirling(target), 0))
            loss = step(loss + log_factorial)

        def backward(share: Any) -> Any:
            if self.log_input:
                grad = step(share * (rate - target))
            else:
                grad = step(share * (1 - target / rate))
            return grad

        return loss, backward


def stirling(n: Array) -> Array:
    """Stirling's approximation of log n!."""
    return n * np.log(n) - n + 0.5 * np.log(2 * pi * n)


class GaussianNLLLoss(Loss):
    """Minus the log-density of the target under a normal distribution; its variance learns too.

    Parameters
    ----------
    full
        Whether to add what depends on nothing, log(2 pi) / 2.
    eps
        The least variance: a smaller one counts as this one.
    reduction
        'none', 'mean' or 'sum'.

    Notes
    -----
    ``input``, the mean, and ``target`` are numbers of any shape, the same for both. ``var`` is the
    variance, at least 0, of that shape, or with the last axis of length 1 or missing, or a single
    number. The loss has no lower bound but that of eps. There are two gradients, of the input and
    of the variance; below eps that of the variance is the slope at eps. ValueError for shapes that
    do not fit and for a negative variance.

    Equal to `torch.nn.GaussianNLLLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html>`__, but that nothing
    else broadcasts. D. A. Nix and A. S. Weigend, "Estimating the mean and variance of the target
    probability distribution", ICNN 1994.

    Examples
    --------
    >>> loss = GaussianNLLLoss(full=True)([0.0], [2.0], [9.0])
    >>> print(loss.round(4))
    2.2398
    """

    learns = ("input", "var")

    full: bool = False
    eps: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.eps > 0, f"eps must be above 0, got {self.eps!r}")

    def prepare(self, input: ArrayLike, target: ArrayLike, var: ArrayLike) -> Arrays:
        mean, wanted, spread = floats("target", input=input, target=target, var=var)
        aligned(input=mean, target=wanted)
        fits = {mean.shape, (*mean.shape[:-1], 1), mean.shape[:-1], ()}
        require(
            spread.shape in fits,
            f"var has shape {spread.shape}, but input {mean.shape} needs a variance of its shape, "
            f"{(*mean.shape[:-1], 1)} or {mean.shape[:-1]}, or one number: repeat it with "
            "np.broadcast_to",
        )
        slip = "is it a log-variance? Then apply exp; the output of a layer? Then softplus"
        require_not_negative("var", spread, f"a variance is at least 0: {slip}")
        return mean, wanted, spread

    def unreduced(self, step: Stepper, input: Array, target: Array, var: Array) -> Unreduced:
        error = step(input - target)
        variance = step(np.maximum(beside(var, input), self.eps))
        loss = step(0.5 * (np.log(variance) + error**2 / variance))
        if self.full:
            loss = step(loss + 0.5 * log(2 * pi))

        def backward(share: Any) -> Any:
            slope = step(share * 0.5 * (1 - error**2 / variance) / variance)
            grad_input = step(share * error / variance)
            grad_var = step(summed(slope, var.shape))
            return grad_input, grad_var

        return loss, backward


def summed(slope: Array, shape: tuple[int, ...]) -> Array:
    """The slopes of each variance, added up where one serves several elements."""
    if slope.shape == shape:
        return slope
    total = slope.sum(-1) if shape else slope.sum()
    return np.reshape(total, shape)
