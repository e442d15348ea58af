"""Losses on random arguments: any shape, dtype and settings that a call may have."""

from dataclasses import fields, replace
from itertools import groupby, product

import numpy as np
import properties
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import lossbook
from lossbook import (
    AdaptiveLogSoftmaxWithLoss,
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    CTCLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    LinearCrossEntropyLoss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
    information,
)
from lossbook.arrays import log_softmax, sigmoid
from lossbook.compare import results
from lossbook.embedding import PairwiseDistance
from lossbook.labels import class_axis

smooth = st.shared(st.booleans(), key="smooth")
"""Whether a call keeps away from kinks, so that it has a slope; if not, kinks are frequent."""

yes_or_no = st.booleans()
options = st.fixed_dictionaries

rng = np.random.default_rng(0)
OFFSETS = 0.02 + 0.1 * (rng.permutation(64) + rng.uniform(0, 0.5, 64)) / 64
"""Numbers between 0 and 1/8, far from each other and otherwise without any order."""


@st.composite
def numbers(draw, *shape, low=-3, high=3, largest=60):
    """Numbers from low to high; where these have both signs, sometimes as large as the largest.

    For a smooth call they are eighths and an offset: no two of them are a multiple of 1/8 apart.
    Otherwise they are halves: they are often equal, and their sums and products are not rounded.
    """
    if draw(smooth):
        eighths = arrays(int, shape, elements=st.integers(8 * low, 8 * high - 1))
        return draw(eighths) / 8 + np.resize(OFFSETS, shape)
    halves = draw(arrays(int, shape, elements=st.integers(2 * low, 2 * high))) / 2
    return halves * draw(st.sampled_from([1, largest / high])) if low < 0 < high else halves


@st.composite
def sizes(draw, low, high):
    """Margins and their like: eighths, or halves where kinks are wanted."""
    parts = 8 if draw(smooth) else 2
    return draw(st.integers(parts * low, parts * high)) / parts


def shapes(axes, *shortest):
    """Shapes with at most so many axes, the shortest of which may be so long."""
    return st.one_of(
        [array_shapes(min_dims=0, max_dims=axes, min_side=n, max_side=3) for n in shortest]
    )


ANY = shapes(3, 1, 0)
ROWS = shapes(1, 1)  # of no rows, the margin losses of torch return whatever is in memory


def labels(shape, count, *ignored):
    """Classes, or what is ignored."""
    return arrays(int, shape, elements=st.sampled_from([*range(count), *ignored]))


def signs(shape):
    """Labels 1 and -1, as integers or floats."""
    return arrays(st.sampled_from([int, float]), shape, elements=st.sampled_from([-1, 1]))


@st.composite
def factors(draw, *shape):
    """Nothing, or weights in a shape that repeats to a given one."""
    repeats = draw(st.tuples(*(yes_or_no for _ in shape)))
    own = [1 if repeat else n for n, repeat in zip(shape, repeats, strict=True)]
    own = own[draw(st.integers(0, len(own))) :]
    return draw(st.none() | arrays(int, own, elements=st.integers(0, 2)))


@st.composite
def pairs(draw, **settings):
    """Numbers against numbers."""
    return draw(options(settings)), draw(numbers(2, *draw(ANY)))


@st.composite
def counts(draw):
    """Rates, or their logarithms, against counts."""
    shape, log_input = draw(ANY), draw(yes_or_no)
    input = draw(numbers(*shape, low=-3 if log_input else 0))
    target = draw(arrays(int, shape, elements=st.integers(0, 4)) | numbers(*shape, low=0))
    settings = {"full": yes_or_no, "eps": st.sampled_from([1e-8, 0.5])}
    return {"log_input": log_input, **draw(options(settings))}, (input, target)


@st.composite
def spreads(draw):
    """Numbers against numbers, and variances: some below eps, unless the call is smooth."""
    shape = draw(ANY)
    spread = draw(st.sampled_from([shape, (*shape[:-1], 1), shape[:-1]] if shape else [shape]))
    var = draw(numbers(*spread, low=int(draw(smooth)), high=2))
    settings = {"full": yes_or_no, "eps": st.sampled_from([1e-6, 0.5])}
    return draw(options(settings)), (*draw(numbers(2, *shape)), var)


@st.composite
def chances(draw, *weights, low=-3, high=3, classes=()):
    """Logits, or probabilities, against probabilities, with weights."""
    shape = *draw(ANY), *classes
    input, target = draw(numbers(*shape, low=low, high=high)), draw(numbers(*shape, low=0, high=1))
    return {name: draw(factors(*shape)) for name in weights}, (input, target)


@st.composite
def divergences(draw):
    """Scores against probabilities or their logarithms."""
    log_target, shape = draw(yes_or_no), draw(ANY)
    target = numbers(*shape, low=-2, high=0) if log_target else numbers(*shape, low=0, high=1)
    return {"log_target": log_target}, (draw(numbers(*shape)), draw(target))


@st.composite
def labelled(draw, least=1, batches=ANY, lightest=0.125, **settings):
    """Scores against classes, with weights of the classes."""
    batch, count = draw(batches), draw(st.integers(least, 4))
    chosen = draw(options(settings))
    input = draw(numbers(*batch[:1], count, *batch[1:]))
    ignored = [chosen["ignore_index"]] if "ignore_index" in chosen else []
    weight = st.lists(st.sampled_from([lightest, 0.5, 1.0, 2.0]), min_size=count, max_size=count)
    target = draw(labels(batch, count, *ignored))
    return {"weight": draw(st.none() | weight), **chosen}, (input, target)


@st.composite
def distributed(draw, batches=ANY, **settings):
    """Scores against distributions."""
    chosen, (input, _) = draw(labelled(2, batches, **settings))
    axis = class_axis(input)
    heights = draw(numbers(*input.shape, low=0, high=2))
    heights += heights.sum(axis, keepdims=True) == 0
    return chosen, (input, heights / heights.sum(axis, keepdims=True))


@st.composite
def listed(draw):
    """Scores against lists of classes, which end at -1."""
    shape = (*draw(ROWS), draw(st.integers(1, 4)))
    target = draw(labels(shape, shape[-1], -1))
    for row in target.reshape(-1, shape[-1]):
        length = draw(st.integers(0, shape[-1]))
        row[:length] = draw(st.permutations(range(shape[-1])))[:length]
        row[length : length + 1] = -1
    return {}, (draw(numbers(*shape)), target)


@st.composite
def signed(draw, inputs=1, features=(), **settings):
    """Scores, distances or embeddings against a sign."""
    shape = draw(shapes(1 if features else 3, 1, 0))
    arguments = draw(numbers(inputs, *shape, *features))
    return draw(options(settings)), (*arguments, draw(signs(shape)))


@st.composite
def triplets(draw, norm):
    """Three embeddings, and a norm whose rounding decides nothing."""
    triplet = draw(numbers(3, *draw(shapes(2, 1, 0)), draw(st.integers(1, 3))))
    p = draw(st.sampled_from([0.0, 1.0, 2.0, np.inf, *([1.5, 3.0] if draw(smooth) else [])]))
    eps = draw(st.sampled_from([0.0, 0.5, *([1e-6] if draw(smooth) else [])]))
    settings = {"margin": sizes(1, 4), "swap": yes_or_no}
    return norm(p, eps) | draw(options(settings)), triplet


@st.composite
def alignments(draw):
    """Log-probabilities against texts, which may be padded, and may be too long."""
    steps, samples, count = (draw(st.integers(*bounds)) for bounds in [(1, 5), (1, 3), (2, 4)])
    blank, longest = draw(st.integers(0, count - 1)), draw(st.integers(0, 3))
    single = samples == 1 and draw(yes_or_no)
    shape = (steps, count) if single else (steps, samples, count)
    log_probs = log_softmax(draw(numbers(*shape, largest=3)), -1)
    lengths = [most - draw(labels(samples, most + 1)) for most in (steps, longest)]
    target = draw(labels((samples, longest), count)).clip(0, count - 2)
    target += target >= blank
    if single or draw(yes_or_no):
        target = target[np.arange(longest) < lengths[1][:, None]]
    chosen = {"blank": blank, "zero_infinity": draw(yes_or_no)}
    return chosen, (log_probs, target, *lengths)


@st.composite
def features(draw, *kinds):
    """Features against classes, or distributions of them."""
    chosen, (scores, target) = draw(st.one_of(kinds))
    axis = class_axis(scores)
    if chosen["ignore_index"] == -100 or target.dtype.kind == "f":
        chosen["ignore_index"] = None
    chosen |= {"in_features": draw(st.integers(1, 3)), "num_classes": scores.shape[axis]}
    chosen |= {"out_features": scores.shape[axis + 1 :], "bias": draw(yes_or_no)}
    input = draw(numbers(*scores.shape[:axis], chosen["in_features"], largest=3))
    return chosen, (input, target)


@st.composite
def frequencies(draw):
    """Features against classes, of which the rare ones are in clusters."""
    width, count, batch = draw(st.integers(4, 5)), draw(st.integers(2, 8)), draw(shapes(1, 1, 0))
    cutoffs = draw(st.sets(st.integers(1, count - 1), min_size=1, max_size=2))
    chosen = {"in_features": width, "n_classes": count, "cutoffs": sorted(cutoffs)}
    chosen |= draw(options({"div_value": st.sampled_from([1.0, 1.5, 2.0]), "head_bias": yes_or_no}))
    return chosen, (draw(numbers(*batch, width, largest=3)), draw(labels(batch, count)))


IGNORED = {"ignore_index": st.sampled_from([-100, -1, 0])}
UNUSED = {"ignore_index": st.sampled_from([-100, -1])}
SMOOTHING = {"label_smoothing": st.sampled_from([0.0, 0.1, 1.0])}
SEVERAL = st.sampled_from([(), (0,), (1,), (3,), (2, 2), (3, 1, 2)])
MARGIN = {"margin": sizes(-1, 2)}

CALLS = {
    L1Loss: pairs(),
    MSELoss: pairs(),
    HuberLoss: pairs(delta=sizes(0, 2).filter(bool)),
    SmoothL1Loss: pairs(beta=sizes(0, 2)),
    PoissonNLLLoss: counts(),
    GaussianNLLLoss: spreads(),
    BCELoss: chances("weight", low=0, high=1),
    BCEWithLogitsLoss: chances("weight", "pos_weight"),
    KLDivLoss: divergences(),
    NLLLoss: labelled(**IGNORED),
    CrossEntropyLoss: labelled(2, **IGNORED, **SMOOTHING) | distributed(**UNUSED, **SMOOTHING),
    MultiMarginLoss: labelled(1, ROWS, 0.0, p=st.sampled_from([1, 2]), **MARGIN),
    MultiLabelMarginLoss: listed(),
    MultiLabelSoftMarginLoss: chances("weight", classes=(3,)),
    SoftMarginLoss: signed(),
    HingeEmbeddingLoss: signed(**MARGIN),
    MarginRankingLoss: signed(2, **MARGIN),
    # Margins that no cosine of halves meets, but 0, where it is computed without rounding.
    CosineEmbeddingLoss: signed(2, (3,), margin=st.sampled_from([0.0, 0.3, -0.7])),
    TripletMarginLoss: triplets(lambda p, eps: {"p": p, "eps": eps}),
    TripletMarginWithDistanceLoss: triplets(
        lambda p, eps: {"distance_function": PairwiseDistance(p, eps)}
    ),
    CTCLoss: alignments(),
    LinearCrossEntropyLoss: features(
        labelled(2, SEVERAL, **IGNORED, **SMOOTHING), distributed(SEVERAL, **UNUSED, **SMOOTHING)
    ),
    AdaptiveLogSoftmaxWithLoss: frequencies(),
}
"""For each loss its settings, but those that many losses share, and its arguments."""


@st.composite
def calls(draw, *losses):
    """One of some losses, and its arguments in float64."""
    loss = draw(st.sampled_from(losses))
    chosen, arguments = draw(CALLS[loss])
    shared = {"reduction": st.sampled_from(sorted(loss.reductions)), "dtype": st.just(np.float64)}
    chosen |= draw(options({f.name: shared[f.name] for f in fields(loss) if f.name not in chosen}))
    assume(np.ndim(arguments[0]) or chosen.get("reduction") != "batchmean")
    return loss(**chosen), properties.cast(arguments)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss by both")  # of KLDiv
@settings(deadline=None, max_examples=1000)
@given(calls(*CALLS), st.sampled_from([np.float32, np.float64]), smooth)
def test_every_property_holds(call, dtype, smooth):
    loss, arguments = call[0], properties.cast(call[1], dtype)
    for holds in properties.EVERYWHERE:
        if holds is not properties.keeps_dtype:  # float16 rounds probabilities: see the table
            holds(loss, arguments)
    if smooth and arguments[0].size and not isinstance(loss, CTCLoss):
        properties.slope_of_value(loss, arguments)


def test_every_loss_is_drawn():
    assert {loss.__name__ for loss in CALLS} | {"Loss"} == set(lossbook.__all__)


def drawn(loss):
    """Give a test random calls of a loss."""
    return lambda test: settings(deadline=None)(given(calls(loss))(test))


def like(other, loss, **changes):
    """Another loss with those settings of a loss that it has too, but for some changes."""
    own = {f.name: getattr(loss, f.name) for f in fields(loss)} | changes
    return other(**{f.name: own[f.name] for f in fields(other) if f.name in own})


def with_other_parameters(loss):
    """A loss with parameters other than at its start."""
    rng = np.random.default_rng(1)
    loss.load_state_dict({name: rng.normal(size=a.shape) for name, a in loss.parameters.items()})
    return loss


def close(ours, other):
    np.testing.assert_allclose(ours, other, 1e-9, 1e-9)


@drawn(HuberLoss)
def test_huber_is_delta_times_smooth_l1(call):
    loss, arguments = call
    other = like(SmoothL1Loss, loss, beta=loss.delta)
    for ours, plain in zip(results(loss, *arguments), results(other, *arguments), strict=True):
        close(ours, loss.delta * plain)


@drawn(NLLLoss)
def test_cross_entropy_of_labels_is_nll_of_log_softmax(call):
    loss, (input, target) = call
    axis = class_axis(input)
    assume(input.shape[axis] > 1)
    other = like(CrossEntropyLoss, loss)
    close(other(input, target), loss(log_softmax(input, axis), target))


@drawn(CrossEntropyLoss)
def test_cross_entropy_does_not_see_a_shift_of_all_scores(call):
    loss, (input, target) = call
    for shift in (-1e4, 1e4):
        np.testing.assert_allclose(loss(input + shift, target), loss(input, target), 1e-6, 1e-6)


@settings(deadline=None)
@given(distributed())
def test_cross_entropy_and_divergence_are_those_of_information_theory(call):
    _, (input, target) = call
    axis = class_axis(input)
    log_p = log_softmax(input, axis)
    value = CrossEntropyLoss(reduction="none")(input, target)
    close(value, information.cross_entropy(target, np.exp(log_p), axis=axis))
    divergence = KLDivLoss(reduction="none")(log_p, target).sum(axis)
    close(divergence, value - information.entropy(target, axis=axis))


@drawn(BCEWithLogitsLoss)
def test_bce_with_logits_is_bce_of_the_sigmoid(call):
    loss, (input, target) = call
    input, loss = np.clip(input, -5, 5), replace(loss, pos_weight=None)
    p, other = sigmoid(input), like(BCELoss, loss)
    close(loss(input, target), other(p, target))
    close(loss.grad(input, target), other.grad(p, target) * p * (1 - p))


@drawn(SoftMarginLoss)
def test_soft_margin_is_bce_with_logits(call):
    loss, (input, target) = call
    other = like(BCEWithLogitsLoss, loss)
    close(loss(input, target), other(input, (target + 1) / 2))
    close(loss.grad(input, target), other.grad(input, (target + 1) / 2))


@drawn(MultiLabelSoftMarginLoss)
def test_multi_label_soft_margin_is_the_mean_bce_with_logits_of_a_row(call):
    loss, arguments = call
    each = replace(loss, reduction="none")
    close(each(*arguments), like(BCEWithLogitsLoss, each)(*arguments).mean(-1))


@drawn(TripletMarginLoss)
def test_triplet_margin_is_that_with_a_distance(call):
    loss, arguments = call
    other = like(TripletMarginWithDistanceLoss, loss, distance_function=loss.distance)
    for ours, theirs in zip(results(loss, *arguments), results(other, *arguments), strict=True):
        close(ours, theirs)


def texts(target, lengths):
    """Targets, padded or one after another, one by one."""
    if target.ndim == 1:
        return np.split(target, lengths.cumsum()[:-1])
    return [row[:length] for row, length in zip(target, lengths, strict=True)]


@drawn(CTCLoss)
def test_ctc_counts_all_paths_that_read_as_the_target(call):
    loss, (log_probs, target, steps, lengths) = call
    frames = np.exp(log_probs).reshape(len(log_probs), len(steps), -1)
    chances = np.zeros(len(steps))
    for n, (length, text) in enumerate(zip(steps, texts(target, lengths), strict=True)):
        for path in product(range(frames.shape[-1]), repeat=length):
            if [k for k, _ in groupby(path) if k != loss.blank] == [*text]:
                chances[n] += frames[np.arange(length), n, np.array(path, int)].prod()
    with np.errstate(divide="ignore"):
        wanted = -np.log(chances)
    if loss.zero_infinity:
        wanted[chances == 0] = 0
    each = replace(loss, reduction="none")
    close(each(log_probs, target, steps, lengths), wanted.reshape(log_probs.shape[1:-1]))


class CTCOfLogits(CTCLoss):
    """CTC loss of the log-softmax of its input: with respect to that, its gradient is a slope."""

    def prepare(self, log_probs, targets, input_lengths, target_lengths):
        log_probs = log_softmax(log_probs, -1)
        return super().prepare(log_probs, targets, input_lengths, target_lengths)


@drawn(CTCLoss)
def test_gradient_of_ctc_is_the_slope_behind_a_log_softmax(call):
    loss, arguments = call
    properties.slope_of_value(like(CTCOfLogits, loss, zero_infinity=True), arguments)


@drawn(LinearCrossEntropyLoss)
def test_linear_cross_entropy_is_cross_entropy_of_a_product(call):
    loss, (input, target) = call
    state = with_other_parameters(loss).parameters
    logits = input @ state["linear.weight"].T + state.get("linear.bias", 0)
    logits = logits.reshape(*input.shape[:-1], loss.num_classes, *loss.out_features)
    other = like(CrossEntropyLoss, loss, ignore_index=loss.ignored)
    close(loss(input, target), other(logits, target))
    slope = other.grad(logits, target).reshape(*input.shape[:-1], loss.logits)
    close(loss.grad(input, target), slope @ state["linear.weight"])


@drawn(AdaptiveLogSoftmaxWithLoss)
def test_adaptive_log_softmax_is_one_distribution_over_all_classes(call):
    loss, (input, target) = call
    log_p = with_other_parameters(loss).log_prob(input)
    close(np.exp(log_p).sum(-1), np.ones(target.shape))
    output, mean = loss(input, target)
    close(output, np.take_along_axis(log_p, target[..., None], -1)[..., 0])
    if target.size:
        close(mean, -output.mean())
    np.testing.assert_array_equal(loss.predict(input), log_p.argmax(-1))
