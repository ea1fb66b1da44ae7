"""Checks of ids, arms and cohorts."""

import re

import numpy as np
import pandas as pd

from analysis.queries.check import NOTHING, Check, both, found, most_common
from analysis.queries.tables import Tables
from analysis.schema.tables import NOT_ASSIGNED

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
BY_SPREADSHEET = re.compile(
    rf"\d{{1,4}}[-/ ]({MONTHS})[a-z]*([-/ ]\d+)?|({MONTHS})[a-z]*[-/ ]\d+|\d+(\.\d+)?e[+-]?\d+"
    r"|\d{1,4}[/.]\d{1,2}[/.]\d{1,4}|#\w+[!?/]?\w?", re.IGNORECASE)


def _two_studies(tables: Tables) -> pd.Series:
    usual = tables["dm"]["STUDYID"].astype(object).mode().sort_values().iloc[0]
    return both(*(found(frame, frame["STUDYID"] != usual, "STUDYID",
                        elsewhere=np.full(len(frame), usual, object))
                  for frame in tables.raw.tables.values()))


def _not_held(tables: Tables, inner: str, outer: str) -> pd.Series:
    """Patients whose one id does not hold the other, where most patients' does."""
    dm = tables["dm"]
    holds = np.array([part in whole for part, whole in zip(dm[inner].astype(str),
                                                           dm[outer].astype(str))], bool)
    return found(dm, ~holds if holds.mean() > 0.5 else np.zeros(len(dm), bool), outer,
                 **{inner: dm[inner]})


def _by_spreadsheet(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return both(*(found(dm, dm[name].astype(str).map(
        lambda text: bool(BY_SPREADSHEET.fullmatch(text))), name)
        for name in ("SUBJID", "SITEID", "USUBJID")))


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
    return found(dm, dm["ARMCD"].astype(object) != usual, "ARMCD", cohort=dm["COHORT"],
                 the_others=usual)


def _cohorts(tables: Tables) -> pd.DataFrame:
    """Escalation cohorts by number: the patient first treated, and the cohort before."""
    dm = _assigned(tables)
    numbers = pd.to_numeric(dm["COHORT"].astype(object), errors="coerce")
    dm = dm.assign(number=numbers, first=tables.of(dm, tables.first_dose), record=dm.index)
    dm = dm[dm["number"].notna()].sort_values("first", kind="stable")
    cohorts = dm.drop_duplicates("number").sort_values("number").set_index("record")
    return cohorts.assign(earlier=cohorts["number"].shift(fill_value=0),
                          earlier_first=cohorts["first"].shift())


def _cohort_order(tables: Tables) -> pd.Series:
    cohorts = _cohorts(tables)
    return found(cohorts, cohorts["first"] < cohorts["earlier_first"], "COHORT",
                 first_dose=cohorts["first"], cohort_before_from=cohorts["earlier_first"])


def _cohort_gap(tables: Tables) -> pd.Series:
    cohorts = _cohorts(tables)
    return found(cohorts, cohorts["number"] > cohorts["earlier"] + 1, "COHORT",
                 cohort_before=cohorts["earlier"])


def _cohort_unassigned(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return found(dm, dm["ARMCD"].isin(NOT_ASSIGNED) & (dm["COHORT"] != ""), "COHORT",
                 ARMCD=dm["ARMCD"])


CHECKS = (
    Check("STUDYID-TWO", "All rows are of one study.", ("dm",), "STUDYID", _two_studies),
    Check("DM-SITE-IN-SUBJID", "The subject id holds the site, where most subject ids do.",
          ("dm",), "SUBJID", lambda t: _not_held(t, "SITEID", "SUBJID")),
    Check("DM-SUBJID-IN-USUBJID", "The unique subject id holds the subject id, where most do.",
          ("dm",), "USUBJID", lambda t: _not_held(t, "SUBJID", "USUBJID")),
    Check("DM-ID-SPREADSHEET", "An id is no date, number or error that a spreadsheet made of it.",
          ("dm",), "id", _by_spreadsheet),
    Check("DM-SITE-ZEROS", "A site has one spelling, with or without leading zeros.", ("dm",),
          "SITEID", _zeros),
    Check("DM-ARM-TEXT", "An arm code has one text.", ("dm",), "ARM",
          lambda t: _one_for(t, "ARM", "ARMCD")),
    Check("DM-ARM-CODE", "An arm's text has one code.", ("dm",), "ARMCD",
          lambda t: _one_for(t, "ARMCD", "ARM")),
    Check("DM-COHORT-LEVELS", "The members of a cohort are at one dose level.", ("dm",), "ARMCD",
          lambda t: _two_levels(t, expansion=False)),
    Check("DM-EXPANSION-LEVEL", "Patients of the expansion are at one dose level.", ("dm",),
          "ARMCD", lambda t: _two_levels(t, expansion=True)),
    Check("DM-COHORT-ORDER", "A later cohort does not begin treatment earlier.", ("dm", "ex"),
          "COHORT", _cohort_order),
    Check("DM-COHORT-GAP", "Cohorts are numbered 1, 2, 3 without a gap.", ("dm", "ex"), "COHORT",
          _cohort_gap),
    Check("DM-COHORT-UNASSIGNED", "Who is not assigned to a dose level is in no cohort.", ("dm",),
          "COHORT", _cohort_unassigned),
)
