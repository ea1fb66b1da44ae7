"""Checks of lesions, and of the investigator's response by RECIST 1.1."""

import pandas as pd

from tracedtrial.inputs.queries.check import Check, found
from tracedtrial.inputs.queries.days import DAY
from tracedtrial.inputs.queries.tables import Tables
from tracedtrial.inputs.schema.tables import DIAMETER, SHORT_AXIS

SMALLEST = {DIAMETER: 10, SHORT_AXIS: 15}  # mm; RECIST 1.1, section 3.1
LARGEST = 300
MOST = 5
IN_CM = (0.08, 0.125)  # a diameter in cm is a tenth of the one before
JUMP = 4
LESION = ["USUBJID", "TRLNKID"]


def _targets(tables: Tables) -> pd.DataFrame:
    """Rows of target lesions."""
    tr = tables["tr"]
    return tr[(tr["TRGRPID"] == "TARGET").to_numpy()]


def _measured(tables: Tables) -> pd.DataFrame:
    tr = _targets(tables)
    return tr[tr["TRSTRESN"].notna().to_numpy()]


def _baseline(tables: Tables) -> pd.DataFrame:
    """Each lesion's last measurement on or before the first dose."""
    tr = _measured(tables)
    by = tr["TRDTC"].to_numpy().astype(DAY) <= tables.of(tr, tables.first_dose)
    return (
        tr[by]
        .sort_values(["TRDTC", "VISITNUM"], kind="stable")
        .drop_duplicates(LESION, keep="last")
    )


def _small(tables: Tables, test: str) -> pd.Series:
    base = _baseline(tables)
    small = (base["TRTESTCD"] == test) & (base["TRSTRESN"] < SMALLEST[test])
    return found(base, small, "TRSTRESN", lesion=base["TRLNKID"])


def _large(tables: Tables) -> pd.Series:
    tr = _measured(tables)
    return found(tr, tr["TRSTRESN"] > LARGEST, "TRSTRESN", lesion=tr["TRLNKID"])


def _changes(tables: Tables) -> pd.DataFrame:
    tr = _measured(tables).sort_values([*LESION, "TRDTC", "VISITNUM"], kind="stable")
    before = tr.groupby(LESION, observed=True, sort=False)["TRSTRESN"].shift()
    return tr.assign(before=before, ratio=tr["TRSTRESN"] / before.where(before > 0))


def _in_centimetres(tables: Tables) -> pd.Series:
    tr = _changes(tables)
    return found(
        tr, tr["ratio"].between(*IN_CM), "TRSTRESN", lesion=tr["TRLNKID"], before=tr["before"]
    )


def _jump(tables: Tables) -> pd.Series:
    tr = _changes(tables)
    return found(
        tr,
        (tr["ratio"] >= JUMP) & (tr["before"] >= SMALLEST[DIAMETER]),
        "TRSTRESN",
        lesion=tr["TRLNKID"],
        before=tr["before"],
    )


def _without_baseline(tables: Tables) -> pd.Series:
    """The first row of each lesion that was not measured by the first dose."""
    tr = _targets(tables)
    known = pd.MultiIndex.from_frame(_baseline(tables)[LESION].astype(str))
    own = pd.MultiIndex.from_frame(tr[LESION].astype(str))
    first = ~tr.duplicated(LESION).to_numpy()
    return found(
        tr,
        first & ~own.isin(known),
        "TRLNKID",
        date=tr["TRDTC"],
        first_dose=tables.of(tr, tables.first_dose),
    )


def _too_many(tables: Tables) -> pd.Series:
    base = _baseline(tables)
    place = base.sort_index().groupby("USUBJID", observed=True, sort=False).cumcount()
    return found(base, place.reindex(base.index) >= MOST, "TRLNKID")


def _dropped(tables: Tables) -> pd.Series:
    """The first row of each visit after baseline that lacks a row of a baseline lesion."""
    tr = _targets(tables)
    lesions = {
        subject: set(names)
        for subject, names in _baseline(tables).groupby("USUBJID", observed=True)["TRLNKID"]
    }
    later = tr["TRDTC"].to_numpy().astype(DAY) > tables.of(tr, tables.first_dose)
    held = {
        key: set(names)
        for key, names in tr[later].groupby(["USUBJID", "VISITNUM"], observed=True)["TRLNKID"]
    }
    absent = [
        " and ".join(sorted(lesions.get(key[0], set()) - held.get(key, set())))
        if key in held
        else ""
        for key in zip(tr["USUBJID"], tr["VISITNUM"])
    ]
    first = later & ~tr.assign(later=later).duplicated(["USUBJID", "VISITNUM", "later"]).to_numpy()
    lacking = pd.Series(absent, tr.index, dtype=object)
    return found(tr, first & (lacking != "").to_numpy(), "VISITNUM", without=lacking)


def _responses(tables: Tables, test: str) -> pd.DataFrame:
    rs = tables["rs"]
    return rs[(rs["RSTESTCD"] == test).to_numpy()]


def _by_visit(frame: pd.DataFrame, others: pd.DataFrame, column: str) -> pd.Series:
    """The last of the other rows of each row's subject and visit."""
    keys = ["USUBJID", "VISITNUM"]
    last = others.drop_duplicates(keys, keep="last").set_index(keys)[column].astype(object)
    return pd.Series(last.reindex(pd.MultiIndex.from_frame(frame[keys])).to_numpy(), frame.index)


def _new_lesion_no_progression(tables: Tables) -> pd.Series:
    new, overall = _responses(tables, "NEWLIND"), _responses(tables, "OVRLRESP")
    response = _by_visit(new, overall, "RSSTRESC")
    return found(
        new,
        (new["RSSTRESC"] == "Y") & response.notna() & (response != "PD"),
        "RSSTRESC",
        overall_response=response,
    )


def _new_lesion_gone(tables: Tables) -> pd.Series:
    rs = tables["rs"]
    seen = tables.days(
        "rs", "RSDTC", (rs["RSTESTCD"] == "NEWLIND") & (rs["RSSTRESC"] == "Y"), last=False
    )
    new = _responses(tables, "NEWLIND")
    since = tables.of(new, seen)
    gone = (new["RSDTC"].to_numpy() > since) & (new["RSSTRESC"] == "N")
    return found(new, gone, "RSSTRESC", new_lesion_since=since)


def _complete_with_lesion(tables: Tables) -> pd.Series:
    overall, tr = _responses(tables, "OVRLRESP"), _measured(tables)
    left = tr[((tr["TRTESTCD"] == DIAMETER) & (tr["TRSTRESN"] > 0)).to_numpy()]
    diameter = _by_visit(overall, left, "TRSTRESN")
    return found(
        overall, (overall["RSSTRESC"] == "CR") & diameter.notna(), "RSSTRESC", diameter=diameter
    )


CHECKS = (
    Check(
        "TR-LESION-SMALL",
        f"A target lesion measures {SMALLEST[DIAMETER]} mm or more at baseline.",
        ("tr", "ex"),
        "TRSTRESN",
        lambda t: _small(t, DIAMETER),
    ),
    Check(
        "TR-NODE-SMALL",
        f"A target node measures {SMALLEST[SHORT_AXIS]} mm or more at baseline.",
        ("tr", "ex"),
        "TRSTRESN",
        lambda t: _small(t, SHORT_AXIS),
    ),
    Check("TR-LARGE", f"A lesion measures {LARGEST} mm or less.", ("tr",), "TRSTRESN", _large),
    Check(
        "TR-IN-CM",
        "A diameter is not a tenth of the one before, as in centimetres.",
        ("tr",),
        "TRSTRESN",
        _in_centimetres,
    ),
    Check("TR-JUMP", f"A diameter is not {JUMP} times the one before.", ("tr",), "TRSTRESN", _jump),
    Check(
        "TR-NO-BASELINE",
        "A target lesion is measured by the first dose.",
        ("tr", "ex"),
        "TRLNKID",
        _without_baseline,
    ),
    Check(
        "TR-TOO-MANY",
        f"A patient has {MOST} target lesions or fewer.",
        ("tr", "ex"),
        "TRLNKID",
        _too_many,
    ),
    Check(
        "TR-DROPPED", "A visit has a row of each target lesion.", ("tr", "ex"), "VISITNUM", _dropped
    ),
    Check(
        "RS-NEW-LESION",
        "A visit with a new lesion is one of progression.",
        ("rs", "tr"),
        "RSSTRESC",
        _new_lesion_no_progression,
    ),
    Check(
        "RS-NEW-LESION-GONE",
        "A new lesion is not denied later.",
        ("rs", "tr"),
        "RSSTRESC",
        _new_lesion_gone,
    ),
    Check(
        "RS-CR-LESION",
        "The investigator calls no complete response while a lesion is measured.",
        ("rs", "tr"),
        "RSSTRESC",
        _complete_with_lesion,
    ),
)
