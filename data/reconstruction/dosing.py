"""Doses given: what toxicity interrupts or reduces, and the rows of the exposure table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from .adverse import Event
from .course import Course
from .dice import Dice
from .plan import DOSE_DAYS, DOSES

LOWER_DOSE = {
    "IXAZOMIB": {"4": "3", "3": "2.3", "2.3": "2.3"},
    "POMALIDOMIDE": {"4": "3", "3": "2", "2": "1", "1": "1"},
    "DEXAMETHASONE": {"40": "20", "20": "12", "12": "8", "8": "8"},
}
BLAMED_DRUG = {
    "Neutropenia": "POMALIDOMIDE",
    "Febrile neutropenia": "POMALIDOMIDE",
    "Thrombocytopenia": "IXAZOMIB",
    "Rash maculo-papular": "IXAZOMIB",
    "Peripheral sensory neuropathy": "IXAZOMIB",
    "Diarrhea": "IXAZOMIB",
    "Nausea": "IXAZOMIB",
    "Hyperglycemia": "DEXAMETHASONE",
    "Insomnia": "DEXAMETHASONE",
    "Muscular weakness": "DEXAMETHASONE",
}
MOST_REDUCTIONS = 3
# A drug left out of a whole cycle, and why.
OMITTED = {
    ("001-004", "IXAZOMIB", 4): "ADVERSE EVENT",
    ("001-005", "DEXAMETHASONE", 6): "OTHER",
    ("002-004", "DEXAMETHASONE", 12): "PHYSICIAN DECISION",
    ("003-002", "DEXAMETHASONE", 15): "PHYSICIAN DECISION",
    ("003-002", "DEXAMETHASONE", 16): "PHYSICIAN DECISION",
}


def cycle_of(course: Course, when: date) -> int:
    """The number of the dosed cycle that the day falls in, counted from 1; 0 before the first."""
    return sum(start <= when for start in course.cycles)


def blamed(event: Event) -> str:
    return BLAMED_DRUG.get(event.term, "POMALIDOMIDE")


def with_actions(course: Course, events: list[Event]) -> list[Event]:
    """The patient's events with what was done about the study drugs."""
    dice = Dice(course.patient.subject, "actions")
    reductions, acted = 0, []
    for event in sorted(events, key=lambda e: (e.start, e.term, e.grade)):
        action = event.action
        after = event.start > course.dosed_until
        cycle = cycle_of(course, event.start)
        if after:
            action = "NOT APPLICABLE"
        elif action == "DOSE NOT CHANGED" and event.related and event.grade >= 2 and cycle > 1:
            before_last = cycle + 1 < len(course.cycles)
            bar = 0.35 if event.grade > 2 else 0.12
            if before_last and reductions < MOST_REDUCTIONS and dice.chance(bar):
                action, reductions = "DOSE REDUCED", reductions + 1
            elif before_last and dice.chance(0.3 if event.grade > 2 else 0.1):
                action = "DRUG INTERRUPTED"
        acted.append(replace(event, action=action))
    return with_withdrawal(course, acted)


def with_withdrawal(course: Course, events: list[Event]) -> list[Event]:
    """Where toxicity ended treatment, the event that did."""
    if course.patient.stop != "ADVERSE EVENT":
        return events
    late = course.dosed_until - timedelta(days=45)
    able = [e for e in events if e.related and late <= e.start <= course.dosed_until]
    last = max(able, key=lambda e: (e.grade, e.start))
    return [replace(e, action="DRUG WITHDRAWN") if e is last else e for e in events]


def dose_in_cycle(course: Course, drug: str, cycle: int, events: list[Event]) -> str:
    """The dose after the reductions that earlier cycles brought."""
    dose = DOSES[course.patient.level][drug]
    for event in events:
        reduced = event.action == "DOSE REDUCED" and blamed(event) == drug
        limiting = event.dose_limiting and drug == "POMALIDOMIDE" and event.term == "Neutropenia"
        if (reduced or limiting) and cycle_of(course, event.start) < cycle:
            dose = LOWER_DOSE[drug][dose]
    return dose


def days_given(course: Course, drug: str, cycle: int, events: list[Event]) -> list[int]:
    """Days of the cycle on which the drug was given."""
    patient, dice = course.patient, Dice(course.patient.subject, "given", drug, str(cycle))
    start = course.cycles[cycle - 1]
    last = (course.dosed_until - start).days + 1
    days = [d for d in DOSE_DAYS[drug] if d <= last]
    if (patient.subject, drug, cycle) in OMITTED:
        return []
    if patient.withdrew:
        return days[:1] if drug == "IXAZOMIB" else days
    interrupted = [
        e
        for e in events
        if e.action == "DRUG INTERRUPTED"
        and cycle_of(course, e.start) == cycle
        and (blamed(e) == drug or e.dose_limiting)
    ]
    if interrupted:
        first_missed = min((e.start - start).days + 1 for e in interrupted)
        return [d for d in days if d < first_missed]
    if cycle > 1 and cycle < len(course.cycles) and dice.chance(0.05):
        return days[:-1]
    if drug == "POMALIDOMIDE" and 1 < cycle < len(course.cycles) and dice.chance(0.08):
        return days[: -dice.whole(1, 3)]
    return days


def change_reason(
    course: Course, drug: str, cycle: int, given: list[int], events: list[Event]
) -> str:
    """Why less was given than planned; empty where the plan was kept."""
    if not given:
        return OMITTED.get((course.patient.subject, drug, cycle), "ADVERSE EVENT")
    planned = DOSES[course.patient.level][drug]
    if given == list(DOSE_DAYS[drug]) and dose_in_cycle(course, drug, cycle, events) == planned:
        return ""
    last_cycle = cycle == len(course.cycles) and course.stopped is not None
    if last_cycle and given != list(DOSE_DAYS[drug]):
        return "PROGRESSIVE DISEASE" if course.patient.progression else course.patient.stop
    interrupted = any(
        e.action == "DRUG INTERRUPTED" and cycle_of(course, e.start) == cycle for e in events
    )
    if interrupted or dose_in_cycle(course, drug, cycle, events) != planned:
        return "ADVERSE EVENT"
    return Dice(course.patient.subject, "why", drug, str(cycle)).pick(
        ("PHYSICIAN DECISION", "OTHER", "OTHER")
    )


def exposure_rows(course: Course, events: list[Event]) -> list[dict[str, str]]:
    """One row per drug and cycle."""
    rows = []
    for cycle, start in enumerate(course.cycles, start=1):
        for drug in DOSE_DAYS:
            given = days_given(course, drug, cycle, events)
            rows.append(
                {
                    "USUBJID": course.patient.usubjid,
                    "EXTRT": drug,
                    "EXCYCLE": str(cycle),
                    "EXPDOSE": DOSES[course.patient.level][drug],
                    "EXPADM": str(len(DOSE_DAYS[drug])),
                    "EXDOSE": dose_in_cycle(course, drug, cycle, events) if given else "0",
                    "EXADM": str(len(given)),
                    "EXDOSU": "mg",
                    "EXSTDTC": day_of_cycle(start, given[0] if given else 1),
                    "EXENDTC": day_of_cycle(start, given[-1] if given else 1),
                    "EXADJ": change_reason(course, drug, cycle, given, events),
                }
            )
    return rows


def day_of_cycle(start: date, number: int) -> str:
    return (start + timedelta(days=number - 1)).isoformat()
