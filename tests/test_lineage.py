"""The row lineage under mutation: the shipped engine keeps the laws, planted bad ones do not."""

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest

from tracedtrial.inputs.schema import RawTables
from tracedtrial.provenance.lineage.laws import stated
from tracedtrial.provenance.lineage.mutation import Mutation
from tracedtrial.provenance.lineage.proof import Proof, _cover, proven
from tracedtrial.provenance.lineage.rederivation import Numbers

ROOT = Path(__file__).resolve().parents[1]
NUMBER = "response.rp2d.orr.n"


def one_row_forgotten(numbers: Numbers, raw: RawTables) -> Numbers:
    """An engine that leaves the first supporting row of the response rate out of its records."""
    number = numbers[NUMBER]
    forgotten = number.records["supports"][:1]
    records = {role: np.setdiff1d(rows, forgotten) for role, rows in number.records.items()}
    return {**numbers, NUMBER: dataclasses.replace(number, records=records)}


def every_row_of_the_patients(numbers: Numbers, raw: RawTables) -> Numbers:
    """An engine that returns all rows of each patient in the population."""
    number = numbers[NUMBER]
    patients = np.unique(raw.subject_of[number.records["population"]])
    rows = np.concatenate([frame.index.to_numpy() for frame in raw.tables.values()])
    own = np.sort(rows[np.isin(raw.subject_of[rows], patients)])
    return {
        **numbers,
        NUMBER: dataclasses.replace(number, records={**number.records, "population": own}),
    }


@pytest.fixture(scope="module")
def proof() -> Proof:
    return Proof(ROOT)


def test_the_shipped_engine_keeps_the_laws_in_a_sample(proof: Proof) -> None:
    outcome = proven(proof, proof.jobs(25))
    assert [violation.told(proof.rows) for violation in outcome.violations] == []
    assert outcome.tally["delete"] == outcome.tally["tight"] == 25


def test_a_partial_rederivation_equals_a_full_one(proof: Proof) -> None:
    seed = random.Random(7)
    for record in seed.sample(range(len(proof.rows.raw.subject_of)), 15):
        mutation = proof.rows.seeded_change(record, seed) or Mutation((record,))
        raw = proof.rows.mutated(mutation)
        partial, full = proof.engine(raw), proof.engine.full(raw)
        assert {id: stated(n) for id, n in partial.items()} == {
            id: stated(n) for id, n in full.items()
        }, mutation
        for id in full:
            assert partial[id].records.keys() == full[id].records.keys()
            for role, rows in full[id].records.items():
                assert np.array_equal(partial[id].records[role], rows), (id, role, mutation)


def test_an_engine_that_forgets_a_row_is_found(proof: Proof) -> None:
    row = int(proof.engine.numbers[NUMBER].records["supports"][0])
    bad = Proof(ROOT, only=[NUMBER], twist=one_row_forgotten)
    (violation,) = proven(bad, [("delete", row)], processes=1).violations
    assert violation.told(bad.rows).startswith(f"sound: {NUMBER}: SC/")


def test_an_engine_that_returns_every_row_of_a_patient_is_found() -> None:
    proof = Proof(ROOT, only=[NUMBER], twist=every_row_of_the_patients)
    rows = [r for r in sorted(proof.holders) if proof.rows.domain(r) == "ss"][:3]
    outcome = proven(proof, [("tight", row) for row in rows], processes=1)
    assert [violation.record for violation in outcome.violations] == rows
    assert {violation.law for violation in outcome.violations} == {"tight"}


def one_patient_too_many(numbers: Numbers, raw: RawTables) -> Numbers:
    """An engine whose records put a patient without a response into the numerator."""
    number = numbers[NUMBER]
    patients = raw.subject_of[number.records["supports"]]
    other = next(row for row in number.records["population"] if raw.subject_of[row] not in patients)
    return {
        **numbers,
        NUMBER: dataclasses.replace(
            number,
            records={**number.records, "supports": np.union1d(number.records["supports"], [other])},
        ),
    }


def test_an_engine_that_counts_other_patients_than_it_names_is_found() -> None:
    (violation,) = proven(Proof(ROOT, only=[NUMBER], twist=one_patient_too_many), [], 1).violations
    assert (violation.law, violation.id) == ("counted", NUMBER)


def test_a_deleted_demographics_row_takes_the_patient_with_it(proof: Proof) -> None:
    whole = proof.rows.whole(np.array([0]))
    assert set(proof.rows.raw.subject_of[list(whole)]) == {proof.rows.raw.subject_of[0]}
    assert len(whole) == (proof.rows.raw.subject_of == proof.rows.raw.subject_of[0]).sum()


def test_the_changes_tried_first_let_go_of_all_that_any_lets_go():
    date, grade, term = ("AESTDTC", 1), ("AETOXGR", 0), ("AEDECOD", 0)
    assert list(_cover({grade: {1}, date: {1, 2}, term: {3}}, {1, 2, 3, 4})) == [date, term]
    assert not list(_cover({}, {1})) and not list(_cover({grade: set()}, {1}))
