"""ADAE: where a partial start falls, and which events are treatment-emergent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracedtrial.datasets.adverse_events import adverse_events
from tracedtrial.datasets.dataset import Dataset

CUTOFF = np.datetime64("2016-11-30", "s")
RULE = {"days_after_last_dose": 30, "gap_days": 1, "worse_than": "last"}


def core(first: str | None = "2014-06-10", last: str | None = "2014-09-20") -> Dataset:
    """One subject with a first and a last dose."""
    return Dataset(
        pd.DataFrame({"TRTSDT": pd.to_datetime([first]), "TRTEDT": pd.to_datetime([last])})
    )


def derived(
    *starts: str, subject: Dataset | None = None, cutoff: np.datetime64 = CUTOFF, days: int = 30
) -> pd.DataFrame:
    """Events of different terms that start on these days, with record numbers from 100."""
    rows = [(f"Term {start}", 3, start, "") for start in starts]
    return of_rows(
        *rows, subject=subject, cutoff=cutoff, rule={**RULE, "days_after_last_dose": days}
    )


def of_rows(
    *rows: tuple, subject: Dataset | None = None, cutoff: np.datetime64 = CUTOFF, rule: dict = RULE
) -> pd.DataFrame:
    """Rows (term, grade, start, end) of one subject, with record numbers from 100."""
    ae = pd.DataFrame(rows, columns=["AEDECOD", "AETOXGR", "AESTDTC", "AEENDTC"])
    ae = ae.assign(
        USUBJID=pd.Categorical(["01"] * len(rows), categories=["01"]),
        AESEQ=[float(k + 1) for k in range(len(rows))],
        AEBODSYS="General",
        AETOXGR=ae["AETOXGR"].astype(str),
        AESER="N",
        AEREL="RELATED",
        AEACN="DOSE NOT CHANGED",
        AEOUT="RECOVERED/RESOLVED",
        AEDLTFL="N",
    )
    ae.index = range(100, 100 + len(rows))
    return adverse_events(ae, core() if subject is None else subject, cutoff, rule).frame


def flags(*rows: tuple, column: str = "TRTEMFL", **other: object) -> str:
    """Y or N for each row of one term: (grade, start, end)."""
    frame = of_rows(*(("Fatigue", *row) for row in rows), **other)
    return "".join("NY"[int(flag)] for flag in frame[column])


# By-hand truth


@pytest.mark.parametrize(
    "text, start, flag",
    [
        ("2014-07-03", "2014-07-03", ""),
        ("2014-07", "2014-07-01", "D"),
        ("2014-06", "2014-06-10", "D"),  # the month of the first dose: floored at it
        ("2014", "2014-06-10", "M"),  # its year
        ("2014-05", "2014-05-01", "D"),  # the month before: over before the first dose
        ("2013", "2013-01-01", "M"),
        ("2015", "2015-01-01", "M"),
        ("2014-06-09", "2014-06-09", ""),  # a full date is taken as it is
    ],
)
def test_a_partial_start_takes_its_first_day_floored_at_the_first_dose(text, start, flag):
    frame = derived(text)
    assert frame["ASTDT"].astype(str).tolist() == [start]
    assert frame["ASTDTF"].tolist() == [flag]


@pytest.mark.parametrize(
    "text, emergent",
    [
        ("2014-06-09", False),
        ("2014-06-10", True),
        ("2014-09-20", True),
        ("2014-10-20", True),
        ("2014-10-21", False),
        ("2014-05", False),
        ("2014-06", True),
        ("2014", True),
        ("2014-10", True),
        ("2014-11", False),
        ("2015", False),
    ],
)
def test_an_event_is_emergent_from_the_first_dose_to_30_days_after_the_last(text, emergent):
    assert derived(text)["TRTEMFL"].tolist() == [emergent]


def test_the_days_after_the_last_dose_are_the_protocols():
    assert derived("2014-09-20", "2014-09-21", days=0)["TRTEMFL"].tolist() == [True, False]
    assert derived("2014-11-04", "2014-11-05", days=45)["TRTEMFL"].tolist() == [True, False]


def test_the_first_dose_is_study_day_one_and_the_day_before_it_minus_one():
    assert derived("2014-06-09", "2014-06-10", "2014-07-07")["ASTDY"].tolist() == [-1, 1, 28]


def test_an_event_that_ended_before_the_first_dose_is_not_emergent_however_partial_its_start():
    assert of_rows(
        ("A", 3, "2014-06", "2014-06-09"),
        ("B", 3, "2014", "2014-05"),
        ("C", 3, "2014-06", "2014-06"),
        ("D", 3, "2014-06", "2014-06-10"),
    )[["ASTDT", "TRTEMFL"]].astype(str).to_numpy().tolist() == [
        ["2014-06-01", "False"],
        ["2014-01-01", "False"],
        ["2014-06-10", "True"],
        ["2014-06-10", "True"],
    ]


def test_what_improves_or_stays_as_it_was_before_the_first_dose_is_not_emergent():
    before = (2, "2014-06-01", "2014-06-20")
    assert flags(before, (1, "2014-06-20", "")) == "NN"
    assert flags(before, (2, "2014-06-20", "")) == "NN"
    assert flags(before, (1, "2014-06-20", "2014-07-01"), (2, "2014-07-01", "")) == "NNN"


def test_what_gets_worse_than_before_the_first_dose_is_emergent_from_then_on():
    rows = [
        (2, "2014-06-01", "2014-06-20"),
        (3, "2014-06-20", "2014-07-01"),
        (2, "2014-07-01", "2014-07-10"),
        (4, "2014-07-10", ""),
    ]
    assert flags(*rows) == "NYYY"
    assert flags(*rows, column="EVENTFL") == "NYNY"


def test_a_day_without_the_event_parts_two_events():
    before = (2, "2014-06-01", "2014-06-20")
    assert flags(before, (2, "2014-06-21", "")) == "NN"
    assert flags(before, (2, "2014-06-22", "")) == "NY"
    assert flags(before, (2, "2014-06-21", ""), rule={**RULE, "gap_days": 0}) == "NY"


def test_what_counts_as_worse_is_the_protocols():
    rows = [(3, "2014-05-01", "2014-06-01"), (1, "2014-06-01", "2014-06-20"), (2, "2014-06-20", "")]
    assert flags(*rows) == "NNY"
    assert flags(*rows, rule={**RULE, "worse_than": "highest"}) == "NNN"


def test_rows_of_other_terms_and_orders_leave_each_other_alone():
    late, early = ("Fatigue", 3, "2014-06-20", ""), ("Fatigue", 2, "2014-06-01", "2014-06-20")
    assert of_rows(late, ("Nausea", 1, "2014-06-21", ""), early)["TRTEMFL"].tolist() == [
        True,
        True,
        False,
    ]
    assert of_rows(late, early)["EVNTROW"].tolist() == [2, 1]


def test_an_improvement_of_an_emergent_event_is_emergent_and_no_further_event():
    rows = [(3, "2014-06-20", "2014-07-01"), (1, "2014-07-01", "")]
    assert (flags(*rows), flags(*rows, column="EVENTFL")) == ("YY", "YN")


def test_an_event_after_the_cut_off_counts_nowhere():
    frame = derived("2014-07-01", "2014-07-02", "2014-07", cutoff=np.datetime64("2014-07-01", "s"))
    assert frame.index.tolist() == [100, 102]
    assert frame["TRTEMFL"].all()


def test_no_event_of_a_subject_without_a_dose_is_emergent():
    frame = derived("2014-06-10", "2014", subject=core(None, None))
    assert not frame["TRTEMFL"].any()
    assert frame["ASTDY"].isna().all()


def test_each_event_keeps_its_record_number_and_names_its_source():
    frame = derived("2014-07-01", "2014-05-01")
    assert frame.index.tolist() == [100, 101]
    assert frame[["SRCDOM", "SRCSEQ"]].to_numpy().tolist() == [["AE", 1], ["AE", 2]]


def test_the_emergent_events_are_the_named_source():
    ae = derived("2014-07-01", "2014-05-01", "2014-08")
    assert ae.index[ae["TRTEMFL"]].tolist() == [100, 102]


def test_no_event_gives_no_row():
    frame = derived()
    assert len(frame) == 0 and "TRTEMFL" in frame


# Property


@settings(deadline=None, max_examples=50)
@given(
    st.dates(pd.Timestamp("2013-01-01").date(), pd.Timestamp("2016-11-30").date()),
    st.sampled_from([4, 7]),
)
def test_an_imputed_start_is_the_first_possible_day_that_is_not_before_the_first_dose(day, length):
    text = day.isoformat()[:length]
    start = derived(text)["ASTDT"].astype(str).iloc[0]
    assert start.startswith(text)
    possible = [
        d
        for d in pd.date_range("2013-01-01", "2016-12-31").strftime("%Y-%m-%d")
        if d.startswith(text)
    ]
    assert start == min(
        [d for d in possible if d >= "2014-06-10"] or possible, key=lambda d: (d < "2014-06-10", d)
    )
