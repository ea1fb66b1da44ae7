"""Errors in the raw tables: a cell altered, a row dropped, a row doubled.

Such an error is caught by the schema's refusal, or by the numbers: derived from the altered file,
exactly those may move whose records hold the row before or after, and of those that held a dropped
row or hold a doubled one each must let go of it or take it in. Where no number moves, the file's
digest, which the ledger holds, tells that it is another file.
"""

import csv
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proofs.mutants.alteration import altered, numerals_within
from proofs.mutants.mutant import Mutant, Verdict, caught
from proofs.mutants.world import World
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.datasets import response_criteria
from tracedtrial.files import sha256
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.inputs.schema import RawTables
from tracedtrial.paths import RAW
from tracedtrial.provenance.lineage.laws import stated
from tracedtrial.record.number import Number
from tracedtrial.refusal import Refusal

CELL, DROPPED, DOUBLED = KINDS = ("raw cell", "raw row dropped", "raw row doubled")


@dataclass(frozen=True)
class Derived:
    """Numbers by id, and the record number of each raw row by its key."""

    numbers: dict[str, Number]
    record_of: dict[str, int]

    def holders(self, key: str) -> set[str]:
        """Ids of the numbers whose records hold the row."""
        record = self.record_of.get(key)
        return {
            id
            for id, number in self.numbers.items()
            if record is not None
            and any(record in held for held in map(np.asarray, number.records.values()))
        }


class RawErrors:
    """Errors of one of `KINDS`."""

    def __init__(self, world: World, kind: str) -> None:
        self._world, self._kind, self._folder = world, kind, world.root / RAW
        self._asked = response_criteria(world.protocol).asks
        raw = read_accepted_tables(self._folder, world.protocol, self._asked)
        self._tables = {name: _rows(self._folder / f"{name}.csv") for name in raw.domains}
        self._before = self.derived(self._folder)

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        places = [(name, row) for name in self._tables for row in range(1, len(self._tables[name]))]
        made: dict[tuple, Mutant] = {}
        while len(made) < min(count, len(places)):
            name, row = seed.choice(places)
            mutant = self._mutant(name, row, seed)
            if mutant:
                made[mutant.plan] = mutant
        return list(made.values())

    def tried(self, mutant: Mutant) -> Verdict:
        name, row, column, text, sequence = mutant.plan
        table = [list(cells) for cells in self._tables[name]]
        keys = {self._key(name, table[row])}
        if column is not None:
            table[row][column] = text
        elif self._kind == DROPPED:
            del table[row]
        else:
            table.insert(row + 1, _with_sequence(table, row, name, sequence))
            row += 1
        if self._kind != DROPPED:
            keys.add(self._key(name, table[row]))
        with self._world.scratch() as folder:
            shutil.copytree(self._folder, folder, dirs_exist_ok=True)
            _write(Path(folder) / f"{name}.csv", table)
            return caught(mutant, self._check(Path(folder), name, keys))

    def unaltered(self) -> str:
        with self._world.scratch() as folder:
            shutil.copytree(self._folder, folder, dirs_exist_ok=True)
            for name, table in self._tables.items():
                _write(Path(folder) / f"{name}.csv", table)
            return self._check(Path(folder), next(iter(self._tables)), set())

    def derived(self, folder: Path) -> Derived:
        """The numbers of the raw tables in a folder."""
        raw = read_accepted_tables(folder, self._world.protocol, self._asked)
        return Derived(
            results(derived_trial(raw, self._world.protocol, self._world.analyses)), _record_of(raw)
        )

    def _check(self, folder: Path, name: str, keys: set[str]) -> str:
        try:
            after = self.derived(folder)
        except Refusal:
            return "schema"
        before = self._before
        held = {key: (before.holders(key), after.holders(key)) for key in keys}
        predicted = {id for pair in held.values() for ids in pair for id in ids}
        moved = {
            id
            for id in {**before.numbers, **after.numbers}
            if stated(before.numbers.get(id)) != stated(after.numbers.get(id))
        }
        if moved - predicted:
            return ""
        if moved:
            return "numbers, as their records say"
        if any(old != new for old, new in held.values()):
            return "records"
        file = f"data/raw/{name}.csv"
        changed = sha256(folder / f"{name}.csv") != self._world.ledger["inputs"][file]
        return "digest of the file" if changed else ""

    def _mutant(self, name: str, row: int, seed: random.Random) -> Mutant | None:
        header, cells = self._tables[name][0], self._tables[name][row]
        place = f"data/raw/{name}.csv, row {row + 1}"
        if self._kind == DROPPED:
            return Mutant(DROPPED, place, "dropped", (name, row, None, "", None))
        if self._kind == DOUBLED:
            fresh = seed.random() < 0.7  # else with the same sequence number
            change = "doubled with a new sequence number" if fresh else "doubled as it is"
            return Mutant(DOUBLED, place, change, (name, row, None, "", fresh))
        column = seed.randrange(len(header))
        text = self._other(name, column, cells[column], seed)
        change = f"{header[column]} {cells[column]!r} becomes {text!r}"
        mutant = Mutant(CELL, place, change, (name, row, column, text, None))
        return mutant if text != cells[column] else None

    def _other(self, name: str, column: int, text: str, seed: random.Random) -> str:
        """A digit altered, or what another row has there."""
        spans = numerals_within(text)
        if spans and seed.random() < 0.5:
            start, end = seed.choice(spans)
            return text[:start] + altered(text[start:end], seed) + text[end:]
        return seed.choice(sorted({cells[column] for cells in self._tables[name][1:]} | {""}))

    def _key(self, name: str, cells: list[str]) -> str:
        row = dict(zip(self._tables[name][0], cells))
        return _named(name, row["USUBJID"], row.get(f"{name.upper()}SEQ", "1"))


def _named(domain: str, subject: str, sequence: object) -> str:
    return f"{domain.upper()} {subject} {sequence}"


def _record_of(raw: RawTables) -> dict[str, int]:
    every = np.arange(len(raw.subject_of))
    domains = np.searchsorted(raw.domain_starts, every, side="right") - 1
    subjects = raw.subjects[raw.subject_of]
    keys = zip(domains.tolist(), subjects, raw.sequence_of.tolist())
    return {
        _named(raw.domains[domain], subject, sequence): record
        for record, (domain, subject, sequence) in enumerate(keys)
    }


def _with_sequence(table: list[list[str]], row: int, name: str, fresh: bool) -> list[str]:
    """The row again, with a sequence number that its subject does not have."""
    cells, header = list(table[row]), table[0]
    if fresh and f"{name.upper()}SEQ" in header:
        place = header.index(f"{name.upper()}SEQ")
        cells[place] = str(1 + max(int(each[place]) for each in table[1:]))
    return cells


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def _write(path: Path, table: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(table)
