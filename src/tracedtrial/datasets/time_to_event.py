"""ADTTE: times to event with what ended them, by declared rules.

Within this module a date is a whole number of days since 1970, None where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset
from tracedtrial.datasets.dates import DAY
from tracedtrial.datasets.response import Assessments

PROGRESSION, DEATH = "Progression", "Death"
PARAMETERS = ("PFS_FDA", "PFS_EMA", "OS", "DOR", "TTR")  # TTE-2 to TTE-8


@dataclass(frozen=True)
class Course:
    """One subject's dates: start of treatment, adequate assessments from the start on, events."""

    start: int
    adequate: list[int]
    progression: int | None
    death: int | None
    therapy: int | None
    alive: int | None
    response: int | None


@dataclass(frozen=True)
class End:
    """When a time ended, CNSR (0 is an event), and what the event or the censoring was."""

    date: int
    cnsr: int
    event: str = ""
    censoring: str = ""


def time_to_event(
    core: Dataset, responses: Assessments, alive: pd.DataFrame, endpoints: Mapping
) -> dict[str, pd.DataFrame]:
    """One frame a parameter (PFS_FDA, PFS_EMA, OS, DOR, TTR), indexed by the subject's number.

    Columns: STARTDT, ADT, AVAL (days, the start is day 1: TTE-1), CNSR (0 is an event), EVNTDESC,
    CNSDTDSC, DECIDDT (ADT, but of a response's duration the day on which the rule ends it).
    Subjects without a first dose have no row; DOR and TTR hold confirmed responders. `alive` is
    that of `days_alive`, `endpoints` the protocol's entry.
    """
    rows: dict[str, list] = {name: [] for name in PARAMETERS}
    for subject, course in _courses(core, responses, alive).items():
        ends = {
            rule: progression_free(course, endpoints["assessment"], fda=rule == "FDA")
            for rule in ("FDA", "EMA")
        }
        for rule, end in ends.items():
            rows[f"PFS_{rule}"].append((subject, course.start, end))
        rows["OS"].append((subject, course.start, survival(course)))
        if course.response is not None:
            rows["DOR"].append((subject, course.response, ends[endpoints["pfs"]["rule"]]))
            rows["TTR"].append((subject, course.start, End(course.response, 0, "Response")))
    return {name: _frame(rows[name]) for name in PARAMETERS}


def progression_free(course: Course, rule: Mapping, *, fda: bool) -> End:
    """The end of progression-free survival by the FDA or the EMA rule.

    Both count the first of confirmed progression and death (TTE-4). FDA censors at the last
    adequate assessment before new therapy, or before `missed` or more missed assessments that an
    event follows (TTE-5). EMA counts the event whenever it occurs (TTE-6).

    Examples
    --------
    Assessments on days 0, 28 and 56, new therapy on day 60, progression on day 84:

    >>> course = Course(0, [0, 28, 56, 84], 84, None, therapy=60, alive=None, response=None)
    >>> rule = {"interval_days": 28, "tolerance_days": 14, "missed": 2}
    >>> [progression_free(course, rule, fda=fda).date for fda in (True, False)]
    [56, 84]
    """
    events = [date for date in (course.progression, course.death) if date is not None]
    event = min(events, default=None)
    therapy = course.therapy if fda else None
    if therapy is not None and (event is None or therapy < event):
        last = max((date for date in course.adequate if date <= therapy), default=course.start)
        return End(last, 2, censoring="Last adequate assessment before new therapy")
    if event is None:
        return End(course.adequate[-1], 1, censoring="Last adequate assessment")
    before = max((date for date in course.adequate if date < event), default=course.start)
    allowed = rule["missed"] * rule["interval_days"] + rule["tolerance_days"]
    if fda and event - before > allowed:
        return End(before, 3, censoring="Last adequate assessment before missed assessments")
    return End(event, 0, event=PROGRESSION if event == course.progression else DEATH)


def survival(course: Course) -> End:
    """The end of overall survival: death, else the last day known alive (TTE-2).

    Examples
    --------
    >>> course = Course(0, [0], None, None, therapy=None, alive=200, response=None)
    >>> survival(course)
    End(date=200, cnsr=1, event='', censoring='Last known alive')
    """
    if course.death is not None:
        return End(course.death, 0, event=DEATH)
    if course.alive is None:
        return End(course.start, 2, censoring="Not known alive after the first dose")
    return End(max(course.alive, course.start), 1, censoring="Last known alive")


def _courses(core: Dataset, responses: Assessments, alive: pd.DataFrame) -> dict[int, Course]:
    """The course of every subject with a first dose."""
    best = responses.best.frame
    last = alive.groupby("subject")["ADT"].max().reindex(core.frame.index)
    visits = responses.visits[responses.visits["AVALC"] != "NE"]
    adequate: dict[int, list[int]] = {}
    for subject, date in zip(visits["subject"].tolist(), _days(visits["ADT"])):
        adequate.setdefault(subject, []).append(date)
    dates = zip(
        core.frame.index.tolist(),
        *map(
            _days,
            (
                core.frame["TRTSDT"],
                best["PROGDT"],
                core.frame["DTHDT"],
                best["NEWTHDT"],
                last,
                best["CONFDT"],
            ),
        ),
    )
    return {
        subject: Course(start, [start, *adequate.get(subject, [])], *rest)
        for subject, start, *rest in dates
        if start is not None
    }


def _days(dates: pd.Series) -> list[int | None]:
    days = dates.to_numpy(DAY)
    return [
        None if missing else day
        for day, missing in zip(days.astype(np.int64).tolist(), np.isnat(days).tolist())
    ]


def _frame(rows: list[tuple[int, int, End]]) -> pd.DataFrame:
    start = np.array([start for _, start, _ in rows], np.int64)
    decided = np.array([end.date for *_, end in rows], np.int64)
    date = np.maximum(decided, start)  # a duration censored before its start has one day
    return pd.DataFrame(
        {
            "STARTDT": start.astype(DAY).astype("datetime64[s]"),
            "ADT": date.astype(DAY).astype("datetime64[s]"),
            "AVAL": (date - start + 1).astype(float),
            "CNSR": np.array([end.cnsr for *_, end in rows], int),
            "EVNTDESC": np.array([end.event for *_, end in rows], object),
            "CNSDTDSC": np.array([end.censoring for *_, end in rows], object),
            "DECIDDT": decided.astype(DAY).astype("datetime64[s]"),
        },
        index=pd.Index([subject for subject, *_ in rows], name="subject", dtype=int),
    )
