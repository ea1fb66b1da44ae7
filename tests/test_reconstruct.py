"""The synthetic raw tables: made again byte for byte, and as messy as `data/README.md` says."""

import csv
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[1] / "data"
DOMAINS = ("dm", "sc", "cm", "ex", "ae", "lb", "rs", "ds", "ss")
CUT_OFF = "2016-11-30"


def rows(domain: str) -> list[dict[str, str]]:
    with (DATA / "raw" / f"{domain}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_subject(domain: str) -> dict[str, list[dict[str, str]]]:
    grouped = defaultdict(list)
    for row in rows(domain):
        grouped[row["USUBJID"]].append(row)
    return grouped


@pytest.fixture(scope="module")
def subjects() -> dict[str, dict[str, str]]:
    return {row["USUBJID"]: row for row in rows("dm")}


@pytest.fixture(scope="module")
def first_dose() -> dict[str, str]:
    return {
        subject: min(row["EXSTDTC"] for row in doses if row["EXADM"] != "0")
        for subject, doses in by_subject("ex").items()
    }


@pytest.mark.parametrize(
    "surroundings",
    [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
    ],
)
def test_the_raw_tables_are_made_again_byte_for_byte(tmp_path, surroundings):
    subprocess.run(
        [sys.executable, "-B", "-W", "error", str(DATA / "reconstruct.py"), "made"],
        check=True,
        cwd=tmp_path,
        env=os.environ | surroundings,
        timeout=120,
    )
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == sorted(
        f"{domain}.csv" for domain in DOMAINS
    )
    for domain in DOMAINS:
        made = (tmp_path / "made" / f"{domain}.csv").read_bytes()
        assert made == (DATA / "raw" / f"{domain}.csv").read_bytes(), domain


def test_a_plan_that_misses_a_published_number_is_refused(tmp_path):
    for name in ("reconstruct.py", "published.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    (tmp_path / "reconstruction").symlink_to(DATA / "reconstruction")
    published = (tmp_path / "published.csv").read_text(encoding="utf-8")
    changed = published.replace("response.rp2d.orr.percent,48%", "response.rp2d.orr.percent,52%")
    assert changed != published
    (tmp_path / "published.csv").write_text(changed, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-B", str(tmp_path / "reconstruct.py"), "made"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode != 0
    assert "response.rp2d.orr.percent must be 52%, but the plan gives 48%" in run.stderr
    assert not (tmp_path / "made").exists()


def test_thirty_two_subjects_are_treated_in_the_cohorts_of_the_trial(subjects):
    assert len(subjects) == len(rows("dm")) == 32
    assert Counter((s["ARMCD"], s["COHORT"]) for s in subjects.values()) == {
        ("DL1", "1"): 3,
        ("DL1", "2"): 4,
        ("DL2", "3"): 3,
        ("DL2", "4"): 3,
        ("DL2", "EXPANSION"): 19,
    }


def test_every_subject_is_lenalidomide_refractory(subjects):
    refractory = {
        row["USUBJID"]
        for row in rows("cm")
        if row["CMDECOD"] == "LENALIDOMIDE" and row["CMREFRFL"] == "Y"
    }
    assert refractory == set(subjects)


@pytest.mark.parametrize("domain", DOMAINS)
def test_keys_are_unique_and_belong_to_a_subject(domain, subjects):
    sequence = "SUBJID" if domain == "dm" else f"{domain.upper()}SEQ"
    keys = [(row["USUBJID"], row[sequence]) for row in rows(domain)]
    assert len(set(keys)) == len(keys)
    assert {subject for subject, _ in keys} <= set(subjects)
    assert {row["DOMAIN"] for row in rows(domain)} == {domain.upper()}


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_date_is_after_the_cut_off_or_the_subject_s_death(domain, subjects):
    for row in rows(domain):
        last = subjects[row["USUBJID"]]["DTHDTC"] or CUT_OFF
        dates = [value for name, value in row.items() if name.endswith("DTC") and value]
        assert all(value <= last[: len(value)] for value in dates), row


def test_first_dose_is_the_reference_start_and_screening_comes_before(subjects, first_dose):
    assert {s: row["RFSTDTC"] for s, row in subjects.items()} == first_dose
    screening = [row for row in rows("lb") if row["VISITNUM"] in ("0", "1")]
    assert all(row["LBDTC"] <= first_dose[row["USUBJID"]] for row in screening)
    assert all(row["RSDTC"] > first_dose[row["USUBJID"]] for row in rows("rs"))
    assert {row["USUBJID"] for row in screening} == set(subjects)


def test_a_subject_without_last_dose_has_no_end_of_treatment(subjects):
    ended = {row["USUBJID"] for row in rows("ds") if row["DSSCAT"] == "END OF TREATMENT"}
    assert ended == {s for s, row in subjects.items() if row["RFENDTC"]}
    assert 0 < len(ended) < len(subjects)


def test_a_dose_below_plan_has_a_reason_and_only_that():
    for row in rows("ex"):
        planned = float(row["EXPDOSE"]), int(row["EXPADM"])
        given = float(row["EXDOSE"]), int(row["EXADM"])
        assert (given != planned) == (row["EXADJ"] != ""), row
        assert (given[0] == 0) == (given[1] == 0), row


def test_a_laboratory_value_stands_in_one_place():
    for row in rows("lb"):
        filled = [name for name in ("LBSTRESC", "LBSTRESN", "LBSTAT") if row[name]]
        assert len(filled) == 1, row


def test_no_table_holds_an_answer():
    columns = {name for domain in DOMAINS for name in rows(domain)[0]}
    assert not columns & {"BOR", "BESTRESP", "CONFIRM", "RESPONDER", "PFS", "OS", "FOLLOWUP"}
    assert {row["RSEVAL"] for row in rows("rs")} == {"INVESTIGATOR"}


def test_no_related_severe_event_of_cycle_1_goes_without_the_flag(first_dose):
    flagged = Counter(row["USUBJID"] for row in rows("ae") if row["AEDLTFL"] == "Y")
    assert flagged == {"RECON-IPD-001-001": 4, "RECON-IPD-001-004": 3}
    for row in rows("ae"):
        grade, blood = int(row["AETOXGR"]), row["AEBODSYS"].startswith("Blood")
        limits = grade == 4 if blood and row["AEDECOD"] != "Febrile neutropenia" else grade >= 3
        if len(row["AESTDTC"]) == 10 and limits and row["AEREL"] == "RELATED":
            start = date.fromisoformat(first_dose[row["USUBJID"]])
            first_28_days = row["AESTDTC"] < (start + timedelta(days=28)).isoformat()
            assert first_28_days == (row["AEDLTFL"] == "Y"), row


def test_one_subject_left_in_cycle_1_without_response_values(first_dose):
    seen_later = {row["USUBJID"] for row in rows("lb") if row["VISITNUM"] not in ("0", "1")}
    (left,) = set(first_dose) - seen_later
    doses = by_subject("ex")[left]
    assert {row["EXCYCLE"] for row in doses} == {"1"}
    assert {row["EXADJ"] for row in doses} == {"WITHDRAWAL BY SUBJECT"}


def test_events_recur_and_change_grade():
    grades = defaultdict(list)
    for row in rows("ae"):
        grades[row["USUBJID"], row["AEDECOD"]].append(row["AETOXGR"])
    assert sum(len(found) > 1 for found in grades.values()) > 50
    assert sum(len(set(found)) > 1 for found in grades.values()) > 30
    assert {row["AETOXGR"] for row in rows("ae")} == {"1", "2", "3", "4", "5"}


SLIPS = [  # as data/README.md lists them
    ("ae", "004-004", "AEDECOD", "Constipation", "AEREL", "RELATED"),
    ("ae", "004-005", "AEDECOD", "Fatigue", "AEOUT", "NOT RECOVERED/NOT RESOLVED"),
    ("lb", "003-007", "LBTESTCD", "HGB", "LBSTRESN", "118"),
    ("sc", "001-012", "SCTESTCD", "GAIN1Q", "SCDTC", "2016-01-25"),
]


@pytest.mark.parametrize("domain, subject, name, code, column, entered", SLIPS)
def test_a_slip_stands_once_on_purpose(domain, subject, name, code, column, entered, first_dose):
    found = [row for row in by_subject(domain)[f"RECON-IPD-{subject}"] if row[name] == code]
    slips = [
        row
        for row in found
        if row[column] == entered
        and (domain != "ae" or row["AESTDTC"] < first_dose[row["USUBJID"]])
    ]
    assert len(slips) == 1
    dictionary = (DATA / "README.md").read_text(encoding="utf-8")
    assert subject in dictionary.split("**Messy on purpose.**")[1].split("\n\n")[0]


def test_an_event_is_over_exactly_if_it_has_an_end():
    over = {"RECOVERED/RESOLVED", "FATAL"}
    ended = [row for row in rows("ae") if row["AEENDTC"]]
    (slip,) = [row for row in ended if row["AEOUT"] not in over]
    assert (slip["USUBJID"], slip["AEDECOD"]) == ("RECON-IPD-004-005", "Fatigue")
    assert {row["AEOUT"] for row in ended if row is not slip} == over
    assert {row["AEOUT"] for row in rows("ae") if not row["AEENDTC"]} == {
        "NOT RECOVERED/NOT RESOLVED",
        "RECOVERING/RESOLVING",
    }


def test_events_of_one_term_do_not_overlap():
    found = defaultdict(list)
    for row in rows("ae"):
        found[row["USUBJID"], row["AEDECOD"]].append((row["AESTDTC"], row["AEENDTC"]))
    for key, events in found.items():
        for (_, end), (start, _) in zip(sorted(events), sorted(events)[1:]):
            assert end and end[: len(start)] <= start, key


def test_no_event_began_before_consent(subjects):
    for row in rows("ae"):
        assert row["AESTDTC"] >= subjects[row["USUBJID"]]["RFICDTC"][: len(row["AESTDTC"])], row


def test_the_death_on_study_has_its_fatal_event(subjects):
    (fatal,) = [row for row in rows("ae") if row["AEOUT"] == "FATAL" or row["AETOXGR"] == "5"]
    dead = subjects[fatal["USUBJID"]]
    assert (fatal["AEOUT"], fatal["AETOXGR"], fatal["AESER"]) == ("FATAL", "5", "Y")
    assert fatal["AEENDTC"] == dead["DTHDTC"]
    assert (date.fromisoformat(dead["DTHDTC"]) - date.fromisoformat(dead["RFENDTC"])).days <= 30


def test_all_tables_date_a_death_alike(subjects):
    died = {s: row["DTHDTC"] for s, row in subjects.items() if row["DTHFL"]}
    assert {r["USUBJID"]: r["DSSTDTC"] for r in rows("ds") if r["DSDECOD"] == "DEATH"} == died
    assert {r["USUBJID"]: r["SSDTC"] for r in rows("ss") if r["SSSTRESC"] == "DEAD"} == died


def test_the_last_contact_of_the_living_is_the_last_that_is_known(subjects):
    alive = {
        s: max((r["SSDTC"] for r in found if r["SSSTRESC"] == "ALIVE"), default="")
        for s, found in by_subject("ss").items()
    }
    for domain in set(DOMAINS) - {"ds", "ss"}:
        for row in rows(domain):
            if not subjects[row["USUBJID"]]["DTHFL"]:
                last = alive[row["USUBJID"]]
                dates = [value for name, value in row.items() if name.endswith("DTC") and value]
                assert all(value <= last[: len(value)] for value in dates), row


def test_the_declared_parameter_is_measurable_at_baseline(first_dose):
    declared = {r["USUBJID"]: r["SCSTRESC"] for r in rows("sc") if r["SCTESTCD"] == "MEASDIS"}
    base = {
        (r["USUBJID"], r["LBTESTCD"]): float(r["LBSTRESN"])
        for r in rows("lb")
        if r["LBSTRESN"] and r["LBDTC"] <= first_dose[r["USUBJID"]]
    }
    for subject, kind in declared.items():
        chains = sorted(base[subject, test] for test in ("KAPPA", "LAMBDA"))
        ratio = base[subject, "KAPPA"] / base[subject, "LAMBDA"]
        assert {
            "SERUM": base[subject, "MPROTS"] >= 1,
            "URINE": base[subject, "MPROTU"] >= 200,
            "FLC": chains[1] >= 100 and not 0.26 <= ratio <= 1.65,
        }[kind], subject


def test_urine_is_collected_with_the_serum_but_once():
    tests = defaultdict(set)
    for row in rows("lb"):
        if row["LBSTRESN"]:
            tests[row["USUBJID"], row["VISITNUM"]].add(row["LBTESTCD"])
    kinds = {r["USUBJID"]: r["SCSTRESC"] for r in rows("sc") if r["SCTESTCD"] == "MEASDIS"}
    lacking = [
        key
        for key, found in tests.items()
        if kinds[key[0]] != "FLC" and "MPROTS" in found and "MPROTU" not in found
    ]
    assert lacking == [("RECON-IPD-003-002", "12")]


def test_dates_are_partial_where_the_dictionary_allows_it_and_nowhere_else():
    allowed = {"AESTDTC", "AEENDTC", "CMSTDTC", "CMENDTC"}
    lengths = defaultdict(set)
    for domain in DOMAINS:
        for row in rows(domain):
            for name, value in row.items():
                if name.endswith("DTC") and value:
                    lengths[name].add(len(value))
    assert {name for name, found in lengths.items() if found != {10}} == allowed
    assert lengths["AESTDTC"] == lengths["CMSTDTC"] == {4, 7, 10}


def test_visits_are_missed_not_done_and_unscheduled():
    numbers = defaultdict(set)
    for row in rows("lb"):
        numbers[row["USUBJID"]].add(float(row["VISITNUM"]))
    cycles = {s: {int(n) for n in found if 1 <= n < 99} for s, found in numbers.items()}
    gaps = {s: sorted(set(range(1, max(found) + 1)) - found) for s, found in cycles.items()}
    assert [7, 8] in gaps.values()
    assert any(n % 1 for found in numbers.values() for n in found)
    assert any(row["LBSTAT"] == "NOT DONE" and row["LBTESTCD"] == "MPROTS" for row in rows("lb"))
    assert any(row["RSSTRESC"] == "NE" for row in rows("rs"))


def test_one_progression_is_shown_by_imaging_alone():
    assert {row["USUBJID"] for row in rows("rs") if row["PDIFL"] == "Y"} == {"RECON-IPD-003-005"}
    assert all(row["RSSTRESC"] == "PD" for row in rows("rs") if row["PDIFL"] == "Y")


def test_one_subject_died_within_30_days_of_the_last_dose(subjects):
    days = [
        (date.fromisoformat(s["DTHDTC"]) - date.fromisoformat(s["RFENDTC"])).days
        for s in subjects.values()
        if s["DTHFL"]
    ]
    assert len(days) > 5
    assert sum(0 <= d <= 30 for d in days) == 1


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_dictionary_lists_the_columns_in_order_and_quotes_a_row(domain):
    dictionary = (DATA / "README.md").read_text(encoding="utf-8")
    section = dictionary.split(f"\n## {domain}: ")[1].split("\n## ")[0]
    listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert ["STUDYID", "DOMAIN", "USUBJID", *listed] == list(rows(domain)[0])
    example = section.split("```")[1].strip().splitlines()
    lines = (DATA / "raw" / f"{domain}.csv").read_text(encoding="utf-8").splitlines()
    assert example[0] == lines[0] and example[1] in lines[1:]
