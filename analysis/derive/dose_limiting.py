"""ADDL: dose-limiting toxicity, and whether a patient counts for the dose decision."""

import numpy as np
import pandas as pd

from analysis.derive.dataset import Dataset, by_subject, union


def dose_limiting_toxicity(adae: Dataset, adex: Dataset, core: Dataset,
                           protocol: dict) -> Dataset:
    """One row a subject number: DLTFL, WINDOWFL (window completed), DLTEVLFL.

    A DLT is an event adjudicated as such that starts within the window from the first dose. The
    window is completed with at least the required share of every drug's planned dose in it.
    Sources: `dlt`, the events; `window`, the exposure rows that begin in the window;
    `rule`, events that meet the protocol's definition; `either`, those flagged or meeting it.
    """
    days, count = protocol["dlt"]["window"]["days"], len(core.frame)
    events = adae.frame[(adae.frame["ASTDY"] >= 1) & (adae.frame["ASTDY"] <= days)]
    flagged = events["AEDLTFL"] == "Y"
    ruled = _meets_definition(events, protocol["dlt"]["definition"]["any"])
    window = _in_window(adex.frame, core.frame["TRTSDT"], days)
    had = np.bincount(by_subject(events)[flagged], minlength=count) > 0
    completed = _completed(window, list(protocol["drugs"]),
                           protocol["dlt"]["required_dose"]["fraction"], count)
    frame = pd.DataFrame({"USUBJID": core.frame["USUBJID"], "DLTFL": had, "WINDOWFL": completed,
                          "DLTEVLFL": had | completed})
    sources = {"dlt": events.index[flagged].to_numpy(), "rule": events.index[ruled].to_numpy(),
               "window": window.index.to_numpy()}
    sources["either"] = union(sources["dlt"], sources["rule"])
    return Dataset(frame, sources)


def _meets_definition(events: pd.DataFrame, conditions: list[dict]) -> np.ndarray:
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


def _completed(window: pd.DataFrame, drugs: list[str], fraction: list[int],
               count: int) -> np.ndarray:
    """Whether given * denominator >= planned * numerator, exactly, for every drug."""
    numerator, denominator = fraction
    total = window.groupby([by_subject(window), "EXTRT"], observed=True)[["PLANNED", "GIVEN"]].sum()
    enough = (total["GIVEN"] * denominator >= total["PLANNED"] * numerator - 1e-9) & (
        total["PLANNED"] > 0)
    if not len(enough):
        return np.zeros(count, bool)
    enough = enough.unstack("EXTRT", fill_value=False)
    return enough.reindex(index=range(count), columns=drugs, fill_value=False).all(axis=1).to_numpy()
