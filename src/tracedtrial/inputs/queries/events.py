"""Checks of adverse events within themselves and against treatment and follow-up."""

import re

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found, other_spelling
from tracedtrial.inputs.queries.days import possible_days
from tracedtrial.inputs.queries.tables import Tables

OF_WOMEN = re.compile(
    r"\b(pregnan|uter|ovar|vagin|vulv|cervix|menstr|menorrh|menopaus|lactation)", re.IGNORECASE
)
OF_MEN = re.compile(
    r"\b(prostat|testic|testis|penile|penis|erectile|scrot|ejaculat|epididym)", re.IGNORECASE
)
RECOVERED = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE")


def _unrecovered_ended(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    bad = (ae["AEOUT"] == "NOT RECOVERED/NOT RESOLVED") & (ae["AEENDTC"] != "")
    return found(ae, bad, "AEENDTC", AEOUT=ae["AEOUT"])


def _recovered_open(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    return found(
        ae, ae["AEOUT"].isin(RECOVERED) & (ae["AEENDTC"] == ""), "AEENDTC", AEOUT=ae["AEOUT"]
    )


def _fatal_not_serious(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    fatal = (ae["AETOXGR"] == "5") | (ae["AEOUT"] == "FATAL")
    return found(
        ae, fatal & (ae["AESER"] != "Y"), "AESER", AETOXGR=ae["AETOXGR"], AEOUT=ae["AEOUT"]
    )


def _dlt(
    tables: Tables, rows: np.ndarray | pd.Series, column: str, **beside: np.ndarray | pd.Series
) -> pd.Series:
    ae = tables["ae"]
    return found(ae, (ae["AEDLTFL"] == "Y") & rows, column, **beside)


def _dlt_outside_window(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    first = tables.of(ae, tables.first_dose)
    end = first + np.timedelta64(tables.protocol["dlt"]["window"]["days"] - 1, "D")
    earliest, latest = possible_days(ae["AESTDTC"])
    return _dlt(
        tables, (earliest > end) | (latest < first), "AESTDTC", window_from=first, until=end
    )


def _dlt_mild(tables: Tables) -> pd.Series:
    return _dlt(tables, tables["ae"]["AETOXGR"].isin(["1", "2"]), "AETOXGR")


def _dlt_unrelated(tables: Tables) -> pd.Series:
    return _dlt(tables, tables["ae"]["AEREL"] == "NOT RELATED", "AEREL")


def _withdrawn_and_given(tables: Tables) -> pd.Series:
    """Withdrawals after which every study drug was begun again in a later interval."""
    ae, ex = tables["ae"], tables["ex"]
    latest = [
        tables.days("ex", "EXSTDTC", tables.given & (ex["EXTRT"] == drug).to_numpy(), last=True)
        for drug in tables.protocol["drugs"]
    ]
    begun = tables.of(ae, np.min(latest, axis=0))  # NaT where a drug was never given
    since = possible_days(ae["AEENDTC"])[1]
    since = np.where(np.isnat(since), possible_days(ae["AESTDTC"])[1], since)
    return found(
        ae, (ae["AEACN"] == "DRUG WITHDRAWN") & (begun > since), "AEACN", all_drugs_given_from=begun
    )


def _after_study(tables: Tables, domain: str, column: str) -> pd.Series:
    """Rows dated after a study that ended otherwise than by death."""
    frame = tables[domain]
    ds = tables["ds"]
    ended = (ds["DSSCAT"] == "END OF STUDY") & (ds["DSDECOD"] != "DEATH")
    end = tables.of(frame, tables.days("ds", "DSSTDTC", ended, last=True))
    days = frame[column]
    first = days.to_numpy() if days.dtype.kind == "M" else possible_days(days)[0]
    return found(frame, first > end, column, end_of_study=end)


def _related_untreated(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    untreated = np.isnat(tables.of(ae, tables.first_dose))
    return found(ae, untreated & (ae["AEREL"] == "RELATED"), "AEREL")


def _of_other_sex(tables: Tables) -> pd.Series:
    ae, sex = tables["ae"], tables.of(tables["ae"], tables.texts("SEX"))
    names = ae["AEDECOD"].astype(object)
    strange = {
        name: ("M" if OF_WOMEN.search(name) else "F" if OF_MEN.search(name) else "")
        for name in names.unique()
    }
    return found(ae, names.map(strange).to_numpy() == sex, "AEDECOD", SEX=sex)


CHECKS = (
    Check(
        "AE-NOT-RECOVERED-ENDED",
        "An event that is not recovered has no end.",
        ("ae",),
        "AEENDTC",
        _unrecovered_ended,
    ),
    Check(
        "AE-RECOVERED-OPEN",
        "An event that is recovered has an end.",
        ("ae",),
        "AEENDTC",
        _recovered_open,
    ),
    Check(
        "AE-FATAL-NOT-SERIOUS", "A fatal event is serious.", ("ae",), "AESER", _fatal_not_serious
    ),
    Check(
        "AE-DLT-WINDOW",
        "A dose-limiting toxicity begins within its window.",
        ("ae", "ex"),
        "AESTDTC",
        _dlt_outside_window,
    ),
    Check(
        "AE-DLT-GRADE",
        "A dose-limiting toxicity has grade 3 or more.",
        ("ae",),
        "AETOXGR",
        _dlt_mild,
    ),
    Check(
        "AE-DLT-UNRELATED",
        "A dose-limiting toxicity is related to a study drug.",
        ("ae",),
        "AEREL",
        _dlt_unrelated,
    ),
    Check(
        "AE-WITHDRAWN-GIVEN",
        "After an event that had a drug withdrawn, not every study drug is given again.",
        ("ae", "ex"),
        "AEACN",
        _withdrawn_and_given,
    ),
    Check(
        "AE-AFTER-STUDY",
        "An adverse event does not begin after the end of study.",
        ("ae", "ds"),
        "AESTDTC",
        lambda t: _after_study(t, "ae", "AESTDTC"),
    ),
    Check(
        "SS-AFTER-STUDY",
        "No survival contact follows the end of study.",
        ("ss", "ds"),
        "SSDTC",
        lambda t: _after_study(t, "ss", "SSDTC"),
    ),
    Check(
        "AE-SPELLING",
        "A preferred term has one spelling.",
        ("ae",),
        "AEDECOD",
        lambda t: other_spelling(t["ae"], "AEDECOD"),
        refuses=True,  # two spellings would be two rows of the table with one id
    ),
    Check(
        "CM-SPELLING",
        "A drug has one spelling.",
        ("cm",),
        "CMDECOD",
        lambda t: other_spelling(t["cm"], "CMDECOD"),
    ),
    Check(
        "AE-UNTREATED",
        "Who was given no dose has no event related to a study drug.",
        ("ae", "ex"),
        "AEREL",
        _related_untreated,
    ),
    Check(
        "AE-SEX",
        "An event of the other sex's organs is not reported.",
        ("ae", "dm"),
        "AEDECOD",
        _of_other_sex,
    ),
)
