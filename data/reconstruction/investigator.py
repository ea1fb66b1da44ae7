"""The response that the investigator wrote at each visit, unconfirmed.

The same values as in the laboratory table, read once more; a few visits differ, as declared in the
plan, since investigators and criteria do not always agree.
"""

from __future__ import annotations

from datetime import timedelta

from .course import Course, Visit
from .dice import Dice

RISE = {"SERUM": 0.5, "URINE": 200.0, "FLC": 100.0}


def reading(measure: str, baseline: float, lowest: float, value: float) -> str:
    """The response that a value suggests, by class of measured parameter."""
    rise = value - lowest
    if rise >= 0.25 * lowest and rise >= RISE[measure]:
        return "PD"
    if value <= 0.1 * baseline and (measure != "URINE" or value < 100):
        return "VGPR"
    if value <= 0.5 * baseline and (measure != "URINE" or value < max(200, 0.1 * baseline)):
        return "PR"
    if measure != "FLC" and value <= (0.75 if measure == "SERUM" else 0.5) * baseline:
        return "MR"
    return "SD"


def response_rows(course: Course) -> list[dict[str, str]]:
    """One row per visit after baseline at which response was due."""
    patient, lowest, before = course.patient, course.baseline, course.baseline
    rows = []
    for visit in course.visits:
        if float(visit.number) <= 1:
            continue
        imaging = patient.confirmation == "IMAGING" and float(visit.number) >= patient.progression
        response = "NE"
        if visit.value is not None:
            response = reading(patient.measure, course.baseline, lowest, visit.value)
            lowest, before = min(lowest, max(before, visit.value)), visit.value
        response = patient.investigator.get(visit.number, "PD" if imaging else response)
        rows.append(response_row(course, visit, response, imaging))
    return rows


def response_row(course: Course, visit: Visit, response: str, imaging: bool) -> dict[str, str]:
    dice = Dice(course.patient.subject, "written", visit.number)
    late = dice.whole(1, 3) if dice.chance(0.1) and not imaging and visit.number != "99" else 0
    return {
        "USUBJID": course.patient.usubjid,
        "RSTESTCD": "OVRLRESP",
        "RSCAT": "IMWG",
        "RSSTRESC": response,
        "RSEVAL": "INVESTIGATOR",
        "PDIFL": "Y" if imaging else "",
        "VISITNUM": visit.number,
        "VISIT": visit.name,
        "RSDTC": (visit.day + timedelta(days=late)).isoformat(),
    }
