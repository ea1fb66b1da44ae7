"""Checks of visits against dates."""

from bisect import bisect_right

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, both, found, most_common
from tracedtrial.inputs.queries.tables import Tables

APART = np.timedelta64(35, "D")  # what belongs to one visit is done within so many days
DATES = {"lb": "LBDTC", "rs": "RSDTC", "tr": "TRDTC"}


def _out_of_order(tables: Tables, domain: str) -> pd.Series:
    """The fewest rows without which the dates of each patient rise with the visits."""
    day = DATES[domain]
    frame = tables[domain].sort_values(["USUBJID", "VISITNUM", day], kind="stable")
    bad = np.zeros(len(frame), bool)
    days = frame[day].to_numpy().astype("int64")
    for places in _patients(frame):
        bad[places] = ~_longest_rising(days[places])
    return found(frame, bad, day, visit=frame["VISITNUM"])


def _patients(frame: pd.DataFrame) -> list[np.ndarray]:
    """The places of each patient's rows in a frame sorted by patient."""
    codes = frame["USUBJID"].cat.codes.to_numpy()
    return np.split(np.arange(len(codes)), np.flatnonzero(np.diff(codes)) + 1) if len(codes) else []


def _longest_rising(values: np.ndarray) -> np.ndarray:
    """Which values belong to a longest sequence that never falls.

    Examples
    --------
    >>> _longest_rising(np.array([1, 9, 2, 3])).tolist()
    [True, False, True, True]
    """
    ends: list[int] = []
    places: list[int] = []
    before = np.full(len(values), -1)
    for place, value in enumerate(values.tolist()):
        at = bisect_right(ends, value)
        before[place] = places[at - 1] if at else -1
        ends[at : at + 1], places[at : at + 1] = [value], [place]
    kept = np.zeros(len(values), bool)
    place = places[-1] if places else -1
    while place >= 0:
        kept[place], place = True, before[place]
    return kept


def _visit_apart(tables: Tables) -> pd.Series:
    """Rows far from the middle day of their visit over all tables of visits."""
    frames = [
        tables[domain].assign(day=tables[domain][day])
        for domain, day in DATES.items()
        if domain in tables
    ]
    middle = _middle_days(pd.concat([frame[["USUBJID", "VISITNUM", "day"]] for frame in frames]))
    return both(
        *(
            found(
                frame,
                ((frame["day"] - middle[frame.index]).abs() > APART),
                "day",
                visit=frame["VISITNUM"],
                middle_of_the_visit=middle[frame.index],
            )
            for frame in frames
        )
    )


def _middle_days(rows: pd.DataFrame) -> pd.Series:
    """For each row the middle day of its visit's rows; of an even number the earlier one."""
    rows = rows.sort_values("day", kind="stable")
    by = rows.groupby(["USUBJID", "VISITNUM"], observed=True, sort=False)
    middle = by.cumcount() == (by["day"].transform("size") - 1) // 2
    return rows["day"].where(middle).groupby(by.ngroup()).transform("max")


def _label(tables: Tables) -> pd.Series:
    frames = [tables[domain] for domain in DATES if domain in tables]
    every = pd.concat([frame[["VISITNUM", "VISIT"]].astype({"VISIT": object}) for frame in frames])
    usual = most_common(every["VISIT"], every["VISITNUM"])
    return both(
        *(
            found(
                frame,
                frame["VISIT"].astype(object) != usual[frame.index],
                "VISIT",
                visit=frame["VISITNUM"],
                elsewhere=usual[frame.index],
            )
            for frame in frames
        )
    )


CHECKS = (
    Check(
        "LB-VISIT-ORDER",
        "Samples of a later visit are not taken earlier.",
        ("lb",),
        "LBDTC",
        lambda t: _out_of_order(t, "lb"),
    ),
    Check(
        "RS-VISIT-ORDER",
        "Responses of a later visit are not assessed earlier.",
        ("rs",),
        "RSDTC",
        lambda t: _out_of_order(t, "rs"),
    ),
    Check(
        "TR-VISIT-ORDER",
        "Lesions of a later visit are not measured earlier.",
        ("tr",),
        "TRDTC",
        lambda t: _out_of_order(t, "tr"),
    ),
    Check(
        "VISIT-APART",
        f"What belongs to one visit is done within {APART.astype(int)} days of its middle day.",
        ("rs",),
        "date",
        _visit_apart,
    ),
    Check("VISIT-LABEL", "A visit number has one label throughout.", ("rs",), "VISIT", _label),
)
