"""`tracedtrial.statistics.cox`: the hazard ratio of two groups."""

import subprocess
import sys
from math import exp, isnan, log
from pathlib import Path
from statistics import NormalDist

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import tracedtrial.statistics
from tracedtrial.statistics.cox import hazard_ratio

generated = settings(derandomize=True, deadline=None, max_examples=40)

MAINTAINED = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
NOT_MAINTAINED = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
RELAPSE = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]

# Two groups of three, where the ratio is not bounded.
APART = [1, 2, 3, 4, 5, 6]


# By hand


def test_two_events_with_both_groups_at_risk_solve_a_quadratic():
    # Two of each group are at risk at the first event, of group 1, and one of 1 and two of 0 at
    # the second, of 0: r / (2 r + 2) * 1 / (r + 2) is greatest where r ** 2 = 2.
    found = hazard_ratio([1, 2, 2.5, 3], [1, 1, 0, 1], [1, 0, 1, 0])
    assert_allclose(found.value, 2**0.5, rtol=1e-8)


# R 4.2.2, survival 3.5-3; b and its standard error from coxph, exp(b), exp(b -/+ z se)


def test_leukaemia_is_that_of_r():
    # coxph(Surv(time, status) ~ x, aml)
    found = hazard_ratio(MAINTAINED + NOT_MAINTAINED, RELAPSE, [0] * 11 + [1] * 12)
    assert_allclose(found, (2.498105326172, 0.915907257436, 6.813495766064), rtol=1e-9)


def test_tied_events_are_those_of_r_by_efron():
    # coxph(Surv(c(1, 1, 1, 2, 2, 3, 3, 4), c(1, 1, 0, 1, 1, 1, 0, 1)) ~ c(0, 1, 1, 0, 1, 0, 1, 0))
    found = hazard_ratio(
        [1, 1, 1, 2, 2, 3, 3, 4], [1, 1, 0, 1, 1, 1, 0, 1], [0, 1, 1, 0, 1, 0, 1, 0]
    )
    assert_allclose(found, (0.912819312554, 0.150009067662, 5.554591534746), rtol=1e-9)


def test_another_level_is_that_of_r():
    # t, e as in the log-rank test of three groups, "a" and "c" of them, level 0.9
    time = [6, 7, 10, 15, 19, 25, 3, 4, 7, 9, 12, 15]
    event = [1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0]
    found = hazard_ratio(time, event, [0] * 6 + [1] * 6, 0.9)
    assert_allclose(found, (2.542793319555, 0.753407067841, 8.582077527494), rtol=1e-9)


def test_times_that_differ_by_rounding_are_tied_as_in_r():
    # coxph(Surv(c(31 / 30.4375, 31 * 12 / 365.25, 2, 3, 4, 5), c(1, 1, 1, 0, 1, 1)) ~
    #   c(1, 0, 1, 0, 1, 0))
    time = [31 / 30.4375, 31 * 12 / 365.25 * (1 + 1e-15), 2, 3, 4, 5]
    assert time[0] != time[1]
    found = hazard_ratio(time, [1, 1, 1, 0, 1, 1], [1, 0, 1, 0, 1, 0])
    assert_allclose(found, (3, 0.312060194253, 28.840589622630), rtol=1e-9)


# Properties


def score_and_information(rows, log_ratio):
    """Efron's score and its information, from the definition, event time by event time."""
    score = information = 0.0
    for moment in {time for time, event, _ in rows if event}:
        at_risk = [group for time, _, group in rows if time >= moment]
        failing = [group for time, event, group in rows if event and time == moment]
        for already in range(len(failing)):
            left = 1 - already / len(failing)
            ones = exp(log_ratio) * (sum(at_risk) - (1 - left) * sum(failing))
            noughts = len(at_risk) - sum(at_risk) - (1 - left) * (len(failing) - sum(failing))
            share = ones / (ones + noughts)
            score -= share
            information += share * (1 - share)
        score += sum(failing)
    return score, information


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.booleans()), min_size=8))
@generated
def test_the_ratio_solves_efrons_score_and_its_interval_has_the_information(rows):
    value, low, _ = hazard_ratio(*zip(*rows))
    assume(not isnan(value))
    score, information = score_and_information(rows, log(value))
    assert_allclose(score / information**0.5, 0, atol=1e-6)
    z = NormalDist().inv_cdf(0.975)
    assert_allclose(log(value / low), z / information**0.5, rtol=1e-6)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), min_size=8))
@generated
def test_exchanged_groups_turn_the_ratio_over(rows):
    time, event, group = zip(*rows)
    value, low, high = hazard_ratio(time, event, group)
    assume(not isnan(value))
    turned = hazard_ratio(time, event, [not each for each in group])
    assert_allclose(turned, (1 / value, 1 / high, 1 / low), rtol=1e-6)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans(), st.booleans()), min_size=8))
@generated
def test_only_the_order_of_times_matters(rows):
    time, event, group = zip(*rows)
    found = hazard_ratio(time, event, group)
    assert_allclose(hazard_ratio([t * t for t in time], event, group), found, rtol=1e-6)


# What cannot be estimated


@pytest.mark.parametrize(
    ("time", "event", "group"),
    [
        (APART, [1] * 6, [1] * 6),
        (APART, [1] * 6, [0] * 6),
        (APART, [0] * 6, [0, 0, 0, 1, 1, 1]),
        (APART, [1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0]),
        (APART, [1] * 6, [1, 1, 1, 0, 0, 0]),
        (APART, [1] * 6, [0, 0, 0, 1, 1, 1]),
    ],
    ids=["all 1", "all 0", "no event", "events in one", "1 before 0", "0 before 1"],
)
def test_a_likelihood_without_a_maximum_gives_no_ratio(time, event, group):
    assert all(map(isnan, hazard_ratio(time, event, group)))


# Refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 1], [1]), "group must have 2 values, but got 1"),
        (([1, 2], [1, 1], [1, 2]), "group must be 0 or 1, but got 2 (index 1)"),
        (([1, 2], [1, 1], ["a", "b"]), "group must hold numbers, but got 'a'"),
        (([1, 2], [1, 2], [1, 0]), "event must be 0 or 1, but got 2 (index 1)"),
        (([1, 2], [1, 1], [1, 0], 95), "level must lie strictly between 0 and 1, but got 95"),
    ],
)
def test_what_is_no_argument_is_refused(arguments, message):
    with pytest.raises(ValueError) as refused:
        hazard_ratio(*arguments)
    assert str(refused.value) == message


def test_importing_the_room_does_not_load_lifelines():
    program = "import tracedtrial.statistics, sys; print(*sys.modules)"
    root = Path(tracedtrial.statistics.__file__).parents[2]
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert "tracedtrial.statistics.two_groups" in loaded.stdout.split()
    assert not {"lifelines", "tracedtrial.statistics.cox"} & set(loaded.stdout.split())
