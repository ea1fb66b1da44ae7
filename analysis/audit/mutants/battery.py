"""Altered raw tables on which both derivations must agree: they show what these data hide.

Each set is the trial's tables with many valid changes at once, by seed, as many in one table as in
another: half of them put a date on the edge of a window (first dose, end of the windows for
toxicity, cut-off), half are any other valid content of a cell. The second derivation is run on
each set once.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.audit.lineage.mutation import Mutation, RawRows
from analysis.audit.mutants.world import World
from analysis.audit.rederive import Rederived, differences, rederived
from analysis.derive import response_criteria
from analysis.ledger.rows import kept_digits
from analysis.refusal import Refusal
from analysis.results.sections import results
from analysis.results.trial import Trial, derived_trial
from analysis.schema import RawTables, read_raw_tables
from analysis.words import printed

SETS, CHANGES, SEED = 12, 160, 20181116
DATED = {"ae": "AESTDTC", "lb": "LBDTC", "rs": "RSDTC", "ss": "SSDTC", "cm": "CMSTDTC",
         "ex": "EXSTDTC"}


@dataclass(frozen=True)
class Altered:
    """Tables that hold changes, and what the second derivation gives for them."""

    raw: RawTables
    second: dict[str, Rederived]


class Battery:
    """The sets on which the unaltered code agrees with the second derivation."""

    def __init__(self, world: World, rows: RawRows, trial: Trial) -> None:
        self._world, self._rows, self._trial = world, rows, trial
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

    def found(self, altered: Altered) -> list[str]:
        """Where the two derivations of a set disagree, or why the first refused it."""
        protocol = self._world.protocol
        numbers = results(derived_trial(altered.raw, protocol))
        rows = {id: {"text": printed(number, protocol["display"]), "n": number.n,
                     "denominator": number.denominator, "value": kept_digits(number.value)}
                for id, number in numbers.items() if id in altered.second}
        return [str(each) for each in differences(rows, altered.second)]

    def _altered(self, folder: Path, seed: random.Random) -> Altered | None:
        """A set; None where the changes together break a rule of the schema."""
        root, protocol = self._world.root, self._world.protocol
        texts = {name: frame.copy() for name, frame in self._rows.texts.items()}
        for change in self._changes(seed):
            record, = change.records
            texts[self._rows.domain(record)].at[record, change.column] = change.text
        (folder / "data/raw").mkdir(parents=True)
        (folder / "qc").mkdir()
        shutil.copy(root / "qc/rederive.sql", folder / "qc")
        shutil.copy(root / "protocol.yaml", folder)
        for name, frame in texts.items():
            frame.to_csv(folder / f"data/raw/{name}.csv", index=False, lineterminator="\n")
        try:
            raw = read_raw_tables(folder / "data/raw", protocol,
                                  response_criteria(protocol).asks)
        except Refusal:
            return None
        return Altered(raw, rederived(folder))

    def _changes(self, seed: random.Random) -> Iterator[Mutation]:
        for _ in range(CHANGES):
            table = self._rows.texts[seed.choice(self._trial.data.raw.domains)]
            record = int(seed.choice(table.index))
            change = (self._on_an_edge(record, seed) if seed.random() < 0.5
                      else self._rows.seeded_change(record, seed))
            if change and self._rows.mutated(change) is not None:
                yield change

    def _on_an_edge(self, record: int, seed: random.Random) -> Mutation | None:
        """The row's date on an edge of its patient's windows."""
        raw, protocol = self._trial.data.raw, self._world.protocol
        column = DATED.get(self._rows.domain(record))
        core = self._trial.data.adsl.frame.loc[raw.subject_of[record]]
        if column is None or pd.isna(core["TRTSDT"]):
            return None
        window = protocol["dlt"]["window"]["days"]
        emergent = protocol["safety"]["emergent"]["days_after_last_dose"]
        day = np.timedelta64(1, "D")
        edges = [core["TRTSDT"], core["TRTSDT"] + (window - 1) * day, core["TRTSDT"] + window * day,
                 core["TRTEDT"] + emergent * day, core["TRTEDT"] + (emergent + 1) * day,
                 pd.Timestamp(protocol["trial"]["cutoff"]["value"])]
        return Mutation((record,), column, seed.choice(edges).strftime("%Y-%m-%d"))
