"""Torch's own test data: every loss gets what torch's tests give to it, and torch is the judge."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import settings as hypothesis_settings
from torch.overrides import TorchFunctionMode

import lossbook
from lossbook.compare import by_torch, results


@contextmanager
def same_profile():
    """Torch's test utilities load a profile of hypothesis with a tenth of the examples."""
    profile = hypothesis_settings.get_current_profile_name()
    yield
    hypothesis_settings.load_profile(profile)


with same_profile():
    from torch.testing._internal import common_nn
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db
    from torch.testing._internal.common_utils import set_default_dtype, set_rng_seed


@dataclass(frozen=True, eq=False)
class Sample:
    """A call of a loss in torch's tests, its tensors as arrays."""

    source: str
    loss: str
    arguments: tuple[Any, ...]
    settings: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    skipped: str = ""
    """Why there is nothing to compare."""

    def map(self, change: Callable[[Any], Any]) -> "Sample":
        """The sample with a change made to every value in it."""
        return replace(
            self,
            arguments=tuple(map(change, self.arguments)),
            settings={name: change(value) for name, value in self.settings.items()},
            parameters={name: change(value) for name, value in self.parameters.items()},
        )

    def cast(self, dtype: type) -> "Sample":
        """The sample with its floating arrays in a dtype."""
        return self.map(lambda a: a.astype(dtype) if getattr(a, "dtype", None) in FLOATS else a)


FLOATS = (np.float32, np.float64)


def sample(source, loss, arguments, settings, parameters=None) -> Sample:
    """The sample of a call, without the settings that are left at their defaults."""
    settings = {
        name: value
        for name, value in settings.items()
        if not (
            value is None
            or name in ("device", "dtype")
            or isinstance(value, torch.nn.PairwiseDistance)  # the default of distance_function
        )
    }
    skipped = ""
    if settings.keys() & {"size_average", "reduce"}:
        skipped = "size_average and reduce are deprecated"
    elif "options" in settings:
        skipped = "options say how torch cuts a batch into chunks"
    elif any(isinstance(a, torch.Tensor) and a.is_complex() for a in arguments):
        skipped = "complex numbers"
    found = Sample(source, loss, tuple(arguments), settings, parameters or {}, skipped)
    return found.map(lambda a: a.detach().numpy() if isinstance(a, torch.Tensor) else a)


CLASSES = {
    name.removesuffix("Loss").lower(): name for name in vars(torch.nn) if name.endswith("Loss")
}


def of_function(name: str) -> str | None:
    """The loss that a function computes, such as KLDivLoss for kl_div."""
    short = name.removeprefix("nn.functional.").removesuffix("_loss")
    return CLASSES.get(short.replace("binary_cross_entropy", "bce").replace("_", ""))


def call(source, function, args, kwargs) -> Sample:
    """The sample of a call of a function in torch.nn.functional."""
    parameters = signature(function).parameters
    given = signature(function).bind(*args, **kwargs).arguments
    loss, state = of_function(function.__name__), {}
    if "linear_weight" in given:
        weight, bias = given.pop("linear_weight"), given.pop("linear_bias", None)
        classes, *features, inputs = weight.shape
        state = {"linear.weight": weight.reshape(-1, inputs)}
        shape = {"in_features": inputs, "num_classes": classes, "out_features": tuple(features)}
        if bias is not None:
            state["linear.bias"] = bias.reshape(-1)
        given |= shape | {"bias": bias is not None}
    required = [n for n, p in parameters.items() if p.default is Parameter.empty and n in given]
    return sample(source, loss, [given.pop(name) for name in required], given, state)


def modules() -> Iterator[Sample]:
    """What the tests of all modules build and call."""
    for info in module_db:
        kind = info.module_cls
        if kind.__name__ in CLASSES.values():
            set_rng_seed(0)
            for case in info.module_inputs_func(info, "cpu", torch.float64, False, True):
                made = case.constructor_input
                settings = signature(kind).bind(*made.args, **made.kwargs).arguments
                state = dict(kind(*made.args, **made.kwargs).named_parameters())
                arguments = case.forward_input.args
                yield sample("modules", kind.__name__, arguments, settings, state)


def operators() -> Iterator[Sample]:
    """What the tests of all functions call them with."""
    for info in op_db:
        if info.name.startswith("nn.functional.") and of_function(info.name):
            set_rng_seed(0)
            function = getattr(F, info.name.removeprefix("nn.functional."))
            samples = info.reference_inputs_func or info.sample_inputs_func
            for case in samples(info, "cpu", torch.float64, False):
                yield call("operators", function, (case.input, *case.args), case.kwargs)


class Calls(TorchFunctionMode):
    """The calls of losses in torch.nn.functional."""

    def __init__(self):
        super().__init__()
        self.samples = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if function is vars(F).get(name) and of_function(name):
            self.samples.append(call("nn", function, args, kwargs or {}))
        return function(*args, **kwargs or {})


def older_tests() -> Iterator[Sample]:
    """The losses in the tests of torch.nn that are older than the tables of modules."""
    calls = Calls()
    for case in common_nn.get_new_module_tests():
        if "Loss" in case.get("fullname", ""):
            given = common_nn.NewModuleTest(**case)._get_input()
            with calls:
                case["constructor"]()(given)
    yield from calls.samples
    for case in common_nn.criterion_tests:
        test = common_nn.CriterionTest(**case)
        arguments = []
        for given in (test._get_input(), test._get_target()):
            arguments += given if isinstance(given, tuple) else [given]
        loss, *_, reduction = case["fullname"].split("_")
        yield sample("nn", loss, arguments, {"reduction": reduction})


def collected() -> list[Sample]:
    """All samples, the same ones each time."""
    with set_default_dtype(torch.float64), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [*modules(), *operators(), *older_tests()]


SAMPLES = collected()


def built(sample: Sample, dtype: type) -> tuple[Any, tuple[Any, ...]]:
    """Our loss, and its arguments in a dtype."""
    sample = sample.cast(dtype)
    own = {"dtype": dtype} if sample.parameters else {}
    loss = getattr(lossbook, sample.loss)(**sample.settings, **own)
    if sample.parameters:
        loss.load_state_dict(sample.parameters)
    return loss, sample.arguments


Mend = Callable[[Sample], Sample]


def argument(position: int, change: Callable[[Any, Any], Any]) -> Mend:
    """What changes an argument; it is given the input too."""

    def mend(sample):
        changed = list(sample.arguments)
        changed[position] = change(changed[position], changed[0])
        return replace(sample, arguments=tuple(changed))

    return mend


def nonnegative_weight(sample: Sample) -> Sample:
    return replace(sample, settings=sample.settings | {"weight": abs(sample.settings["weight"])})


def normalised(p, input):
    return p / p.sum(min(1, p.ndim - 1), keepdims=True)


def like_input(a, input):
    return np.broadcast_to(a, input.shape)


def signs(y, input):
    return np.where(y < 0, -1, 1)


def listed_once(target, input):
    """Every row's classes before the first -1, each of them once, then -1."""
    once = np.full(target.shape, -1)
    for index in np.ndindex(target.shape[:-1]):
        row = [*target[index], -1]
        classes = list(dict.fromkeys(row[: row.index(-1)]))
        once[index][: len(classes)] = classes
    return once


class Refusal(NamedTuple):
    """A sentence with which losses refuse what torch takes."""

    losses: str
    says: str
    because: str
    mend: Mend | None
    """What makes the samples fit, so that they can be compared all the same."""


REFUSED = [
    Refusal(
        "BCELoss BCEWithLogitsLoss CrossEntropyLoss NLLLoss MultiLabelSoftMarginLoss "
        "MultiMarginLoss",
        "a weight is 0 or more",
        "torch draws negative weights too",
        nonnegative_weight,
    ),
    Refusal(
        "CrossEntropyLoss LinearCrossEntropyLoss",
        "probabilities must sum to 1",
        "torch draws each probability by itself",
        argument(1, normalised),
    ),
    Refusal(
        "BCEWithLogitsLoss MultiLabelSoftMarginLoss",
        "a probability lies between 0 and 1",
        "torch draws targets of any size",
        argument(1, lambda y, x: y.clip(0, 1)),
    ),
    Refusal(
        "KLDivLoss",
        "is nan, but a probability lies between 0 and 1",
        "torch takes the logarithm of negative numbers",
        None,
    ),
    Refusal(
        "KLDivLoss",
        "reduction='batchmean' needs an axis of samples",
        "torch takes the sum for the mean of a single number",
        None,
    ),
    Refusal(
        "HingeEmbeddingLoss MarginRankingLoss SoftMarginLoss",
        "labels are 1 or -1",
        "torch draws labels of any size",
        argument(-1, signs),
    ),
    Refusal(
        "HingeEmbeddingLoss MarginRankingLoss",
        "needs a label for each loss",
        "nothing broadcasts",
        argument(-1, like_input),
    ),
    Refusal(
        "GaussianNLLLoss MarginRankingLoss",
        "must have one shape: they would broadcast",
        "nothing broadcasts",
        argument(1, like_input),
    ),
    Refusal(
        "GaussianNLLLoss",
        "needs a variance of its shape",
        "a variance broadcasts along the last axis only",
        argument(2, like_input),
    ),
    Refusal(
        "PoissonNLLLoss",
        "a count is at least 0",
        "torch draws counts from a normal distribution",
        argument(1, lambda y, x: abs(y)),
    ),
    Refusal(
        "MultiMarginLoss",
        "input must have an axis of classes",
        "torch takes a single number for the score of a single class",
        argument(0, lambda a, x: a.reshape(1)),
    ),
    Refusal(
        "MultiMarginLoss",
        "labels need shape (). Squeeze axis 0",
        "torch takes a batch of one label for the label of a single row",
        argument(1, lambda y, x: y.reshape(())),
    ),
    Refusal(
        "MultiLabelMarginLoss",
        "input must have shape (C,) or (N, C), got ()",
        "torch takes a single number for the score of a single class",
        lambda sample: replace(sample, arguments=tuple(a.reshape(1) for a in sample.arguments)),
    ),
    Refusal(
        "MultiLabelMarginLoss",
        "twice",
        "torch takes a class listed twice for two",
        argument(1, listed_once),
    ),
]


@cache
def accepted(sample: Sample) -> tuple[Sample | None, list[Refusal]]:
    """What is left to compare of a sample, and the refusals on the way there."""
    refusals: list[Refusal] = []
    while True:
        try:
            loss, arguments = built(sample, np.float64)
            loss(*arguments)
            return sample, refusals
        except (ValueError, TypeError, IndexError) as error:
            known = [r for r in REFUSED if sample.loss in r.losses.split() and r.says in str(error)]
            if not known or known[0] in refusals:
                raise
        refusals.append(known[0])
        if known[0].mend is None:
            return None, refusals
        sample = known[0].mend(sample)


OURS = {name for name in lossbook.__all__ if name != "Loss"}

TESTED = {
    f"{sample.loss}-{sample.source}-{number}": sample
    for number, sample in enumerate(SAMPLES)
    if sample.loss in OURS and not sample.skipped
}

TOLERANCE = {np.float64: 1e-9, np.float32: 2e-5}
"""How far from torch's float64 answer a number may be, relative to the largest beside it."""


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """So little work is slower in two threads, where other tests want the cores too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", TESTED)
@pytest.mark.filterwarnings("ignore::UserWarning:torch")
def test_sample(name):
    """Value and gradients are torch's float64 answer for the same numbers.

    Where torch itself, in float32, is off by more, ours may be off by twice as much.
    """
    sample, _ = accepted(TESTED[name])
    if sample is None:
        return
    for dtype, tolerance in TOLERANCE.items():
        loss, arguments = built(sample, dtype)
        exact, numbers = built(sample.cast(dtype), np.float64)
        judge, rounded = by_torch(exact, *numbers), by_torch(loss, *arguments)
        for ours, theirs, near in zip(results(loss, *arguments), judge, rounded, strict=True):
            assert (ours.dtype, ours.shape) == (dtype, theirs.shape)
            finite = np.isfinite(theirs) & np.isfinite(near)
            largest = np.abs(theirs[finite]).max(initial=0)
            off = np.abs(near[finite] - theirs[finite]).max(initial=0)
            np.testing.assert_allclose(ours, theirs, 0, max(tolerance * largest, 2 * off))


COMPARED = {
    "AdaptiveLogSoftmaxWithLoss": 0,  # it has tests, but no table of samples
    "BCELoss": 24,
    "BCEWithLogitsLoss": 37,
    "CTCLoss": 52,
    "CosineEmbeddingLoss": 14,
    "CrossEntropyLoss": 126,
    "GaussianNLLLoss": 329,
    "HingeEmbeddingLoss": 34,
    "HuberLoss": 17,
    "KLDivLoss": 28,
    "L1Loss": 16,
    "LinearCrossEntropyLoss": 350,
    "MSELoss": 19,
    "MarginRankingLoss": 41,
    "MultiLabelMarginLoss": 45,
    "MultiLabelSoftMarginLoss": 14,
    "MultiMarginLoss": 214,
    "NLLLoss": 103,
    "PoissonNLLLoss": 83,
    "SmoothL1Loss": 23,
    "SoftMarginLoss": 14,
    "TripletMarginLoss": 10,
    "TripletMarginWithDistanceLoss": 7,
}
"""How many samples of each loss there are to compare, in torch 2.13."""


@pytest.mark.parametrize("loss", sorted(OURS))
def test_enough_samples_are_compared(loss):
    ours = [sample for sample in TESTED.values() if sample.loss == loss]
    assert sum(accepted(sample)[0] is not None for sample in ours) >= COMPARED[loss]


def test_what_is_skipped():
    assert Counter(sample.skipped for sample in SAMPLES if sample.skipped) == {
        "options say how torch cuts a batch into chunks": 836,
        "size_average and reduce are deprecated": 1,
        "complex numbers": 1,
    }


def test_every_refusal_in_the_table_happens():
    happened = {refusal for sample in TESTED.values() for refusal in accepted(sample)[1]}
    assert [r.says for r in REFUSED if r not in happened and OURS & {*r.losses.split()}] == []
