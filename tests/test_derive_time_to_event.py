"""ADTTE: what ends each time, by the FDA and the EMA rule."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracedtrial.datasets.dataset import Dataset
from tracedtrial.datasets.response import Assessments
from tracedtrial.datasets.time_to_event import time_to_event

START = pd.Timestamp("2014-06-01")
RULE = {"interval_days": 28, "tolerance_days": 14, "missed": 2}  # allows 70 days
Visits = dict[int, str]


def day(number: int | None) -> pd.Timestamp:
    """A study day; the start is day 1."""
    return pd.NaT if number is None else START + pd.Timedelta(days=number - 1)


def times(
    visits: Visits = {},
    *,
    progression: int | None = None,
    death: int | None = None,
    therapy: int | None = None,
    response: int | None = None,
    alive: int | None = None,
    start: pd.Timestamp = START,
    pfs: str = "FDA",
) -> dict[str, pd.DataFrame]:
    """One subject, everything by study day: visits with their category, dates, last day alive."""
    subject = pd.Categorical(["01"], categories=["01"])
    core = Dataset(pd.DataFrame({"USUBJID": subject, "TRTSDT": [start], "DTHDT": [day(death)]}))
    course = pd.DataFrame(
        {"subject": 0, "ADT": [day(number) for number in visits], "AVALC": list(visits.values())}
    )
    best = pd.DataFrame(
        {"PROGDT": [day(progression)], "NEWTHDT": [day(therapy)], "CONFDT": [day(response)]}
    )
    shown = pd.DataFrame({"subject": [0], "ADT": [day(alive)]}).dropna()
    return time_to_event(
        core,
        Assessments(course, Dataset(best), np.array([])),
        shown,
        {"assessment": RULE, "pfs": {"rule": pfs}},
    )


def end(frame: pd.DataFrame) -> tuple[float, int]:
    """Days and CNSR of the one subject."""
    return tuple(frame[["AVAL", "CNSR"]].iloc[0].tolist())


def fda(*args: object, **kwargs: object) -> tuple[float, int]:
    return end(times(*args, **kwargs)["PFS_FDA"])


def ema(*args: object, **kwargs: object) -> tuple[float, int]:
    return end(times(*args, **kwargs)["PFS_EMA"])


MONTHLY = {29: "SD", 57: "PR", 85: "PR"}

# By-hand truth: progression-free survival


@pytest.mark.parametrize("rule", [fda, ema])
def test_confirmed_progression_is_the_event_on_its_own_day(rule):
    assert rule(MONTHLY | {113: "PD", 141: "PD"}, progression=113) == (113, 0)


@pytest.mark.parametrize("rule", [fda, ema])
def test_death_is_the_event_where_it_comes_first(rule):
    assert rule(MONTHLY, death=100) == (100, 0)
    assert rule(MONTHLY | {113: "PD"}, progression=113, death=120) == (113, 0)


def test_the_event_has_a_name():
    both = times(MONTHLY | {113: "PD"}, progression=113, death=113)["PFS_FDA"].iloc[0]
    died = times(MONTHLY, death=100)["PFS_FDA"].iloc[0]
    assert (both["EVNTDESC"], died["EVNTDESC"]) == ("Progression", "Death")
    assert (both["CNSDTDSC"], died["CNSDTDSC"]) == ("", "")


@pytest.mark.parametrize("rule", [fda, ema])
def test_without_an_event_the_last_adequate_assessment_ends_the_time(rule):
    assert rule(MONTHLY) == (85, 1)
    assert rule(MONTHLY | {113: "NE"}) == (85, 1)


@pytest.mark.parametrize("rule", [fda, ema])
def test_unconfirmed_progression_is_an_assessment_and_no_event(rule):
    assert rule(MONTHLY | {113: "PD", 141: "SD"}) == (141, 1)


@pytest.mark.parametrize("rule", [fda, ema])
def test_without_an_assessment_the_time_is_day_one(rule):
    assert rule({}) == (1, 1)
    assert rule({29: "NE"}) == (1, 1)


def test_by_FDA_new_therapy_before_the_event_censors_at_the_last_adequate_assessment():
    assert fda(MONTHLY | {113: "PD"}, progression=113, therapy=100) == (85, 2)
    assert fda(MONTHLY, death=300, therapy=60) == (57, 2)
    assert fda(MONTHLY, therapy=60) == (57, 2)


def test_by_EMA_the_event_counts_in_spite_of_new_therapy():
    assert ema(MONTHLY | {113: "PD"}, progression=113, therapy=100) == (113, 0)
    assert ema(MONTHLY, therapy=60) == (85, 1)


def test_an_assessment_on_the_day_of_new_therapy_came_before_it():
    assert fda(MONTHLY, therapy=57) == (57, 2)


def test_an_event_on_the_day_of_new_therapy_came_before_it():
    assert fda(MONTHLY | {113: "PD"}, progression=113, therapy=113) == (113, 0)


def test_new_therapy_after_the_event_changes_nothing():
    assert fda(MONTHLY | {113: "PD"}, progression=113, therapy=114) == (113, 0)


def test_new_therapy_before_any_assessment_censors_at_day_one():
    assert fda(MONTHLY, therapy=10) == (1, 2)


@pytest.mark.parametrize("progression, expected", [(155, (155, 0)), (156, (85, 3))])
def test_by_FDA_two_missed_assessments_before_progression_censor_before_them(progression, expected):
    # From day 85 two assessments of 28 days and the tolerance of 14 reach to day 155.
    assert fda(MONTHLY | {progression: "PD"}, progression=progression) == expected


@pytest.mark.parametrize("death, expected", [(155, (155, 0)), (156, (85, 3))])
def test_by_FDA_two_missed_assessments_before_death_censor_before_them(death, expected):
    assert fda(MONTHLY, death=death) == expected


def test_by_EMA_missed_assessments_censor_nothing():
    assert ema(MONTHLY, death=500) == (500, 0)


def test_a_visit_that_is_not_evaluable_is_a_missed_one():
    assert fda(MONTHLY | {113: "NE", 141: "NE", 169: "PD"}, progression=169) == (85, 3)


def test_a_gap_that_an_assessment_follows_before_the_event_is_no_matter():
    assert fda(MONTHLY | {300: "SD", 328: "PD"}, progression=328) == (328, 0)


@pytest.mark.parametrize("death, expected", [(71, (71, 0)), (72, (1, 3))])
def test_death_without_any_assessment_is_an_event_until_two_are_missed(death, expected):
    assert fda({}, death=death) == expected


def test_death_on_the_day_of_the_first_dose_is_an_event_of_day_one():
    assert fda({}, death=1) == (1, 0)


def test_each_censoring_has_a_reason():
    reasons = [
        times(MONTHLY, **more)["PFS_FDA"]["CNSDTDSC"].iloc[0]
        for more in ({}, {"therapy": 60}, {"death": 300})
    ]
    assert reasons == [
        "Last adequate assessment",
        "Last adequate assessment before new therapy",
        "Last adequate assessment before missed assessments",
    ]


# By-hand truth: overall survival, duration of and time to response


def test_death_ends_survival_and_else_the_last_day_known_alive():
    assert end(times(death=200, alive=250)["OS"]) == (200, 0)
    assert end(times(alive=150)["OS"]) == (150, 1)


def test_who_is_not_known_alive_later_survives_for_the_day_of_the_first_dose():
    frame = times()["OS"]
    assert end(frame) == (1, 2)
    assert frame["CNSDTDSC"].iloc[0] == "Not known alive after the first dose"


def test_a_day_known_alive_before_the_first_dose_says_no_more_than_the_first_dose():
    assert end(times(alive=-20)["OS"]) == (1, 1)


def test_the_duration_of_a_response_runs_from_its_first_day_to_the_end_of_PFS():
    frames = times(MONTHLY | {113: "PD"}, progression=113, response=57)
    assert end(frames["DOR"]) == (113 - 57 + 1, 0)
    assert end(frames["TTR"]) == (57, 0)
    assert end(times(MONTHLY, therapy=60, response=57)["DOR"]) == (1, 2)


def test_the_duration_of_a_response_follows_the_rule_that_the_protocol_chose():
    course = {"visits": MONTHLY, "therapy": 90, "progression": 200, "response": 57}
    assert end(times(**course, pfs="FDA")["DOR"]) == (85 - 57 + 1, 2)
    assert end(times(**course, pfs="EMA")["DOR"]) == (200 - 57 + 1, 0)


def test_who_did_not_respond_has_no_duration():
    frames = times(MONTHLY)
    assert len(frames["DOR"]) == len(frames["TTR"]) == 0


def test_a_subject_without_a_first_dose_has_no_time():
    assert [len(frame) for frame in times(start=pd.NaT).values()] == [0, 0, 0, 0, 0]


# Properties

SUBJECTS = st.fixed_dictionaries(
    {
        "visits": st.dictionaries(
            st.integers(2, 400), st.sampled_from(["PR", "SD", "NE"]), max_size=6
        ),
        "progression": st.none() | st.integers(2, 400),
        "death": st.none() | st.integers(2, 500),
        "therapy": st.none() | st.integers(2, 400),
    }
)


def ends(visits: Visits, **dates: int | None) -> tuple[tuple[float, int], tuple[float, int]]:
    if dates["progression"] is not None:
        visits = visits | {dates["progression"]: "PD"}
    frames = times(dict(sorted(visits.items())), **dates)
    return end(frames["PFS_FDA"]), end(frames["PFS_EMA"])


@settings(deadline=None, max_examples=60)
@given(SUBJECTS)
def test_FDA_never_ends_after_EMA_and_its_events_are_EMAs(subject):
    (fda_days, fda_censored), (ema_days, ema_censored) = ends(**subject)
    assert 1 <= fda_days <= ema_days
    assert fda_censored or (fda_days, 0) == (ema_days, ema_censored)


@settings(deadline=None, max_examples=60)
@given(SUBJECTS)
def test_EMA_counts_the_first_of_progression_and_death(subject):
    events = [number for number in (subject["progression"], subject["death"]) if number]
    adequate = [1, *(number for number, category in subject["visits"].items() if category != "NE")]
    expected = (min(events), 0) if events else (max(adequate), 1)
    assert ends(**subject)[1] == expected


@settings(deadline=None, max_examples=60)
@given(SUBJECTS)
def test_without_new_therapy_and_missed_visits_the_rules_agree(subject):
    monthly = {number: "SD" for number in range(29, 600, 28)}
    by_fda, by_ema = ends(**subject | {"visits": monthly, "therapy": None})
    assert by_fda == by_ema
