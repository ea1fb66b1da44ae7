"""Checks of doses against the plan."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found
from tracedtrial.inputs.queries.tables import Tables

EARLY_DAYS = 7  # a cycle may begin so many days before the one before it is over
LATE_DAYS = 7
LEAST = 0.2  # of the planned dose; less is rather another unit


def _against(tables: Tables, given: str, planned: str) -> pd.Series:
    ex = tables["ex"]
    return found(ex, ex[given] > ex[planned], given, planned=ex[planned])


def _small(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    small = (ex["EXDOSE"] > 0) & (ex["EXDOSE"] < LEAST * ex["EXPDOSE"])
    return found(ex, small, "EXDOSE", planned=ex["EXPDOSE"])


def _nothing_given(tables: Tables) -> pd.Series:
    """The first row of each cycle in which no drug was given."""
    ex = tables["ex"].assign(given=tables.given)
    by = ex.groupby(["USUBJID", "EXCYCLE"], observed=True, sort=False)["given"]
    first = ~ex.duplicated(["USUBJID", "EXCYCLE"])
    return found(ex, ~by.transform("any") & first, "EXCYCLE")


def _other_level(tables: Tables) -> pd.Series:
    """Planned doses that are not those of the patient's dose level."""
    ex, levels = tables["ex"], tables.protocol["dose_levels"]
    arms = tables.of(ex, tables.texts("ARMCD"))
    plan = np.array(
        [
            levels.get(arm, {}).get("doses", {}).get(drug, np.nan)
            for arm, drug in zip(arms, ex["EXTRT"].astype(object))
        ],
        float,
    )
    return found(
        ex,
        ~np.isnan(plan) & (ex["EXPDOSE"] != plan),
        "EXPDOSE",
        drug=ex["EXTRT"],
        level=arms,
        its_dose=plan,
    )


def _other_schedule(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    plan = (
        ex["EXTRT"]
        .astype(object)
        .map({drug: float(len(entry["days"])) for drug, entry in tables.protocol["drugs"].items()})
    )
    return found(ex, ex["EXPADM"] != plan, "EXPADM", drug=ex["EXTRT"], days_in_a_cycle=plan)


def _dose_without_administration(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    return found(ex, (ex["EXDOSE"] > 0) != (ex["EXADM"] > 0), "EXDOSE", administrations=ex["EXADM"])


def _unexplained(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    return found(
        ex, _less(ex) & (ex["EXADJ"] == ""), "EXADJ", EXDOSE=ex["EXDOSE"], EXADM=ex["EXADM"]
    )


def _explained_in_vain(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    return found(
        ex, ~_less(ex) & (ex["EXADJ"] != ""), "EXADJ", EXDOSE=ex["EXDOSE"], EXADM=ex["EXADM"]
    )


def _less(ex: pd.DataFrame) -> pd.Series:
    return (ex["EXDOSE"] < ex["EXPDOSE"]) | (ex["EXADM"] < ex["EXPADM"])


def _too_many_for_interval(tables: Tables) -> pd.Series:
    ex = tables["ex"][tables.given]
    days = (ex["EXENDTC"] - ex["EXSTDTC"]).dt.days + 1
    return found(ex, ex["EXADM"] > days, "EXADM", days_of_the_interval=days.astype(float))


def _interval_long(tables: Tables) -> pd.Series:
    ex = tables["ex"]
    days = (ex["EXENDTC"] - ex["EXSTDTC"]).dt.days + 1
    longest = tables.protocol["cycle"]["days"] + LATE_DAYS
    return found(ex, days > longest, "EXENDTC", days_of_the_interval=days.astype(float))


def _cycles(tables: Tables) -> pd.DataFrame:
    """Each patient's cycles in order: first row, first day, and those of the cycle before."""
    ex = tables["ex"].assign(record=tables["ex"].index).sort_values("EXSTDTC", kind="stable")
    cycles = (
        ex.groupby(["USUBJID", "EXCYCLE"], observed=True)
        .agg(record=("record", "first"), start=("EXSTDTC", "first"))
        .reset_index()
    )
    before = cycles.groupby("USUBJID", observed=True)
    return cycles.assign(
        earlier=before["EXCYCLE"].shift(fill_value=0), earlier_start=before["start"].shift()
    ).set_index("record")


def _cycle_gap(tables: Tables) -> pd.Series:
    cycles = _cycles(tables)
    return found(
        cycles, cycles["EXCYCLE"] > cycles["earlier"] + 1, "EXCYCLE", cycle_before=cycles["earlier"]
    )


def _cycle_order(tables: Tables) -> pd.Series:
    cycles = _cycles(tables)
    return found(
        cycles,
        cycles["start"] <= cycles["earlier_start"],
        "start",
        cycle=cycles["EXCYCLE"],
        cycle_before_from=cycles["earlier_start"],
    )


def _cycle_short(tables: Tables) -> pd.Series:
    cycles = _cycles(tables)
    days = (cycles["start"] - cycles["earlier_start"]).dt.days
    least = tables.protocol["cycle"]["days"] - EARLY_DAYS
    short = (days > 0) & (days < least) & (cycles["EXCYCLE"] == cycles["earlier"] + 1)
    return found(cycles, short, "start", cycle=cycles["EXCYCLE"], days_after_the_cycle_before=days)


def _cycle_late(tables: Tables) -> pd.Series:
    cycles = _cycles(tables)
    days = (cycles["start"] - cycles["earlier_start"]).dt.days
    most = 3 * tables.protocol["cycle"]["days"]
    late = (days > most) & (cycles["EXCYCLE"] == cycles["earlier"] + 1)
    return found(cycles, late, "start", cycle=cycles["EXCYCLE"], days_after_the_cycle_before=days)


def _drug_missing(tables: Tables) -> pd.Series:
    """Cycles without a row of each drug: the cycle's first row."""
    ex = tables["ex"]
    drugs = list(tables.protocol["drugs"])
    by = ex.groupby(["USUBJID", "EXCYCLE"], observed=True, sort=False)["EXTRT"]
    fewer = (by.transform("nunique") < len(drugs)) & ~ex.duplicated(["USUBJID", "EXCYCLE"])
    held = {
        key: set(names)
        for key, names in ex[fewer.to_numpy()]
        .merge(ex[["USUBJID", "EXCYCLE", "EXTRT"]], on=["USUBJID", "EXCYCLE"])
        .groupby(["USUBJID", "EXCYCLE"], observed=True)["EXTRT_y"]
    }
    missing = [
        " and ".join(drug for drug in drugs if drug not in held.get(key, drugs))
        for key in zip(ex["USUBJID"], ex["EXCYCLE"])
    ]
    return found(ex, fewer, "EXCYCLE", without=pd.Series(missing, ex.index))


CHECKS = (
    Check(
        "EX-MORE-THAN-PLANNED",
        "No more administrations are given than planned.",
        ("ex",),
        "EXADM",
        lambda t: _against(t, "EXADM", "EXPADM"),
    ),
    Check(
        "EX-ABOVE-PLAN",
        "No higher dose is given than planned.",
        ("ex",),
        "EXDOSE",
        lambda t: _against(t, "EXDOSE", "EXPDOSE"),
    ),
    Check(
        "EX-SMALL", "A dose given is a fifth of the planned one or more.", ("ex",), "EXDOSE", _small
    ),
    Check("EX-CYCLE-EMPTY", "In a cycle some drug is given.", ("ex",), "EXCYCLE", _nothing_given),
    Check(
        "EX-OTHER-LEVEL",
        "The planned dose is that of the patient's dose level.",
        ("ex", "dm"),
        "EXPDOSE",
        _other_level,
    ),
    Check(
        "EX-OTHER-SCHEDULE",
        "As many administrations are planned as the drug has days in a cycle.",
        ("ex",),
        "EXPADM",
        _other_schedule,
    ),
    Check(
        "EX-ZERO",
        "A dose and a number of administrations are both 0 or both above 0.",
        ("ex",),
        "EXDOSE",
        _dose_without_administration,
    ),
    Check(
        "EX-UNEXPLAINED",
        "Where less is given than planned, the reason is told.",
        ("ex",),
        "EXADJ",
        _unexplained,
    ),
    Check(
        "EX-EXPLAINED-IN-VAIN",
        "Where the plan is kept, no reason is told.",
        ("ex",),
        "EXADJ",
        _explained_in_vain,
    ),
    Check(
        "EX-DAYS", "A drug is given at most once a day.", ("ex",), "EXADM", _too_many_for_interval
    ),
    Check(
        "EX-LONG",
        f"A cycle's administrations end within {LATE_DAYS} days after the cycle.",
        ("ex",),
        "EXENDTC",
        _interval_long,
    ),
    Check(
        "EX-CYCLE-GAP", "Cycles are numbered 1, 2, 3 without a gap.", ("ex",), "EXCYCLE", _cycle_gap
    ),
    Check(
        "EX-CYCLE-ORDER", "A later cycle does not begin earlier.", ("ex",), "EXSTDTC", _cycle_order
    ),
    Check(
        "EX-CYCLE-SHORT",
        f"A cycle begins at most {EARLY_DAYS} days before the cycle before it is over.",
        ("ex",),
        "EXSTDTC",
        _cycle_short,
    ),
    Check(
        "EX-CYCLE-LATE",
        "A cycle begins within three cycles' days of the one before.",
        ("ex",),
        "EXSTDTC",
        _cycle_late,
    ),
    Check(
        "EX-DRUG-MISSING",
        "A cycle has a row of each study drug.",
        ("ex",),
        "EXCYCLE",
        _drug_missing,
    ),
)
