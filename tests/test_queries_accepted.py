"""Queries that the protocol accepts: kept or left out, of both derivations, and told of."""

import copy
import csv
import io
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.checks.rederive import _rows_left_out, second_derivation
from tracedtrial.cli import app
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import Questioned, questioned, read_accepted_tables
from tracedtrial.inputs.queries.listing import COLUMNS, listed, report, say_count, written
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.provenance.lineage.proof import Proof, proven
from tracedtrial.provenance.page.checks import CHECKS, FINDINGS, HOLDS, outcomes
from tracedtrial.record.words import printed
from tracedtrial.refusal import Refusal
from tracedtrial.release.bundle.contents import public_outputs

WHY = "The site has confirmed the rows as they stand"
DOUBLED = {"check": "AE-DOUBLED", "rows": "leave out", "why": WHY}


class Folder:
    """A trial's folder with the shipped rows, changed, and a protocol that accepts queries."""

    def __init__(self, root: Path, home: Path, tables, protocol: dict) -> None:
        self.root, self.home, self.tables = root, home, tables
        self.protocol = copy.deepcopy(protocol)

    def accept(self, *entries: dict) -> "Folder":
        self.protocol["queries"] = {"accepted": list(entries)}
        return self

    def asked(self) -> Questioned:
        raw = read_raw_tables(
            self.tables.write(), self.protocol, response_criteria(self.protocol).asks
        )
        return questioned(raw, self.protocol)

    def texts(self) -> dict[str, str]:
        """The numbers of the first derivation as they are printed."""
        trial = derived_trial(self.asked().raw, self.protocol)
        return {
            id: printed(number, self.protocol["display"]) for id, number in results(trial).items()
        }

    def write(self) -> Path:
        """Everything that the second derivation reads, the list of queries with it."""
        (self.home / "analysis").mkdir(exist_ok=True)
        shutil.copy(self.root / "analysis/rederive.sql", self.home / "analysis")
        (self.home / "analysis/protocol.yaml").write_text(
            yaml.safe_dump(self.protocol, sort_keys=False)
        )
        for path, text in written(self.asked(), self.home / "build").items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self.home


@pytest.fixture
def folder(root, tmp_path, raw_copy, protocol) -> Folder:
    return Folder(root, tmp_path, raw_copy, protocol)


def double(tables, domain: str) -> dict[str, str]:
    """The first row of a table a second time, as the last of its patient's."""
    row = dict(tables.rows[domain][0])
    row[f"{domain.upper()}SEQ"] = "99999"
    tables.rows[domain].append(row)
    return row


def double_patient(tables, subject: str, other: str) -> None:
    for rows in tables.rows.values():
        rows += [{**row, "USUBJID": other} for row in rows if row["USUBJID"] == subject]


def open_of(asked: Questioned, check: str) -> list[str]:
    return [
        finding.key
        for finding in asked.findings
        if finding.status == "open" and finding.check.id == check
    ]


# Kept, left out


def test_a_row_of_an_accepted_check_is_kept_and_no_longer_open(folder: Folder) -> None:
    row = double(folder.tables, "ae")
    assert open_of(folder.asked(), "AE-DOUBLED") == [f"AE/{row['USUBJID']}/99999"]
    asked = folder.accept({**DOUBLED, "rows": "keep"}).asked()
    own = [finding for finding in asked.findings if finding.check.id == "AE-DOUBLED"]
    assert [(finding.status, finding.why) for finding in own] == [("accepted, kept", WHY)]
    assert len(asked.raw.tables["ae"]) == len(folder.tables.rows["ae"])


def test_an_impossible_row_that_is_accepted_does_not_stop_the_build(folder: Folder) -> None:
    row = next(row for row in folder.tables.rows["lb"] if row["LBTESTCD"] == "KAPPA")
    row.update(LBSTNRLO="19.4", LBSTNRHI="3.3")
    with pytest.raises(Refusal, match="LB-REFERENCE-REVERSED: The lower reference limit"):
        folder.asked()
    asked = folder.accept({"check": "LB-REFERENCE-REVERSED", "rows": "keep", "why": WHY}).asked()
    assert open_of(asked, "LB-REFERENCE-REVERSED") == []


def test_a_row_left_out_is_in_no_table_and_asked_nothing_more(folder: Folder) -> None:
    double(folder.tables, "ae").update(AEOUT="FATAL", AETOXGR="4")
    folder.tables.rows["ae"][-1].update(AETOXGR=folder.tables.rows["ae"][0]["AETOXGR"])
    before = len(folder.tables.rows["ae"])
    assert open_of(folder.asked(), "AE-FATAL-GRADE")
    asked = folder.accept(DOUBLED).asked()
    assert len(asked.raw.tables["ae"]) == before - 1
    assert not open_of(asked, "AE-FATAL-GRADE")


def test_the_numbers_of_both_derivations_are_those_without_the_rows_left_out(
    folder: Folder, shipped, root
) -> None:
    double(folder.tables, "ae")
    home = folder.accept(DOUBLED).write()
    assert folder.texts() == shipped.texts
    assert second_derivation(home) == second_derivation(root)
    assert _rows_left_out(home) == (
        "1 raw row left out of both derivations, as build/audit/queries.csv lists\n"
    )


def test_a_doubled_patient_left_out_is_gone_from_both_derivations(
    folder: Folder, shipped, root
) -> None:
    subject = folder.tables.rows["dm"][0]["USUBJID"]
    double_patient(folder.tables, subject, f"{subject}-2")
    folder.accept({"check": "DM-DOUBLED", "rows": "leave out", "why": WHY})
    asked = folder.asked()
    assert all(f"{subject}-2" not in set(frame["USUBJID"]) for frame in asked.raw.tables.values())
    assert folder.texts() == shipped.texts
    assert second_derivation(folder.write()) == second_derivation(root)


def test_without_the_list_the_second_derivation_refuses(folder: Folder) -> None:
    double(folder.tables, "ae")
    home = folder.accept(DOUBLED).write()
    (home / "build/audit/queries.csv").unlink()
    with pytest.raises(Refusal) as refused:
        second_derivation(home)
    assert str(refused.value) == (
        "build/audit/queries.csv must list the rows that the protocol "
        "leaves out; run the build first"
    )


def test_a_list_that_leaves_out_other_rows_makes_the_derivations_differ(
    folder: Folder, root
) -> None:
    double(folder.tables, "ae")
    home = folder.accept(DOUBLED).write()
    path, other = home / "build/audit/queries.csv", folder.tables.rows["dm"][5]["USUBJID"]
    key = f"AE/{folder.tables.rows['ae'][0]['USUBJID']}/99999"
    path.write_text(path.read_text().replace(key, f"DM/{other}/1"))
    assert second_derivation(home) != second_derivation(root)


def test_the_row_lineage_holds_among_the_rows_that_are_left(folder: Folder) -> None:
    double(folder.tables, "ae")
    proof = Proof(folder.accept(DOUBLED).write())
    own = read_accepted_tables(
        folder.home / "data/raw", folder.protocol, response_criteria(folder.protocol).asks
    )
    assert len(proof.rows.records) == sum(map(len, own.tables.values()))
    assert [
        job
        for job in proof.jobs(None)
        if job[0] == "delete"
        and job[1] not in {record for frame in own.tables.values() for record in frame.index}
    ] == []
    assert proven(proof, proof.jobs(5)).violations == []


# What the protocol may not say


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"check": "AE-DOUBELD"},
            "queries.accepted.0.check must be a check, but got 'AE-DOUBELD' "
            "(analysis/protocol.yaml; nearest: AE-DOUBLED, EX-DOUBLED, SS-DOUBLED)",
        ),
        (
            {"check": "qqq"},
            "queries.accepted.0.check must be a check, but got 'qqq' (analysis/protocol.yaml)",
        ),
        (
            {"check": "TR-JUMP"},
            "queries.accepted.0.check must be a check that finds a row, but TR-JUMP "
            "finds none (analysis/protocol.yaml)",
        ),
        (
            {"check": "AE-DOUBLED"},
            "queries.accepted.0.check must be a check that finds a row, but "
            "AE-DOUBLED finds none (analysis/protocol.yaml)",
        ),
    ],
)
def test_an_acceptance_that_matches_nothing_is_refused(
    folder: Folder, entry: dict, message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        folder.accept({**DOUBLED, **entry}).asked()
    assert str(refused.value) == message


def test_a_check_is_accepted_once(folder: Folder) -> None:
    double(folder.tables, "ae")
    with pytest.raises(Refusal) as refused:
        folder.accept(DOUBLED, {**DOUBLED, "rows": "keep"}).asked()
    assert str(refused.value) == (
        "queries.accepted.1.check must be accepted once, but got "
        "'AE-DOUBLED' again (analysis/protocol.yaml)"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": "drop"}, "'drop' is not one of ['keep', 'leave out']"),
        ({"why": "so"}, "'so' is too short"),
        (
            {"records": ["AE/1/1"]},
            "Additional properties are not allowed ('records' was unexpected)",
        ),
    ],
)
def test_an_acceptance_says_what_becomes_of_the_rows_and_why(
    folder: Folder, change: dict, said: str
) -> None:
    path = folder.home / "protocol.yaml"
    folder.accept({**DOUBLED, **change})
    path.write_text(yaml.safe_dump(folder.protocol, sort_keys=False))
    with pytest.raises(Refusal) as refused:
        read_protocol(path)
    assert said in str(refused.value) and "queries.accepted[0]" in str(refused.value)


# What is written and said


def test_the_list_tells_check_record_value_rule_and_what_came_of_it(folder: Folder) -> None:
    row = double(folder.tables, "ae")
    asked = folder.accept(DOUBLED).asked()
    told = list(csv.DictReader(io.StringIO(listed(asked.findings))))
    assert tuple(told[0]) == COLUMNS
    (own,) = (found for found in told if found["check"] == "AE-DOUBLED")
    assert own == {
        "check": "AE-DOUBLED",
        "table": "ae",
        "record": f"AE/{row['USUBJID']}/99999",
        "USUBJID": row["USUBJID"],
        "what": "AEDECOD",
        "value": f"{row['AEDECOD']} (first AESEQ 1)",
        "rule": "An event of one grade and the same dates is reported once.",
        "status": "accepted, left out",
        "why": WHY,
    }


def test_a_value_that_a_spreadsheet_would_run_stands_behind_an_apostrophe(folder: Folder) -> None:
    folder.tables.rows["dm"][0]["ARM"] = "=HYPERLINK(1)"
    told = csv.DictReader(io.StringIO(listed(folder.asked().findings)))
    assert [row["value"][:2] for row in told if row["check"] == "DM-ARM-TEXT"] == ["'="]


def test_the_report_counts_and_names_no_subject(folder: Folder) -> None:
    row = double(folder.tables, "ae")
    told = report(folder.accept(DOUBLED).asked())
    assert (
        "AE-DOUBLED: An event of one grade and the same dates is reported once. 1 row of ae "
        f"does otherwise, accepted, left out: {WHY}\n"
    ) in told
    assert told.endswith(" open queries (build/audit/queries.csv), 1 accepted\n")
    assert row["USUBJID"] not in told and "checks asked\n" in told


def test_every_build_says_how_many_queries_are_open(folder: Folder, capsys) -> None:
    home = folder.write()
    say_count(home / "build")
    still = len(folder.asked().findings)
    assert capsys.readouterr().out == (
        f"{still} open {'query' if still == 1 else 'queries'} (build/audit/queries.csv), "
        "0 accepted\n"
    )
    say_count(home / "elsewhere")
    assert capsys.readouterr().out == ""


def test_the_list_is_no_public_output_and_its_report_is_one(folder: Folder) -> None:
    names = public_outputs(folder.write())
    assert "build/audit/queries.txt" in names and "build/audit/queries.csv" not in names


def test_the_page_tells_open_queries_as_findings(folder: Folder, monkeypatch) -> None:
    monkeypatch.setattr(
        "tracedtrial.provenance.page.checks.CHECKS",
        tuple(check for check in CHECKS if check.name == "Queries"),
    )
    double(folder.tables, "ae")
    (outcome,) = outcomes(folder.write())
    assert outcome.word == FINDINGS and " open quer" in outcome.line
    path = folder.home / "build/audit/queries.txt"
    path.write_text("0 open queries (build/audit/queries.csv), 2 accepted\n")
    (outcome,) = outcomes(folder.home)
    assert outcome.word == HOLDS


def test_the_command_lists_rows_and_exits_with_one_while_a_query_is_open(
    folder: Folder, monkeypatch
) -> None:
    row = double(folder.tables, "ae")
    monkeypatch.chdir(folder.write())
    ran = CliRunner().invoke(app, ["queries"])
    assert ran.exit_code == 1
    assert (
        f"AE-DOUBLED: AE/{row['USUBJID']}/99999: AEDECOD {row['AEDECOD']} (first AESEQ 1), open\n"
        in ran.output
    )
