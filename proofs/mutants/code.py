"""Errors in the code on the way of the abstract's numbers and of the adverse-event table.

The altered function is put in the place of the real one while the trial is derived again, in
memory. What the build would refuse is caught by refusal; else the second derivation, the
cross-check and the coherence of the numbers are asked, then the second derivation again on altered
rows, the known values in the docstrings, and for what changes records the laws of the row lineage.
"""

import json
import random
import signal
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np

from proofs.mutants.battery import Battery, differing
from proofs.mutants.examples import fails_its_examples
from proofs.mutants.infection import infected
from proofs.mutants.mutant import BESIDE, CAUGHT, EQUIVALENT, SURVIVED, Mutant, Verdict, chosen
from proofs.mutants.operators import Site, planted, sites
from proofs.mutants.replacement import compiled, replaced, tree_of
from proofs.mutants.way import ancestry, limits, way
from proofs.mutants.world import World
from tracedtrial.analyses.sections import results
from tracedtrial.analyses.trial import derived_trial
from tracedtrial.analyses.writing import written_results
from tracedtrial.checks.coherence import incoherences
from tracedtrial.checks.crosscheck import PUBLISHED, comparisons
from tracedtrial.checks.rederive import differences
from tracedtrial.checks.second_records import record_differences
from tracedtrial.datasets import response_criteria
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.inputs.schema.tables import raw_tables
from tracedtrial.paths import CODE, RAW
from tracedtrial.provenance.lineage.laws import loose, miscounted, unsound
from tracedtrial.provenance.lineage.mutation import Mutation, RawRows
from tracedtrial.provenance.lineage.rederivation import Rederivation
from tracedtrial.record.ledger.numbers import numbers_of
from tracedtrial.record.number import Number
from tracedtrial.record.provenance import RecordSets

KIND = "code"
SECONDS = 60  # after which a derivation that does not end is stopped
LAW_SAMPLE, MOST_CHANGES = 20, 6
STATED = ("text", "forms", "value", "n", "denominator", "records")


class Stopped(Exception):
    """The derivation did not end."""


class CodeErrors:
    """One node of one function altered.

    `places` are all that the operators find on the way of the numbers, `sites` those of them where
    the altered expression ever takes another value, on the trial's rows or on the altered ones.
    """

    def __init__(self, world: World) -> None:
        self._world, protocol = world, world.protocol
        asked = response_criteria(protocol).asks
        self._raw = read_accepted_tables(world.root / RAW, protocol, asked)
        self._rows = RawRows(self._raw, raw_tables(protocol, asked), protocol, world.root / RAW)
        self._before = self._derived()["numbers"]
        self._ids = ancestry(world.wanted, self._before)
        trial = derived_trial(self._raw, protocol, world.analyses)
        self._numbers = results(trial)
        functions = way(self._ids & self._before.keys(), self._numbers)
        self._functions = {f"{f.__module__}:{f.__qualname__}": f for f in functions}
        self._battery = Battery(world, self._rows, trial, limits(functions))
        self.places = [
            (name, site)
            for name, function in self._functions.items()
            for site in sites(tree_of(function)[1], protocol["populations"])
        ]
        self.sites = infected(
            self._functions,
            self.places,
            protocol["populations"],
            [self._derived, *self._battery.derivations()],
        )
        self.note = (
            f"{len(self.places)} expressions on the way of these numbers can be altered; "
            f"{len(self.sites)} then ever take another value, on these rows or on "
            f"{len(self._battery.sets)} altered sets: the code's mutants are chosen there"
        )
        _ = world.second

    def planted(self, seed: random.Random, count: int) -> list[Mutant]:
        """Each operator as often as another, as long as it has sites."""
        by_operator: dict[str, list] = {}
        for name, site in seed.sample(self.sites, len(self.sites)):
            by_operator.setdefault(site.operator, []).append((name, site))
        ranked = [
            (rank, k, each)
            for k, own in enumerate(by_operator.values())
            for rank, each in enumerate(own)
        ]
        return [self._mutant(*each) for _, _, each in sorted(ranked, key=lambda r: r[:2])[:count]]

    def tried(self, mutant: Mutant) -> Verdict:
        name, site = mutant.plan
        function = self._functions[name]
        code = _mutated(function, site, self._world.protocol["populations"])
        with replaced(function, code), np.errstate(all="ignore"):
            try:
                with _limited(SECONDS):
                    made = self._derived()
            except Exception:  # whatever stops the derivation stops the build
                return Verdict(mutant, CAUGHT, "refusal")
            return self._verdict(mutant, made, function)

    def unaltered(self) -> str:
        """The battery keeps only sets on which the unaltered code agrees."""
        return self._check(self._derived())

    def _verdict(self, mutant: Mutant, made: dict, function: FunctionType) -> Verdict:
        numbers = made["numbers"]
        by = (
            self._check(made)
            or self._on_altered_rows()
            or "known values" * fails_its_examples(function)
        )
        if by:
            return Verdict(mutant, CAUGHT, by)
        changed = {
            id
            for id in {**self._before, **numbers}
            if _stated(self._before.get(id)) != _stated(numbers.get(id))
        }
        if not changed:
            return Verdict(mutant, EQUIVALENT)
        try:
            lawless = "lineage" * self._lawless(self._numbers)
        except Exception:  # a build of altered rows would stop
            lawless = "refusal, altered rows"
        if lawless:
            return Verdict(mutant, CAUGHT, lawless)
        return Verdict(
            mutant,
            SURVIVED if changed & self._ids else BESIDE,
            ", ".join(sorted(changed & self._ids or changed)[:3]),
        )

    def _check(self, made: dict) -> str:
        numbers = made["numbers"]
        wanted = self._world.wanted
        published = self._world.root / PUBLISHED
        stated = {
            id: row
            for id, row in self._world.ledger["numbers"].items()
            if row["source"] not in ("data", "protocol")
        }
        second = self._world.second
        if differences(stated | numbers, second.numbers, wanted):
            return "rederive"
        if differing(made["trial"], second):
            return "rederive, patients"
        if any(record_differences(numbers, second.records, self._raw.secret)):
            return "rederive, records"
        if not all(each.equal for each in comparisons(published, numbers)):
            return "crosscheck"
        return "coherence" if incoherences(made, self._world.protocol) else ""

    def _on_altered_rows(self) -> str:
        """What finds that the derivations do not agree on one of the altered sets."""
        try:
            with _limited(SECONDS * len(self._battery.sets)):
                return "rederive, altered rows" * self._battery.catches()
        except Exception:  # a build of these rows would stop
            return "refusal, altered rows"

    def _lawless(self, before: Mapping[str, Number]) -> bool:
        """Whether a law of the lineage is broken at records that numbers gained or lost.

        The whole proof tries every record; here are tried, by seed, those that make a difference.
        """
        engine = Rederivation(self._raw, self._world.protocol, analyses=self._world.analyses)
        gained: dict[int, set[str]] = {}
        lost: set[int] = set()
        for id in before.keys() & engine.numbers.keys():
            old, new = _records(before[id]), _records(engine.numbers[id])
            lost |= old - new
            for record in new - old:
                gained.setdefault(record, set()).add(id)
        if any(miscounted(engine.numbers, self._rows)):
            return True
        seed = random.Random(LAW_SAMPLE)
        return any(self._unsound(engine, record, seed) for record in _few(lost, seed)) or any(
            any(loose(engine, self._rows, record, gained[record], seed, Counter()))
            for record in _few(gained, seed)
        )

    def _unsound(self, engine: Rederivation, record: int, seed: random.Random) -> bool:
        """Whether a number moves with a row that its records do not hold."""
        changes = [Mutation(self._rows.whole(np.array([record])))]
        changes += chosen(seed, list(self._rows.changes(record, seed)), MOST_CHANGES)
        raws = ((change, self._rows.mutated(change)) for change in changes)
        return any(
            any(unsound(engine.numbers, engine(raw), change))
            for change, raw in raws
            if raw is not None
        )

    def _derived(self) -> dict:
        """What build/numbers.json would hold, without what it says of the code, and the trial."""
        protocol = self._world.protocol
        trial = derived_trial(self._raw, protocol, self._world.analyses)
        made = json.loads(json.dumps(written_results(trial, RecordSets(self._raw))))
        content = numbers_of(made, protocol["display"])
        for row in content["numbers"].values():
            row["functions"] = []
        return content | {"trial": trial}

    def _mutant(self, name: str, site: Site) -> Mutant:
        file = Path(self._functions[name].__code__.co_filename).relative_to(CODE)
        return Mutant(
            KIND, f"{file.as_posix()}:{site.line}", f"{site.operator}: {site.change}", (name, site)
        )


def _stated(row: Mapping | None) -> object:
    """What a number says: its texts, value and records."""
    return row and [row[field] for field in STATED]


def _records(number: Number) -> set[int]:
    return {int(record) for records in number.records.values() for record in records}


def _few(records: Collection[int], seed: random.Random) -> list[int]:
    return chosen(seed, sorted(records), LAW_SAMPLE)


def _mutated(function: FunctionType, site: Site, populations: dict) -> CodeType:
    module, node = tree_of(function)
    planted(node, site, populations)
    return compiled(function, module)


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Stopped

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
