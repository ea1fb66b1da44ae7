"""Altered raw tables on which both derivations must agree: they show what these data hide.

The second derivation is run on each set once.
"""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proofs.mutants.altered_rows import AlteredRows
from proofs.mutants.world import World
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import Trial, derived_trial
from tracedtrial.checks.patient_results import disagreements, first_results
from tracedtrial.checks.rederive import Second, differences, second_derivation
from tracedtrial.checks.second_records import record_differences
from tracedtrial.datasets import response_criteria
from tracedtrial.datasets.sources import flat_datasets
from tracedtrial.files import write_text
from tracedtrial.inputs.queries.asking import without_left_out
from tracedtrial.inputs.queries.listing import LIST, listed
from tracedtrial.inputs.schema import RawTables, read_raw_tables
from tracedtrial.paths import PROTOCOL, RAW, SECOND_DERIVATION
from tracedtrial.provenance.lineage.mutation import RawRows
from tracedtrial.record.ledger.rows import kept_digits
from tracedtrial.record.provenance import RecordSets
from tracedtrial.record.words import printed
from tracedtrial.refusal import Refusal

SETS, SEED = 24, 20180038


@dataclass(frozen=True)
class Altered:
    """Tables that hold changes, and what the second derivation gives for them."""

    raw: RawTables
    second: Second


class Battery:
    """The sets on which the unaltered code agrees with the second derivation."""

    def __init__(self, world: World, rows: RawRows, trial: Trial, limits: list[float]) -> None:
        self._world, self._rows = world, AlteredRows(rows, trial, limits)
        self.sets: list[Altered] = []
        self.disagreeing: list[str] = []
        for number in range(SETS):
            folder = world.folder / f"battery-{number}"
            made = self._altered(folder, random.Random(f"{SEED} {number}"))
            found = self.found(made) if made else []
            self.disagreeing += found
            if made and not found:
                self.sets.append(made)

    def catches(self) -> bool:
        """Whether the derivations, as the code stands now, disagree on any set."""
        return any(self.found(altered) for altered in self.sets)

    def derivations(self) -> list[Callable[[], object]]:
        """Each set's derivation, to be run."""
        return [partial(self.found, altered) for altered in self.sets]

    def found(self, altered: Altered) -> list[str]:
        """Where the two derivations of a set disagree, or why the first refused it."""
        protocol, second = self._world.protocol, altered.second
        trial = derived_trial(altered.raw, protocol, self._world.analyses)
        patients = differing(trial, second)
        if patients:
            return patients
        sets = RecordSets(altered.raw)
        rows = {
            id: {
                "text": printed(number, protocol["display"]),
                "n": number.n,
                "denominator": number.denominator,
                "value": kept_digits(number.value),
                "records": sets.described(number),
            }
            for id, number in results(trial).items()
            if id in second.numbers
        }
        return [
            *map(str, differences(rows, second.numbers)),
            *record_differences(rows, second.records, altered.raw.secret),
        ]

    def _altered(self, folder: Path, seed: random.Random) -> Altered | None:
        """A set; None where the changes together break a rule of the schema."""
        root, protocol = self._world.root, self._world.protocol
        (folder / RAW).mkdir(parents=True)
        (folder / PROTOCOL).parent.mkdir()
        for path in (PROTOCOL, SECOND_DERIVATION):
            shutil.copy(root / path, folder / path)
        for name, frame in self._rows.tables(seed).items():
            frame.to_csv(folder / RAW / f"{name}.csv", index=False, lineterminator="\n")
        try:
            raw, left_out = without_left_out(
                read_raw_tables(folder / RAW, protocol, response_criteria(protocol).asks), protocol
            )
        except Refusal:
            return None
        write_text(folder / "build" / LIST, listed(left_out))
        return Altered(raw, second_derivation(folder))


def differing(trial: Trial, second: Second) -> list[str]:
    """Where the trial's datasets, as a build would write them, are not as the second has them."""
    texts = {
        name.lower(): frame.to_csv(index=False) for name, frame in flat_datasets(trial.data).items()
    }
    return disagreements(first_results(texts, second.patients), second.patients)
