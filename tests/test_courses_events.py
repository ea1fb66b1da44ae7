"""Adverse events: courses worked by hand, run through both derivations."""

import csv
from pathlib import Path

import pytest

from tracedtrial.checks.patient_results import Place

SHARED = Path(__file__).resolve().parents[2] / "shared/cases/courses/emergent.csv"
VARIABLES = ("TRTEMFL", "EVENTFL", "ASTDY")
LAST_DOSE = "2014-12-16"
ANSWERS = {
    "on_the_day_before",
    "improves_after_the_first_dose",
    "back_to_the_grade_before",
    "ended_before_in_the_same_month",
    "emergent_and_worse_after_the_window",
}


def differences(courses, by_course: dict[str, list[dict[str, str]]]) -> list[str]:
    """Where a derivation gives another answer than the hand."""
    made = courses()
    for subject, rows in by_course.items():
        made.treated(subject, rows[0]["first_dose"], rows[0].get("last_dose") or LAST_DOSE)
        for seq, row in enumerate(rows, 1):
            term = row.get("term") or "Fatigue"
            made.add(
                "ae",
                subject,
                AESEQ=seq,
                AETERM=term,
                AEDECOD=term,
                AEBODSYS="General",
                AETOXGR=row.get("grade") or 2,
                AESTDTC=row["AESTDTC"],
                AEENDTC=row["AEENDTC"],
                AESER="N",
                AEREL="NOT RELATED",
                AEACN="DOSE NOT CHANGED",
                AEOUT="UNKNOWN",
                AEDLTFL="N",
            )
    results = dict(zip(("Python", "SQL"), made.both()))
    return [
        f"{subject}, row {seq}, {variable}: {given!r} by {name}, {row[column]!r} by hand"
        for subject, rows in by_course.items()
        for seq, row in enumerate(rows, 1)
        for name, found in results.items()
        for variable in VARIABLES
        if (column := f"expected_{variable}") in row
        and (row[column] or variable == "TRTEMFL")
        and (given := found.get(Place("adae", subject, "", str(seq), variable), "")) != row[column]
    ]


def test_both_derivations_give_the_answers_worked_by_hand(courses, course_table):
    table = course_table("emergent")
    print(f"{len(table)} courses of adverse events, by hand, in Python and in SQL")
    assert ANSWERS <= set(table) and len(table) >= 40
    assert all(rows[0]["rule"].startswith(("AE-", "DATE-")) for rows in table.values())
    assert differences(courses, table) == []


def test_an_answer_that_is_wrong_is_told(courses, course_table):
    name = "ended_before_in_the_same_month"
    (row,) = course_table("emergent")[name]
    assert differences(courses, {name: [{**row, "expected_TRTEMFL": "Y"}]}) == [
        f"{name}, row 1, TRTEMFL: 'N' by {by}, 'Y' by hand" for by in ("Python", "SQL")
    ]


def test_both_derivations_give_the_answers_of_the_shared_courses(courses):
    if not SHARED.is_file():
        pytest.skip("the shared courses are not here (shared/cases/courses beside the project)")
    with SHARED.open(encoding="utf-8", newline="") as lines:
        table = {f"shared-{number}": [row] for number, row in enumerate(csv.DictReader(lines), 1)}
    print(f"{len(table)} shared courses of adverse events")
    assert table and differences(courses, table) == []


@pytest.mark.parametrize(
    ("start", "end", "best"),
    [
        ("2014-06", "2014-06-10", "PR"),
        ("2014-06", "2014-06", "NE"),
        ("2014", "2014-05", "PR"),
        ("2014-07", "", "NE"),
        ("2014-06-16", "", "PR"),
        ("2014-06-17", "2014-06-17", "NE"),
        ("2014-09", "", "SD"),
        ("2014-10", "", "SD"),
        ("2014-10-07", "2014-10", "PR"),
    ],
)
def test_therapy_that_was_over_before_the_first_dose_ends_nothing(courses, start, end, best):
    made = courses("sarcoma")  # DATE-6: two scans, of which none counts after new therapy
    made.treated("01", "2014-06-17")
    for visit, day in enumerate(("2014-06-10", "2014-08-12", "2014-10-07")):
        made.add(
            "tr",
            "01",
            TRTESTCD="LDIAM",
            TRTEST="Longest Diameter",
            TRGRPID="TARGET",
            TRLNKID="T1",
            TRSTRESN=50 - 20 * bool(visit),
            TRSTRESU="mm",
            VISITNUM=visit,
            VISIT=f"VISIT {visit}",
            TRDTC=day,
        )
    made.add(
        "cm",
        "01",
        CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
        CMLINE=1,
        CMDECOD="TRABECTEDIN",
        CMSTDTC=start,
        CMENDTC=end,
    )
    place = Place("adrs", "01", "CBOR", "", "AVALC")
    assert [found[place] for found in made.both()] == [best] * 2
