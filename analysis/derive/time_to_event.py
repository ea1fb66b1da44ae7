"""ADTTE: times to event with what ended them, by declared rules.

Within this module a date is a whole number of days since 1970, None where there is none.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.derive.dataset import Dataset, by_subject
from analysis.derive.dates import DAY
from analysis.derive.response import Assessments

PROGRESSION, DEATH = "Progression", "Death"
PARAMETERS = ("PFS_FDA", "PFS_EMA", "OS", "DOR", "TTR")


@dataclass(frozen=True)
class Course:
    """One subject's dates: start of treatment, adequate assessments from the start on, events."""

    start: int
    adequate: list[int]
    progression: int | None
    death: int | None
    therapy: int | None
    contact: int | None
    response: int | None


@dataclass(frozen=True)
class End:
    """When a time ended, CNSR (0 is an event), and what the event or the censoring was."""

    date: int
    cnsr: int
    event: str = ""
    censoring: str = ""


def time_to_event(raw: dict[str, pd.DataFrame], core: Dataset, responses: Assessments,
                  rule: dict, cutoff: np.datetime64) -> dict[str, pd.DataFrame]:
    """One frame a parameter (PFS_FDA, PFS_EMA, OS, DOR, TTR), indexed by the subject's number.

    Columns: STARTDT, ADT, AVAL (days, the start is day 1), CNSR (0 is an event), EVNTDESC,
    CNSDTDSC. Subjects without a first dose have no row; DOR and TTR hold confirmed responders.
    `rule` is the protocol's schedule of assessments.
    """
    rows: dict[str, list] = {name: [] for name in PARAMETERS}
    for subject, course in _courses(raw, core, responses, cutoff).items():
        fda = progression_free(course, rule, fda=True)
        rows["PFS_FDA"].append((subject, course.start, fda))
        rows["PFS_EMA"].append((subject, course.start, progression_free(course, rule, fda=False)))
        rows["OS"].append((subject, course.start, survival(course)))
        if course.response is not None:
            rows["DOR"].append((subject, course.response, _not_before(fda, course.response)))
            rows["TTR"].append((subject, course.start, End(course.response, 0, "Response")))
    return {name: _frame(rows[name]) for name in PARAMETERS}


def contacts(ss: pd.DataFrame, cutoff: np.datetime64) -> pd.Series:
    """Which rows say, by the cut-off, that the subject is alive."""
    return (ss["SSSTRESC"].astype(object) == "ALIVE") & (ss["SSDTC"] <= cutoff)


def progression_free(course: Course, rule: dict, *, fda: bool) -> End:
    """The end of progression-free survival by the FDA or the EMA rule.

    Both count the first of confirmed progression and death. FDA censors at the last adequate
    assessment before new therapy, or before `missed` or more missed assessments that an event
    follows. EMA counts the event whenever it occurs.

    Examples
    --------
    Assessments on days 0, 28 and 56, new therapy on day 60, progression on day 84:

    >>> course = Course(0, [0, 28, 56, 84], 84, None, therapy=60, contact=None, response=None)
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
    """The end of overall survival: death, else the last contact by the cut-off.

    Examples
    --------
    >>> course = Course(0, [0], None, None, therapy=None, contact=200, response=None)
    >>> survival(course)
    End(date=200, cnsr=1, event='', censoring='Last contact')
    """
    if course.death is not None:
        return End(course.death, 0, event=DEATH)
    if course.contact is None:
        return End(course.start, 2, censoring="No contact after the first dose")
    return End(max(course.contact, course.start), 1, censoring="Last contact")


def _courses(raw: dict[str, pd.DataFrame], core: Dataset, responses: Assessments,
             cutoff: np.datetime64) -> dict[int, Course]:
    """The course of every subject with a first dose."""
    best, alive = responses.best.frame, raw["ss"][contacts(raw["ss"], cutoff)]
    contact = alive["SSDTC"].groupby(by_subject(alive)).max().reindex(core.frame.index)
    visits = responses.visits[responses.visits["AVALC"] != "NE"]
    adequate: dict[int, list[int]] = {}
    for subject, date in zip(visits["subject"].tolist(), _days(visits["ADT"])):
        adequate.setdefault(subject, []).append(date)
    dates = zip(core.frame.index.tolist(), *map(_days, (
        core.frame["TRTSDT"], best["PROGDT"], core.frame["DTHDT"], best["NEWTHDT"], contact,
        best["CONFDT"])))
    return {subject: Course(start, [start, *adequate.get(subject, [])], *rest)
            for subject, start, *rest in dates if start is not None}


def _days(dates: pd.Series) -> list[int | None]:
    days = dates.to_numpy(DAY)
    return [None if missing else day for day, missing in zip(
        days.astype(np.int64).tolist(), np.isnat(days).tolist())]


def _not_before(end: End, start: int) -> End:
    """The end of a duration; a censoring before its start becomes the start."""
    return End(max(end.date, start), end.cnsr, end.event, end.censoring)


def _frame(rows: list[tuple[int, int, End]]) -> pd.DataFrame:
    start = np.array([start for _, start, _ in rows], np.int64)
    date = np.array([end.date for *_, end in rows], np.int64)
    return pd.DataFrame({
        "STARTDT": start.astype(DAY).astype("datetime64[s]"),
        "ADT": date.astype(DAY).astype("datetime64[s]"), "AVAL": (date - start + 1).astype(float),
        "CNSR": np.array([end.cnsr for *_, end in rows], int),
        "EVNTDESC": np.array([end.event for *_, end in rows], object),
        "CNSDTDSC": np.array([end.censoring for *_, end in rows], object),
    }, index=pd.Index([subject for subject, *_ in rows], name="subject", dtype=int))
