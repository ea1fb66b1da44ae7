"""The analysis datasets of a trial, derived in their order from the raw tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.derive.adverse_events import adverse_events
from analysis.derive.criteria import response_criteria
from analysis.derive.dataset import Dataset, by_subject
from analysis.derive.dose_limiting import dose_limiting_toxicity
from analysis.derive.exposure import exposure
from analysis.derive.response import Assessments, assessments
from analysis.derive.subjects import subject_frame
from analysis.derive.time_to_event import contacts, time_to_event
from analysis.schema import RawTables
from analysis.schema.tables import PRIOR


@dataclass(frozen=True)
class Datasets:
    """Analysis datasets; `raw` stays at hand for baseline tables and disposition."""

    raw: RawTables
    adsl: Dataset
    adex: Dataset
    adae: Dataset
    addl: Dataset
    adrs: Assessments
    adtte: dict[str, pd.DataFrame]
    contacts: np.ndarray
    prior: np.ndarray
    ended: np.ndarray


def derive(raw: RawTables, protocol: dict) -> Datasets:
    """Every analysis dataset of the trial."""
    tables = raw.tables
    cutoff = np.datetime64(protocol["trial"]["cutoff"]["value"], "s")
    adex = exposure(tables["ex"], cutoff)
    core = subject_frame(tables["dm"], adex, list(protocol["dose_levels"]), cutoff, raw.subjects)
    adae = adverse_events(tables["ae"], core, cutoff,
                          protocol["safety"]["emergent"]["days_after_last_dose"])
    addl = dose_limiting_toxicity(adae, adex, core, protocol)
    adrs = assessments(tables, core, response_criteria(protocol), cutoff,
                       protocol["response"]["primary"]["value"])
    adtte = time_to_event(tables, core, adrs, protocol["endpoints"]["assessment"], cutoff)
    return Datasets(raw, _adsl(core, addl, adrs), adex, adae, addl, adrs, adtte,
                    contacts=_records(tables["ss"], contacts(tables["ss"], cutoff)),
                    prior=_records(tables["cm"], tables["cm"]["CMCAT"] == PRIOR),
                    ended=_records(tables["ds"], _ended(tables["ds"], cutoff)))


def _adsl(core: Dataset, addl: Dataset, adrs: Assessments) -> Dataset:
    """The subject frame with the building blocks of the populations."""
    flags = addl.frame[["DLTFL", "DLTEVLFL"]].join(adrs.best.frame[["NBASE", "NPOST", "BESTRESP"]])
    return Dataset(core.frame.join(flags), core.sources)


def _ended(ds: pd.DataFrame, cutoff: np.datetime64) -> pd.Series:
    return (ds["DSSCAT"].astype(object) == "END OF TREATMENT") & (ds["DSSTDTC"] <= cutoff)


def _records(frame: pd.DataFrame, chosen: pd.Series) -> np.ndarray:
    return frame.index[chosen].to_numpy()
