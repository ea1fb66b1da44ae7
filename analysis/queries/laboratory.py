"""Checks of laboratory values: units, ranges, reference ranges, jumps, labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.queries.check import Check, found, most_common
from analysis.queries.tables import Tables


@dataclass(frozen=True)
class Plausible:
    """Values of a test in a unit that a living patient may have.

    `high_women` is the upper limit for women where it differs. A value that is `jump` times the
    one before it, and at least `from_`, is questioned.
    """

    low: float
    high: float
    high_women: float | None = None
    jump: float = np.inf
    from_: float = np.inf


PLAUSIBLE = {
    ("MPROTS", "g/dL"): Plausible(0, 15, jump=8, from_=3),
    ("MPROTS", "g/L"): Plausible(0, 150, jump=8, from_=30),
    ("MPROTU", "mg/24h"): Plausible(0, 40_000, jump=20, from_=4000),
    ("KAPPA", "mg/L"): Plausible(0.01, 30_000, jump=20, from_=500),
    ("LAMBDA", "mg/L"): Plausible(0.01, 30_000, jump=20, from_=500),
    ("PLASMC", "%"): Plausible(0, 100),
    ("HGB", "g/dL"): Plausible(3, 20, high_women=18.5, jump=2, from_=0),
    ("HGB", "g/L"): Plausible(30, 200, high_women=185, jump=2, from_=0),
    ("NEUT", "10^9/L"): Plausible(0, 100),
    ("PLAT", "10^9/L"): Plausible(1, 1500),
}
OTHER_UNIT = 5  # reference limits of one test in one unit differ less


def _results(tables: Tables) -> pd.DataFrame:
    lb = tables["lb"]
    return lb[lb["LBSTRESN"].notna().to_numpy()]


def _limits(lb: pd.DataFrame, name: str) -> np.ndarray:
    """A limit of `Plausible` for each row; NaN where its test and unit are not known."""
    keys = zip(lb["LBTESTCD"].astype(object), lb["LBSTRESU"].astype(object))
    found = (PLAUSIBLE.get(key) for key in keys)
    return np.array([np.nan if entry is None or getattr(entry, name) is None
                     else getattr(entry, name) for entry in found], float)


def _out_of_range(tables: Tables) -> pd.Series:
    lb = _results(tables)
    women = tables.of(lb, tables.texts("SEX")) == "F"
    high, for_women = _limits(lb, "high"), _limits(lb, "high_women")
    high = np.where(women & ~np.isnan(for_women), for_women, high)
    value = lb["LBSTRESN"].to_numpy()
    return found(lb, (value < _limits(lb, "low")) | (value > high), "LBSTRESN",
                 test=lb["LBTESTCD"], unit=lb["LBSTRESU"])


def _over_hundred_percent(tables: Tables) -> pd.Series:
    lb = _results(tables)
    return found(lb, (lb["LBSTRESU"] == "%") & (lb["LBSTRESN"] > 100), "LBSTRESN",
                 test=lb["LBTESTCD"])


def _jump(tables: Tables) -> pd.Series:
    """Results that are many times the one before, in units that suggest another unit."""
    lb = _results(tables).sort_values(["USUBJID", "LBTESTCD", "LBDTC", "VISITNUM"], kind="stable")
    before = lb.groupby(["USUBJID", "LBTESTCD"], observed=True, sort=False)["LBSTRESN"].shift()
    value, times = lb["LBSTRESN"].to_numpy(), _limits(lb, "jump")
    high = (value >= before.to_numpy() * times) & (value >= _limits(lb, "from_"))
    return found(lb, high & (before > 0).to_numpy(), "LBSTRESN", test=lb["LBTESTCD"],
                 before=before)


def _reversed_range(tables: Tables) -> pd.Series:
    lb = tables["lb"]
    return found(lb, lb["LBSTNRLO"] > lb["LBSTNRHI"], "LBSTNRLO", upper=lb["LBSTNRHI"])


def _other_range(tables: Tables) -> pd.Series:
    """Upper reference limits many times, or a small part of, the test's median one."""
    lb = tables["lb"]
    median = lb.groupby("LBTESTCD", observed=True)["LBSTNRHI"].transform("median")
    ratio = lb["LBSTNRHI"] / median.where(median > 0)
    return found(lb, (ratio > OTHER_UNIT) | (ratio < 1 / OTHER_UNIT), "LBSTNRHI",
                 test=lb["LBTESTCD"], median=median)


def _one_for_test(tables: Tables, column: str) -> pd.Series:
    lb = tables["lb"]
    usual = most_common(lb[column], lb["LBTESTCD"])
    return found(lb, lb[column].astype(object) != usual, column, test=lb["LBTESTCD"],
                 elsewhere=usual)


CHECKS = (
    Check("LB-PERCENT", "A result in percent is at most 100.", ("lb",), "LBSTRESN",
          _over_hundred_percent, refuses=True),
    Check("LB-RANGE", "A result lies within what a living patient of that sex may have.",
          ("lb", "dm"), "LBSTRESN", _out_of_range),
    Check("LB-JUMP", "A result is not many times the one before, as in another unit.", ("lb",),
          "LBSTRESN", _jump),
    Check("LB-REFERENCE-REVERSED", "The lower reference limit is not above the upper one.",
          ("lb",), "LBSTNRLO", _reversed_range, refuses=True),
    Check("LB-REFERENCE-UNIT", "The upper reference limit of a test is near those of its other "
          "rows.", ("lb",), "LBSTNRHI", _other_range),
    Check("LB-SPECIMEN", "A test has one specimen.", ("lb",), "LBSPEC",
          lambda t: _one_for_test(t, "LBSPEC")),
    Check("LB-NAME", "A test code has one name.", ("lb",), "LBTEST",
          lambda t: _one_for_test(t, "LBTEST")),
)
