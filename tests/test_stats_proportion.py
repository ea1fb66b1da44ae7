"""`tracedtrial.statistics.proportion`: a proportion and its exact interval."""

from dataclasses import FrozenInstanceError
from math import comb, isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tracedtrial.statistics import Interval, exact_interval, proportion, wilson_interval

REFERENCE = Path(__file__).parent / "reference"
generated = settings(derandomize=True, deadline=None)


@st.composite
def counts(draw, most=60):
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


def upper_tail(x, n, p):
    """P(X >= x), term by term."""
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1))


# By hand


def test_no_success_among_one_leaves_the_tail_on_one_side():
    # P(X = 0) = 1 - p = 0.025 at the upper bound.
    assert_allclose(exact_interval(0, 1), (0, 0.975), rtol=1e-14)


def test_no_success_among_n_has_the_closed_form_of_the_rule_of_three():
    assert_allclose(exact_interval(0, 10), (0, 1 - 0.025 ** (1 / 10)), rtol=1e-14)


def test_the_bounds_at_the_edges_are_exactly_zero_and_one():
    assert exact_interval(0, 7).low == 0
    assert exact_interval(7, 7).high == 1


@pytest.mark.parametrize(
    "successes, n, low, high",
    [
        (5, 10, 0.187086, 0.812914),
        (1, 6, 0.004211, 0.641235),
        (7, 21, 0.145877, 0.569675),
        (0, 10, 0, 0.308497),
    ],
)
def test_known_intervals(successes, n, low, high):
    assert_allclose(exact_interval(successes, n), (low, high), rtol=0, atol=5e-7)


def test_a_proportion_carries_its_inputs_and_its_interval():
    response = proportion(7, 21)
    assert (response.successes, response.n, response.estimate) == (7, 21, 7 / 21)
    assert response.interval() == exact_interval(7, 21)
    assert response.interval(level=0.8) == exact_interval(7, 21, 0.8)
    assert isinstance(response.interval(), Interval)


def test_a_proportion_of_nobody_is_not_estimable():
    nobody = proportion(0, 0)
    assert isnan(nobody.estimate)
    assert all(isnan(bound) for bound in nobody.interval())


def test_a_proportion_is_frozen():
    with pytest.raises(FrozenInstanceError):
        proportion(1, 6).successes = 2


def test_counts_may_be_numpy_integers():
    assert proportion(np.int64(7), np.int32(21)) == proportion(7, 21)


# R: binom.test, see reference/binomial.R


def test_intervals_are_those_of_r():
    reference = pd.read_csv(REFERENCE / "binomial.csv", comment="#")
    designs = reference[["successes", "n", "level"]].itertuples(index=False)
    ours = [exact_interval(*design) for design in designs]
    assert_allclose(ours, reference[["low", "high"]], rtol=1e-9, atol=0)


def test_one_sided_intervals_are_those_of_r():
    # binom.test(7, 21, alternative = "greater")$conf.int
    assert_allclose(exact_interval(7, 21, sides="lower"), (0.168175823391, 1), rtol=1e-11)
    # binom.test(7, 21, alternative = "less", conf.level = 0.9)$conf.int
    assert_allclose(exact_interval(7, 21, 0.9, sides="upper"), (0, 0.496606439028), rtol=1e-11)


@pytest.mark.parametrize(
    "successes, n, level, low, high",
    [
        # prop.test(successes, n, correct = FALSE, conf.level = level)$conf.int
        (3, 17, 0.9, 0.0728144665471, 0.3689669780690),
        (0, 10, 0.95, 0, 0.277532799863),
    ],
)
def test_score_intervals_are_those_of_r(successes, n, level, low, high):
    assert_allclose(wilson_interval(successes, n, level), (low, high), rtol=1e-11)


# Properties


@given(counts(), st.floats(0.01, 0.999))
@generated
def test_an_interval_contains_its_estimate(count, level):
    response = proportion(*count)
    low, high = response.interval(level)
    assert 0 <= low <= response.estimate <= high <= 1


@given(counts(), st.floats(0.5, 0.99))
@generated
def test_each_bound_leaves_half_of_the_error_in_its_tail(count, level):
    x, n = count
    low, high = exact_interval(x, n, level)
    if x > 0:
        assert_allclose(upper_tail(x, n, low), (1 - level) / 2, rtol=1e-9)
    if x < n:
        assert_allclose(upper_tail(n - x, n, 1 - high), (1 - level) / 2, rtol=1e-9)


@given(counts(), st.floats(0.01, 0.999))
@generated
def test_successes_and_failures_mirror_each_other(count, level):
    x, n = count
    low, high = exact_interval(x, n, level)
    assert_allclose(exact_interval(n - x, n, level), (1 - high, 1 - low), rtol=1e-9, atol=1e-12)


@given(st.integers(1, 40), st.floats(0.01, 0.99))
@generated
def test_the_interval_covers_the_truth_with_at_least_its_level(n, p):
    intervals = [exact_interval(x, n) for x in range(n + 1)]
    covering = [x for x, (low, high) in enumerate(intervals) if low <= p <= high]
    assert sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in covering) >= 0.95


@given(counts())
@generated
def test_a_higher_level_gives_a_wider_interval(count):
    narrow, wide = exact_interval(*count, 0.8), exact_interval(*count, 0.95)
    assert wide.low <= narrow.low and narrow.high <= wide.high


@given(counts(), st.floats(0.01, 0.9))
@generated
def test_a_one_sided_bound_is_that_of_two_sides_with_twice_the_error(count, level):
    both = exact_interval(*count, 1 - 2 * (1 - (1 + level) / 2))
    assert_allclose(exact_interval(*count, (1 + level) / 2, "lower").low, both.low, rtol=1e-9)
    assert_allclose(exact_interval(*count, (1 + level) / 2, "upper").high, both.high, rtol=1e-9)


# Refusals


@pytest.mark.parametrize("function", [exact_interval, proportion])
@pytest.mark.parametrize(
    "successes, n, message",
    [
        (5, 3, "successes must not exceed n, 3, but got 5"),
        (-1, 3, "successes must not be negative, but got -1"),
        (1, -3, "n must not be negative, but got -3"),
        (1.0, 3, "successes must be an integer, but got 1.0"),
        (1, float("nan"), "n must be an integer, but got nan"),
        (True, 3, "successes must be an integer, but got True"),
        ("1", 3, "successes must be an integer, but got '1'"),
        (None, 3, "successes must be an integer, but got None"),
    ],
)
def test_impossible_counts_are_refused(function, successes, n, message):
    with pytest.raises(ValueError) as refused:
        function(successes, n)
    assert str(refused.value) == message


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, float("nan"), None, "0.95"])
def test_a_level_outside_the_unit_interval_is_refused(level):
    with pytest.raises(ValueError) as refused:
        proportion(1, 6).interval(level)
    message = f"level must lie strictly between 0 and 1, but got {level!r}"
    assert str(refused.value) == message


def test_an_unknown_side_is_refused():
    with pytest.raises(ValueError) as refused:
        exact_interval(1, 6, sides="left")
    message = "sides must be one of 'two-sided', 'lower', 'upper', but got 'left'"
    assert str(refused.value) == message


def test_a_level_is_refused_though_nobody_was_observed():
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, but got 95"):
        wilson_interval(0, 0, 95)
