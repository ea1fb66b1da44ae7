"""ADEX: each drug by cycle, planned and given dose."""

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset


def exposure(ex: pd.DataFrame, cutoff: np.datetime64) -> Dataset:
    """One row a drug and cycle that began by the cut-off, indexed by record number (EXP-1).

    PLANNED and GIVEN are doses over the cycle in the drug's unit; DOSED tells whether any was
    given, REDUCED whether that was a smaller one than planned at an administration.
    """
    frame = ex[ex["EXSTDTC"] <= cutoff]
    frame = pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "EXTRT": frame["EXTRT"].astype(object),
            "EXCYCLE": frame["EXCYCLE"],
            "PLANNED": frame["EXPDOSE"] * frame["EXPADM"],
            "GIVEN": frame["EXDOSE"] * frame["EXADM"],
            "REDUCED": frame["EXDOSE"] < frame["EXPDOSE"],
            "ASTDT": frame["EXSTDTC"],
            "AENDT": frame["EXENDTC"].where(frame["EXENDTC"] <= cutoff, cutoff),
            "SRCDOM": "EX",
            "SRCSEQ": frame["EXSEQ"].astype(int),
        }
    )
    frame["DOSED"] = frame["GIVEN"] > 0
    frame["REDUCED"] &= frame["DOSED"]
    dosed = frame.index[frame["DOSED"]].to_numpy()
    return Dataset(frame, {"dosed": dosed, "all": frame.index.to_numpy()})
