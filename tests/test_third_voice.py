"""Random courses answered by admiral, admiralonco and survival in R, and by this project.

reference/admiral has the courses, the answers and how both were made. A course whose column
`other_rule` is filled has a feature by which R's packages go by another rule; it may differ.
"""

import runpy
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tracedtrial.checks.patient_results import Place
from tracedtrial.datasets import best_confirmed_response, confirmed_response
from tracedtrial.datasets.criteria.criteria import Course, counted_places
from tracedtrial.datasets.criteria.recist import confirmed_course
from tracedtrial.statistics import kaplan_meier

REFERENCE = Path(__file__).parent / "reference" / "admiral"
FIRST_DOSE, LAST_DOSE = "2014-06-17", "2014-09-25"
TABLES = ("imwg", "labs", "recist", "events", "times", "survival")
COUNTS = {"imwg": 2000, "labs": 400, "recist": 400, "events": 1200, "times": 800, "survival": 1000}
Values = Mapping[Hashable, object]


def table(name: str) -> pd.DataFrame:
    """All cells as texts; the answers' first line names R and its packages."""
    return pd.read_csv(REFERENCE / f"{name}.csv", dtype=str, keep_default_na=False, comment="#")


def answered(name: str) -> pd.DataFrame:
    """The records of a table of courses, each with R's answers."""
    return table(name).merge(table(f"{name}-answers"), on=["course", "seq"], validate="1:1")


def by(frame: pd.DataFrame, *columns: str) -> dict[tuple[str, str], str]:
    """Texts by course and column, or by course with sequence number and column."""
    keys = [column for column in ("course", "seq", "parameter") if column in frame]
    return {
        (*row[: len(keys)], column): row[len(keys) + place]
        for row in frame[[*keys, *columns]].itertuples(index=False)
        for place, column in enumerate(columns)
    }


@pytest.fixture
def agree(capsys) -> Callable:
    """Compare two sets of answers: no difference but under another rule, the counts printed."""

    def compare(
        kind: str, ours: Values, theirs: Values, reasons: Mapping[Hashable, str] = {}
    ) -> None:
        assert ours.keys() == theirs.keys()
        different = [key for key in theirs if ours[key] != theirs[key]]
        unexplained = [
            f"{key}: {ours[key]!r}, by R {theirs[key]!r}"
            for key in different
            if not reasons.get(key)
        ]
        counted = Counter(reasons[key] for key in different if reasons.get(key))
        asked = Counter(filter(None, (reasons.get(key) for key in theirs)))
        told = "".join(
            f"; {n} of {asked[reason]} other under another rule: {reason}"
            for reason, n in counted.items()
        )
        with capsys.disabled():
            print(
                f"\n{kind}: {len({key[0] for key in theirs})} courses, {len(theirs)} answers, "
                f"{len(unexplained)} disagreements{told}"
            )
        assert not unexplained, "\n".join(unexplained[:20])
        assert counted.keys() == set(reasons.values()) - {""}, "a rule that explains nothing"

    return compare


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a course, of what holds for all of it."""
    return frame.drop_duplicates("course").drop(columns="seq")


def named(found: Values, answer: str) -> Values:
    """The answers of that name."""
    return {key: text for key, text in found.items() if key[-1] == answer}


Asked = Mapping[tuple[str, str, str], str]


def both(courses: object, asked: Asked) -> Iterator[tuple[str, dict[tuple, str]]]:
    """Both derivations' answers: by dataset, parameter and variable, the name of an answer.

    The key of an answer is course, sequence number if it is of a visit or an event, and name.
    """
    for voice, found in zip(("Python", "SQL"), courses.both()):
        yield (
            voice,
            {
                key(place, asked): text
                for place, text in found.items()
                if (place.dataset, place.parameter, place.variable) in asked
            },
        )


def key(place: Place, asked: Asked) -> tuple[str, ...]:
    answer = asked[place.dataset, place.parameter, place.variable]
    return tuple(filter(None, (place.patient, place.row, answer)))


def times(*parameters: str) -> Asked:
    """Days, CNSR and what the event was of parameters of ADTTE."""
    return {
        ("adtte", parameter, name): f"{parameter} {name}"
        for parameter in parameters
        for name in ("AVAL", "CNSR", "EVNTDESC")
    }


def ends(found: Values) -> Values:
    """The answers of `times`, with days as numbers."""
    return {
        (course, name): float(text) if name.endswith("AVAL") else text
        for (course, name), text in found.items()
        if " " in name
    }


def answered_ends(name: str) -> Values:
    return ends(
        {
            (course, f"{parameter} {variable}"): text
            for (course, parameter, variable), text in by(
                table(f"{name}-answers"), "AVAL", "CNSR", "EVNTDESC"
            ).items()
        }
    )


@pytest.mark.parametrize("name", [*TABLES, "labs-times"])
def test_the_answers_name_r_its_packages_and_the_date(name):
    header = (REFERENCE / f"{name}-answers.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "# R version 4.2.2 Patched (2022-11-10 r83330), admiral 1.4.2, admiraldev 1.4.0.9000, "
        "admiralonco 1.4.0, dplyr 1.1.4, survival 3.5.3, 2026-11-28; made by admiral.R"
    )


def test_at_least_five_thousand_random_courses_are_compared():
    assert {name: table(name)["course"].nunique() for name in TABLES} == COUNTS
    assert sum(COUNTS.values()) >= 5000


def test_the_courses_are_those_that_the_script_makes(tmp_path):
    runpy.run_path(str(REFERENCE / "courses.py"))["write"](tmp_path)
    for name in TABLES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (REFERENCE / f"{name}.csv").read_bytes()


# Response by IMWG: admiralonco's article


def records(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The courses as SDTM RS and SUPPRS."""
    rs = pd.DataFrame(
        {
            "USUBJID": frame["course"],
            "RSSEQ": frame["seq"].astype(int),
            "RSDTC": frame["date"],
            "RSSTRESC": frame["category"],
        }
    )
    filled = {"PDIFL": frame["imaging"], "DTHPDFL": frame["death"], "NACTDT": frame["therapy"]}
    supprs = pd.concat(
        [
            pd.DataFrame(
                {"USUBJID": frame["course"], "IDVARVAL": frame["seq"], "QNAM": name, "QVAL": value}
            )
            for name, value in filled.items()
        ]
    )
    return rs, supprs[supprs["QVAL"] != ""]


@pytest.mark.parametrize("name", ["imwg", "labs"])
def test_confirmed_response_at_each_record_is_that_of_admiralonco(name, agree):
    frame = answered(name)
    ours = (
        confirmed_response(*records(frame))
        .rename(columns={"USUBJID": "course", "RSSEQ": "seq", "AVALC": "confirmed"})
        .astype({"seq": str})
    )
    agree(
        f"IMWG confirmed response, {name}",
        by(ours, "confirmed"),
        by(frame, "confirmed"),
        by(frame.assign(confirmed=frame["other_visit"]), "confirmed"),
    )


@pytest.mark.parametrize("name", ["imwg", "labs"])
def test_best_confirmed_response_is_that_of_admiralonco(name, agree):
    frame = answered(name)
    ours = best_confirmed_response(*records(frame)).rename(
        columns={"USUBJID": "course", "AVALC": "best"}
    )
    ours["best_date"] = ours["ADT"].astype(str)
    theirs = whole(frame)
    none = {
        (course, column): text
        for course in theirs["course"]
        for column, text in (("best", "MISSING"), ("best_date", ""))
    }
    reasons = by(
        theirs.assign(best=theirs["other_rule"], best_date=theirs["other_rule"]),
        "best",
        "best_date",
    )
    agree(
        f"IMWG best confirmed response, {name}",
        none | by(ours, "best", "best_date"),
        by(theirs, "best", "best_date"),
        reasons,
    )


# Response by IMWG from laboratory values, by both derivations

RESPONSES = {("adrs", "CBOR", "AVALC"): "best", ("adrs", "OVR", "AVALC"): "category"}
SPECIMENS = {"MPROTU": "URINE", "IFIXU": "URINE", "PLASMC": "BONE MARROW"}


def visit(courses: object, row: object, serum: str) -> None:
    """A visit's serum and urine M-protein, a complete response's immunofixation and marrow.

    Progression is shown by imaging unless the row says otherwise.
    """
    where = {"VISITNUM": row.seq, "VISIT": f"VISIT {row.seq}", "LBDTC": row.date}
    tests = [("MPROTS", serum, "g/dL"), ("MPROTU", "0", "mg/24h")]
    if row.category == "CR":
        tests += [("IFIXS", "NEGATIVE", ""), ("IFIXU", "NEGATIVE", ""), ("PLASMC", "2", "%")]
    for test, value, unit in tests:
        if value:
            result(courses, row.course, test, value, unit, **where)
    if getattr(row, "imaging", "Y") and row.category == "PD":
        courses.add(
            "rs",
            row.course,
            RSTESTCD="OVRLRESP",
            RSCAT="IMWG 2016",
            RSSTRESC="PD",
            RSEVAL="INVESTIGATOR",
            PDIFL="Y",
            VISITNUM=row.seq,
            VISIT=f"VISIT {row.seq}",
            RSDTC=row.date,
        )


def result(
    courses: object, subject: str, test: str, value: str, unit: str, **where: object
) -> None:
    """A laboratory result: a number with its unit, or a word without one."""
    shown = {"LBSTRESN": value, "LBSTRESU": unit} if unit else {"LBSTRESC": value}
    specimen = SPECIMENS.get(test, "SERUM")
    courses.add("lb", subject, LBTESTCD=test, LBTEST=test, LBSPEC=specimen, **shown, **where)


def myeloma(courses: object, subject: str, therapy: str, **dm: str) -> None:
    """A patient dosed on one day, with a serum M-protein of 4 g/dL at baseline."""
    courses.treated(subject, FIRST_DOSE, **dm)
    courses.add(
        "sc",
        subject,
        SCTESTCD="MEASDIS",
        SCTEST="Measurable disease",
        SCSTRESC="SERUM",
        SCDTC=FIRST_DOSE,
    )
    for test, value, unit in (("MPROTS", "4", "g/dL"), ("MPROTU", "0", "mg/24h")):
        result(courses, subject, test, value, unit, VISITNUM=0, VISIT="BASELINE", LBDTC=FIRST_DOSE)
    new_therapy(courses, subject, therapy)


def new_therapy(courses: object, subject: str, therapy: str) -> None:
    if therapy:
        courses.add(
            "cm",
            subject,
            CMCAT="SUBSEQUENT ANTI-CANCER THERAPY",
            CMLINE=2,
            CMDECOD="MELPHALAN",
            CMSTDTC=therapy,
        )


def test_laboratory_values_give_the_responses_and_times_of_admiralonco(courses, agree):
    frame, made = answered("labs"), courses()
    for subject, rows in frame.groupby("course"):
        myeloma(made, subject, rows["therapy"].iloc[0])
        for row in rows.itertuples():
            visit(made, row, serum=row.serum)
    theirs = whole(frame).assign(best=lambda rows: rows["best"].replace("MISSING", "NE"))
    reasons = by(theirs.assign(best=theirs["other_rule"]), "best")
    asked = RESPONSES | times("PFS_FDA", "PFS_EMA", "TTR", "DOR")
    for voice, found in both(made, asked):
        agree(
            f"IMWG visits from laboratory values, {voice}",
            named(found, "category"),
            by(frame, "category"),
        )
        agree(
            f"IMWG best response from laboratory values, {voice}",
            named(found, "best"),
            by(theirs, "best"),
            reasons,
        )
        agree(
            f"PFS, response and its duration from laboratory values, {voice}",
            ends({key: text for key, text in found.items() if len(key) == 2}),
            answered_ends("labs-times"),
        )


# Response by RECIST 1.1


def scan(courses: object, row: object, complete: bool) -> None:
    """A visit that gives the category: one target lesion of 100 mm, and a non-target one."""
    where = {"VISITNUM": row.seq, "VISIT": f"VISIT {row.seq}"}
    size = {"CR": "0", "PR": "0" if complete else "65", "NE": ""}.get(
        row.category, "0" if complete else "75"
    )
    lesion(courses, row.course, size, TRDTC=row.date, **where)
    for test, result in (
        ("NTRGRESP", "CR" if row.category == "CR" else "NON-CR/NON-PD"),
        ("NEWLIND", "Y" if row.category == "PD" else "N"),
    ):
        courses.add(
            "rs",
            row.course,
            RSTESTCD=test,
            RSCAT="RECIST 1.1",
            RSSTRESC=result,
            RSEVAL="INVESTIGATOR",
            RSDTC=row.date,
            **where,
        )


def lesion(courses: object, subject: str, size: str, **where: object) -> None:
    measured = {"TRSTRESN": size, "TRSTRESU": "mm"} if size else {"TRSTAT": "NOT DONE"}
    courses.add(
        "tr",
        subject,
        TRTESTCD="LDIAM",
        TRTEST="Longest diameter",
        TRGRPID="TARGET",
        TRLNKID="T1",
        **measured,
        **where,
    )


def test_confirmed_recist_response_is_that_of_admiralonco(courses, agree):
    frame, made = table("recist"), courses("sarcoma")
    for subject, rows in frame.groupby("course"):
        made.treated(subject, FIRST_DOSE, LAST_DOSE)
        lesion(made, subject, "100", TRDTC=FIRST_DOSE, VISITNUM=0, VISIT="BASELINE")
        new_therapy(made, subject, rows["therapy"].iloc[0])
        complete = False
        for row in rows.itertuples():
            scan(made, row, complete)
            complete |= row.category == "CR"
    theirs = table("recist-answers")
    reasons = by(whole(frame).assign(best=whole(frame)["other_rule"]), "best")
    for voice, found in both(made, RESPONSES):
        agree(f"RECIST visits, {voice}", named(found, "category"), by(frame, "category"))
        agree(
            f"RECIST confirmed best overall response, {voice}",
            named(found, "best"),
            by(theirs, "best"),
            reasons,
        )


def first_response(rows: pd.DataFrame, rules: Mapping) -> str:
    """The date of the first confirmed response that counts; empty without one."""
    dates, therapy = rows["date"].to_numpy("datetime64[D]"), rows["therapy"].iloc[0]
    course = Course(
        rows["category"].tolist(),
        dates,
        np.datetime64(FIRST_DOSE),
        np.datetime64(therapy) if therapy else None,
    )
    confirmed = [counted.category for counted in confirmed_course(course, rules)]
    responses = [
        place
        for place in counted_places(confirmed, dates, course.therapy)
        if confirmed[place] in ("CR", "PR")
    ]
    return str(dates[responses[0]]) if responses else ""


def test_the_first_confirmed_recist_response_is_that_of_admiralonco(agree):
    frame, rules = (
        table("recist"),
        {"confirmation": {"required": True, "days": 28}, "stable_disease": {"days": 38}},
    )
    ours = {
        (subject, "response_date"): first_response(rows, rules)
        for subject, rows in frame.groupby("course")
    }
    reasons = by(whole(frame).assign(response_date=whole(frame)["other_rule"]), "response_date")
    agree(
        "RECIST first confirmed response",
        ours,
        by(table("recist-answers"), "response_date"),
        reasons,
    )


# Adverse events

EMERGENCE = ("ASTDT", "ASTDY", "TRTEMFL")
EMERGENT = {("adae", "", name): name for name in EMERGENCE}


def test_imputed_starts_and_emergence_are_those_of_admiral(courses, agree):
    frame, made = answered("events"), courses()
    for subject, rows in frame.groupby("course"):
        made.treated(subject, FIRST_DOSE, LAST_DOSE)
        for row in rows.itertuples():
            over = "RECOVERED/RESOLVED" if row.end else "NOT RECOVERED/NOT RESOLVED"
            made.add(
                "ae",
                subject,
                AESEQ=row.seq,
                AETERM="Fatigue",
                AEDECOD="Fatigue",
                AEBODSYS="General disorders and administration site conditions",
                AETOXGR=row.grade,
                AESTDTC=row.start,
                AEENDTC=row.end,
                AESER="N",
                AEREL="NOT RELATED",
                AEACN="DOSE NOT CHANGED",
                AEOUT=over,
                AEDLTFL="N",
            )
    reasons = by(
        frame.assign(
            ASTDT=frame["other_start"], ASTDY=frame["other_start"], TRTEMFL=frame["other_rule"]
        ),
        *EMERGENCE,
    )
    for voice, found in both(made, EMERGENT):
        agree(
            f"Starts and emergence of adverse events, {voice}",
            found,
            by(frame, *EMERGENCE),
            reasons,
        )


# Time to event


def test_times_to_event_are_those_of_admiral(courses, agree):
    frame, made = table("times"), courses()
    for subject, rows in frame.groupby("course"):
        row = rows.iloc[0]
        death = {"DTHFL": "Y", "DTHDTC": row["death"]} if row["death"] else {}
        myeloma(made, subject, row["therapy"], **death)
        made.add(
            "ss",
            subject,
            SSTESTCD="SURVSTAT",
            SSSTRESC="DEAD" if death else "ALIVE",
            SSDTC=row["death"] or row["alive"],
        )
        for row in rows.itertuples():
            if row.date:
                visit(made, row, serum="" if row.category == "NE" else "4")
    for voice, found in both(made, times("PFS_FDA", "PFS_EMA", "OS")):
        agree(f"Times to event, {voice}", ends(found), answered_ends("times"))


# Kaplan-Meier


def numbers(text: str) -> list[float]:
    return [float(word.replace("NA", "nan")) for word in text.split()]


def curve(subjects: str) -> object:
    words = subjects.split()
    return kaplan_meier(
        [float(word.rstrip("+")) for word in words], [not word.endswith("+") for word in words]
    )


def estimates(row: object) -> list[np.ndarray]:
    """Quartiles with their intervals, survival and patients at risk at the times asked."""
    ours = curve(row.subjects)
    quartiles = np.transpose([ours.quantile(p) for p in (0.25, 0.5, 0.75)])
    asked = numbers(row.asked)
    return [*quartiles, ours.survival_at(asked), ours.at_risk_at(asked)]


def survfit_estimates(row: object) -> list[list[float]]:
    """The same by R, which was told to carry the curve forward past a last censoring."""
    survival = numbers(row.survival)
    if row.past == "censoring":
        survival[-1] = np.nan
    return [*map(numbers, (row.quantile, row.low, row.high)), survival, numbers(row.at_risk)]


def test_quantiles_and_survival_at_times_are_those_of_survfit(capsys):
    frame = table("survival").merge(table("survival-answers"), on="course", validate="1:1")
    different = [
        row.course
        for row in frame.itertuples()
        if not np.allclose(
            estimates(row), survfit_estimates(row), rtol=1e-9, atol=1e-12, equal_nan=True
        )
    ]
    past = frame["past"].value_counts()
    with capsys.disabled():
        print(
            f"\nKaplan-Meier: {len(frame)} courses, {len(different)} disagreements; "
            f"{past['event']} asked past a last event (0), {past['censoring']} past a last "
            "censoring (not estimable)"
        )
    assert not different and past.min() > 100
