"""Tries the laws over numbers and rows, side by side on the processors there are."""

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import numpy as np

from tracedtrial.analyses.declared.reading import read_analyses
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.inputs.schema.tables import raw_tables
from tracedtrial.paths import ANALYSES, PROTOCOL, RAW
from tracedtrial.provenance.lineage.laws import (
    SHARES,
    Violation,
    loose,
    miscounted,
    remaining,
    unloosened,
    unsound,
)
from tracedtrial.provenance.lineage.mutation import Mutation, RawRows, placed
from tracedtrial.provenance.lineage.rederivation import Rederivation, Twist

SEED, SCOUTS, DEPTH = 20180038, 3, 4


@dataclass
class Outcome:
    """Counts by kind of trial (deleted, changed, completed, loosened) and the violations."""

    tally: Counter = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        self.tally.update(other.tally)
        self.violations += other.violations


class Proof:
    """One trial's numbers and rows, ready to be tried."""

    def __init__(
        self, folder: Path, *, only: Iterable[str] | None = None, twist: Twist | None = None
    ) -> None:
        protocol = read_protocol(folder / PROTOCOL)
        asked = response_criteria(protocol).asks
        raw = read_accepted_tables(folder / RAW, protocol, asked)
        self.rows = RawRows(raw, raw_tables(protocol, asked), protocol, folder / RAW)
        self.engine = Rederivation(raw, protocol, twist, read_analyses(folder / ANALYSES))
        self.ids = (
            set(only)
            if only is not None
            else {id for id, number in self.engine.numbers.items() if number.source == "data"}
        )
        self.holders: dict[int, set[str]] = {}
        for id in sorted(self.ids):
            for records in self.engine.numbers[id].records.values():
                for record in records.tolist():
                    self.holders.setdefault(record, set()).add(id)

    def scout(self, records: Iterable[int]) -> None:
        """Learn from a few records of each table which changes let go of most numbers soonest."""
        by_domain: dict[str, list[int]] = {}
        for record in sorted(records):
            by_domain.setdefault(self.rows.domain(record), []).append(record)
        for domain, own in by_domain.items():
            freed: dict[tuple[str, int], set] = {}
            scouts = own[:: ceil(len(own) / SCOUTS)]
            waiting = {(record, id) for record in scouts for id in self.holders[record]}
            for record in scouts:
                self._free(record, freed)
            self.rows.favoured[domain] = list(_cover(freed, waiting))

    def _free(self, record: int, freed: dict[tuple[str, int], set]) -> None:
        """Note which numbers each column's first changes of the record let go."""
        ids = self.holders[record]
        for place, mutation in placed(self.rows.changes(record, random.Random(SEED))):
            raw = self.rows.mutated(mutation) if place[1] < DEPTH else None
            if raw is not None:
                kept = unloosened(self.engine.numbers, self.engine(raw), ids, record)
                freed.setdefault(place, set()).update((record, id) for id in ids - kept)

    def jobs(self, sample: int | None) -> list[tuple]:
        """What is to be tried: each job a law and its subject; a seeded sample of each law's."""
        every = self.rows.records.tolist()
        laws = [
            [("delete", r) for r in every],
            [("change", r) for r in every],
            [("complete", *job) for job in self._removals()],
            [("tight", r) for r in sorted(self.holders)],
        ]
        seed = random.Random(SEED)
        if sample is not None:
            laws = [seed.sample(jobs, min(sample, len(jobs))) for jobs in laws]
        return [job for jobs in laws for job in jobs]

    def _removals(self) -> list[tuple]:
        """A patient's records of a role, with the numbers and roles that they make up."""
        removals: dict[tuple, list] = {}
        for id in sorted(self.ids):
            for role in ("supports", "population"):
                records = self.engine.numbers[id].records.get(role, np.array([], int))
                owner = self.rows.raw.subject_of[records]
                for patient in np.unique(owner).tolist():
                    own = tuple(records[owner == patient].tolist())
                    removals.setdefault((patient, own), []).append((id, role))
        return [(patient, own, pairs) for (patient, own), pairs in removals.items()]

    def counted(self) -> Outcome:
        """Whether shares of patients hold as many patients as they say."""
        numbers = {id: self.engine.numbers[id] for id in sorted(self.ids)}
        shares = sum(number.statistic in SHARES for number in numbers.values())
        return Outcome(Counter(counted=shares), list(miscounted(numbers, self.rows)))

    def tried(self, job: tuple) -> Outcome:
        """One job's outcome."""
        law, subject, *rest = job
        outcome = Outcome(Counter({law: 1}))
        seed = random.Random(f"{SEED} {law} {subject}")
        if law == "tight":
            counts = Counter()
            outcome.violations += loose(
                self.engine, self.rows, subject, self.holders[subject], seed, counts
            )
            outcome.tally.update({"tight " + name: n for name, n in counts.items()})
        elif law == "complete":
            self._complete(outcome, subject, *rest)
        else:
            mutation = (
                Mutation(self.rows.whole(np.array([subject])))
                if law == "delete"
                else self.rows.seeded_change(subject, seed)
            )
            self._sound(outcome, law, mutation)
        return outcome

    def _sound(self, outcome: Outcome, law: str, mutation: Mutation) -> None:
        raw = self.rows.mutated(mutation) if mutation else None
        if raw is None:
            outcome.tally[f"{law} refused"] += 1
            return
        found = unsound(self.engine.numbers, self.engine(raw), mutation)
        outcome.violations += [
            v for v in found if v.id in self.ids or v.id not in self.engine.numbers
        ]

    def _complete(self, outcome: Outcome, patient: int, own: tuple, pairs: list) -> None:
        mutation = Mutation(self.rows.whole(np.array(own)))
        after = self.engine(self.rows.mutated(mutation))
        outcome.violations += [
            Violation("complete", id, own[0], mutation, patient)
            for id, role in pairs
            if remaining(after, self.rows, id, role, patient)
        ]


def _cover(freed: dict[tuple[str, int], set], waiting: set) -> Iterator[tuple[str, int]]:
    """Changes that together let go of what waits, each time the one that adds most."""
    while waiting & set().union(*freed.values()):
        best = max(freed, key=lambda place: len(freed[place] & waiting))
        yield best
        waiting = waiting - freed[best]


_proof: Proof | None = None


def proven(
    proof: Proof, jobs: list[tuple], processes: int | None = None, watch: object = lambda done: None
) -> Outcome:
    """All jobs' outcome; `watch` is told how many are done."""
    global _proof
    _proof, outcome = proof, proof.counted()  # inherited by the forked processes
    proof.scout(job[1] for job in jobs if job[0] == "tight")
    if processes == 1:
        for done, job in enumerate(jobs, 1):
            outcome.add(proof.tried(job))
            watch(done)
        return outcome
    mixed = random.Random(SEED).sample(jobs, len(jobs))
    with multiprocessing.get_context("fork").Pool(processes or os.cpu_count()) as pool:
        for done, tried in enumerate(pool.imap_unordered(_tried, mixed, chunksize=8), 1):
            outcome.add(tried)
            watch(done)
    return outcome


def _tried(job: tuple) -> Outcome:
    return _proof.tried(job)
