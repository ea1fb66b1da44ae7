"""Courses of evaluability for dose-limiting toxicity worked by hand, by both derivations."""

from tracedtrial.checks.patient_results import Place

FIRST_DOSE = "2014-06-17"
EXPECTED = {
    "DLTFL": "expected_dlt",
    "WINDOWFL": "expected_window",
    "DLTEVLFL": "expected_evaluable",
}


def patient(made, course: str, row: dict[str, str]) -> None:
    made.treated(course, FIRST_DOSE, cohort="1")
    template = {dose["EXTRT"]: dose for dose in made.rows["ex"] if dose["USUBJID"] == course}
    made.rows["ex"] = [dose for dose in made.rows["ex"] if dose["USUBJID"] != course]
    for drug, dose in template.items():
        add(made, course, dose, row[drug.lower()], FIRST_DOSE)
    add(made, course, template["IXAZOMIB"], row["later_ixazomib"], row["later"])
    if row["event"]:
        made.add(
            "ae",
            course,
            AETERM="Rash",
            AEDECOD="Rash",
            AEBODSYS="Skin",
            AETOXGR=3,
            AESTDTC=row["event"],
            AESER="N",
            AEREL="RELATED",
            AEACN="DOSE NOT CHANGED",
            AEOUT="RECOVERED/RESOLVED",
            AEDLTFL=row["flag"],
        )


def add(made, course: str, dose: dict, given_of_planned: str, day: str) -> None:
    """A row of `ex` like `dose` with so many administrations of those planned; none if empty."""
    if given_of_planned:
        given, planned = given_of_planned.split("/")
        own = {name: dose[name] for name in ("EXTRT", "EXCYCLE", "EXPDOSE", "EXDOSE", "EXDOSU")}
        made.add("ex", course, **own, EXPADM=planned, EXADM=given, EXSTDTC=day, EXENDTC=day)


def test_both_derivations_give_the_answers_of_every_course(courses, course_table, capsys):
    made, table = courses(), course_table("dlt")
    for course, (row,) in table.items():
        patient(made, course, row)
    first, second = made.both()
    wanted = {
        Place("addl", course, "", "", name): row[column]
        for course, (row,) in table.items()
        for name, column in EXPECTED.items()
    }
    wrong = [
        (place, answer, first.get(place), second.get(place))
        for place, answer in wanted.items()
        if not answer == first.get(place) == second.get(place)
    ]
    with capsys.disabled():
        print(
            f"\n{len(table)} courses of evaluability for DLT, {len(wanted)} answers, "
            f"{len(wrong)} differ"
        )
    assert wrong == []
    assert len(table) >= 20
