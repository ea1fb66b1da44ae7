"""The ledger: every number with its birth certificate, and no patient."""

import csv
import hashlib
import hmac
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tracedtrial.analyses.writing import write_results
from tracedtrial.files import write_text
from tracedtrial.inputs.schema import DOMAINS
from tracedtrial.paths import CODE
from tracedtrial.record.ledger import read_ledger
from tracedtrial.record.ledger.entries import provenance
from tracedtrial.record.ledger.literature import literature_rows
from tracedtrial.record.ledger.making import made_ledger
from tracedtrial.record.ledger.numbers import data_numbers
from tracedtrial.record.ledger.rows import kept_digits, ledger_row, stated_row
from tracedtrial.record.ledger.variables import anchor, used_ids, variable_texts, variables_yaml
from tracedtrial.refusal import Refusal

ROOT = Path(__file__).resolve().parents[1]
FIELDS = {
    "text",
    "forms",
    "value",
    "statistic",
    "unit",
    "population",
    "n",
    "denominator",
    "method",
    "reference",
    "keys",
    "parents",
    "source",
    "section",
    "functions",
    "records",
    "inputs",
}


@pytest.fixture(scope="module")
def folder(shipped, tmp_path_factory) -> Path:
    """A copy of the trial's folder in which results and ledger are made."""
    root = tmp_path_factory.mktemp("trial")
    write_results(shipped.trial, root / "build")
    for name in ("analysis", "manuscript"):
        (root / name).mkdir()
    for name in (
        "analysis/protocol.yaml",
        "manuscript/manuscript.qmd",
        "manuscript/literature.yml",
    ):
        shutil.copy(ROOT / name, root / name)
    write_text(root / "build" / "numbers.json", json.dumps(data_numbers(root)))
    return root


@pytest.fixture(scope="module")
def ledger(folder) -> dict:
    return made_ledger(folder)


@pytest.fixture(scope="module")
def numbers(ledger) -> dict[str, dict]:
    return ledger["numbers"]


def row(text: str = "3", **more: object) -> dict:
    return stated_row(text, 3, source="document", statistic="count", method="counted") | more


# By-hand truth: rows


@pytest.mark.parametrize(
    "value, kept",
    [
        (27.796800966994661, 27.796800967),
        (0.1 + 0.2, 0.3),
        (100.0, 100.0),
        (32, 32),
        (None, None),
        (2 / 3, 0.666666666667),
        ((1 / 3, None), [0.333333333333, None]),
        ("NE", "NE"),
        (123456789012.6, 123456789013.0),
        (1e-20 / 3, 3.33333333333e-21),
        ([3, 4], [3, 4]),
    ],
)
def test_a_value_keeps_twelve_significant_digits(value, kept):
    assert kept_digits(value) == kept


def test_a_row_of_the_ledger_is_the_number_with_its_text(shipped, numbers):
    for id, number in shipped.numbers.items():
        entry = numbers[id]
        assert set(entry) == FIELDS
        assert entry["text"] == shipped.texts[id]
        assert (entry["n"], entry["denominator"]) == (number.n, number.denominator)
        assert entry["value"] == kept_digits(
            list(number.value) if isinstance(number.value, tuple) else number.value
        )


def test_a_text_is_rounded_from_the_whole_value_and_not_from_the_digits_kept():
    kept = {
        "id": "x.y",
        "kind": "months",
        "value": 11.9499999999996,
        "files": [],
        "statistic": "median",
        "unit": "months",
        "population": "treated",
        "n": 1,
        "denominator": 1,
        "method": "",
        "reference": "",
        "keys": {},
        "parents": [],
        "source": "data",
        "section": "",
        "functions": [],
        "records": {},
    }
    made = ledger_row(kept, {"months_decimals": {"value": 1}}, {})
    assert (made["text"], made["value"]) == ("11.9", 11.95)


def test_each_number_of_the_data_names_its_input_files_by_their_sha256(numbers, raw, root):
    response = numbers["response.rp2d.orr.n"]["inputs"]
    assert {Path(name).name for name in response} >= {"lb.csv", "ex.csv", "dm.csv", "sc.csv"}
    assert "ss.csv" not in {Path(name).name for name in response}
    for name, digest in response.items():
        content = (root / "data" / "raw" / Path(name).name).read_bytes()
        assert digest == hashlib.sha256(content).hexdigest()


def test_the_inputs_of_the_ledger_are_every_raw_table_and_the_protocol(ledger, folder):
    assert sorted(Path(name).name for name in ledger["inputs"]) == sorted(
        [f"{domain}.csv" for domain in DOMAINS] + ["protocol.yaml"]
    )
    assert (
        ledger["inputs"]["analysis/protocol.yaml"]
        == hashlib.sha256((folder / "analysis/protocol.yaml").read_bytes()).hexdigest()
    )


def test_the_ledger_says_that_the_data_are_reconstructed(ledger):
    assert (ledger["schema"], ledger["trial"], ledger["reconstructed"]) == (1, "NCT02119468", True)


def test_each_function_is_found_at_its_lines_with_its_sha256(numbers, root):
    seen = {json.dumps(f, sort_keys=True): f for n in numbers.values() for f in n["functions"]}
    assert len(seen) > 20
    for function in seen.values():
        lines = (CODE / function["file"]).read_text(encoding="utf-8").splitlines(keepends=True)
        source = "".join(lines[function["first_line"] - 1 : function["last_line"]])
        assert source.startswith(f"def {function['name']}(")
        assert hashlib.sha256(source.encode()).hexdigest() == function["sha256"]


def test_every_published_number_is_in_the_ledger_as_printed(numbers, root):
    with (root / "data" / "published.csv").open(encoding="utf-8", newline="") as file:
        for published in csv.DictReader(file):
            assert numbers[published["id"]]["text"] == published["printed"]


# By-hand truth: records and their digest


def digest(root: Path, keys: set[str]) -> str:
    """The keyed digest, computed from the raw files' bytes and the record keys alone."""
    files = [(root / "data" / "raw" / f"{domain}.csv").read_bytes() for domain in DOMAINS]
    secret = hashlib.sha256(b"record digest key\0" + b"\0".join(files)).digest()
    return hmac.new(secret, "\n".join(sorted(keys)).encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "id, domain, sequence, chosen",
    [
        (
            "baseline.refractory.lenalidomide.n",
            "cm",
            "CMSEQ",
            lambda row: row["CMDECOD"] == "LENALIDOMIDE" and row["CMREFRFL"] == "Y",
        ),
        (
            "disposition.off.progressive_disease.n",
            "ds",
            "DSSEQ",
            lambda row: (
                (row["DSSCAT"], row["DSDECOD"]) == ("END OF TREATMENT", "PROGRESSIVE DISEASE")
            ),
        ),
        (
            "exposure.pomalidomide.reduced.n",
            "ex",
            "EXSEQ",
            lambda row: (
                row["EXTRT"] == "POMALIDOMIDE"
                and 0 < float(row["EXDOSE"]) < float(row["EXPDOSE"])
                and row["EXADM"] != "0"
            ),
        ),
        ("dlt.agreement.n", "ae", "AESEQ", lambda row: row["AEDLTFL"] == "Y"),
    ],
)
def test_whoever_has_the_data_can_confirm_the_digest_of_the_records(
    numbers, raw_rows, root, id, domain, sequence, chosen
):
    rows = [row for row in raw_rows[domain] if chosen(row)]
    keys = {f"{domain.upper()}/{row['USUBJID']}/{row[sequence]}" for row in rows}
    supports = numbers[id]["records"]["supports"]
    assert supports["count"] == len(keys) > 5
    assert supports["patients"] == len({row["USUBJID"] for row in rows})
    assert supports["digest"] == digest(root, keys)
    assert supports["set"] == supports["digest"][:16]


def test_another_byte_in_a_raw_file_gives_another_digest(raw_copy, outcome, numbers, tmp_path):
    raw_copy.row("ss", USUBJID="RECON-IPD-001-001", SSSEQ="1")["SSDTC"] = "2014-09-05"
    write_results(outcome(raw_copy.write()).trial, tmp_path / "build")
    made = json.loads((tmp_path / "build" / "results.json").read_text(encoding="utf-8"))
    changed = next(n for n in made["numbers"] if n["id"] == "dlt.agreement.n")["records"]
    before = numbers["dlt.agreement.n"]["records"]
    assert changed["supports"]["count"] == before["supports"]["count"]
    assert changed["supports"]["digest"] != before["supports"]["digest"]


# Privacy


def test_the_ledger_holds_no_subject_identifier_and_no_date_of_a_subject(ledger, raw_rows):
    text = json.dumps(ledger, ensure_ascii=False)
    assert not [
        row["USUBJID"] for row in raw_rows["dm"] if row["USUBJID"] in text or row["SUBJID"] in text
    ]
    dates = {
        text
        for rows in raw_rows.values()
        for row in rows
        for name, text in row.items()
        if name.endswith("DTC") and len(text) == 10
    }
    assert len(dates) > 500
    found = set(re.findall(r"\d{4}-\d\d-\d\d", text)) & dates
    assert found <= {ledger["numbers"]["trial.cutoff"]["value"]}


def test_the_variables_and_entries_hold_no_subject_identifier(numbers, raw_rows):
    ids = list(numbers)
    text = variables_yaml(ids, numbers) + provenance(ids, numbers)
    assert not [
        row["USUBJID"] for row in raw_rows["dm"] if row["USUBJID"] in text or row["SUBJID"] in text
    ]


# By-hand truth: variables, anchors, entries


def test_an_anchor_is_the_id_with_hyphens():
    assert anchor("dlt.dl1.first_cohort.n") == "n-dlt-dl1-first-cohort-n"


def test_the_anchors_of_the_ids_are_distinct(numbers):
    assert len({anchor(id) for id in numbers}) == len(numbers)


def test_variables_nest_by_dots_and_forms_are_their_siblings():
    known = {"a.n": row("3", forms={"words": "three", "Words": "Three"}), "a.b.percent": row("48%")}
    assert yaml.safe_load(variables_yaml([], known)) == {
        "a": {"n": "3", "n_words": "three", "n_Words": "Three", "b": {"percent": "48%"}}
    }


def test_only_a_variable_that_is_used_links_to_its_entry():
    known = {"a.n": row("3", forms={"words": "three"}), "b.n": row("4")}
    for used in ("a.n", "a.n_words"):
        assert yaml.safe_load(variables_yaml([used], known)) == {
            "a": {"n": "[3](#n-a-n){.number}", "n_words": "[three](#n-a-n){.number}"},
            "b": {"n": "4"},
        }


def test_the_shipped_ledger_gives_one_variable_for_each_id_and_form(numbers):
    tree = yaml.safe_load(variables_yaml([], numbers))
    for name in variable_texts(numbers):
        node = tree
        for part in name.split("."):
            node = node[part]
        assert isinstance(node, str) and node


def test_the_manuscript_uses_only_numbers_of_the_ledger(numbers, root):
    source = (root / "manuscript" / "manuscript.qmd").read_text(encoding="utf-8")
    names = re.findall(r"\{\{<\s+var\s+(\S+)\s+>\}\}", source)
    ids = used_ids(names, numbers, "manuscript.qmd")
    assert len(ids) > 50 and set(ids) <= set(numbers)
    assert len(ids) == len(set(ids))


def test_an_entry_tells_value_share_population_method_code_and_records():
    function = {"name": "rate", "file": "analysis/x.py", "first_line": 3, "last_line": 9}
    known = {
        "a.n": row(
            "3",
            n=3,
            denominator=25,
            population="rp2d",
            section="response",
            functions=[function],
            source="data",
            records={
                "against": {"count": 2, "patients": 1},
                "supports": {"count": 7, "patients": 3},
            },
        )
    }
    assert provenance(["a.n"], known).splitlines()[2:] == [
        "**From the trial's data**",
        "",
        "[`a.n`]{#n-a-n .entry} **3** --- value 3; n/N 3/25; population rp2d; counted; "
        "asked by `response`; `rate`, `analysis/x.py:3-9`; "
        "records: supports 7 (3 patients), against 2 (1 patients).",
    ]


def test_entries_stand_by_source_and_then_in_order_of_appearance():
    known = {
        id: row(source=source)
        for id, source in (
            ("a.n", "document"),
            ("b.n", "data"),
            ("c.n", "data"),
            ("d.n", "protocol"),
        )
    }
    text = provenance(["c.n", "a.n", "d.n", "b.n"], known)
    assert re.findall(r"^\[`(\S+)`\]", text, re.MULTILINE) == ["c.n", "b.n", "d.n", "a.n"]


def test_literature_is_kept_with_its_citation(numbers):
    assert numbers["lit.paludo2017.orr.percent"]["text"] == "86%"
    assert numbers["lit.paludo2017.orr.percent"]["citation"] == "paludo2017"
    assert {n["source"] for n in numbers.values()} == {
        "data",
        "protocol",
        "literature",
        "document",
        "environment",
    }


def test_reading_gives_the_ledger_back(ledger, tmp_path):
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps(ledger), encoding="utf-8")
    assert read_ledger(path) == ledger


def test_the_same_trial_gives_the_same_bytes(shipped, folder, tmp_path):
    write_results(shipped.trial, tmp_path / "build")
    for path in sorted((tmp_path / "build").rglob("*.*")):
        assert (
            path.read_bytes()
            == (folder / "build" / path.relative_to(tmp_path / "build")).read_bytes()
        ), path.name


# What a changed row changes


def changed_ids(before: dict, after: dict) -> set[str]:
    """Ids of which value, count, denominator or records differ."""

    def state(number: object) -> object:
        return (
            None
            if number is None
            else (
                number.value,
                number.n,
                number.denominator,
                {role: records.tolist() for role, records in number.records.items()},
            )
        )

    return {
        id for id in before.keys() | after.keys() if state(before.get(id)) != state(after.get(id))
    }


def test_one_changed_grade_changes_the_event_numbers_and_no_other(shipped, raw_copy, outcome):
    event = next(
        row
        for row in raw_copy.rows["ae"]
        if row["AEDECOD"] == "Back pain" and row["AETOXGR"] == "2" and row["AESTDTC"] > "2015-06-01"
    )
    event["AETOXGR"] = "3"
    changed = changed_ids(shipped.numbers, outcome(raw_copy.write()).numbers)
    assert "ae.term.back_pain.g3.n" in changed
    assert {id.split(".")[0] for id in changed} <= {"ae", "safety"}
    assert not [id for id in changed if ".group." in id or "infection" in id]


def test_one_lost_partial_response_changes_the_responses_and_no_event_number(
    shipped, raw_copy, outcome
):
    best = shipped.trial.data.adrs.best.frame
    responder = best["USUBJID"][
        (best["BESTRESP"] == "PR") & shipped.trial.populations["rp2d"].members
    ].iloc[0]
    for row in raw_copy.rows["lb"]:
        if (
            row["USUBJID"] == responder
            and row["LBTESTCD"] == "MPROTS"
            and (float(row["VISITNUM"]) >= 2)
        ):
            row["LBSTRESN"] = next(
                r["LBSTRESN"]
                for r in raw_copy.rows["lb"]
                if (r["USUBJID"], r["LBTESTCD"]) == (responder, "MPROTS")
            )
    after = outcome(raw_copy.write())
    assert after.texts["response.rp2d.orr.percent"] == "44%"
    changed = changed_ids(shipped.numbers, after.numbers)
    assert {
        "response.rp2d.orr.n",
        "response.rp2d.orr.ci",
        "response.treated.orr.percent",
        "dor.n",
    } <= changed
    assert {id.split(".")[0] for id in changed} <= {"response", "dor", "ttr", "pfs", "pfs_ema"}


def test_one_changed_contact_changes_survival_and_follow_up_alone(shipped, raw_copy, outcome):
    last = max(
        (row for row in raw_copy.rows["ss"] if row["SSSTRESC"] == "ALIVE"),
        key=lambda row: row["SSDTC"],
    )
    last["SSDTC"] = last["SSDTC"][:8] + "01"
    changed = changed_ids(shipped.numbers, outcome(raw_copy.write()).numbers)
    assert {id.split(".")[0] for id in changed} <= {"os", "followup"}


# Refusal


def test_an_unknown_variable_is_refused():
    with pytest.raises(Refusal) as error:
        used_ids(["a.n", "a.m"], {"a.n": row()}, "manuscript/manuscript.qmd")
    assert str(error.value) == (
        "variable must be in the ledger, but got 'a.m' (manuscript/manuscript.qmd)"
    )


def test_an_anchor_that_Word_would_cut_is_refused():
    at_most, longer = "a." + "b" * 36, "a." + "b" * 37
    assert len(anchor(at_most)) == 40
    assert used_ids([at_most], {at_most: row()}, "x.qmd") == [at_most]
    with pytest.raises(Refusal) as error:
        used_ids([longer], {longer: row()}, "x.qmd")
    assert str(error.value) == (
        f"anchor must have at most 40 characters, but got 'n-a-{'b' * 37}' (x.qmd)"
    )


@pytest.mark.parametrize(
    "content, message",
    [
        (
            "orr.percent: {value: 86, text: 86%, citation: a, what: b}",
            "id must start with lit., but got 'orr.percent' ({path})",
        ),
        (
            "lit.a: {value: 86, text: 86%, citation: a}",
            "lit.a must have value, text, citation, what, but got "
            "{{'value': 86, 'text': '86%', 'citation': 'a'}} ({path})",
        ),
        ("lit.a: 86", "lit.a must have value, text, citation, what, but got 86 ({path})"),
        (
            "lit.a: {value: 1, text: '1', citation: a, what: b}\n"
            "lit.a: {value: 2, text: '2', citation: a, what: b}",
            "{path}: key must be given once, but got 'lit.a' (line 1)",
        ),
        ("- lit.a", "literature must hold entries by id, but got ['lit.a'] ({path})"),
        (
            "lit.a: {value: 1, text: '1', citation: a, what: b}\n"
            "lit.a.b: {value: 2, text: '2', citation: a, what: b}",
            "id must be no prefix of another, but got 'lit.a' (lit.a.b)",
        ),
    ],
)
def test_literature_that_cannot_be_followed_is_refused(tmp_path, content, message):
    path = tmp_path / "literature.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as error:
        literature_rows(path)
    assert str(error.value) == message.format(path=path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"numbers": 3}', "[" * 100_000],
    ids=["nothing", "list", "no numbers", "number", "nesting"],
)
def test_a_file_that_is_no_ledger_is_refused(tmp_path, content):
    path = tmp_path / "ledger.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refusal) as error:
        read_ledger(path)
    assert str(error.value) == f"{path} must be a ledger: JSON with numbers by id"


def test_a_missing_ledger_is_refused(tmp_path):
    with pytest.raises(Refusal) as error:
        read_ledger(tmp_path / "ledger.json")
    assert str(error.value) == (
        f"{tmp_path / 'ledger.json'} must be a readable ledger: No such file or directory"
    )


def test_a_function_is_a_link_to_its_lines_where_the_repository_has_an_address(ledger):
    id = "response.rp2d.orr.percent"
    function = ledger["numbers"][id]["functions"][0]
    place = f"{function['file']}:{function['first_line']}-{function['last_line']}"
    lines = f"{function['file']}#L{function['first_line']}-L{function['last_line']}"
    assert f"`{place}`" in provenance([id], ledger["numbers"])
    linked = provenance([id], ledger["numbers"], "https://example.org/tree/")
    assert f"[`{place}`](https://example.org/tree/{lines})" in linked
