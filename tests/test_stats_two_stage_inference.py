"""`tracedtrial.statistics.two_stage_inference`: the response rate after a two-stage trial."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tracedtrial.statistics import exact_interval, simon_two_stage, two_stage_inference

generated = settings(derandomize=True, deadline=None, max_examples=60)

TINY = {"r1": 0, "n1": 2, "n": 3, "p0": 0.2}
OPTIMAL = {"r1": 1, "n1": 10, "n": 29, "p0": 0.1}


@st.composite
def designs(draw):
    n1 = draw(st.integers(2, 9))
    return {"r1": draw(st.integers(0, n1 - 1)), "n1": n1, "n": n1 + draw(st.integers(1, 9))}


def binomial(x, n, p):
    return comb(n, x) * p**x * (1 - p) ** (n - x) if 0 <= x <= n else 0.0


def outcomes(r1, n1, n, p):
    """Responses and patients of each outcome, with its probability where the rate is `p`."""
    for x in range(r1 + 1):
        yield x, n1, binomial(x, n1, p)
    for x in range(r1 + 1, n + 1):
        first = range(r1 + 1, n1 + 1)
        yield x, n, sum(binomial(k, n1, p) * binomial(x - k, n - n1, p) for k in first)


# By hand


@pytest.mark.parametrize(
    ("responses", "enrolled", "estimate", "p"),
    [
        # P(X1 = 1) = 0.32, P(X1 = 2) = 0.04; the second stage adds one patient.
        (0, 2, 0, 1),
        (1, 3, 1 / 2, 0.36),
        (2, 3, 2 / 3, 0.32 * 0.2 + 0.04),
        (3, 3, 1, 0.04 * 0.2),
    ],
)
def test_a_design_of_three_patients(responses, enrolled, estimate, p):
    found = two_stage_inference(responses, enrolled, **TINY)
    assert_allclose((found.estimate, found.p), (estimate, p), rtol=1e-12)


def test_the_bounds_at_the_edges_are_exactly_zero_and_one():
    assert two_stage_inference(0, 2, **TINY).low == 0
    assert two_stage_inference(3, 3, **TINY).high == 1


# R 4.2.2


@pytest.mark.parametrize(
    ("x", "m", "r1", "n1", "n", "p0", "low", "high", "p"),
    [
        # tail <- function(x, r1, n1, n, p) if (x <= r1) pbinom(x - 1, n1, p, lower = FALSE) else
        #   sum(sapply((r1 + 1):n1, function(k)
        #     dbinom(k, n1, p) * pbinom(x - k - 1, n - n1, p, lower = FALSE)))
        # tail(x, r1, n1, n, p0), and by uniroot(tol = 1e-15) the roots of
        # tail(x, r1, n1, n, p) - 0.025 and tail(x + 1, r1, n1, n, p) - 0.975
        (7, 29, 1, 10, 29, 0.1, 0.1072425639714, 0.4694271373215, 0.0176960948041),
        (1, 10, 1, 10, 29, 0.1, 0.0025285785445, 0.4450161170282, 0.6513215599),
        (2, 29, 1, 10, 29, 0.1, 0.0252107263268, 0.4450191975328, 0.2639010709),
        (19, 46, 5, 15, 46, 0.3, 0.278899596222, 0.620740228980, 0.049865007486),
        (5, 15, 5, 15, 46, 0.3, 0.118241103367, 0.616196267459, 0.484508940773),
    ],
)
def test_bounds_and_p_values_are_those_of_r(x, m, r1, n1, n, p0, low, high, p):
    found = two_stage_inference(x, m, r1=r1, n1=n1, n=n, p0=p0)
    assert_allclose(found[1:], (low, high, p), rtol=1e-8)


@pytest.mark.parametrize(
    ("x", "m", "r1", "n1", "n", "p0", "estimate", "p", "low"),
    [
        # clinfun 1.1.5: twostage.inference(x, r1, n1, n, p0, 0.025); it searches the bounds on a
        # grid of 0.0001 and gives the first point past the root
        (7, 29, 1, 10, 29, 0.1, 0.2821530952196, 0.0176960948041, 0.1073),
        (19, 46, 5, 15, 46, 0.3, 0.471167970731, 0.049865007486, 0.2789),
        (12, 43, 3, 13, 43, 0.2, 0.3603354435046, 0.0824660265462, 0.1656),
        (1, 10, 1, 10, 29, 0.1, 0.1, 0.6513215599, 0.0026),
    ],
)
def test_estimates_and_lower_bounds_are_those_of_clinfun(x, m, r1, n1, n, p0, estimate, p, low):
    found = two_stage_inference(x, m, r1=r1, n1=n1, n=n, p0=p0)
    assert_allclose((found.estimate, found.p), (estimate, p), rtol=1e-10)
    assert low - 1e-4 <= found.low <= low + 1e-6


# Properties


@given(designs(), st.floats(0.01, 0.99))
@generated
def test_the_estimate_is_unbiased(design, rate):
    mean = sum(
        probability * two_stage_inference(x, m, **design, p0=0.5).estimate
        for x, m, probability in outcomes(**design, p=rate)
    )
    assert_allclose(mean, rate, rtol=1e-9)


@given(designs(), st.floats(0.01, 0.99), st.sampled_from([0.8, 0.95]))
@generated
def test_the_interval_covers_the_truth_with_at_least_its_level(design, rate, level):
    covering = 0.0
    for x, m, probability in outcomes(**design, p=rate):
        _, low, high, _ = two_stage_inference(x, m, **design, p0=0.5, level=level)
        covering += probability * (low <= rate <= high)
    assert covering >= level - 1e-9


@given(designs(), st.floats(0.05, 0.95))
@generated
def test_more_responses_never_lower_the_estimate_nor_raise_the_p_value(design, p0):
    found = [two_stage_inference(x, m, **design, p0=p0) for x, m, _ in outcomes(**design, p=p0)]
    for lower, higher in zip(found, found[1:]):
        assert lower.estimate <= higher.estimate + 1e-12
        assert lower.p >= higher.p * (1 - 1e-12)
        assert lower.low < higher.low and lower.high <= higher.high + 1e-12
    assert found[0].p == 1 > found[-1].p


@given(designs(), st.floats(0.05, 0.95))
@generated
def test_the_p_value_is_half_the_error_where_the_rate_is_the_lower_bound(design, level):
    x, m, _ = list(outcomes(**design, p=0.5))[-2]
    low = two_stage_inference(x, m, **design, p0=0.5, level=level).low
    p = two_stage_inference(x, m, **design, p0=low).p
    assert_allclose(p, (1 - level) / 2, rtol=1e-7)


def test_the_least_responses_that_reject_have_the_error_of_the_design():
    for design in simon_two_stage(0.1, 0.3, alpha=0.05, beta=0.2):
        sizes = {"r1": design.r1, "n1": design.n1, "n": design.n, "p0": 0.1}
        assert_allclose(
            two_stage_inference(design.r + 1, design.n, **sizes).p,
            design.type_one_error,
            rtol=1e-10,
        )
        assert two_stage_inference(design.r, design.n, **sizes).p > 0.05


def test_a_trial_that_stopped_early_has_the_exact_interval_of_its_stage():
    found = two_stage_inference(1, 10, **OPTIMAL)
    assert_allclose(found[1:3], exact_interval(1, 10), rtol=1e-9)


# Refusals


@pytest.mark.parametrize(
    ("responses", "enrolled", "changed", "message"),
    [
        (7, 28, {}, "enrolled must be n1, 10, or n, 29, but got 28"),
        (2, 10, {}, "responses among n1 must not exceed r1, 1, but got 2"),
        (1, 29, {}, "responses among n must exceed r1, 1, but not n, 29, but got 1"),
        (30, 29, {}, "responses among n must exceed r1, 1, but not n, 29, but got 30"),
        (7, 29, {"r1": 10}, "r1 must be below n1, 10, but got 10"),
        (7, 29, {"n1": 29}, "n1 must be below n, 29, but got 29"),
        (7.0, 29, {}, "responses must be an integer, but got 7.0"),
        (7, 29, {"r1": -1}, "r1 must not be negative, but got -1"),
        (7, 29, {"p0": 0}, "p0 must lie strictly between 0 and 1, but got 0"),
        (7, 29, {"level": 95}, "level must lie strictly between 0 and 1, but got 95"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(responses, enrolled, changed, message):
    with pytest.raises(ValueError) as refused:
        two_stage_inference(responses, enrolled, **{**OPTIMAL, **changed})
    assert str(refused.value) == message
