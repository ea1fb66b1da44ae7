"""ADSL as conditions see it: one row a subject, and the raw records behind each variable."""

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import union
from tracedtrial.datasets.datasets import Datasets
from tracedtrial.datasets.sources import subject_level

DOSING = {"NDOSED", "TRTSDT", "TRTEDT", "TRTDURD"}
ENDING = {"EOTSTT", "DCTREAS"}


def subject_variables(data: Datasets) -> pd.DataFrame:
    """Every variable of ADSL by subject number; flags are Y or N."""
    return flags(subject_level(data).drop(columns="USUBJID"))


def variable_sources(data: Datasets, variable: str) -> np.ndarray:
    """The raw records on which an ADSL variable rests, of every subject."""
    if variable in DOSING:
        return data.adsl.sources["dosed"]
    if variable in ENDING:
        return union(data.ended, data.adsl.sources["dosed"])
    if variable == "NLINES":
        return data.prior
    if variable in ("DTHDT", "DTHFL"):
        return data.adsl.sources["dead"]
    if variable == "LDDTHELD":
        return union(data.adsl.sources["dead"], data.adsl.sources["dosed"])
    if variable in data.adsl.frame:
        return data.adsl.sources["dm"]
    tests = data.raw.tables["sc"].loc[data.characteristics]
    return tests.index[tests["SCTESTCD"] == variable].to_numpy()


def flags(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its truth values as Y and N."""
    flags = {
        str(name): np.where(frame[name].to_numpy(), "Y", "N")
        for name in frame
        if frame[name].dtype == bool
    }
    return frame.assign(**flags)
