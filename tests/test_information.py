"""Information: against scipy, torch and scikit-learn, and against what it has to be."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from lossbook import information as info

LN2 = np.log(2)
OF_ONE = [info.entropy, info.perplexity]
OF_TWO = [info.cross_entropy, info.kl_divergence, info.jensen_shannon, info.perplexity]
OF_TABLE = [
    info.joint_entropy,
    info.mutual_information,
    partial(info.conditional_entropy, given=-2),
    partial(info.conditional_entropy, given=-1),
]
IN_UNITS = [
    (info.self_information, 1),
    (info.entropy, 1),
    *((f, 2) for f in OF_TWO[:3]),
    *((f, 0) for f in OF_TABLE),
]

rng = np.random.default_rng(0)
P, Q = rng.dirichlet(np.ones(5), (2, 3, 4))
SPARSE = np.array([[1, 0, 0, 0], [0.5, 0, 0.5, 0], [0.25, 0.25, 0.25, 0.25]])
COUNTS = rng.integers(1, 20, size=(3, 4))
TABLE = COUNTS / COUNTS.sum()


def name(function):
    return getattr(function, "func", function).__name__


def arguments(function):
    """What a function takes, in float64."""
    if function in OF_TABLE:
        return [TABLE]
    return [P[0], Q[0]] if function in OF_TWO[:3] else [P[0]]


EVERY = [info.self_information, info.entropy, *OF_TWO, *OF_TABLE]
every = pytest.mark.parametrize("function", EVERY, ids=name)
every_of_two = pytest.mark.parametrize("function", OF_TWO, ids=name)
every_of_table = pytest.mark.parametrize("function", OF_TABLE, ids=name)


def distributions(*shape):
    """Distributions along the last axis, with zeros and tiny probabilities among them."""
    weights = st.one_of(st.just(0.0), st.floats(1e-300, 1e-6), st.floats(1e-3, 1))
    filled = arrays(np.float64, shape, elements=weights).filter(lambda w: (w.sum(-1) > 1e-3).all())
    return filled.map(lambda w: w / w.sum(-1, keepdims=True))


pairs = st.integers(1, 7).flatmap(lambda n: distributions(2, n))
tables = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: distributions(shape[0] * shape[1]).map(lambda p: p.reshape(shape))
)


# --- against others -------------------------------------------------------------------------


@pytest.mark.parametrize("p", [P, SPARSE], ids=["dense", "sparse"])
@pytest.mark.parametrize(("unit", "base"), [("nats", None), ("bits", 2)])
def test_entropy_is_that_of_scipy_and_torch(p, unit, base):
    np.testing.assert_allclose(
        info.entropy(p, unit=unit), scipy_entropy(p, base=base, axis=-1), atol=1e-14
    )
    theirs = torch.distributions.Categorical(torch.tensor(p)).entropy() / (LN2 if base else 1)
    np.testing.assert_allclose(info.entropy(p, unit=unit), theirs, atol=1e-14)


@pytest.mark.parametrize(
    ("p", "q"), [(P, Q), (SPARSE, SPARSE[::-1].copy())], ids=["dense", "sparse"]
)
@pytest.mark.parametrize(("unit", "base"), [("nats", None), ("bits", 2)])
def test_divergences_are_those_of_scipy(p, q, unit, base):
    ours = info.kl_divergence(p, q, unit=unit)
    np.testing.assert_allclose(ours, scipy_entropy(p, q, base=base, axis=-1), rtol=1e-12)
    ours = info.jensen_shannon(p, q, unit=unit)
    np.testing.assert_allclose(ours, jensenshannon(p, q, base=base, axis=-1) ** 2, atol=1e-14)


def test_kl_divergence_and_cross_entropy_are_those_of_torch():
    p, q = torch.tensor(P), torch.tensor(Q)
    each = [torch.distributions.Categorical(probs) for probs in (p, q)]
    kl = torch.distributions.kl_divergence(*each)
    np.testing.assert_allclose(info.kl_divergence(P, Q), kl, rtol=1e-12)
    flat = torch.nn.functional.cross_entropy(
        q.log().reshape(-1, 5), p.reshape(-1, 5), reduction="none"
    )
    np.testing.assert_allclose(info.cross_entropy(P, Q).ravel(), flat, rtol=1e-12)
    np.testing.assert_allclose(info.perplexity(P, Q).ravel(), flat.exp(), rtol=1e-12)
    np.testing.assert_allclose(info.perplexity(P), each[0].perplexity(), rtol=1e-12)


def test_self_information_is_minus_the_log_probability_of_torch():
    outcomes = torch.arange(5)[:, None, None]
    theirs = -torch.distributions.Categorical(torch.tensor(P)).log_prob(outcomes)
    np.testing.assert_allclose(np.moveaxis(info.self_information(P), -1, 0), theirs, rtol=1e-12)


def test_mutual_information_is_that_of_scikit_learn():
    x, y = (np.repeat(i, COUNTS.ravel()) for i in np.indices(COUNTS.shape).reshape(2, -1))
    np.testing.assert_allclose(info.mutual_information(TABLE), mutual_info_score(x, y), rtol=1e-10)


def test_values_known_by_hand():
    p = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    assert info.entropy(p, unit="bits") == 1.75
    assert info.cross_entropy(p, [1 / 4] * 4, unit="bits") == 2
    assert info.kl_divergence(p, [1 / 4] * 4, unit="bits") == 0.25
    assert info.perplexity([1 / 4] * 4) == 4
    assert info.perplexity(p, [1 / 4] * 4) == 4
    assert info.jensen_shannon([1, 0], [0, 1], unit="bits") == 1
    copied, independent = [[0.5, 0], [0, 0.5]], [[0.25, 0.25], [0.25, 0.25]]
    for table, joint, given_x, mutual in [(copied, 1, 0, 1), (independent, 2, 1, 0)]:
        assert info.joint_entropy(table, unit="bits") == joint
        assert info.conditional_entropy(table, given=0, unit="bits") == given_x
        assert info.mutual_information(table, unit="bits") == mutual


def test_conditional_entropy_is_an_average_over_what_is_given():
    by_row = info.entropy(TABLE / TABLE.sum(1, keepdims=True))
    by_column = info.entropy(TABLE / TABLE.sum(0), axis=0)
    assert np.isclose(info.conditional_entropy(TABLE, given=0), TABLE.sum(1) @ by_row)
    assert np.isclose(info.conditional_entropy(TABLE, given=1), TABLE.sum(0) @ by_column)


# --- what they have to be -------------------------------------------------------------------


@settings(deadline=None)
@given(pairs)
def test_bounds(pq):
    p, q = pq
    assert 0 <= info.entropy(p) <= np.log(p.size) + 1e-12
    assert 1 <= info.perplexity(p) <= p.size * (1 + 1e-12)
    assert info.cross_entropy(p, q) >= info.entropy(p) - 1e-12
    assert 0 <= info.jensen_shannon(p, q) <= LN2 + 1e-12


@settings(deadline=None)
@given(pairs)
def test_kl_divergence_is_zero_only_between_equals(pq):
    p, q = pq
    kl = info.kl_divergence(p, q)
    assert kl >= np.abs(p - q).sum() ** 2 / 2 - 1e-12  # Pinsker
    assert info.kl_divergence(p, p) == info.jensen_shannon(p, p) == 0
    assert np.isinf(kl) == (p[q == 0] > 0).any()


@settings(deadline=None)
@given(pairs)
def test_cross_entropy_is_entropy_and_divergence(pq):
    total = info.entropy(pq[0]) + info.kl_divergence(*pq)
    np.testing.assert_allclose(info.cross_entropy(*pq), total, atol=1e-12)


@settings(deadline=None)
@given(pairs)
def test_jensen_shannon_is_symmetric_and_the_gain_of_mixing(pq):
    p, q = pq
    js = info.jensen_shannon(p, q)
    assert js == info.jensen_shannon(q, p)
    gain = info.entropy((p + q) / 2) - info.entropy(pq).mean()
    np.testing.assert_allclose(js, gain, atol=1e-12)


@settings(deadline=None)
@given(tables)
def test_chain_rule(joint):
    x, y = info.entropy(joint.sum(1)), info.entropy(joint.sum(0))
    both, mutual = info.joint_entropy(joint), info.mutual_information(joint)
    for known, given_axis in [(x, 0), (y, 1)]:
        left = info.conditional_entropy(joint, given=given_axis)
        np.testing.assert_allclose(known + left, both, atol=1e-12)
    np.testing.assert_allclose(x + y - both, mutual, atol=1e-12)
    assert 0 <= mutual <= min(x, y) + 1e-12


@settings(deadline=None)
@given(tables)
def test_mutual_information_is_the_divergence_from_independence(joint):
    independent = joint.sum(1, keepdims=True) * joint.sum(0)
    if (joint[independent == 0] == 0).all():  # unless the product underflows
        kl = info.kl_divergence(joint.ravel(), independent.ravel())
        np.testing.assert_allclose(info.mutual_information(joint), kl, atol=1e-12)
    np.testing.assert_allclose(info.mutual_information(independent), 0, atol=1e-12)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_surprises_of_independent_events_add_up(a, b):
    both = info.self_information(a) + info.self_information(b)
    if a * b > 1e-300 or not a or not b:  # unless the product underflows
        np.testing.assert_allclose(info.self_information(a * b), both, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("function", [f for f in EVERY if name(f) != "perplexity"], ids=name)
def test_bits_are_nats_over_ln_2(function):
    given = arguments(function)
    bits = function(*given, unit="bits")
    np.testing.assert_allclose(bits, function(*given, unit="nats") / LN2, rtol=1e-12)
    np.testing.assert_equal(function(*given), function(*given, unit="nats"))


@settings(deadline=None)
@given(pairs, st.randoms())
def test_the_order_of_outcomes_does_not_matter(pq, random):
    order = random.sample(range(pq.shape[1]), pq.shape[1])
    for function in OF_TWO:
        np.testing.assert_allclose(function(*pq), function(*pq[:, order]), rtol=1e-9, atol=1e-12)


# --- axes, dtypes, purity -------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2])
@pytest.mark.parametrize("function", [info.entropy, *OF_TWO], ids=name)
def test_outcomes_lie_along_any_axis(function, axis):
    given = [P] if function is info.entropy else [P, Q]
    expected = function(*given)
    assert expected.shape == (3, 4)
    moved = function(*(np.moveaxis(p, -1, axis) for p in given), axis=axis)
    np.testing.assert_allclose(moved, expected, rtol=1e-12)


@pytest.mark.parametrize("axis", [(0, 1), (1, 0), (0, 2), (-1, -3), (2, 1)])
@pytest.mark.parametrize("function", OF_TABLE[:2], ids=name)
def test_tables_lie_along_any_two_axes(function, axis):
    batch = rng.dirichlet(np.ones(6), 5).reshape(5, 2, 3)
    moved = function(np.moveaxis(batch, (1, 2), axis), axis=axis)
    np.testing.assert_allclose(moved, [function(table) for table in batch], rtol=1e-12)


@pytest.mark.parametrize(("axis", "known"), [((0, 1), 1), ((2, 0), -3), ((1, 2), -1)])
def test_the_given_axis_counts_from_either_end(axis, known):
    batch = rng.dirichlet(np.ones(6), 5).reshape(5, 2, 3)
    moved = info.conditional_entropy(np.moveaxis(batch, (1, 2), axis), given=known, axis=axis)
    expected = [info.conditional_entropy(table, given=1) for table in batch]
    np.testing.assert_allclose(moved, expected, rtol=1e-12)


@every
@pytest.mark.parametrize(("dtype", "tolerance"), [("f2", 4e-3), ("f4", 1e-5), ("f8", 1e-14)])
def test_dtype_is_kept(function, dtype, tolerance):
    given = arguments(function)
    value = function(*(p.astype(dtype) for p in given))
    assert value.dtype == dtype
    np.testing.assert_allclose(value, function(*given), rtol=tolerance, atol=tolerance)


def test_float16_is_computed_in_float32():
    p = rng.dirichlet(np.ones(300)).astype(np.float16)
    exact = info.entropy(p.astype(np.float64) / p.sum(dtype=np.float64))
    assert abs(info.entropy(p) - exact) < 4e-3  # one spacing of float16 at 5
    halves = np.array([[1, 0], [0.5, 0.5]], np.float16)
    assert info.jensen_shannon(*halves) == np.float16(info.jensen_shannon(*halves.astype("f8")))


@pytest.mark.parametrize("p", [[0, 1], (0, 1), np.array([0, 1]), np.array([False, True])])
def test_integers_count_as_float64(p):
    assert info.entropy(p).dtype == info.self_information(p).dtype == np.float64


def test_lists_follow_arrays():
    p = np.array([0.5, 0.5], np.float32)
    assert info.cross_entropy(p, [0.5, 0.5]).dtype == np.float32
    assert info.cross_entropy(p, p.astype(np.float64)).dtype == np.float64


@every
def test_inputs_are_left_alone(function):
    given = [p.copy() for p in arguments(function)]
    for p in given:
        p.flags.writeable = False
    value = function(*given)
    np.testing.assert_array_equal(given, arguments(function))
    assert not any(np.shares_memory(value, p) for p in given)
    np.testing.assert_allclose(function(*map(np.asfortranarray, given)), value, rtol=1e-14)
    np.testing.assert_allclose(function(*(p.tolist() for p in given)), value, rtol=1e-14)


# --- edges ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
def test_zeros_are_free_and_the_impossible_is_infinite():
    sure, other, fair = [1, 0, 0], [0, 1, 0], [1 / 3] * 3
    assert info.entropy(sure) == 0
    assert not np.signbit(info.entropy(sure))
    assert info.cross_entropy(sure, sure) == info.kl_divergence(sure, sure) == 0
    assert np.isclose(info.kl_divergence(sure, fair), np.log(3))
    for function in (info.cross_entropy, info.kl_divergence, info.perplexity):
        assert function(fair, sure) == function(sure, other) == np.inf
    assert np.isclose(info.jensen_shannon(sure, other), LN2)
    assert info.mutual_information([[1, 0], [0, 0]]) == 0
    assert info.conditional_entropy([[0.5, 0], [0.5, 0]], given=0) == 0
    np.testing.assert_equal(info.self_information([0, 1, 0.5]), [np.inf, 0, LN2])
    assert not np.signbit(info.self_information(1))


def test_one_outcome_holds_no_information():
    assert info.entropy([1.0]) == info.joint_entropy([[1.0]]) == info.kl_divergence([1], [1]) == 0
    assert info.perplexity([1.0]) == 1


@pytest.mark.filterwarnings("error")
def test_the_smallest_numbers_are_probabilities():
    for dtype in (np.float16, np.float32, np.float64):
        tiny = np.finfo(dtype).smallest_subnormal
        p, q = np.array([[1, tiny], [1, 0]], dtype)
        assert info.jensen_shannon(p, q) == info.jensen_shannon(q, p) == 0
        assert info.mutual_information(np.array([[1, 0], [0, tiny]], dtype)) == pytest.approx(
            0, abs=1e-4
        )


def test_an_empty_batch_has_no_entropies():
    assert info.entropy(np.ones((0, 3))).shape == (0,)


def test_softmax_of_many_is_a_distribution():
    for dtype, n in [(torch.float16, 2_000), (torch.float32, 200_000), (torch.float64, 200_000)]:
        torch.manual_seed(0)
        p = torch.randn(n).mul(3).to(dtype).softmax(0).numpy()
        assert 0 < info.entropy(p) < np.log(n)
        assert dtype is torch.float16 or 0 < info.entropy(p.astype(np.float64)) < np.log(n)


SQUARE = np.array([[0.5, 0.5], [0.2, 1.0]])
NAN = [0.5, np.nan]
MISUSE = {
    "too much": (r"^p\[1\] sums to 1.2 along axis -1, 0.2 too much", info.entropy, SQUARE),
    "too little": ("^p sums to 0.9 along axis -1, 0.1 too little", info.entropy, [0.5, 0.4]),
    "in the batch": (r"^p\[0, 1\] sums to 1.2 ", info.entropy, SQUARE[None]),
    "counts": ("counts. Divide by their sum; logits. Apply softmax$", info.entropy, [3, 1]),
    "nearly": ("4e-06 too much: .* rounded", info.entropy, [0.5, 0.500004]),
    "other axis": ("along axis 0 they do$", info.entropy, [[0.5, 0.3], [0.5, 0.7]]),
    "rows": ("along axis 1 they do$", info.joint_entropy, [[0.5, 0.5], [0.3, 0.7]]),
    "logits": (r"^p\[0\] is -2, .* softmax; .* exp$", info.entropy, [-2, 3]),
    "nan": (r"^p\[1\] is nan, but a probability lies between 0 and 1", info.entropy, NAN),
    "inf": ("^p sums to inf along axis -1", info.entropy, [0, np.inf]),
    "no outcomes": ("^p sums to 0 along axis -1, 1 too little", info.entropy, []),
    "second": ("^q sums to 0.9", info.kl_divergence, [0.5, 0.5], [0.5, 0.4]),
    "table": ("^joint sums to 2 along axis .-2, -1.", info.mutual_information, np.eye(2)),
    "too probable": (r"^p\[1\] is 1.5, .* counts", info.self_information, [0.5, 1.5]),
    "improbable": (r"^p is -0.5, .* logits", info.self_information, -0.5),
    "no number": (r"^p\[1\] is nan", info.self_information, NAN),
    "shapes": (r"^shapes differ: p \(2,\) and q \(1, 2\)", info.kl_divergence, [1, 0], [[1, 0]]),
    "lengths": (r"^shapes differ: p \(2,\) and q \(1,\)", info.jensen_shannon, [1, 0], [1]),
    "scalar": ("^p: axis -1 is out of bounds", info.entropy, 1.0),
    "row": ("^joint: axis -2 is out of bounds", info.joint_entropy, [1.0]),
    "axis": ("^p: axis 2 is out of bounds", partial(info.entropy, axis=2), [[1.0]]),
    "one axis": ("^axis must be two axes", partial(info.mutual_information, axis=1), [[1.0]]),
    "same axis": ("repeated axis", partial(info.joint_entropy, axis=(1, -1)), [[1.0]]),
    "given": (
        r"^given must be one of the axes \(-2, -1\) of the table, got 2",
        partial(info.conditional_entropy, given=2),
        [[1.0]],
    ),
    "unit": ("^unit must be 'nats' or 'bits', got 'bit'", partial(info.entropy, unit="bit"), [1]),
    "ragged": ("^p is a ragged list", info.entropy, [[1], [0.5, 0.5]]),
}


@pytest.mark.parametrize("case", MISUSE.values(), ids=MISUSE)
def test_misuse_is_refused_by_a_sentence(case):
    message, function, *given = case
    with pytest.raises(ValueError, match=message):
        function(*given)


@pytest.mark.parametrize("p", [np.array([1j]), np.array(["a"]), np.ones(1, np.longdouble)])
def test_other_types_are_refused(p):
    with pytest.raises(TypeError, match=r"^p "):
        info.entropy(p)
