"""Courses of dose escalation worked by hand, each a trial of its own, by both derivations."""

import copy
from collections.abc import Iterator

import duckdb
import pytest

from tracedtrial.analyses.toxicity import cohort_toxicity, recommendation
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.checks import rederive
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.record.words import printed

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
FIRST_DOSE, LATER = "2014-06-17", "2014-06-20"


def trial_of(made, rows: list[dict[str, str]]) -> None:
    """The protocol and the raw tables of a course: its levels, then its patients, by cohort."""
    asked = made.protocol = copy.deepcopy(made.protocol)
    doses = next(iter(asked["dose_levels"].values()))["doses"]
    first = rows[0]
    asked["dose_levels"] = {
        level: {"label": f"level {level}", "doses": doses, "source": "protocol"}
        for level in first["levels"].split()
    }
    asked["escalation"]["six_at_final"]["value"] = first["six"] == "true"
    if first["declared"]:
        asked["escalation"]["recommended"] = {"level": first["declared"], "source": "protocol"}
    for place, row in enumerate(rows):
        for number in range(int(row["treated"])):
            patient(made, f"{place:02d}-{number:02d}", row, number)


def patient(made, subject: str, row: dict[str, str], number: int) -> None:
    """Of a cohort's patients the first have the DLT, the last have a third of the dose or less."""
    made.treated(subject, FIRST_DOSE, level=row["level"], cohort=row["cohort"])
    if number < int(row["dlts"]):
        made.add(
            "ae",
            subject,
            AETERM="Neutropenia",
            AEDECOD="Neutropenia",
            AEBODSYS="Blood and lymphatic system disorders",
            AETOXGR=4,
            AESTDTC=LATER,
            AESER="N",
            AEREL="RELATED",
            AEACN="DOSE NOT CHANGED",
            AEOUT="RECOVERED/RESOLVED",
            AEDLTFL="Y",
        )
    if number >= int(row["evaluable"]):
        for dose in made.rows["ex"]:
            if dose["USUBJID"] == subject:
                dose["EXADM"] = 1


def answers(rows: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """The hand's answers by the ids of the numbers."""
    places: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row["level"]):
        if row["expected_decision"]:
            level = row["level"].lower()
            places[level] = places.get(level, 0) + 1
            cohort = f"dlt.{level}.{ORDINALS[places[level] - 1]}_cohort"
            told = f"{row['dlts']}/{row['evaluable']}"
            yield f"{cohort}.decision", row["expected_decision"]
            yield f"{cohort}.n", "NE" if row["expected_decision"] == "incomplete" else told
    first = rows[0]
    yield "dlt.rp2d.level", labelled(first["expected_recommended"])
    if first["declared"]:
        yield "dlt.rule.level", labelled(first["expected_by_rule"])
    else:
        assert first["expected_by_rule"] == first["expected_recommended"]


def labelled(level: str) -> str:
    return level if level == "NE" else f"level {level}"


def first_derivation(made) -> dict[str, str]:
    asked = made.protocol
    raw = read_raw_tables(made._written(), asked, response_criteria(asked).asks)
    trial = derived_trial(raw, asked)
    return {
        number.id: printed(number, asked["display"])
        for section in (cohort_toxicity, recommendation)
        for number in section(trial)
    }


def second_derivation(made) -> dict[str, str]:
    with duckdb.connect(config={"threads": 1}) as connection:
        rederive._load(connection, made._written(), list(rederive._flat(made.protocol)))
        connection.execute((made.trial / rederive.SCRIPT).read_text(encoding="utf-8"))
        return dict(connection.execute("SELECT id, text FROM escalation_number").fetchall())


@pytest.mark.parametrize("trial", ["", "sarcoma"])
def test_both_derivations_give_the_answers_of_every_course(courses, course_table, trial, capsys):
    table = course_table("escalation")
    wrong, compared = [], 0
    for course, rows in table.items():
        made = courses(trial)
        trial_of(made, rows)
        first, second = first_derivation(made), second_derivation(made)
        for id, expected in answers(rows):
            compared += 1
            if not expected == first.get(id) == second.get(id):
                wrong.append((course, id, expected, first.get(id), second.get(id)))
        assert (
            ("dlt.rule.level" in first) == ("dlt.rule.level" in second) == bool(rows[0]["declared"])
        )
    with capsys.disabled():
        print(
            f"\n{len(table)} courses of dose escalation ({trial or 'shipped trial'}), "
            f"{compared} answers, {len(wrong)} differ"
        )
    assert wrong == []
    assert len(table) >= 45 and compared > 150


def test_every_course_of_escalation_names_its_rule(course_table):
    assert all(rows[0]["rule"].startswith("DLT-") for rows in course_table("escalation").values())
