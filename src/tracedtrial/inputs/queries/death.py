"""Checks of what follows a death, and of deaths that tables tell differently."""

import numpy as np
import pandas as pd

from tracedtrial.inputs.queries.check import Check, found
from tracedtrial.inputs.queries.days import possible_days
from tracedtrial.inputs.queries.tables import Tables


def _later(
    tables: Tables, domain: str, column: str, rows: np.ndarray | pd.Series | bool = True
) -> pd.Series:
    frame = tables[domain]
    death = tables.of(frame, tables.death)
    late = frame[column].to_numpy() > death
    return found(frame, late & np.asarray(rows), column, death=death)


def _surely_later(tables: Tables, domain: str, column: str) -> pd.Series:
    frame = tables[domain]
    death = tables.of(frame, tables.death)
    first, _ = possible_days(frame[column])
    return found(frame, first > death, column, death=death)


def _measured(tables: Tables, domain: str, status: str, column: str) -> pd.Series:
    return _later(tables, domain, column, tables[domain][status] == "")


def _dated_otherwise(tables: Tables, domain: str, code: str, death: str, day: str) -> pd.Series:
    """Rows that tell of the death, of a patient whom dm has dead on another day."""
    frame = tables[domain]
    died = tables.of(frame, tables.death)
    other = (frame[code] == death) & ~np.isnat(died) & (frame[day].to_numpy() != died)
    return found(frame, other, day, death=died)


def _alive_in_dm(tables: Tables, domain: str, column: str, value: str) -> pd.Series:
    frame = tables[domain]
    alive = np.isnat(tables.of(frame, tables.death))
    return found(frame, (frame[column] == value) & alive, column)


def _death_told_nowhere_else(tables: Tables) -> pd.Series:
    dm, ss, ds = tables["dm"], tables["ss"], tables["ds"]
    told = tables.subjects(ss, ss["SSSTRESC"] == "DEAD") | tables.subjects(
        ds, ds["DSDECOD"] == "DEATH"
    )
    return found(dm, (dm["DTHFL"] == "Y") & ~tables.of(dm, told), "DTHDTC")


def _fatal_event_ends_otherwise(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    death, (first, last) = tables.of(ae, tables.death), possible_days(ae["AEENDTC"])
    other = (first > death) | (last < death)
    return found(ae, (ae["AEOUT"] == "FATAL") & other, "AEENDTC", death=death)


def _alive_after_dead_contact(tables: Tables) -> pd.Series:
    ss = tables["ss"]
    dead = tables.of(ss, tables.days("ss", "SSDTC", ss["SSSTRESC"] == "DEAD", last=False))
    later = (ss["SSDTC"].to_numpy() > dead) & np.isnat(tables.of(ss, tables.death))
    return found(ss, later, "SSDTC", contact_DEAD=dead)


def _study_ended_otherwise(tables: Tables) -> pd.Series:
    ds = tables["ds"]
    death = tables.of(ds, tables.death)
    dead = (ds["DSSTDTC"].to_numpy() >= death) & (ds["DSSCAT"] == "END OF STUDY")
    return found(ds, dead & (ds["DSDECOD"] != "DEATH"), "DSDECOD", death=death)


def _ended_after_death(tables: Tables) -> pd.Series:
    return _later(tables, "ds", "DSSTDTC", tables["ds"]["DSDECOD"] != "DEATH")


def _grade(tables: Tables, rows: pd.Series, column: str, **beside: str) -> pd.Series:
    ae = tables["ae"]
    return found(ae, rows, column, **{name: ae[other] for name, other in beside.items()})


def _fatal_below_five(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    return _grade(
        tables, (ae["AEOUT"] == "FATAL") & (ae["AETOXGR"] != "5"), "AETOXGR", AEOUT="AEOUT"
    )


def _five_not_fatal(tables: Tables) -> pd.Series:
    ae = tables["ae"]
    return _grade(
        tables, (ae["AETOXGR"] == "5") & (ae["AEOUT"] != "FATAL"), "AEOUT", AETOXGR="AETOXGR"
    )


def _dead_of_nothing(tables: Tables) -> pd.Series:
    """Deaths that end the treatment, without a fatal event."""
    ds, ae = tables["ds"], tables["ae"]
    fatal = tables.subjects(ae, (ae["AEOUT"] == "FATAL") | (ae["AETOXGR"] == "5"))
    ended = (ds["DSSCAT"] == "END OF TREATMENT") & (ds["DSDECOD"] == "DEATH")
    return found(ds, ended & ~tables.of(ds, fatal), "DSDECOD")


CHECKS = (
    Check(
        "AE-AFTER-DEATH",
        "An adverse event does not begin after the patient's death.",
        ("ae", "dm"),
        "AESTDTC",
        lambda t: _surely_later(t, "ae", "AESTDTC"),
        refuses=True,
    ),
    Check(
        "AE-END-AFTER-DEATH",
        "An adverse event does not end after the patient's death.",
        ("ae", "dm"),
        "AEENDTC",
        lambda t: _surely_later(t, "ae", "AEENDTC"),
    ),
    Check(
        "CM-AFTER-DEATH",
        "A therapy does not begin after the patient's death.",
        ("cm", "dm"),
        "CMSTDTC",
        lambda t: _surely_later(t, "cm", "CMSTDTC"),
        refuses=True,
    ),
    Check(
        "EX-AFTER-DEATH",
        "No dose is given after the patient's death.",
        ("ex", "dm"),
        "EXENDTC",
        lambda t: _later(t, "ex", "EXENDTC", t.given),
        refuses=True,
    ),
    Check(
        "LB-AFTER-DEATH",
        "No sample is taken after the patient's death.",
        ("lb", "dm"),
        "LBDTC",
        lambda t: _measured(t, "lb", "LBSTAT", "LBDTC"),
        refuses=True,
    ),
    Check(
        "TR-AFTER-DEATH",
        "No lesion is measured after the patient's death.",
        ("tr", "dm"),
        "TRDTC",
        lambda t: _measured(t, "tr", "TRSTAT", "TRDTC"),
        refuses=True,
    ),
    Check(
        "RS-AFTER-DEATH",
        "No response is assessed after the patient's death.",
        ("rs", "dm"),
        "RSDTC",
        lambda t: _later(t, "rs", "RSDTC"),
    ),
    Check(
        "SS-AFTER-DEATH",
        "A patient is not found alive, or lost, after his or her death.",
        ("ss", "dm"),
        "SSDTC",
        lambda t: _later(t, "ss", "SSDTC", t["ss"]["SSSTRESC"] != "DEAD"),
        refuses=True,
    ),
    Check(
        "SS-AFTER-DEAD-CONTACT",
        "No contact follows one that found the patient dead.",
        ("ss", "dm"),
        "SSDTC",
        _alive_after_dead_contact,
    ),
    Check(
        "DS-AFTER-DEATH",
        "Treatment or study do not end, other than by death, after the patient's death.",
        ("ds", "dm"),
        "DSSTDTC",
        _ended_after_death,
    ),
    Check(
        "SS-DEATH-DATE",
        "A contact that found the patient dead is dated as the death in dm.",
        ("ss", "dm"),
        "SSDTC",
        lambda t: _dated_otherwise(t, "ss", "SSSTRESC", "DEAD", "SSDTC"),
    ),
    Check(
        "DS-DEATH-DATE",
        "A disposition of death is dated as the death in dm.",
        ("ds", "dm"),
        "DSSTDTC",
        lambda t: _dated_otherwise(t, "ds", "DSDECOD", "DEATH", "DSSTDTC"),
    ),
    Check(
        "SS-DEAD-ALIVE",
        "A patient whom a contact found dead is dead in dm.",
        ("ss", "dm"),
        "SSSTRESC",
        lambda t: _alive_in_dm(t, "ss", "SSSTRESC", "DEAD"),
    ),
    Check(
        "DS-DEATH-ALIVE",
        "A patient with a disposition of death is dead in dm.",
        ("ds", "dm"),
        "DSDECOD",
        lambda t: _alive_in_dm(t, "ds", "DSDECOD", "DEATH"),
    ),
    Check(
        "DM-DEATH-ALONE",
        "A death in dm is told by a contact or a disposition too.",
        ("dm", "ss", "ds"),
        "DTHDTC",
        _death_told_nowhere_else,
    ),
    Check(
        "DS-STUDY-END-NOT-DEATH",
        "The study ends by death for a patient who has died by then.",
        ("ds", "dm"),
        "DSDECOD",
        _study_ended_otherwise,
    ),
    Check(
        "DS-DEATH-WITHOUT-EVENT",
        "A death that ends the treatment has its fatal adverse event.",
        ("ds", "ae"),
        "DSDECOD",
        _dead_of_nothing,
    ),
    Check(
        "AE-FATAL-ALIVE",
        "A patient with a fatal event is dead in dm.",
        ("ae", "dm"),
        "AEOUT",
        lambda t: _alive_in_dm(t, "ae", "AEOUT", "FATAL"),
    ),
    Check(
        "AE-GRADE-5-ALIVE",
        "A patient with an event of grade 5 is dead in dm.",
        ("ae", "dm"),
        "AETOXGR",
        lambda t: _alive_in_dm(t, "ae", "AETOXGR", "5"),
    ),
    Check("AE-FATAL-GRADE", "A fatal event has grade 5.", ("ae",), "AETOXGR", _fatal_below_five),
    Check("AE-GRADE-5-OUTCOME", "An event of grade 5 is fatal.", ("ae",), "AEOUT", _five_not_fatal),
    Check(
        "AE-FATAL-END",
        "A fatal event ends on the day of the death.",
        ("ae", "dm"),
        "AEENDTC",
        _fatal_event_ends_otherwise,
    ),
)
