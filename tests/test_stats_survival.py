"""`tracedtrial.statistics.survival`: Kaplan-Meier, its bounds and quantiles, and its reverse."""

from dataclasses import FrozenInstanceError
from fractions import Fraction
from math import exp, inf, log, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from tracedtrial.statistics import kaplan_meier, reverse_kaplan_meier

TRANSFORMS = ("log-log", "log", "plain")
generated = settings(derandomize=True, deadline=None)

# Therneau's test1, without its missing row: not in time order.
TIME = [9, 1, 1, 6, 6, 8]
EVENT = [1, 1, 0, 1, 1, 0]


# A second Kaplan-Meier, which shares no step with the first: exact fractions, Efron's
# redistribution of the mass of a censored subject to the right, the variance in its own loop.


def naive_survival(time, event):
    """S at each distinct time, by redistributing mass to the right."""
    subjects = sorted(zip(time, [not happened for happened in event]))
    mass = [Fraction(1, len(subjects))] * len(subjects)
    for i, (_, censored) in enumerate(subjects):
        later = len(subjects) - i - 1
        if censored and later:
            mass[i + 1 :] = [share + mass[i] / later for share in mass[i + 1 :]]
            mass[i] = 0
    fallen = [share * (not censored) for share, (_, censored) in zip(mass, subjects)]
    return {
        t: 1 - sum(share for share, (u, _) in zip(fallen, subjects) if u <= t)
        for t in sorted(set(time))
    }


def naive_variance(time, event, t):
    """Greenwood's sum for log S(t)."""
    total = Fraction(0)
    for u in {u for u, happened in zip(time, event) if happened and u <= t}:
        n = sum(v >= u for v in time)
        d = sum(v == u and bool(happened) for v, happened in zip(time, event))
        total += Fraction(d, n * (n - d))
    return float(total)


def naive_bounds(s, v, transform, z=1.959963984540054):
    """Both bounds from the interval on the transformed scale."""
    if s == 0 or (s == 1 and transform == "log-log"):
        return nan, nan
    if transform == "plain":
        return max(s - z * s * sqrt(v), 0), min(s + z * s * sqrt(v), 1)
    if transform == "log":
        return exp(log(s) - z * sqrt(v)), min(exp(log(s) + z * sqrt(v)), 1)
    centre, margin = log(-log(s)), z * sqrt(v) / -log(s)
    return exp(-exp(centre + margin)), exp(-exp(centre - margin))


def naive_quantile(time, event, p):
    """The midpoint of the stretch where S = 1 - p, or the first time below it."""
    survival = naive_survival(time, event)
    flat = [t for t, s in survival.items() if s == 1 - p]
    below = [t for t, s in survival.items() if s < 1 - p]
    if flat:
        return (flat[0] + (below[0] if below else max(time))) / 2
    return below[0] if below else nan


levels = st.floats(0, 1, exclude_min=True, exclude_max=True)


@st.composite
def samples(draw, most=30, latest=12):
    subject = st.tuples(st.integers(0, latest), st.booleans())
    subjects = draw(st.lists(subject, min_size=1, max_size=most))
    return tuple(map(list, zip(*subjects)))


# By hand


def test_survival_is_the_product_of_the_conditional_probabilities():
    curve = kaplan_meier(TIME, EVENT)
    assert_array_equal(curve.time, [1, 6, 8, 9])
    assert_array_equal(curve.at_risk, [6, 4, 2, 1])
    assert_array_equal(curve.events, [1, 2, 0, 1])
    assert_array_equal(curve.censored, [1, 0, 1, 0])
    assert_allclose(curve.survival, [5 / 6, 5 / 12, 5 / 12, 0], rtol=1e-15)


def test_plain_bounds_are_those_of_greenwood():
    # Greenwood's sum is 1/30 at 1, and 1/30 + 2/8 at 6; the margin 1.96 x 0.83 x 0.18 at 1.
    curve = kaplan_meier(TIME, EVENT, transform="plain")
    margin = 1.959963984540054 * np.array([5 / 6 / sqrt(30), 5 / 12 * sqrt(1 / 30 + 1 / 4)])
    assert_allclose(curve.low[:2], [5 / 6 - margin[0], 0], rtol=1e-14)
    assert_allclose(curve.high[:2], [1, 5 / 12 + margin[1]], rtol=1e-14)


def test_without_an_event_nobody_leaves_the_curve():
    curve = kaplan_meier([3, 5, 8], [0, 0, 0])
    assert_array_equal(curve.survival, [1, 1, 1])
    assert_array_equal(curve.quantile(0.5), [nan, nan, nan])


def test_the_median_of_a_curve_that_crosses_a_half_is_the_time_of_the_crossing():
    assert kaplan_meier([1, 2, 3], [1, 1, 1]).quantile(0.5).value == 2


def test_the_median_of_a_flat_at_a_half_is_its_midpoint():
    assert kaplan_meier([1, 2, 5, 7], [1, 1, 0, 1]).quantile(0.5).value == 4.5


def test_a_flat_at_a_half_ends_at_the_last_observation_also_where_it_is_censored():
    assert kaplan_meier([1, 2, 5, 7], [1, 1, 0, 0]).quantile(0.5).value == 4.5
    assert kaplan_meier([1, 2, 5, 9], [1, 1, 0, 0]).quantile(0.5).value == 5.5


@pytest.mark.parametrize("half, product", [(6, 0.4999999999999999), (12, 0.5000000000000001)])
def test_a_flat_at_a_half_is_seen_through_rounding(half, product):
    # Half of the subjects with event, one by one: exactly 1/2, but not so in floats.
    event = np.repeat([1, 0, 1], [half, half - 1, 1])
    curve = kaplan_meier(np.arange(1, 2 * half + 1), event)
    assert curve.survival[half] == product
    assert curve.quantile(0.5).value == 1.5 * half


def test_the_zeroth_quantile_is_the_origin():
    assert kaplan_meier(TIME, EVENT).quantile(0) == (0, 0, 0)


def test_survival_is_continuous_from_the_right_and_stays_0_after_a_last_event():
    curve = kaplan_meier(TIME, EVENT)
    asked = [0, 0.9, 1, 5.9, 6, 8.5, 9, 9.1]
    assert_allclose(curve.survival_at(asked), [1, 1, 5 / 6, 5 / 6, 5 / 12, 5 / 12, 0, 0])


def test_survival_is_not_carried_forward_past_a_last_censoring():
    curve = kaplan_meier([1, 2, 2], [1, 1, 0])
    assert_allclose(curve.survival_at([2, 2.1]), [1 / 3, nan])


def test_the_number_at_risk_is_continuous_from_the_left():
    curve = kaplan_meier(TIME, EVENT)
    asked = [0, 1, 1.1, 6, 6.1, 8, 9, 9.1]
    assert_array_equal(curve.at_risk_at(asked), [6, 6, 4, 4, 2, 2, 1, 0])


def test_a_time_asked_for_alone_gives_a_number():
    curve = kaplan_meier(TIME, EVENT)
    assert (curve.survival_at(6), curve.at_risk_at(6)) == (pytest.approx(5 / 12), 4)


def test_times_that_differ_by_rounding_are_tied():
    seven_tenths = 0.1 * 7
    assert seven_tenths != 0.7
    curve = kaplan_meier([seven_tenths, 0.7, 1], [1, 0, 1])
    assert_array_equal(curve.at_risk, [3, 1])
    assert_allclose(curve.survival, [2 / 3, 0])
    assert curve.at_risk_at(seven_tenths) == curve.at_risk_at(0.7) == 3


def test_the_last_of_tied_times_is_not_past_the_last_observation():
    curve = kaplan_meier([1, 0.7, 0.1 * 7], [1, 0, 1])
    late = kaplan_meier([0.7, 0.1 * 7], [1, 0])
    assert curve.survival_at(0.1 * 7) == pytest.approx(2 / 3)
    assert late.survival_at(0.1 * 7) == late.survival_at(0.7) == 0.5


def test_a_time_asked_for_is_tied_with_an_observed_one_within_rounding():
    three_tenths = 0.1 * 3
    assert three_tenths > 0.3
    assert kaplan_meier([three_tenths, 1], [1, 1]).survival_at(0.3) == 0.5


def test_a_curve_is_frozen_and_its_arrays_are_read_only():
    curve = kaplan_meier(TIME, EVENT)
    with pytest.raises(FrozenInstanceError):
        curve.survival = np.zeros(4)
    for name in ("time", "at_risk", "events", "censored", "survival", "low", "high"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(curve, name)[0] = 0


def test_the_input_is_left_as_it_was():
    time, event = np.array(TIME, dtype=float), np.array(EVENT)
    kaplan_meier(time, event)
    assert time.flags.writeable and event.flags.writeable
    assert (time.tolist(), event.tolist()) == (TIME, EVENT)


@pytest.mark.parametrize(
    "event", [[True, False], [1, 0], [1.0, 0.0], np.array([1, 0], dtype=object), pd.Series([1, 0])]
)
def test_an_event_may_be_a_bool_an_integer_or_a_float(event):
    assert_array_equal(kaplan_meier([1, 2], event).survival, [0.5, 0.5])


# Properties


@given(samples())
@generated
def test_survival_is_that_of_a_naive_second_kaplan_meier(sample):
    expected = naive_survival(*sample)
    curve = kaplan_meier(*sample)
    assert curve.time.tolist() == list(expected)
    assert_allclose(curve.survival, [float(s) for s in expected.values()], rtol=1e-12)


@given(samples(), st.sampled_from(TRANSFORMS))
@generated
def test_bounds_are_those_of_a_naive_second_kaplan_meier(sample, transform):
    curve = kaplan_meier(*sample, transform=transform)
    expected = [
        naive_bounds(float(s), naive_variance(*sample, t) if s else nan, transform)
        for t, s in naive_survival(*sample).items()
    ]
    assert_allclose(np.column_stack((curve.low, curve.high)), expected, rtol=1e-9, atol=1e-15)


@given(samples(), st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]))
@generated
def test_quantiles_are_those_of_a_naive_second_kaplan_meier(sample, p):
    value = kaplan_meier(*sample).quantile(float(p)).value
    assert_array_equal(value, naive_quantile(*sample, p))


@given(samples(), st.randoms(use_true_random=False))
@generated
def test_the_order_of_the_subjects_does_not_matter(sample, random):
    shuffled = list(zip(*sample))
    random.shuffle(shuffled)
    first, second = kaplan_meier(*sample), kaplan_meier(*zip(*shuffled))
    assert repr(first) == repr(second)


@given(samples())
@generated
def test_curves_fall_and_counts_add_up(sample):
    curve = kaplan_meier(*sample)
    assert (np.diff(curve.time) > 0).all()
    assert (np.diff(curve.survival) <= 0).all()
    assert curve.events.sum() + curve.censored.sum() == len(sample[0]) == curve.at_risk[0]
    left = curve.events + curve.censored
    assert_array_equal(curve.at_risk, left[::-1].cumsum()[::-1])


@given(samples(), st.sampled_from(TRANSFORMS), st.floats(0.01, 0.999))
@generated
def test_bounds_contain_the_estimate(sample, transform, level):
    curve = kaplan_meier(*sample, level=level, transform=transform)
    known = ~np.isnan(curve.low)
    assert_array_equal(known, ~np.isnan(curve.high))
    assert ((0 <= curve.low) & (curve.high <= 1))[known].all()
    assert (curve.low[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.survival[known] <= curve.high[known] + 1e-12).all()


@given(samples(), st.sampled_from(TRANSFORMS), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
@generated
def test_the_interval_of_a_quantile_contains_it(sample, transform, p):
    value, low, high = kaplan_meier(*sample, transform=transform).quantile(p)
    assert not low > value
    assert not high < value


@given(samples())
@generated
def test_swapping_event_and_censoring_gives_the_reverse_curve(sample):
    time, event = sample
    reverse = reverse_kaplan_meier(time, event)
    assert repr(reverse) == repr(kaplan_meier(time, [not happened for happened in event]))
    assert_array_equal(reverse.censored, kaplan_meier(time, event).events)


@given(samples(), st.sampled_from([7, 30.4375, 365.25]))
@generated
def test_the_unit_of_time_does_not_matter(sample, unit):
    time, event = sample
    days, longer = kaplan_meier(time, event), kaplan_meier(np.array(time) / unit, event)
    assert_array_equal(days.survival, longer.survival)
    assert_allclose(longer.quantile(0.5), np.array(days.quantile(0.5)) / unit)


@given(st.lists(st.tuples(st.floats(0, 1.7e308), st.booleans()), min_size=1), levels)
@generated
def test_no_finite_time_and_no_level_leak_a_warning(subjects, level):
    curve = kaplan_meier(*zip(*subjects), level=level)
    assert curve.at_risk_at(curve.time[-1]) == curve.at_risk[-1]
    assert np.isfinite(curve.survival).all()
    curve.quantile(0.5)


# Refusals


@pytest.mark.parametrize("estimator", [kaplan_meier, reverse_kaplan_meier])
@pytest.mark.parametrize(
    "time, event, message",
    [
        ([1, 2], [1], "event must have the shape of time, (2,), but got (1,)"),
        ([], [], "time must hold at least one subject, but got 0"),
        (5, 1, "time must be one-dimensional, but got the shape ()"),
        ([[1, 2]], [[1, 0]], "time must be one-dimensional, but got the shape (1, 2)"),
        (
            [1, -2, -3],
            [1, 0, 1],
            "time must be finite and not negative, but got -2 (index 1; 2 in all)",
        ),
        ([1, inf], [1, 0], "time must be finite and not negative, but got inf (index 1)"),
        ([nan, 1], [1, 0], "time must be finite and not negative, but got nan (index 0)"),
        ([1, 2], [1, 2], "event must be 0 or 1, but got 2 (index 1)"),
        ([1, 2, 3], [0.5, 1, nan], "event must be 0 or 1, but got 0.5 (index 0; 2 in all)"),
        ([1, 2], [1, None], "event must hold numbers, but got None (index 1)"),
        ([1, 2], ["1", "0"], "event must hold numbers, but got '1'"),
        ([1, pd.NA], [1, 0], "time must hold numbers, but got <NA> (index 1)"),
    ],
)
def test_impossible_subjects_are_refused(estimator, time, event, message):
    with pytest.raises(ValueError) as refused:
        estimator(time, event)
    assert str(refused.value) == message


@pytest.mark.parametrize("estimator", [kaplan_meier, reverse_kaplan_meier])
@pytest.mark.parametrize("level", [0, 1, 95, nan, None])
def test_a_level_outside_the_unit_interval_is_refused(estimator, level):
    with pytest.raises(ValueError) as refused:
        estimator([1, 2], [1, 0], level=level)
    assert str(refused.value) == f"level must lie strictly between 0 and 1, but got {level!r}"


def test_an_unknown_transformation_is_refused():
    with pytest.raises(ValueError) as refused:
        kaplan_meier([1, 2], [1, 0], transform="logit")
    message = "transform must be one of 'log-log', 'log', 'plain', but got 'logit'"
    assert str(refused.value) == message


@pytest.mark.parametrize("p, shown", [(-0.1, "-0.1"), (1.5, "1.5"), (nan, "nan"), ([0.5], "[0.5]")])
def test_a_quantile_outside_the_unit_interval_is_refused(p, shown):
    with pytest.raises(ValueError) as refused:
        kaplan_meier([1, 2], [1, 0]).quantile(p)
    assert str(refused.value) == f"p must lie between 0 and 1, but got {shown}"


@pytest.mark.parametrize("method", ["survival_at", "at_risk_at"])
@pytest.mark.parametrize(
    "times, message",
    [
        (-1, "times must be finite and not negative, but got -1"),
        ([1, nan], "times must be finite and not negative, but got nan (index 1)"),
    ],
)
def test_impossible_times_are_refused(method, times, message):
    with pytest.raises(ValueError) as refused:
        getattr(kaplan_meier([1, 2], [1, 0]), method)(times)
    assert str(refused.value) == message
