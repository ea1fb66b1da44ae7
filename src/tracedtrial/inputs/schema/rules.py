"""Rules across the cells of a row, the rows of a table, and tables.

Each rule yields findings `(column, rule, bad rows)`; reading turns the first into a refusal.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tracedtrial.inputs.schema.columns import NUMBER
from tracedtrial.inputs.schema.tables import (
    NON_TARGET,
    NOT_ASSIGNED,
    SUBSEQUENT,
    TUMOUR_STATE,
    Table,
)

Finding = tuple[str, str, np.ndarray]


def table_findings(table: Table, frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    """Findings within one table of cells that are valid one by one."""
    key = frame[["USUBJID"]].astype(object)
    if table.sequence:
        key[table.sequence] = frame[table.sequence].astype(object).astype(int)
    yield key.columns[-1], f"be unique in {' and '.join(key)}", key.duplicated().to_numpy()
    for first, last in table.ordered:
        yield last, f"not be before {first}", _reversed(frame[first], frame[last])
    for test, codes in table.results.items():
        strange = (frame["RSTESTCD"].astype(str) == test) & ~frame["RSSTRESC"].isin(codes)
        yield "RSSTRESC", f"be {' or '.join(codes)} where RSTESTCD is {test}", strange.to_numpy()
    yield from {
        "sc": _sc,
        "cm": _cm,
        "ex": _ex,
        "lb": _lb,
        "rs": _rs,
        "dm": _dm,
        "ds": _ds,
        "ae": _ae,
        "tr": _tr,
    }.get(table.domain, lambda *_: iter(()))(frame, protocol)


def subject_findings(frame: pd.DataFrame, dm: pd.DataFrame) -> Iterator[Finding]:
    """Rows of a subject that the demographics table does not hold."""
    known = frame["USUBJID"].isin(dm["USUBJID"]).to_numpy()
    yield "USUBJID", "be a subject of the dm table", ~known


def first_dose_findings(rs: pd.DataFrame, dm: pd.DataFrame) -> Iterator[Finding]:
    """Responses dated before the subject's first dose (RFSTDTC)."""
    first = rs["USUBJID"].astype(object).map(dict(zip(dm["USUBJID"], dm["RFSTDTC"].astype(str))))
    early = (rs["RSDTC"].astype(str) < first.fillna("").astype(str)).to_numpy()
    yield "RSDTC", "not be before the subject's first dose (RFSTDTC)", early


def non_target_findings(tr: pd.DataFrame, dm: pd.DataFrame) -> Iterator[Finding]:
    """Non-target lesions dated after the first dose, when rs tells their response (NTRGRESP)."""
    first = tr["USUBJID"].astype(object).map(dict(zip(dm["USUBJID"], dm["RFSTDTC"].astype(str))))
    first = first.fillna("").astype(str)
    late = (first != "") & (tr["TRDTC"].astype(str) > first)
    yield (
        "TRDTC",
        "not be after the subject's first dose (RFSTDTC) where TRGRPID is NON-TARGET",
        (late & (tr["TRGRPID"].astype(str) == NON_TARGET)).to_numpy(),
    )


def death_findings(dm: pd.DataFrame, ex: pd.DataFrame) -> Iterator[Finding]:
    """Deaths dated before a dose was first given."""
    given = ex.loc[_is_positive(ex["EXDOSE"]) & _is_positive(ex["EXADM"]), ["USUBJID", "EXSTDTC"]]
    starts = given.astype(object).sort_values("EXSTDTC").drop_duplicates("USUBJID")
    first = dm["USUBJID"].astype(object).map(starts.set_index("USUBJID")["EXSTDTC"])
    died = dm["DTHDTC"].astype(str)
    early = ((died != "") & (died < first.fillna("").astype(str))).to_numpy()
    yield "DTHDTC", "not be before the subject's first dose (EXSTDTC)", early


def _is_positive(column: pd.Series) -> pd.Series:
    return column.astype(object).astype(float) > 0


def _reversed(first: pd.Series, last: pd.Series) -> np.ndarray:
    """Whether `last` ends before `first`, compared to the precision that both have."""
    start, end = first.astype(str).to_numpy(), last.astype(str).to_numpy()
    given = (start != "") & (end != "")
    bad = np.zeros(len(start), bool)
    for row in np.flatnonzero(given & (end < start)):
        shared = min(len(start[row]), len(end[row]))
        bad[row] = end[row][:shared] < start[row][:shared]
    return bad


def _dm(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    death = frame["DTHFL"].astype(str) == "Y"
    dated = frame["DTHDTC"].astype(str) != ""
    yield "DTHDTC", "be given where DTHFL is Y, and only there", (death != dated).to_numpy()
    assigned = ~frame["ARMCD"].isin(NOT_ASSIGNED)
    missing = assigned & (frame["COHORT"].astype(str) == "")
    yield "COHORT", "be given where ARMCD is a dose level", missing.to_numpy()


def _sc(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    yield (
        "SCTESTCD",
        "be given once for each subject",
        frame.duplicated(["USUBJID", "SCTESTCD"]).to_numpy(),
    )
    test, value = frame["SCTESTCD"].astype(str), frame["SCSTRESC"].astype(str)
    for entry in protocol["baseline"]["characteristics"]:
        if "test" in entry and entry["kind"] == "median":
            bad = (test == entry["test"]) & ~value.map(lambda text: bool(NUMBER.fullmatch(text)))
            yield "SCSTRESC", f"be a number where SCTESTCD is {entry['test']}", bad.to_numpy(bool)
        elif "levels" in entry and "test" in entry:
            bad = (test == entry["test"]) & ~value.isin([str(k) for k in entry["levels"]])
            yield "SCSTRESC", f"be {' or '.join(map(str, entry['levels']))}", bad.to_numpy()


def _cm(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    subsequent = frame["CMCAT"].astype(str) == SUBSEQUENT
    undated = subsequent & (frame["CMSTDTC"].astype(str) == "")
    yield "CMSTDTC", "be given where CMCAT is subsequent therapy", undated.to_numpy()
    unsaid = ~subsequent & (frame["CMREFRFL"].astype(str) == "")
    yield "CMREFRFL", "be given where CMCAT is prior therapy", unsaid.to_numpy()


def _ex(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    unit = frame["EXTRT"].astype(object).map({k: v["unit"] for k, v in protocol["drugs"].items()})
    yield "EXDOSU", "be the drug's unit", (unit != frame["EXDOSU"].astype(object)).to_numpy()


def _lb(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    tests = protocol["laboratory"]["tests"]
    test = frame["LBTESTCD"].astype(object)
    done = frame["LBSTAT"].astype(str) == ""
    numeric = test.map({k: "unit" in v for k, v in tests.items()}).astype(bool)
    has_number = frame["LBSTRESN"].astype(str) != ""
    has_text = frame["LBSTRESC"].astype(str) != ""
    yield (
        "LBSTRESN",
        "hold the result of a numeric test that was done, and only that",
        (has_number != (done & numeric)).to_numpy(),
    )
    yield (
        "LBSTRESC",
        "hold the result of a qualitative test that was done, and only that",
        (has_text != (done & ~numeric)).to_numpy(),
    )
    unit = test.map({k: v.get("unit", "") for k, v in tests.items()})
    yield (
        "LBSTRESU",
        "be the test's unit where LBSTRESN is given",
        (has_number & (unit != frame["LBSTRESU"].astype(object))).to_numpy(),
    )
    for name, entry in tests.items():
        if "values" in entry:
            bad = (test == name) & has_text & ~frame["LBSTRESC"].isin(entry["values"])
            yield "LBSTRESC", f"be {' or '.join(entry['values'])}", bad.to_numpy()


def _rs(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    if "PDIFL" in frame:
        bad = (frame["PDIFL"].astype(str) == "Y") & (frame["RSSTRESC"].astype(str) != "PD")
        yield "PDIFL", "be given only where RSSTRESC is PD", bad.to_numpy()
    parts = (frame["RSTESTCD"].astype(str) != "OVRLRESP").to_numpy()
    twice = frame.duplicated(["USUBJID", "VISITNUM", "RSTESTCD"]).to_numpy()
    yield "RSTESTCD", "be given once for each subject and visit", parts & twice


def _tr(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    measured = frame["TRSTRESN"].astype(str) != ""
    done = frame["TRSTAT"].astype(str) == ""
    beside = frame["TRGRPID"].astype(str) == NON_TARGET
    yield (
        "TRTESTCD",
        "be TUMSTATE where TRGRPID is NON-TARGET, and only there",
        (beside != (frame["TRTESTCD"].astype(str) == TUMOUR_STATE)).to_numpy(),
    )
    yield (
        "TRSTRESN",
        "hold the result of a measurement that was done, and only that",
        (measured != (done & ~beside)).to_numpy(),
    )
    yield (
        "TRSTRESU",
        "be mm where TRSTRESN is given",
        (measured & (frame["TRSTRESU"].astype(str) != "mm")).to_numpy(),
    )
    yield (
        "TRLNKID",
        "be given once for each subject and visit",
        frame.duplicated(["USUBJID", "VISITNUM", "TRLNKID"]).to_numpy(),
    )
    lesion = frame["USUBJID"].astype(str) + "\0" + frame["TRLNKID"].astype(str)
    first = frame.assign(lesion=lesion).drop_duplicates("lesion")
    own = lesion.map(dict(zip(first["lesion"], first["TRTESTCD"].astype(str))))
    yield (
        "TRTESTCD",
        "be the same in every row of a lesion (TRLNKID)",
        (own != frame["TRTESTCD"].astype(str)).to_numpy(bool),
    )


def _ae(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    """A preferred term has one primary class, as in the dictionary that codes it."""
    first = frame.drop_duplicates("AEDECOD")
    own = dict(zip(first["AEDECOD"].astype(str), first["AEBODSYS"].astype(str)))
    expected = frame["AEDECOD"].astype(object).map(own)
    yield (
        "AEBODSYS",
        "be the same in every row of an AEDECOD",
        (expected != frame["AEBODSYS"].astype(object)).to_numpy(bool),
    )


def _ds(frame: pd.DataFrame, protocol: dict) -> Iterator[Finding]:
    yield (
        "DSSCAT",
        "be given once for each subject",
        frame.duplicated(["USUBJID", "DSSCAT"]).to_numpy(),
    )
