"""ADAE: adverse events with imputed dates, and which of them are treatment-emergent."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset, by_subject
from tracedtrial.datasets.dates import DAY, day_number, imputed_starts, last_days
from tracedtrial.datasets.emergence import emergence
from tracedtrial.datasets.event_rows import AdverseEvents


def adverse_events(
    ae: pd.DataFrame, core: Dataset, cutoff: np.datetime64, emergent: Mapping
) -> AdverseEvents:
    """One row a raw row that began by the cut-off (DATE-5), indexed by record number.

    ASTDT is the start as imputed (DATE-2), ASTDTF is D (day imputed) or M (month and day), AENDT
    the last day that the end may mean, missing while the event goes on (DATE-3). TRTEMFL,
    EVENTFL, EVNTNO and EVNTROW are those of `emergence`, by the protocol's entry `emergent`.
    """
    owner = by_subject(ae)
    first_dose = core.frame["TRTSDT"].to_numpy()[owner].astype(DAY)
    last_dose = core.frame["TRTEDT"].to_numpy()[owner].astype(DAY)
    start = imputed_starts(ae["AESTDTC"], ae["AEENDTC"], first_dose)
    precision = ae["AESTDTC"].astype(object).str.len()
    frame = pd.DataFrame(
        {
            "USUBJID": ae["USUBJID"],
            "AEBODSYS": ae["AEBODSYS"],
            "AEDECOD": ae["AEDECOD"],
            "AETOXGR": ae["AETOXGR"].astype(object).astype(int),
            "ASTDT": start,
            "ASTDTF": precision.map({10: "", 7: "D", 4: "M"}),
            "AENDT": last_days(ae["AEENDTC"]),
            "ASTDY": day_number(start, first_dose),
            "AESER": ae["AESER"].astype(object),
            "AEREL": ae["AEREL"].astype(object),
            "AEACN": ae["AEACN"].astype(object),
            "AEOUT": ae["AEOUT"].astype(object),
            "AEDLTFL": ae["AEDLTFL"].astype(object),
            "SRCDOM": "AE",
            "SRCSEQ": ae["AESEQ"].astype(int),
        }
    )
    by = start <= cutoff
    found = emergence(frame[by], first_dose[by], last_dose[by], emergent)
    frame = frame[by].assign(**found)
    return AdverseEvents(frame, {"emergent": frame.index[frame["TRTEMFL"]].to_numpy()})
