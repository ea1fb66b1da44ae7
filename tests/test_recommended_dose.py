"""The recommended dose: the rule's, or one that the protocol declares with its source."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tracedtrial.analyses.writing import written_results
from tracedtrial.checks.coherence import differing_recommendation, incoherences
from tracedtrial.checks.recommended import resting_populations, unestimable_dose
from tracedtrial.displays.escalation import escalation_table
from tracedtrial.displays.printed import Numbers
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.record.ledger.rows import ledger_row
from tracedtrial.record.provenance import RecordSets
from tracedtrial.refusal import Refusal

DECLARED = {"level": "DL1", "source": "published"}
SHIPPED = Path("data/raw")


@pytest.fixture(scope="module")
def committee(protocol) -> dict:
    """The shipped protocol with another level than the rule's declared."""
    changed = copy.deepcopy(protocol)
    changed["escalation"]["recommended"] = DECLARED
    return changed


@pytest.fixture(scope="module")
def declared(outcome, root, committee):
    return outcome(root / SHIPPED, committee)


@pytest.fixture(scope="module")
def ledger(declared, committee) -> dict:
    return ledger_of(declared)


def ledger_of(outcome) -> dict:
    made = json.loads(
        json.dumps(written_results(outcome.trial, RecordSets(outcome.trial.data.raw)))
    )
    return {
        "numbers": {
            row["id"]: ledger_row(row, outcome.trial.protocol["display"], made["inputs"])
            for row in made["numbers"]
        }
    }


@pytest.fixture
def undecided(raw_copy, outcome):
    """The shipped trial without its last cohort: one of three with a DLT, and no level decided."""
    for row in [row for row in raw_copy.rows["dm"] if row["COHORT"] == "4"]:
        raw_copy.without(row["USUBJID"])
    return outcome(raw_copy.write())


# By-hand truth


def test_without_a_declaration_the_rule_recommends_and_says_so_once(shipped):
    assert shipped.texts["dlt.rp2d.level"] == "dose level 2"
    assert "dlt.rule.level" not in shipped.numbers
    assert shipped.numbers["dlt.rp2d.level"].records["decision"].size


def test_a_declared_level_holds_and_the_rules_answer_stands_beside_it(declared):
    assert declared.texts["dlt.rp2d.level"] == "dose level 1"
    assert declared.texts["dlt.rp2d.ixazomib"] == "3 mg"
    assert declared.texts["dlt.rule.level"] == "dose level 2"


def test_a_declared_level_is_the_protocols_and_rests_on_no_row(declared, shipped):
    for id in ("dlt.rp2d.level", "dlt.rp2d.ixazomib"):
        assert declared.numbers[id].source == "protocol" and not declared.numbers[id].records
    assert declared.numbers["dlt.rp2d.level"].section == "escalation.recommended"
    rule, before = declared.numbers["dlt.rule.level"], shipped.numbers["dlt.rp2d.level"]
    assert rule.source == "data"
    assert list(rule.records["decision"]) == list(before.records["decision"])


def test_the_population_follows_the_declared_level_without_a_decision(declared, shipped):
    frame = declared.trial.data.adsl.frame
    members = declared.trial.populations["rp2d"].members
    assert set(frame.loc[members, "ARMCD"]) == {"DL1"}
    assert "decision" not in declared.trial.populations["rp2d"].records
    assert "decision" in shipped.trial.populations["rp2d"].records


def test_the_rules_decisions_stay_what_they_are(declared, shipped):
    decisions = [id for id in shipped.numbers if id.endswith("_cohort.decision")]
    assert decisions
    assert all(declared.texts[id] == shipped.texts[id] for id in decisions)


def test_the_table_of_the_escalation_prints_both(ledger, committee):
    made = escalation_table(Numbers(ledger["numbers"], "escalation"), committee)
    assert [row.label.text for row in made.rows[-2:]] == [
        "Recommended dose: dose level 1",
        "By the escalation rule: dose level 2",
    ]


# A difference is a finding


def test_a_difference_is_a_finding_that_stops_nothing(ledger, committee):
    assert differing_recommendation(ledger["numbers"], committee) == [
        "dlt.rp2d.level: dose level 1 is declared as recommended (published), but the 3 + 3 rule "
        "gives dose level 2 (dlt.rule.level)"
    ]
    assert incoherences(ledger, committee) == []


def test_agreement_is_no_finding(outcome, root, protocol, shipped):
    agreeing = copy.deepcopy(protocol)
    agreeing["escalation"]["recommended"] = DECLARED | {"level": "DL2"}
    same = ledger_of(outcome(root / SHIPPED, agreeing))["numbers"]
    assert same["dlt.rule.level"]["text"] == same["dlt.rp2d.level"]["text"]
    assert differing_recommendation(same, agreeing) == []
    assert differing_recommendation(ledger_of(shipped)["numbers"], protocol) == []


def test_the_coherence_report_lists_and_counts_it(ledger, committee, tmp_path, root):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/numbers.json").write_text(json.dumps(ledger))
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis/protocol.yaml").write_text(json.dumps(committee))
    run = subprocess.run(
        [sys.executable, "-m", "tracedtrial.checks.coherence"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        env={"PYTHONPATH": str(root)},
    )
    finding, last = run.stdout.splitlines()
    assert run.returncode == 0 and finding.startswith("dlt.rp2d.level: dose level 1 is declared")
    assert last == f"{len(ledger['numbers'])} numbers, 0 incoherences, 1 finding"
    assert (tmp_path / "build/audit/coherence.txt").read_text() == run.stdout


# A recommended dose that is not estimable


def test_a_manuscript_that_rests_on_no_estimable_dose_is_refused(undecided, protocol, tmp_path):
    numbers = ledger_of(undecided)["numbers"]
    assert numbers["dlt.rp2d.level"]["text"] == "NE"
    manuscript = tmp_path / "manuscript.qmd"
    manuscript.write_text(
        "---\ntitle: A\n---\n\nThe dose was {{< var dlt.rp2d.level >}}, given\n"
        "to {{< var population.rp2d.n_words >}} patients.\n\n```{python}\n"
        'table("escalation")\n```\n'
    )
    assert unestimable_dose(manuscript, numbers, protocol) == (
        f"{manuscript.as_posix()}:5:14: dlt.rp2d.level is NE, as the 3 + 3 rule recommends no "
        "level (DL1 1/6, DL2 1/3) and analysis/protocol.yaml declares none "
        "(escalation.recommended), but the manuscript "
        "rests on it in 3 places, first with 'dlt.rp2d.level'"
    )


@pytest.mark.parametrize(
    "text, place",
    [
        ("Of {{< var population.rp2d.n >}} patients.", "1:4"),
        ("It was {{< var response.rp2d.orr.percent >}}.", "1:8"),
        ("A dose of {{< var dlt.rp2d.ixazomib >}}.", "1:11"),
        ("```{python}\ntable('response')\n```", "2:1"),
    ],
)
def test_a_population_or_a_table_that_rests_on_it_is_enough(
    undecided, protocol, tmp_path, text, place
):
    manuscript = tmp_path / "manuscript.qmd"
    manuscript.write_text(text)
    said = unestimable_dose(manuscript, ledger_of(undecided)["numbers"], protocol)
    assert said.startswith(f"{manuscript.as_posix()}:{place}: dlt.rp2d.level is NE")
    assert "in 1 place, first with" in said


def test_a_manuscript_that_does_not_rest_on_it_is_not_refused(
    undecided, shipped, protocol, tmp_path, root
):
    manuscript = tmp_path / "manuscript.qmd"
    manuscript.write_text("Of {{< var population.treated.n >}} patients.\n")
    assert unestimable_dose(manuscript, ledger_of(undecided)["numbers"], protocol) == ""
    shipped_text = root / "manuscript/manuscript.qmd"
    assert unestimable_dose(shipped_text, ledger_of(shipped)["numbers"], protocol) == ""


def test_a_population_within_one_at_the_recommended_level_rests_on_it(protocol):
    changed = copy.deepcopy(protocol)
    changed["populations"]["some"] = {
        "of": "rp2d",
        "label": "some",
        "all": [{"doses": 2}],
        "source": "published",
    }
    assert resting_populations(changed) == {"rp2d", "some"}


# Refusals of the protocol


def test_a_declared_level_that_is_none_of_the_protocol_is_refused(committee, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("analysis").mkdir()
    changed = copy.deepcopy(committee)
    changed["escalation"]["recommended"]["level"] = "DL9"
    Path("analysis/protocol.yaml").write_text(json.dumps(changed))
    with pytest.raises(Refusal) as error:
        read_protocol()
    assert str(error.value) == (
        "escalation.recommended.level must be a dose level of the protocol "
        "(DL1, DL2), but got 'DL9' (analysis/protocol.yaml)"
    )


@pytest.mark.parametrize(
    "entry",
    [
        ("safety", "groups", "infections"),
        ("baseline", "refractory", 0),
        ("drugs", "IXAZOMIB"),
        ("dlt", "definition", "any", 0),
        ("laboratory", "tests", "HGB"),
        ("baseline", "characteristics", 2),
    ],
)
def test_what_may_be_absent_says_why(protocol, tmp_path, monkeypatch, entry):
    monkeypatch.chdir(tmp_path)
    Path("analysis").mkdir()
    changed = copy.deepcopy(protocol)
    node = changed
    for key in entry:
        node = node[key]
    node.pop("why", None)
    node |= {"source": "published"} if "source" in node else {}
    node["may_be_absent"] = True
    Path("analysis/protocol.yaml").write_text(json.dumps(changed))
    with pytest.raises(Refusal, match="'why' is a dependency of 'may_be_absent'"):
        read_protocol()
    node["why"] = "It need not happen"
    Path("analysis/protocol.yaml").write_text(json.dumps(changed))
    assert read_protocol() == changed
