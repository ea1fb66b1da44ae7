"""Comparisons, rates and summaries: against R, published examples and by hand."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tracedtrial.statistics import (
    cochran_armitage,
    event_rate,
    fisher_exact,
    log_rank,
    odds_ratio,
    risk_difference,
    risk_ratio,
    summary,
    wilson_interval,
)

generated = settings(derandomize=True, deadline=None)


# Against R 4.2.2 (survival 3.5-3)


def test_wilson_is_that_of_r():
    # prop.test(81, 263, correct = FALSE)$conf.int
    assert_allclose(wilson_interval(81, 263), (0.2552885, 0.3662096), atol=5e-8)


def test_fisher_is_that_of_r():
    # fisher.test(matrix(c(1, 9, 11, 3), 2))$p.value; both margins of ten and fourteen
    assert_allclose(fisher_exact((1, 10), (11, 14)), 0.002759456, atol=5e-10)


def test_a_trend_is_that_of_r():
    # prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82))
    found = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    assert_allclose((found.statistic, found.p), (8.2249, 0.004132), atol=5e-5)


def test_a_rate_is_that_of_r():
    # poisson.test(10, 2)$conf.int
    assert_allclose(event_rate(10, 2), (5, 2.3976943, 9.1951780), atol=5e-8)


def test_log_rank_is_that_of_r():
    # survdiff(Surv(c(1, 2, 3, 4), c(1, 1, 1, 1)) ~ c(1, 1, 2, 2))$chisq
    found = log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    assert_allclose(found.statistic, 2.882352941, atol=5e-10)
    assert found.freedom == 1


def test_quartiles_are_those_of_r_type_2():
    # quantile(c(3, 1, 2, 4, 9, 7, 5), c(.25, .5, .75), type = 2)
    found = summary([3, 1, 2, 4, 9, 7, 5])
    assert (found.q1, found.median, found.q3) == (2, 4, 7)


def test_both_ratios_are_those_of_saturated_models_of_r():
    # d <- data.frame(x = c(7, 4), n = c(20, 25), g = c(1, 0)); of the coefficients of
    # glm(cbind(x, n - x) ~ g, binomial, d), exp() and exp(confint.default())
    found = odds_ratio((7, 20), (4, 25))
    assert_allclose(found, (2.82692307692, 0.69030451031, 11.57676643203), rtol=1e-8)
    # glm(x / n ~ g, binomial("log"), d, weights = n), level = 0.9
    found = risk_ratio((7, 20), (4, 25), 0.9)
    assert_allclose(found, (2.1875, 0.884755413211, 5.408450944236), rtol=1e-8)


def test_fisher_is_that_of_r_where_one_tail_is_no_half():
    # fisher.test(matrix(c(3, 14, 9, 8), 2))$p.value
    assert_allclose(fisher_exact((3, 17), (9, 17)), 0.0707291515533, rtol=1e-11)
    # fisher.test(matrix(c(56, 14, 48, 32), 2))$p.value
    assert_allclose(fisher_exact((56, 70), (48, 80)), 0.0125211297492, rtol=1e-11)


TIMES = [6, 7, 10, 15, 19, 25, 5, 7, 11, 15, 15, 22, 3, 4, 7, 9, 12, 15]
EVENTS = [1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0]


def test_three_groups_with_ties_have_the_log_rank_of_r():
    # t <- TIMES; e <- EVENTS; survdiff(Surv(t, e) ~ rep(c("a", "b", "c"), each = 6))
    found = log_rank(TIMES, EVENTS, [name for name in "abc" for _ in range(6)])
    assert_allclose((found.statistic, found.p), (2.1039392423, 0.34924918265), rtol=1e-10)
    assert found.freedom == 2


def test_leukaemia_has_the_log_rank_of_r():
    # s <- survdiff(Surv(time, status) ~ x, aml); s$chisq; pchisq(s$chisq, 1, lower = FALSE)
    time = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
    event = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    found = log_rank(time, event, [1] * 11 + [2] * 12)
    assert_allclose((found.statistic, found.p), (3.3963886989776, 0.0653393220405), rtol=1e-11)


def test_times_that_differ_by_rounding_are_tied_in_log_rank_as_in_r():
    # survdiff(Surv(c(31 / 30.4375, 31 * 12 / 365.25, 2, 3, 4, 5), c(1, 1, 1, 0, 1, 1)) ~
    #   c(1, 2, 1, 2, 1, 2))$chisq; the first two times differ in their last digit
    time = [31 / 30.4375, 31 * 12 / 365.25 * (1 + 1e-15), 2, 3, 4, 5]
    found = log_rank(time, [1, 1, 1, 0, 1, 1], [1, 2, 1, 2, 1, 2])
    assert time[0] != time[1]
    assert_allclose(found.statistic, 1.11111111111, rtol=1e-11)


def test_a_trend_by_scores_is_that_of_r():
    # prop.trend.test(c(1, 2, 4, 6), c(8, 9, 8, 10), score = c(2.3, 3, 4, 5.5))
    found = cochran_armitage([1, 2, 4, 6], [8, 9, 8, 10], [2.3, 3, 4, 5.5])
    assert_allclose((found.statistic, found.p), (5.335314881457, 0.020897564677), rtol=1e-10)


@pytest.mark.parametrize(
    ("events", "time", "level", "low", "high"),
    [
        # poisson.test(events, time, conf.level = level)$conf.int
        (3, 12.5, 0.95, 0.0494937698316, 0.7013818455794),
        (0, 4, 0.9, 0, 0.748933068388),
    ],
)
def test_rates_of_few_events_are_those_of_r(events, time, level, low, high):
    assert_allclose(event_rate(events, time, level)[1:], (low, high), rtol=1e-11)


@pytest.mark.parametrize(
    ("n", "quartiles"),
    [
        (1, (3, 3, 3)),
        (2, (1, 2, 3)),
        (3, (1, 2, 3)),
        (4, (1.5, 2.5, 3.5)),
        (5, (2, 3, 4)),
        (6, (2, 3.5, 7)),
        (8, (2.5, 4.5, 7.5)),
        (9, (3, 5, 7)),
    ],
)
def test_quartiles_of_any_remainder_are_those_of_r_type_2(n, quartiles):
    # quantile(c(3, 1, 2, 4, 9, 7, 5, 8, 6)[1:n], c(.25, .5, .75), type = 2)
    found = summary([3, 1, 2, 4, 9, 7, 5, 8, 6][:n])
    assert (found.q1, found.median, found.q3) == quartiles


# Published


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Newcombe, Stat Med 1998;17:873-90, table II, method 10
        ((56, 70), (48, 80), (0.2000, 0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.6000, 0.1705, 0.8090)),
        ((5, 56), (0, 29), (0.0893, -0.0381, 0.1926)),
        ((0, 10), (0, 20), (0.0000, -0.1611, 0.2775)),
        ((10, 10), (0, 20), (1.0000, 0.6791, 1.0000)),
    ],
)
def test_newcombe_printed_these(first, second, expected):
    assert_allclose(risk_difference(first, second), expected, atol=5e-5)


# Laws


@given(st.integers(1, 30), st.integers(1, 30), st.data())
@generated
def test_exchanged_groups_turn_the_sign_and_the_ends(m, n, data):
    first, second = (data.draw(st.integers(0, m)), m), (data.draw(st.integers(0, n)), n)
    value, low, high = risk_difference(first, second)
    assert_allclose(risk_difference(second, first), (-value, -high, -low), atol=1e-12)
    assert low - 1e-12 <= value <= high + 1e-12


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=4, max_size=25))
@generated
def test_the_names_and_the_order_of_groups_do_not_matter_to_log_rank(rows):
    time, event = zip(*rows, strict=True)
    group = [place % 2 for place in range(len(rows))]
    one = log_rank(time, event, group)
    other = log_rank(time[::-1], event[::-1], [f"g{1 - place}" for place in group[::-1]])
    assert_allclose(one.statistic, other.statistic, atol=1e-9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
@generated
def test_a_summary_is_in_order_and_its_deviation_that_of_the_definition(values):
    found = summary([*values, float("nan")])
    assert found.n == len(values)
    assert found.min <= found.q1 <= found.median <= found.q3 <= found.max
    mean = sum(values) / len(values)
    sd = sqrt(sum((x - mean) ** 2 for x in values) / (len(values) - 1))
    assert_allclose(found.sd, sd, rtol=1e-6, atol=1e-6)


@given(st.integers(1, 30), st.integers(1, 30), st.data())
@generated
def test_exchanged_groups_turn_the_risk_ratio_over(m, n, data):
    first, second = (data.draw(st.integers(1, m)), m), (data.draw(st.integers(1, n)), n)
    value, low, high = risk_ratio(first, second)
    assert_allclose(risk_ratio(second, first), (1 / value, 1 / high, 1 / low), rtol=1e-12)


# What cannot be estimated, and what is no argument


def test_nothing_is_estimated_from_nothing():
    assert all(map(isnan, risk_difference((0, 0), (1, 2))))
    assert all(map(isnan, odds_ratio((0, 4), (1, 2))))
    assert all(map(isnan, risk_ratio((0, 4), (1, 2))))
    assert all(map(isnan, risk_ratio((0, 0), (1, 2))))
    assert isnan(fisher_exact((0, 0), (1, 2)))
    assert isnan(log_rank([1, 2], [0, 0], [1, 2]).p)
    assert isnan(cochran_armitage([0, 0], [3, 4]).p)
    assert all(map(isnan, event_rate(0, 0)))
    assert summary([]).median is None and summary([2]).sd is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: wilson_interval(3, 2), "successes must not exceed n, 2, but got 3"),
        (lambda: event_rate(1, -2), "time must be finite and not negative, but got -2"),
        (lambda: event_rate(1, float("inf")), "time must be finite and not negative, but got inf"),
        (lambda: risk_difference((0, 0), (1, 2), 95), "level must lie strictly between 0 and 1"),
        (lambda: odds_ratio((0, 2), (1, 2), 95), "level must lie strictly between 0 and 1"),
        (lambda: risk_ratio((0, 2), (1, 2), 95), "level must lie strictly between 0 and 1"),
        (lambda: risk_ratio((3, 2), (1, 2)), "successes must not exceed n, 2, but got 3"),
        (lambda: log_rank([1, 2], [1, 1], ["a", None]), r"group must not be missing, .* \(index 1"),
        (lambda: log_rank([1, 2], [1, 1], [1, float("nan")]), "group must not be missing"),
        (lambda: cochran_armitage([1, 2], [3]), "sizes must have 2 values, but got 1"),
        (lambda: cochran_armitage([1], [3], [1, 2]), "scores must have 1 values, but got 2"),
        (lambda: cochran_armitage([1], [3], [float("nan")]), "scores must be finite, but got nan"),
        (lambda: summary([1, float("inf")]), "values must not be infinite, but got inf"),
        (lambda: log_rank([1, 2], [1, 1], [1]), "group must have 2 values, but got 1"),
        (lambda: summary(["a"]), "values must"),
        (lambda: event_rate(1, 1, 1.5), "level must lie strictly between 0 and 1"),
    ],
)
def test_what_is_no_argument_is_refused(asked, said):
    with pytest.raises(ValueError, match=said):
        asked()


def test_a_risk_ratio_without_a_failure_has_no_interval():
    value, *bounds = risk_ratio((3, 3), (4, 4))
    assert value == 1 and all(map(isnan, bounds))


def test_no_event_has_a_rate_of_zero_and_an_upper_bound():
    rate, low, high = event_rate(0, 3)
    assert (rate, low) == (0, 0)
    assert_allclose(np.exp(-3 * high), 0.025)
