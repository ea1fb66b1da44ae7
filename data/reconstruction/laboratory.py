"""Laboratory values and the investigator's responses, visit by visit."""

from __future__ import annotations

from datetime import date, timedelta

from .adverse import Event
from .course import Course, Visit, is_progressed
from .dice import Dice
from .persons import characteristic
from .plan import Patient

Row = dict[str, str]

NAMES = {
    "MPROTS": ("M-Protein, Serum", "SERUM", "g/dL"),
    "MPROTU": ("M-Protein, Urine", "URINE", "mg/24h"),
    "IFIXS": ("Immunofixation, Serum", "SERUM", ""),
    "IFIXU": ("Immunofixation, Urine", "URINE", ""),
    "KAPPA": ("Kappa Light Chain, Free", "SERUM", "mg/L"),
    "LAMBDA": ("Lambda Light Chain, Free", "SERUM", "mg/L"),
    "PLASMC": ("Plasma Cells in Bone Marrow", "BONE MARROW", "%"),
    "HGB": ("Hemoglobin", "BLOOD", "g/dL"),
    "NEUT": ("Neutrophils", "BLOOD", "10^9/L"),
    "PLAT": ("Platelets", "BLOOD", "10^9/L"),
}
LIMITS = {
    "KAPPA": ("3.3", "19.4"),
    "LAMBDA": ("5.7", "26.3"),
    "HGB": ("12.0", "16.0"),
    "NEUT": ("1.8", "7.7"),
    "PLAT": ("150", "400"),
}
# Ranges of the blood counts by grade of the event present (CTCAE), and without one.
COUNTS = {
    "HGB": ("Anemia", ((10.9, 13.4), (10.1, 11.5), (8.2, 9.9), (6.8, 7.9), (6.2, 6.9))),
    "NEUT": ("Neutropenia", ((1.9, 4.8), (1.5, 1.7), (1.05, 1.45), (0.55, 0.95), (0.12, 0.45))),
    "PLAT": ("Thrombocytopenia", ((152, 290), (78, 140), (52, 73), (27, 48), (9, 23))),
}
# The first visit at which immunofixation is negative where the M-protein has gone.
MARROW_VISIT = 10
MEASURED_BY = {"SERUM": ("MPROTS",), "URINE": ("MPROTU",), "FLC": ("KAPPA", "LAMBDA")}


def chain(patient: Patient) -> str:
    """The involved light chain."""
    return Dice(patient.subject, "chain").pick(("KAPPA", "KAPPA", "LAMBDA"))


def lab_row(patient: Patient, visit: Visit, test: str, value: str, day: date) -> Row:
    """One test at one visit; a text goes to LBSTRESC, a number to LBSTRESN, none is NOT DONE."""
    name, specimen, unit = NAMES[test]
    low, high = LIMITS.get(test, ("", ""))
    if test == "HGB" and characteristic(patient, "SEX") == "M":
        low, high = "13.5", "17.5"
    return {
        "USUBJID": patient.usubjid,
        "LBTESTCD": test,
        "LBTEST": name,
        "LBSPEC": specimen,
        "LBSTRESC": value if value.isalpha() else "",
        "LBSTRESN": "" if value.isalpha() else value,
        "LBSTRESU": unit,
        "LBSTNRLO": low,
        "LBSTNRHI": high,
        "LBSTAT": "" if value else "NOT DONE",
        "VISITNUM": visit.number,
        "VISIT": visit.name,
        "LBDTC": day.isoformat(),
    }


def lab_rows(course: Course, events: list[Event]) -> list[Row]:
    """All laboratory rows of a patient, by visit."""
    rows: list[Row] = []
    for visit in course.visits:
        rows += [
            lab_row(course.patient, visit, test, value, day)
            for test, value, day in visit_values(course, visit, events)
        ]
    return rows


def visit_values(course: Course, visit: Visit, events: list[Event]) -> list[tuple[str, str, date]]:
    """Test, value and day of everything measured at a visit."""
    patient = course.patient
    sampled = visit.day - timedelta(days=1) if visit_early(patient, visit) else visit.day
    begun_before = patient.measure == "SERUM" and visit_early(patient, visit, "MPROTU")
    missing = float(visit.number) > 1 and not visit.assessed
    values = [(test, "", sampled) for test in MEASURED_BY[patient.measure] if missing]
    if visit.value is not None:
        values = [
            (test, value, sampled - timedelta(days=test == "MPROTU" and begun_before))
            for test, value in disease_values(course, visit)
        ]
    values += [(test, value, sampled) for test, value in blood_counts(course, visit, events)]
    return values


def visit_early(patient: Patient, visit: Visit, sample: str = "BLOOD") -> bool:
    """Whether the sample was taken the day before the others."""
    dice = Dice(patient.subject, "early", sample, visit.number)
    return float(visit.number) > 1 and dice.chance(0.15)


def disease_values(course: Course, visit: Visit) -> list[tuple[str, str]]:
    """The measured parameter and what else was asked of the disease at the visit."""
    patient, first = course.patient, visit.number == "0"
    sometimes = first or int(float(visit.number)) % 3 == 0
    values: list[tuple[str, str]] = []
    if patient.measure == "SERUM":
        values.append(("MPROTS", serum_text(patient, visit.value)))
        if visit.number not in map(str, patient.no_urine):
            values.append(("MPROTU", str(urine_value(course, visit))))
    elif patient.measure == "URINE":
        values.append(("MPROTS", f"{Dice(patient.subject, 'MPROTS').real(0.2, 0.4):.1f}"))
        values.append(("MPROTU", f"{visit.value:.0f}"))
    elif sometimes:
        values += [("MPROTS", "0.2"), ("MPROTU", "70")]
    if patient.measure == "FLC" or sometimes:
        values += light_chains(course, visit)
    return values + immunofixation(course, visit)


def serum_text(patient: Patient, value: float) -> str:
    return f"{value:.1f}" if patient.site == "002" else f"{value:.2f}"


def urine_value(course: Course, visit: Visit) -> int:
    """Urine M-protein of a patient measured in serum: it follows the serum, a little faster."""
    dice = Dice(course.patient.subject, "urine", visit.number)
    ratio = urine_rise(course, visit) or visit.value / course.baseline
    if not course.patient.urine:
        usual = Dice(course.patient.subject, "urine").whole(0, 90)
        return int(min(usual, 60 if ratio < 0.5 else 90) * dice.real(0.7, 1.0))
    share = ratio if ratio > 0.76 else (0.5 if ratio > 0.5 else 0.2) * ratio
    return round(course.patient.urine * share * dice.real(0.97, 1.03))


def urine_rise(course: Course, visit: Visit) -> float | None:
    """The planned fraction of baseline from progression on, where the urine goes its own way."""
    later = [v.number for v in course.visits if is_progressed(course.patient, v)]
    if not course.patient.urine_rises or visit.number not in later:
        return None
    return course.patient.urine_rises[later.index(visit.number)]


def light_chains(course: Course, visit: Visit) -> list[tuple[str, str]]:
    """Free light chains; where they are the measured parameter, their difference is its value."""
    patient = course.patient
    dice = Dice(patient.subject, "light chains", visit.number)
    other = round(dice.real(4.0, 9.5), 1)
    ratio = visit.value / course.baseline
    usual = Dice(patient.subject, "light chains").real(30, 240)
    difference = visit.value if patient.measure == "FLC" else usual * ratio + dice.real(6, 12)
    involved = f"{difference + other:.1f}"
    if chain(patient) == "KAPPA":
        return [("KAPPA", involved), ("LAMBDA", f"{other:.1f}")]
    return [("KAPPA", f"{other:.1f}"), ("LAMBDA", involved)]


def immunofixation(course: Course, visit: Visit) -> list[tuple[str, str]]:
    """Immunofixation and marrow at screening, and where the M-protein is very low.

    Where it has gone for good, immunofixation is negative; the marrow, taken once, still holds too
    many plasma cells for a complete response.
    """
    dice = Dice(course.patient.subject, "marrow", visit.number)
    if visit.number == "0":
        positive = course.patient.measure != "FLC"
        return [
            ("IFIXS", "POSITIVE" if positive else "NEGATIVE"),
            ("PLASMC", str(dice.whole(8, 70))),
        ]
    if course.patient.measure != "SERUM" or visit.value > 0.1 * course.baseline:
        return []
    if visit.value == 0 and float(visit.number) >= MARROW_VISIT:
        marrow = [("PLASMC", "8")] if float(visit.number) == MARROW_VISIT else []
        return [("IFIXS", "NEGATIVE"), ("IFIXU", "NEGATIVE"), *marrow]
    return [("IFIXS", "POSITIVE")]


def blood_counts(course: Course, visit: Visit, events: list[Event]) -> list[tuple[str, str]]:
    """Hemoglobin, neutrophils and platelets that agree with the events present that day."""
    values = []
    for test, (term, ranges) in COUNTS.items():
        dice = Dice(course.patient.subject, test, visit.number)
        grades = [
            e.grade
            for e in events
            if e.term == term and e.start <= visit.day and (e.end is None or visit.day <= e.end)
        ]
        low, high = ranges[max(grades, default=0)]
        value = dice.real(low, high)
        text = {"HGB": f"{value:.1f}", "NEUT": f"{value:.2f}", "PLAT": f"{value:.0f}"}[test]
        values.append((test, "" if dice.chance(0.01) else text))
    return values
