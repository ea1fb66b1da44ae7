"""Altered raw tables on which both derivations must agree: they show what these data hide.

Each set is the trial's tables with many valid changes at once, by seed, as many in one table as in
another: a third of them put a date on an edge (first dose, end of the windows for toxicity,
cut-off, any other date of the patient), a third a number at a limit that the code names, a third
are any other valid content of a cell. Some visits are given every test, for a rule of several is
rarely met. The second derivation is run on each set once.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.audit.lineage.mutation import Mutation, RawRows
from analysis.audit.mutants.world import World
from analysis.audit.patient_results import disagreements, first_results
from analysis.audit.rederive import Second, differences, second_derivation
from analysis.derive import response_criteria
from analysis.derive.sources import flat_datasets
from analysis.ledger.rows import kept_digits
from analysis.refusal import Refusal
from analysis.results.sections import results
from analysis.results.trial import Trial, derived_trial
from analysis.schema import RawTables, read_raw_tables
from analysis.words import printed

SETS, CHANGES, VISITS, SEED = 24, 300, 60, 20180038
TESTED = {"lb"}  # tables in which a visit may hold more tests
DATED = {"ae": "AESTDTC", "lb": "LBDTC", "rs": "RSDTC", "ss": "SSDTC", "cm": "CMSTDTC",
         "ex": "EXSTDTC", "sc": "SCDTC", "ds": "DSSTDTC"}


@dataclass(frozen=True)
class Altered:
    """Tables that hold changes, and what the second derivation gives for them."""

    raw: RawTables
    second: Second


class Battery:
    """The sets on which the unaltered code agrees with the second derivation."""

    def __init__(self, world: World, rows: RawRows, trial: Trial, limits: list[float]) -> None:
        self._world, self._rows, self._trial, self._limits = world, rows, trial, limits
        self._kinds = (self._on_an_edge, self._at_a_limit, rows.seeded_change)
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
        trial = derived_trial(altered.raw, protocol)
        patients = differing(trial, second)
        if patients:
            return patients
        rows = {id: {"text": printed(number, protocol["display"]), "n": number.n,
                     "denominator": number.denominator, "value": kept_digits(number.value)}
                for id, number in results(trial).items() if id in second.numbers}
        return [str(each) for each in differences(rows, second.numbers)]

    def _altered(self, folder: Path, seed: random.Random) -> Altered | None:
        """A set; None where the changes together break a rule of the schema."""
        root, protocol = self._world.root, self._world.protocol
        texts = {name: frame.copy() for name, frame in self._rows.texts.items()}
        for change in self._changes(seed):
            record, = change.records
            texts[self._rows.domain(record)].at[record, change.column] = change.text
        for name in TESTED & texts.keys():
            texts[name] = self._completed(name, texts[name], seed)
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
        return Altered(raw, second_derivation(folder))

    def _completed(self, domain: str, frame: pd.DataFrame, seed: random.Random) -> pd.DataFrame:
        """The table with a result of every test at some visits: another row's, or at a limit."""
        test, table = f"{domain.upper()}TESTCD", self._rows.specs[domain]
        place = ["STUDYID", "DOMAIN", "USUBJID", "VISITNUM", "VISIT", DATED[domain]]
        number, word = f"{domain.upper()}STRESN", f"{domain.upper()}STRESC"
        limits = [f"{limit:g}" for limit in self._limits if limit >= 0]
        words = sorted(set(frame[word]) - {""})
        by_subject = {subject: own.index for subject, own in frame.groupby("USUBJID")}
        added = []
        for _ in range(VISITS):
            at = frame.loc[seed.choice(by_subject[seed.choice(sorted(by_subject))])]
            for _, donors in frame.groupby(test):
                row = donors.loc[seed.choice(donors.index)].copy()
                row[place] = at[place]
                if row[number]:
                    row[number] = seed.choice([row[number], *seed.sample(limits, 2)])
                elif row[word]:
                    row[word] = seed.choice(words)
                added.append(row)
        added = pd.DataFrame(added)
        last = frame[table.sequence].astype(int).max()
        added[table.sequence] = [str(last + k) for k in range(1, len(added) + 1)]
        return pd.concat([frame, added], ignore_index=True)

    def _changes(self, seed: random.Random) -> Iterator[Mutation]:
        for _ in range(CHANGES):
            table = self._rows.texts[seed.choice(self._trial.data.raw.domains)]
            record = int(seed.choice(table.index))
            change = seed.choice(self._kinds)(record, seed)
            if change and self._rows.mutated(change) is not None:
                yield change

    def _at_a_limit(self, record: int, seed: random.Random) -> Mutation | None:
        """A number of the row at a limit of the code, alone or against another of its kind."""
        domain = self._rows.domain(record)
        table, frame = self._rows.specs[domain], self._rows.texts[domain]
        row = frame.loc[record]
        names = [name for name, kind in table.columns.items()
                 if kind.is_number and name != table.sequence and row[name]]
        if not names:
            return None
        name, limit = seed.choice(names), seed.choice(self._limits)
        test = f"{domain.upper()}TESTCD"
        alike = frame[(frame["USUBJID"] == row["USUBJID"]) & (frame[name] != "")
                      & ((frame[test] == row[test]) if test in frame else True)]
        other = float(alike[name].iloc[0])
        number = seed.choice([limit, limit * other, (1 - limit) * other, limit + other])
        return Mutation((record,), name, f"{round(number, 6):g}")

    def _other_date(self, subject: str, seed: random.Random) -> list[pd.Timestamp]:
        """A date in another of the patient's rows, in any table."""
        domain = seed.choice([name for name in DATED if name in self._rows.texts])
        frame = self._rows.texts[domain]
        dates = frame.loc[frame["USUBJID"] == subject, DATED[domain]]
        whole = sorted(date for date in dates if len(date) == 10)
        return [pd.Timestamp(seed.choice(whole))] * 3 if whole else []

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
        cutoff = pd.Timestamp(protocol["trial"]["cutoff"]["value"])
        other = self._other_date(core["USUBJID"], seed)
        edges = [*other, core["TRTSDT"],
                 core["TRTSDT"] + (window - 1) * day, core["TRTSDT"] + window * day,
                 core["TRTEDT"] + emergent * day, core["TRTEDT"] + (emergent + 1) * day,
                 cutoff, cutoff + day]
        return Mutation((record,), column, seed.choice(edges).strftime("%Y-%m-%d"))


def differing(trial: Trial, second: Second) -> list[str]:
    """Where the trial's datasets, as a build would write them, are not as the second has them."""
    texts = {name.lower(): frame.to_csv(index=False)
             for name, frame in flat_datasets(trial.data).items()}
    return disagreements(first_results(texts, second.patients), second.patients)
