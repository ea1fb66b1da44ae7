"""ADRS: response at each visit, confirmed response, best response, best change.

The derived response comes from what the criteria measure, with progression by imaging from the
investigator's record where the criteria accept it; the investigator's own course is kept beside
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracedtrial.datasets.criteria.criteria import Course, Criteria, best_overall, counted_places
from tracedtrial.datasets.dataset import NOTHING, Dataset, by_subject
from tracedtrial.datasets.dates import DAY, by_cutoff, imputed_starts, last_days
from tracedtrial.inputs.schema.tables import SUBSEQUENT


@dataclass(frozen=True)
class Assessments:
    """Assessments of response.

    `visits` has one row a subject and visit in order of date: subject (number), VISITNUM, ADT,
    AVALC (at the visit), CONFIRMED, RESPONDER (confirmed as a response), DECIDEDBY (place of the
    visit that confirmed it or did not, -1 where none was asked), CHG, SHOWN (progression by
    imaging), SERVING (record of another visit that its response rests on). `best` has one row a
    subject number: BESTRESP, BESTCHG, CONFDT (first confirmed response), PROGDT (first confirmed
    progression), NEWTHDT, NPOST (assessable visits). `visit_of` gives the place in `visits` of
    each record of sources["weighed"], -1 for baseline.
    """

    visits: pd.DataFrame
    best: Dataset
    visit_of: np.ndarray

    @property
    def serving(self) -> tuple[np.ndarray, np.ndarray]:
        """Places in `visits`, and the records that serve them beside their own."""
        places = np.flatnonzero(self.visits["SERVING"].notna())
        return places, self.visits["SERVING"].to_numpy()[places].astype(np.int64)


def assessments(
    raw: Mapping[str, pd.DataFrame],
    core: Dataset,
    criteria: Criteria,
    cutoff: np.datetime64,
    response: Mapping,
) -> Assessments:
    """Response of every subject with a first dose, by the protocol's `response` entry."""
    primary, rs = response["primary"]["value"], _overall(raw["rs"], cutoff)
    labs, imaging = criteria.weighed(raw, cutoff), _by_imaging(rs, criteria)
    therapy = _new_therapy(raw["cm"], core, cutoff)
    measurable = _measurable(raw.get("sc"), criteria, cutoff)
    count = len(core.frame)
    start = core.frame.set_index(core.frame["USUBJID"].astype(object))["TRTSDT"].dropna()
    kind = pd.Series(measurable["SCSTRESC"].to_numpy(object), measurable["USUBJID"].astype(object))
    found = criteria.visit_responses(labs, kind, start, response)
    derived = _with_imaging(found, imaging, core)
    investigator = _investigator(rs, imaging, core)
    visits = derived if primary == "derived" else investigator
    new_therapy = (
        therapy.groupby(by_subject(raw["cm"].loc[therapy.index])).min().reindex(range(count))
    )
    visits, best = _confirmed(visits, new_therapy, core, criteria, response)
    best["USUBJID"] = core.frame["USUBJID"]
    if primary == "derived":
        based = criteria.baseline(labs, kind, start, response).reindex(
            core.frame["USUBJID"].astype(object)
        )
        best["NPOST"] = best["NPOST"].where(based.eq(True).to_numpy(), 0)
    sources = {
        "weighed": labs.index.to_numpy(),
        "imaging": imaging.index.to_numpy(),
        "therapy": therapy.index.to_numpy(),
        "measurable": measurable.index.to_numpy(),
        "rs": rs.index.to_numpy(),
    }
    if primary != "derived":
        labs = rs.rename(columns={"RSDTC": "ADT"})
        sources |= {"weighed": sources["rs"], "imaging": sources["rs"][:0]}
    compared = _compared(derived, investigator)
    return Assessments(
        visits.merge(compared, on=["subject", "VISITNUM"], how="left"),
        Dataset(best, sources),
        _visit_of(labs, visits, core),
    )


def _measurable(sc: pd.DataFrame | None, criteria: Criteria, cutoff: np.datetime64) -> pd.DataFrame:
    """The rows that tell the kind of measurable disease; none where the criteria do not ask."""
    if sc is None or criteria.measurable is None:
        return pd.DataFrame({"USUBJID": [], "SCSTRESC": []}, index=NOTHING)
    return sc[(sc["SCTESTCD"] == criteria.measurable) & by_cutoff(sc["SCDTC"], cutoff)]


def _overall(rs: pd.DataFrame, cutoff: np.datetime64) -> pd.DataFrame:
    """The investigator's overall responses by the cut-off."""
    return rs[(rs["RSTESTCD"].astype(object) == "OVRLRESP") & (rs["RSDTC"] <= cutoff)]


def _new_therapy(cm: pd.DataFrame, core: Dataset, cutoff: np.datetime64) -> pd.Series:
    """Start of each subsequent therapy in the time from first dose to cut-off, by record.

    A partial start is imputed (DATE-2); what began or ended before the first dose is none
    (DATE-6).
    """
    first_dose = core.frame["TRTSDT"].to_numpy(DAY)[by_subject(cm)]
    start = imputed_starts(cm["CMSTDTC"], cm["CMENDTC"], first_dose)
    over = last_days(cm["CMENDTC"]) < first_dose
    later = (start >= first_dose) & ~over & (start <= cutoff)
    chosen = (cm["CMCAT"] == SUBSEQUENT).to_numpy() & later
    return pd.Series(start.astype("datetime64[s]"), cm.index)[chosen]


def _by_imaging(rs: pd.DataFrame, criteria: Criteria) -> pd.DataFrame:
    """Progressions that were shown by imaging alone, where the criteria accept these."""
    return rs[rs["PDIFL"].astype(object) == "Y"] if criteria.asks.imaging else rs[:0]


def _with_imaging(visits: pd.DataFrame, imaging: pd.DataFrame, core: Dataset) -> pd.DataFrame:
    """The criteria's responses, with progression by imaging laid over them."""
    visits = visits.assign(subject=by_subject(visits))
    shown = pd.DataFrame(
        {
            "subject": by_subject(imaging),
            "VISITNUM": imaging["VISITNUM"].to_numpy(),
            "RSDTC": imaging["RSDTC"].to_numpy(),
            "SHOWN": True,
        }
    )
    shown = shown[_after_first_dose(shown["RSDTC"], shown["subject"].to_numpy(), core)]
    both = visits.drop(columns="USUBJID").merge(
        shown.drop_duplicates(["subject", "VISITNUM"]), on=["subject", "VISITNUM"], how="outer"
    )
    both["SHOWN"] = both["SHOWN"].eq(True)
    both["SERVING"] = both["SERVING"].mask(both["SHOWN"]) if "SERVING" in both else np.nan
    both["ADT"] = both["ADT"].fillna(both["RSDTC"])
    both["AVALC"] = both["AVALC"].where(~both["SHOWN"], "PD")
    return both.drop(columns="RSDTC").sort_values(
        ["subject", "ADT", "VISITNUM"], kind="stable", ignore_index=True
    )


def _after_first_dose(dates: pd.Series, subjects: np.ndarray, core: Dataset) -> np.ndarray:
    return dates.to_numpy() > core.frame["TRTSDT"].to_numpy()[subjects]


def _investigator(rs: pd.DataFrame, imaging: pd.DataFrame, core: Dataset) -> pd.DataFrame:
    rs = rs[_after_first_dose(rs["RSDTC"], by_subject(rs), core)]
    frame = pd.DataFrame(
        {
            "subject": by_subject(rs),
            "VISITNUM": rs["VISITNUM"],
            "ADT": rs["RSDTC"],
            "AVALC": rs["RSSTRESC"].astype(object),
            "CHG": np.nan,
            "BASE": np.nan,
            "SERVING": np.nan,
            "SHOWN": rs.index.isin(imaging.index),
        }
    )
    return frame.sort_values(["subject", "ADT", "VISITNUM"], kind="stable", ignore_index=True)


def _compared(derived: pd.DataFrame, investigator: pd.DataFrame) -> pd.DataFrame:
    """DERIVED and INVESTIGATOR category of every visit that has both."""
    keys = ["subject", "VISITNUM"]
    return (
        derived[[*keys, "AVALC"]]
        .rename(columns={"AVALC": "DERIVED"})
        .merge(
            investigator[[*keys, "AVALC"]]
            .rename(columns={"AVALC": "INVESTIGATOR"})
            .drop_duplicates(keys),
            on=keys,
        )
    )


def _confirmed(
    visits: pd.DataFrame, new_therapy: pd.Series, core: Dataset, criteria: Criteria, rules: Mapping
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each visit's confirmed category, and each subject's best response and dates."""
    dates, categories = visits["ADT"].to_numpy(), visits["AVALC"].tolist()
    shown, change = visits["SHOWN"].tolist(), visits["CHG"].to_numpy(float)
    base = visits["BASE"].to_numpy(float)
    subjects, start = visits["subject"].to_numpy(), core.frame["TRTSDT"].to_numpy()
    therapy, count = new_therapy.to_numpy(), len(core.frame)
    confirmed: list[str] = []
    decided: list[int] = []
    nothing = (None, np.nan, np.datetime64("NaT"), np.datetime64("NaT"), 0)
    rows = [nothing] * count
    edges = np.flatnonzero(np.diff(subjects, prepend=-1, append=-2))
    for first, last in zip(edges[:-1], edges[1:]):
        subject, own = subjects[first], slice(first, last)
        course = Course(
            categories[own],
            dates[own],
            start[subject],
            None if np.isnat(therapy[subject]) else therapy[subject],
            shown[own],
            not (base[own] == 0).any(),
        )
        counted = criteria.confirmed(course, rules)
        confirmed += [visit.category for visit in counted]
        decided += [first + v.decided_by if v.decided_by >= 0 else -1 for v in counted]
        rows[subject] = _best(confirmed[own], course, change[own], criteria)
    columns = ["BESTRESP", "BESTCHG", "CONFDT", "PROGDT", "NPOST"]
    best = pd.DataFrame(rows, columns=columns, index=range(count))
    best["NEWTHDT"] = new_therapy
    visits = visits.assign(CONFIRMED=confirmed, DECIDEDBY=np.array(decided, int))
    return visits.assign(RESPONDER=visits["CONFIRMED"].isin(criteria.responses)), best


def _best(confirmed: list[str], course: Course, change: np.ndarray, criteria: Criteria) -> tuple:
    """Best response, best change, first confirmed response, first confirmed PD, visits."""
    dates = course.dates
    counted = counted_places(confirmed, dates, course.therapy)
    place = best_overall(confirmed, dates, criteria.ranks, course.therapy)
    never = np.datetime64("NaT")
    progression = next((dates[k] for k, c in enumerate(confirmed) if c == "PD"), never)
    response = next((dates[k] for k in counted if confirmed[k] in criteria.responses), never)
    changes = [change[k] for k in counted if np.isfinite(change[k])]
    assessable = sum(category != "NE" for category in course.categories)
    return (
        "NE" if place is None else confirmed[place],
        min(changes, default=np.nan),
        response,
        progression,
        assessable,
    )


def _visit_of(weighed: pd.DataFrame, visits: pd.DataFrame, core: Dataset) -> np.ndarray:
    """Place in `visits` of each weighed record; -1 on or before the first dose."""
    owner = by_subject(weighed)
    after = weighed["ADT"].to_numpy() > core.frame["TRTSDT"].to_numpy()[owner]
    place = {key: k for k, key in enumerate(zip(visits["subject"], visits["VISITNUM"]))}
    return np.array(
        [
            place.get(key, -1) if later else -1
            for key, later in zip(zip(owner, weighed["VISITNUM"]), after)
        ],
        dtype=int,
    )
