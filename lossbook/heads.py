"""Losses that own the last layer of a network: its weights are parameters of the loss."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import pairwise
from math import prod
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from lossbook.arrays import FLOATS, Array, as_array, as_numbers, floats, log_softmax, require
from lossbook.classification import CrossEntropyLoss
from lossbook.labels import dot, is_label, one_hot, require_labels
from lossbook.loss import BLOCK, Arrays, Loss, Unreduced, like_torch
from lossbook.trace import Stepper


class Head(Loss):
    """A loss with parameters of its own, known by torch's names, such as ``linear.weight``.

    They start as the same random numbers each time, uniform as torch draws them; see
    `load_state_dict`.
    """

    data: ClassVar[tuple[str, ...]] = ("input", "target")
    """The arguments of the formula that come before the parameters."""

    dtype: DTypeLike | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_sizes()
        try:
            dtype = np.dtype(np.float32 if self.dtype is None else self.dtype)
        except (TypeError, ValueError):
            dtype = np.dtype(object)
        if dtype.type not in FLOATS:
            raise TypeError(f"dtype must be float16, float32 or float64, got {self.dtype!r}")
        rng = np.random.default_rng(0)
        state = {
            name: rng.uniform(-bound, bound, shape).astype(dtype)
            for name, (shape, bound) in self.layout().items()
        }
        object.__setattr__(self, "_state", state)
        object.__setattr__(self, "needs", (*self.data, *state))

    def require_sizes(self) -> None:
        """Raise an error that names the misfit unless there can be parameters of these sizes."""
        raise NotImplementedError

    def layout(self) -> dict[str, tuple[tuple[int, ...], float]]:
        """The shape of every parameter, and how large it may be at the start."""
        raise NotImplementedError

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters themselves, by their names."""
        state: dict[str, Array] = self.__dict__["_state"]
        return state

    def state_dict(self) -> dict[str, Array]:
        """A copy of the parameters by their names."""
        return {name: array.copy() for name, array in self.parameters.items()}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Take over parameters, such as those of the torch loss.

        ValueError, and nothing is taken, where a name or a shape does not fit.
        """
        mine = self.parameters
        require_mapping(state)
        if set(state) != set(mine):
            raise ValueError(f"state has {sorted(map(str, state))}, but needs {sorted(mine)}")
        loaded = {name: as_numbers(name, state[name]) for name in mine}
        for name, array in loaded.items():
            require(
                array.shape == mine[name].shape,
                f"{name} has shape {array.shape}, but needs {mine[name].shape}",
            )
        mine.update({name: array.astype(mine[name].dtype) for name, array in loaded.items()})

    def value_and_grad(self, *args: ArrayLike, **kwargs: ArrayLike) -> tuple[Any, Any]:
        value, gradients = self._evaluate(args, kwargs, slope=True)
        return value, gradients[0]

    def param_grads(self, *args: ArrayLike, **kwargs: ArrayLike) -> dict[str, Array]:
        """The gradient of the value with respect to every parameter, by its name."""
        _, (_, *gradients) = self._evaluate(args, kwargs, slope=True)
        return dict(zip(self.parameters, gradients, strict=True))

    @cached_property
    def _learned(self) -> list[bool]:
        return [name == "input" or name in self.parameters for name in self.needs]

    def shared(self, name: str, array: Array, batch: tuple[int, ...]) -> bool:
        return name in self.parameters

    def block(self, index: tuple[slice, ...], *args: Array, **kwargs: Array) -> Arrays:
        n = len(self.data)
        return *super().block(index[:1], *args[:n]), *args[n:]

    def work(self, input: Array, *args: Array) -> int:
        """The logits, but so that a block has 8 rows at least."""
        return prod(input.shape[:-1]) * min(self.logits, BLOCK // 8)

    @cached_property
    def logits(self) -> int:
        """About how many logits are computed for a row."""
        raise NotImplementedError

    def require_features(self, features: Array, in_features: int) -> None:
        """Raise ValueError unless there are rows of features."""
        if features.ndim not in (1, 2) or features.shape[-1] != in_features:
            slip = "logits? The loss computes them itself"
            if features.shape[-1:] == (in_features,):
                slip = f"flatten it to (-1, {in_features}), and the target with it"
            raise ValueError(
                f"input has shape {features.shape}, but with in_features={in_features} it needs "
                f"(N, {in_features}) or ({in_features},): {slip}"
            )


class LinearCrossEntropyLoss(Head, CrossEntropyLoss):
    """Cross entropy of logits that are a linear function of the input, never held all at once.

    Parameters
    ----------
    in_features
        The length D of an input.
    num_classes
        The number C of classes.
    out_features
        The shape (d1, ...) of the labels of one input, each with logits of its own.
    bias
        Whether the linear function has one.
    weight
        How much each class counts, shaped (C,). With classes as targets the mean divides by the
        weights of the targets, with probabilities by their number.
    ignore_index
        A target class that counts for nothing, -100 if None.
    label_smoothing
        The share of the target, from 0 to 1, that is spread evenly over all C classes.
    reduction
        'none', 'mean' or 'sum'.
    dtype
        That of the parameters, float32 if None.

    Notes
    -----
    ``input`` is shaped (D,) or (N, D); ``target`` holds the classes 0 ... C - 1, shaped () or
    (N, d1, ...), or probabilities, shaped (C,) or (N, C, d1, ...). The parameters are
    ``linear.weight``, shaped (C d1 ..., D), and ``linear.bias``: see `state_dict`,
    `load_state_dict` and `param_grads`. The loss is computed for a few rows at a time, so that the
    logits take no memory to speak of. It raises IndexError for a class that does not exist, and
    ValueError or TypeError for targets that are no distribution and for shapes and dtypes that do
    not fit.

    Equal to `torch.nn.LinearCrossEntropyLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html>`__, whose
    ``options`` (chunks, here always on) and ``device`` do not exist here.

    Examples
    --------
    >>> loss = LinearCrossEntropyLoss(2, 3)
    >>> loss.load_state_dict({"linear.weight": [[1, 0], [0, 1], [1, 1]]})
    >>> print(loss([[1.0, 2.0]], [2]).round(4))
    0.4076
    """

    held = 3
    called: ClassVar[str] = "the array of logits"
    data = CrossEntropyLoss.needs

    in_features: int = field(kw_only=False)
    num_classes: int = field(kw_only=False)
    out_features: tuple[int, ...] = ()
    bias: bool = False
    ignore_index: int | None = None

    def require_sizes(self) -> None:
        sizes = self.out_features
        if not isinstance(sizes, list | tuple) or not all(
            isinstance(n, Integral) and not isinstance(n, bool) and n > 0 for n in sizes
        ):
            raise TypeError(f"out_features must be a tuple of sizes, got {sizes!r}")
        require(self.in_features > 0, f"in_features must be above 0, got {self.in_features}")
        require(self.num_classes > 0, f"num_classes must be above 0, got {self.num_classes}")
        weight: Any = self.weight
        require(
            weight is None or np.size(weight) == self.num_classes,
            f"weight has {np.size(weight)} numbers, but num_classes={self.num_classes}: give one "
            "weight per class",
        )

    @property
    def ignored(self) -> Any:
        return -100 if self.ignore_index is None else self.ignore_index

    @cached_property
    def logits(self) -> int:
        return self.num_classes * prod(self.out_features)

    def layout(self) -> dict[str, tuple[tuple[int, ...], float]]:
        rows, bound = self.logits, self.in_features**-0.5
        weight = {"linear.weight": ((rows, self.in_features), bound)}
        return weight | ({"linear.bias": ((rows,), bound)} if self.bias else {})

    def state_dict(self) -> dict[str, Array]:
        """A copy of the parameters by their names; with the weights of classes, as in torch."""
        weight = (
            {}
            if self.weight is None
            else {"weight": np.array(self.weight, self.parameters["linear.weight"].dtype)}
        )
        return super().state_dict() | weight

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        require_mapping(state)
        state = dict(state)
        mine: Any = self.weight
        given: Any = state.pop("weight", mine)
        own: Any = self.state_dict().get("weight")  # rounded, as in torch
        weight: Any = as_array("weight", given)
        same = np.array_equal(weight, mine) or np.array_equal(weight, own)
        require(same, f"weight is a setting, {mine}, but state has {given}")
        super().load_state_dict(state)

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (features,) = floats(input=input)
        self.require_features(features, self.in_features)
        require(
            features.ndim == 2 or not self.out_features,
            f"input has shape {features.shape}, but with out_features it needs (N, "
            f"{self.in_features}): give input[None]",
        )
        shape = (*features.shape[:-1], self.num_classes, *self.out_features)
        logits = np.broadcast_to(np.zeros((), features.dtype), shape)  # their shape says it all
        _, wanted, weight = super().prepare(logits, target)
        if self.ignore_index is not None and not is_label(wanted):
            raise ValueError(
                f"ignore_index={self.ignore_index} needs a target of classes, got probabilities"
            )
        return features, wanted, weight, *self.parameters.values()

    def batch(self, input: Array, *args: Array) -> tuple[int, ...]:
        return *input.shape[:-1], *self.out_features

    def divisor(self, step: Stepper, shape: tuple[int, ...], *args: Array) -> Any:
        return super().divisor(step, shape, *args[: len(self.data)])

    def unreduced(  # type: ignore[override]
        self,
        step: Stepper,
        input: Array,
        target: Array,
        weight: Array,
        linear_weight: Array,
        linear_bias: Array | None = None,
    ) -> Unreduced:
        shape = (*input.shape[:-1], self.num_classes, *self.out_features)
        logits = step(affine(input, linear_weight, linear_bias).reshape(shape))
        loss, to_logits = super().unreduced(step, logits, target, weight)

        def backward(share: Any) -> Any:
            slope = to_logits(share).reshape(-1, len(linear_weight))
            grad_input = step((slope @ linear_weight).reshape(input.shape))
            grad_weight = step(slope.T @ input.reshape(-1, self.in_features))
            if linear_bias is None:
                return grad_input, grad_weight
            grad_bias = step(slope.sum(0))
            return grad_input, grad_weight, grad_bias

        return loss, backward


class AdaptiveOutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` returns."""

    output: Any
    """The log-probability of every target."""
    loss: Any
    """Minus their mean."""


class AdaptiveLogSoftmaxWithLoss(Head):
    """Cross entropy of many classes, of which rare ones are reached through a cluster.

    The head tells the frequent classes, and one token for each cluster, apart; the tail of a
    cluster tells its members apart, by a layer that is narrower the rarer they are.

    Parameters
    ----------
    in_features
        The length D of an input.
    n_classes
        The number of classes, the most frequent first.
    cutoffs
        The first class of every cluster, in increasing order: those below the first are the head's.
    div_value
        The tail of cluster i = 1, 2, ... has an inner layer of D // div_value**i units.
    head_bias
        Whether the head has a bias.
    dtype
        That of the parameters, float32 if None.

    Notes
    -----
    ``input`` is shaped (D,) or (N, D); ``target`` holds the classes 0 ... n_classes - 1, shaped ()
    or (N,). The result has two parts: ``output``, the log-probability of each target, and
    ``loss``, minus their mean, which the gradient is of. The parameters are ``head.weight``,
    ``head.bias``, and for each cluster ``tail.0.0.weight`` and ``tail.0.1.weight``: see
    `state_dict`, `load_state_dict` and `param_grads`. It raises IndexError for a class that does
    not exist, and ValueError or TypeError for shapes and dtypes that do not fit.

    Equal to `torch.nn.AdaptiveLogSoftmaxWithLoss
    <https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html>`__, but
    that a tail without any unit is refused. E. Grave, A. Joulin, M. Cisse, D. Grangier and
    H. Jegou, `Efficient softmax approximation for GPUs <https://arxiv.org/abs/1609.04309>`__.

    Examples
    --------
    >>> import numpy as np
    >>> loss = AdaptiveLogSoftmaxWithLoss(4, 10, [2, 6], div_value=2.0)
    >>> output, mean = loss(np.zeros((1, 4)), [9])
    >>> print(output.round(4), mean.round(4))
    [-2.7726] 2.7726
    """

    in_features: int = field(kw_only=False)
    n_classes: int = field(kw_only=False)
    cutoffs: Sequence[int] = field(kw_only=False)
    div_value: float = field(default=4.0, kw_only=False)
    head_bias: bool = field(default=False, kw_only=False)

    reduction: ClassVar[str] = "mean"  # type: ignore[misc]

    def require_sizes(self) -> None:
        if isinstance(self.cutoffs, Real):
            raise TypeError(f"cutoffs must be a list, got {self.cutoffs!r}: [{self.cutoffs}]?")
        one = isinstance(self.cutoffs, np.ndarray) and not self.cutoffs.ndim
        if (
            one
            or not isinstance(self.cutoffs, list | tuple | np.ndarray)
            or not all(isinstance(n, Real) and not isinstance(n, bool) for n in self.cutoffs)
        ):
            raise TypeError(f"cutoffs must be a list of integers, got {self.cutoffs!r}")
        object.__setattr__(self, "cutoffs", tuple(self.cutoffs))
        bounds = (0, *self.cutoffs, self.n_classes)
        require(self.in_features > 0, f"in_features must be above 0, got {self.in_features}")
        require(
            self.cutoffs and all(int(low) == low < high for low, high in pairwise(bounds)),
            "cutoffs must be integers in increasing order, from 1 to n_classes - 1 = "
            f"{self.n_classes - 1}, got {list(self.cutoffs)}",
        )
        require(self.div_value >= 1, f"div_value must be at least 1, got {self.div_value!r}")
        if not self._width(len(self.cutoffs)):
            raise ValueError(
                f"div_value={self.div_value} leaves the tail of cluster {len(self.cutoffs)} "
                f"{self.in_features} // {self.div_value}**{len(self.cutoffs)} = 0 units, which "
                "could only guess: give a smaller div_value or fewer cutoffs"
            )

    @property
    def clusters(self) -> list[tuple[int, int]]:
        """The first class of every cluster, and the one behind its last."""
        return list(pairwise((*self.cutoffs, self.n_classes)))

    @cached_property
    def logits(self) -> int:
        head, tails = self.cutoffs[0] + len(self.cutoffs), self.n_classes - self.cutoffs[0]
        return head + tails // (len(self.cutoffs) + 1)  # as if all had their share of the rows

    def _width(self, cluster: int) -> int:
        """The units of the inner layer of cluster 1, 2, ..."""
        return int(self.in_features // self.div_value**cluster)

    def layout(self) -> dict[str, tuple[tuple[int, ...], float]]:
        rows, bound = self.cutoffs[0] + len(self.cutoffs), self.in_features**-0.5
        shapes: dict[str, tuple[tuple[int, ...], float]] = {}
        shapes["head.weight"] = ((rows, self.in_features), bound)
        if self.head_bias:
            shapes["head.bias"] = ((rows,), bound)
        for i, (low, high) in enumerate(self.clusters):
            width = self._width(i + 1)
            shapes[f"tail.{i}.0.weight"] = ((width, self.in_features), bound)
            shapes[f"tail.{i}.1.weight"] = ((high - low, width), width**-0.5)
        return shapes

    def prepare(self, input: ArrayLike, target: ArrayLike) -> Arrays:
        (features,), labels = floats(input=input), as_array("target", target)
        self.require_features(features, self.in_features)
        shape = (*features.shape[:-1], self.n_classes)
        log_p = np.broadcast_to(np.zeros((), features.dtype), shape)  # their shape says it all
        require_labels(log_p, labels, None, soft=False, called="the array of log-probabilities")
        return features, labels.astype(np.intp, copy=False), *self.parameters.values()

    def batch(self, input: Array, *args: Array) -> tuple[int, ...]:
        return input.shape[:-1]

    def __call__(self, *args: ArrayLike, **kwargs: ArrayLike) -> AdaptiveOutput:
        """The log-probability of every target, and minus their mean."""
        return _with_mean(super().__call__(*args, **kwargs))

    def value_and_grad(self, *args: ArrayLike, **kwargs: ArrayLike) -> tuple[AdaptiveOutput, Array]:
        """What a call returns, and the gradient of its loss, from one pass."""
        loss, gradient = super().value_and_grad(*args, **kwargs)
        return _with_mean(loss), gradient

    @cached_property
    def keeps(self) -> bool:
        return True  # the output

    def unreduced(
        self, step: Stepper, input: Array, target: Array, *parameters: Array
    ) -> Unreduced:
        x, labels = input.reshape(-1, self.in_features), target.reshape(-1)
        head, tails = self._split(parameters)
        head_log_p = step(log_softmax(affine(x, *head), 1))
        in_head = step(one_hot(self._in_head(labels), head_log_p))
        log_p = step(dot(in_head, head_log_p, 1))
        passed = []
        for (low, high), (inner, outer) in zip(self.clusters, tails, strict=True):
            rows = np.flatnonzero((labels >= low) & (labels < high))
            narrow = step(x[rows] @ inner.T)
            tail_log_p = step(log_softmax(narrow @ outer.T, 1))
            in_tail = step(one_hot(labels[rows] - low, tail_log_p))
            log_p[rows] += dot(in_tail, tail_log_p, 1)
            passed.append((rows, narrow, tail_log_p, in_tail, inner, outer))
        loss = step(-log_p.reshape(target.shape))

        def backward(share: Any) -> Any:
            slope = step(share * (np.exp(head_log_p) - in_head))
            grad_x = slope @ head[0]
            tail_slopes = []
            for rows, _, tail_log_p, in_tail, inner, outer in passed:
                tail_slope = step(share * (np.exp(tail_log_p) - in_tail))
                narrow_slope = step(tail_slope @ outer)
                grad_x[rows] += narrow_slope @ inner
                tail_slopes.append((tail_slope, narrow_slope))
            grad_input = step(grad_x.reshape(input.shape))
            grad_weight = step(slope.T @ x)
            gradients = [grad_input, grad_weight]
            if self.head_bias:
                grad_bias = step(slope.sum(0))
                gradients.append(grad_bias)
            for (rows, narrow, *_), (tail_slope, narrow_slope) in zip(
                passed, tail_slopes, strict=True
            ):
                grad_inner = step(narrow_slope.T @ x[rows])
                grad_outer = step(tail_slope.T @ narrow)
                gradients += [grad_inner, grad_outer]
            return tuple(gradients)

        return loss, backward

    @like_torch
    def log_prob(self, input: ArrayLike) -> Array:
        """The log-probability of every class, shaped like the input with n_classes for D."""
        (features,) = floats(input=input)
        self.require_features(features, self.in_features)
        head, tails = self._split(tuple(self.parameters.values()))
        first = self.cutoffs[0]
        log_p = log_softmax(affine(features, *head), -1)
        parts = [log_p[..., :first]]
        for i, (inner, outer) in enumerate(tails):
            within = log_softmax(features @ inner.T @ outer.T, -1)
            parts.append(log_p[..., first + i, None] + within)
        return np.concatenate(parts, -1)

    def predict(self, input: ArrayLike) -> Any:
        """The class of the highest probability, shaped like the input without D."""
        return self.log_prob(input).argmax(-1)

    def _in_head(self, labels: Array) -> Array:
        """Where the head looks for a class: in its own place, or in that of its cluster."""
        cluster = np.searchsorted(self.cutoffs, labels, side="right")
        return np.where(cluster, self.cutoffs[0] + cluster - 1, labels)

    def _split(self, parameters: Arrays) -> tuple[Arrays, list[Arrays]]:
        """The parameters of the head, and the two of every tail."""
        head = parameters[: 1 + self.head_bias]
        return head, list(
            zip(parameters[len(head) :: 2], parameters[len(head) + 1 :: 2], strict=True)
        )


def require_mapping(state: object) -> None:
    """Raise TypeError unless there are parameters by their names."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"state must be a dictionary of parameters, got {type(state).__name__}: of a torch "
            "loss give loss.state_dict()"
        )


def affine(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """The product with a weight matrix, and the bias added."""
    product: Array = x @ weight.T
    return product if bias is None else product + bias


def _with_mean(loss: Array) -> AdaptiveOutput:
    """The unreduced loss as the output, and its mean."""
    return AdaptiveOutput(-loss, loss.mean() if loss.size else loss.sum() * np.nan)
