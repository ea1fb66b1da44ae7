"""Checks of rows that stand twice, and of intervals that overlap."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import NOTHING, Check, found
from tracedtrial.inputs.queries.days import possible_days
from tracedtrial.inputs.queries.tables import Tables

SAME_ROWS = 10  # identical series of so many results are no coincidence


def _twice(
    frame: pd.DataFrame, columns: list[str], shown: str, rows: pd.Series | bool = True
) -> pd.Series:
    """Every row but the first of those that agree in these columns."""
    frame = frame[np.broadcast_to(np.asarray(rows, bool), len(frame))]
    again = frame.duplicated(columns).to_numpy()
    first = (
        frame.index.to_series()
        .groupby(frame.groupby(columns, observed=True, sort=False, dropna=False).ngroup())
        .transform("first")
    )
    return found(frame, again, shown, first=first.map(_sequence(frame)))


def _sequence(frame: pd.DataFrame) -> dict[int, str]:
    """How a row is named among its table's: its --SEQ, or the subject."""
    names = [name for name in frame.columns if name.endswith("SEQ")] or ["USUBJID"]
    prefix = f"{names[0]} " if names[0] != "USUBJID" else ""
    return {
        record: f"{prefix}{value:g}" if prefix else value
        for record, value in zip(frame.index, frame[names[0]])
    }


def _doubled_patient(tables: Tables) -> pd.Series:
    dm = tables["dm"]
    return _twice(dm, ["AGE", "SEX", "RACE", "RFICDTC", "RFSTDTC"], "SUBJID", dm["RFICDTC"].notna())


def _doubled(domain: str, columns: str, shown: str) -> Callable[[Tables], pd.Series]:
    return lambda tables: _twice(tables[domain], ["USUBJID", *columns.split()], shown)


def _doubled_response(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    return _twice(rs, ["USUBJID", "VISITNUM"], "RSSTRESC", rs["RSTESTCD"] == "OVRLRESP")


def _copied_series(tables: Tables, domain: str, columns: list[str]) -> pd.Series:
    """The first row of each patient whose whole series of results is an earlier patient's."""
    frame = tables[domain]
    hashed = pd.Series(
        pd.util.hash_pandas_object(frame[columns].astype(str), index=False).to_numpy(),
        frame["USUBJID"].cat.codes.to_numpy(),
    )
    series = hashed.groupby(level=0).agg(["sum", "size"])
    series = series[series["size"] >= SAME_ROWS]
    copies = series.index[series.duplicated()]
    if not len(copies):
        return NOTHING
    codes = frame["USUBJID"].cat.codes
    original = {copy: series.index[(series == series.loc[copy]).all(axis=1)][0] for copy in copies}
    firsts = codes.isin(copies) & ~codes.duplicated()
    like = codes.map(lambda code: tables.raw.subjects[original.get(code, code)])
    return found(frame, firsts, "USUBJID", like=like)


def _overlapping_exposure(tables: Tables) -> pd.Series:
    ex = tables["ex"][tables.given].sort_values(["USUBJID", "EXTRT", "EXSTDTC"], kind="stable")
    earlier = ex.groupby(["USUBJID", "EXTRT"], observed=True, sort=False)["EXENDTC"].shift()
    return found(
        ex, ex["EXSTDTC"] <= earlier, "EXSTDTC", drug=ex["EXTRT"], earlier_interval_until=earlier
    )


def _ordered_events(tables: Tables) -> pd.DataFrame:
    ae = tables["ae"].assign(
        start=possible_days(tables["ae"]["AESTDTC"])[1],
        end=possible_days(tables["ae"]["AEENDTC"])[0],
    )
    ae = ae.sort_values(["USUBJID", "AEDECOD", "start"], kind="stable")
    by = ae.groupby(["USUBJID", "AEDECOD"], observed=True, sort=False)
    return ae.assign(
        earlier=by["end"].shift(), earlier_text=by["AEENDTC"].shift(), first=by.cumcount() == 0
    )


def _overlapping_event(tables: Tables) -> pd.Series:
    ae = _ordered_events(tables)
    return found(
        ae,
        ae["start"] < ae["earlier"],
        "AESTDTC",
        event=ae["AEDECOD"],
        earlier_row_until=ae["earlier_text"],
    )


def _event_begins_while_open(tables: Tables) -> pd.Series:
    ae = _ordered_events(tables)
    return found(ae, (ae["earlier_text"] == "") & ~ae["first"], "AESTDTC", event=ae["AEDECOD"])


CHECKS = (
    Check(
        "DM-DOUBLED",
        "No two patients agree in age, sex, race, consent and first dose.",
        ("dm",),
        "SUBJID",
        _doubled_patient,
    ),
    Check(
        "DM-SUBJID-TWICE",
        "A subject id is given to one patient.",
        ("dm",),
        "SUBJID",
        lambda t: _twice(t["dm"], ["SUBJID"], "SUBJID"),
    ),
    Check(
        "LB-COPIED",
        "No two patients have the same series of laboratory results.",
        ("lb",),
        "USUBJID",
        lambda t: _copied_series(t, "lb", ["LBTESTCD", "LBSTRESN", "LBSTRESC", "LBDTC"]),
    ),
    Check(
        "TR-COPIED",
        "No two patients have the same series of diameters.",
        ("tr",),
        "USUBJID",
        lambda t: _copied_series(t, "tr", ["TRLNKID", "TRSTRESN", "TRDTC"]),
    ),
    Check(
        "AE-DOUBLED",
        "An event of one grade and the same dates is reported once.",
        ("ae",),
        "AEDECOD",
        _doubled("ae", "AEDECOD AETOXGR AESTDTC AEENDTC", "AEDECOD"),
    ),
    Check(
        "LB-DOUBLED",
        "A test has one result at a visit and date.",
        ("lb",),
        "LBTESTCD",
        _doubled("lb", "LBTESTCD VISITNUM LBDTC", "LBTESTCD"),
    ),
    Check(
        "EX-DOUBLED",
        "A drug has one row in a cycle.",
        ("ex",),
        "EXTRT",
        _doubled("ex", "EXTRT EXCYCLE", "EXTRT"),
    ),
    Check(
        "CM-DOUBLED",
        "A drug has one row in a line and start.",
        ("cm",),
        "CMDECOD",
        _doubled("cm", "CMCAT CMLINE CMDECOD CMSTDTC", "CMDECOD"),
    ),
    Check(
        "SS-DOUBLED",
        "One survival contact is entered for a day.",
        ("ss",),
        "SSDTC",
        _doubled("ss", "SSDTC", "SSDTC"),
    ),
    Check(
        "RS-DOUBLED", "A visit has one overall response.", ("rs",), "RSSTRESC", _doubled_response
    ),
    Check(
        "EX-OVERLAP",
        "Intervals in which one drug was given do not overlap.",
        ("ex",),
        "EXSTDTC",
        _overlapping_exposure,
    ),
    Check(
        "AE-OVERLAP",
        "Rows of one event do not overlap in time.",
        ("ae",),
        "AESTDTC",
        _overlapping_event,
    ),
    Check(
        "AE-OPEN-BEFORE-NEXT",
        "A row of an event has ended before the next row of that event begins.",
        ("ae",),
        "AESTDTC",
        _event_begins_while_open,
    ),
)
