"""`tracedtrial.statistics.adverse_events`: patients and events by term, class and grade."""

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from tracedtrial.statistics import adverse_event_counts

COLUMNS = ["USUBJID", "ARM", "AEBODSYS", "AEDECOD", "AETOXGR"]
TERMS = {"Anemia": "Blood", "Neutropenia": "Blood", "Pneumonia": "Infections"}
generated = settings(derandomize=True, deadline=None, max_examples=60)


def frame(rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype({"AETOXGR": "int64"})


EVENTS = frame(
    [
        ("01", "A", "Blood", "Anemia", 1),
        ("01", "A", "Blood", "Anemia", 3),
        ("01", "A", "Blood", "Anemia", 3),
        ("01", "A", "Blood", "Neutropenia", 4),
        ("02", "B", "Blood", "Anemia", 2),
        ("02", "B", "Infections", "Pneumonia", 3),
        ("03", "B", "Infections", "Pneumonia", 3),
    ]
)


def rows_of(counts, *keys):
    """{cell and grade: (patients at their highest grade, patients of any grade, events)}."""
    keys = [*keys, "AEBODSYS", "AEDECOD", "AETOXGR"]
    plain = counts.astype(object).where(counts.notna(), None)
    return {
        tuple(row[key] for key in keys): (
            row["patients_highest_grade"],
            row["patients_any_grade"],
            row["events"],
        )
        for row in plain.to_dict("records")
    }


def naive_counts(events):
    """The same by walking through the rows, with sets and maxima."""
    highest, recorded = defaultdict(dict), Counter()
    for row in events.itertuples(index=False):
        for cell in [(None, None), (row.AEBODSYS, None), (row.AEBODSYS, row.AEDECOD)]:
            patients = highest[cell]
            patients[row.USUBJID] = max(patients.get(row.USUBJID, 0), row.AETOXGR)
            recorded.update([(*cell, row.AETOXGR), (*cell, "any")])
    table = {}
    for (*cell, grade), number in recorded.items():
        patients = highest[tuple(cell)]
        at_grade = [grade in ("any", worst) for worst in patients.values()]
        table[(*cell, grade)] = sum(at_grade), len(patients), number
    return table


@st.composite
def adverse_events(draw):
    event = st.tuples(
        st.sampled_from(["01", "02", "03", "04"]),
        st.sampled_from("AB"),
        st.sampled_from(list(TERMS)),
        st.integers(1, 5),
    )
    rows = draw(st.lists(event, max_size=25))
    return frame([(patient, arm, TERMS[term], term, grade) for patient, arm, term, grade in rows])


# By hand


def test_a_patient_counts_once_at_the_highest_grade_within_each_level():
    assert rows_of(adverse_event_counts(EVENTS)) == {
        (None, None, "any"): (3, 3, 7),
        (None, None, 1): (0, 3, 1),
        (None, None, 2): (0, 3, 1),
        (None, None, 3): (2, 3, 4),
        (None, None, 4): (1, 3, 1),
        ("Blood", None, "any"): (2, 2, 5),
        ("Blood", None, 1): (0, 2, 1),
        ("Blood", None, 2): (1, 2, 1),
        ("Blood", None, 3): (0, 2, 2),
        ("Blood", None, 4): (1, 2, 1),
        ("Infections", None, "any"): (2, 2, 2),
        ("Infections", None, 3): (2, 2, 2),
        ("Blood", "Anemia", "any"): (2, 2, 4),
        ("Blood", "Anemia", 1): (0, 2, 1),
        ("Blood", "Anemia", 2): (1, 2, 1),
        ("Blood", "Anemia", 3): (1, 2, 2),
        ("Blood", "Neutropenia", "any"): (1, 1, 1),
        ("Blood", "Neutropenia", 4): (1, 1, 1),
        ("Infections", "Pneumonia", "any"): (2, 2, 2),
        ("Infections", "Pneumonia", 3): (2, 2, 2),
    }


def test_rows_are_sorted_by_level_keys_and_grade():
    counts = adverse_event_counts(EVENTS)
    assert counts.columns.tolist() == [
        "level",
        "AEBODSYS",
        "AEDECOD",
        "AETOXGR",
        "patients_highest_grade",
        "patients_any_grade",
        "events",
    ]
    assert counts["level"].drop_duplicates().tolist() == ["overall", "AEBODSYS", "AEDECOD"]
    terms = counts.loc[counts["AETOXGR"] == "any", "AEDECOD"].dropna()
    assert terms.tolist() == ["Anemia", "Neutropenia", "Pneumonia"]
    assert counts["AETOXGR"].head(5).tolist() == ["any", 1, 2, 3, 4]


def test_a_group_is_counted_as_if_it_were_alone():
    grouped = rows_of(adverse_event_counts(EVENTS, group="ARM"), "ARM")
    apart = {
        (arm, *cell): numbers
        for arm, events in EVENTS.groupby("ARM")
        for cell, numbers in rows_of(adverse_event_counts(events)).items()
    }
    assert grouped == apart


def test_keys_may_be_one_or_none():
    whole = adverse_event_counts(EVENTS)
    terms = adverse_event_counts(EVENTS, by=["AEDECOD"])
    overall = adverse_event_counts(EVENTS, by=[])
    measured = ["AETOXGR", "patients_highest_grade", "patients_any_grade", "events"]
    for level in ("overall", "AEDECOD"):
        expected = whole.loc[whole["level"] == level, measured].reset_index(drop=True)
        found = terms.loc[terms["level"] == level, measured].reset_index(drop=True)
        assert_frame_equal(found, expected)
    assert overall["level"].unique() == ["overall"]


def test_without_events_there_is_no_row():
    assert adverse_event_counts(EVENTS.iloc[:0]).empty
    assert adverse_event_counts(EVENTS.iloc[:0], group="ARM").columns[0] == "ARM"


def test_ordered_categories_rank_as_declared():
    severity = pd.CategoricalDtype(["SLIGHT", "MODERATE", "GRAVE"], ordered=True)
    events = EVENTS.assign(AESEV=pd.Categorical.from_codes(EVENTS["AETOXGR"] // 2, dtype=severity))
    counts = adverse_event_counts(events, by=[], grade="AESEV")
    assert counts["AESEV"].tolist() == ["any", "SLIGHT", "MODERATE", "GRAVE"]
    assert counts["patients_highest_grade"].tolist() == [3, 0, 2, 1]


def test_the_frame_is_left_as_it_was():
    before = EVENTS.copy()
    adverse_event_counts(EVENTS, group="ARM")
    assert_frame_equal(EVENTS, before)


# Properties


@given(adverse_events())
@generated
def test_counts_are_those_of_walking_through_the_rows(events):
    assert rows_of(adverse_event_counts(events)) == naive_counts(events)


@given(adverse_events(), st.integers(0, 2**32 - 1))
@generated
def test_the_order_of_the_rows_does_not_matter(events, seed):
    shuffled = events.sample(frac=1, random_state=seed)
    expected = adverse_event_counts(events, group="ARM")
    assert_frame_equal(adverse_event_counts(shuffled, group="ARM"), expected)


@given(adverse_events())
@generated
def test_splitting_an_event_into_rows_adds_events_and_no_patient(events):
    once = adverse_event_counts(events)
    thrice = adverse_event_counts(pd.concat([events] * 3))
    assert_frame_equal(thrice.assign(events=thrice["events"] // 3), once)


@given(adverse_events())
@generated
def test_grades_add_up_to_any_grade_and_patients_never_exceed_them(events):
    cells = defaultdict(dict)
    for (*cell, grade), numbers in rows_of(adverse_event_counts(events)).items():
        cells[tuple(cell)][grade] = numbers
    for grades in cells.values():
        highest, patients, recorded = grades.pop("any")
        assert sum(at_grade[0] for at_grade in grades.values()) == highest == patients
        assert sum(at_grade[2] for at_grade in grades.values()) == recorded
        assert {at_grade[1] for at_grade in grades.values()} == {patients}
        assert patients <= min(recorded, events["USUBJID"].nunique())
        assert all(at_grade[2] > 0 for at_grade in grades.values())


def test_a_larger_frame_counts_as_pandas_does():
    rng = np.random.default_rng(20161130)
    term = rng.integers(0, 60, 5000)
    events = pd.DataFrame(
        {
            "USUBJID": rng.integers(0, 300, 5000),
            "AEBODSYS": term // 10,
            "AEDECOD": term,
            "AETOXGR": rng.integers(1, 6, 5000),
        }
    )
    counts = adverse_event_counts(events)
    is_any = counts[counts["AETOXGR"] == "any"]
    terms = is_any[is_any["level"] == "AEDECOD"].set_index("AEDECOD")["patients_any_grade"]
    expected = events.groupby("AEDECOD")["USUBJID"].nunique()
    assert terms.to_dict() == expected.to_dict()


# Refusals


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"grade": "AETOXGRN"}, "events must have one column 'AETOXGRN', but got 0"),
        ({"by": "AEDECOD"}, "by must be a sequence of columns, but got 'AEDECOD'"),
        ({"by": ["AEDECOD"] * 2}, "a column must have one role, but got 'AEDECOD' twice"),
        ({"group": "USUBJID"}, "a column must have one role, but got 'USUBJID' twice"),
        ({"group": "level"}, "a column must not be named as a result, but got 'level'"),
    ],
)
def test_columns_that_cannot_be_counted_are_refused(changes, message):
    with pytest.raises(ValueError) as refused:
        adverse_event_counts(EVENTS.assign(level=1), **changes)
    assert str(refused.value) == message


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_values_are_refused(column):
    events = EVENTS.astype({column: object}).copy()
    events.loc[[2, 5], column] = None
    with pytest.raises(ValueError) as refused:
        adverse_event_counts(events, group="ARM")
    message = f"{column} must not be missing, but got None (index 2; 2 in all)"
    assert str(refused.value) == message


def test_grades_of_two_kinds_are_refused():
    events = EVENTS.astype({"AETOXGR": object})
    events.loc[3, "AETOXGR"] = "4"
    with pytest.raises(ValueError) as refused:
        adverse_event_counts(events)
    assert str(refused.value) == "AETOXGR must hold values of one kind, but got int and str"
