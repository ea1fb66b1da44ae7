"""Make the synthetic raw tables: python data/reconstruct.py [OUTPUT_FOLDER]

The patients are invented so that the analysis of their rows gives the published numbers, which
stand in `published.csv`; the plan of each patient and all that is assumed is declared in
`reconstruction/plan.py` and `reconstruction/adverse_terms.py`. The tables hold what a site would
have recorded (doses, laboratory values, events, visits), never an answer. The same bytes come out
on every machine.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from reconstruction.adverse import adverse_events
from reconstruction.course import Course, treatment_course
from reconstruction.dosing import exposure_rows, with_actions
from reconstruction.investigator import response_rows
from reconstruction.laboratory import lab_rows
from reconstruction.plan import PATIENTS, STUDY, Patient
from reconstruction.queried import with_slips
from reconstruction.reports import adverse_rows
from reconstruction.subjects import (
    characteristic_rows,
    demography_rows,
    disposition_rows,
    order_of_dates,
    survival_rows,
)
from reconstruction.therapies import therapy_rows

HERE = Path(__file__).resolve().parent

Row = dict[str, str]

COLUMNS = {
    "dm": "SUBJID SITEID RFICDTC RFSTDTC RFENDTC DTHFL DTHDTC AGE AGEU SEX RACE ETHNIC ARMCD ARM "
    "COHORT",
    "sc": "SCSEQ SCTESTCD SCTEST SCSTRESC SCDTC",
    "cm": "CMSEQ CMCAT CMLINE CMDECOD CMREFRFL CMSTDTC CMENDTC",
    "ex": "EXSEQ EXTRT EXCYCLE EXPDOSE EXPADM EXDOSE EXADM EXDOSU EXSTDTC EXENDTC EXADJ",
    "ae": "AESEQ AETERM AEDECOD AEBODSYS AETOXGR AESTDTC AEENDTC AESER AEREL AEACN AEOUT AEDLTFL",
    "lb": "LBSEQ LBTESTCD LBTEST LBSPEC LBSTRESC LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBSTAT "
    "VISITNUM VISIT LBDTC",
    "rs": "RSSEQ RSTESTCD RSCAT RSSTRESC RSEVAL PDIFL VISITNUM VISIT RSDTC",
    "ds": "DSSEQ DSCAT DSSCAT DSDECOD DSSTDTC",
    "ss": "SSSEQ SSTESTCD SSSTRESC SSDTC",
}


def published_texts(path: Path) -> dict[str, str]:
    """The published numbers by id."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["printed"] for row in csv.DictReader(file)}


def planned_texts(patients: tuple[Patient, ...]) -> dict[str, str]:
    """What the plan of the patients amounts to, printed as in the abstract."""
    evaluable = [p for p in patients if not p.withdrew]
    at_rp2d = [p for p in evaluable if p.level == "DL2"]
    responders = [p for p in at_rp2d if p.best in ("VGPR", "PR")]
    very_good = [p for p in at_rp2d if p.best == "VGPR"]
    controlled = [p for p in at_rp2d if p.best in ("VGPR", "PR", "MR", "SD")]
    return {
        "population.treated.n": str(len(patients)),
        "population.evaluable.n": str(len(evaluable)),
        "dlt.dl1.second_cohort.size": str(sum(p.cohort == "2" for p in evaluable)),
        "dlt.dl2.second_cohort.size": str(sum(p.cohort == "4" for p in evaluable)),
        "population.expansion.n": str(sum(p.cohort == "EXPANSION" for p in patients)),
        "response.rp2d.orr.percent": f"{100 * len(responders) // len(at_rp2d)}%",
        "response.rp2d.vgpr.n": str(len(very_good)),
        "response.rp2d.vgpr.percent": f"{100 * len(very_good) // len(at_rp2d)}%",
        "response.rp2d.dcr.percent": f"{100 * len(controlled) // len(at_rp2d)}%",
    }


def check_plan(courses: list[Course], published: dict[str, str]) -> None:
    """Stop where the plan misses a published number or contradicts the calendar."""
    planned = planned_texts(tuple(course.patient for course in courses))
    faults = [
        f"{number} must be {published[number]}, but the plan gives {text}"
        for number, text in planned.items()
        if published[number] != text
    ]
    for course in courses:
        faults += order_of_dates(course)
    if faults:
        raise ValueError("; ".join(faults))


def subject_tables(courses: list[Course]) -> dict[str, list[Row]]:
    """The rows of every table, subject by subject."""
    tables: dict[str, list[Row]] = {domain: [] for domain in COLUMNS}
    events = adverse_events(courses)
    for course in sorted(courses, key=lambda c: c.patient.subject):
        mine = with_actions(course, [e for e in events if e.subject == course.patient.subject])
        doses = exposure_rows(course, mine)
        last_dose = max(row["EXENDTC"] for row in doses if row["EXADM"] != "0")
        tables["dm"] += demography_rows(course, last_dose)
        tables["sc"] += characteristic_rows(course)
        tables["cm"] += therapy_rows(course)
        tables["ex"] += doses
        tables["ae"] += adverse_rows(course, mine)
        tables["lb"] += lab_rows(course, mine)
        tables["rs"] += response_rows(course)
        tables["ds"] += disposition_rows(course)
        tables["ss"] += survival_rows(course)
    return tables


def check_rows(tables: dict[str, list[Row]], courses: list[Course]) -> None:
    """Stop where a row tells of a patient after the last day on which anything was known."""
    last = {course.patient.usubjid: course.patient.last_known.isoformat() for course in courses}
    for domain in sorted(set(tables) - {"ds", "ss"}):  # these say how the follow-up ended
        for row in tables[domain]:
            days = [day for name, day in row.items() if name.endswith("DTC") and day]
            known = last[row["USUBJID"]]
            if any(day > known[: len(day)] for day in days):
                raise ValueError(f"{domain} must hold no date after {known}, but got {row}")


def table_text(domain: str, rows: list[Row]) -> str:
    """The table as CSV, with study, domain and the sequence number within the subject."""
    columns = ["STUDYID", "DOMAIN", "USUBJID", *COLUMNS[domain].split()]
    sequence, counts = f"{domain.upper()}SEQ", {}
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        counts[row["USUBJID"]] = counts.get(row["USUBJID"], 0) + 1
        own = {"STUDYID": STUDY, "DOMAIN": domain.upper()}
        if sequence in columns:
            own[sequence] = str(counts[row["USUBJID"]])
        writer.writerow(own | row)
    return buffer.getvalue()


def main(folder: Path) -> None:
    courses = [treatment_course(patient) for patient in PATIENTS]
    check_plan(courses, published_texts(HERE / "published.csv"))
    tables = with_slips(subject_tables(courses))
    check_rows(tables, courses)
    folder.mkdir(parents=True, exist_ok=True)
    for domain, rows in tables.items():
        (folder / f"{domain}.csv").write_bytes(table_text(domain, rows).encode("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "raw")
