"""The raw tables: columns, code lists and keys; the protocol adds the trial's own codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tracedtrial.inputs.schema.columns import (
    DATE,
    PARTIAL,
    TEXT,
    YES,
    YES_NO,
    Kind,
    code,
    integer,
    number,
)

PRIOR = "PRIOR ANTI-CANCER THERAPY"
SUBSEQUENT = "SUBSEQUENT ANTI-CANCER THERAPY"
NOT_ASSIGNED = ("SCRNFAIL", "NOTASSGN")
DOMAINS = ("dm", "sc", "cm", "ex", "ae", "lb", "rs", "ds", "ss")
EVERY_DOMAIN = (*DOMAINS, "tr")
OPTIONAL = ("sc", "lb", "tr")
DIAMETER, SHORT_AXIS, TUMOUR_STATE = "LDIAM", "LPERP", "TUMSTATE"
TARGET, NON_TARGET = "TARGET", "NON-TARGET"

REASON = code(
    ["ADVERSE EVENT", "PROGRESSIVE DISEASE", "WITHDRAWAL BY SUBJECT", "PHYSICIAN DECISION", "OTHER"]
)
DISPOSITION = code(
    [
        "PROGRESSIVE DISEASE",
        "ADVERSE EVENT",
        "WITHDRAWAL BY SUBJECT",
        "PHYSICIAN DECISION",
        "DEATH",
        "LOST TO FOLLOW-UP",
        "COMPLETED",
        "OTHER",
    ]
)
OUTCOME = code(
    [
        "RECOVERED/RESOLVED",
        "RECOVERING/RESOLVING",
        "NOT RECOVERED/NOT RESOLVED",
        "RECOVERED/RESOLVED WITH SEQUELAE",
        "FATAL",
        "UNKNOWN",
    ]
)
ACTION = code(
    ["DOSE NOT CHANGED", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN", "NOT APPLICABLE"]
)
SEQUENCE = integer(1, 999_999_999)
VISIT = {"VISITNUM": number(0, 9999), "VISIT": TEXT}


@dataclass(frozen=True)
class Table:
    """One raw table: its columns in order, and the one that numbers a subject's rows.

    `ordered` holds pairs of date columns of which the first may not be after the second.
    `results` maps a test of the table to the codes that its result may be.
    """

    domain: str
    columns: dict[str, Kind]
    sequence: str | None
    ordered: tuple[tuple[str, str], ...] = ()
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ResponseTables:
    """What response criteria ask of the raw tables.

    `tables` names those of `OPTIONAL` that they read, `results` maps each RSTESTCD to the codes
    of RSSTRESC; `imaging` tells whether a progression may be flagged as shown by imaging (PDIFL).
    """

    tables: tuple[str, ...]
    results: Mapping[str, tuple[str, ...]]
    imaging: bool = False


def _table(domain: str, columns: dict[str, Kind], ordered: tuple = ()) -> Table:
    identity = {"STUDYID": TEXT, "DOMAIN": code([domain.upper()]), "USUBJID": TEXT}
    if domain == "dm":
        return Table(domain, identity | columns, None, ordered)
    sequence = f"{domain.upper()}SEQ"
    return Table(domain, identity | {sequence: SEQUENCE} | columns, sequence, ordered)


def raw_tables(protocol: dict, asked: ResponseTables) -> dict[str, Table]:
    """Every raw table of the trial by domain, as its protocol and response criteria ask.

    `sc` is a table of the trial where the protocol names a characteristic with a test, `lb`
    where it names laboratory tests, `tr` where the criteria read it.
    """
    tables = [
        _demographics(protocol),
        _therapies(),
        _exposure(protocol),
        _events(),
        _responses(asked),
        _disposition(),
        _contacts(),
    ]
    if _characteristics(protocol):
        tables.append(_subject_characteristics(protocol))
    if "laboratory" in protocol:
        tables.append(_laboratory(protocol))
    if "tr" in asked.tables:
        tables.append(_tumours())
    return {
        table.domain: table
        for table in sorted(tables, key=lambda table: EVERY_DOMAIN.index(table.domain))
    }


def _demographics(protocol: dict) -> Table:
    arms = (*protocol["dose_levels"], *NOT_ASSIGNED)
    cohorts = (
        *(str(n) for n in range(1, 100)),
        protocol["escalation"]["expansion_cohort"]["value"],
    )
    cohort = Kind(
        "code",
        f"be a cohort's number (1 to 99) or {cohorts[-1]}",
        frozenset(cohorts).__contains__,
        cohorts,
    )
    return _table(
        "dm",
        {
            "SUBJID": TEXT,
            "SITEID": TEXT,
            "RFICDTC": DATE.optional,
            "RFSTDTC": DATE.optional,
            "RFENDTC": DATE.optional,
            "DTHFL": YES.optional,
            "DTHDTC": DATE.optional,
            "AGE": integer(0, 120),
            "AGEU": code(["YEARS"]),
            "SEX": code(["F", "M", "U"]),
            "RACE": TEXT,
            "ETHNIC": TEXT,
            "ARMCD": code(arms),
            "ARM": TEXT,
            "COHORT": cohort.optional,
        },
        (("RFICDTC", "RFSTDTC"), ("RFSTDTC", "RFENDTC"), ("RFSTDTC", "DTHDTC")),
    )


def _therapies() -> Table:
    return _table(
        "cm",
        {
            "CMCAT": code([PRIOR, SUBSEQUENT]),
            "CMLINE": integer(1, 99),
            "CMDECOD": TEXT,
            "CMREFRFL": code(["Y", "N", "U"]).optional,
            "CMSTDTC": PARTIAL.optional,
            "CMENDTC": PARTIAL.optional,
        },
        (("CMSTDTC", "CMENDTC"),),
    )


def _events() -> Table:
    return _table(
        "ae",
        {
            "AETERM": TEXT,
            "AEDECOD": TEXT,
            "AEBODSYS": TEXT,
            "AETOXGR": code("12345"),
            "AESTDTC": PARTIAL,
            "AEENDTC": PARTIAL.optional,
            "AESER": YES_NO,
            "AEREL": code(["RELATED", "NOT RELATED"]),
            "AEACN": ACTION,
            "AEOUT": OUTCOME,
            "AEDLTFL": YES_NO,
        },
        (("AESTDTC", "AEENDTC"),),
    )


def _responses(asked: ResponseTables) -> Table:
    codes = dict.fromkeys(result for codes in asked.results.values() for result in codes)
    shown = {"PDIFL": YES.optional} if asked.imaging else {}
    table = _table(
        "rs",
        {
            "RSTESTCD": code(asked.results),
            "RSCAT": TEXT,
            "RSSTRESC": code(codes),
            "RSEVAL": code(["INVESTIGATOR"]),
            **shown,
            **VISIT,
            "RSDTC": DATE,
        },
    )
    return replace(table, results=asked.results)


def _disposition() -> Table:
    return _table(
        "ds",
        {
            "DSCAT": code(["DISPOSITION EVENT"]),
            "DSSCAT": code(["END OF TREATMENT", "END OF STUDY"]),
            "DSDECOD": DISPOSITION,
            "DSSTDTC": DATE,
        },
    )


def _contacts() -> Table:
    return _table(
        "ss",
        {
            "SSTESTCD": code(["SURVSTAT"]),
            "SSSTRESC": code(["ALIVE", "DEAD", "LOST TO FOLLOW-UP"]),
            "SSDTC": DATE,
        },
    )


def _tumours() -> Table:
    return _table(
        "tr",
        {
            "TRTESTCD": code([DIAMETER, SHORT_AXIS, TUMOUR_STATE]),
            "TRTEST": TEXT,
            "TRGRPID": code([TARGET, NON_TARGET]),
            "TRLNKID": TEXT,
            "TRSTRESN": number(0, 1000).optional,
            "TRSTRESU": code(["mm"]).optional,
            "TRSTAT": code(["NOT DONE"]).optional,
            **VISIT,
            "TRDTC": DATE,
        },
    )


def _subject_characteristics(protocol: dict) -> Table:
    return _table(
        "sc",
        {
            "SCTESTCD": code(_characteristics(protocol)),
            "SCTEST": TEXT,
            "SCSTRESC": TEXT,
            "SCDTC": DATE.optional,
        },
    )


def _characteristics(protocol: dict) -> list[str]:
    return [entry["test"] for entry in protocol["baseline"]["characteristics"] if "test" in entry]


def _exposure(protocol: dict) -> Table:
    units = sorted({drug["unit"] for drug in protocol["drugs"].values()})
    return _table(
        "ex",
        {
            "EXTRT": code(protocol["drugs"]),
            "EXCYCLE": integer(1, 999),
            "EXPDOSE": number(0, 100_000),
            "EXPADM": integer(0, 999),
            "EXDOSE": number(0, 100_000),
            "EXADM": integer(0, 999),
            "EXDOSU": code(units),
            "EXSTDTC": DATE,
            "EXENDTC": DATE,
            "EXADJ": REASON.optional,
        },
        (("EXSTDTC", "EXENDTC"),),
    )


def _laboratory(protocol: dict) -> Table:
    tests = protocol["laboratory"]["tests"]
    units = sorted({test["unit"] for test in tests.values() if "unit" in test})
    return _table(
        "lb",
        {
            "LBTESTCD": code(tests),
            "LBTEST": TEXT,
            "LBSPEC": TEXT,
            "LBSTRESC": TEXT.optional,
            "LBSTRESN": number(0, 1e9).optional,
            "LBSTRESU": code(units).optional,
            "LBSTNRLO": number(0, 1e9).optional,
            "LBSTNRHI": number(0, 1e9).optional,
            "LBSTAT": code(["NOT DONE"]).optional,
            **VISIT,
            "LBDTC": DATE,
        },
    )
