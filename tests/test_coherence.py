"""`tracedtrial.checks.coherence`: ledger numbers that must agree; a fault planted for each rule."""

import json
import re
import shutil

import pytest

from tracedtrial.analyses.writing import write_results
from tracedtrial.checks import coherence
from tracedtrial.checks.coherence import RULES, incoherences
from tracedtrial.checks.forms import SPELLED
from tracedtrial.record.ledger.rows import ledger_row
from tracedtrial.record.words.spelling import spelled


@pytest.fixture(scope="session")
def ledger(shipped, tmp_path_factory):
    """The ledger's rows of data and protocol, made in this process from the shipped tables."""
    folder = tmp_path_factory.mktemp("build")
    write_results(shipped.trial, folder)
    made = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    display = shipped.trial.protocol["display"]
    return {
        "numbers": {row["id"]: ledger_row(row, display, made["inputs"]) for row in made["numbers"]}
    }


def with_cells(ledger: dict, changes: dict[str, dict]) -> dict:
    """A copy of the ledger with cells of some rows changed."""
    numbers = dict(ledger["numbers"])
    for id, cells in changes.items():
        numbers[id] = numbers[id] | cells
    return {"numbers": numbers}


def test_the_shipped_ledger_is_coherent(ledger, protocol):
    assert incoherences(ledger, protocol) == []


# One fault a rule

FAULTS = {
    "n above N": (
        {"pfs.at_risk.m0": {"n": 33, "value": 33, "text": "33"}},
        "pfs.at_risk.m0: 33 of 32",
    ),
    "a count without its noun": (
        {"population.treated.n": {"forms": {"words": "thirty-two", "Words": "Thirty-two"}}},
        "population.treated.n: form counted, '32 patients', is absent",
    ),
    "a count of days without its noun": (
        {"cycle.days": {"forms": {"words": "twenty-eight", "Words": "Twenty-eight"}}},
        "cycle.days: form noun, 'days', is absent",
    ),
    "a noun of something else": (
        {"population.treated.n": {"forms": {"noun": "events"}}},
        "population.treated.n: 'events' is no form of '32'",
    ),
    "a plural of one": (
        {"response.dl1.orr.n": {"text": "1", "forms": {"noun": "patients"}}},
        "response.dl1.orr.n: 'patients' is no form of '1'",
    ),
    "a noun that is not counted": (
        {"dlt.dl1.first_cohort.n": {"forms": {"counted": "1/3 patients"}}},
        "dlt.dl1.first_cohort.n: '1/3 patients' is no form of '1/3'",
    ),
    "a count without its words": (
        {"population.rp2d.n": {"forms": {"noun": "patients", "counted": "25 patients"}}},
        "population.rp2d.n: form words, 'twenty-five', is absent",
    ),
    "a capital that is none": (
        {"population.rp2d.n": {"forms": {"words": "twenty-five", "Words": "twenty-five"}}},
        "population.rp2d.n: 'twenty-five' is no form of '25'",
    ),
    "a percentage without its bare form": (
        {"response.rp2d.orr.percent": {"forms": {}}},
        "response.rp2d.orr.percent: form bare, '48', is absent",
    ),
    "a form of no kind": (
        {"followup.median.months": {"forms": {"noun": "months"}}},
        "followup.median.months: 'months' is no form of '11.9'",
    ),
    "a percentage of something else": (
        {"response.rp2d.orr.percent": {"value": 44.0, "text": "44%"}},
        "response.rp2d.orr.percent: 44% is not 12/25",
    ),
    "a percentage of no patient": (
        {"safety.serious.percent": {"n": 0, "denominator": 0}},
        "safety.serious.percent: 34% is not 0/0",
    ),
    "a percentage and its count": (
        {"safety.serious.percent": {"n": 12, "value": 37.5, "text": "38%"}},
        "safety.serious.percent: of 12/32, but its count of 11/32",
    ),
    "a text that is not its value": (
        {"followup.median.months": {"text": "12.0"}},
        "followup.median.months: '12.0' is not the value, 11.9260780287",
    ),
    "a bound that is not its value": (
        {"os.median.ci": {"text": "12.5–NE"}},
        "os.median.ci: '12.5–NE' is not the value, [12.5503080082, None]",
    ),
    "a list that lacks a name": (
        {"safety.most_common": {"text": "anemia, neutropenia, and infections"}},
        "safety.most_common: 'anemia, neutropenia, and infections' is not the value, "
        "['anemia', 'neutropenia', 'thrombocytopenia', 'infections']",
    ),
    "a list of nothing": (
        {"safety.most_common": {"value": []}},
        "safety.most_common: 'anemia, neutropenia, thrombocytopenia, and infections' is not the "
        "value, []",
    ),
    "a text of another form": (
        {"response.rp2d.orr.percent": {"text": "48"}},
        "response.rp2d.orr.percent: '48' is no text of percentage",
    ),
    "a value that is not its n": (
        {"safety.serious.n": {"value": 12, "text": "12"}},
        "safety.serious.n: value 12, but n 11",
    ),
    "a protocol value": ({"cycle.days": {"text": "21"}}, "cycle.days: '21' is not the value, 28"),
    "a number in other words": (
        {"dlt.dl1.second_cohort.size": {"forms": {"words": "four", "Words": "Four"}}},
        "dlt.dl1.second_cohort.size: 'four' is no form of '3'",
    ),
    "a count of another noun": (
        {"population.treated.n": {"forms": {"noun": "patient", "counted": "32 patient"}}},
        "population.treated.n: 'patient' is no form of '32'",
    ),
    "a noun with another count": (
        {"population.treated.n": {"forms": {"noun": "patients", "counted": "31 patients"}}},
        "population.treated.n: '31 patients' is no form of '32'",
    ),
    "ways off treatment": (
        {"disposition.off.n": {"n": 26}},
        "disposition.off.n: 26, but its 8 parts add up to 27",
    ),
    "a tally of other counts": (
        {"disposition.reasons": {"value": [["progressive disease", 22]]}},
        "disposition.reasons: 'progressive disease in 23, withdrawal by subject in 2, adverse "
        "event in 1, and physician decision in 1' is not the value, [['progressive disease', 22]]",
    ),
    "a percentage without another sign": (
        {"response.rp2d.orr.percent": {"forms": {"bare": "47"}}},
        "response.rp2d.orr.percent: '47' is no form of '48%'",
    ),
    "best responses": (
        {"response.rp2d.best.sd.n": {"n": 5}},
        "response.rp2d: 25, but its 8 parts add up to 26",
    ),
    "categories of a summary": (
        {"response.rp2d.best.sd.n": {"n": 5}},
        "response.rp2d.dcr.n: 19, but its 6 parts add up to 20",
    ),
    "grades": (
        {"ae.term.anemia.g2.n": {"n": 11}},
        "ae.term.anemia.total.n: 21, but its 4 parts add up to 20",
    ),
    "events of terms": (
        {"ae.term.anemia.total.events": {"n": 34}},
        "ae.class.blood_and_lymphatic_system_disorders.total.events: 112, but its 6 parts add up "
        "to 114",
    ),
    "events of classes": (
        {"ae.overall.total.events": {"n": 9}},
        "ae.overall.total.events: 9, but its 16 parts add up to <ae.overall.total.events>",
    ),
    "dose levels": (
        {"baseline.by.dl1.sex.f.n": {"n": 3}},
        "baseline.sex.f.n: 14, but its 2 parts add up to 15",
    ),
    "dose levels of a population": (
        {"level.dl1.treated.n": {"n": 6}},
        "population.treated.n: 32, but its 2 parts add up to 31",
    ),
    "dose levels of a response": (
        {"response.dl1.orr.n": {"n": 4}},
        "response.evaluable.orr.n: 15, but its 2 parts add up to 16",
    ),
    "cohorts": (
        {"dlt.dl1.second_cohort.n": {"n": 1}},
        "dlt.dl1.total.n: 1, but its 2 parts add up to 2",
    ),
    "cohort sizes": (
        {"dlt.dl1.second_cohort.size": {"n": 2}},
        "dlt.dl1.total.n: 6, but its 2 parts add up to 5",
    ),
    "agreement": (
        {"dlt.disagreement.n": {"n": 1}},
        "dlt.agreement.n: 7, but its 2 parts add up to 8",
    ),
    "reasons to end treatment": (
        {"disposition.off.progressive_disease.n": {"n": 22}},
        "disposition.ongoing.n: 32, but its 9 parts add up to 31",
    ),
    "baseline categories": (
        {"baseline.sex.f.n": {"n": 15}},
        "baseline, all, sex: 33 patients with a value or without, of 32",
    ),
    "an interval beside its estimate": (
        {"response.rp2d.orr.ci": {"value": [49.0, 68.7], "text": "49.0–68.7%"}},
        "response.rp2d.orr.ci: 49.0–68.7% does not contain 48.0",
    ),
    "an interval of a median": (
        {"pfs.median.ci": {"value": [8.5, None], "text": "8.5–NE"}},
        "pfs.median.ci: 8.5–NE does not contain 8.41067761807",
    ),
    "a range beside its median": (
        {"baseline.age.range": {"value": [62.0, 76.0], "text": "62–76"}},
        "baseline.age.range: 62–76 does not contain 61.5",
    ),
    "an interval upside down": (
        {"pfs.m6.ci": {"value": [77.8, 43.4], "text": "77.8–43.4%"}},
        "pfs.m6.ci: 77.8–43.4% does not contain 63.2783454663",
    ),
    "a population in its set": (
        {"population.rp2d.n": {"n": 32}},
        "population.rp2d.n: 32, but only 31 of population.evaluable.n, which contains it",
    ),
    "a response in a wider population": (
        {"response.evaluable.orr.n": {"n": 16}},
        "response.evaluable.orr.n: 16, but only 15 of response.treated.orr.n, which contains it",
    ),
    "a response in a wider response": (
        {"response.rp2d.vgpr.n": {"n": 13}},
        "response.rp2d.vgpr.n: 13, but only 12 of response.rp2d.orr.n, which contains it",
    ),
    "a term in its class": (
        {"ae.term.anemia.total.n": {"n": 30}},
        "ae.term.anemia.total.n: 30, but only 29 of "
        "ae.class.blood_and_lymphatic_system_disorders.total.n, which contains it",
    ),
    "a group in all events": (
        {"ae.group.infections.total.n": {"n": 32}},
        "ae.group.infections.total.n: 32, but only 31 of ae.overall.total.n, which contains it",
    ),
    "more patients than events": (
        {"ae.group.neuropathy.total.n": {"n": 3}},
        "ae.group.neuropathy.total.n: 3, but only 2 of ae.group.neuropathy.total.events, "
        "which contains it",
    ),
    "more at risk later": (
        {"pfs.at_risk.m6": {"n": 24}},
        "pfs.at_risk.m6: 24, but only 23 of pfs.at_risk.m3, which contains it",
    ),
    "deaths": (
        {"disposition.deaths_on_study.n": {"n": 10}},
        "disposition.deaths_on_study.n: 10, but only 9 of disposition.deaths.n, which contains it",
    ),
    "two ids for one statistic": (
        {"safety.serious.n": {"keys": {"table": "safety", "row": "severe", "statistic": "n"}}},
        "safety.severe.n: the same keys and population as safety.serious.n",
    ),
}


@pytest.mark.parametrize("changes, finding", FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found(ledger, protocol, changes, finding):
    finding = re.sub("<(.+)>", lambda id: ledger["numbers"][id[1]]["text"], finding)
    assert finding in incoherences(with_cells(ledger, changes), protocol)


def records(ledger: dict, id: str, role: str, patients: int) -> dict:
    """The row's records with another number of patients in a role."""
    held = ledger["numbers"][id]["records"]
    return {id: {"records": held | {role: held.get(role, {}) | {"patients": patients}}}}


@pytest.mark.parametrize(
    "id, role, patients, finding",
    [
        ("response.rp2d.orr.n", "supports", 11, "11 patients in the records that support 12"),
        (
            "response.rp2d.orr.n",
            "population",
            24,
            "24 patients in the records of a population of 25",
        ),
        ("dlt.dl1.first_cohort.n", "supports", 2, "2 patients in the records that support 1"),
        (
            "dlt.dl1.first_cohort.size",
            "population",
            2,
            "2 patients in the records of a population of 3",
        ),
        ("population.rp2d.n", "population", 26, "26 patients in the records of a population of 25"),
        ("disposition.ongoing.n", "supports", 4, "4 patients in the records that support 5"),
    ],
)
def test_records_of_other_patients_than_are_counted_are_found(
    ledger, protocol, id, role, patients, finding
):
    changed = with_cells(ledger, records(ledger, id, role, patients))
    assert f"{id}: {finding}" in incoherences(changed, protocol)


def test_a_size_is_of_itself(ledger, protocol):
    changed = with_cells(ledger, {"level.dl1.treated.n": {"n": 6, "value": 6, "text": "6"}})
    assert "level.dl1.treated.n: 6 of 7, which are the same patients" in incoherences(
        changed, protocol
    )


def test_an_id_that_begins_another_is_found(ledger, protocol):
    row = ledger["numbers"]["population.treated.n"] | {"keys": {}}
    changed = {"numbers": ledger["numbers"] | {"population.treated": row}}
    assert "population.treated: the beginning of population.treated.n" in incoherences(
        changed, protocol
    )


def test_words_are_spelled_as_elsewhere_and_by_another_route():
    assert SPELLED == [spelled(number) for number in range(100)]
    assert spelled(len(SPELLED)) is None


def test_the_noun_is_that_of_the_unit_or_without_one_of_the_statistic(ledger, protocol):
    counts = {"population.treated.n": ("patients", ""), "cycle.days": ("protocol value", "days")}
    for id, (statistic, unit) in counts.items():
        row = ledger["numbers"][id]
        assert (row["statistic"], row["unit"]) == (statistic, unit)
        forms = {name: row["forms"][name] for name in ("words", "Words")}
        found = incoherences(with_cells(ledger, {id: {"forms": forms}}), protocol)
        assert len(found) == 2 and all(line.startswith(f"{id}: form ") for line in found)


def test_a_total_without_its_row_is_found(ledger, protocol):
    numbers = {id: row for id, row in ledger["numbers"].items() if id != "ae.term.anemia.total.n"}
    assert "ae.term.anemia.total.n: None, but its 4 parts add up to 21" in incoherences(
        {"numbers": numbers}, protocol
    )


def test_every_rule_finds_a_fault_of_this_file(ledger, protocol):
    changed = with_cells(
        ledger, {id: cells for changes, _ in FAULTS.values() for id, cells in changes.items()}
    )
    changed = with_cells(changed, records(ledger, "safety.severe.n", "supports", 1))
    assert [rule.__name__ for rule in RULES if not list(rule(changed["numbers"], protocol))] == []


# What is not estimable


@pytest.mark.parametrize(
    "cells",
    [
        {"value": None, "text": "NE"},
        {"value": [None, None], "text": "NE"},
        {"value": [5.0, None], "text": "5.0–NE"},
    ],
)
def test_an_interval_that_is_not_estimable_is_coherent(ledger, protocol, cells):
    changed = with_cells(ledger, {"os.median.ci": cells})
    assert incoherences(changed, protocol) == incoherences(ledger, protocol)


def test_a_list_of_nothing_prints_none(ledger, protocol):
    changed = with_cells(ledger, {"safety.most_common": {"value": [], "text": "none"}})
    assert incoherences(changed, protocol) == incoherences(ledger, protocol)


# On the command line


def exit_status(monkeypatch, folder, ledger, root) -> int:
    (folder / "build").mkdir()
    if ledger:
        (folder / "build/numbers.json").write_text(json.dumps(ledger))
    (folder / "analysis").mkdir()
    shutil.copy(root / "analysis/protocol.yaml", folder / "analysis")
    monkeypatch.chdir(folder)
    return coherence.main()


def test_a_coherent_ledger_ends_with_status_0_and_a_report(monkeypatch, tmp_path, ledger, root):
    assert exit_status(monkeypatch, tmp_path, ledger, root) == 0
    assert (tmp_path / "build/audit/coherence.txt").read_text() == (
        f"{len(ledger['numbers'])} numbers, 0 incoherences\n"
    )


def test_a_finding_ends_with_status_1_and_a_line(monkeypatch, tmp_path, ledger, root, capsys):
    changes, finding = FAULTS["deaths"]
    assert exit_status(monkeypatch, tmp_path, with_cells(ledger, changes), root) == 1
    assert finding in capsys.readouterr().out.splitlines()
    assert finding in (tmp_path / "build/audit/coherence.txt").read_text().splitlines()


def test_a_ledger_that_is_not_there_ends_with_status_2(monkeypatch, tmp_path, root, capsys):
    assert exit_status(monkeypatch, tmp_path, None, root) == 2
    assert capsys.readouterr().err.startswith("build/numbers.json must be a readable ledger")
