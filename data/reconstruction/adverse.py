"""Adverse events: who has which term at which highest grade, and the episodes that show it.

Severe related events of the first cycle are the dose limiting ones and no others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from .adverse_terms import (
    DISEASE_OR_AGE,
    DOSE_LIMITING,
    FATAL,
    INFECTED_PATIENTS,
    INFECTION,
    INFECTIONS,
    LOWEST_GRADE,
    MILD_INFECTIONS,
    PATIENTS_BY_GRADE,
    REPEATING,
)
from .course import Course
from .dice import Dice

# Days of treatment before which no related grade 3 or 4 event may begin, and which a patient needs
# to be given one.
CALM_DAYS = 44
LONG_ENOUGH = 90
# Events begin up to here after the last dose; up to 30 days they count as treatment-emergent.
LATE_DAYS = 24


@dataclass(frozen=True)
class Event:
    """One row of the adverse event table, with full dates."""

    subject: str
    term: str
    system: str
    grade: int
    start: date
    end: date | None
    related: bool = True
    dose_limiting: bool = False
    action: str = "DOSE NOT CHANGED"
    outcome: str = "RECOVERED/RESOLVED"
    exact: bool = False


def assigned_grades(courses: list[Course]) -> list[tuple[Course, str, str, int]]:
    """Every patient and term with the highest grade that the patient has of it."""
    assigned = infection_grades(courses)
    for term, (system, counts) in PATIENTS_BY_GRADE.items():
        dice = Dice("adverse", term)
        free = dice.shuffled(courses, weights=[min(c.days_treated, 300) + 400 for c in courses])
        free = [c for c in free if not c.patient.withdrew]
        for grade in (4, 3, 2, 1):
            forced = [c for c in free if (term, grade) in dose_limiting(c)]
            able = [c for c in free if not would_limit(term, grade) or c.days_treated > LONG_ENOUGH]
            able = [c for c in able if c not in forced and not dose_limits(c, term)]
            chosen = (forced + able)[: counts[grade - 1]]
            assigned += [(c, term, system, grade) for c in chosen]
            free = [c for c in free if c not in chosen]
    return assigned


def would_limit(term: str, grade: int) -> bool:
    """Whether a related event of the term and grade in cycle 1 would be dose limiting."""
    return grade > 3 or (grade == 3 and term not in REPEATING)


def dose_limiting(course: Course) -> tuple[tuple[str, int], ...]:
    return DOSE_LIMITING.get(course.patient.subject, ())


def dose_limits(course: Course, term: str) -> bool:
    return any(term == limiting for limiting, _ in dose_limiting(course))


def infection_grades(courses: list[Course]) -> list[tuple[Course, str, str, int]]:
    """Infections of grade 2 or more shared out among their patients, and mild ones."""
    dice = Dice("adverse", INFECTION)
    weights = [float(c.days_treated) for c in courses]
    able = [
        c
        for c in dice.shuffled(courses, weights=weights)
        if c.days_treated > LONG_ENOUGH and not c.patient.withdrew
    ]
    first = [c for c in able if dose_limits(c, "Lung infection")]
    infected = (first + [c for c in able if c not in first])[:INFECTED_PATIENTS]
    shared = [
        (infected[i % len(infected)], term, INFECTION, grade)
        for i, (term, grade) in enumerate(INFECTIONS)
    ]
    mild = [(able[3 * i + 1], term, INFECTION, 1) for i, term in enumerate(MILD_INFECTIONS)]
    return shared + mild


def adverse_events(courses: list[Course]) -> list[Event]:
    """All adverse events of all patients."""
    events: list[Event] = []
    for course, term, system, grade in assigned_grades(courses):
        events += term_events(course, term, system, grade)
    for course in courses:
        events += dose_limiting_events(course) + odd_events(course) + fatal_event(course)
    return within_life(apart(events), courses)


def term_events(course: Course, term: str, system: str, peak: int) -> list[Event]:
    """The episodes of one term: the peak grade in one, lower ones in the others."""
    if dose_limits(course, term) and (term, peak) in dose_limiting(course):
        return []
    dice = Dice(course.patient.subject, "adverse", term)
    days = days_at_risk(course)
    most = 1 + days // 100 if term in REPEATING else 1 + dice.chance(0.12)
    count = dice.whole(1, min(most, 3))
    at_peak = count - 1 if peak > 2 else dice.whole(0, count - 1)
    related = term not in DISEASE_OR_AGE and dice.chance(0.8 if system != INFECTION else 0.5)
    lowest = LOWEST_GRADE.get(term, 1)
    events: list[Event] = []
    for number in range(count):
        earliest, following = 1 + days * number // count, days * (number + 1) // count
        grade = peak if number == at_peak else dice.whole(lowest, max(lowest, min(peak, 2)))
        latest = max(earliest, following - 12)
        if would_limit(term, grade):
            earliest, latest = max(earliest, CALM_DAYS), max(latest, CALM_DAYS)
        start = course.patient.start + timedelta(days=dice.whole(earliest, latest) - 1)
        event = Event(course.patient.subject, term, system, grade, start, None, related)
        events += episode(
            event,
            dice=Dice(event.subject, "episode", term, start.isoformat()),
            last=number + 1 == count,
        )
    return events


def days_at_risk(course: Course) -> int:
    """Days from first dose on which a treatment-emergent event may begin."""
    days = course.days_treated + (LATE_DAYS if course.stopped else 0)
    return min(days, (course.patient.last_known - course.patient.start).days)


def episode(event: Event, *, dice: Dice, last: bool) -> list[Event]:
    """Rows of one episode: a change of grade closes a row, whose grade is over, and begins another.

    The last episode of a term may be ongoing.
    """
    grades = [event.grade]
    if event.term in REPEATING and event.grade > 1 and dice.chance(0.3):
        grades = [event.grade - 1, event.grade]
    if event.term in REPEATING and event.grade > 2 and dice.chance(0.3):
        grades = grades + [event.grade - 1]
    rows, start = [], event.start
    for grade in grades:
        end = start + timedelta(days=dice.whole(4, 12) if len(grades) > 1 else dice.whole(3, 40))
        rows.append(replace(event, grade=grade, start=start, end=end, exact=len(grades) > 1))
        start = end
    if last and dice.chance(0.12):
        outcome = dice.pick(("NOT RECOVERED/NOT RESOLVED", "RECOVERING/RESOLVING"))
        rows[-1] = replace(rows[-1], end=None, outcome=outcome)
    return rows


def dose_limiting_events(course: Course) -> list[Event]:
    """The adjudicated events of cycle 1, with the lower grade that a cytopenia passed through."""
    dice = Dice(course.patient.subject, "dose limiting")
    rows: list[Event] = []
    for term, grade in dose_limiting(course):
        system = INFECTION if term == "Lung infection" else PATIENTS_BY_GRADE[term][0]
        start = course.patient.start + timedelta(days=dice.whole(14, 19))
        end = start + timedelta(days=dice.whole(7, 12))
        if grade == 4 and term in REPEATING:
            before = start - timedelta(days=dice.whole(3, 5))
            rows.append(Event(course.patient.subject, term, system, 3, before, start, exact=True))
        rows.append(
            Event(
                course.patient.subject,
                term,
                system,
                grade,
                start,
                end,
                dose_limiting=True,
                action="DRUG INTERRUPTED",
                exact=True,
            )
        )
    return rows


# Events that the count of treatment-emergent ones leaves out or must not misread: before the first
# dose, long after the last, and severe in cycle 1 but not related.
BEFORE, AFTER, UNRELATED = "before", "after", "unrelated"
ODD_EVENTS = {
    "002-001": (BEFORE, "Peripheral sensory neuropathy", 1),
    "003-001": (BEFORE, "Back pain", 2),
    "003-002": (UNRELATED, "Hypertension", 3),
    "001-005": (BEFORE, "Peripheral sensory neuropathy", 1),
    "003-003": (AFTER, "Lung infection", 3),
    "001-007": (AFTER, "Anemia", 3),
    "004-003": (BEFORE, "Insomnia", 1),
    "001-008": (AFTER, "Thrombocytopenia", 3),
    "002-006": (BEFORE, "Anemia", 2),
    "003-005": (AFTER, "Upper respiratory tract infection", 2),
    "004-004": (BEFORE, "Constipation", 1),
    "001-013": (AFTER, "Anemia", 2),
    "002-002": (UNRELATED, "Nausea", 2),
    "004-005": (BEFORE, "Fatigue", 1),
}


def odd_events(course: Course) -> list[Event]:
    """The patient's event at a boundary of the rules, if the plan has one."""
    if course.patient.subject not in ODD_EVENTS:
        return []
    when, term, grade = ODD_EVENTS[course.patient.subject]
    dice = Dice(course.patient.subject, "odd")
    system = PATIENTS_BY_GRADE[term][0] if term in PATIENTS_BY_GRADE else INFECTION
    start = {
        BEFORE: max(course.consented, course.patient.start - timedelta(days=dice.whole(2, 9))),
        AFTER: course.dosed_until + timedelta(days=dice.whole(38, 52)),
        UNRELATED: course.patient.start + timedelta(days=dice.whole(4, 5)),
    }[when]
    end = start + timedelta(days=dice.whole(3, 20))
    action = "DOSE NOT CHANGED" if when == UNRELATED else "NOT APPLICABLE"
    return [
        Event(
            course.patient.subject,
            term,
            system,
            grade,
            start,
            end,
            related=False,
            action=action,
            exact=True,
        )
    ]


def fatal_event(course: Course) -> list[Event]:
    """The event of which the patient died, if the plan has one; it ends with the death."""
    if course.patient.subject not in FATAL:
        return []
    term, days = FATAL[course.patient.subject]
    died = course.patient.died
    return [
        Event(
            course.patient.subject,
            term,
            INFECTION,
            5,
            died - timedelta(days=days),
            died,
            related=False,
            outcome="FATAL",
            exact=True,
        )
    ]


def apart(events: list[Event]) -> list[Event]:
    """The events, those of one patient and term one after the other: one ends before the next.

    Raises ValueError where two begin on one day.
    """
    rows = sorted(events, key=lambda e: (e.subject, e.term, e.start, e.grade))
    for place, (event, following) in enumerate(zip(rows, rows[1:])):
        if (event.subject, event.term) != (following.subject, following.term):
            continue
        if event.start == following.start:
            raise ValueError(f"{event.subject}: {event.term} begins twice on {event.start}")
        if event.end is None or event.end > following.start:
            rows[place] = replace(
                event, end=following.start - timedelta(days=1), outcome="RECOVERED/RESOLVED"
            )
    return rows


def within_life(events: list[Event], courses: list[Course]) -> list[Event]:
    """The events that began while the patient was known of, without an end after that time."""
    last = {c.patient.subject: c.patient.last_known for c in courses}
    known = [e for e in events if e.start <= last[e.subject]]
    return [
        e
        if e.outcome == "FATAL" or e.end is None or e.end < last[e.subject]
        else replace(e, end=None, outcome="NOT RECOVERED/NOT RESOLVED")
        for e in known
    ]
