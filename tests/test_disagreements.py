"""The list of disagreements between the investigator's and the derived response."""

import csv
import os
import shutil
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest

from tracedtrial.analyses.trial import derived_trial
from tracedtrial.checks.disagreements import (
    BEST,
    COLUMNS,
    UNCONFIRMED,
    VISIT,
    disagreements,
    report,
)
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.schema import read_raw_tables


@pytest.fixture
def found(protocol):
    """The disagreements that changed tables give."""

    def listed(tables, asked: dict = protocol) -> pd.DataFrame:
        raw = read_raw_tables(tables.write(), asked, response_criteria(asked).asks)
        return disagreements(derived_trial(raw, asked))

    return listed


@pytest.fixture(scope="module")
def shipped_list(shipped) -> pd.DataFrame:
    return disagreements(shipped.trial)


def keys(frame: pd.DataFrame, kind: str) -> set[tuple]:
    rows = frame[frame["kind"] == kind]
    return set(zip(rows["USUBJID"], rows["VISITNUM"], rows["INVESTIGATOR"], rows["DERIVED"]))


def course(tables, usubjid: str) -> list[dict[str, str]]:
    """The investigator's records of a subject, in order of date."""
    rows = [row for row in tables.rows["rs"] if row["USUBJID"] == usubjid]
    return sorted(rows, key=lambda row: (row["RSDTC"], int(row["RSSEQ"])))


def subject_with(tables, *categories: str, last: bool = False) -> str:
    """A subject whose records begin, or end, with these categories."""
    part = slice(-len(categories), None) if last else slice(len(categories))
    subjects = sorted({row["USUBJID"] for row in tables.rows["rs"]})
    return next(
        s
        for s in subjects
        if tuple(row["RSSTRESC"] for row in course(tables, s))[part] == categories
    )


# As shipped


def test_the_list_has_its_columns_and_names_the_primary_source(shipped_list):
    assert tuple(shipped_list) == COLUMNS
    assert set(shipped_list["PRIMARY"]) == {"derived"}
    assert set(shipped_list["kind"]) <= {VISIT, UNCONFIRMED, BEST}


def test_the_visits_listed_are_those_that_the_agreement_leaves(shipped, shipped_list):
    numbers = shipped.numbers
    left = numbers["response.visits.n"].value - numbers["response.agreement.n"].value
    rows = shipped_list[shipped_list["kind"] == VISIT]
    assert len(rows) == left > 0
    assert (rows["INVESTIGATOR"] != rows["DERIVED"]).all()


def test_a_visit_listed_has_the_investigators_own_record(shipped_list, raw_rows):
    reported = {(row["USUBJID"], float(row["VISITNUM"])): row["RSSTRESC"] for row in raw_rows["rs"]}
    for row in shipped_list[shipped_list["kind"] == VISIT].itertuples():
        assert reported[row.USUBJID, row.VISITNUM] == row.INVESTIGATOR


def test_the_list_is_in_order_of_kind_subject_and_date(shipped_list):
    places = [(VISIT, UNCONFIRMED, BEST).index(kind) for kind in shipped_list["kind"]]
    order = list(zip(places, shipped_list["USUBJID"], shipped_list["ADT"]))
    assert order == sorted(order)


def test_unconfirmed_responses_are_those_that_a_plain_reading_finds(shipped_list, raw_rows):
    """By hand: no two records of a row (NE left out) support a response at that level by then."""
    ranks = ["sCR", "CR", "VGPR", "PR", "MR"]
    lone = set()
    for subject in {row["USUBJID"] for row in raw_rows["rs"]}:
        rows = sorted(
            (
                row
                for row in raw_rows["rs"]
                if row["USUBJID"] == subject and row["RSSTRESC"] != "NE"
            ),
            key=lambda row: row["RSDTC"],
        )
        said = [row["RSSTRESC"] for row in rows]
        for k, category in enumerate(said):
            if category in ranks:
                good = ranks[: ranks.index(category) + 1]
                pairs = [
                    said[j] in good and said[j + 1] in good
                    for j in range(min(k + 1, len(said) - 1))
                ]
                if not any(pairs):
                    lone.add((subject, float(rows[k]["VISITNUM"])))
    rows = shipped_list[shipped_list["kind"] == UNCONFIRMED]
    assert set(zip(rows["USUBJID"], rows["VISITNUM"])) == lone


# Planted


def test_a_complete_response_that_nothing_confirms_is_listed(raw_copy, found, shipped_list):
    subject = subject_with(raw_copy, "SD", "SD", "SD")
    rows = course(raw_copy, subject)
    rows[1]["RSSTRESC"] = "CR"
    new = found(raw_copy)
    visit = float(rows[1]["VISITNUM"])
    planted = (subject, visit, "CR", "SD")
    assert keys(new, UNCONFIRMED) - keys(shipped_list, UNCONFIRMED) == {planted}
    assert planted in keys(new, VISIT)
    assert keys(new, BEST) == keys(shipped_list, BEST)


def test_a_complete_response_at_the_last_visit_is_listed(raw_copy, found, shipped_list):
    subject = subject_with(raw_copy, "PR", "PR", last=True)
    last = course(raw_copy, subject)[-1]
    last["RSSTRESC"] = "CR"
    planted = (subject, float(last["VISITNUM"]), "CR", "SD")
    assert planted in keys(found(raw_copy), UNCONFIRMED) - keys(shipped_list, UNCONFIRMED)


def test_a_partial_response_already_confirmed_needs_no_further_record(shipped_list, raw_copy):
    """The last of several partial responses has no next record, and is not listed."""
    subject = subject_with(raw_copy, "PR", "PR", last=True)
    listed = {s for s, _, category, _ in keys(shipped_list, UNCONFIRMED) if category == "PR"}
    assert subject not in listed


def test_a_response_confirmed_only_after_new_therapy_is_listed(raw_copy, found, shipped_list):
    subject = subject_with(raw_copy, "SD", "PR", "PR")
    first, second = course(raw_copy, subject)[1:3]
    therapy = next(row for row in raw_copy.rows["cm"] if row["CMCAT"].startswith("SUBSEQUENT"))
    taken = [int(row["CMSEQ"]) for row in raw_copy.rows["cm"] if row["USUBJID"] == subject]
    raw_copy.rows["cm"].append(
        therapy
        | {
            "USUBJID": subject,
            "CMSEQ": str(max(taken) + 1),
            "CMSTDTC": first["RSDTC"],
            "CMENDTC": "",
        }
    )
    planted = (subject, float(first["VISITNUM"]), "PR", "SD")
    assert first["RSDTC"] < second["RSDTC"]
    assert planted in keys(found(raw_copy), UNCONFIRMED) - keys(shipped_list, UNCONFIRMED)


def test_a_best_response_that_the_visits_contradict_is_listed(raw_copy, found, shipped_list):
    """Two complete responses in a row confirm each other, but the laboratory says SD."""
    subject = subject_with(raw_copy, "SD", "SD", "SD")
    rows = course(raw_copy, subject)
    rows[0]["RSSTRESC"] = rows[1]["RSSTRESC"] = "CR"
    new = found(raw_copy)
    planted = (subject, float(rows[0]["VISITNUM"]), "CR", "SD")
    assert keys(new, BEST) - keys(shipped_list, BEST) == {planted}
    assert not [key for key in keys(new, UNCONFIRMED) if key[0] == subject]
    assert len(keys(new, VISIT)) >= len(keys(shipped_list, VISIT)) + 2


def test_a_subject_without_records_has_no_best_response(raw_copy, found, shipped):
    frame = shipped.trial.data.adrs.best.frame
    subject = frame.loc[frame["BESTRESP"] == "PR", "USUBJID"].iloc[0]
    raw_copy.rows["rs"] = [row for row in raw_copy.rows["rs"] if row["USUBJID"] != subject]
    best = found(raw_copy)
    best = best[best["kind"] == BEST].set_index("USUBJID").loc[subject]
    assert (best["INVESTIGATOR"], best["DERIVED"]) == ("NE", "PR")
    assert pd.isna(best["ADT"]) and pd.isna(best["VISITNUM"])


def test_a_record_after_the_cutoff_does_not_count(raw_copy, found, shipped_list):
    subject = subject_with(raw_copy, "SD", "SD", "SD")
    last = course(raw_copy, subject)[-1]
    number = max(int(row["RSSEQ"]) for row in course(raw_copy, subject)) + 1
    raw_copy.rows["rs"].append(
        last
        | {
            "RSSEQ": str(number),
            "RSSTRESC": "CR",
            "RSDTC": "2016-12-24",
            "VISITNUM": "98",
            "VISIT": "LATER",
            "PDIFL": "",
        }
    )
    pd.testing.assert_frame_equal(found(raw_copy), shipped_list)


def test_the_investigator_may_be_primary(raw_copy, found, protocol, shipped_list):
    asked = protocol | {"response": protocol["response"] | {"primary": {"value": "investigator"}}}
    new = found(raw_copy, asked)
    assert set(new["PRIMARY"]) == {"investigator"}
    assert new.drop(columns="PRIMARY").equals(shipped_list.drop(columns="PRIMARY"))


def test_tables_without_a_record_of_the_investigator_are_listed(raw_copy, found):
    raw_copy.rows["rs"] = []
    new = found(raw_copy)
    assert set(new["kind"]) == {BEST} and set(new["INVESTIGATOR"]) == {"NE"}


@pytest.mark.parametrize("cutoff", ["2014-01-01", "2014-07-20", "2014-12-01"])
def test_an_early_cutoff_leaves_a_list(cutoff, raw_copy, found, protocol):
    new = found(raw_copy, protocol | {"trial": protocol["trial"] | {"cutoff": {"value": cutoff}}})
    assert tuple(new) == COLUMNS
    assert (new["ADT"].dropna() <= pd.Timestamp(cutoff)).all()


# The auditor's file


def test_the_report_counts_each_kind(shipped_list):
    counts = Counter(shipped_list["kind"])
    assert report(shipped_list) == (
        f"disagreements: {VISIT} {counts[VISIT]}, {UNCONFIRMED} {counts[UNCONFIRMED]}, "
        f"{BEST} {counts[BEST]}"
    )


def test_the_command_writes_the_list_and_says_how_many(root, tmp_path, shipped_list):
    shutil.copytree(root / "data/raw", tmp_path / "data/raw")
    shutil.copytree(root / "analysis", tmp_path / "analysis")
    said = subprocess.run(
        [sys.executable, "-m", "tracedtrial.checks.disagreements"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == report(shipped_list) + "\n"
    with (tmp_path / "build/audit/disagreements.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["USUBJID"] for row in rows] == shipped_list["USUBJID"].tolist()
    assert list(rows[0]) == list(COLUMNS)


def test_a_bad_table_stops_the_command_with_one_line(root, tmp_path, raw_copy):
    raw_copy.rows["rs"][0]["RSSTRESC"] = "GOOD"
    raw_copy.write()
    shutil.copytree(root / "analysis", tmp_path / "analysis")
    said = subprocess.run(
        [sys.executable, "-m", "tracedtrial.checks.disagreements"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2 and said.stdout == ""
    assert said.stderr.startswith("RSSTRESC must be ") and said.stderr.count("\n") == 1
    assert not (tmp_path / "build/audit").exists()
