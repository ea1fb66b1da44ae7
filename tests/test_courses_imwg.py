"""Courses of IMWG response worked by hand, run through both derivations."""

import csv
import datetime
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tracedtrial.checks.patient_results import Place

SHARED = Path(__file__).resolve().parents[2] / "shared/cases/courses/imwg.csv"
START = datetime.date(2014, 6, 17)
TESTS = {
    "serum_g_dl": ("MPROTS", "SERUM", "g/dL"),
    "urine_mg_24h": ("MPROTU", "URINE", "mg/24h"),
    "ifix_serum": ("IFIXS", "SERUM", ""),
    "ifix_urine": ("IFIXU", "URINE", ""),
    "kappa_mg_l": ("KAPPA", "SERUM", "mg/L"),
    "lambda_mg_l": ("LAMBDA", "SERUM", "mg/L"),
    "plasma_cells_percent": ("PLASMC", "BONE MARROW", "%"),
}
Derived = tuple[dict[Place, str], dict[Place, str]]
Table = dict[str, list[dict[str, str]]]


def derived(empty: Callable, table: Table) -> Derived:
    """What both derivations say; visit 0 is baseline, on the day of the first dose."""
    made = empty()
    for course, rows in table.items():
        last = max(float(row["visit"]) for row in rows)
        made.treated(course, START.isoformat(), day_of(str(last)))
        made.add(
            "sc",
            course,
            SCTESTCD="MEASDIS",
            SCTEST="Measurable disease",
            SCSTRESC=rows[0]["measurable"],
        )
        for row in rows:
            _visit(made, course, row)
    return made.both()


def _visit(made: object, course: str, row: dict[str, str]) -> None:
    shared = {"VISITNUM": row["visit"], "VISIT": f"VISIT {row['visit']}"}
    day = row.get("day") and (START + datetime.timedelta(int(row["day"]))).isoformat()
    for column, (test, specimen, unit) in TESTS.items():
        value = row[column]
        if value:
            result = {"LBSTRESN": value, "LBSTRESU": unit} if unit else {"LBSTRESC": value}
            made.add(
                "lb",
                course,
                LBTESTCD=test,
                LBTEST=test,
                LBSPEC=specimen,
                **result,
                **shared,
                LBDTC=day or day_of(row["visit"]),
            )
    if row.get("imaging") == "PD":
        made.add(
            "rs",
            course,
            RSTESTCD="OVRLRESP",
            RSCAT="IMWG",
            RSSTRESC="PD",
            RSEVAL="INVESTIGATOR",
            PDIFL="Y",
            **shared,
            RSDTC=day or day_of(row["visit"]),
        )
    if row.get("new_therapy"):
        made.add(
            "cm",
            course,
            CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
            CMLINE=1,
            CMDECOD="OTHER",
            CMSTDTC=day or day_of(row["visit"]),
        )


def day_of(visit: str) -> str:
    """Visits are 28 days apart."""
    return (START + datetime.timedelta(round(28 * float(visit)))).isoformat()


def answers(table: Table) -> dict[Place, str]:
    """The hand's answers, by place."""
    found = {}
    for course, rows in table.items():
        for row in rows:
            if row["expected_visit"]:
                place = Place("adrs", course, "OVR", f"{float(row['visit']):g}", "AVALC")
                found[place] = row["expected_visit"]
        if rows[0]["expected_best"]:
            found[Place("adrs", course, "CBOR", "", "AVALC")] = rows[0]["expected_best"]
    return found


def missed(said: dict[Place, str], asked: dict[Place, str]) -> dict[Place, tuple]:
    return {
        place: (answer, said.get(place))
        for place, answer in asked.items()
        if said.get(place) != answer
    }


@pytest.fixture(scope="module")
def table(course_table) -> Table:
    return course_table("imwg")


@pytest.fixture
def both(courses, table) -> Derived:
    return derived(courses, table)


def test_both_derivations_give_the_answers_worked_by_hand(both, table, capsys):
    asked = answers(table)
    first, second = (missed(said, asked) for said in both)
    assert first == {}
    assert second == {}
    with capsys.disabled():
        print(f"\nIMWG: {len(table)} courses, {len(asked)} answers, in both derivations")


def test_both_derivations_say_the_same_of_every_course(both):
    first, second = both
    assert first == second


def test_every_course_names_its_rule(table):
    assert {
        course for course, rows in table.items() if not rows[0]["rule"].startswith("IMWG-")
    } == set()


def test_the_shared_courses_have_their_answers(courses):
    if not SHARED.is_file():
        pytest.skip("the shared courses are not beside this repository")

    shared: Table = {}
    with SHARED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            shared.setdefault(row["course"], []).append(row)
    asked = answers(shared)
    assert len(asked) >= 20
    assert [missed(said, asked) for said in derived(courses, shared)] == [{}, {}]


# Both derivations on courses that nobody worked out

GRID = {
    "serum_g_dl": ["", "0", "0.3", "0.5", "0.9", "1", "1.25", "1.5", "2.5", "4.9", "5", "6", "7.5"],
    "urine_mg_24h": ["", "0", "50", "99", "100", "199", "200", "400", "600", "1000", "2000"],
    "ifix_serum": ["", "NEGATIVE", "NEGATIVE", "POSITIVE"],
    "ifix_urine": ["", "NEGATIVE", "NEGATIVE", "POSITIVE"],
    "kappa_mg_l": ["", "2.6", "10", "16.5", "60", "100", "210", "310", "511"],
    "lambda_mg_l": ["", "10", "10", "10", "99", "400"],
    "plasma_cells_percent": ["", "", "2", "4.9", "5", "30"],
    "imaging": ["", "", "", "", "", "PD"],
    "new_therapy": [""] * 14 + ["Y"],
}


def random_table(seed: int, patients: int) -> Table:
    draw = random.Random(seed)
    table: Table = {}
    for patient in range(patients):
        kind = draw.choice(["SERUM", "SERUM", "URINE", "FLC"])
        visits = [
            {column: draw.choice(values) for column, values in GRID.items()}
            for _ in range(draw.randint(2, 8))
        ]
        visits[0] |= {"imaging": "", "new_therapy": ""}
        table[f"R{patient:04d}"] = [
            {"measurable": kind, "visit": str(place), **visit} for place, visit in enumerate(visits)
        ]
    return table


def test_both_derivations_say_the_same_of_random_courses(courses, capsys):
    table = random_table(seed=20160801, patients=600)
    first, second = derived(courses, table)
    assert first == second
    found = Counter(text for place, text in first.items() if place.variable == "AVALC")
    assert {"CR", "VGPR", "PR", "MR", "SD", "PD", "NE"} <= found.keys()
    with capsys.disabled():
        print(f"\nIMWG: {len(table)} random courses, {len(first)} results, 0 differ")
