"""The raw tables: columns, code lists and keys; the protocol adds the trial's own codes."""

from dataclasses import dataclass

from analysis.schema.columns import (
    DATE, PARTIAL, TEXT, YES, YES_NO, Kind, code, integer, number,
)

PRIOR = "PRIOR ANTI-CANCER THERAPY"
SUBSEQUENT = "SUBSEQUENT ANTI-CANCER THERAPY"
NOT_ASSIGNED = ("SCRNFAIL", "NOTASSGN")
DOMAINS = ("dm", "sc", "cm", "ex", "ae", "lb", "rs", "ds", "ss")

REASON = code(["ADVERSE EVENT", "PROGRESSIVE DISEASE", "WITHDRAWAL BY SUBJECT",
               "PHYSICIAN DECISION", "OTHER"])
DISPOSITION = code(["PROGRESSIVE DISEASE", "ADVERSE EVENT", "WITHDRAWAL BY SUBJECT",
                    "PHYSICIAN DECISION", "DEATH", "LOST TO FOLLOW-UP", "COMPLETED", "OTHER"])
OUTCOME = code(["RECOVERED/RESOLVED", "RECOVERING/RESOLVING", "NOT RECOVERED/NOT RESOLVED",
                "RECOVERED/RESOLVED WITH SEQUELAE", "FATAL", "UNKNOWN"])
ACTION = code(["DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN",
               "NOT APPLICABLE"])
SEQUENCE = integer(1, 999_999_999)
VISIT = {"VISITNUM": number(0, 9999), "VISIT": TEXT}


@dataclass(frozen=True)
class Table:
    """One raw table: its columns in order, and the one that numbers a subject's rows.

    `ordered` holds pairs of date columns of which the first may not be after the second.
    """

    domain: str
    columns: dict[str, Kind]
    sequence: str | None
    ordered: tuple[tuple[str, str], ...] = ()


def _table(domain: str, columns: dict[str, Kind], ordered: tuple = ()) -> Table:
    identity = {"STUDYID": TEXT, "DOMAIN": code([domain.upper()]), "USUBJID": TEXT}
    if domain == "dm":
        return Table(domain, identity | columns, None, ordered)
    sequence = f"{domain.upper()}SEQ"
    return Table(domain, identity | {sequence: SEQUENCE} | columns, sequence, ordered)


def raw_tables(protocol: dict, categories: tuple[str, ...]) -> dict[str, Table]:
    """Every raw table of the trial by domain; `categories` are the response criteria's."""
    tables = (
        _demographics(protocol),
        _table("sc", {"SCTESTCD": code(_characteristics(protocol)), "SCTEST": TEXT,
                      "SCSTRESC": TEXT, "SCDTC": DATE.optional}),
        _table("cm", {"CMCAT": code([PRIOR, SUBSEQUENT]), "CMLINE": integer(1, 99),
                      "CMDECOD": TEXT, "CMREFRFL": code(["Y", "N", "U"]).optional,
                      "CMSTDTC": PARTIAL.optional, "CMENDTC": PARTIAL.optional},
               (("CMSTDTC", "CMENDTC"),)),
        _exposure(protocol),
        _table("ae", {"AETERM": TEXT, "AEDECOD": TEXT, "AEBODSYS": TEXT,
                      "AETOXGR": code("12345"), "AESTDTC": PARTIAL, "AEENDTC": PARTIAL.optional,
                      "AESER": YES_NO, "AEREL": code(["RELATED", "NOT RELATED"]), "AEACN": ACTION,
                      "AEOUT": OUTCOME, "AEDLTFL": YES_NO}, (("AESTDTC", "AEENDTC"),)),
        _laboratory(protocol),
        _table("rs", {"RSTESTCD": code(["OVRLRESP"]), "RSCAT": TEXT, "RSSTRESC": code(categories),
                      "RSEVAL": code(["INVESTIGATOR"]), "PDIFL": YES.optional, **VISIT,
                      "RSDTC": DATE}),
        _table("ds", {"DSCAT": code(["DISPOSITION EVENT"]),
                      "DSSCAT": code(["END OF TREATMENT", "END OF STUDY"]),
                      "DSDECOD": DISPOSITION, "DSSTDTC": DATE}),
        _table("ss", {"SSTESTCD": code(["SURVSTAT"]),
                      "SSSTRESC": code(["ALIVE", "DEAD", "LOST TO FOLLOW-UP"]), "SSDTC": DATE}),
    )
    return {table.domain: table for table in tables}


def _demographics(protocol: dict) -> Table:
    arms = (*protocol["dose_levels"], *NOT_ASSIGNED)
    cohorts = (*(str(n) for n in range(1, 100)), protocol["escalation"]["expansion_cohort"]["value"])
    cohort = Kind("code", f"be a cohort's number (1 to 99) or {cohorts[-1]}",
                  frozenset(cohorts).__contains__, cohorts)
    return _table("dm", {
        "SUBJID": TEXT, "SITEID": TEXT, "RFICDTC": DATE.optional, "RFSTDTC": DATE.optional,
        "RFENDTC": DATE.optional, "DTHFL": YES.optional, "DTHDTC": DATE.optional,
        "AGE": integer(0, 120), "AGEU": code(["YEARS"]), "SEX": code(["F", "M", "U"]),
        "RACE": TEXT, "ETHNIC": TEXT, "ARMCD": code(arms), "ARM": TEXT, "COHORT": cohort.optional,
    }, (("RFICDTC", "RFSTDTC"), ("RFSTDTC", "RFENDTC"), ("RFSTDTC", "DTHDTC")))


def _characteristics(protocol: dict) -> list[str]:
    return [entry["test"] for entry in protocol["baseline"]["characteristics"] if "test" in entry]


def _exposure(protocol: dict) -> Table:
    units = sorted({drug["unit"] for drug in protocol["drugs"].values()})
    return _table("ex", {
        "EXTRT": code(protocol["drugs"]), "EXCYCLE": integer(1, 999),
        "EXPDOSE": number(0, 100_000), "EXPADM": integer(0, 999), "EXDOSE": number(0, 100_000),
        "EXADM": integer(0, 999), "EXDOSU": code(units), "EXSTDTC": DATE, "EXENDTC": DATE,
        "EXADJ": REASON.optional}, (("EXSTDTC", "EXENDTC"),))


def _laboratory(protocol: dict) -> Table:
    tests = protocol["laboratory"]["tests"]
    units = sorted({test["unit"] for test in tests.values() if "unit" in test})
    return _table("lb", {
        "LBTESTCD": code(tests), "LBTEST": TEXT, "LBSPEC": TEXT, "LBSTRESC": TEXT.optional,
        "LBSTRESN": number(0, 1e9).optional, "LBSTRESU": code(units).optional,
        "LBSTNRLO": number(0, 1e9).optional, "LBSTNRHI": number(0, 1e9).optional,
        "LBSTAT": code(["NOT DONE"]).optional, **VISIT, "LBDTC": DATE})
