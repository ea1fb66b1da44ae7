"""Planted errors are caught, and a check that sees nothing lets them survive."""

import ast
import random
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from proofs.mutants import battery, code, source
from proofs.mutants import proof as proofs
from proofs.mutants.altered_rows import AlteredRows
from proofs.mutants.examples import fails_its_examples
from proofs.mutants.mutant import BESIDE, CAUGHT, EQUIVALENT, SURVIVED, Mutant, Verdict
from proofs.mutants.operators import planted, sites
from proofs.mutants.replacement import replaced
from proofs.mutants.report import holds, report
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.checks import crosscheck, ledger_check, verify
from tracedtrial.datasets import response_criteria
from tracedtrial.files import sha256
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.schema import read_raw_tables
from tracedtrial.inputs.schema.tables import raw_tables
from tracedtrial.provenance.lineage.mutation import RawRows
from tracedtrial.record.ledger import read_ledger
from tracedtrial.record.words import rounded
from tracedtrial.refusal import Refusal

SAMPLE = 40
COUNTED = proofs.sampled(SAMPLE)


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy of the shipped trial."""
    folder = tmp_path_factory.mktemp("mutants") / "trial"
    for part in ("analysis", "data/raw", "manuscript"):
        shutil.copytree(root / part, folder / part)
    shutil.copy2(root / "data/published.csv", folder / "data")
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("snakemake")),
            "--snakefile",
            str(root / "Snakefile"),
            "--workflow-profile",
            str(root / "profiles/default"),
            "--directory",
            str(folder),
            "build",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def tried(built: Path) -> list[Verdict]:
    """A seeded sample over all kinds, each tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(battery, "SETS", 1)
        patch.setattr(code, "LAW_SAMPLE", 1)
        with proofs.proof(built, COUNTED) as made:
            assert [made.fault(name) for name in made.names] == [""] * len(COUNTED)
            return [made.tried(job) for job in made.jobs]


def test_the_whole_proof_plants_a_thousand_errors_and_more():
    assert sum(proofs.COUNTS.values()) >= 1000


def test_a_seeded_sample_of_every_kind_is_caught(tried):
    assert len(tried) >= SAMPLE
    assert {verdict.fate for verdict in tried} <= {CAUGHT, EQUIVALENT, BESIDE}
    assert not [str(verdict.mutant) for verdict in tried if verdict.fate == SURVIVED]
    others = [verdict for verdict in tried if verdict.mutant.kind != "code"]
    assert all(verdict.fate == CAUGHT for verdict in others)


def test_the_trial_is_as_it_was(built, tried):
    ledger, (again, _) = read_ledger(built / "build/ledger.json"), ledger_check.made_again(built)
    assert {file: sha256(built / file) for file in ledger["inputs"]} == ledger["inputs"]
    assert not list(ledger_check.differences(ledger, again))


def test_the_same_seed_plants_the_same_errors(built):
    counts = {"variable swapped": 5, "published": 5, "HTML": 5}
    with proofs.proof(built, counts) as one, proofs.proof(built, counts) as two:
        assert one.jobs == two.jobs
    with proofs.proof(built, counts, seed=1) as other:
        assert other.jobs != one.jobs


# A blind check


def test_a_verify_that_always_agrees_lets_altered_numerals_survive(built, monkeypatch):
    class Blind:
        findings = ()

    monkeypatch.setattr(verify, "accounted", lambda path, built: Blind())
    with proofs.proof(built, {"HTML": 3, "JATS": 3}) as made:
        found = [made.tried(job) for job in made.jobs]
    assert [verdict.fate for verdict in found] == [SURVIVED] * 6
    assert not holds(found)
    for verdict in found:
        assert f"survived: {verdict.mutant}" in report(found)


def test_a_lint_that_sees_nothing_lets_typed_numbers_survive(built, monkeypatch):
    monkeypatch.setattr(source, "findings", lambda *_: [])
    with proofs.proof(built, {"number typed": 2}) as made:
        assert {made.tried(job).fate for job in made.jobs} == {SURVIVED}


def test_every_exchange_of_a_noun_and_a_number_is_caught(built):
    with proofs.proof(built, {"variable swapped": 1}) as made:
        names = [found[1] for found in made._places["variable swapped"]._found]
        nouns = [place for place, name in enumerate(names) if name.endswith("_noun")]
        pairs = [(noun, other) for noun in nouns for other in range(len(names)) if other != noun]
        assert len(nouns) > 1
        for a, b in random.Random(1).sample(pairs, 12):
            plan = ((a, names[b]), (b, names[a]))
            swapped = "variable swapped", Mutant("variable swapped", "", "", plan)
            assert made.tried(swapped).fate == CAUGHT, plan


def test_more_equivalent_mutants_of_the_code_than_one_in_ten_do_not_hold():
    mutant = Mutant("code", "a.py:1", "x", ())
    fine = [Verdict(mutant, EQUIVALENT)] + [Verdict(mutant, CAUGHT, "rederive")] * 9
    assert holds(fine) and not holds(fine[:-1])


def test_a_check_that_finds_a_fault_where_nothing_is_altered_stops_the_proof(built, monkeypatch):
    monkeypatch.setattr(source, "findings", lambda *_: ["always"])
    with (
        proofs.proof(built, {"number typed": 1}) as made,
        pytest.raises(Refusal, match="number typed must hold before anything is altered, but"),
    ):
        proofs.verdicts(made, 1)


# Swaps, the ledger, and what is altered in code


def test_a_swap_between_ids_that_print_the_same_text_is_found(tmp_path):
    numbers = {id: {"text": text} for id, text in (("a", "3"), ("b", "3"), ("c", "4"))}
    published = tmp_path / "published.csv"
    published.write_text("row,place,what,id,printed\n1,1,x,a,3\n1,2,x,b,3\n2,,x,c,4\n")
    manuscript = tmp_path / "manuscript.qmd"
    text = "---\nabstract: '{{{{< var {} >}}}} of {{{{< var {} >}}}}'\n---\n"
    manuscript.write_text(text.format("a", "b_words"))
    assert all(each.equal for each in crosscheck.standings(published, manuscript, numbers))
    manuscript.write_text(text.format("b", "a"))
    assert [str(each) for each in crosscheck.standings(published, manuscript, numbers)] == [
        "place 1: a does not stand there; b does",
        "place 2: b does not stand there; a does",
    ]


def test_a_number_of_the_abstract_without_a_place_is_found(tmp_path):
    published, manuscript = tmp_path / "published.csv", tmp_path / "manuscript.qmd"
    published.write_text("row,place,what,id,printed\n1,1,x,a,3\n")
    manuscript.write_text("---\nabstract: '{{< var a >}} {{< var b >}}'\n---\n")
    found = crosscheck.standings(published, manuscript, {"a": {}, "b": {}})
    assert str(found[1]) == "place 2: b stands where no number is published"


def test_every_field_of_the_ledger_is_compared():
    made = {"a": {"n": 3, "records": {"supports": {"digest": "f0"}}, "value": [1.5, None]}}
    altered = {"a": {"n": 3, "records": {"supports": {"digest": "f1"}}, "value": [1.5, 2]}}
    assert list(ledger_check.differences(altered, made)) == [
        'ledger.a.records.supports.digest: "f1" in the file, "f0" made again',
        "ledger.a.value.1: 2 in the file, null made again",
    ]
    assert list(ledger_check.differences({"b": 1}, {"a": 1})) == [
        'ledger.a: "absent" in the file, 1 made again',
        'ledger.b: 1 in the file, "absent" made again',
    ]


def test_the_record_sets_of_the_lineage_are_compared(built, tmp_path):
    ledger, sets = ledger_check.made_again(built)
    folder = Path(shutil.copytree(built / "build/lineage", tmp_path / "lineage"))
    assert not list(ledger_check.set_differences(folder, ledger, sets))
    path = folder / "sets.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{path}') OFFSET 1) TO '{folder}/less.parquet'")
    (folder / "less.parquet").replace(path)
    assert len(list(ledger_check.set_differences(folder, ledger, sets))) == 1


@pytest.mark.parametrize(
    ("source", "operator", "expected"),
    [
        ("x >= 3", "bound", "x > 3"),
        ("x >= 3", "sense", "x < 3"),
        ("a & ~b", "condition", "a | ~b"),
        ("a & ~b", "inversion", "b"),
        ("end - start + 1", "day", "end - start"),
        ("Number(i, n=k)", "count", "Number(i, n=k + 1)"),
        ("End(day, 0)", "inversion", "End(day, 1)"),
        ("trial.populations['treated']", "population", "trial.populations['evaluable']"),
        ("q(ROUND_HALF_UP)", "rounding", "ROUND_HALF_EVEN"),
        ("confirmed_categories(c, d)", "step", "c"),
    ],
)
def test_an_operator_alters_one_node(source, operator, expected):
    (function,) = ast.parse(f"def f():\n    return {source}\n").body
    populations = ("evaluable", "treated")
    (site,) = (site for site in sites(function, populations) if site.operator == operator)
    assert site.change.endswith(f"becomes {expected}")
    planted(function, site, populations)
    assert ast.unparse(function).endswith(
        expected
        if operator not in ("inversion", "rounding") or "End" in source
        else {"inversion": "a & b", "rounding": "q(ROUND_HALF_EVEN)"}[operator]
    )


def test_a_choice_has_no_error_twice(built):
    with proofs.proof(built, {"published": 90}) as made:
        plans = [mutant.plan[:2] for _, mutant in made.jobs]
    assert len(plans) == len(set(plans)) == 90


# The altered rows, and the examples


@pytest.fixture(scope="module")
def altered(root: Path) -> AlteredRows:
    protocol = read_protocol(root / "analysis/protocol.yaml")
    asked = response_criteria(protocol).asks
    raw = read_raw_tables(root / "data/raw", protocol, asked)
    rows = RawRows(raw, raw_tables(protocol, asked), protocol, root / "data/raw")
    return AlteredRows(rows, derived_trial(raw, protocol), [0, 0.5, 100])


def test_the_altered_tables_follow_the_seed(altered):
    one, two, other = (altered.tables(random.Random(seed)) for seed in (1, 1, 2))
    assert all(one[name].equals(two[name]) for name in one)
    assert not any(one[name].equals(other[name]) for name in one)


def test_each_altered_table_lacks_a_patient_and_holds_changed_rows(altered):
    tables = altered.tables(random.Random(2))
    everyone = set(tables["dm"]["USUBJID"])
    for name, before in altered._rows.texts.items():
        held = tables[name]
        if name != "dm":
            assert set(held["USUBJID"]) < everyone
        same = held.merge(before, how="inner")
        assert len(same) < len(held), name


def test_visits_of_the_altered_tables_hold_every_test(altered):
    labs = altered.tables(random.Random(1))["lb"]
    tests = labs.groupby(["USUBJID", "VISITNUM"])["LBTESTCD"].nunique()
    assert (tests == labs["LBTESTCD"].nunique()).sum() > labs["USUBJID"].nunique()
    assert not labs.duplicated(["USUBJID", "LBSEQ"]).any()


def test_an_example_tells_an_altered_function():
    assert not fails_its_examples(rounded)
    with replaced(rounded, (lambda value, places: "3").__code__):
        assert fails_its_examples(rounded)
    assert not fails_its_examples(rounded)
