"""Checks of what comes before a patient's birth, consent or first dose."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, both, found
from tracedtrial.inputs.queries.days import possible_days
from tracedtrial.inputs.queries.tables import Tables

NO_DAYS = np.timedelta64(0, "D")
SCAN_DAYS = np.timedelta64(42, "D")  # a routine scan of so many days may serve as baseline
CONSENT_DAYS = np.timedelta64(90, "D")
EARLY_DAYS = np.timedelta64(7, "D")
APART_DAYS = np.timedelta64(5 * 366, "D")
AHEAD_DAYS = np.timedelta64(366, "D")
YOUNGEST, OLDEST = 18, 100
DATES = {
    "dm": ("RFICDTC", "RFSTDTC", "RFENDTC", "DTHDTC"),
    "ex": ("EXSTDTC", "EXENDTC"),
    "lb": ("LBDTC",),
    "rs": ("RSDTC",),
    "tr": ("TRDTC",),
    "ds": ("DSSTDTC",),
    "ss": ("SSDTC",),
    "sc": ("SCDTC",),
    "ae": ("AESTDTC", "AEENDTC"),
    "cm": ("CMSTDTC", "CMENDTC"),
}


def _before_consent(
    tables: Tables, domain: str, column: str, allowed: np.timedelta64 = NO_DAYS
) -> pd.Series:
    frame = tables[domain]
    consent = tables.of(frame, tables.consent)
    return found(frame, frame[column].to_numpy() < consent - allowed, column, consent=consent)


def _event_before_consent(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    consent = tables.of(ae, tables.consent)
    _, last = possible_days(ae["AESTDTC"])
    return found(ae, last < consent, "AESTDTC", consent=consent)


def _consent_missing(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    treated = ~np.isnat(tables.of(dm, tables.first_dose))
    return found(
        dm, dm["RFICDTC"].isna() & treated, "RFICDTC", first_dose=tables.of(dm, tables.first_dose)
    )


def _consent_long_before(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    first = tables.of(dm, tables.first_dose)
    long_before = dm["RFICDTC"].to_numpy() < first - CONSENT_DAYS
    return found(dm, long_before, "RFICDTC", first_dose=first)


def _consent_outlying(tables: Tables) -> pd.Series:
    """Consents more than five years from the trial's median one."""
    dm = tables["dm"]
    days = dm["RFICDTC"].dropna()
    if days.empty:
        return found(dm, np.zeros(len(dm), bool), "RFICDTC")
    median = days.sort_values().iloc[(len(days) - 1) // 2]
    apart = (dm["RFICDTC"] - median).abs() > APART_DAYS
    return found(dm, apart, "RFICDTC", median=np.full(len(dm), median.to_datetime64()))


def _before_birth(tables: Tables) -> pd.Series:
    """Therapies that surely began in a year before that of the patient's birth."""
    cm = tables["cm"]
    year = tables.consent.astype("datetime64[Y]").astype(float) + 1970
    year[np.isnat(tables.consent)] = np.nan
    born = tables.of(cm, year - tables.age - 1)
    _, last = possible_days(cm["CMSTDTC"])
    began = last.astype("datetime64[Y]").astype(float) + 1970
    began[np.isnat(last)] = np.nan
    return found(cm, began < born, "CMSTDTC", born_in=born)


def _age(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return found(dm, (dm["AGE"] < YOUNGEST) | (dm["AGE"] > OLDEST), "AGE")


def _characteristic_late(tables: Tables) -> pd.Series:
    sc = tables["sc"]
    first = tables.of(sc, tables.first_dose)
    return found(sc, sc["SCDTC"].to_numpy() > first, "SCDTC", first_dose=first)


def _response_untreated(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    return found(rs, np.isnat(tables.of(rs, tables.first_dose)), "RSSTRESC")


def _death_before_consent(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return found(dm, dm["DTHDTC"] < dm["RFICDTC"], "DTHDTC", consent=dm["RFICDTC"])


def _response_early(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    first = tables.of(rs, tables.first_dose)
    early = rs["RSDTC"].to_numpy() < first + EARLY_DAYS
    return found(rs, early & (rs["RSSTRESC"] != "NE"), "RSDTC", first_dose=first)


def _related_before_dose(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    first = tables.of(ae, tables.first_dose)
    _, last = possible_days(ae["AESTDTC"])
    return found(ae, (last < first) & (ae["AEREL"] == "RELATED"), "AESTDTC", first_dose=first)


def _far_ahead(tables: Tables) -> pd.Series:
    results = []
    for domain, columns in DATES.items():
        for column in columns if domain in tables else ():
            days = tables[domain][column]
            day = days.to_numpy() if days.dtype.kind == "M" else possible_days(days)[0]
            results.append(found(tables[domain], day > tables.cutoff + AHEAD_DAYS, column))
    return both(*results)


CHECKS = (
    Check(
        "DM-AGE",
        "The age at consent is that of an adult, not above a hundred.",
        ("dm",),
        "AGE",
        _age,
    ),
    Check(
        "DM-CONSENT-MISSING",
        "A treated patient has a date of consent.",
        ("dm", "ex"),
        "RFICDTC",
        _consent_missing,
    ),
    Check(
        "DM-CONSENT-EARLY",
        f"Consent is given within {CONSENT_DAYS.astype(int)} days before the first dose.",
        ("dm", "ex"),
        "RFICDTC",
        _consent_long_before,
    ),
    Check(
        "DM-CONSENT-OUTLYING",
        "Consent is given within five years of the trial's median consent.",
        ("dm",),
        "RFICDTC",
        _consent_outlying,
    ),
    Check(
        "DM-DEATH-BEFORE-CONSENT",
        "Nobody consents after his or her death.",
        ("dm",),
        "DTHDTC",
        _death_before_consent,
        refuses=True,
    ),
    Check(
        "EX-BEFORE-CONSENT",
        "No dose is given before consent.",
        ("ex", "dm"),
        "EXSTDTC",
        lambda t: _before_consent(t, "ex", "EXSTDTC"),
    ),
    Check(
        "LB-BEFORE-CONSENT",
        "No sample is taken before consent.",
        ("lb", "dm"),
        "LBDTC",
        lambda t: _before_consent(t, "lb", "LBDTC"),
    ),
    Check(
        "TR-BEFORE-CONSENT",
        f"No lesion is measured earlier than {SCAN_DAYS.astype(int)} days before consent.",
        ("tr", "dm"),
        "TRDTC",
        lambda t: _before_consent(t, "tr", "TRDTC", SCAN_DAYS),
    ),
    Check(
        "SS-BEFORE-CONSENT",
        "No survival contact precedes consent.",
        ("ss", "dm"),
        "SSDTC",
        lambda t: _before_consent(t, "ss", "SSDTC"),
    ),
    Check(
        "DS-BEFORE-CONSENT",
        "Treatment and study do not end before consent.",
        ("ds", "dm"),
        "DSSTDTC",
        lambda t: _before_consent(t, "ds", "DSSTDTC"),
    ),
    Check(
        "AE-BEFORE-CONSENT",
        "An adverse event does not begin before consent.",
        ("ae", "dm"),
        "AESTDTC",
        _event_before_consent,
    ),
    Check(
        "AE-RELATED-BEFORE-DOSE",
        "An adverse event from before the first dose is not related to a study drug.",
        ("ae", "ex"),
        "AESTDTC",
        _related_before_dose,
    ),
    Check(
        "CM-BEFORE-BIRTH",
        "No therapy begins before the patient's birth.",
        ("cm", "dm"),
        "CMSTDTC",
        _before_birth,
        refuses=True,
    ),
    Check(
        "SC-AFTER-FIRST-DOSE",
        "A baseline characteristic is determined by the first dose.",
        ("sc", "ex"),
        "SCDTC",
        _characteristic_late,
    ),
    Check(
        "RS-EARLY",
        f"No response is assessed within the first {EARLY_DAYS.astype(int)} days of treatment.",
        ("rs", "ex"),
        "RSDTC",
        _response_early,
    ),
    Check(
        "RS-UNTREATED",
        "No response is assessed of who was given no dose.",
        ("rs", "ex"),
        "RSSTRESC",
        _response_untreated,
    ),
    Check(
        "DATE-AHEAD",
        "No date lies more than a year after the cut-off.",
        ("dm",),
        "date",
        _far_ahead,
    ),
)
