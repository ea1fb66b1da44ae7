"""Checks of laboratory values: units, ranges, reference ranges, jumps, labels."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found, most_common
from tracedtrial.inputs.queries.criteria.ranges import ALONE, PLAUSIBLE
from tracedtrial.inputs.queries.tables import Tables

OTHER_UNIT = 5  # reference limits of one test in one unit differ less
SAME_RESULTS = 5  # so many equal results at two visits are no coincidence


def _results(tables: Tables) -> pd.DataFrame:
    lb = tables["lb"]
    return lb[lb["LBSTRESN"].notna().to_numpy()]


def _limits(lb: pd.DataFrame, name: str) -> np.ndarray:
    """A limit of `Plausible` for each row; NaN where its test and unit are not known."""
    keys = zip(lb["LBTESTCD"].astype(object), lb["LBSTRESU"].astype(object))
    found = (PLAUSIBLE.get(key) for key in keys)
    return np.array(
        [
            np.nan if entry is None or getattr(entry, name) is None else getattr(entry, name)
            for entry in found
        ],
        float,
    )


def _out_of_range(tables: Tables) -> pd.Series:
    lb = _results(tables)
    women = tables.of(lb, tables.texts("SEX")) == "F"
    high, for_women = _limits(lb, "high"), _limits(lb, "high_women")
    high = np.where(women & ~np.isnan(for_women), for_women, high)
    value = lb["LBSTRESN"].to_numpy()
    return found(
        lb,
        (value < _limits(lb, "low")) | (value > high),
        "LBSTRESN",
        test=lb["LBTESTCD"],
        unit=lb["LBSTRESU"],
    )


def _over_hundred_percent(tables: Tables) -> pd.Series:
    lb = _results(tables)
    return found(
        lb, (lb["LBSTRESU"] == "%") & (lb["LBSTRESN"] > 100), "LBSTRESN", test=lb["LBTESTCD"]
    )


def _jump(tables: Tables) -> pd.Series:
    """Results that are many times the one before, or part from both neighbours."""
    lb = _results(tables).sort_values(["USUBJID", "LBTESTCD", "LBDTC", "VISITNUM"], kind="stable")
    by = lb.groupby(["USUBJID", "LBTESTCD"], observed=True, sort=False)["LBSTRESN"]
    before, after, value = by.shift(), by.shift(-1), lb["LBSTRESN"]
    least = _limits(lb, "from_")
    high = (value >= before * _limits(lb, "jump")) & (value >= least) & (before > 0)
    alone = (value >= ALONE * np.maximum(before, after)) & (value >= least)
    dip = (value * ALONE <= np.minimum(before, after)) & (np.minimum(before, after) >= least)
    back = dip.groupby([lb["USUBJID"], lb["LBTESTCD"]], observed=True, sort=False).shift(
        fill_value=False
    )
    alone &= np.minimum(before, after) > 0
    return found(
        lb,
        (high & ~back) | alone | (dip & (value > 0)),
        "LBSTRESN",
        test=lb["LBTESTCD"],
        before=before,
        after=after,
    )


def _same_as_visit_before(tables: Tables) -> pd.Series:
    """The first row of a visit all of whose results are those of the visit before."""
    lb = _results(tables)
    hashed = pd.util.hash_pandas_object(
        lb[["LBTESTCD", "LBSTRESN"]].astype({"LBTESTCD": str}), index=False
    ).to_numpy()
    visits = (
        lb.assign(record=lb.index, hashed=hashed)
        .groupby(["USUBJID", "VISITNUM"], observed=True)
        .agg(record=("record", "min"), results=("hashed", "sum"), size=("hashed", "size"))
        .reset_index()
    )
    before = visits.groupby("USUBJID", observed=True)[["results", "size", "VISITNUM"]].shift(
        fill_value=0
    )
    same = (
        (visits["results"] == before["results"])
        & (visits["size"] == before["size"])
        & (visits["size"] >= SAME_RESULTS)
    )
    return found(
        visits.set_index("record"),
        same.to_numpy(),
        "VISITNUM",
        visit_before=before["VISITNUM"].to_numpy(),
    )


def _reversed_range(tables: Tables) -> pd.Series:
    lb = tables["lb"]
    return found(lb, lb["LBSTNRLO"] > lb["LBSTNRHI"], "LBSTNRLO", upper=lb["LBSTNRHI"])


def _other_range(tables: Tables) -> pd.Series:
    """Upper reference limits many times, or a small part of, the test's median one."""
    lb = tables["lb"]
    median = lb.groupby("LBTESTCD", observed=True)["LBSTNRHI"].transform("median")
    ratio = lb["LBSTNRHI"] / median.where(median > 0)
    return found(
        lb,
        (ratio > OTHER_UNIT) | (ratio < 1 / OTHER_UNIT),
        "LBSTNRHI",
        test=lb["LBTESTCD"],
        median=median,
    )


def _one_for_test(tables: Tables, column: str) -> pd.Series:
    lb = tables["lb"]
    usual = most_common(lb[column], lb["LBTESTCD"])
    return found(
        lb, lb[column].astype(object) != usual, column, test=lb["LBTESTCD"], elsewhere=usual
    )


CHECKS = (
    Check(
        "LB-PERCENT",
        "A result in percent is at most 100.",
        ("lb",),
        "LBSTRESN",
        _over_hundred_percent,
        refuses=True,
    ),
    Check(
        "LB-RANGE",
        "A result lies within what a living patient of that sex may have.",
        ("lb", "dm"),
        "LBSTRESN",
        _out_of_range,
    ),
    Check(
        "LB-JUMP",
        "A result is not many times the one before, nor far from both "
        "neighbours, as in another unit.",
        ("lb",),
        "LBSTRESN",
        _jump,
    ),
    Check(
        "LB-SAME-VISIT",
        f"The results of a visit, where {SAME_RESULTS} or more, are not all those "
        "of the visit before.",
        ("lb",),
        "VISITNUM",
        _same_as_visit_before,
    ),
    Check(
        "LB-REFERENCE-REVERSED",
        "The lower reference limit is not above the upper one.",
        ("lb",),
        "LBSTNRLO",
        _reversed_range,
        refuses=True,
    ),
    Check(
        "LB-REFERENCE-UNIT",
        "The upper reference limit of a test is near those of its other rows.",
        ("lb",),
        "LBSTNRHI",
        _other_range,
    ),
    Check(
        "LB-SPECIMEN",
        "A test has one specimen.",
        ("lb",),
        "LBSPEC",
        lambda t: _one_for_test(t, "LBSPEC"),
    ),
    Check(
        "LB-NAME",
        "A test code has one name.",
        ("lb",),
        "LBTEST",
        lambda t: _one_for_test(t, "LBTEST"),
    ),
)
