"""IMWG response criteria, 2016 version, for serum, urine and light-chain measurable disease.

Source: Kumar S, Paiva B, Anderson KC, et al. Lancet Oncol 2016;17:e328-46, table 4. Stringent
complete response needs clonality of the marrow, which the raw tables do not hold: it is never
derived.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.derive.criteria.criteria import Criteria
from analysis.derive.criteria.imwg_confirmation import RANKS, confirmed_course
from analysis.schema.tables import ResponseTables

SERUM, URINE, LIGHT_CHAIN = "SERUM", "URINE", "FLC"
TESTS = ("MPROTS", "MPROTU", "IFIXS", "IFIXU", "KAPPA", "LAMBDA", "PLASMC")
NAMES = ("Stringent complete response", "Complete response", "Very good partial response",
         "Partial response", "Minimal response", "Stable disease", "Progressive disease",
         "Not evaluable")
UNITS = {"MPROTS": "g/dL", "MPROTU": "mg/24h", "KAPPA": "mg/L", "LAMBDA": "mg/L", "PLASMC": "%"}
EDGE = 1e-9  # decimals such as 0.9 * 1.1 are not exact in binary
NORMAL_RATIO = (0.26, 1.65)


def weighed_labs(raw: Mapping[str, pd.DataFrame], cutoff: np.datetime64) -> pd.DataFrame:
    """Results of the criteria's tests that were done by the cut-off, dated ADT."""
    lb = raw["lb"]
    done = (lb["LBSTAT"].astype(object) != "NOT DONE") & (lb["LBDTC"] <= cutoff)
    return lb[done & lb["LBTESTCD"].isin(TESTS)].rename(columns={"LBDTC": "ADT"})


def imwg_response(labs: pd.DataFrame, measurable: pd.Series, start: pd.Series) -> pd.DataFrame:
    """Unconfirmed IMWG response at each visit after the start of treatment.

    Parameters
    ----------
    labs : DataFrame
        One row a result: USUBJID, LBTESTCD, LBSTRESN (g/dL, mg/24 h, mg/L or %), LBSTRESC,
        VISITNUM, ADT. Baseline is the last result of a test on or before `start`.
    measurable : Series
        SERUM, URINE or FLC by USUBJID; a subject without it is not assessable.
    start : Series
        Date of first dose by USUBJID; subjects without it are left out.

    Returns
    -------
    DataFrame
        One row a subject and visit, in order of date: USUBJID, VISITNUM, ADT (the visit's last
        date), AVALC, CHG (% change of the measurable parameter from baseline), BASE. A visit
        without the measurable parameter, or a subject without a positive baseline, is NE.

    Notes
    -----
    Urine counts for a response where the baseline holds 200 mg/24 h or more; elsewhere it
    counts for a very good partial response where it was measured.
    The lowest value of a progression includes the baseline and all earlier visits. The rise of
    1 g/dL that the criteria ask from 5 g/dL on is part of every rise by 25% from there.

    Examples
    --------
    Serum M-protein of 3.0 g/dL falls by 60% and by 90%, then rises by 0.5 g/dL from the lowest:

    >>> days = pd.to_datetime(["2001-01-01", "2001-01-29", "2001-02-26", "2001-03-26"])
    >>> labs = pd.DataFrame({"USUBJID": "01", "LBTESTCD": "MPROTS", "VISITNUM": [1, 2, 3, 4],
    ...                      "LBSTRESN": [3.0, 1.2, 0.3, 0.8], "LBSTRESC": None, "ADT": days})
    >>> course = imwg_response(labs, pd.Series({"01": "SERUM"}), pd.Series({"01": days[0]}))
    >>> list(zip(course["AVALC"], course["CHG"].round(1)))
    [('PR', -60.0), ('VGPR', -90.0), ('PD', -73.3)]
    """
    labs = labs[labs["LBTESTCD"].isin(TESTS)]
    begin = pd.to_datetime(labs["USUBJID"].astype(object).map(start))
    baseline, later = _latest(labs[labs["ADT"] <= begin], ["USUBJID"]), labs[labs["ADT"] > begin]
    visits = _latest(later, ["USUBJID", "VISITNUM"])
    dates = later.groupby(["USUBJID", "VISITNUM"], observed=True)["ADT"].max()
    visits.insert(0, "ADT", dates.reindex(visits.index))
    visits = visits.reset_index().sort_values(["USUBJID", "ADT", "VISITNUM"], kind="stable",
                                              ignore_index=True)
    base = baseline.reindex(visits["USUBJID"]).reset_index(drop=True)
    kind = visits["USUBJID"].astype(object).map(measurable).to_numpy(object)
    return _graded(visits, base, kind)


def measurable_baseline(labs: pd.DataFrame, measurable: pd.Series,
                        start: pd.Series) -> pd.Series:
    """Whether each subject of `measurable` has a positive baseline of the measurable parameter.

    Parameters are those of `imwg_response`; the result is indexed as `measurable`.
    """
    labs = labs[labs["LBTESTCD"].isin(TESTS)]
    begin = pd.to_datetime(labs["USUBJID"].astype(object).map(start))
    base = _latest(labs[labs["ADT"] <= begin], ["USUBJID"]).reindex(measurable.index)
    values = {SERUM: base["MPROTS"], URINE: base["MPROTU"],
              LIGHT_CHAIN: pd.Series(_difference(base, base), base.index)}
    own = [(measurable == kind).to_numpy() for kind in values]
    chosen = np.select(own, [value.to_numpy(float) for value in values.values()], np.nan)
    return pd.Series(chosen > 0, measurable.index)


def _latest(labs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The last result of each test by `by`, one column a test; qualitative ones as 1 (positive)."""
    value = labs["LBSTRESN"].where(labs["LBSTRESN"].notna(),
                                   labs["LBSTRESC"].astype(object).map({"POSITIVE": 1.0,
                                                                        "NEGATIVE": 0.0}))
    frame = labs[["USUBJID", "LBTESTCD", "VISITNUM", "ADT"]].assign(value=value.astype(float))
    frame = frame[frame["value"].notna()].sort_values(["ADT", "VISITNUM"], kind="stable")
    keys = by + ["LBTESTCD"]
    last = frame.drop_duplicates(keys, keep="last").astype({"LBTESTCD": object})
    return last.set_index(keys)["value"].unstack("LBTESTCD").reindex(columns=list(TESTS))


def _graded(visits: pd.DataFrame, base: pd.DataFrame, kind: np.ndarray) -> pd.DataFrame:
    serum, urine = _Course(visits, base, "MPROTS"), _Course(visits, base, "MPROTU")
    chains = _Course(visits.assign(DFLC=_difference(visits, base)),
                     base.assign(DFLC=_difference(base, base)), "DFLC")
    conditions = _conditions(visits, kind, serum, urine, chains)
    category = np.select(list(conditions.values()), list(conditions), default="SD")
    measured = {SERUM: serum, URINE: urine, LIGHT_CHAIN: chains}
    own = {name: kind == name for name in measured}
    change = np.select(list(own.values()), [c.change for c in measured.values()], np.nan)
    baseline = np.select(list(own.values()), [c.base for c in measured.values()], np.nan)
    return pd.DataFrame({
        "USUBJID": visits["USUBJID"], "VISITNUM": visits["VISITNUM"], "ADT": visits["ADT"],
        "AVALC": np.where(np.isfinite(change), category, "NE").astype(object),
        "CHG": 100 * change, "BASE": baseline})


class _Course:
    """One parameter over the visits: value, baseline, relative change, lowest value before."""

    def __init__(self, visits: pd.DataFrame, base: pd.DataFrame, name: str) -> None:
        self.value, self.base = visits[name].to_numpy(float), base[name].to_numpy(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = self.value / self.base - 1
        self.change = np.where(self.base > 0, change, np.nan)
        earlier = visits[name].groupby(visits["USUBJID"], observed=True).shift()
        lowest = earlier.groupby(visits["USUBJID"], observed=True).cummin()
        lowest = lowest.groupby(visits["USUBJID"], observed=True).ffill()
        self.lowest = np.fmin(lowest.to_numpy(float), self.base)

    def down(self, share: float) -> np.ndarray:
        return self.change <= -share + EDGE

    def up(self, absolute: float) -> np.ndarray:
        """Up by 25% or more from the lowest value, and by `absolute` or more."""
        rise = self.value - self.lowest
        return (rise >= 0.25 * self.lowest - EDGE) & (rise >= absolute - EDGE)


def _difference(frame: pd.DataFrame, base: pd.DataFrame) -> np.ndarray:
    """Involved minus uninvolved light chain; the involved is the higher one at baseline."""
    kappa, sign = frame["KAPPA"] - frame["LAMBDA"], np.sign(base["KAPPA"] - base["LAMBDA"])
    return (kappa * sign).to_numpy(float)


def _conditions(visits: pd.DataFrame, kind: np.ndarray, serum: _Course, urine: _Course,
                chains: _Course) -> dict[str, np.ndarray]:
    """Conditions of each category, in the order in which they are asked."""
    by_serum, by_urine, by_chains = kind == SERUM, kind == URINE, kind == LIGHT_CHAIN
    asked = urine.base >= 200  # measurable in urine
    negative = ((visits["IFIXS"] == 0) & (visits["IFIXU"] == 0) & (visits["PLASMC"] < 5)).to_numpy()
    ratio = (visits["KAPPA"] / visits["LAMBDA"]).to_numpy(float)
    normal = (ratio >= NORMAL_RATIO[0]) & (ratio <= NORMAL_RATIO[1])
    low_urine = (urine.value < 100) | ~asked & np.isnan(urine.value)
    progression = (serum.up(0.5) | urine.up(200)) & ~by_chains
    progression |= chains.up(0) & (chains.value - chains.lowest > 100 + EDGE) & by_chains
    partial = by_serum & serum.down(0.5) & (~asked | urine.down(0.9) | (urine.value < 200))
    partial |= by_urine & (urine.down(0.9) | (urine.value < 200) & asked)
    minimal = by_serum & serum.down(0.25) & (~asked | urine.down(0.5))
    minimal |= by_urine & urine.down(0.5)
    very_good = by_serum & serum.down(0.9) & low_urine  # or by immunofixation alone: down by all
    very_good |= by_urine & (urine.value < 100)
    return {
        "PD": progression,
        "CR": negative & (~by_chains & ~(serum.value > 0) & ~(urine.value > 0) | by_chains & normal),
        "VGPR": very_good | by_chains & chains.down(0.9),
        "PR": partial | by_chains & chains.down(0.5),
        "MR": minimal,
    }


CRITERIA = Criteria(
    name="IMWG 2016", version="2016", categories=dict(zip(RANKS, NAMES)), response="PR",
    asks=ResponseTables(tables=("lb",), results={"OVRLRESP": RANKS}, imaging=True),
    weighed=weighed_labs, visit_responses=imwg_response, baseline=measurable_baseline,
    confirmed=confirmed_course, thresholds=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    change_label="Best change in M-protein, %", measurable="MEASDIS", units=UNITS,
)
