"""ADDL: dose-limiting toxicity by the adjudicated flag, and who counts for the dose decision."""

import copy

import numpy as np
import pandas as pd
import pytest

from tracedtrial.datasets.dataset import Dataset
from tracedtrial.datasets.dose_limiting import dose_limiting_toxicity

START = pd.Timestamp("2014-06-01")
BLOOD = "Blood and lymphatic system disorders"
FULL = {"IXAZOMIB": (9, 9), "POMALIDOMIDE": (84, 84), "DEXAMETHASONE": (160, 160)}
Doses = dict[str, tuple[float, float]]


def patient(
    protocol: dict,
    events: list[dict] = (),
    doses: Doses = FULL,
    *,
    day: int = 1,
    later: Doses | None = None,
    first_dose: pd.Timestamp = START,
) -> Dataset:
    """One patient: events, and (planned, given) dose of each drug from a day of the first cycle."""
    subject = pd.Categorical(["01"], categories=["01"])
    core = Dataset(pd.DataFrame({"USUBJID": subject, "TRTSDT": [first_dose]}))
    rows = [(drug, *amounts, START + pd.Timedelta(days=day - 1)) for drug, amounts in doses.items()]
    rows += [
        (drug, *amounts, START + pd.Timedelta(days=28)) for drug, amounts in (later or {}).items()
    ]
    adex = pd.DataFrame(rows, columns=["EXTRT", "PLANNED", "GIVEN", "ASTDT"]).astype(
        {"PLANNED": float, "GIVEN": float, "ASTDT": "datetime64[s]"}
    )
    adex.insert(0, "USUBJID", subject.repeat(len(adex)))
    defaults = {
        "AEDECOD": "Fatigue",
        "AEBODSYS": "General disorders",
        "AETOXGR": 3,
        "ASTDY": 10,
        "AEREL": "RELATED",
        "AEDLTFL": "Y",
    }
    adae = pd.DataFrame([defaults | event for event in events], columns=list(defaults))
    adae.insert(0, "USUBJID", subject.repeat(len(adae)))
    adae.index += 100
    return dose_limiting_toxicity(Dataset(adae), Dataset(adex), core, protocol)


def flags(addl: Dataset) -> tuple[bool, bool, bool]:
    """DLTFL, WINDOWFL, DLTEVLFL of the one patient."""
    return tuple(addl.frame[["DLTFL", "WINDOWFL", "DLTEVLFL"]].iloc[0].tolist())


def given(**doses: float) -> Doses:
    """Full doses but for the drugs named."""
    return FULL | {drug: (FULL[drug][0], amount) for drug, amount in doses.items()}


# By-hand truth: the flag and its window


@pytest.mark.parametrize("day, toxic", [(0, False), (1, True), (28, True), (29, False)])
def test_a_DLT_starts_within_the_28_days_from_the_first_dose(protocol, day, toxic):
    assert flags(patient(protocol, [{"ASTDY": day}])) == (toxic, True, True)


def test_the_window_is_the_protocols(protocol):
    longer = copy.deepcopy(protocol)
    longer["dlt"]["window"]["days"] = 42
    assert flags(patient(longer, [{"ASTDY": 42}]))[0]
    assert not flags(patient(longer, [{"ASTDY": 43}]))[0]


def test_only_the_adjudicated_flag_makes_a_DLT(protocol):
    severe = {"AEDECOD": "Febrile neutropenia", "AEBODSYS": BLOOD, "AETOXGR": 4, "AEDLTFL": "N"}
    assert flags(patient(protocol, [severe])) == (False, True, True)
    assert flags(patient(protocol, [{"AETOXGR": 1, "AEDLTFL": "Y"}]))[0]


def test_an_event_without_a_study_day_is_no_DLT(protocol):
    addl = patient(protocol, [{"ASTDY": np.nan}])
    assert not flags(addl)[0] and len(addl.sources["dlt"]) == 0


# By-hand truth: required dosing


@pytest.mark.parametrize(
    "doses, completed",
    [
        (given(), True),
        (given(IXAZOMIB=6), True),  # exactly 2/3 of 9 mg
        (given(IXAZOMIB=5.9), False),
        (given(POMALIDOMIDE=56), True),  # exactly 2/3 of 84 mg
        (given(POMALIDOMIDE=55), False),
        (given(DEXAMETHASONE=120), True),
        (given(DEXAMETHASONE=100), False),
        (given(DEXAMETHASONE=0), False),
        (given(IXAZOMIB=12), True),
    ],
)
def test_two_thirds_of_every_drug_complete_the_window(protocol, doses, completed):
    assert flags(patient(protocol, doses=doses)) == (False, completed, completed)


@pytest.mark.parametrize("dose", [0.1, 0.7, 2.3, 3.3, 1 / 3])
def test_exactly_two_thirds_count_whatever_the_binary_fraction(protocol, dose):
    doses = FULL | {"IXAZOMIB": (3 * dose, 2 * dose)}
    assert flags(patient(protocol, doses=doses))[1]


def test_a_drug_that_has_no_row_was_not_given(protocol):
    without = {drug: amounts for drug, amounts in FULL.items() if drug != "DEXAMETHASONE"}
    assert flags(patient(protocol, doses=without)) == (False, False, False)
    assert flags(patient(protocol, doses={})) == (False, False, False)


def test_doses_after_the_window_do_not_complete_it(protocol):
    assert not flags(patient(protocol, doses=given(POMALIDOMIDE=40), later=FULL))[1]


def test_a_drug_first_given_late_in_the_cycle_counts(protocol):
    assert flags(patient(protocol, day=28, first_dose=START))[1]
    assert not flags(patient(protocol, day=29, first_dose=START))[1]


def test_the_required_share_is_the_protocols(protocol):
    strict = copy.deepcopy(protocol)
    strict["dlt"]["required_dose"]["fraction"] = [3, 4]
    assert not flags(patient(strict, doses=given(IXAZOMIB=6)))[1]
    assert flags(patient(strict, doses=given(IXAZOMIB=6.75)))[1]


# By-hand truth: who counts


def test_a_patient_with_a_DLT_counts_whatever_was_given(protocol):
    assert flags(patient(protocol, [{}], doses=given(POMALIDOMIDE=4))) == (True, False, True)


def test_a_patient_without_a_DLT_who_did_not_complete_the_window_is_replaced(protocol):
    assert flags(patient(protocol, doses=given(POMALIDOMIDE=4))) == (False, False, False)


def test_a_patient_without_a_first_dose_does_not_count(protocol):
    assert flags(patient(protocol, first_dose=pd.NaT)) == (False, False, False)


# By-hand truth: the protocol's definition, which is compared with the flag


@pytest.mark.parametrize(
    "event, meets",
    [
        ({"AEDECOD": "Neutropenia", "AEBODSYS": BLOOD, "AETOXGR": 4}, True),
        ({"AEDECOD": "Neutropenia", "AEBODSYS": BLOOD, "AETOXGR": 3}, False),
        ({"AEDECOD": "Thrombocytopenia", "AEBODSYS": BLOOD, "AETOXGR": 4}, True),
        ({"AEDECOD": "Anemia", "AEBODSYS": BLOOD, "AETOXGR": 4}, False),
        ({"AEDECOD": "Febrile neutropenia", "AEBODSYS": BLOOD, "AETOXGR": 3}, True),
        ({"AEDECOD": "Febrile neutropenia", "AEBODSYS": BLOOD, "AETOXGR": 2}, False),
        ({"AETOXGR": 3}, True),
        ({"AETOXGR": 2}, False),
        ({"AETOXGR": 5}, True),
        ({"AETOXGR": 3, "AEREL": "NOT RELATED"}, False),
        ({"AETOXGR": 3, "ASTDY": 28}, True),
        ({"AETOXGR": 3, "ASTDY": 29}, False),
        ({"AETOXGR": 3, "ASTDY": 0}, False),
    ],
)
def test_the_definition_looks_at_grade_term_class_relation_and_window(protocol, event, meets):
    addl = patient(protocol, [{"AEDLTFL": "N"} | event])
    assert addl.sources["rule"].tolist() == ([100] if meets else [])
    assert not flags(addl)[0]


def test_flag_and_definition_may_disagree_both_ways(protocol):
    addl = patient(
        protocol,
        [
            {"AETOXGR": 2, "AEDLTFL": "Y"},
            {"AETOXGR": 3, "AEDLTFL": "N"},
            {"AETOXGR": 3, "AEDLTFL": "Y"},
            {"AETOXGR": 1, "AEDLTFL": "N"},
        ],
    )
    assert addl.sources["dlt"].tolist() == [100, 102]
    assert addl.sources["rule"].tolist() == [101, 102]
    assert addl.sources["either"].tolist() == [100, 101, 102]


def test_a_definition_may_name_classes(protocol):
    changed = copy.deepcopy(protocol)
    changed["dlt"]["definition"]["any"] = [{"classes": ["Infections and infestations"], "grade": 4}]
    infection = {"AEDECOD": "Sepsis", "AEBODSYS": "Infections and infestations", "AETOXGR": 4}
    assert patient(changed, [infection, {"AETOXGR": 5}]).sources["rule"].tolist() == [100]


# The shipped trial


def test_of_the_shipped_patients_two_had_a_DLT_and_one_was_replaced(shipped):
    data = shipped.trial.data
    entered = data.addl.frame[data.adsl.frame["COHORT"].isin(["1", "2", "3", "4"])]
    assert entered["DLTFL"].sum() == 2
    assert entered["DLTEVLFL"].sum() == 12
    assert len(entered) == 13
