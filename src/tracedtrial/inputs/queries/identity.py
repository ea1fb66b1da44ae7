"""Checks of ids, arms and cohorts."""

import re

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import (
    NOTHING,
    Check,
    both,
    found,
    most_common,
    other_spelling,
)
from tracedtrial.inputs.queries.tables import Tables
from tracedtrial.inputs.schema.tables import NOT_ASSIGNED

MOST_MEMBERS = 6
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
BY_SPREADSHEET = re.compile(
    rf"\d{{1,4}}[-/ ]({MONTHS})([-/ ]\d+)?|({MONTHS})[-/ ]\d+|\d+(\.\d+)?e[+-]\d+"
    r"|\d{1,4}[/.]\d{1,2}[/.]\d{1,4}|#[A-Z/0]+[!?]?",
    re.IGNORECASE,
)


def _two_studies(tables: Tables) -> pd.Series:
    usual = tables["dm"]["STUDYID"].astype(object).mode().sort_values().iloc[0]
    return both(
        *(
            found(
                frame,
                frame["STUDYID"] != usual,
                "STUDYID",
                elsewhere=np.full(len(frame), usual, object),
            )
            for frame in tables.raw.tables.values()
        )
    )


def _not_held(tables: Tables, inner: str, outer: str) -> pd.Series:
    """Patients whose one id does not hold the other, where most patients' does."""
    dm = tables["dm"]
    holds = np.array(
        [part in whole for part, whole in zip(dm[inner].astype(str), dm[outer].astype(str))], bool
    )
    return found(
        dm, ~holds if holds.mean() > 0.5 else np.zeros(len(dm), bool), outer, **{inner: dm[inner]}
    )


def _by_spreadsheet(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return both(
        *(
            found(
                dm,
                dm[name].astype(str).map(lambda text: bool(BY_SPREADSHEET.fullmatch(text))),
                name,
            )
            for name in ("SUBJID", "SITEID", "USUBJID")
        )
    )


def _zeros(tables: Tables) -> pd.Series:
    """Sites that differ from a more common one in leading zeros alone."""
    dm = tables["dm"]
    sites = dm["SITEID"].astype(object)
    usual = most_common(sites, sites.str.lstrip("0"))
    return found(dm, sites != usual, "SITEID", elsewhere=usual)


def _one_for(tables: Tables, column: str, by: str) -> pd.Series:
    dm = tables["dm"]
    usual = most_common(dm[column], dm[by])
    return found(dm, dm[column].astype(object) != usual, column, **{by: dm[by]}, elsewhere=usual)


def _assigned(tables: Tables) -> pd.DataFrame:
    dm = tables["dm"]
    return dm[~dm["ARMCD"].isin(NOT_ASSIGNED).to_numpy() & (dm["COHORT"] != "").to_numpy()]


def _two_levels(tables: Tables, expansion: bool) -> pd.Series:
    """Members of a cohort at another level than most of it."""
    dm, code = _assigned(tables), tables.protocol["escalation"]["expansion_cohort"]["value"]
    dm = dm[((dm["COHORT"] == code) == expansion).to_numpy()]
    if dm.empty:
        return NOTHING
    usual = most_common(dm["ARMCD"], dm["COHORT"])
    return found(
        dm, dm["ARMCD"].astype(object) != usual, "ARMCD", cohort=dm["COHORT"], the_others=usual
    )


def _cohorts(tables: Tables) -> pd.DataFrame:
    """Escalation cohorts by number: the patient first treated, and the cohort before."""
    dm = _assigned(tables)
    numbers = pd.to_numeric(dm["COHORT"].astype(object), errors="coerce")
    dm = dm.assign(number=numbers, first=tables.of(dm, tables.first_dose), record=dm.index)
    dm = dm[dm["number"].notna()].sort_values("first", kind="stable")
    cohorts = dm.drop_duplicates("number").sort_values("number").set_index("record")
    return cohorts.assign(
        earlier=cohorts["number"].shift(fill_value=0), earlier_first=cohorts["first"].shift()
    )


def _cohort_order(tables: Tables) -> pd.Series:
    cohorts = _cohorts(tables)
    return found(
        cohorts,
        cohorts["first"] < cohorts["earlier_first"],
        "COHORT",
        first_dose=cohorts["first"],
        cohort_before_from=cohorts["earlier_first"],
    )


def _cohort_gap(tables: Tables) -> pd.Series:
    cohorts = _cohorts(tables)
    return found(
        cohorts,
        cohorts["number"] > cohorts["earlier"] + 1,
        "COHORT",
        cohort_before=cohorts["earlier"],
    )


def _cohort_large(tables: Tables) -> pd.Series:
    """Members of an escalation cohort beyond its first six by first dose."""
    dm, code = _assigned(tables), tables.protocol["escalation"]["expansion_cohort"]["value"]
    dm = dm[(dm["COHORT"] != code).to_numpy()]
    dm = dm.assign(first=tables.of(dm, tables.first_dose)).sort_values("first", kind="stable")
    place = dm.groupby("COHORT", observed=True).cumcount()
    return found(dm, place >= MOST_MEMBERS, "COHORT", member=place + 1)


def _level_skipped(tables: Tables) -> pd.Series:
    """Cohorts more than one level above the highest before them, of the levels that were opened."""
    cohorts = _cohorts(tables)
    opened = set(cohorts["ARMCD"])
    levels = [level for level in tables.protocol["dose_levels"] if level in opened]
    step = cohorts["ARMCD"].astype(object).map(levels.index).astype(float)
    highest = step.cummax().shift()
    return found(cohorts, step > highest + 1, "ARMCD", cohort=cohorts["COHORT"])


def _expansion_untried(tables: Tables) -> pd.Series:
    """Expansion patients treated before any patient of the escalation at their level."""
    dm, code = _assigned(tables), tables.protocol["escalation"]["expansion_cohort"]["value"]
    dm = dm.assign(first=tables.of(dm, tables.first_dose))
    escalated = dm[(dm["COHORT"] != code).to_numpy()]
    if escalated.empty:
        return NOTHING
    tried = (
        dm["ARMCD"]
        .astype(object)
        .map(escalated.astype({"ARMCD": object}).groupby("ARMCD")["first"].min())
    )
    early = dm["first"].notna() & (tried.isna() | (dm["first"] < tried))
    return found(
        dm, early & (dm["COHORT"] == code), "ARMCD", first_dose=dm["first"], level_first_tried=tried
    )


def _spelling(tables: Tables) -> pd.Series:
    return both(*(other_spelling(tables["dm"], column) for column in ("RACE", "ETHNIC")))


def _cohort_unassigned(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return found(
        dm, dm["ARMCD"].isin(NOT_ASSIGNED) & (dm["COHORT"] != ""), "COHORT", ARMCD=dm["ARMCD"]
    )


CHECKS = (
    Check("STUDYID-TWO", "All rows are of one study.", ("dm",), "STUDYID", _two_studies),
    Check(
        "DM-SITE-IN-SUBJID",
        "The subject id holds the site, where most subject ids do.",
        ("dm",),
        "SUBJID",
        lambda t: _not_held(t, "SITEID", "SUBJID"),
    ),
    Check(
        "DM-SUBJID-IN-USUBJID",
        "The unique subject id holds the subject id, where most do.",
        ("dm",),
        "USUBJID",
        lambda t: _not_held(t, "SUBJID", "USUBJID"),
    ),
    Check(
        "DM-ID-SPREADSHEET",
        "An id is no date, number or error that a spreadsheet made of it.",
        ("dm",),
        "id",
        _by_spreadsheet,
    ),
    Check(
        "DM-SITE-ZEROS",
        "A site has one spelling, with or without leading zeros.",
        ("dm",),
        "SITEID",
        _zeros,
    ),
    Check(
        "DM-ARM-TEXT",
        "An arm code has one text.",
        ("dm",),
        "ARM",
        lambda t: _one_for(t, "ARM", "ARMCD"),
    ),
    Check(
        "DM-ARM-CODE",
        "An arm's text has one code.",
        ("dm",),
        "ARMCD",
        lambda t: _one_for(t, "ARMCD", "ARM"),
    ),
    Check(
        "DM-COHORT-LEVELS",
        "The members of a cohort are at one dose level.",
        ("dm",),
        "ARMCD",
        lambda t: _two_levels(t, expansion=False),
    ),
    Check(
        "DM-EXPANSION-LEVEL",
        "Patients of the expansion are at one dose level.",
        ("dm",),
        "ARMCD",
        lambda t: _two_levels(t, expansion=True),
    ),
    Check(
        "DM-COHORT-ORDER",
        "A later cohort does not begin treatment earlier.",
        ("dm", "ex"),
        "COHORT",
        _cohort_order,
    ),
    Check(
        "DM-COHORT-GAP",
        "Cohorts are numbered 1, 2, 3 without a gap.",
        ("dm", "ex"),
        "COHORT",
        _cohort_gap,
    ),
    Check(
        "DM-COHORT-LARGE",
        f"An escalation cohort has {MOST_MEMBERS} members or fewer.",
        ("dm", "ex"),
        "COHORT",
        _cohort_large,
    ),
    Check(
        "DM-LEVEL-SKIPPED",
        "A cohort is at most one opened dose level above those before it.",
        ("dm", "ex"),
        "ARMCD",
        _level_skipped,
    ),
    Check(
        "DM-EXPANSION-UNTRIED",
        "The expansion takes a dose level that the escalation tried before.",
        ("dm", "ex"),
        "ARMCD",
        _expansion_untried,
    ),
    Check("DM-SPELLING", "A race or ethnicity has one spelling.", ("dm",), "RACE", _spelling),
    Check(
        "DM-COHORT-UNASSIGNED",
        "Who is not assigned to a dose level is in no cohort.",
        ("dm",),
        "COHORT",
        _cohort_unassigned,
    ),
)
