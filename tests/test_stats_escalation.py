"""`tracedtrial.statistics.escalation`: the 3 + 3 rule and its operating characteristic."""

from itertools import product
from math import comb, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from tracedtrial.statistics import escalation_probability, three_plus_three

LEVELS = ("low", "mid", "high")
generated = settings(derandomize=True, deadline=None)


def decided(*cohorts, levels=LEVELS, six=True):
    return three_plus_three(cohorts, levels, require_six_at_final=six)


def followed(dlts, levels=LEVELS, start=0, six=True):
    """The cohorts of a trial that does as the rule decides, with the given DLT one by one."""
    cohorts, at, dlts = [], start, iter(dlts)
    while True:
        cohorts.append((levels[at], 3, next(dlts)))
        decision = decided(*cohorts, levels=levels, six=six).decisions[-1]
        if decision == "stop":
            return cohorts
        at += {"escalate": 1, "expand": 0, "de-escalate": -1}[decision]


def tally(cohorts, level):
    """Evaluable patients and DLT at a level."""
    rows = [(n, x) for name, n, x in cohorts if name == level]
    return sum(n for n, _ in rows), sum(x for _, x in rows)


trials = st.lists(st.integers(0, 3), min_size=12, max_size=12)
cohorts = st.tuples(st.sampled_from(LEVELS), st.integers(0, 6), st.integers(0, 6)).map(
    lambda cohort: (cohort[0], cohort[1], min(cohort[1:]))
)


# By hand


@pytest.mark.parametrize(
    "at_low, decision",
    [
        ([(3, 0)], "escalate"),
        ([(3, 1)], "expand"),
        ([(3, 2)], "stop"),
        ([(3, 3)], "stop"),
        ([(3, 1), (3, 0)], "escalate"),
        ([(3, 1), (3, 1)], "stop"),
        ([(3, 1), (3, 3)], "stop"),
        ([(6, 1)], "escalate"),
        ([(4, 1)], "expand"),
    ],
)
def test_the_decision_weighs_all_patients_at_the_level(at_low, decision):
    assert decided(*[("low", n, x) for n, x in at_low]).decisions[-1] == decision


@pytest.mark.parametrize(
    "at_low", [[(2, 0)], [(2, 1)], [(0, 0)], [(3, 1), (2, 0)], [(3, 1), (0, 0)]]
)
def test_too_few_evaluable_patients_leave_a_cohort_incomplete(at_low):
    result = decided(*[("low", n, x) for n, x in at_low])
    assert (result.decisions[-1], result.recommended) == ("incomplete", None)


def test_two_dlts_stop_a_level_also_in_an_incomplete_cohort():
    assert decided(("low", 2, 2)) == (("stop",), None)


def test_an_incomplete_cohort_may_be_completed():
    assert decided(("low", 2, 0), ("low", 1, 0)).decisions == ("incomplete", "escalate")


def test_a_published_course_one_dlt_at_each_of_two_levels():
    # One DLT in the first cohort of each level, none in the second: the top level is 1/6.
    course = [("low", 3, 1), ("low", 3, 0), ("mid", 3, 1), ("mid", 3, 0)]
    decisions = ("expand", "escalate", "expand", "stop")
    assert decided(*course, levels=("low", "mid")) == (decisions, "mid")


def test_a_top_level_without_dlt_expands_to_six_where_six_are_required():
    three = [("low", 3, 0), ("mid", 3, 0), ("high", 3, 0)]
    assert decided(*three) == (("escalate", "escalate", "expand"), None)
    assert decided(*three, ("high", 3, 0)).recommended == "high"
    assert decided(*three, six=False) == (("escalate", "escalate", "stop"), "high")


def test_one_of_three_at_the_top_level_expands_also_where_three_would_do():
    assert decided(("low", 3, 0), ("mid", 3, 1), levels=("low", "mid"), six=False) == (
        ("escalate", "expand"),
        None,
    )


def test_a_toxic_level_sends_back_to_a_level_of_three_where_six_are_required():
    course = [("low", 3, 0), ("mid", 3, 0), ("high", 3, 2)]
    assert decided(*course) == (("escalate", "escalate", "de-escalate"), None)
    assert decided(*course, ("mid", 3, 1)) == (
        ("escalate", "escalate", "de-escalate", "stop"),
        "mid",
    )
    assert decided(*course, six=False) == (("escalate", "escalate", "stop"), "mid")


def test_a_toxic_level_above_one_of_six_ends_the_escalation():
    course = [("low", 3, 1), ("low", 3, 0), ("mid", 3, 3)]
    assert decided(*course) == (("expand", "escalate", "stop"), "low")


def test_the_dose_falls_until_a_level_is_acceptable():
    course = [("low", 3, 0), ("mid", 3, 0), ("high", 3, 3), ("mid", 3, 2), ("low", 3, 0)]
    assert decided(*course) == (
        ("escalate", "escalate", "de-escalate", "de-escalate", "stop"),
        "low",
    )


def test_a_lowest_level_that_is_too_toxic_leaves_nothing_to_recommend():
    assert decided(("low", 3, 1), ("low", 3, 2)) == (("expand", "stop"), None)


def test_a_trial_may_start_above_the_lowest_level():
    assert decided(("mid", 3, 2)) == (("de-escalate",), None)
    assert decided(("mid", 3, 2), ("low", 3, 0), ("low", 3, 1)).recommended == "low"
    assert decided(("mid", 3, 0), ("high", 3, 0), ("high", 3, 0)).recommended == "high"


def test_a_level_declared_and_skipped_is_no_gap():
    assert decided(("low", 3, 0), ("high", 3, 0), ("high", 3, 0)).recommended == "high"
    assert decided(("low", 3, 0), ("high", 3, 2)).decisions == ("escalate", "de-escalate")
    assert decided(("low", 6, 1), ("high", 3, 2)) == (("escalate", "stop"), "low")
    course = [("low", 3, 0), ("high", 3, 2), ("low", 3, 1)]
    assert decided(*course) == (("escalate", "de-escalate", "stop"), "low")


def test_a_level_declared_and_never_opened_leaves_the_one_below_to_recommend():
    assert decided(("low", 3, 0), ("mid", 3, 1), ("mid", 3, 0)) == (
        ("escalate", "expand", "escalate"),
        "mid",
    )
    assert decided(("low", 6, 0), levels=("lower", "low", "mid", "high")).recommended == "low"


def test_a_level_opened_without_an_evaluable_patient_leaves_nothing_to_recommend():
    assert decided(("low", 6, 0), ("mid", 0, 0)) == (("escalate", "incomplete"), None)


def test_an_incomplete_level_below_leaves_nothing_to_recommend():
    course = [("low", 2, 0), ("mid", 3, 0), ("mid", 3, 0)]
    assert decided(*course, levels=("low", "mid")).recommended is None


def test_a_level_treated_above_a_toxic_one_is_never_recommended():
    course = [("low", 3, 2), ("mid", 3, 0), ("mid", 3, 0)]
    assert decided(*course, levels=("low", "mid")).recommended is None
    assert decided(("low", 3, 2), ("mid", 3, 2)).decisions == ("stop", "stop")


def test_patients_added_to_a_passed_level_do_not_undo_it():
    course = [("low", 3, 0), ("low", 3, 0), ("mid", 3, 0), ("mid", 3, 0)]
    assert decided(*course, levels=("low", "mid")) == (
        ("escalate", "escalate", "expand", "stop"),
        "mid",
    )


def test_without_cohorts_there_is_no_decision():
    assert decided() == ((), None)


def test_the_probability_of_escalation_has_its_known_values():
    toxicity = [0.1, 0.2, 0.3, 0.4, 0.5]
    expected = [0.9061, 0.7086, 0.4943, 0.3093, 0.1719]
    assert_allclose(escalation_probability(toxicity), expected, rtol=0, atol=5e-5)


def test_a_single_toxicity_gives_a_single_probability():
    assert escalation_probability(0.5) == 0.5**3 + 3 * 0.5**6
    assert isinstance(escalation_probability(0.5), float)


# Properties


@given(trials, st.booleans(), st.integers(0, 2))
@generated
def test_a_trial_that_follows_the_rule_recommends_only_an_acceptable_level(dlts, six, start):
    cohorts = followed(dlts, start=start, six=six)
    recommended = decided(*cohorts, six=six).recommended
    at = -1 if recommended is None else LEVELS.index(recommended)
    if recommended is not None:
        evaluable, toxic = tally(cohorts, recommended)
        assert toxic <= 1
        assert evaluable >= (6 if six or toxic else 3)
    if at + 1 < len(LEVELS):
        assert tally(cohorts, LEVELS[at + 1])[1] >= 2


@given(trials, st.booleans())
@generated
def test_a_trial_that_follows_the_rule_treats_at_most_six_at_a_level(dlts, six):
    cohorts = followed(dlts, six=six)
    assert all(tally(cohorts, level)[0] <= 6 for level in LEVELS)


@given(trials, st.booleans())
@generated
def test_a_trial_that_ends_early_recommends_a_level_only_if_it_needs_no_further_patient(dlts, six):
    cohorts = followed(dlts, six=six)
    for stage in range(1, len(cohorts)):
        decisions, recommended = decided(*cohorts[:stage], six=six)
        assert decisions[-1] in ("escalate", "expand", "de-escalate")
        if recommended is not None:
            evaluable, toxic = tally(cohorts[:stage], recommended)
            assert decisions[-1] == "escalate" and recommended == cohorts[stage - 1][0]
            assert toxic <= 1 and evaluable >= (6 if six or toxic else 3)


@given(st.lists(cohorts, max_size=10), st.booleans())
@generated
def test_a_level_that_is_never_opened_changes_no_recommendation(course, six):
    declared = ("lowest", "low", "between", "mid", "above", "high", "highest")
    assert (
        decided(*course, levels=declared, six=six).recommended
        == decided(*course, six=six).recommended
    )


@given(st.lists(cohorts, max_size=10), st.booleans())
@generated
def test_a_later_cohort_does_not_change_an_earlier_decision(course, six):
    decisions = decided(*course, six=six).decisions
    assert len(decisions) == len(course)
    for stage in range(len(course)):
        assert decided(*course[:stage], six=six).decisions == decisions[:stage]


@given(st.lists(cohorts, max_size=10), st.booleans(), st.randoms(use_true_random=False))
@generated
def test_the_recommendation_depends_on_the_final_counts_only(course, six, random):
    shuffled = random.sample(course, len(course))
    assert decided(*course, six=six).recommended == decided(*shuffled, six=six).recommended


@given(st.floats(0, 1))
@generated
def test_the_probability_of_escalation_is_that_of_the_courses_that_escalate(toxicity):
    chance = [comb(3, x) * toxicity**x * (1 - toxicity) ** (3 - x) for x in range(4)]
    total = sum(
        chance[first] if decisions == ("escalate",) else chance[first] * chance[second]
        for first, second in product(range(4), repeat=2)
        if (decisions := first_level(first, second))
        and (len(decisions) > 1 or second == 0)
        and decisions[-1] == "escalate"
    )
    assert_allclose(escalation_probability(toxicity), total, rtol=1e-12, atol=1e-15)


def first_level(first, second):
    """The decisions at the lowest level, where the second cohort is treated only if needed."""
    if (one := decided(("low", 3, first)).decisions) != ("expand",):
        return one
    return decided(("low", 3, first), ("low", 3, second)).decisions


@given(st.lists(st.floats(0, 1), min_size=1), st.integers(1, 3))
@generated
def test_the_probability_of_escalation_falls_with_toxicity(toxicity, width):
    probability = escalation_probability(np.sort(toxicity)[None].repeat(width, axis=0))
    assert probability.shape == (width, len(toxicity))
    assert (np.diff(probability) <= 1e-15).all()
    assert ((0 <= probability) & (probability <= 1)).all()


# Refusals


@pytest.mark.parametrize(
    "cohort, message",
    [
        (("low", 3, 4), "dlts of cohort 2 must not exceed evaluable, 3, but got 4"),
        (("top", 3, 0), "level of cohort 2 must be one of 'low', 'mid', 'high', but got 'top'"),
        (("low", -3, 0), "evaluable of cohort 2 must not be negative, but got -3"),
        (("low", 3, -1), "dlts of cohort 2 must not be negative, but got -1"),
        (("low", 3, 1.0), "dlts of cohort 2 must be an integer, but got 1.0"),
        (("low", nan, 0), "evaluable of cohort 2 must be an integer, but got nan"),
        (("low", 3), "cohort 2 must be (level, evaluable, dlts), but got ('low', 3)"),
    ],
)
def test_impossible_cohorts_are_refused(cohort, message):
    with pytest.raises(ValueError) as refused:
        decided(("low", 3, 0), cohort)
    assert str(refused.value) == message


def test_levels_that_repeat_are_refused():
    with pytest.raises(ValueError) as refused:
        decided(levels=("low", "mid", "low"))
    assert str(refused.value) == "levels must be distinct, but got 'low' twice"


@pytest.mark.parametrize(
    "toxicity, message",
    [
        (-0.1, "toxicity must lie between 0 and 1, but got -0.1"),
        ([0.1, 1.5, 2], "toxicity must lie between 0 and 1, but got 1.5 (index 1; 2 in all)"),
        ([[0.1], [nan]], "toxicity must lie between 0 and 1, but got nan (index 1, 0)"),
        ("0.1", "toxicity must hold numbers, but got '0.1'"),
    ],
)
def test_a_toxicity_that_is_no_probability_is_refused(toxicity, message):
    with pytest.raises(ValueError) as refused:
        escalation_probability(toxicity)
    assert str(refused.value) == message
