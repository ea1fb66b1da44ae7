"""IMWG response criteria, 2016 version, for serum, urine and light-chain measurable disease.

Source: Kumar S, Paiva B, Anderson KC, et al. Lancet Oncol 2016;17:e328-46, table 4. Stringent
complete response needs clonality of the marrow, which the raw tables do not hold: it is never
derived.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tracedtrial.datasets.criteria.criteria import Criteria
from tracedtrial.datasets.criteria.imwg_confirmation import RANKS, confirmed_course
from tracedtrial.datasets.criteria.imwg_marrow import serving_marrow
from tracedtrial.datasets.criteria.imwg_parameter import EDGE, Parameter
from tracedtrial.inputs.schema.tables import ResponseTables

SERUM, URINE, LIGHT_CHAIN = "SERUM", "URINE", "FLC"
TESTS = ("MPROTS", "MPROTU", "IFIXS", "IFIXU", "KAPPA", "LAMBDA", "PLASMC")
NAMES = (
    "Stringent complete response",
    "Complete response",
    "Very good partial response",
    "Partial response",
    "Minimal response",
    "Stable disease",
    "Progressive disease",
    "Not evaluable",
)
UNITS = {"MPROTS": "g/dL", "MPROTU": "mg/24h", "KAPPA": "mg/L", "LAMBDA": "mg/L", "PLASMC": "%"}
NORMAL_RATIO = (0.26, 1.65)


def weighed_labs(raw: Mapping[str, pd.DataFrame], cutoff: np.datetime64) -> pd.DataFrame:
    """Results of the criteria's tests that were done by the cut-off, dated ADT."""
    lb = raw["lb"]
    done = (lb["LBSTAT"].astype(object) != "NOT DONE") & (lb["LBDTC"] <= cutoff)
    return lb[done & lb["LBTESTCD"].isin(TESTS)].rename(columns={"LBDTC": "ADT"})


def imwg_response(
    labs: pd.DataFrame, measurable: pd.Series, start: pd.Series, rules: Mapping
) -> pd.DataFrame:
    """Unconfirmed IMWG response at each visit after the start of treatment.

    Parameters
    ----------
    labs : DataFrame
        One row a result: USUBJID, LBTESTCD, LBSTRESN (g/dL, mg/24 h, mg/L or %), LBSTRESC,
        VISITNUM, ADT. Baseline is the last result of a test on or before `start` (IMWG-1).
    measurable : Series
        SERUM, URINE or FLC by USUBJID, the declared kind of measurable disease.
    start : Series
        Date of first dose by USUBJID; subjects without it are left out.
    rules : Mapping
        The protocol's `response`: measurable, progression, marrow.

    Returns
    -------
    DataFrame
        One row a subject and visit, in order of date: USUBJID, VISITNUM, ADT (the visit's last
        date), AVALC, CHG (% change of the declared parameter from a measurable baseline), BASE,
        SERVING (index in `labs` of the marrow result that a complete response rests on).

    Notes
    -----
    IMWG-2 to IMWG-10 of docs/rules.md; the conditions below name the one that they implement.

    Examples
    --------
    Serum M-protein of 3.0 g/dL falls by 60% and by 90%, then rises by 0.5 g/dL from the lowest
    value reached twice; the urine is clear:

    >>> days = pd.date_range("2001-01-01", periods=5, freq="28D")
    >>> values = {"MPROTS": [3.0, 1.2, 0.3, 0.2, 0.8], "MPROTU": [0.0] * 5}
    >>> labs = pd.DataFrame([
    ...     {"USUBJID": "01", "LBTESTCD": test, "VISITNUM": visit, "LBSTRESN": value,
    ...      "LBSTRESC": None, "ADT": days[visit]}
    ...     for test, course in values.items() for visit, value in enumerate(course)])
    >>> rules = {"measurable": {"serum": 1, "urine": 200, "light_chain": 100},
    ...          "progression": {"lowest": "confirmed", "rise_from_5": "sufficient"},
    ...          "marrow": {"days_before": 14}}
    >>> course = imwg_response(labs, pd.Series({"01": "SERUM"}), pd.Series({"01": days[0]}), rules)
    >>> list(zip(course["AVALC"], course["CHG"].round(1)))
    [('PR', -60.0), ('VGPR', -90.0), ('VGPR', -93.3), ('PD', -73.3)]
    """
    labs = labs[labs["LBTESTCD"].isin(TESTS)]
    begin = pd.to_datetime(labs["USUBJID"].astype(object).map(start))
    baseline, later = _latest(labs[labs["ADT"] <= begin], ["USUBJID"]), labs[labs["ADT"] > begin]
    visits = _latest(later, ["USUBJID", "VISITNUM"])
    dates = later.groupby(["USUBJID", "VISITNUM"], observed=True)["ADT"].max()
    visits.insert(0, "ADT", dates.reindex(visits.index))
    visits = visits.reset_index().sort_values(
        ["USUBJID", "ADT", "VISITNUM"], kind="stable", ignore_index=True
    )
    visits["SERVING"] = serving_marrow(visits, _marrow(labs, begin), rules["marrow"]["days_before"])
    base = baseline.reindex(visits["USUBJID"]).reset_index(drop=True)
    kind = visits["USUBJID"].astype(object).map(measurable).to_numpy(object)
    return _graded(visits, base, kind, rules)


def measurable_baseline(
    labs: pd.DataFrame, measurable: pd.Series, start: pd.Series, rules: Mapping
) -> pd.Series:
    """Whether each subject's declared parameter is measurable at baseline (IMWG-2).

    Parameters are those of `imwg_response`; the result is indexed as `measurable`.
    """
    labs = labs[labs["LBTESTCD"].isin(TESTS)]
    begin = pd.to_datetime(labs["USUBJID"].astype(object).map(start))
    base = _latest(labs[labs["ADT"] <= begin], ["USUBJID"]).reindex(measurable.index)
    own = _of_kind(measurable.to_numpy(object), _measurable(base, rules["measurable"]), False)
    return pd.Series(own, measurable.index)


def _marrow(labs: pd.DataFrame, begin: pd.Series) -> pd.DataFrame:
    """Plasma cells in the marrow, in order of date; a baseline result cannot serve."""
    chosen = (labs["LBTESTCD"] == "PLASMC") & labs["LBSTRESN"].notna() & (labs["ADT"] > begin)
    rows = labs.loc[chosen, ["USUBJID", "VISITNUM", "ADT", "LBSTRESN"]]
    return (
        rows.rename(columns={"LBSTRESN": "value"})
        .sort_values(["ADT", "VISITNUM"], kind="stable")
        .drop(columns="VISITNUM")
    )


def _latest(labs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The last result of each test by `by`, one column a test; qualitative ones as 1 (positive)."""
    value = labs["LBSTRESN"].where(
        labs["LBSTRESN"].notna(),
        labs["LBSTRESC"].astype(object).map({"POSITIVE": 1.0, "NEGATIVE": 0.0}),
    )
    frame = labs[["USUBJID", "LBTESTCD", "VISITNUM", "ADT"]].assign(value=value.astype(float))
    frame = frame[frame["value"].notna()].sort_values(["ADT", "VISITNUM"], kind="stable")
    keys = by + ["LBTESTCD"]
    last = frame.drop_duplicates(keys, keep="last").astype({"LBTESTCD": object})
    return last.set_index(keys)["value"].unstack("LBTESTCD").reindex(columns=list(TESTS))


def _measurable(base: pd.DataFrame, limits: Mapping) -> dict[str, np.ndarray]:
    """Whether each parameter is measurable at baseline, by the kind that it decides (IMWG-2)."""
    kappa, chain = base["KAPPA"].to_numpy(float), base["LAMBDA"].to_numpy(float)
    low, high = NORMAL_RATIO
    abnormal = (kappa < low * chain - EDGE) | (kappa > high * chain + EDGE)
    return {
        SERUM: (base["MPROTS"] >= limits["serum"] - EDGE).to_numpy(bool),
        URINE: (base["MPROTU"] >= limits["urine"] - EDGE).to_numpy(bool),
        LIGHT_CHAIN: abnormal & (np.fmax(kappa, chain) >= limits["light_chain"] - EDGE),
    }


def _of_kind(kind: np.ndarray, values: Mapping[str, np.ndarray], default: object) -> np.ndarray:
    """Of each row the value of its own kind of disease."""
    return np.select([kind == name for name in values], list(values.values()), default)


def _graded(
    visits: pd.DataFrame, base: pd.DataFrame, kind: np.ndarray, rules: Mapping
) -> pd.DataFrame:
    confirmed = rules["progression"]["lowest"] == "confirmed"
    values = {
        SERUM: (visits["MPROTS"], base["MPROTS"]),
        URINE: (visits["MPROTU"], base["MPROTU"]),
        LIGHT_CHAIN: (_difference(visits, base), _difference(base, base)),
    }
    parameters = {
        name: Parameter(visits["USUBJID"], *pair, confirmed=confirmed)
        for name, pair in values.items()
    }
    measurable = _measurable(base, rules["measurable"])
    conditions = _conditions(visits, kind, parameters, measurable, rules)
    own = _of_kind(kind, measurable, False)
    change = _of_kind(kind, {name: p.change for name, p in parameters.items()}, np.nan)
    baseline = _of_kind(kind, {name: p.base for name, p in parameters.items()}, np.nan)
    response = np.select(list(conditions.values()), [name for name, _ in conditions], "SD")
    return pd.DataFrame(
        {
            "USUBJID": visits["USUBJID"],
            "VISITNUM": visits["VISITNUM"],
            "ADT": visits["ADT"],
            "AVALC": response.astype(object),
            "CHG": np.where(own, 100 * change, np.nan),
            "BASE": baseline,
            "SERVING": visits["SERVING"].where(response == "CR"),
        }
    )


def _difference(frame: pd.DataFrame, base: pd.DataFrame) -> pd.Series:
    """Involved minus uninvolved light chain; the involved is the higher one at baseline."""
    return (frame["KAPPA"] - frame["LAMBDA"]) * np.sign(base["KAPPA"] - base["LAMBDA"])


def _conditions(
    visits: pd.DataFrame,
    kind: np.ndarray,
    parameters: Mapping[str, Parameter],
    measurable: Mapping[str, np.ndarray],
    rules: Mapping,
) -> dict[tuple[str, str], np.ndarray]:
    """Conditions by category and rule, in the order in which they are asked."""
    serum, urine, chains = (parameters[name] for name in (SERUM, URINE, LIGHT_CHAIN))
    assessable = _of_kind(kind, measurable, False)
    by_chains, by_protein = assessable & (kind == LIGHT_CHAIN), assessable & (kind != LIGHT_CHAIN)
    in_serum, in_urine = by_protein & measurable[SERUM], by_protein & measurable[URINE]
    lacking = in_serum & ~serum.measured | in_urine & ~urine.measured | by_chains & ~chains.measured
    negative = ((visits["IFIXS"] == 0) & (visits["IFIXU"] == 0)).to_numpy()
    served = visits["SERVING"].notna().to_numpy()

    def fallen(share: float, in_urine_too: np.ndarray) -> np.ndarray:
        return by_protein & (~in_serum | serum.down(share)) & in_urine_too

    return {
        ("PD", "IMWG-8"): _progression(parameters, kind, rules),
        ("CR", "IMWG-4"): served & (by_protein | by_chains & _normal_ratio(visits)),
        ("VGPR", "IMWG-6"): by_protein & negative & ~(serum.value > 0) & ~(urine.value > 0)
        | fallen(0.9, urine.value < 100 - EDGE)
        | by_chains & chains.down(0.9),
        ("NE", "IMWG-3"): ~assessable | lacking,
        ("PR", "IMWG-6"): by_chains & chains.down(0.5)
        | fallen(0.5, ~in_urine | urine.down(0.9) | (urine.value < 200 - EDGE)),
        ("MR", "IMWG-6"): fallen(0.25, ~in_urine | urine.down(0.5)),
    }


def _progression(
    parameters: Mapping[str, Parameter], kind: np.ndarray, rules: Mapping
) -> np.ndarray:
    """Serum and urine count in every kind, light chains where they alone are measurable."""
    serum, urine, chains = (parameters[name] for name in (SERUM, URINE, LIGHT_CHAIN))
    found = serum.up(lambda rise: rise >= 0.5 - EDGE) | urine.up(lambda rise: rise >= 200 - EDGE)
    if rules["progression"]["rise_from_5"] == "sufficient":
        found |= serum.risen(1, 5)
    return found | (kind == LIGHT_CHAIN) & chains.up(lambda rise: rise > 100 + EDGE)


def _normal_ratio(visits: pd.DataFrame) -> np.ndarray:
    low, high = NORMAL_RATIO
    kappa, chain = visits["KAPPA"].to_numpy(float), visits["LAMBDA"].to_numpy(float)
    return (kappa >= low * chain - EDGE) & (kappa <= high * chain + EDGE)


CRITERIA = Criteria(
    name="IMWG 2016",
    version="2016",
    categories=dict(zip(RANKS, NAMES)),
    response="PR",
    asks=ResponseTables(tables=("lb",), results={"OVRLRESP": RANKS}, imaging=True),
    weighed=weighed_labs,
    visit_responses=imwg_response,
    baseline=measurable_baseline,
    confirmed=confirmed_course,
    thresholds=((-25, "MR"), (-50, "PR"), (-90, "VGPR")),
    thresholds_of="Serum:",
    change_label="Best change in M-protein or light-chain difference, %",
    measurable="MEASDIS",
    units=UNITS,
    rules=("measurable", "progression", "marrow"),
)
