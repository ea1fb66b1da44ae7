"""ADTTE: times to event with what ended them, by declared rules."""

import numpy as np
import pandas as pd

from analysis.derive.dataset import Dataset, by_subject
from analysis.derive.dates import day_number
from analysis.derive.response import Assessments

PROGRESSION, DEATH = "Progression", "Death"


def time_to_event(raw: dict[str, pd.DataFrame], core: Dataset, responses: Assessments,
                  rule: dict, cutoff: np.datetime64) -> dict[str, pd.DataFrame]:
    """One frame a parameter (PFS_FDA, PFS_EMA, OS, DOR, TTR), indexed by the subject's number.

    Columns: STARTDT, ADT, AVAL (days, the start is day 1), CNSR (0 is an event), EVNTDESC,
    CNSDTDSC. Subjects without a first dose have no row; DOR and TTR hold confirmed responders.
    `rule` is the protocol's schedule of assessments.
    """
    subjects = core.frame.index[core.frame["TRTSDT"].notna()]
    courses = dict(tuple(responses.visits.groupby("subject")))
    contact = last_contact(raw["ss"], cutoff, len(core.frame))
    rows: dict[str, list] = {name: [] for name in ("PFS_FDA", "PFS_EMA", "OS", "DOR", "TTR")}
    for subject in subjects:
        own, best = core.frame.loc[subject], responses.best.frame.loc[subject]
        adequate = _adequate(courses.get(subject), own["TRTSDT"])
        ends = {"FDA": _pfs(adequate, best, own, rule, fda=True),
                "EMA": _pfs(adequate, best, own, rule, fda=False)}
        rows["PFS_FDA"].append((subject, own["TRTSDT"], *ends["FDA"]))
        rows["PFS_EMA"].append((subject, own["TRTSDT"], *ends["EMA"]))
        rows["OS"].append((subject, own["TRTSDT"], *_survival(own, contact[subject])))
        if pd.notna(best["CONFDT"]):
            rows["DOR"].append((subject, best["CONFDT"], *_not_before(ends["FDA"], best["CONFDT"])))
            rows["TTR"].append((subject, own["TRTSDT"], best["CONFDT"], 0, "Response", ""))
    return {name: _frame(rows[name]) for name in rows}


def last_contact(ss: pd.DataFrame, cutoff: np.datetime64, count: int) -> pd.Series:
    """The last day by the cut-off on which each subject was known to be alive; NaT if none."""
    alive = ss[contacts(ss, cutoff)]
    return alive["SSDTC"].groupby(by_subject(alive)).max().reindex(range(count))


def contacts(ss: pd.DataFrame, cutoff: np.datetime64) -> pd.Series:
    """Which rows say, by the cut-off, that the subject is alive."""
    return (ss["SSSTRESC"].astype(object) == "ALIVE") & (ss["SSDTC"] <= cutoff)


def _adequate(visits: pd.DataFrame | None, start: pd.Timestamp) -> list[pd.Timestamp]:
    """Dates of assessable visits, after the start itself."""
    if visits is None:
        return [start]
    return [start, *visits.loc[visits["AVALC"] != "NE", "ADT"]]


def _pfs(adequate: list, best: pd.Series, own: pd.Series, rule: dict, *, fda: bool) -> tuple:
    """End, CNSR and description of progression-free survival.

    Both rules count the first of confirmed progression and death. FDA censors at the last
    adequate assessment before new therapy, or before `missed` or more missed assessments that
    an event follows. EMA counts the event whenever it occurs.
    """
    event = min((date for date in (best["PROGDT"], own["DTHDT"]) if pd.notna(date)), default=None)
    name = PROGRESSION if event is not None and event == best["PROGDT"] else DEATH
    therapy = best["NEWTHDT"] if fda and pd.notna(best["NEWTHDT"]) else None
    if therapy is not None and (event is None or therapy < event):
        last = max((date for date in adequate if date <= therapy), default=adequate[0])
        return last, 2, "", "Last adequate assessment before new therapy"
    if event is None:
        return adequate[-1], 1, "", "Last adequate assessment"
    before = [date for date in adequate if date < event] or adequate[:1]
    allowed = rule["missed"] * rule["interval_days"] + rule["tolerance_days"]
    if fda and (event - before[-1]).days > allowed:
        return before[-1], 3, "", "Last adequate assessment before missed assessments"
    return event, 0, name, ""


def _survival(own: pd.Series, contact: pd.Timestamp) -> tuple:
    if pd.notna(own["DTHDT"]):
        return own["DTHDT"], 0, DEATH, ""
    if pd.isna(contact):
        return own["TRTSDT"], 2, "", "No contact after the first dose"
    return max(contact, own["TRTSDT"]), 1, "", "Last contact"


def _not_before(end: tuple, start: pd.Timestamp) -> tuple:
    """The end of a duration; a censoring before its start becomes the start."""
    return (max(end[0], start), *end[1:])


def _frame(rows: list) -> pd.DataFrame:
    columns = ["subject", "STARTDT", "ADT", "CNSR", "EVNTDESC", "CNSDTDSC"]
    frame = pd.DataFrame(rows, columns=columns).set_index("subject")
    frame["STARTDT"], frame["ADT"] = pd.to_datetime(frame["STARTDT"]), pd.to_datetime(frame["ADT"])
    start, end = frame["STARTDT"].to_numpy(), frame["ADT"].to_numpy()
    frame.insert(2, "AVAL", day_number(end, start))
    return frame.astype({"CNSR": int})
