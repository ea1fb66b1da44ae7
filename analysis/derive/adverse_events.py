"""ADAE: adverse events with imputed starts, and which of them are treatment-emergent."""

import numpy as np
import pandas as pd

from analysis.derive.dataset import Dataset, by_subject
from analysis.derive.dates import day_number, first_days, last_days


def adverse_events(ae: pd.DataFrame, core: Dataset, cutoff: np.datetime64,
                   days_after_last_dose: int) -> Dataset:
    """One row an event that began by the cut-off, indexed by record number.

    A partial start takes its first day, floored at the first dose where the partial date allows
    that day; ASTDTF is D (day imputed) or M (month and day). An event is treatment-emergent
    (TRTEMFL) from the first dose to `days_after_last_dose` days after the last.
    """
    owner = by_subject(ae)
    first_dose = core.frame["TRTSDT"].to_numpy()[owner].astype("datetime64[D]")
    last_dose = core.frame["TRTEDT"].to_numpy()[owner].astype("datetime64[D]")
    start = _floored(first_days(ae["AESTDTC"]), last_days(ae["AESTDTC"]), first_dose)
    window = np.timedelta64(days_after_last_dose, "D")
    emergent = (start >= first_dose) & (start <= last_dose + window)
    precision = ae["AESTDTC"].astype(object).str.len()
    frame = pd.DataFrame({
        "USUBJID": ae["USUBJID"], "AEBODSYS": ae["AEBODSYS"], "AEDECOD": ae["AEDECOD"],
        "AETOXGR": ae["AETOXGR"].astype(object).astype(int), "ASTDT": start,
        "ASTDTF": precision.map({10: "", 7: "D", 4: "M"}), "ASTDY": day_number(start, first_dose),
        "AESER": ae["AESER"].astype(object), "AEREL": ae["AEREL"].astype(object),
        "AEDLTFL": ae["AEDLTFL"].astype(object), "TRTEMFL": emergent,
        "SRCDOM": "AE", "SRCSEQ": ae["AESEQ"].astype(int)})
    frame = frame[start <= cutoff]
    return Dataset(frame, {"emergent": frame.index[frame["TRTEMFL"]].to_numpy()})


def _floored(first: np.ndarray, last: np.ndarray, floor: np.ndarray) -> np.ndarray:
    return np.where(floor <= last, np.maximum(first, floor), first)
