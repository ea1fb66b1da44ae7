"""`audit ars`: the results as a CDISC reporting event, judged by its schema and by the data."""

import copy
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

from tracedtrial.datasets.sources import flat_datasets
from tracedtrial.displays.printed import Numbers
from tracedtrial.displays.tables import TABLES
from tracedtrial.inputs.schema import tables
from tracedtrial.record.ledger.document import variables_used
from tracedtrial.record.ledger.rows import kept_digits, stated_row
from tracedtrial.record.ledger.variables import variable_texts
from tracedtrial.record.provenance import code_reference
from tracedtrial.refusal import Refusal
from tracedtrial.release.ars import reporting_event
from tracedtrial.release.ars.analyses import raw_value
from tracedtrial.release.ars.contents import DISPLAYS
from tracedtrial.release.ars.groupings import PRIOR

SCHEMA = Path(__file__).resolve().parents[2] / "shared/cases/ars/ars_ldm.schema.json"
LEDGER_ONLY = ("records", "functions", "value")


@pytest.fixture(scope="module")
def ledger(shipped) -> dict:
    """The shipped trial's ledger, as far as its data go."""
    rows = {}
    for id, number in shipped.numbers.items():
        row = {
            field.name: getattr(number, field.name)
            for field in dataclasses.fields(number)
            if field.name not in LEDGER_ONLY
        }
        forms = dict.fromkeys(("bare", "words", "Words", "noun", "counted"), "")
        rows[id] = row | {
            "text": shipped.texts[id],
            "value": kept_digits(number.value),
            "forms": forms,
            "records": {},
            "functions": [code_reference(f) for f in number.functions],
        }
    rows["environment.python"] = stated_row(
        "3.11.7", "3.11.7", source="environment", statistic="software version", method=""
    )
    return {"schema": 1, "trial": "NCT02119468", "numbers": rows}


@pytest.fixture(scope="module")
def event(ledger, protocol) -> dict:
    return reporting_event(ledger, protocol)


@pytest.fixture(scope="module")
def data(shipped) -> dict[str, pd.DataFrame]:
    """The datasets that the event names, every cell a text; an empty one is the empty text."""
    frames = flat_datasets(shipped.trial.data)
    frames |= {name: shipped.trial.data.raw.tables[name.lower()] for name in ("CM", "DS")}
    return {
        name: frame.astype(object).where(frame.notna(), "").astype(str)
        for name, frame in frames.items()
    }


def named(event: dict, kind: str) -> dict[str, dict]:
    return {entry["id"]: entry for entry in event[kind]}


def entries(analysis: dict) -> list[str]:
    """The ledger ids of an analysis, one for each of its results."""
    ledger = [
        ref for ref in analysis["documentRefs"] if ref["referenceDocumentId"] == "document.ledger"
    ]
    return ledger[0]["pageRefs"][0]["pageNames"]


def results(event: dict) -> Iterator[tuple[str, dict, dict]]:
    """(ledger id, analysis, result) of every result."""
    for analysis in event["analyses"]:
        ids = entries(analysis)
        assert len(ids) == len(analysis["results"])
        yield from ((id, analysis, result) for id, result in zip(ids, analysis["results"]))


def within(node: object, key: str) -> Iterator[object]:
    """Every value of `key` anywhere in the node."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from within(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from within(value, key)


# The schema


def test_the_event_is_valid_against_the_standard(event):
    if not SCHEMA.is_file():
        pytest.skip("the standard's JSON Schema is not here (shared/cases/ars beside the project)")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    strict = schema["$defs"]["ReportingEvent"] | {"$defs": schema["$defs"]}
    for checked in (schema, strict):
        errors = jsonschema.Draft7Validator(checked).iter_errors(event)
        assert [f"{e.json_path}: {e.message}" for e in errors] == []


def test_every_id_is_unique_and_every_reference_is_held(event):
    ids = list(within(event, "id"))
    assert [id for id, count in Counter(ids).items() if count > 1] == []
    references = (
        "analysisSetId",
        "dataSubsetId",
        "methodId",
        "groupingId",
        "groupId",
        "operationId",
        "analysisId",
        "outputId",
        "referenceDocumentId",
        "subClauseId",
        "referencedOperationRelationshipId",
        "sponsorTermId",
    )
    for reference in references:
        assert set(within(event, reference)) <= set(ids), reference


# Every printed result


def test_every_number_of_the_data_is_there_exactly_once(event, ledger):
    wanted = {id for id, row in ledger["numbers"].items() if row["source"] == "data"}
    found = Counter(id for id, _, _ in results(event))
    assert set(found) == wanted and set(found.values()) == {1}


def test_every_result_that_the_manuscript_prints_is_there(event, ledger, root):
    names = variables_used((root / "manuscript/manuscript.qmd").read_text(encoding="utf-8"))
    known = variable_texts(ledger["numbers"])
    unknown = [name for name in names if name not in known]
    assert all(name.startswith(("lit.", "document.", "environment.")) for name in unknown)
    printed = {known[name][0] for name in names if name in known}
    found = {id for id, _, _ in results(event)}
    assert {id for id in printed if ledger["numbers"][id]["source"] == "data"} <= found
    assert len(printed & found) > 60


@pytest.mark.parametrize("name", TABLES)
def test_every_number_of_a_table_is_there(name, event, ledger, protocol):
    numbers = ledger["numbers"]
    table = json.loads(TABLES[name](Numbers(numbers, name), protocol).ids)
    printed = {id for ids in within(table, "ids") for id in ids}
    found = {id for id, _, _ in results(event)}
    assert {id for id in printed if numbers[id]["source"] == "data"} <= found
    assert len(printed & found) > 10


def test_a_result_has_the_ledgers_value_and_text(event, ledger):
    for id, _, result in results(event):
        row = ledger["numbers"][id]
        assert result["formattedValue"] == row["text"]
        assert result["rawValue"] == raw_value(row["value"])


def test_a_raw_value_keeps_twelve_digits():
    assert raw_value(200 / 3) == "66.6666666667"
    assert raw_value(0.1 + 0.2) == "0.3"
    assert raw_value([27.796800967, None]) == "27.796800967; NE"
    assert raw_value(None) == "NE"


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"table": "later"},
        {"table": "exposure", "row": "later", "statistic": "median"},
        {"table": "safety", "row": "later", "statistic": "n"},
        {"table": "disposition", "row": "later", "statistic": "n"},
        {"table": "baseline", "level": "all", "characteristic": "later", "statistic": "n"},
        {"table": "os", "statistic": "later"},
    ],
)
def test_an_unknown_statistic_is_an_analysis_of_its_own(keys, ledger, protocol):
    row = ledger["numbers"]["exposure.cycles.median"] | {"keys": keys}
    numbers = ledger["numbers"] | {"later.thing.median": row, "later.word": row}
    event = reporting_event(ledger | {"numbers": numbers}, protocol)
    found = {id: analysis["id"] for id, analysis, _ in results(event)}
    assert found["later.thing.median"] == "analysis.later.thing"
    assert found["later.word"] == "analysis.later.word"


# What an analysis says of itself


def test_every_analysis_names_set_reason_purpose_method_and_program(event, ledger):
    documents = named(event, "referenceDocuments")
    for analysis in event["analyses"]:
        assert analysis["analysisSetId"] and analysis["reason"] and analysis["purpose"]
        code, row = analysis["programmingCode"], ledger["numbers"][entries(analysis)[0]]
        parameters = {entry["name"]: entry["value"][0] for entry in code["parameters"]}
        function = row["functions"][0]
        assert code["context"] == "Python 3.11.7"
        assert documents[code["documentRef"]["referenceDocumentId"]]["location"] == function["file"]
        assert parameters == {name: str(function[name]) for name in parameters}
        assert {"first_line", "last_line", "sha256"} <= set(parameters)


def test_every_result_has_the_groups_of_its_analysis_in_order(event):
    for id, analysis, result in results(event):
        factors = [g["groupingId"] for g in analysis.get("orderedGroupings", [])]
        assert [g["groupingId"] for g in result.get("resultGroups", [])] == factors, id


def test_no_two_results_of_an_analysis_have_operation_and_groups_in_common(event):
    places = Counter(
        (analysis["id"], result["operationId"], json.dumps(result.get("resultGroups")))
        for _, analysis, result in results(event)
    )
    assert set(places.values()) == {1}


def test_an_operation_belongs_to_the_method_of_its_analysis(event):
    methods = {
        method["id"]: {operation["id"] for operation in method["operations"]}
        for method in event["methods"]
    }
    for _, analysis, result in results(event):
        assert result["operationId"] in methods[analysis["methodId"]]


def test_a_percentage_is_that_of_its_numerator_and_denominator(event):
    """The referenced operations, found by the groups that both have, give the raw percentage."""
    roles = {
        relation["id"]: (
            operation["id"],
            relation["operationId"],
            relation["referencedOperationRole"]["controlledTerm"],
        )
        for method in event["methods"]
        for operation in method["operations"]
        for relation in operation.get("referencedOperationRelationships", [])
    }
    analyses, checked = named(event, "analyses"), 0
    for id, analysis, result in results(event):
        if not id.endswith(".percent") or "m6" in id or "m12" in id:
            continue
        parts = {}
        for reference in analysis["referencedAnalysisOperations"]:
            of, other, role = roles[reference["referencedOperationRelationshipId"]]
            if of == result["operationId"]:
                parts[role] = value(analyses[reference["analysisId"]], other, result)
        share = 100 * parts["NUMERATOR"] / parts["DENOMINATOR"]
        assert float(result["rawValue"]) == pytest.approx(share, rel=1e-11)
        checked += 1
    assert checked > 400


def value(analysis: dict, operation: str, like: dict) -> float:
    """The one result of the operation whose groups are all among those of `like`."""
    groups = like.get("resultGroups", [])
    found = [
        result["rawValue"]
        for result in analysis["results"]
        if result["operationId"] == operation
        and all(group in groups for group in result.get("resultGroups", []))
    ]
    assert len(found) == 1
    return float(found[0])


# The metadata are true of the data


def test_a_where_clause_names_a_column_that_exists(event, data):
    conditions = list(within(event, "condition"))
    assert len(conditions) > 60
    for condition in conditions:
        assert condition["variable"] in data[condition["dataset"]], condition
    for entry in [*event["analyses"], *event["analysisGroupings"]]:
        dataset = entry.get("dataset", entry.get("groupingDataset"))
        variable = entry.get("variable", entry.get("groupingVariable"))
        assert dataset is None or variable in data[dataset]


def test_the_data_subset_of_prior_therapy_has_the_raw_tables_word():
    assert PRIOR == tables.PRIOR


def test_an_analysis_set_selects_as_many_patients_as_its_population_has(event, data, ledger):
    sets = named(event, "analysisSets")
    for id, entry in sets.items():
        size = ledger["numbers"][f"population.{entry['name']}.n"]["value"]
        assert len(subjects(entry, sets, data)) == size, id


COUNTED = ("method.count", "method.count_percent", "method.proportion", "method.events")


def test_counting_by_the_metadata_gives_the_results(event, data):
    """Sets, subsets, groups: applied to the datasets they count the patients that are printed."""
    checked, factors = Counter(), named(event, "analysisGroupings")
    for analysis in event["analyses"]:
        if analysis["methodId"] not in COUNTED:
            continue
        records = weighed(event, analysis, data)
        for result in analysis["results"]:
            operation = result["operationId"].rpartition(".")[2]
            if operation in ("n", "events"):
                rows = selected(records, analysis, result, factors, data)
                count = len(rows) if operation == "events" else rows["USUBJID"].nunique()
                assert count == int(result["rawValue"]), result
                checked[analysis["methodId"]] += 1
    assert set(checked) == set(COUNTED) and checked.total() > 500


def subjects(entry: dict, known: dict, data: dict) -> set[str]:
    """Subjects with a record for which a set's clause holds."""
    if "subClauseId" in entry:
        return subjects(known[entry["subClauseId"]], known, data)
    datasets = set(within(entry, "dataset"))
    if len(datasets) == 1 and not list(within(entry, "subClauseId")):
        frame = data[datasets.pop()]
        return set(frame.loc[holds(entry, known, frame), "USUBJID"])
    parts = [subjects(part, known, data) for part in entry["compoundExpression"]["whereClauses"]]
    return set.intersection(*parts)


def holds(entry: dict, known: dict, frame: pd.DataFrame) -> np.ndarray:
    """For which records a where clause holds."""
    if "subClauseId" in entry:
        return holds(known[entry["subClauseId"]], known, frame)
    if "compoundExpression" in entry:
        parts = [holds(part, known, frame) for part in entry["compoundExpression"]["whereClauses"]]
        operator = entry["compoundExpression"]["logicalOperator"]
        return (np.logical_and if operator == "AND" else np.logical_or).reduce(parts)
    condition = entry["condition"]
    cells, asked = frame[condition["variable"]], condition["value"]
    if condition["comparator"] in ("GE", "LE"):
        numbers = pd.to_numeric(cells.replace("", None))
        return (
            (
                numbers >= float(asked[0])
                if condition["comparator"] == "GE"
                else numbers <= float(asked[0])
            )
            .fillna(False)
            .to_numpy(bool)
        )
    among = cells.isin(asked).to_numpy()
    return ~among if condition["comparator"] in ("NE", "NOTIN") else among


def weighed(event: dict, analysis: dict, data: dict) -> pd.DataFrame:
    """The records of an analysis: of its set and its subset."""
    sets, subsets = named(event, "analysisSets"), named(event, "dataSubsets")
    rows = data[analysis["dataset"]]
    rows = rows[rows["USUBJID"].isin(subjects(sets[analysis["analysisSetId"]], sets, data))]
    if "dataSubsetId" in analysis:
        rows = rows[holds(subsets[analysis["dataSubsetId"]], subsets, rows)]
    return rows


def selected(
    rows: pd.DataFrame, analysis: dict, result: dict, factors: dict, data: dict
) -> pd.DataFrame:
    """The records, of those weighed, that are in a result's groups."""
    for group in result.get("resultGroups", []):
        factor = factors[group["groupingId"]]
        if factor["dataDriven"]:
            rows = rows[rows[factor["groupingVariable"]] == group["groupValue"]]
            continue
        clause = next(g for g in factor["groups"] if g["id"] == group["groupId"])
        dataset = next(within(clause, "dataset"))
        if factor["id"] == "grouping.ae_grade":
            highest = rows.groupby("USUBJID")["AETOXGR"].transform("max")
            rows = rows[holds(clause, {}, rows.assign(AETOXGR=highest))]
        elif dataset == analysis["dataset"]:
            rows = rows[holds(clause, {}, rows)]
        else:
            rows = rows[rows["USUBJID"].isin(subjects(clause, {}, data))]
    return rows


# Displays and lists


def test_the_outputs_are_the_tables_and_the_figure(event, root):
    assert set(DISPLAYS) == {*TABLES, "figure-1"}
    for output in event["outputs"]:
        program = output["programmingCode"]["documentRef"]["referenceDocumentId"]
        assert (root / named(event, "referenceDocuments")[program]["location"]).is_file()


def test_the_main_list_names_every_analysis_and_every_output(event):
    listed = event["mainListOfContents"]
    assert set(within(listed, "analysisId")) == {a["id"] for a in event["analyses"]}
    outputs = [output["id"] for output in event["outputs"]]
    assert list(within(listed, "outputId")) == outputs
    assert list(within(event["otherListsOfContents"], "outputId")) == outputs


def test_the_data_are_called_synthetic_where_they_are(event, ledger, protocol):
    assert "Synthetic" in event["description"]
    assert "Synthetic" in next(within(event["globalDisplaySections"], "text"))
    real = protocol | {"trial": protocol["trial"] | {"reconstructed": {"value": False}}}
    assert "ynthetic" not in json.dumps(reporting_event(ledger, real))


def test_no_subject_is_named(event, raw):
    text = json.dumps(event)
    assert not [subject for subject in raw.subjects if subject in text]


# Determinism and refusal


def test_the_bytes_are_the_same_under_every_hash_seed(ledger, root, tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build/ledger.json").write_text(json.dumps(ledger), encoding="utf-8")
    (tmp_path / "analysis").mkdir()
    shutil.copy(root / "analysis/protocol.yaml", tmp_path / "analysis")
    made = []
    for seed in ("1", "2"):
        said = subprocess.run(
            [sys.executable, "-m", "tracedtrial.release.ars"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        made.append((tmp_path / "build/ars.json").read_bytes())
        (tmp_path / "build/ars.json").unlink()
    assert made[0] == made[1] and made[0].endswith(b"\n")
    count = sum(row["source"] == "data" for row in ledger["numbers"].values())
    assert f"{count} results" in said


def test_a_trial_without_a_recommended_level_has_an_empty_set_for_it(ledger, protocol):
    numbers = copy.deepcopy(ledger["numbers"])
    numbers["dlt.rp2d.level"] |= {"value": None, "text": "NE"}
    numbers["dlt.rp2d.level"]["keys"]["level"] = "empty"
    event = reporting_event(ledger | {"numbers": numbers}, protocol)
    clause = named(event, "analysisSets")["set.rp2d"]
    assert list(within(clause, "value"))[-1] == []


def test_numbers_of_one_analysis_from_two_populations_are_refused(ledger, protocol):
    numbers = dict(ledger["numbers"])
    numbers["baseline.sex.m.n"] = numbers["baseline.sex.m.n"] | {"population": "evaluable"}
    with pytest.raises(Refusal) as refused:
        reporting_event(ledger | {"numbers": numbers}, protocol)
    assert str(refused.value).startswith(
        "analysis must have one population, program and grouping, but got 'baseline.sex'"
    )
