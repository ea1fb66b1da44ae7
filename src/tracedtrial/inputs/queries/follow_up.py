"""Checks of survival contacts, and of reasons that other tables should bear out."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found
from tracedtrial.inputs.queries.tables import Tables


def _alive_after_lost(tables: Tables) -> pd.Series:
    ss = tables["ss"]
    lost = tables.of(
        ss, tables.days("ss", "SSDTC", ss["SSSTRESC"] == "LOST TO FOLLOW-UP", last=False)
    )
    return found(
        ss,
        (ss["SSDTC"].to_numpy() > lost) & (ss["SSSTRESC"] != "LOST TO FOLLOW-UP"),
        "SSDTC",
        lost_on=lost,
    )


def _no_contact(tables: Tables) -> pd.Series:
    """Treated patients without any contact, treated long enough before the cut-off for one."""
    dm, ss = tables["dm"], tables["ss"]
    first = tables.of(dm, tables.first_dose)
    met = tables.of(dm, tables.subjects(ss, np.ones(len(ss), bool)))
    due = first < tables.cutoff - np.timedelta64(182, "D")
    return found(dm, due & ~met, "USUBJID", first_dose=first)


def _progression_unseen(tables: Tables) -> pd.Series:
    """Ends for progression that no assessment shows by the next one that is due."""
    ds, rs, due = tables["ds"], tables["rs"], tables.protocol["endpoints"]["assessment"]
    until = np.timedelta64(due["interval_days"] + due["tolerance_days"], "D")
    seen = tables.of(ds, tables.days("rs", "RSDTC", rs["RSSTRESC"] == "PD", last=False))
    told = (ds["DSSCAT"] == "END OF TREATMENT") & (ds["DSDECOD"] == "PROGRESSIVE DISEASE")
    unseen = np.isnat(seen) | (seen > ds["DSSTDTC"].to_numpy() + until)
    return found(ds, told & unseen, "DSSTDTC", first_progression=seen)


def _event_unseen(tables: Tables) -> pd.Series:
    ds, ae = tables["ds"], tables["ae"]
    withdrawn = tables.of(ds, tables.subjects(ae, ae["AEACN"] == "DRUG WITHDRAWN"))
    told = (ds["DSSCAT"] == "END OF TREATMENT") & (ds["DSDECOD"] == "ADVERSE EVENT")
    return found(ds, told & ~withdrawn, "DSDECOD")


CHECKS = (
    Check(
        "SS-AFTER-LOST",
        "No contact follows one that lost the patient.",
        ("ss",),
        "SSDTC",
        _alive_after_lost,
    ),
    Check(
        "SS-NONE",
        "A patient first treated half a year before the cut-off has a survival contact.",
        ("dm", "ss", "ex"),
        "USUBJID",
        _no_contact,
    ),
    Check(
        "DS-PROGRESSION-UNSEEN",
        "Who ends treatment for progression has a progression in rs "
        "by the next assessment that is due.",
        ("ds", "rs"),
        "DSSTDTC",
        _progression_unseen,
    ),
    Check(
        "DS-EVENT-UNSEEN",
        "Who ends treatment for an adverse event has one that had a drug withdrawn.",
        ("ds", "ae"),
        "DSDECOD",
        _event_unseen,
    ),
)
