"""Earlier lines of treatment and those that followed the study."""

from __future__ import annotations

from datetime import date, timedelta

from .course import Course
from .dice import Dice

PRIOR = "PRIOR ANTI-CANCER THERAPY"
SUBSEQUENT = "SUBSEQUENT ANTI-CANCER THERAPY"
TRANSPLANT = "AUTOLOGOUS STEM CELL TRANSPLANT"
DARATUMUMAB_SINCE = date(2015, 11, 16)

FIRST_LINES = (
    ("LENALIDOMIDE", "BORTEZOMIB", "DEXAMETHASONE"),
    ("BORTEZOMIB", "CYCLOPHOSPHAMIDE", "DEXAMETHASONE"),
    ("LENALIDOMIDE", "DEXAMETHASONE"),
    ("BORTEZOMIB", "DEXAMETHASONE"),
    ("THALIDOMIDE", "DEXAMETHASONE"),
)
LATER_LINES = (
    ("BORTEZOMIB", "DEXAMETHASONE"),
    ("CARFILZOMIB", "DEXAMETHASONE"),
    ("BORTEZOMIB", "MELPHALAN", "PREDNISONE"),
    ("BENDAMUSTINE", "BORTEZOMIB", "DEXAMETHASONE"),
)
LENALIDOMIDE_LINES = (
    ("LENALIDOMIDE", "DEXAMETHASONE"),
    ("LENALIDOMIDE",),
    ("LENALIDOMIDE", "CARFILZOMIB", "DEXAMETHASONE"),
    ("LENALIDOMIDE", "BORTEZOMIB", "DEXAMETHASONE"),
)


def regimens(subject: str) -> list[tuple[str, ...]]:
    """Drugs by prior line; lenalidomide is always in one of the last two."""
    dice = Dice(subject, "prior")
    count = dice.pick((1, 2, 2, 2, 3, 3, 3, 4, 4, 5))
    lines = [dice.pick(FIRST_LINES)] + [dice.pick(LATER_LINES) for _ in range(count - 1)]
    if count == 1:
        return [FIRST_LINES[0]]
    lines[-1 if dice.chance(0.6) else -2] = dice.pick(LENALIDOMIDE_LINES)
    return lines


def prior_rows(course: Course) -> list[dict[str, str]]:
    """One row per drug and line, older dates known only to the month or the year."""
    dice = Dice(course.patient.subject, "prior dates")
    lines = regimens(course.patient.subject)
    last_end = course.patient.start - timedelta(days=dice.whole(24, 75))
    years = [dice.whole(7, 20) for _ in lines]
    rows: list[dict[str, str]] = []
    for number in range(len(lines), 0, -1):
        start = last_end - timedelta(days=years[number - 1] * 24)
        rows += line_rows(course, number, lines, start, last_end)
        last_end = start - timedelta(days=dice.whole(40, 260))
    return sorted(rows, key=lambda row: int(row["CMLINE"]))


def line_rows(
    course: Course, number: int, lines: list[tuple[str, ...]], start: date, end: date
) -> list[dict[str, str]]:
    """The drugs of one line, and the transplant of the first."""
    subject = course.patient.subject
    dice = Dice(subject, "line", str(number))
    age_of_line = len(lines) - number
    digits = 10 if age_of_line == 0 and dice.chance(0.5) else 7
    digits = 4 if age_of_line > 1 and dice.chance(0.4) else digits
    rows = []
    for drug in lines[number - 1]:
        later = [line for line in lines[number:] if drug in line]
        flag = "N" if later or drug in ("DEXAMETHASONE", "PREDNISONE") else "Y"
        if drug != "LENALIDOMIDE" and flag == "Y" and not dice.chance(0.6):
            flag = dice.pick(("N", "N", "U"))
        rows.append(
            therapy_row(
                course,
                PRIOR,
                line=number,
                name=drug,
                refractory=flag,
                start=start.isoformat()[:digits],
                end=end.isoformat()[:digits],
            )
        )
    if number == 1 and dice.chance(0.6) and (end - start).days > 120:
        middle = start + (end - start) / 2
        day = middle.isoformat()[:digits]
        rows.append(
            therapy_row(
                course, PRIOR, line=number, name=TRANSPLANT, refractory="N", start=day, end=day
            )
        )
    return rows


def therapy_row(
    course: Course,
    category: str,
    *,
    line: int,
    name: str,
    start: str,
    end: str,
    refractory: str = "",
) -> dict[str, str]:
    return {
        "USUBJID": course.patient.usubjid,
        "CMCAT": category,
        "CMLINE": str(line),
        "CMDECOD": name,
        "CMREFRFL": refractory,
        "CMSTDTC": start,
        "CMENDTC": end,
    }


def new_therapy_day(course: Course) -> date | None:
    """First day of the treatment that followed the study."""
    if not course.patient.new_therapy:
        return None
    return (course.end_visit or course.stopped) + timedelta(days=course.patient.new_therapy)


def subsequent_rows(course: Course) -> list[dict[str, str]]:
    """The next line after the study, whose start is always a full date."""
    start = new_therapy_day(course)
    if start is None:
        return []
    dice = Dice(course.patient.subject, "subsequent")
    options = [
        ("CARFILZOMIB", "DEXAMETHASONE"),
        ("BENDAMUSTINE", "DEXAMETHASONE"),
        ("CYCLOPHOSPHAMIDE", "DEXAMETHASONE"),
    ]
    if start >= DARATUMUMAB_SINCE:
        options += [("DARATUMUMAB",), ("DARATUMUMAB", "DEXAMETHASONE"), ("DARATUMUMAB",)]
    end = start + timedelta(days=dice.whole(40, 260))
    ended = end.isoformat()[: dice.pick((7, 10))] if end < course.patient.last_known else ""
    return [
        therapy_row(course, SUBSEQUENT, line=1, name=drug, start=start.isoformat(), end=ended)
        for drug in dice.pick(options)
    ]


def therapy_rows(course: Course) -> list[dict[str, str]]:
    return prior_rows(course) + subsequent_rows(course)
