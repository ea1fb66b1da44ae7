"""Rows of the adverse event table, with dates as sites report them, whole or in part."""

from __future__ import annotations

from datetime import timedelta

from .adverse import Event
from .adverse_terms import VERBATIM
from .course import Course
from .dice import Dice

SERIOUS_ANYWAY = (
    "Sepsis",
    "Febrile neutropenia",
    "Lung infection",
    "Acute kidney injury",
    "Deep vein thrombosis",
    "Dehydration",
    "Cellulitis",
)
# Partial starts are kept out of the first weeks, where the day decides.
FIRST_PARTIAL_DAY = 75


def verbatim(event: Event, dice: Dice) -> str:
    options = VERBATIM.get(event.term, (event.term, event.term.upper(), event.term.lower()))
    return dice.pick(options)


def reported_start(course: Course, event: Event, dice: Dice) -> str:
    """The start, without its day or month in one mild event of ten."""
    early = event.start < course.patient.start + timedelta(days=FIRST_PARTIAL_DAY)
    late = event.start > course.dosed_until
    if event.exact or early or late or event.grade > 2 or not dice.chance(0.16):
        return event.start.isoformat()
    year_alone = dice.chance(0.15) and event.start.year > course.patient.start.year
    return event.start.isoformat()[: 4 if year_alone else 7]


def reported_end(event: Event, dice: Dice) -> str:
    """The end, empty while ongoing, sometimes without its day."""
    if event.end is None:
        return ""
    return event.end.isoformat()[: 7 if not event.exact and dice.chance(0.08) else 10]


def adverse_rows(course: Course, events: list[Event]) -> list[dict[str, str]]:
    """The patient's events in order of start."""
    rows = []
    for event in sorted(events, key=lambda e: (e.start, e.term, e.grade)):
        dice = Dice(event.subject, "report", event.term, event.start.isoformat())
        serious = event.grade >= 3 and event.term in SERIOUS_ANYWAY
        serious = serious or (event.grade == 3 and event.related and dice.chance(0.12))
        rows.append(
            {
                "USUBJID": course.patient.usubjid,
                "AETERM": verbatim(event, dice),
                "AEDECOD": event.term,
                "AEBODSYS": event.system,
                "AETOXGR": str(event.grade),
                "AESTDTC": reported_start(course, event, dice),
                "AEENDTC": reported_end(event, dice),
                "AESER": "Y" if serious else "N",
                "AEREL": "RELATED" if event.related else "NOT RELATED",
                "AEACN": event.action,
                "AEOUT": event.outcome,
                "AEDLTFL": "Y" if event.dose_limiting else "N",
            }
        )
    return rows
