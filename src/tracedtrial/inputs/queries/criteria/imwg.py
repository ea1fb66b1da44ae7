"""Checks of myeloma: immunofixation against M-protein and response, measurable disease.

They ask nothing of a trial whose response criteria are others.
"""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import NOTHING, Check, found
from tracedtrial.inputs.queries.days import DAY
from tracedtrial.inputs.queries.tables import Tables

MEASURABLE = {"serum": 1, "urine": 200, "light_chain": 100}  # g/dL, mg/24 h, mg/L
TRACE = {"MPROTS": 0.2, "MPROTU": 50}  # electrophoresis reports as much of normal proteins
NORMAL_RATIO = (0.26, 1.65)
FOLLOWED = {"SERUM": ("MPROTS",), "URINE": ("MPROTU",), "FLC": ("KAPPA", "LAMBDA")}


def _is_imwg(tables: Tables) -> bool:
    return tables.protocol["response"]["criteria"]["value"].startswith("IMWG")


def _limit(tables: Tables, name: str) -> float:
    return tables.protocol["response"].get("measurable", {}).get(name, MEASURABLE[name])


def _at_visit(tables: Tables, test: str, column: str) -> pd.Series:
    """A test's result by subject and visit."""
    lb = tables["lb"]
    rows = lb[(lb["LBTESTCD"] == test).to_numpy() & (lb["LBSTAT"] == "").to_numpy()]
    rows = rows.drop_duplicates(["USUBJID", "VISITNUM"], keep="last")
    keys = pd.MultiIndex.from_arrays([rows["USUBJID"].cat.codes, rows["VISITNUM"]])
    return pd.Series(rows[column].to_numpy(object), keys)


def _beside(frame: pd.DataFrame, results: pd.Series) -> pd.Series:
    """For each row the result of its subject and visit; NaN where there is none."""
    keys = pd.MultiIndex.from_arrays([frame["USUBJID"].cat.codes, frame["VISITNUM"]])
    return pd.Series(results.reindex(keys).to_numpy(object), frame.index)


def _negative_and_measured(tables: Tables) -> pd.Series:
    lb = tables["lb"]
    if not _is_imwg(tables):
        return NOTHING
    bad, beside = np.zeros(len(lb), bool), pd.Series(np.nan, lb.index, dtype=object)
    for fixation, protein in (("IFIXS", "MPROTS"), ("IFIXU", "MPROTU")):
        own = (lb["LBTESTCD"] == fixation) & (lb["LBSTRESC"] == "NEGATIVE")
        value = _beside(lb, _at_visit(tables, protein, "LBSTRESN"))
        bad |= (own & (value.astype(float) > TRACE[protein])).to_numpy()
        beside = beside.where(~own, value)
    return found(lb, bad, "LBSTRESC", test=lb["LBTESTCD"], M_protein=beside)


def _complete_and_positive(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    if not _is_imwg(tables):
        return NOTHING
    tests = {test: _beside(rs, _at_visit(tables, test, "LBSTRESC")) for test in ("IFIXS", "IFIXU")}
    positive = (tests["IFIXS"] == "POSITIVE") | (tests["IFIXU"] == "POSITIVE")
    return found(rs, rs["RSSTRESC"].isin(["CR", "sCR"]) & positive, "RSSTRESC", **tests)


def _complete_and_measured(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    if not _is_imwg(tables):
        return NOTHING
    values = {test: _beside(rs, _at_visit(tables, test, "LBSTRESN")) for test in TRACE}
    measured = np.any([values[test].astype(float) > TRACE[test] for test in TRACE], axis=0)
    return found(rs, rs["RSSTRESC"].isin(["CR", "sCR"]) & measured, "RSSTRESC", **values)


def _response_though_risen(tables: Tables) -> pd.Series:
    """Responses called while the serum M-protein that is followed stands above its baseline."""
    rs, sc = tables["rs"], tables["sc"]
    if not _is_imwg(tables):
        return NOTHING
    followed = tables.of(rs, tables.subjects(sc, _declared(tables, "SERUM")))
    base = tables.of(rs, _baseline(tables, "MPROTS"))
    now = _beside(rs, _at_visit(tables, "MPROTS", "LBSTRESN")).astype(float)
    called = rs["RSSTRESC"].isin(["sCR", "CR", "VGPR", "PR", "MR"])
    return found(rs, called & followed & (now > base), "RSSTRESC", MPROTS=now, baseline=base)


def _response_unmeasured(tables: Tables) -> pd.Series:
    """Responses at a visit at which no laboratory test was done."""
    rs, lb = tables["rs"], tables["lb"]
    if not _is_imwg(tables):
        return NOTHING
    done = lb[(lb["LBSTAT"] == "").to_numpy()]
    known = pd.MultiIndex.from_frame(done[["USUBJID", "VISITNUM"]].astype({"USUBJID": str}))
    own = pd.MultiIndex.from_frame(rs[["USUBJID", "VISITNUM"]].astype({"USUBJID": str}))
    bare = ~own.isin(known) & (rs["RSSTRESC"] != "NE") & (rs["PDIFL"] != "Y")
    return found(rs, bare, "RSSTRESC", visit=rs["VISITNUM"])


def _baseline(tables: Tables, test: str) -> np.ndarray:
    """Each patient's last result of a test on or before the first dose; NaN without one."""
    lb = tables["lb"]
    rows = lb[
        (
            (lb["LBTESTCD"] == test)
            & lb["LBSTRESN"].notna()
            & (lb["LBDTC"].to_numpy().astype(DAY) <= tables.of(lb, tables.first_dose))
        ).to_numpy()
    ]
    rows = rows.sort_values(["LBDTC", "VISITNUM"], kind="stable").drop_duplicates(
        "USUBJID", keep="last"
    )
    values = np.full(len(tables.raw.subjects), np.nan)
    values[rows["USUBJID"].cat.codes.to_numpy()] = rows["LBSTRESN"].to_numpy()
    return values


def _declared(tables: Tables, kind: str) -> np.ndarray:
    sc = tables["sc"]
    return ((sc["SCTESTCD"] == "MEASDIS") & (sc["SCSTRESC"] == kind)).to_numpy()


def _m_protein_low(tables: Tables, kind: str, test: str, name: str) -> pd.Series:
    sc = tables["sc"]
    value = tables.of(sc, _baseline(tables, test))
    return found(
        sc,
        _declared(tables, kind) & (value < _limit(tables, name)),
        "SCSTRESC",
        **{f"baseline_{test}": value},
    )


def _light_chains_low(tables: Tables) -> pd.Series:
    """Light-chain disease with involved chain below the limit, or with a normal ratio."""
    sc = tables["sc"]
    kappa, lam = (tables.of(sc, _baseline(tables, test)) for test in ("KAPPA", "LAMBDA"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = kappa / lam
    low = np.maximum(kappa, lam) < _limit(tables, "light_chain")
    normal = (ratio >= NORMAL_RATIO[0]) & (ratio <= NORMAL_RATIO[1])
    return found(
        sc, _declared(tables, "FLC") & (low | normal), "SCSTRESC", baseline_KAPPA=kappa, LAMBDA=lam
    )


def _light_chains_needless(tables: Tables) -> pd.Series:
    sc = tables["sc"]
    serum, urine = (tables.of(sc, _baseline(tables, test)) for test in ("MPROTS", "MPROTU"))
    other = (serum >= _limit(tables, "serum")) | (urine >= _limit(tables, "urine"))
    return found(
        sc, _declared(tables, "FLC") & other, "SCSTRESC", baseline_MPROTS=serum, MPROTU=urine
    )


def _baseline_missing(tables: Tables) -> pd.Series:
    """Treated patients without a baseline value of the parameter that is to be followed."""
    sc = tables["sc"]
    treated = ~np.isnat(tables.of(sc, tables.first_dose))
    lacking = np.zeros(len(sc), bool)
    for kind, tests in FOLLOWED.items():
        values = [np.isnan(tables.of(sc, _baseline(tables, test))) for test in tests]
        lacking |= _declared(tables, kind) & np.any(values, axis=0)
    return found(sc, lacking & treated, "SCSTRESC")


CHECKS = (
    Check(
        "LB-NEGATIVE-MEASURED",
        "Where immunofixation is negative, no more M-protein is measured than a trace.",
        ("lb",),
        "LBSTRESC",
        _negative_and_measured,
    ),
    Check(
        "RS-CR-POSITIVE",
        "The investigator calls no complete response while immunofixation is positive.",
        ("rs", "lb"),
        "RSSTRESC",
        _complete_and_positive,
    ),
    Check(
        "RS-CR-MEASURED",
        "The investigator calls no complete response while more M-protein is "
        "measured than a trace.",
        ("rs", "lb"),
        "RSSTRESC",
        _complete_and_measured,
    ),
    Check(
        "RS-RISEN",
        "The investigator calls no response while the serum M-protein stands above its baseline.",
        ("rs", "lb", "sc", "ex"),
        "RSSTRESC",
        _response_though_risen,
    ),
    Check(
        "RS-UNMEASURED",
        "A response is assessed at a visit at which something was measured.",
        ("rs", "lb"),
        "RSSTRESC",
        _response_unmeasured,
    ),
    Check(
        "SC-SERUM-LOW",
        "Who is followed by serum M-protein has a measurable one at baseline.",
        ("sc", "lb", "ex"),
        "SCSTRESC",
        lambda t: _m_protein_low(t, "SERUM", "MPROTS", "serum"),
    ),
    Check(
        "SC-URINE-LOW",
        "Who is followed by urine M-protein has a measurable one at baseline.",
        ("sc", "lb", "ex"),
        "SCSTRESC",
        lambda t: _m_protein_low(t, "URINE", "MPROTU", "urine"),
    ),
    Check(
        "SC-FLC-LOW",
        "Who is followed by free light chains has a measurable involved chain "
        "and an abnormal ratio at baseline.",
        ("sc", "lb", "ex"),
        "SCSTRESC",
        _light_chains_low,
    ),
    Check(
        "SC-FLC-NEEDLESS",
        "Who has measurable M-protein at baseline is not followed by free light chains.",
        ("sc", "lb", "ex"),
        "SCSTRESC",
        _light_chains_needless,
    ),
    Check(
        "SC-BASELINE-MISSING",
        "A treated patient has a baseline value of the parameter that is followed.",
        ("sc", "lb", "ex"),
        "SCSTRESC",
        _baseline_missing,
    ),
)
