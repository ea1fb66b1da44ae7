"""ADRS: response at each visit, confirmed response, best response, best change.

The derived response comes from the laboratory values, with progression by imaging from the
investigator's record; the investigator's own course is kept beside it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.derive.confirmation import best_overall, confirmed_categories
from analysis.derive.criteria.imwg import Criteria
from analysis.derive.dataset import Dataset, by_subject
from analysis.derive.dates import DAY, by_cutoff, first_days, last_days
from analysis.schema.tables import SUBSEQUENT


@dataclass(frozen=True)
class Assessments:
    """Assessments of response.

    `visits` has one row a subject and visit in order of date: subject (number), VISITNUM, ADT,
    AVALC (at the visit), CONFIRMED, CHG, SHOWN (progression by imaging). `best` has one row a
    subject number: BESTRESP, BESTCHG, CONFDT (first confirmed response), PROGDT (first confirmed
    progression), NEWTHDT, NPOST (assessable visits). `visit_of` gives the place in
    `visits` of each record of sources["labs"], -1 for baseline.
    """

    visits: pd.DataFrame
    best: Dataset
    visit_of: np.ndarray


def assessments(raw: dict[str, pd.DataFrame], core: Dataset, criteria: Criteria, cutoff: np.datetime64,
                primary: str) -> Assessments:
    """Response of every subject with a first dose, by the protocol's `primary` source."""
    labs, imaging = _weighed_labs(raw["lb"], core, criteria, cutoff), _by_imaging(raw["rs"], cutoff)
    therapy = _new_therapy(raw["cm"], core, cutoff)
    measurable = raw["sc"][(raw["sc"]["SCTESTCD"] == criteria.measurable)
                           & by_cutoff(raw["sc"]["SCDTC"], cutoff)]
    count = len(core.frame)
    start = core.frame.set_index(core.frame["USUBJID"].astype(object))["TRTSDT"].dropna()
    kind = pd.Series(measurable["SCSTRESC"].to_numpy(object), measurable["USUBJID"].astype(object))
    derived = _visits(labs, imaging, kind, start, core, criteria)
    investigator = _investigator(raw["rs"], core, cutoff)
    visits = derived if primary == "derived" else investigator
    new_therapy = therapy.groupby(by_subject(raw["cm"].loc[therapy.index])).min().reindex(
        range(count))
    visits, best = _confirmed(visits, new_therapy, criteria, count)
    best["USUBJID"] = core.frame["USUBJID"]
    if primary == "derived":
        based = criteria.baseline(labs, kind, start).reindex(core.frame["USUBJID"].astype(object))
        best["NPOST"] = best["NPOST"].where(based.eq(True).to_numpy(), 0)
    sources = {"labs": labs.index.to_numpy(), "imaging": imaging.index.to_numpy(),
               "therapy": therapy.index.to_numpy(), "measurable": measurable.index.to_numpy(),
               "rs": raw["rs"].index[raw["rs"]["RSDTC"] <= cutoff].to_numpy()}
    if primary != "derived":
        sources |= {"labs": sources["rs"], "imaging": sources["rs"][:0]}
    compared = _compared(derived, investigator)
    return Assessments(visits.merge(compared, on=["subject", "VISITNUM"], how="left"),
                       Dataset(best, sources), _visit_of(raw, sources["labs"], visits, core))


def _new_therapy(cm: pd.DataFrame, core: Dataset, cutoff: np.datetime64) -> pd.Series:
    """Start of each subsequent therapy in the time from first dose to cut-off, by record.

    A partial start takes its first day, floored at the first dose.
    """
    first_dose = core.frame["TRTSDT"].to_numpy(DAY)[by_subject(cm)]
    start = np.fmax(first_days(cm["CMSTDTC"]), first_dose)
    later = (last_days(cm["CMSTDTC"]) >= first_dose) & (start <= cutoff)
    chosen = (cm["CMCAT"] == SUBSEQUENT).to_numpy() & later
    return pd.Series(start.astype("datetime64[s]"), cm.index)[chosen]


def _weighed_labs(lb: pd.DataFrame, core: Dataset, criteria: Criteria,
                  cutoff: np.datetime64) -> pd.DataFrame:
    done = (lb["LBSTAT"].astype(object) != "NOT DONE") & (lb["LBDTC"] <= cutoff)
    return lb[done & lb["LBTESTCD"].isin(criteria.tests)].rename(columns={"LBDTC": "ADT"})


def _by_imaging(rs: pd.DataFrame, cutoff: np.datetime64) -> pd.DataFrame:
    return rs[(rs["PDIFL"].astype(object) == "Y") & (rs["RSDTC"] <= cutoff)]


def _visits(labs: pd.DataFrame, imaging: pd.DataFrame, kind: pd.Series, start: pd.Series,
            core: Dataset, criteria: Criteria) -> pd.DataFrame:
    """The criteria's responses, with progression by imaging laid over them."""
    visits = criteria.visit_responses(labs, kind, start)
    visits["subject"] = by_subject(visits)
    shown = pd.DataFrame({"subject": by_subject(imaging), "VISITNUM": imaging["VISITNUM"].to_numpy(),
                          "RSDTC": imaging["RSDTC"].to_numpy(), "SHOWN": True})
    shown = shown[_after_first_dose(shown["RSDTC"], shown["subject"].to_numpy(), core)]
    both = visits.drop(columns="USUBJID").merge(
        shown.drop_duplicates(["subject", "VISITNUM"]), on=["subject", "VISITNUM"], how="outer")
    both["SHOWN"] = both["SHOWN"].eq(True)
    both["ADT"] = both["ADT"].fillna(both["RSDTC"])
    both["AVALC"] = both["AVALC"].where(~both["SHOWN"], "PD")
    return both.drop(columns="RSDTC").sort_values(["subject", "ADT", "VISITNUM"], kind="stable",
                                                  ignore_index=True)


def _after_first_dose(dates: pd.Series, subjects: np.ndarray, core: Dataset) -> np.ndarray:
    return dates.to_numpy() > core.frame["TRTSDT"].to_numpy()[subjects]


def _investigator(rs: pd.DataFrame, core: Dataset, cutoff: np.datetime64) -> pd.DataFrame:
    rs = rs[(rs["RSDTC"] <= cutoff) & _after_first_dose(rs["RSDTC"], by_subject(rs), core)]
    frame = pd.DataFrame({
        "subject": by_subject(rs), "VISITNUM": rs["VISITNUM"], "ADT": rs["RSDTC"],
        "AVALC": rs["RSSTRESC"].astype(object), "CHG": np.nan, "BASE": np.nan,
        "SHOWN": rs["PDIFL"].astype(object) == "Y"})
    return frame.sort_values(["subject", "ADT", "VISITNUM"], kind="stable", ignore_index=True)


def _compared(derived: pd.DataFrame, investigator: pd.DataFrame) -> pd.DataFrame:
    """DERIVED and INVESTIGATOR category of every visit that has both."""
    keys = ["subject", "VISITNUM"]
    return derived[[*keys, "AVALC"]].rename(columns={"AVALC": "DERIVED"}).merge(
        investigator[[*keys, "AVALC"]].rename(columns={"AVALC": "INVESTIGATOR"}).drop_duplicates(
            keys), on=keys)


def _confirmed(visits: pd.DataFrame, new_therapy: pd.Series, criteria: Criteria,
               count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each visit's confirmed category, and each subject's best response and dates."""
    dates, categories = visits["ADT"].to_numpy(), visits["AVALC"].tolist()
    shown, change = visits["SHOWN"].tolist(), visits["CHG"].to_numpy(float)
    responses = set(criteria.ranks[:criteria.ranks.index("PR") + 1])
    subjects = visits["subject"].to_numpy()
    therapy = new_therapy.to_numpy()
    confirmed: list[str] = []
    nothing = (None, np.nan, np.datetime64("NaT"), np.datetime64("NaT"), 0)
    rows = [nothing] * count
    edges = np.flatnonzero(np.diff(subjects, prepend=-1, append=-2))
    for first, last in zip(edges[:-1], edges[1:]):
        subject, own = subjects[first], slice(first, last)
        limit = None if np.isnat(therapy[subject]) else therapy[subject]
        course = confirmed_categories(categories[own], dates[own], limit, shown[own])
        confirmed += course
        rows[subject] = _best(course, categories[own], dates[own], change[own], limit, responses)
    columns = ["BESTRESP", "BESTCHG", "CONFDT", "PROGDT", "NPOST"]
    best = pd.DataFrame(rows, columns=columns, index=range(count))
    best["NEWTHDT"] = new_therapy
    return visits.assign(CONFIRMED=confirmed), best


def _best(course: list[str], categories: list[str], dates: np.ndarray, change: np.ndarray,
          limit: object, responses: set[str]) -> tuple:
    """Best response, best change, first confirmed response, first confirmed PD, visits."""
    place = best_overall(course, dates, limit)
    never = np.datetime64("NaT")
    progression = next((dates[k] for k, c in enumerate(course) if c == "PD"), never)
    counted = [k for k in range(len(course)) if (limit is None or dates[k] <= limit)
               and (np.isnat(progression) or dates[k] <= progression)]
    response = next((dates[k] for k in counted if course[k] in responses), never)
    changes = [change[k] for k in counted if np.isfinite(change[k])]
    assessable = sum(category != "NE" for category in categories)
    return ("NE" if place is None else course[place], min(changes, default=np.nan), response,
            progression, assessable)


def _visit_of(raw: dict[str, pd.DataFrame], records: np.ndarray, visits: pd.DataFrame,
              core: Dataset) -> np.ndarray:
    """Place in `visits` of each weighed record; -1 on or before the first dose."""
    lb, rs = raw["lb"], raw["rs"]
    frame = lb if len(records) == 0 or records[0] in lb.index else rs
    rows = frame.loc[records]
    date = rows["LBDTC" if frame is lb else "RSDTC"].to_numpy()
    owner = by_subject(rows)
    after = date > core.frame["TRTSDT"].to_numpy()[owner]
    place = {key: k for k, key in enumerate(zip(visits["subject"], visits["VISITNUM"]))}
    return np.array([place.get(key, -1) if later else -1 for key, later in zip(
        zip(owner, rows["VISITNUM"]), after)], dtype=int)
