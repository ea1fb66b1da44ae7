"""Random courses of single patients, to be answered by R (admiral.R) and by this project.

Run in this folder:  python courses.py
It writes imwg.csv, labs.csv, recist.csv, events.csv, times.csv and survival.csv, always the same.
`other_rule` (for the start of an adverse event, `other_start`) names a feature of the course on
which R's packages go by another rule than this project; it is read off the course, never off an
answer.
"""

import csv
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
START = date(2014, 6, 17)
RESPONSES = ("sCR", "CR", "VGPR", "PR", "MR")
Row = dict[str, Any]


def day(number: int) -> date:
    """The date so many days after the first dose."""
    return START + timedelta(number)


def last_day(text: str) -> date:
    """The last day that a date, perhaps without its day or its month, may mean."""
    if len(text) == 10:
        return date.fromisoformat(text)
    year, month = int(text[:4]), int(text[5:] or 12)
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


# Myeloma: assessments by the investigator, without their laboratory values


def imwg(chance: random.Random, course: str) -> list[Row]:
    """One to eight records; partial dates, progression by imaging or death, new therapy."""
    rows, at = [], 0
    for sequence in range(1, chance.randint(1, 8) + 1):
        at += chance.choice((7, 14, 28, 28, 28, 35, 56))
        text = str(day(at))[: 7 if chance.random() < 0.1 else 10]
        category = chance.choice((*RESPONSES, "PR", "VGPR", "CR", "SD", "SD", "PD", "PD", "NE"))
        progression = category == "PD"
        rows.append(
            {
                "course": course,
                "seq": sequence,
                "date": text,
                "category": category,
                "imaging": "Y" if progression and chance.random() < 0.15 else "",
                "death": "Y" if progression and chance.random() < 0.1 else "",
            }
        )
    therapy = day(chance.randint(1, at + 28)) if chance.random() < 0.3 else None
    if therapy and chance.random() < 0.1:
        therapy = last_day(chance.choice(rows)["date"])
    days = [last_day(row["date"]) for row in rows]
    twice = len(set(days)) < len(days)
    reason = (
        "assessed on the day of new therapy"
        if therapy in days
        else ("assessed twice on a day" if twice else "")
    )
    return [
        row | {"therapy": therapy or "", "other_visit": visit, "other_rule": reason}
        for row, visit in zip(rows, _other_visits(rows, days))
    ]


def _other_visits(rows: list[Row], days: list[date]) -> Iterator[str]:
    """The article puts a day's records that are not evaluable after its others."""
    for place, row in enumerate(rows):
        alike = [
            other["category"] for other, at in zip(rows[place:], days[place:]) if at == days[place]
        ]
        moved = row["category"] == "NE" and set(alike) != {"NE"}
        yield "not evaluable, then assessed on the same day" if moved else ""


# Myeloma: the same, from serum M-protein, immunofixation and marrow (baseline 4 g/dL)

SERUM = {"CR": 0.0, "VGPR": 0.35, "PR": 0.45, "MR": 2.1, "SD": 3.1, "PD": 6.0}
BETTER = ("SD", "MR", "PR", "VGPR", "CR")


def labs(chance: random.Random, course: str) -> list[Row]:
    """Visits whose category the values give whatever lowest value progression is measured from.

    Values fall, or rise by less than 0.5 g/dL (one category at most); progression exceeds the
    baseline itself, or is shown by imaging.
    """
    rows, at, level = [], 0, 0
    for sequence in range(1, chance.randint(2, 8) + 1):
        at += 28
        category = chance.choices(("better", "worse", "same", "PD", "NE"), (5, 2, 4, 1, 1))[0]
        level = min(4, level + chance.randint(1, 2)) if category == "better" else level
        level = max(0, level - (category == "worse" and level in (3, 4)))
        if category not in ("PD", "NE"):
            category = BETTER[level]
        serum: object = "" if category == "NE" else SERUM[category]
        imaging = category == "PD" and chance.random() < 0.4
        if imaging:
            serum = SERUM[BETTER[level]]
        rows.append(
            {
                "course": course,
                "seq": sequence,
                "date": day(at),
                "category": category,
                "imaging": "Y" if imaging else "",
                "death": "",
                "serum": serum,
                "other_visit": "",
            }
        )
        if category == "PD" and not imaging and chance.random() < 0.6:
            at += 28
            rows.append(rows[-1] | {"seq": sequence + 0.5, "date": day(at)})
            break
    therapy = day(chance.randint(20, at)) if chance.random() < 0.3 else None
    reason = "assessed on the day of new therapy" if therapy in [r["date"] for r in rows] else ""
    return [
        row | {"seq": place, "therapy": therapy or "", "other_rule": reason}
        for place, row in enumerate(rows, 1)
    ]


# Solid tumours


def recist(chance: random.Random, course: str) -> list[Row]:
    """One to seven scans; after a complete response the target lesions stay away."""
    rows, at, complete = [], 0, False
    for sequence in range(1, chance.randint(1, 7) + 1):
        at += chance.choice((14, 14, 27, 28, 28, 29, 37, 38, 56))
        category = chance.choice(("CR", "CR", "PR", "PR", "PR", "PR", "SD", "PD", "NE"))
        if complete and category == "SD":
            category = "PR"
        complete |= category == "CR"
        rows.append({"course": course, "seq": sequence, "date": day(at), "category": category})
    therapy = day(chance.randint(20, at + 20)) if chance.random() < 0.2 else None
    reason = "partial after complete response in the period" if _falls_back(rows) else ""
    return [row | {"therapy": therapy or "", "other_rule": reason} for row in rows]


def _falls_back(rows: list[Row]) -> bool:
    """Whether a partial response is followed by a complete one, and by a partial one in time.

    The time is that of confirmation: up to the first response 28 days or more later.
    """
    for place, row in enumerate(rows):
        later = [other for other in rows[place + 1 :] if other["category"] in ("CR", "PR")]
        due = [(other["date"] - row["date"]).days >= 28 for other in later]
        kinds = [other["category"] for other in later[: due.index(True) + 1]] if any(due) else []
        if row["category"] == "PR" and "CR" in kinds and "PR" in kinds[kinds.index("CR") :]:
            return True
    return False


# Adverse events: the first dose is START, the last 100 days later

LAST_DOSE = 100


def events(chance: random.Random, course: str) -> list[Row]:
    """One event with a start that may be partial, or an event of several rows in a run."""
    rows = [_single(chance, course)] if chance.random() < 0.6 else _run(chance, course)
    return [
        row | {"other_start": _other_start(row), "other_rule": reason}
        for row, reason in zip(rows, _other_emergence(rows))
    ]


def _single(chance: random.Random, course: str) -> Row:
    begin = chance.choice((chance.randint(-45, 45), chance.randint(-10, 160), -1, 0, 1, 130, 131))
    until = begin + chance.choice((chance.randint(0, 60), chance.randint(0, 10)))
    start, end = _partial(chance, day(begin), 0.5), _partial(chance, day(until), 0.4)
    return {
        "course": course,
        "seq": 1,
        "grade": chance.randint(1, 3),
        "start": start,
        "end": "" if chance.random() < 0.3 else end,
    }


def _partial(chance: random.Random, of: date, share: float) -> str:
    return str(of)[: chance.choice((4, 7, 7)) if chance.random() < share else 10]


def _run(chance: random.Random, course: str) -> list[Row]:
    """Two to four rows of one event, each from the day after the one before it."""
    rows, begin = [], chance.randint(-40, 110)
    count, grade = chance.randint(2, 4), 0
    for sequence in range(1, count + 1):
        until = begin + chance.randint(3, 30)
        grade = chance.choice([other for other in range(1, 5) if other != grade])
        rows.append(
            {
                "course": course,
                "seq": sequence,
                "grade": grade,
                "start": str(day(begin)),
                "end": "" if sequence == count and chance.random() < 0.5 else str(day(until)),
            }
        )
        begin = until + 1
    return rows


def _other_start(row: Row) -> str:
    """A partial start that allows the first dose, of what ended before it."""
    start, end = row["start"], row["end"]
    if len(start) < 10 and str(START).startswith(start) and end and last_day(end) < START:
        return "floored at the first dose, then cut to the end"
    return ""


def _other_emergence(rows: list[Row]) -> Iterator[str]:
    """admiral flags what is worse than the row before, and flags it after the window too."""
    window, known = str(day(LAST_DOSE + 30)), 0
    worse = worse_than_known = False
    for place, row in enumerate(rows):
        start, grade = row["start"], row["grade"]
        if start < str(START) and len(start) == 10:
            known = grade
        elif place and grade > rows[place - 1]["grade"]:
            worse, worse_than_known = True, worse_than_known or grade > known
        if worse and start > window:
            yield "worse, and begun after the window"
        elif worse and not worse_than_known:
            yield "worse than the row before, not than before the first dose"
        else:
            yield ""


# Time to event: visits that are adequate or not, progression by imaging, death, new therapy


def times(chance: random.Random, course: str) -> list[Row]:
    """Monthly visits, some missed or not evaluable, one row a visit; without any, one row."""
    visits, at = [], 0
    for _ in range(chance.randint(0, 7)):
        at += chance.choice((28, 28, 28, 56, 70, 71, 84, 99))
        visits.append((at, chance.choice(("SD", "SD", "SD", "SD", "NE"))))
    if visits and chance.random() < 0.45:
        visits[-1] = (at, "PD")
    death = at + chance.choice((0, 1, 14, 70, 71, 100)) if chance.random() < 0.35 else None
    therapy = chance.randint(1, at + 40) if chance.random() < 0.3 else None
    if visits and chance.random() < 0.1:
        therapy = chance.choice(visits)[0]
    if death is not None:
        death = max(death, 1)
        therapy = None if therapy is None or therapy > death else therapy
    alive = max(at, therapy or 0, 1) + chance.randint(0, 90) if death is None else None
    common = {"therapy": _shown(therapy), "death": _shown(death), "alive": _shown(alive)}
    return [
        {"course": course, "seq": place, "date": _shown(at), "category": category} | common
        for place, (at, category) in enumerate(visits or [(None, "")], 1)
    ]


def _shown(number: int | None) -> object:
    return "" if number is None else day(number)


# Kaplan-Meier: whole days with ties; the last subject may have the event or be censored


def survival(chance: random.Random, course: str) -> list[Row]:
    """Two to fourteen subjects, `5+` is censored on day 5; three times asked, one past the last."""
    size, span = chance.randint(2, 14), chance.choice((6, 20, 400))
    share = chance.choice((0.3, 0.6, 0.6, 1.0))
    subjects = [(chance.randint(1, span), chance.random() < share) for _ in range(size)]
    last = max(time for time, _ in subjects)
    asked = sorted((chance.randint(0, last), last, last + chance.randint(1, 9)))
    return [
        {
            "course": course,
            "subjects": " ".join(f"{time}{'' if event else '+'}" for time, event in subjects),
            "asked": " ".join(map(str, asked)),
        }
    ]


TABLES: dict[str, tuple[int, Callable[[random.Random, str], list[Row]]]] = {
    "imwg": (2000, imwg),
    "labs": (400, labs),
    "recist": (400, recist),
    "events": (1200, events),
    "times": (800, times),
    "survival": (1000, survival),
}


def write(folder: Path = FOLDER) -> None:
    """Write every table of courses into a folder."""
    for name, (count, made) in TABLES.items():
        chance = random.Random(f"third voice: {name}")
        rows = [
            row
            for number in range(1, count + 1)
            for row in made(chance, f"{name.upper()}-{number:04}")
        ]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


if __name__ == "__main__":
    write()
