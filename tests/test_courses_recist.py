"""RECIST 1.1: courses worked by hand, run through both derivations."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from tracedtrial.checks.patient_results import Place

SHARED = Path(__file__).resolve().parents[2] / "shared/cases/courses/recist.csv"
FIRST_DOSE, SPACING, VISITS = date(2022, 1, 3), 56, (1, 2, 3)
TESTS = {"NEW": ("NEWLIND", "Y"), "NONE": ("NEWLIND", "N")}
ANSWERS = {
    "part_measured_progressed",
    "part_measured_not_progressed",
    "beside_and_never_judged",
    "only_beside_and_left",
    "no_baseline_and_a_new_lesion",
}


def scan(made, subject: str, visit: int, day: date, sizes: str, baseline: str) -> None:
    """Target lesions in mm, `;` between them; n marks a node in the baseline, empty is missing."""
    nodes = [size.endswith("n") for size in baseline.split(";")]
    for place, size in enumerate(sizes.split(";") if sizes else []):
        size, node = size.rstrip("n"), nodes[place] if place < len(nodes) else False
        made.add(
            "tr",
            subject,
            TRTESTCD="LPERP" if node else "LDIAM",
            TRTEST="Diameter",
            TRGRPID="TARGET",
            TRLNKID=f"T{place + 1}",
            TRSTRESN=size,
            TRSTRESU="mm" if size else "",
            TRSTAT="" if size else "NOT DONE",
            VISITNUM=visit,
            VISIT=f"VISIT {visit}",
            TRDTC=day,
        )


def judged(made, subject: str, visit: int, day: date, words: str) -> None:
    """What was said of other lesions: a response of the non-target ones, NEW or NONE."""
    for word in words.split():
        test, result = TESTS.get(word, ("NTRGRESP", word))
        made.add(
            "rs",
            subject,
            RSTESTCD=test,
            RSCAT="RECIST 1.1",
            RSSTRESC=result,
            RSEVAL="INVESTIGATOR",
            VISITNUM=visit,
            VISIT=f"VISIT {visit}",
            RSDTC=day,
        )


def patient(made, subject: str, row: dict[str, str]) -> None:
    made.treated(subject, FIRST_DOSE.isoformat(), (FIRST_DOSE + timedelta(150)).isoformat())
    before, base = FIRST_DOSE - timedelta(7), row["baseline_mm"]
    scan(made, subject, 0, before, base, base)
    if row.get("beside"):
        made.add(
            "tr",
            subject,
            TRTESTCD="TUMSTATE",
            TRTEST="Tumor State",
            TRGRPID="NON-TARGET",
            TRLNKID="NT1",
            VISITNUM=0,
            VISIT="VISIT 0",
            TRDTC=before,
        )
    for visit in VISITS:
        day = FIRST_DOSE + timedelta(visit * int(row.get("days") or SPACING))
        scan(made, subject, visit, day, row.get(f"visit_{visit}_mm", ""), base)
        judged(made, subject, visit, day, row.get(f"visit_{visit}_other", ""))
    if row.get("therapy_day"):
        made.add(
            "cm",
            subject,
            CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
            CMLINE=1,
            CMDECOD="TRABECTEDIN",
            CMSTDTC=FIRST_DOSE + timedelta(int(row["therapy_day"])),
        )


def places(subject: str, row: dict[str, str]) -> dict[str, Place]:
    """The column of each answer, with the place where it stands in the datasets."""
    every = {
        f"expected_visit_{visit}": Place("adrs", subject, "OVR", str(visit), "AVALC")
        for visit in VISITS
    }
    every |= {
        "expected_best": Place("adrs", subject, "CBOR", "", "AVALC"),
        "expected_assessed": Place("adrs", subject, "NASSESS", "", "AVAL"),
    }
    return {column: place for column, place in every.items() if column in row}


def differences(courses, table: dict[str, list[dict[str, str]]]) -> list[str]:
    """Where a derivation gives another answer than the hand; an empty one is no visit."""
    made = courses("sarcoma")
    for subject, (row,) in table.items():
        patient(made, subject, row)
    results = dict(zip(("Python", "SQL"), made.both()))
    return [
        f"{subject}, {column}: {given!r} by {name}, {row[column]!r} by hand"
        for subject, (row,) in table.items()
        for column, place in places(subject, row).items()
        for name, found in results.items()
        if (given := found.get(place, "")) != row[column]
    ]


def test_both_derivations_give_the_answers_worked_by_hand(courses, course_table):
    table = course_table("recist")
    print(f"{len(table)} courses of RECIST 1.1, by hand, in Python and in SQL")
    assert ANSWERS <= set(table) and len(table) >= 40
    assert all(row["rule"].startswith("RECIST-") for (row,) in table.values())
    assert differences(courses, table) == []


def test_an_answer_that_is_wrong_is_told(courses, course_table):
    name = "part_measured_progressed"
    (row,) = course_table("recist")[name]
    assert differences(courses, {name: [{**row, "expected_visit_2": "NE"}]}) == [
        f"{name}, expected_visit_2: 'PD' by {by}, 'NE' by hand" for by in ("Python", "SQL")
    ]


def test_both_derivations_give_the_answers_of_the_shared_courses(courses):
    if not SHARED.is_file():
        pytest.skip("the shared courses are not here (shared/cases/courses beside the project)")
    with SHARED.open(encoding="utf-8", newline="") as lines:
        table = {row["course"]: [row] for row in csv.DictReader(lines)}
    print(f"{len(table)} shared courses of RECIST 1.1")
    assert table and differences(courses, table) == []
