"""Courses of survival worked by hand, run through both derivations."""

import datetime
from collections.abc import Callable

import pytest

from tracedtrial.checks.patient_results import Place

START = datetime.date(2014, 6, 1)
Table = dict[str, list[dict[str, str]]]


def date(day: int) -> str:
    """A study day; there is no day 0."""
    return (START + datetime.timedelta(day - (day > 0))).isoformat()


def derived(empty: Callable, table: Table) -> tuple[dict[Place, str], dict[Place, str]]:
    made = empty()
    for course, rows in table.items():
        facts = [(int(row["day"]), *row["fact"].split(" ", 1)) for row in rows if row["day"]]
        died = [date(day) for day, what, *_ in facts if what == "death"]
        made.treated(course, date(1), **({"DTHFL": "Y", "DTHDTC": died[0]} if died else {}))
        made.add("sc", course, SCTESTCD="MEASDIS", SCTEST="Measurable", SCSTRESC="SERUM")
        for day, what, *value in facts:
            ADDED[what](made, course, day, *value)
    return made.both()


def _lab(made: object, course: str, day: int, test: str, value: str, unit: str) -> None:
    made.add(
        "lb",
        course,
        LBTESTCD=test,
        LBTEST=test,
        LBSPEC="SERUM",
        LBSTRESN=value,
        LBSTRESU=unit,
        LBSTAT="" if value else "NOT DONE",
        VISITNUM=max(day, 0),
        VISIT=f"DAY {day}",
        LBDTC=date(day),
    )


def _serum(made: object, course: str, day: int, value: str) -> None:
    _lab(made, course, day, "MPROTS", value, "g/dL")
    _lab(made, course, day, "MPROTU", "0", "mg/24h")


def _dose(made: object, course: str, day: int, amount: int) -> None:
    drug, entry = next(iter(made.protocol["drugs"].items()))
    made.add(
        "ex",
        course,
        EXTRT=drug,
        EXCYCLE=2,
        EXPDOSE=4,
        EXPADM=1,
        EXDOSE=amount,
        EXADM=amount and 1,
        EXDOSU=entry["unit"],
        EXSTDTC=date(day),
        EXENDTC=date(day),
    )


def _event(made: object, course: str, start: str, end: str = "") -> None:
    made.add(
        "ae",
        course,
        AETERM="Fatigue",
        AEDECOD="Fatigue",
        AEBODSYS="General disorders",
        AETOXGR=1,
        AESTDTC=start,
        AEENDTC=end,
        AESER="N",
        AEREL="NOT RELATED",
        AEACN="DOSE NOT CHANGED",
        AEOUT="RECOVERED/RESOLVED" if end else "UNKNOWN",
        AEDLTFL="N",
    )


def _contact(made: object, course: str, day: int, status: str) -> None:
    made.add("ss", course, SSTESTCD="SURVSTAT", SSSTRESC=status, SSDTC=date(day))


ADDED: dict[str, Callable] = {
    "serum": _serum,
    "lab": lambda made, course, day: _lab(made, course, day, "HGB", "10", "g/dL"),
    "not_done": lambda made, course, day: _lab(made, course, day, "HGB", "", ""),
    "contact": lambda made, course, day: _contact(made, course, day, "ALIVE"),
    "death": lambda made, course, day: _contact(made, course, day, "DEAD"),
    "lost": lambda made, course, day: _contact(made, course, day, "LOST TO FOLLOW-UP"),
    "dose": lambda made, course, day: _dose(made, course, day, 4),
    "no_dose": lambda made, course, day: _dose(made, course, day, 0),
    "event": lambda made, course, day, end="": _event(
        made, course, date(day), date(int(end)) if end else ""
    ),
    "event_month": lambda made, course, day: _event(made, course, date(day)[:7]),
    "assessed": lambda made, course, day: made.add(
        "rs",
        course,
        RSTESTCD="OVRLRESP",
        RSCAT="IMWG",
        RSSTRESC="SD",
        RSEVAL="INVESTIGATOR",
        VISITNUM=day,
        VISIT=f"DAY {day}",
        RSDTC=date(day),
    ),
    "therapy": lambda made, course, day: made.add(
        "cm",
        course,
        CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
        CMLINE=1,
        CMDECOD="OTHER",
        CMSTDTC=date(day),
    ),
    "ended": lambda made, course, day, why: made.add(
        "ds",
        course,
        DSCAT="DISPOSITION EVENT",
        DSSCAT="END OF TREATMENT",
        DSDECOD=why,
        DSSTDTC=date(day),
    ),
}


def answers(table: Table) -> dict[Place, str | None]:
    """The hand's answers, by place; None where there is no such time."""
    found: dict[Place, str | None] = {}
    for course, rows in table.items():
        for asked in rows[0]["expected"].split():
            parameter, _, answer = asked.partition("=")
            days, _, censored = answer.partition(":")
            for variable, text in (("AVAL", days), ("CNSR", censored)):
                found[Place("adtte", course, parameter, "", variable)] = text or None
    return found


@pytest.fixture(scope="module")
def table(course_table) -> Table:
    return course_table("survival")


def test_both_derivations_give_the_times_worked_by_hand(courses, table, capsys):
    asked = answers(table)
    first, second = derived(courses, table)
    for said in (first, second):
        assert {
            place: (text, said.get(place))
            for place, text in asked.items()
            if said.get(place) != text
        } == {}
    assert first == second
    with capsys.disabled():
        print(f"\nsurvival: {len(table)} courses, {len(asked)} answers, in both derivations")


def test_the_protocol_may_count_contacts_only(courses, table):
    made = courses()
    made.protocol["endpoints"]["last_alive"]["value"] = "contacts only"
    first, second = derived(lambda: made, {name: table[name] for name in ("lab", "dose", "death")})
    place = Place("adtte", "lab", "OS", "", "AVAL")
    assert (first[place], second[place]) == ("100", "100")
    assert first == second


def test_the_duration_of_response_follows_the_chosen_rule_in_both_derivations(courses, table):
    made = courses()
    made.protocol["endpoints"]["pfs"]["rule"] = "EMA"
    name = "duration_censored_by_therapy"
    first, second = derived(lambda: made, {name: table[name]})
    days = Place("adtte", name, "DOR", "", "AVAL")
    assert (first[days], second[days]) == ("57", "57")
    assert first == second
