"""Who the patients are, when they left, and when they were last seen."""

from __future__ import annotations

from datetime import date, timedelta

from .course import Course
from .dice import Dice
from .persons import age, characteristic
from .plan import ARMS, Patient
from .therapies import new_therapy_day

Row = dict[str, str]

LABELS = {
    "ISS": "International Staging System Stage",
    "ECOG": "ECOG Performance Status",
    "DEL17P": "Deletion 17p",
    "T414": "Translocation t(4;14)",
    "GAIN1Q": "Gain of 1q",
    "MEASDIS": "Measurable Disease",
}


def demography_rows(course: Course, last_dose: str) -> list[Row]:
    """The patient's one row: dates, death, person, dose level and cohort."""
    patient = course.patient
    return [
        {
            "USUBJID": patient.usubjid,
            "SUBJID": patient.subject,
            "SITEID": patient.site,
            "RFICDTC": course.consented.isoformat(),
            "RFSTDTC": patient.start.isoformat(),
            "RFENDTC": last_dose if course.stopped else "",
            "DTHFL": "Y" if patient.died else "",
            "DTHDTC": patient.died.isoformat() if patient.died else "",
            "AGE": str(age(patient)),
            "AGEU": "YEARS",
            "SEX": characteristic(patient, "SEX"),
            "RACE": characteristic(patient, "RACE"),
            "ETHNIC": characteristic(patient, "ETHNIC"),
            "ARMCD": patient.level,
            "ARM": ARMS[patient.level],
            "COHORT": patient.cohort,
        }
    ]


def characteristic_rows(course: Course) -> list[Row]:
    """Stage, performance status, cytogenetics and the kind of measurable disease at screening."""
    patient, day = course.patient, course.visits[0].day.isoformat()
    return [
        {
            "USUBJID": patient.usubjid,
            "SCTESTCD": name,
            "SCTEST": label,
            "SCDTC": day,
            "SCSTRESC": patient.measure if name == "MEASDIS" else characteristic(patient, name),
        }
        for name, label in LABELS.items()
    ]


def disposition_rows(course: Course) -> list[Row]:
    """The end of treatment and of the study, where they came."""
    patient, rows = course.patient, []
    if course.stopped:
        reason = "PROGRESSIVE DISEASE" if patient.progression else patient.stop
        rows.append(disposition(patient, "END OF TREATMENT", reason, treatment_end(course)))
    if patient.died:
        rows.append(disposition(patient, "END OF STUDY", "DEATH", patient.died))
    elif patient.lost:
        gone = patient.followed_to + timedelta(days=patient.lost)
        rows.append(disposition(patient, "END OF STUDY", "LOST TO FOLLOW-UP", gone))
    elif patient.withdrew:
        rows.append(
            disposition(patient, "END OF STUDY", "WITHDRAWAL BY SUBJECT", patient.followed_to)
        )
    return rows


def treatment_end(course: Course) -> date:
    """The day of the decision: the end of treatment visit, or the day after the last dose."""
    return course.end_visit or course.stopped + timedelta(days=1)


def disposition(patient: Patient, part: str, reason: str, day: date) -> Row:
    return {
        "USUBJID": patient.usubjid,
        "DSCAT": "DISPOSITION EVENT",
        "DSSCAT": part,
        "DSDECOD": reason,
        "DSSTDTC": day.isoformat(),
    }


def contact_days(course: Course) -> list[date]:
    """Days on which the patient was known to be alive, 8 to 12 weeks apart."""
    patient = course.patient
    dice = Dice(patient.subject, "contacts")
    known = patient.followed_to or patient.died - timedelta(days=1)
    days: list[date] = []
    day = patient.start + timedelta(days=dice.whole(56, 84))
    while (known - day).days > 14:
        days.append(day)
        day = day + timedelta(days=dice.whole(56, 84))
    if patient.followed_to:
        return days + [patient.followed_to]
    return days


def survival_rows(course: Course) -> list[Row]:
    """Survival contacts, and how they ended."""
    patient = course.patient
    found = [("ALIVE", day) for day in contact_days(course)]
    if patient.died:
        found.append(("DEAD", patient.died))
    if patient.lost:
        found.append(("LOST TO FOLLOW-UP", patient.followed_to + timedelta(days=patient.lost)))
    return [
        {
            "USUBJID": patient.usubjid,
            "SSTESTCD": "SURVSTAT",
            "SSSTRESC": status,
            "SSDTC": day.isoformat(),
        }
        for status, day in found
    ]


def order_of_dates(course: Course) -> list[str]:
    """What of the plan contradicts the calendar, for the patient."""
    patient, faults = course.patient, []
    new_therapy = new_therapy_day(course)
    known = [("last visit", course.visits[-1].day), ("last dose", course.dosed_until)]
    known += [("new therapy", new_therapy)] if new_therapy else []
    for what, day in known:
        if day > patient.last_known:
            faults.append(f"{patient.subject}: {what} {day} after {patient.last_known}")
    return faults
