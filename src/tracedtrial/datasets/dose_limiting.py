"""ADDL: dose-limiting toxicity, and whether a patient counts for the dose decision."""

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset, by_subject, union


def dose_limiting_toxicity(adae: Dataset, adex: Dataset, core: Dataset, protocol: dict) -> Dataset:
    """One row a subject number: DLTFL, WINDOWFL (window completed), DLTEVLFL.

    A DLT is an event adjudicated as such that starts within the window from the first dose
    (DLT-1). The window is completed with at least the required share of every drug's planned
    dose in it (DLT-3). Either makes the patient evaluable (DLT-4).
    Sources: `dlt`, the events; `rule`, events that meet the protocol's definition; `either`,
    those flagged or meeting it. Of the exposure rows that begin in the window, for patients
    without a DLT: `completed`, all rows where it was completed; `short`, where it was not, the
    rows of each drug that fell short; `turning`, those of them without which it were completed.
    """
    days, count = protocol["dlt"]["window"]["days"], len(core.frame)
    events = adae.frame[(adae.frame["ASTDY"] >= 1) & (adae.frame["ASTDY"] <= days)]
    flagged = events["AEDLTFL"] == "Y"
    ruled = _meets_definition(events, protocol["dlt"]["definition"]["any"])
    window = _in_window(adex.frame, core.frame["TRTSDT"], days)
    had = np.bincount(by_subject(events)[flagged], minlength=count) > 0
    fraction = protocol["dlt"]["required_dose"]["fraction"]
    drugs = len(protocol["drugs"])
    completed = _completed(window, _enough(_sums(window), fraction), drugs, count)
    frame = pd.DataFrame(
        {
            "USUBJID": core.frame["USUBJID"],
            "DLTFL": had,
            "WINDOWFL": completed,
            "DLTEVLFL": had | completed,
        }
    )
    sources = {
        "dlt": events.index[flagged].to_numpy(),
        "rule": events.index[ruled].to_numpy(),
        **_weighed(window[~had[by_subject(window)]], completed, drugs, fraction),
    }
    sources["either"] = union(sources["dlt"], sources["rule"])
    return Dataset(frame, sources)


def _meets_definition(events: pd.DataFrame, conditions: list[dict]) -> np.ndarray:
    """DLT-2: related events that meet one of the definition's conditions."""
    term, system = events["AEDECOD"].astype(object), events["AEBODSYS"].astype(object)
    met = np.zeros(len(events), bool)
    for condition in conditions:
        this = events["AETOXGR"] >= condition["grade"]
        if "terms" in condition:
            this &= term.isin(condition["terms"])
        if "classes" in condition:
            this &= system.isin(condition["classes"])
        if "not_classes" in condition:
            this &= ~system.isin(condition["not_classes"])
        met |= this.to_numpy()
    return met & (events["AEREL"] == "RELATED").to_numpy()


def _in_window(adex: pd.DataFrame, first_dose: pd.Series, days: int) -> pd.DataFrame:
    since = adex["ASTDT"].to_numpy() - first_dose.to_numpy()[by_subject(adex)]
    day = since / np.timedelta64(1, "D")
    return adex[(day >= 0) & (day < days)]


def _sums(window: pd.DataFrame) -> pd.DataFrame:
    """On each row, PLANNED and GIVEN of its patient and drug over the window."""
    return window.groupby([by_subject(window), "EXTRT"], observed=True)[
        ["PLANNED", "GIVEN"]
    ].transform("sum")


def _enough(doses: pd.DataFrame, fraction: list[int]) -> pd.Series:
    """Whether given * denominator >= planned * numerator, exactly, of some planned dose."""
    numerator, denominator = fraction
    return (doses["GIVEN"] * denominator >= doses["PLANNED"] * numerator - 1e-9) & (
        doses["PLANNED"] > 0
    )


def _completed(window: pd.DataFrame, enough: pd.Series, drugs: int, count: int) -> np.ndarray:
    """Whether each subject number has enough of every drug."""
    lacking = _lacking(window, enough, drugs)
    return (lacking.reindex(range(count), fill_value=drugs) == 0).to_numpy()


def _weighed(
    window: pd.DataFrame, completed: np.ndarray, drugs: int, fraction: list[int]
) -> dict[str, np.ndarray]:
    """The rows that complete the window, that fall short, and without which none would."""
    inside = completed[by_subject(window)]
    enough = _enough(_sums(window), fraction)
    alone = _enough(_sums(window) - window[["PLANNED", "GIVEN"]], fraction)
    short = window[~enough]
    others = _lacking(window, enough, drugs).reindex(by_subject(short)).to_numpy() == 1
    return {
        "completed": window.index[inside].to_numpy(),
        "short": short.index.to_numpy(),
        "turning": short.index[alone[short.index] & others].to_numpy(),
    }


def _lacking(window: pd.DataFrame, enough: pd.Series, drugs: int) -> pd.Series:
    """By subject number, how many drugs fall short or were not planned at all."""
    taken = window[enough]
    return drugs - taken.groupby(by_subject(taken))["EXTRT"].nunique().reindex(
        np.unique(by_subject(window)), fill_value=0
    )
