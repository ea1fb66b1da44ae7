"""Errors in the file of published numbers: text, id or place altered."""

import csv
import random
from pathlib import Path

from proofs.mutants.alteration import altered, numerals_within
from proofs.mutants.mutant import Mutant, Verdict, caught, chosen
from proofs.mutants.world import MANUSCRIPT, World
from tracedtrial.checks import crosscheck

KIND = "published value"
FIELDS = ("printed", "id", "place")


class PublishedValues:
    """One cell of `data/published.csv` altered: a digit or word of the text, the id, the place."""

    def __init__(self, world: World) -> None:
        self._world = world
        with (world.root / crosscheck.PUBLISHED).open(encoding="utf-8", newline="") as lines:
            self._rows = list(csv.DictReader(lines))

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        every = [(k, field) for k in range(len(self._rows)) for field in FIELDS]
        return [self._mutant(k, field, seed) for k, field in chosen(seed, every, count)]

    def tried(self, mutant: Mutant) -> Verdict:
        place, field, text = mutant.plan
        rows = [dict(row) for row in self._rows]
        rows[place][field] = text
        with self._world.scratch() as name:
            path = Path(name) / "published.csv"
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, rows[0])
                writer.writeheader()
                writer.writerows(rows)
            return caught(mutant, self._check(path))

    def unaltered(self) -> str:
        return self._check(self._world.root / crosscheck.PUBLISHED)

    def _check(self, path: Path) -> str:
        numbers = self._world.ledger["numbers"]
        try:
            found = [
                *crosscheck.comparisons(path, numbers),
                *crosscheck.standings(path, self._world.root / MANUSCRIPT, numbers),
            ]
        except crosscheck.Refusal:
            return "refusal"
        return "" if all(each.equal for each in found) else "crosscheck"

    def _mutant(self, place: int, field: str, seed: random.Random) -> Mutant:
        old = self._rows[place][field]
        spans = numerals_within(old) if field == "printed" else []
        if spans:
            start, end = seed.choice(spans)
            new = old[:start] + altered(old[start:end], seed) + old[end:]
        else:
            new = seed.choice(sorted({row[field] for row in self._rows} - {old}))
        return Mutant(
            KIND,
            f"data/published.csv, row {place + 2}, {field}",
            f"{old!r} becomes {new!r}",
            (place, field, new),
        )
