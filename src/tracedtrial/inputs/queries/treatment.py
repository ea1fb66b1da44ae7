"""Checks of treatment dates, as dm, ex, ds and cm tell them."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found
from tracedtrial.inputs.queries.days import possible_days
from tracedtrial.inputs.queries.tables import Tables
from tracedtrial.inputs.schema.tables import NOT_ASSIGNED, PRIOR, SUBSEQUENT

MOST_LINES = 12


def _first_dose_otherwise(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    first, told = tables.of(dm, tables.first_dose), dm["RFSTDTC"].to_numpy()
    other = (told != first) & ~(np.isnat(told) & np.isnat(first))
    return found(dm, other, "RFSTDTC", first_dose_in_ex=first)


def _last_dose_otherwise(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    last, told = tables.of(dm, tables.last_dose), dm["RFENDTC"].to_numpy()
    return found(dm, ~np.isnat(told) & (told != last), "RFENDTC", last_dose_in_ex=last)


def _given_unassigned(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    given = ~np.isnat(tables.of(dm, tables.first_dose))
    return found(
        dm,
        dm["ARMCD"].isin(NOT_ASSIGNED) & given,
        "ARMCD",
        first_dose=tables.of(dm, tables.first_dose),
    )


def _end_before_last_dose(tables: Tables) -> pd.Series:
    ds = tables["ds"]
    last = tables.of(ds, tables.last_dose)
    early = (ds["DSSTDTC"].to_numpy() < last) & (ds["DSSCAT"] == "END OF TREATMENT")
    return found(ds, early, "DSSTDTC", last_dose=last)


def _study_before_treatment(tables: Tables) -> pd.Series:
    ds = tables["ds"]
    end = tables.of(ds, tables.ended("END OF TREATMENT"))
    early = (ds["DSSTDTC"].to_numpy() < end) & (ds["DSSCAT"] == "END OF STUDY")
    return found(ds, early, "DSSTDTC", end_of_treatment=end)


def _last_dose_without_end(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    ended = ~np.isnat(tables.of(dm, tables.ended("END OF TREATMENT")))
    return found(dm, dm["RFENDTC"].notna() & ~ended, "RFENDTC")


def _end_without_last_dose(tables: Tables) -> pd.Series:
    ds = tables["ds"]
    told = tables.subjects(tables["dm"], tables["dm"]["RFENDTC"].notna())
    ended = (ds["DSSCAT"] == "END OF TREATMENT") & ~np.isnat(tables.of(ds, tables.first_dose))
    return found(ds, ended & ~tables.of(ds, told), "DSSTDTC")


def _study_without_treatment(tables: Tables) -> pd.Series:
    ds = tables["ds"]
    open_ = np.isnat(tables.of(ds, tables.ended("END OF TREATMENT")))
    treated = ~np.isnat(tables.of(ds, tables.first_dose))
    ended = (ds["DSSCAT"] == "END OF STUDY") & (ds["DSDECOD"] != "DEATH")
    return found(ds, ended & open_ & treated, "DSSTDTC")


def _dead_on_treatment(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    open_ = np.isnat(tables.of(dm, tables.ended("END OF TREATMENT")))
    treated = ~np.isnat(tables.of(dm, tables.first_dose))
    return found(dm, dm["DTHDTC"].notna() & open_ & treated, "DTHDTC")


def _never_treated_before(tables: Tables) -> pd.Series:
    """Treated patients without prior therapy, where most patients have one."""
    dm, cm = tables["dm"], tables["cm"]
    treated = ~np.isnat(tables.of(dm, tables.first_dose))
    before = tables.of(dm, tables.subjects(cm, cm["CMCAT"] == PRIOR))
    usual = treated.any() and before[treated].mean() > 0.5
    return found(dm, treated & ~before & usual, "USUBJID")


def _many_lines(tables: Tables) -> pd.Series:
    cm = tables["cm"]
    many = (cm["CMLINE"] > MOST_LINES) & ~cm.duplicated(["USUBJID", "CMCAT", "CMLINE"])
    return found(cm, many, "CMLINE")


def _prior_late(tables: Tables) -> pd.Series:
    """Prior therapies that surely began or ended after the first dose."""
    cm = tables["cm"]
    first = tables.of(cm, tables.first_dose)
    late = (possible_days(cm["CMSTDTC"])[0] > first) | (possible_days(cm["CMENDTC"])[0] > first)
    return found(
        cm, late & (cm["CMCAT"] == PRIOR), "CMSTDTC", until=cm["CMENDTC"], first_dose=first
    )


def _subsequent_early(tables: Tables) -> pd.Series:
    cm = tables["cm"]
    last = tables.of(cm, tables.last_dose)
    early = (possible_days(cm["CMSTDTC"])[1] < last) & (cm["CMCAT"] == SUBSEQUENT)
    return found(cm, early, "CMSTDTC", last_dose=last)


def _lines(tables: Tables) -> pd.DataFrame:
    """Each patient's lines in order: first row, earliest last possible and latest first day."""
    cm = tables["cm"]
    first, last = possible_days(cm["CMSTDTC"])
    frame = cm.assign(first=first, last=last, record=cm.index)
    by = frame.groupby(["USUBJID", "CMCAT", "CMLINE"], observed=True)
    lines = by.agg(
        record=("record", "first"), first=("first", "min"), last=("last", "min")
    ).reset_index()
    before = lines.groupby(["USUBJID", "CMCAT"], observed=True)
    return lines.assign(
        earlier=before["CMLINE"].shift(fill_value=0), earlier_first=before["first"].shift()
    ).set_index("record")


def _line_gap(tables: Tables) -> pd.Series:
    lines = _lines(tables)
    return found(
        lines, lines["CMLINE"] > lines["earlier"] + 1, "CMLINE", line_before=lines["earlier"]
    )


def _line_order(tables: Tables) -> pd.Series:
    """Lines that surely began before the line before them."""
    lines = _lines(tables)
    early = (lines["last"] < lines["earlier_first"]).to_numpy()
    return found(
        tables["cm"].loc[lines.index],
        early,
        "CMSTDTC",
        line=lines["CMLINE"],
        line_before_from=lines["earlier_first"],
    )


def _refractory_to_later(tables: Tables) -> pd.Series:
    cm = tables["cm"]
    return found(cm, (cm["CMCAT"] == SUBSEQUENT) & (cm["CMREFRFL"] != ""), "CMREFRFL")


CHECKS = (
    Check(
        "DM-FIRST-DOSE",
        "RFSTDTC is the day of the first dose in ex.",
        ("dm", "ex"),
        "RFSTDTC",
        _first_dose_otherwise,
    ),
    Check(
        "DM-LAST-DOSE",
        "RFENDTC, where given, is the day of the last dose in ex.",
        ("dm", "ex"),
        "RFENDTC",
        _last_dose_otherwise,
    ),
    Check(
        "DM-GIVEN-UNASSIGNED",
        "Who is not assigned to a dose level is given no dose.",
        ("dm", "ex"),
        "ARMCD",
        _given_unassigned,
    ),
    Check(
        "DS-BEFORE-LAST-DOSE",
        "Treatment does not end before the last dose.",
        ("ds", "ex"),
        "DSSTDTC",
        _end_before_last_dose,
    ),
    Check(
        "DS-STUDY-BEFORE-TREATMENT",
        "The study does not end before the treatment.",
        ("ds",),
        "DSSTDTC",
        _study_before_treatment,
    ),
    Check(
        "DM-END-WITHOUT-DS",
        "Who has a last dose in dm has an end of treatment in ds.",
        ("dm", "ds"),
        "RFENDTC",
        _last_dose_without_end,
    ),
    Check(
        "DS-END-WITHOUT-DM",
        "Who has an end of treatment in ds has a last dose in dm.",
        ("ds", "dm", "ex"),
        "DSSTDTC",
        _end_without_last_dose,
    ),
    Check(
        "DS-STUDY-WITHOUT-TREATMENT",
        "Who ends the study alive has ended treatment.",
        ("ds", "ex"),
        "DSSTDTC",
        _study_without_treatment,
    ),
    Check(
        "DM-DEAD-ON-TREATMENT",
        "A treated patient who died has an end of treatment.",
        ("dm", "ds", "ex"),
        "DTHDTC",
        _dead_on_treatment,
    ),
    Check(
        "CM-NO-PRIOR",
        "A treated patient has prior therapy, where most have.",
        ("dm", "cm", "ex"),
        "USUBJID",
        _never_treated_before,
    ),
    Check(
        "CM-MANY-LINES",
        f"A patient has {MOST_LINES} lines of therapy or fewer.",
        ("cm",),
        "CMLINE",
        _many_lines,
    ),
    Check(
        "CM-PRIOR-LATE",
        "Prior therapy begins and ends by the first dose.",
        ("cm", "ex"),
        "CMSTDTC",
        _prior_late,
    ),
    Check(
        "CM-SUBSEQUENT-EARLY",
        "Subsequent therapy does not begin before the last dose.",
        ("cm", "ex"),
        "CMSTDTC",
        _subsequent_early,
    ),
    Check(
        "CM-LINE-GAP",
        "Lines of therapy are numbered 1, 2, 3 without a gap.",
        ("cm",),
        "CMLINE",
        _line_gap,
    ),
    Check(
        "CM-LINE-ORDER",
        "A later line of therapy does not begin earlier.",
        ("cm",),
        "CMSTDTC",
        _line_order,
    ),
    Check(
        "CM-REFRACTORY-LATER",
        "Refractoriness is told of prior therapy only.",
        ("cm",),
        "CMREFRFL",
        _refractory_to_later,
    ),
)
