"""RECIST 1.1: target, overall and confirmed response, by hand from the guideline's tables."""

import numpy as np
import pandas as pd
import pytest

from tracedtrial.datasets.criteria import recist
from tracedtrial.datasets.criteria.criteria import Course
from tracedtrial.datasets.criteria.recist import (
    History,
    Lesion,
    confirmed_course,
    measured_baseline,
    non_target_only_response,
    overall_response,
    recist_response,
    target_response,
)

START = pd.Timestamp("2020-01-01")
RULES = {"confirmation": {"required": True, "days": 28}, "stable_disease": {"days": 42}}
BASE = {"T1": Lesion(60, False), "T2": Lesion(40, True)}


def measured(first: float, node: float) -> dict[str, Lesion]:
    return {"T1": Lesion(first, False), "T2": Lesion(node, True)}


# By-hand truth: target lesions


@pytest.mark.parametrize(
    ("first", "node", "nadir", "response"),
    [
        (0, 9.9, 100, "CR"),  # a node under 10 mm is normal
        (0, 10, 100, "PR"),  # and at 10 mm is not
        (30, 40, 100, "PR"),  # 30% below baseline
        (30.1, 40, 100, "SD"),
        (60, 59.9, 100, "SD"),
        (60, 60, 100, "PD"),  # 20% and 20 mm above
        (10, 14, 20, "PR"),  # 20% above the lowest sum, but 4 mm only
        (10, 15, 20, "PD"),  # 25% and 5 mm
        (40, 40, 70, "SD"),  # 10 mm above the lowest, but 14%
    ],
)
def test_a_target_response_has_its_thresholds(first, node, nadir, response):
    assert target_response(measured(first, node), BASE, History(100, nadir)) == response


def test_a_target_lesion_that_was_not_measured_makes_the_visit_not_evaluable():
    assert target_response({"T1": Lesion(0, False)}, BASE, History(100, 100)) == "NE"
    assert target_response({"T1": Lesion(119, False)}, BASE, History(100, 100)) == "NE"
    assert target_response({}, BASE, History(100, 100)) == "NE"


def test_lesions_measured_alone_show_progression_though_others_are_missing():
    assert target_response({"T1": Lesion(120, False)}, BASE, History(100, 100)) == "PD"
    assert target_response({"T1": Lesion(14.9, False)}, BASE, History(100, 10)) == "NE"
    assert target_response({"T1": Lesion(15, False)}, BASE, History(100, 10)) == "PD"
    assert target_response({"T1": Lesion(1, False)}, BASE, History(100, 9, complete=True)) == "PD"


def test_a_subject_without_target_lesions_is_not_evaluable():
    assert target_response({}, {}, History(0, 0)) == "NE"


def test_what_reappears_after_a_complete_response_is_progression_whatever_its_size():
    seen = measured(2, 9)
    assert target_response(seen, BASE, History(100, 9, complete=True)) == "PD"
    assert target_response(seen, BASE, History(100, 9)) == "PR"


def test_decimals_do_not_shift_a_threshold():
    base = {"T1": Lesion(11.3, False)}
    assert target_response({"T1": Lesion(7.91, False)}, base, History(11.3, 11.3)) == "PR"


# By-hand truth: table 1 of the guideline


@pytest.mark.parametrize(
    ("target", "non_target", "new", "overall"),
    [
        ("CR", "CR", False, "CR"),
        ("CR", None, False, "CR"),
        ("CR", "NON-CR/NON-PD", False, "PR"),
        ("CR", "NE", False, "PR"),
        ("PR", "NON-CR/NON-PD", False, "PR"),
        ("PR", "NE", False, "PR"),
        ("SD", "NE", False, "SD"),
        ("SD", "CR", False, "SD"),
        ("NE", "NON-CR/NON-PD", False, "NE"),
        ("PD", "CR", False, "PD"),
        ("SD", "PD", False, "PD"),
        ("NE", "PD", False, "PD"),
        ("CR", "CR", True, "PD"),
        ("NE", None, True, "PD"),
    ],
)
def test_the_overall_response_is_that_of_table_1(target, non_target, new, overall):
    assert overall_response(target, non_target, new) == overall


# By-hand truth: table 2 of the guideline


@pytest.mark.parametrize(
    ("non_target", "new", "overall"),
    [
        ("CR", False, "CR"),
        ("NON-CR/NON-PD", False, "NON-CR/NON-PD"),
        ("NE", False, "NE"),
        ("PD", False, "PD"),
        ("CR", True, "PD"),
        ("NE", True, "PD"),
    ],
)
def test_with_non_target_disease_only_the_overall_response_is_that_of_table_2(
    non_target, new, overall
):
    assert non_target_only_response(non_target, new) == overall


# By-hand truth: table 3, scans 42 days apart


def counted(
    course: str,
    *,
    days: int = 42,
    therapy: int | None = None,
    rules: dict = RULES,
    measured: bool = True,
) -> list[str]:
    categories = course.split()
    dates = np.array(
        [START + pd.Timedelta(days=days * k) for k in range(1, len(categories) + 1)],
        "datetime64[s]",
    )
    limit = None if therapy is None else np.datetime64(START + pd.Timedelta(days=therapy), "s")
    made = confirmed_course(
        Course(categories, dates, np.datetime64(START, "s"), limit, measured=measured), rules
    )
    return [visit.category for visit in made]


@pytest.mark.parametrize(
    ("course", "result"),
    [
        ("CR CR", "CR SD"),
        ("PR PR", "PR SD"),
        ("PR CR", "PR SD"),
        ("CR PR", "SD SD"),
        ("PR SD", "SD SD"),
        ("PR PD", "SD PD"),
        ("PR NE", "SD NE"),
        ("PR NE PR", "PR NE SD"),
        ("PR SD PR", "SD SD SD"),
        ("NE NE", "NE NE"),
        ("PD", "PD"),
        ("SD PD", "SD PD"),
        ("", ""),
    ],
)
def test_a_response_counts_when_the_next_assessable_scan_confirms_it(course, result):
    assert counted(course) == result.split()


def test_a_scan_sooner_than_the_days_of_confirmation_does_not_decide_unless_it_is_worse():
    assert counted("PR PR PR", days=21) == ["PR", "SD", "SD"]
    assert counted("PR SD PR", days=21) == ["NE", "SD", "SD"]


def test_stable_disease_before_its_days_does_not_count():
    assert counted("SD PD", days=30) == ["NE", "PD"]
    assert counted("PR PD", days=30) == ["NE", "PD"]


def test_with_non_target_disease_only_a_response_not_confirmed_is_no_stable_disease():
    neither = "NON-CR/NON-PD"
    assert counted(f"CR {neither} CR CR") == [neither, neither, "CR", neither]
    assert counted("CR PD", measured=False) == [neither, "PD"]
    assert counted(f"{neither} CR PD", days=30) == ["NE", neither, "PD"]


def test_a_scan_after_new_therapy_confirms_nothing():
    assert counted("PR PR", therapy=83) == ["SD", "SD"]
    assert counted("PR PR", therapy=84) == ["PR", "SD"]


def test_without_confirmation_every_response_counts():
    rules = {**RULES, "confirmation": {"required": False, "days": 28}}
    assert counted("PR PD", rules=rules) == ["PR", "PD"]


# By-hand truth: tables


def scans(*rows: tuple) -> pd.DataFrame:
    """(day, visit, test, lesion, mm or None, result) of one subject."""
    frame = pd.DataFrame(rows, columns=["day", "VISITNUM", "TESTCD", "LESION", "SIZE", "RESULT"])
    return frame.assign(
        USUBJID=pd.Categorical(["01"] * len(rows), categories=["01"]),
        SIZE=frame["SIZE"].astype(float),
        ADT=[START + pd.Timedelta(days=day) for day in frame["day"]],
    )


def course(*rows: tuple) -> list[tuple]:
    made = recist_response(scans(*rows), pd.Series(dtype=object), pd.Series({"01": START}), {})
    return list(zip(made["VISITNUM"], made["AVALC"]))


def test_a_visit_without_non_target_response_left_those_lesions_unevaluated():
    first = (-7, 0, "LDIAM", "T1", 50, "")
    gone = [(42, 3, "LDIAM", "T1", 0, ""), (84, 5, "LDIAM", "T1", 0, "")]
    judged = (84, 5, "NTRGRESP", "", None, "CR")
    assert course(first, *gone) == [(3, "CR"), (5, "CR")]
    assert course(first, *gone, judged) == [(3, "PR"), (5, "CR")]


def test_non_target_disease_at_baseline_that_is_never_judged_keeps_target_cr_from_being_cr():
    first, gone = (-7, 0, "LDIAM", "T1", 50, ""), (42, 3, "LDIAM", "T1", 0, "")
    assert course(first, (-7, 0, "TUMSTATE", "", None, ""), gone) == [(3, "PR")]


def test_patients_with_non_target_disease_only_follow_table_2():
    beside = (-7, 0, "TUMSTATE", "", None, "")
    judged = [
        (42 * k, k, "NTRGRESP", "", None, result)
        for k, result in enumerate(("NON-CR/NON-PD", "CR", "PD"), 1)
    ]
    assert course(beside, *judged) == [(1, "NON-CR/NON-PD"), (2, "CR"), (3, "PD")]
    assert course(beside, (42, 1, "NEWLIND", "", None, "N")) == [(1, "NE")]
    assert course(*judged) == [(1, "NE"), (2, "NE"), (3, "PD")]  # nothing was there at baseline


def test_the_last_scan_by_the_first_dose_is_the_baseline_and_later_lesions_are_no_targets():
    assert course(
        (-30, 0, "LDIAM", "T1", 80, ""),
        (0, 1, "LDIAM", "T1", 50, ""),
        (42, 3, "LDIAM", "T1", 36, ""),
        (42, 3, "LDIAM", "T2", 90, ""),
    ) == [(3, "SD")]


def test_a_new_lesion_is_progression_at_a_visit_without_measurements():
    assert course((-7, 0, "LDIAM", "T1", 50, ""), (42, 3, "NEWLIND", "", None, "Y")) == [(3, "PD")]


def test_a_baseline_needs_a_lesion_with_a_size_by_the_first_dose():
    start = pd.Series({"01": START})
    beside = (0, 0, "TUMSTATE", "", None, "")
    none = (0, 0, "LDIAM", "T1", 0, "")
    for rows, has in (([beside], True), ([beside, none], False), ([(1, *beside[1:])], False)):
        assert measured_baseline(scans(*rows), pd.Series(dtype=object), start, {}).tolist() == [has]
    for row, has in (
        ((0, 0, "LDIAM", "T1", 50, ""), True),
        ((1, 1, "LDIAM", "T1", 50, ""), False),
        ((0, 0, "LDIAM", "T1", 0, ""), False),
    ):
        assert measured_baseline(scans(row), pd.Series(dtype=object), start, {}).tolist() == [has]


def test_the_categories_are_in_order_and_the_last_is_not_evaluable():
    assert recist.CRITERIA.ranks == ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
    assert recist.CRITERIA.responses == ("CR", "PR")
